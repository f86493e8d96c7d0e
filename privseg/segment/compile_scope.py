# SPDX-License-Identifier: Apache-2.0
"""What one statement collects while it is built: parameters, columns read, since when, draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from privseg.policy.catalogue import ColumnType
from privseg.segment.sql import ORDINAL, Dialect, column_of, join_with
from privseg.segment.text import fold_text, folded_name
from privseg.segment.tree_events import TIME_PROPERTY
from privseg.segment.values import Cell
from privseg.segment.walk import is_time
from privseg.segment.window import Span
from privseg.terms import Attribute, to_micros


@dataclass(slots=True)
class Scope:
    """One statement in the making: every column and every literal of it is made here.

    INVARIANT: a literal becomes a parameter, and a column of a table is among ``reads``.
    """

    at: datetime
    zone: ZoneInfo
    dialect: Dialect
    parameters: dict[str, Cell] = field(default_factory=dict)
    reads: set[tuple[str, str]] = field(default_factory=set)
    starts: dict[str, datetime | None] = field(default_factory=dict)  # by event; None: any time
    samples: set[str] = field(default_factory=set)
    _names: dict[tuple[type, Cell], str] = field(default_factory=dict)

    def column(self, table: str, alias: str, name: str) -> exp.Column:
        """Return a column of a stored table, which is read by that."""
        self.reads.add((table, name))
        return column_of(alias, name)

    def ordinal(self, table: str, alias: str) -> exp.Column:
        """Return whom a row of a stored table is about."""
        return self.column(table, alias, ORDINAL)

    def property(self, event: str, alias: str, of: Attribute, kind: ColumnType) -> exp.Column:
        """Return a property of an event as it is matched: of a text the folded form."""
        if is_time(of):
            return self.column(event, alias, TIME_PROPERTY)
        return self.column(event, alias, matched_name(of.removeprefix(f"{event}."), kind))

    def parameter(self, cell: Cell, kind: ColumnType | None = None) -> exp.Expr:
        """Return a parameter for a literal of ``kind``; equal ones are one."""
        if kind is ColumnType.TEXT:
            cell = fold_text(str(cell))
        if isinstance(cell, datetime):
            cell = to_micros(cell)
        name = self._names.setdefault((type(cell), cell), f"v{len(self._names)}")
        self.parameters[name] = cell
        return exp.Placeholder(this=name)

    def happened(
        self, event: str, alias: str, span: Span, *, within: Span | None = None
    ) -> list[exp.Expr]:
        """Return what ``span`` asks of an event's time, beyond what ``within`` already did."""
        found: list[exp.Expr] = []
        if span.start is not None and (within is None or span.start != within.start):
            time = self.column(event, alias, TIME_PROPERTY)
            found.append(exp.GTE(this=time, expression=self.parameter(span.start)))
        if within is None or span.end != within.end:
            time = self.column(event, alias, TIME_PROPERTY)
            found.append(exp.LT(this=time, expression=self.parameter(span.end)))
        return found

    def matters(self, event: str, start: datetime | None) -> None:
        """Note from when on an event is looked at."""
        known = self.starts.get(event, start)
        self.starts[event] = None if known is None or start is None else min(known, start)

    def since(self) -> Mapping[str, datetime]:
        """Return the earliest moment that can matter, by event, where there is one."""
        return {event: start for event, start in self.starts.items() if start is not None}


def matched_name(name: str, kind: ColumnType) -> str:
    """Return the column by which a value is matched: of a text the folded form."""
    return folded_name(name) if kind is ColumnType.TEXT else name


def all_of(tests: list[exp.Expr]) -> exp.Expr:
    """Return that every test holds."""
    return join_with(exp.And, tests)


def any_of(tests: list[exp.Expr]) -> exp.Expr:
    """Return that some test holds."""
    return join_with(exp.Or, tests)
