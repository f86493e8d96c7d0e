# SPDX-License-Identifier: Apache-2.0
"""CSV files of somebody else's: written anew with every other record byte for byte as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from privseg.dsr.system_rules import SystemRules, TableRules
from privseg.dsr.systems import OnErasure
from privseg.systems.csv_records import Dialect, NotCsvError, Record, blanked, records
from privseg.systems.folder import FolderSystem
from privseg.systems.in_place import Row, shown, taken
from privseg.systems.person import Match
from privseg.systems.refusals import SystemFileError, SystemUnreachableError


class CsvSystem(FolderSystem):
    """A folder of CSV files, each with a header."""

    ending = ".csv"

    def __init__(self, rules: SystemRules) -> None:
        super().__init__(rules)
        self._dialect = Dialect(rules.delimiter, rules.encoding)

    def columns_of(self, path: Path) -> tuple[str, ...]:
        """Return the names in the header."""
        with self._records(path) as found:
            return tuple(self._header(path, found).fields)

    def rows_in(self, path: Path, table: TableRules, match: Match) -> int:
        """Return how many records of a person a file has."""
        with self._records(path) as found:
            names = self._header(path, found).fields
            return sum(_is_theirs(record, names, table, match) for record in found)

    def rows_of(self, path: Path, table: TableRules, match: Match) -> Iterator[Row]:
        """Yield the records of a person in a file."""
        with self._records(path) as found:
            names = self._header(path, found).fields
            told = shown(table, names)
            for record in found:
                if _is_theirs(record, names, table, match):
                    self._require_whole(path, record, names)
                    row = dict(zip(names, record.fields, strict=True))
                    yield {name: row[name] for name in told}

    def is_touched(self, path: Path, table: TableRules, match: Match) -> bool:
        """Return whether a file has records of a person."""
        return self.rows_in(path, table, match) > 0

    def write(self, path: Path, new: Path, table: TableRules, match: Match) -> int:
        """Write a file anew; a record that does not fit its header is refused, if it is theirs."""
        rows = 0
        with self._records(path) as found, new.open("r+b") as out:
            header = self._header(path, found)
            names = header.fields
            empty = [names.index(c) for c in taken(table, names)]
            out.write(header.raw)
            for record in found:
                if not _is_theirs(record, names, table, match):
                    out.write(record.raw)
                    continue
                rows += 1
                self._require_whole(path, record, names)
                if table.on_erasure is OnErasure.BLANK:
                    out.write(blanked(record, empty, self._dialect))
            out.flush()
            os.fsync(out.fileno())
        return rows

    def require_writable(self, path: Path, table: TableRules) -> None:
        """Read a file to its end: what is not CSV cannot be written anew."""
        del table
        with self._records(path) as found:
            for _ in found:
                pass

    def _header(self, path: Path, found: Iterator[Record]) -> Record:
        """Return the header.

        Raises:
            SystemFileError: there is none, or a name stands in it twice.
        """
        header = next(found, None)
        if header is None or len(set(header.fields)) != len(header.fields):
            raise SystemFileError(self.name, path.name, "it has no header of different names")
        return header

    def _require_whole(self, path: Path, record: Record, names: list[str]) -> None:
        """Refuse a record of the person that has more or fewer fields than the header.

        Raises:
            SystemFileError: it has.
        """
        if len(record.fields) != len(names):
            why = "a record of the person does not have as many fields as the header"
            raise SystemFileError(self.name, path.name, why)

    @contextmanager
    def _records(self, path: Path) -> Iterator[Iterator[Record]]:
        """Open a file as its records.

        Raises:
            SystemFileError: it is not CSV as it is declared.
            SystemUnreachableError: the system refuses.
        """
        try:
            with path.open("rb") as file:
                yield records(file, self._dialect)
        except NotCsvError as error:
            raise SystemFileError(self.name, path.name, str(error)) from None
        except OSError as error:
            why = error.strerror or "the system refuses"
            raise SystemUnreachableError(self.name, f"{path.name}: {why}") from None


def _is_theirs(record: Record, names: list[str], table: TableRules, match: Match) -> bool:
    """Return whether a record is a person's; one of another length is looked at in every field."""
    if len(record.fields) == len(names):
        return match(record.fields[names.index(table.person)])
    return any(match(field) for field in record.fields)
