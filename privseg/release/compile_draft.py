# SPDX-License-Identifier: Apache-2.0
"""A table while it is compiled: all of it but its precision, which the whole report shares.

**How the loss is shared.** Every quantity asked for has a weight, and rho is divided by weights.
What answers a quantity may be several measures, among which its share is divided by fixed parts; a
measure that answers several quantities has the sum of their parts. Parts of a quantity add up to 1,
so all measures together cost rho exactly.

**Size, and count beside it.** A number that is reckoned with (``COUNT``) needs a draw of its own:
the gate's has another law once it let the cell be shown. Of the share of a table's people the gate
gets ``GATE_SHARE``. Writing sigma for the noise of the whole share, a cell is nearly always (99 %)
shown from about ``7.5 sigma / sqrt(g)`` people on (5.2 for a selection delta of 1e-7, and 2.33),
and its count is known to within 15 % from ``1.96 sigma / (0.15 sqrt(1 - g))`` on. The first falls
in g and the second rises; both are so from the fewest people on where they are equal, at g = 0.249.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod

from privseg.frames import Block, Dimension, Measure, MeasureKind
from privseg.protect.formula import Derived
from privseg.release.ask_measures import Asked, MeasureRequest
from privseg.release.ask_tables import SIZE, TableRequest
from privseg.release.compile_errors import ReportNotUsableError
from privseg.release.plan import Caption, DerivedCaption, DimensionCaption, TableKind, Unit

GATE_SHARE = Fraction(1, 4)
COUNT = "count"
PEOPLE = Unit("people")
PERCENT = Unit("%")

Parts = Mapping[str, Mapping[str, Fraction]]
"""By quantity: the measures that answer it, and the part of its share that each has."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Measures with their captions, and which quantities pay for them."""

    measures: tuple[tuple[Measure, Caption], ...]
    parts: Parts


@dataclass(frozen=True, slots=True)
class Draft:
    """One table without its precision. ``groups`` is m of the finest level."""

    asked: TableRequest
    kind: TableKind
    segments: tuple[str, ...]
    groups: int
    measured: Measured
    dimensions: tuple[tuple[Dimension, DimensionCaption], ...] = ()
    margins: tuple[tuple[int, ...], ...] = ()
    derived: tuple[tuple[Derived, DerivedCaption], ...] = ()

    @property
    def block(self) -> Block:
        """Return its cells and measures."""
        return Block(
            name=self.asked.name,
            segments=self.segments,
            groups_per_person=self.groups,
            measures=tuple(m for m, _ in self.measured.measures),
            dimensions=tuple(d for d, _ in self.dimensions),
            margins=self.margins,
        )

    @property
    def cells(self) -> int:
        """Return how many cells it has, without making them."""
        keys = [len(d.keys) for d, _ in self.dimensions]
        levels = (tuple(range(len(keys))), *self.margins)
        return len(self.segments) * sum(prod(keys[i] for i in level) for level in levels)


def people(
    measures: Iterable[MeasureRequest], *, table: str, counted: bool
) -> tuple[Measured, str]:
    """Return what counts a table's people, and the name of the gate's measure.

    It is asked for as a size, or counted all the same, as one more quantity of weight 1: the
    minimum of people needs it. ``counted`` puts a count beside it, which is what is shown then.

    Raises:
        ReportNotUsableError: something else has the name, or the people are asked for twice.
    """
    asked = tuple(measures)
    sizes = [m for m in asked if m.kind is Asked.SIZE]
    if len(sizes) > 1:
        why = f"table {table!r} counts its people once, not {len(sizes)} times"
        raise ReportNotUsableError(why, place=sizes[1].place)
    name = sizes[0].name if sizes else SIZE
    label = sizes[0].label if sizes else None
    for taken in (m for m in asked if m.kind is not Asked.SIZE):
        if taken.name in {name, COUNT}:
            why = f"table {table!r} calls {taken.name!r} what is no count of its people"
            raise ReportNotUsableError(why, place=taken.place)
    gate = Measure(name, MeasureKind.SIZE)
    if not counted:
        return Measured(((gate, Caption(label, PEOPLE)),), {name: {name: Fraction(1)}}), name
    beside = (Measure(COUNT, MeasureKind.COUNT), Caption(label, PEOPLE))
    parts = {name: {name: GATE_SHARE, COUNT: 1 - GATE_SHARE}}
    return Measured(((gate, Caption(None, PEOPLE)), beside), parts), name


def joined(*several: Measured) -> Measured:
    """Return all of them as one; a measure that several bring is measured once.

    Raises:
        ValueError: two different measures have one name.
    """
    measures: dict[str, tuple[Measure, Caption]] = {}
    for measure, caption in (pair for one in several for pair in one.measures):
        known = measures.setdefault(measure.name, (measure, caption))
        if known[0] != measure:
            raise ValueError(f"two measures are called {measure.name!r}")
        if known[1].label is None:
            measures[measure.name] = measure, caption
    parts = {q: part for one in several for q, part in one.parts.items()}
    return Measured(tuple(measures.values()), parts)
