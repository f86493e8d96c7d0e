# SPDX-License-Identifier: Apache-2.0
"""What all systems have in common that are read and erased where they lie."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from privseg.dsr.system_rules import TableRules
from privseg.dsr.systems import OnErasure, Reach, SystemErased, TableCount, TableFields, TableKept
from privseg.systems.declared import Declared
from privseg.systems.person import UNCLEAR, Match, Wanted, wanted
from privseg.systems.refusals import SystemShapeError
from privseg.terms import SubjectId

Row = Mapping[str, object]


class InPlace(Declared, ABC):
    """A system of ours to read: its rules, and what follows from them alone."""

    overwrites = True

    @property
    def reach(self) -> Reach:
        """Return that it is reached in place."""
        return Reach.IN_PLACE

    def fields(self) -> Sequence[TableFields]:
        """Return its tables with the columns that are there now."""
        columns = self.columns()
        return [replace(t.fields, columns=shown(t, columns[t.name])) for t in self.rules.tables]

    def count(self, ids: Sequence[SubjectId]) -> Sequence[TableCount]:
        """Return how many rows of a person each table has; nothing is changed."""
        found = self.counted(wanted(ids), self.rules.tables)
        return [TableCount(t.name, found.get(t.name, 0)) for t in self.rules.tables]

    def left(self, ids: Sequence[SubjectId]) -> int:
        """Return how many rows are still there of those that ``erase`` takes."""
        return sum(self.counted(wanted(ids), self.rules.erased_tables).values())

    @abstractmethod
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of every declared table.

        Raises:
            SystemShapeError: a table or a declared column is not there.
            SystemUnreachableError: it cannot be opened.
        """

    @abstractmethod
    def counted(self, who: Wanted, tables: Sequence[TableRules]) -> Mapping[str, int]:
        """Return how many rows each of ``tables`` has; shapes are checked first."""

    @abstractmethod
    def rows(self, ids: Sequence[SubjectId]) -> Iterator[tuple[str, Row]]:
        """Yield every row of a person, as (table, {column: value})."""

    @abstractmethod
    def erase(self, ids: Sequence[SubjectId]) -> SystemErased:
        """Erase a person durably, all of it or nothing."""

    @abstractmethod
    def check(self) -> Sequence[str]:
        """Return what should be known before an erasure; refuse where there could be none."""

    def kept(self, counts: Mapping[str, int]) -> tuple[TableKept, ...]:
        """Return what stays, and why, of the rows that were counted."""
        return tuple(
            TableKept(t.name, counts[t.name], t.keep.ground, t.keep.span)
            for t in self.rules.tables
            if t.keep is not None and counts.get(t.name)
        )

    def unsearched(self, who: Wanted) -> tuple[str, ...]:
        """Return the tables whose kind of identifier is not among the person's."""
        return tuple(t.name for t in self.rules.tables if t.identifier not in who)

    def require(self, columns: Mapping[str, tuple[str, ...]]) -> None:
        """Refuse what is declared and not there.

        Raises:
            SystemShapeError: so it is.
        """
        for table in self.rules.tables:
            here = columns.get(table.name)
            if not here:
                raise self.misshapen(table, "there is no such table")
            for column in (table.person, *table.columns):
                if column not in here:
                    raise self.misshapen(table, f"there is no column {column!r}")

    def require_blankable(self, table: TableRules, fixed: Collection[str]) -> None:
        """Refuse to blank columns that cannot be empty: keys, NOT NULL, generated ones.

        Raises:
            SystemShapeError: one of them is to be.
        """
        wanted_empty = {table.person, *table.columns} if table.on_erasure is OnErasure.BLANK else ()
        for column in sorted(set(wanted_empty) & set(fixed)):
            raise self.misshapen(
                table, f"column {column!r} cannot be empty, so blank is impossible"
            )

    def misshapen(self, table: TableRules, why: str) -> SystemShapeError:
        """Return the refusal of one table, with the place where it is declared."""
        place = self.rules.places.get(table.name, "")
        return SystemShapeError(self.name, table.name, why, place=place)

    def incomparable(self, table: TableRules, kind: str) -> SystemShapeError:
        """Return the refusal of a column in which identifiers would be missed."""
        why = (
            f"column {table.person!r} is of type {kind}, in which nobody's identifier is looked for"
        )
        return self.misshapen(table, f"{why}; name one of text, of numbers or of UUIDs")

    def searched(
        self, who: Wanted, tables: Sequence[TableRules]
    ) -> Iterator[tuple[TableRules, Match]]:
        """Yield each table with what to look for in it; what cannot be searched is left out."""
        for table in tables:
            if table.identifier in who:
                refused = partial(self.misshapen, table, UNCLEAR)
                yield table, replace(who[table.identifier], refused=refused)


def shown(table: TableRules, here: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a table that a person is shown."""
    if not table.columns:
        return tuple(here)
    return (table.person, *(c for c in table.columns if c != table.person))


def taken(table: TableRules, here: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that an erasure empties, or deletes with their rows."""
    return shown(table, here) if table.on_erasure is OnErasure.BLANK else tuple(here)
