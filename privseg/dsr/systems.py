# SPDX-License-Identifier: Apache-2.0
"""Port: another system that holds people's data, reached in place or by a work order.

What a person may ask (GDPR Art. 15 and 17, Cal. Civ. Code § 1798.105 and 110) concerns every system
of the controller, not only the one that answers. ``privseg.systems`` has the adapters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from privseg.terms import SubjectId

WORK_ORDER_FORMAT = "privseg.workorder/1"


class Reach(StrEnum):
    """How a system is reached."""

    IN_PLACE = "in_place"  # read and erased by us, where it lies
    WORK_ORDER = "work_order"  # other people do it, and prove it


class OnErasure(StrEnum):
    """What an erasure does with a person's rows of a table."""

    DELETE = "delete"
    BLANK = "blank"  # the declared columns become empty, the rest of the row stays
    KEEP = "keep"  # by a ground of the law (GDPR Art. 17(3); § 1798.105(d))


@dataclass(frozen=True, slots=True)
class TableFields:
    """One table of a system: which column says whose a row is, and which columns are theirs."""

    name: str
    person: str
    identifier: str  # the kind of identifier in ``person``
    columns: tuple[str, ...]
    on_erasure: OnErasure


@dataclass(frozen=True, slots=True)
class TableCount:
    """How many rows of a person a table has."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class TableErased:
    """What was taken from one table: how many rows, and which of their fields."""

    name: str
    rows: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableKept:
    """What stays in one table, by which ground of the law and for how long."""

    name: str
    rows: int
    ground: str
    until: str  # a span as it was written, such as 10y


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemErased:
    """What one system lost. ``unsearched`` are tables whose kind of identifier nobody here knows.

    ``overwritten`` says whether the bytes are gone from the system's own files by now.
    """

    system: str
    tables: tuple[TableErased, ...]
    kept: tuple[TableKept, ...] = ()
    unsearched: tuple[str, ...] = ()
    overwritten: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """What other people were asked to erase; ``is_proved`` once their proof was recorded."""

    system: str
    files: tuple[str, ...] = ()
    is_proved: bool = False


class System(Protocol):
    """Port: one other system. Identifiers are compared in their canonical form and as given.

    ``rows``, ``count``, ``erase`` and ``left`` refuse (``NotInPlaceError``) where ``reach`` is not
    ``IN_PLACE``; and they refuse before anything is touched where a declared table or column is not
    there. No identifier is in a message, a statement's text, a file's name or a log of ours.
    """

    @property
    def name(self) -> str:
        """Return the name that ``privseg.yaml`` gives it."""
        ...

    @property
    def kind(self) -> str:
        """Return what it is: sqlite, duckdb, postgresql, parquet, csv or work_order."""
        ...

    @property
    def reach(self) -> Reach:
        """Return how it is reached."""
        ...

    @property
    def overwrites(self) -> bool:
        """Return whether, when ``erase`` returns, the bytes are gone from the system's files."""
        ...

    def fields(self) -> Sequence[TableFields]:
        """Return its tables, each with the columns that are the person's."""
        ...

    def check(self) -> Sequence[str]:
        """Return what should be known before an erasure; refuse where there could be none."""
        ...

    def rows(self, ids: Sequence[SubjectId]) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield every row of a person, as (table, {column: value}), for an access answer."""
        ...

    def count(self, ids: Sequence[SubjectId]) -> Sequence[TableCount]:
        """Return how many rows of a person each table has; nothing is changed."""
        ...

    def erase(self, ids: Sequence[SubjectId]) -> SystemErased:
        """Erase a person durably, all of it or nothing; once more does no harm."""
        ...

    def left(self, ids: Sequence[SubjectId]) -> int:
        """Return how many rows are still there of those that ``erase`` takes: searched anew."""
        ...
