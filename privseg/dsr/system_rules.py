# SPDX-License-Identifier: Apache-2.0
"""What ``systems:`` of privseg.yaml says of each other system, parsed: rules and no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from privseg.dsr.systems import OnErasure, Reach, TableFields


class SystemKind(StrEnum):
    """What a system is."""

    SQLITE = "sqlite"
    DUCKDB = "duckdb"
    POSTGRESQL = "postgresql"
    PARQUET = "parquet"
    CSV = "csv"
    WORK_ORDER = "work_order"

    @property
    def reach(self) -> Reach:
        """Return how a system of this kind is reached."""
        return Reach.WORK_ORDER if self is SystemKind.WORK_ORDER else Reach.IN_PLACE

    @property
    def is_folder(self) -> bool:
        """Return whether it is a folder of files."""
        return self in {SystemKind.PARQUET, SystemKind.CSV}

    @property
    def is_file(self) -> bool:
        """Return whether it is one file."""
        return self in {SystemKind.SQLITE, SystemKind.DUCKDB}


@dataclass(frozen=True, slots=True)
class Keep:
    """Why something stays when a person is erased, and for how long (GDPR Art. 17(3))."""

    ground: str
    span: str  # as written: 10y


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRules:
    """One table. ``columns`` are the person's own; none named means all of them.

    ``cascades`` are tables that the database itself may take rows of when this one's are deleted.
    """

    name: str
    person: str
    identifier: str
    columns: tuple[str, ...] = ()
    on_erasure: OnErasure = OnErasure.DELETE
    keep: Keep | None = None
    cascades: frozenset[str] = frozenset()

    @property
    def fields(self) -> TableFields:
        """Return what others may be told of it."""
        return TableFields(self.name, self.person, self.identifier, self.columns, self.on_erasure)

    @property
    def is_kept(self) -> bool:
        """Return whether an erasure leaves it as it is."""
        return self.on_erasure is OnErasure.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRules:
    """One system: where it is (never a password), its tables, how its files are written."""

    name: str
    kind: SystemKind
    where: str
    tables: tuple[TableRules, ...]
    vacuum: bool = False
    delimiter: str = ","
    encoding: str = "utf-8"
    people: str = ""  # work orders: who does it, such as a team or a company
    places: Mapping[str, str] = field(default_factory=dict, compare=False)  # table -> file:line

    @property
    def erased_tables(self) -> tuple[TableRules, ...]:
        """Return the tables that an erasure touches."""
        return tuple(t for t in self.tables if not t.is_kept)
