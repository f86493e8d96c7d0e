# SPDX-License-Identifier: Apache-2.0
"""Parquet files of somebody else's: written anew, row group for row group, in the same layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from privseg.dsr.system_rules import TableRules
from privseg.dsr.systems import OnErasure
from privseg.systems.folder import FolderSystem
from privseg.systems.in_place import Row, shown, taken
from privseg.systems.parquet_layout import layout, lost
from privseg.systems.parquet_values import blanked, dropped, is_comparable, pruned, same, theirs
from privseg.systems.person import Match
from privseg.systems.refusals import SystemFileError, SystemUnreachableError

UNREADABLE = "it cannot be read as Parquet (damaged, encrypted?)"


class ParquetSystem(FolderSystem):
    """A folder of Parquet files."""

    ending = ".parquet"

    def columns_of(self, path: Path) -> tuple[str, ...]:
        """Return the columns of one file."""
        with self._opened(path) as file:
            return tuple(file.schema_arrow.names)

    def rows_in(self, path: Path, table: TableRules, match: Match) -> int:
        """Return how many rows of a person a file has."""
        with self._opened(path) as file:
            return sum(sum(mask.to_pylist()) for mask, _ in self._looked(file, table, match))

    def rows_of(self, path: Path, table: TableRules, match: Match) -> Iterator[Row]:
        """Yield the rows of a person in a file."""
        with self._opened(path) as file:
            told = list(shown(table, file.schema_arrow.names))
            for mask, group in self._looked(file, table, match):
                if sum(mask.to_pylist()):
                    found = file.read_row_group(group, columns=told).filter(mask)
                    yield from found.select(told).to_pylist()

    def is_touched(self, path: Path, table: TableRules, match: Match) -> bool:
        """Return whether a file has rows of a person, or their identifier in a dictionary."""
        with self._opened(path) as file:
            if any(sum(mask.to_pylist()) for mask, _ in self._looked(file, table, match)):
                return True
            return bool(dropped(file, table, match))

    def require_writable(self, path: Path, table: TableRules) -> None:
        """Refuse a file that could not be written anew without losing something."""
        with self._opened(path) as file:
            self._require(path, file, table)

    def write(self, path: Path, new: Path, table: TableRules, match: Match) -> int:
        """Write a file anew without the person, and read it back."""
        with self._opened(path) as file:
            self._require(path, file, table)
            drop = dropped(file, table, match)
            made = _Made(new, file, table)
            with made.writer:
                rows = sum(
                    made.add(group, mask, drop) for mask, group in self._looked(file, table, match)
                )
            with self._opened(new) as written:
                self._require_same(path, file, written)
                made.require_same(written, lambda: self._refused(path, "reads differently then"))
            return rows

    def tidy(self, path: Path) -> None:
        """Remove a checksum of the old bytes, which Hadoop keeps beside a file."""
        path.with_name(f".{path.name}.crc").unlink(missing_ok=True)

    def _require(self, path: Path, file: pq.ParquetFile, table: TableRules) -> None:
        """Refuse what is known beforehand to be lost.

        Raises:
            SystemFileError, SystemShapeError: so it is.
        """
        if why := lost(file):
            raise self._refused(path, why)
        self._require_comparable(file, table)
        schema = file.schema_arrow
        self.require_blankable(table, {n for n in schema.names if not schema.field(n).nullable})

    def _looked(
        self, file: pq.ParquetFile, table: TableRules, match: Match
    ) -> Iterator[tuple[pa.Array, int]]:
        """Yield which rows of each row group are the person's; that column alone is read."""
        self._require_comparable(file, table)
        for group in range(file.num_row_groups):
            column = file.read_row_group(group, columns=[table.person]).column(table.person)
            yield theirs(column, match), group

    def _require_comparable(self, file: pq.ParquetFile, table: TableRules) -> None:
        """Refuse a column in which nobody would ever be found.

        Raises:
            SystemShapeError: so it is.
        """
        kind = file.schema_arrow.field(table.person).type
        if not is_comparable(kind):
            raise self.incomparable(table, str(kind))

    def _require_same(self, path: Path, old: pq.ParquetFile, new: pq.ParquetFile) -> None:
        """Refuse a new file that readers would take for another.

        Raises:
            SystemFileError: its types, or what it says of itself, differ.
        """
        if not new.schema.equals(old.schema) or not new.schema_arrow.equals(old.schema_arrow):
            raise self._refused(path, "its types cannot be written as they are")
        keys = {k for k in old.metadata.metadata or {} if k != b"ARROW:schema"}
        if any((new.metadata.metadata or {}).get(k) != old.metadata.metadata[k] for k in keys):
            raise self._refused(path, "its notes cannot be written as they are")

    def _refused(self, path: Path, why: str) -> SystemFileError:
        return SystemFileError(self.name, path.name, why)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[pq.ParquetFile]:
        """Open a file; what the library raises becomes ours, without its text.

        Raises:
            SystemFileError: it is no Parquet file, or an encrypted one.
            SystemUnreachableError: the system refuses.
        """
        try:
            with pq.ParquetFile(path, memory_map=False) as file:
                yield file
        except (pa.ArrowException, ValueError, NotImplementedError, KeyError):
            raise self._refused(path, UNREADABLE) from None
        except OSError as error:
            why = error.strerror or UNREADABLE
            raise SystemUnreachableError(self.name, f"{path.name}: {why}") from None


class _Made:
    """A new file in the making, and what each of its row groups must read as."""

    def __init__(self, new: Path, old: pq.ParquetFile, table: TableRules) -> None:
        self._old, self._table = old, table
        self._groups: list[tuple[int, Any]] = []
        self._drop: dict[str, frozenset[Any]] = {}
        self.writer = pq.ParquetWriter(new, old.schema_arrow, **layout(old))

    def add(self, group: int, mask: pa.Array, drop: dict[str, frozenset[Any]]) -> int:
        """Write what stays of a row group; return how many rows were the person's."""
        self._drop = drop
        kept = self._kept(group, mask)
        if kept.num_rows:
            self._groups.append((group, mask))
            self.writer.write_table(kept, row_group_size=kept.num_rows)
        return int(sum(mask.to_pylist()))

    def require_same(self, new: pq.ParquetFile, refused: Any) -> None:
        """Read back every row group and compare it with what it was made of.

        Raises:
            SystemFileError: one differs.
        """
        if new.num_row_groups != len(self._groups):
            raise refused()
        for number, (group, mask) in enumerate(self._groups):
            if not same(self._kept(group, mask), new.read_row_group(number)):
                raise refused()

    def _kept(self, group: int, mask: pa.Array) -> pa.Table:
        rows = self._old.read_row_group(group)
        if self._table.on_erasure is OnErasure.BLANK:
            rows = blanked(rows, mask, taken(self._table, rows.column_names))
        else:
            rows = rows.filter(pa.compute.invert(mask))
        return pruned(rows, self._drop)
