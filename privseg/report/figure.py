# SPDX-License-Identifier: Apache-2.0
"""What a page draws: marks, heat maps and lines; released values and words, no layout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

INSET = 1.5  # per cent kept free on either side, so that a dot at the edge is whole


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of a chart: a label and a released value with its interval, or why it is withheld.

    ``members`` (an overlap) says in which sets the row's people are.
    """

    label: str
    colour: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    within: str = ""
    members: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Dots:
    """A dot with a whisker a row; ``is_binned``: a pale bar from zero below each, a histogram."""

    marks: tuple[Mark, ...]
    is_binned: bool = False


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell of a heat map: its number in words, and a step of colour that says no more."""

    text: str
    within: str = ""
    step: int | None = None
    is_withheld: bool = False
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of two dimensions with the number in each cell."""

    corner: str
    across: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HeatCell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """A line with its band over periods; a withheld period is a gap."""

    marks: tuple[Mark, ...]
    ticks: tuple[str, ...]  # one short name a mark


Figure = Dots | Heat | Lines


@dataclass(frozen=True, slots=True)
class Panel:
    """One of several figures of the same quantity, on the same axis."""

    title: str
    figure: Figure
    sentence: str = ""

    @property
    def kind(self) -> str:
        """Return how the figure is drawn."""
        return type(self.figure).__name__.lower()


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from 0 (or a negative low) to a round number above the highest interval.

    ``is_mirrored``: it runs from right to left, as the language is written.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    is_mirrored: bool = False

    def share(self, value: float) -> float:
        """Return where ``value`` lies between the ends, 0 to 1."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def at(self, value: float) -> float:
        """Return the place of ``value`` in per cent of the chart's width."""
        return place(self.share(value), is_mirrored=self.is_mirrored)


def place(share: float, *, is_mirrored: bool) -> float:
    """Return a share of the width as per cent from the left.

    >>> place(0.0, is_mirrored=False), place(0.0, is_mirrored=True)
    (1.5, 98.5)
    """
    return INSET + (100 - 2 * INSET) * ((1 - share) if is_mirrored else share)


def axis_for(marks: Iterable[Mark], *, is_mirrored: bool = False) -> Axis:
    """Return an axis with four or five round ticks that holds zero and every released interval.

    >>> axis_for([Mark("a", "#000", "", 90.0, 80.0, 100.0)]).ticks
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    ends = [end for m in marks for end in (m.low, m.high) if end is not None]
    highest, lowest = max([0.0, *ends]), min([0.0, *ends])
    if highest == lowest:
        highest = 1.0
    step = _round_step((highest - lowest) / 4)
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    ticks = tuple(step * i for i in range(first, last + 1))
    return Axis(ticks[0], max(ticks[-1], highest), ticks, is_mirrored)


def marks_of(panels: Iterable[Panel]) -> Iterator[Mark]:
    """Yield every mark of some panels: what their common axis must hold."""
    for panel in panels:
        if not isinstance(panel.figure, Heat):
            yield from panel.figure.marks


def _round_step(raw: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at most ``raw`` or the next above."""
    power: float = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 5, 10):
        if factor * power >= raw * 0.75:
            return factor * power
    return 10 * power
