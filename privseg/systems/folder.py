# SPDX-License-Identifier: Apache-2.0
"""A folder of files of somebody else's: each file is written anew without the person, or untouched.

A table is a file, or a folder with any folders of partitions (``key=value``) below it. All new
files are written, made durable and read back before the first takes its old one's name; a crash
leaves each file old or new, and the next run finds the rest.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from privseg.dsr.system_rules import SystemRules, TableRules
from privseg.dsr.systems import SystemErased, TableErased
from privseg.systems.in_place import InPlace, Row, taken
from privseg.systems.person import Match, Wanted, wanted
from privseg.systems.places import (
    Seen,
    beside,
    dress,
    fresh,
    look,
    make_private,
    require_file,
    require_no_link,
    require_unchanged,
    swap,
)
from privseg.systems.refusals import SystemFileError, SystemLeftError, SystemUnreachableError
from privseg.terms import SubjectId

SUMMARIES = frozenset({"_metadata", "_delta_log"})
_LAKE = "it belongs to a table format that keeps values and older files elsewhere"
_SUMMARY = "it repeats values of other files: delete it, and let its writer make it anew"


@dataclass(frozen=True, slots=True)
class Written:
    """A new file that waits beside its old one."""

    table: TableRules
    seen: Seen
    rows: int


class FolderSystem(InPlace):
    """Files of one kind, told by the end of their names."""

    ending: str

    def __init__(self, rules: SystemRules) -> None:
        super().__init__(rules)
        self._root = Path(rules.where)

    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of every declared table: those that all of its files have."""
        found = {t.name: self._columns_of(t) for t in self.rules.tables}
        self.require(found)
        return found

    def rows(self, ids: Sequence[SubjectId]) -> Iterator[tuple[str, Row]]:
        """Yield every row of a person, with what the names of folders say of it."""
        self.columns()
        for table, match in self.searched(wanted(ids), self.rules.tables):
            for path in self.files(table):
                for row in self.rows_of(path, table, match):
                    yield table.name, {**self._partitions(path), **row}

    def counted(self, who: Wanted, tables: Sequence[TableRules]) -> Mapping[str, int]:
        """Return how many rows each table has."""
        self.columns()
        return {
            t.name: sum(self.rows_in(p, t, m) for p in self.files(t))
            for t, m in self.searched(who, tables)
        }

    def erase(self, ids: Sequence[SubjectId]) -> SystemErased:
        """Erase a person: all new files first, then their names.

        Raises:
            SystemShapeError, SystemFileError, SystemBusyError: nothing was touched.
        """
        who = wanted(ids)
        here = self.columns()
        kept = self.kept(self.counted(who, self.rules.tables))
        waiting: list[Written] = []
        try:
            for table, match in self.searched(who, self.rules.erased_tables):
                for new in self._written(table, match):
                    waiting.append(new)  # noqa: PERF402 - what is written when a later one fails
            for new in waiting:
                require_unchanged(self.name, new.seen)
            for new in waiting:
                swap(self.name, new.seen)
                self.tidy(new.seen.path)
        finally:
            for new in waiting:
                beside(new.seen.path).unlink(missing_ok=True)
        tables = tuple(
            TableErased(
                t.name, sum(n.rows for n in waiting if n.table is t), taken(t, here[t.name])
            )
            for t, _ in self.searched(who, self.rules.erased_tables)
        )
        return SystemErased(
            system=self.name, tables=tables, kept=kept, unsearched=self.unsearched(who)
        )

    def check(self) -> Sequence[str]:
        """Return what an erasure cannot reach; refuse what it could not write anew."""
        self.columns()
        for table in self.rules.erased_tables:
            for path in self.files(table):
                require_file(self.name, path)
                self.require_writable(path, table)
        return ("the old file's bytes stay in free space of the disk until they are used again",)

    @abstractmethod
    def columns_of(self, path: Path) -> tuple[str, ...]:
        """Return the columns of one file."""

    @abstractmethod
    def rows_in(self, path: Path, table: TableRules, match: Match) -> int:
        """Return how many rows of a person a file has."""

    @abstractmethod
    def rows_of(self, path: Path, table: TableRules, match: Match) -> Iterator[Row]:
        """Yield the rows of a person in a file."""

    @abstractmethod
    def is_touched(self, path: Path, table: TableRules, match: Match) -> bool:
        """Return whether a file holds anything of a person."""

    @abstractmethod
    def write(self, path: Path, new: Path, table: TableRules, match: Match) -> int:
        """Write a file anew without the person; return how many rows they had.

        Raises:
            SystemFileError: it cannot be written anew without losing something.
        """

    def require_writable(self, path: Path, table: TableRules) -> None:
        """Refuse a file that could not be written anew."""

    def tidy(self, path: Path) -> None:
        """Remove what was about a file's old bytes alone."""

    def files(self, table: TableRules) -> list[Path]:
        """Return the files of a table, by name.

        Raises:
            SystemShapeError: there is none.
            SystemFileError: a link, or a file of another kind, lies among them.
        """
        place = self._place(table)
        if place.is_dir():
            return sorted(self._walk(table, place))
        path = place if place.suffix == self.ending else place.with_name(place.name + self.ending)
        require_no_link(self.name, path)
        if not path.is_file():
            raise self.misshapen(table, f"there is no folder or {self.ending} file of that name")
        return [path]

    def _written(self, table: TableRules, match: Match) -> Iterator[Written]:
        """Yield each new file of a table, durable and read back."""
        for path in self.files(table):
            beside(path).unlink(missing_ok=True)
            if not self.is_touched(path, table, match):
                continue
            seen = look(self.name, path)
            new = fresh(path)
            try:
                make_private(new)
                rows = self.write(path, new, table, match)
                self._require_gone(new, table, match)
                dress(new, path)
            except OSError as error:
                new.unlink(missing_ok=True)
                why = error.strerror or "the system refuses"
                raise SystemUnreachableError(self.name, f"{path.name}: {why}") from None
            except BaseException:
                new.unlink(missing_ok=True)
                raise
            yield Written(table, seen, rows)

    def _require_gone(self, new: Path, table: TableRules, match: Match) -> None:
        """Search the new file.

        Raises:
            SystemLeftError: it still has the person.
        """
        if self.is_touched(new, table, match):
            raise SystemLeftError(self.name, table.name)

    def _columns_of(self, table: TableRules) -> tuple[str, ...]:
        """Return the columns that every file of a table has.

        Raises:
            SystemShapeError: a file lacks one that is declared.
        """
        found: dict[str, None] = {}
        for path in self.files(table):
            here = self.columns_of(path)
            for column in (table.person, *table.columns):
                if column not in here:
                    raise self.misshapen(table, f"{path.name} has no column {column!r}")
            found |= dict.fromkeys(here)
        return tuple(found)

    def _place(self, table: TableRules) -> Path:
        """Return where a table lies; no link leads there.

        Raises:
            SystemUnreachableError, SystemFileError: it cannot be trusted to lie there.
        """
        require_no_link(self.name, self._root)
        if not self._root.is_dir():
            raise SystemUnreachableError(self.name, "there is no such folder")
        place = self._root
        for part in Path(table.name).parts:
            place /= part
            require_no_link(self.name, place)
        return place

    def _walk(self, table: TableRules, folder: Path) -> Iterator[Path]:
        """Yield the files below a folder; what readers leave out by its name is left out."""
        found = False
        for here, folders, files in os.walk(folder):
            for name in (*folders, *files):
                require_no_link(self.name, Path(here, name))
                if name in SUMMARIES:
                    why = _SUMMARY if name in files else _LAKE
                    raise SystemFileError(self.name, name, why)
            folders[:] = [f for f in folders if not f.startswith((".", "_"))]
            for name in files:
                if name.startswith((".", "_")):
                    continue
                if not name.endswith(self.ending):
                    why = f"it lies among {self.ending} files and is none: nobody searches it"
                    raise SystemFileError(self.name, name, why)
                found = True
                yield Path(here, name)
        if not found:
            raise self.misshapen(table, f"there is no {self.ending} file in its folder")

    def _partitions(self, path: Path) -> dict[str, object]:
        """Return what the names of folders say: ``country=DE``."""
        parts = path.relative_to(self._root).parent.parts
        return {k: unquote(v) for k, eq, v in (p.partition("=") for p in parts) if eq}


def _rows(waiting: Sequence[Written], table: TableRules) -> int:
    """Return how many rows of a table were the person's."""
    return sum(new.rows for new in waiting if new.table is table)
