# SPDX-License-Identifier: Apache-2.0
"""What somebody asks of a report: segments, tables and measures; no data and no bound in it.

A request is the reading of a report file (``privseg.loaders.report``). Bounds and precision are
never asked for: the segmenter's rules in the policy give them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privseg.frames import MeasureKind
from privseg.terms import Attribute, Place

NOT_INCLUDED = "not_included"
"""The quantity that counts, with noise, the people left out for want of consent."""


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """One quantity asked of every cell of a table.

    ``name`` is unique in its table (by default the kind: ``size``, ``total``, ``average``).
    ``attribute`` is an event's property, None for SIZE. ``days`` is the window [at - days x 24 h,
    at); None means everything before ``at``.

    >>> MeasureRequest(MeasureKind.SIZE, Place("report.yaml", 7, 20)).name
    'size'
    """

    kind: MeasureKind
    place: Place
    attribute: Attribute | None = None
    days: int | None = None
    label: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Name it after its kind if need be; refuse a size of something, a total of nothing."""
        if not self.name:
            object.__setattr__(self, "name", self.kind.value)
        if (self.attribute is None) is not (self.kind is MeasureKind.SIZE):
            raise ValueError("a total or average needs a property, and a size has none")
        if self.days is not None and (self.days < 1 or self.kind is MeasureKind.SIZE):
            raise ValueError("a window is at least a day, and a size has none")


@dataclass(frozen=True, slots=True)
class TableRequest:
    """One table: every segment of the report, or every segment by the values of ``by``."""

    name: str
    measures: tuple[MeasureRequest, ...]
    place: Place
    by: Attribute | None = None
    title: str | None = None

    def __post_init__(self) -> None:
        """Refuse a table without measures, or with two of one name."""
        names = [m.name for m in self.measures]
        if not names or len(set(names)) != len(names):
            raise ValueError("a table needs measures, each with a name of its own")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A whole report, as asked for.

    ``weights`` are the shares in which ``quantities`` divide the report's loss: positive whole
    numbers, 1 where it names none. ``not_included`` asks for a noisy count of the people whom
    the report leaves out for want of consent; it is charged like any other number.
    """

    name: str
    title: str
    segmenter: str
    segments: tuple[str, ...]
    tables: tuple[TableRequest, ...]
    place: Place
    not_included: bool = True
    weights: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what has no segment or table, repeats a name, or weighs what it does not ask."""
        for names in (self.segments, tuple(t.name for t in self.tables)):
            if not names or len(set(names)) != len(names):
                raise ValueError("a report needs segments and tables, each named once")
        if not self.weights.keys() <= set(self.quantities):
            raise ValueError("a weight names no quantity of this report")
        if any(w < 1 for w in self.weights.values()):
            raise ValueError("a weight is a positive whole number")

    @property
    def quantities(self) -> tuple[str, ...]:
        """Return the name of everything that costs: ``table.measure``, then ``not_included``."""
        asked = tuple(f"{t.name}.{m.name}" for t in self.tables for m in t.measures)
        return (*asked, NOT_INCLUDED) if self.not_included else asked

    def weight(self, quantity: str) -> int:
        """Return the share of ``quantity``; 1 unless the report says otherwise."""
        return self.weights.get(quantity, 1)

    @property
    def reads(self) -> frozenset[Attribute]:
        """Return what the tables read: breakdowns, properties and the events these belong to."""
        asked = {t.by for t in self.tables} | {m.attribute for t in self.tables for m in t.measures}
        named = {a for a in asked if a is not None}
        return frozenset(named | {Attribute(a.partition(".")[0]) for a in named if "." in a})
