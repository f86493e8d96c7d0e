# SPDX-License-Identifier: Apache-2.0
"""Dots with whiskers as inline SVG: a noisy number is a range, and a bar would suggest more.

Horizontal places are percentages, so that text keeps its size on a phone. The axis comes from the
released intervals alone. A withheld cell keeps its row, hatched and named: never zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

ROW = 48  # pixels a row: one line of text, one strip
AXIS = 30
LONG_TICK = 7  # characters: longer numbers stand at every other line, or a phone overlaps them
INSET = 1.5  # per cent kept free on either side, so that a dot at the edge is whole


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of a chart: a label and a released value with its interval, or why it is withheld."""

    label: str
    colour: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from 0 (or a negative low) to a round number above the highest interval."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return the place of ``value`` in per cent of the chart's width."""
        share = (value - self.low) / (self.high - self.low)
        return INSET + (100 - 2 * INSET) * min(max(share, 0.0), 1.0)


def axis_for(marks: Sequence[Mark]) -> Axis:
    """Return an axis with four or five round ticks that holds every released interval.

    >>> axis_for([Mark("a", "#000", "", 90.0, 80.0, 100.0)]).ticks
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    highest = max((m.high for m in marks if m.high is not None), default=1.0)
    step = _round_step(max(highest, 1.0) / 4)
    count = max(1, math.ceil(highest / step - 1e-9))
    return Axis(0.0, step * count, tuple(step * i for i in range(count + 1)))


def chart(marks: Sequence[Mark], *, title: str, description: str, name: str) -> Markup:
    """Return the SVG of one chart; ``name`` makes its ids unique in the page."""
    axis = axis_for(marks)
    height = ROW * len(marks) + AXIS
    rows = Markup("").join(_row(mark, axis, ROW * i) for i, mark in enumerate(marks))
    return Markup(
        '<svg class="chart" role="img" width="100%" height="{h}" aria-labelledby="{n}-t {n}-d">'
        '<title id="{n}-t">{t}</title><desc id="{n}-d">{d}</desc>{grid}{rows}</svg>'
    ).format(
        h=height, n=name, t=title, d=description, rows=rows, grid=_grid(axis, ROW * len(marks))
    )


def swatch(colour: str) -> Markup:
    """Return a small dot in a segment's colour, for the key."""
    return Markup(
        '<svg class="swatch" width="16" height="16" aria-hidden="true">'
        '<circle cx="8" cy="8" r="6" fill="{c}" class="dot"/></svg>'
    ).format(c=colour)


def _row(mark: Mark, axis: Axis, top: int) -> Markup:
    """Return one row: label and value in words above, dot and whisker below."""
    words = Markup(
        '<text x="{i}%" y="{y}" class="label">{label}</text>'
        '<text x="{e}%" y="{y}" class="value" text-anchor="end">{text}</text>'
    ).format(i=INSET, e=100 - INSET, y=top + 18, label=mark.label, text=mark.text)
    return words + (_whisker(mark, axis, top + 34) if mark.value is not None else _hatch(top + 26))


def _whisker(mark: Mark, axis: Axis, y: int) -> Markup:
    """Return the interval as a line with ends and the estimate as a dot."""
    low, high, value = (axis.at(float(v or 0.0)) for v in (mark.low, mark.high, mark.value))
    ends = Markup("").join(
        Markup('<line class="whisker" x1="{x:.3f}%" x2="{x:.3f}%" y1="{a}" y2="{b}"/>').format(
            x=x, a=y - 5, b=y + 5
        )
        for x in (low, high)
    )
    return ends + Markup(
        '<line class="whisker" x1="{l:.3f}%" x2="{h:.3f}%" y1="{y}" y2="{y}"/>'
        '<circle class="dot" cx="{v:.3f}%" cy="{y}" r="5.5" fill="{c}"/>'
    ).format(l=low, h=high, v=value, y=y, c=mark.colour)


def _hatch(top: int) -> Markup:
    """Return the strip of a withheld cell."""
    return Markup(
        '<rect class="withheld" x="{i}%" y="{y}" width="{w}%" height="14" fill="url(#hatch)"/>'
    ).format(i=INSET, w=100 - 2 * INSET, y=top)


def _grid(axis: Axis, bottom: int) -> Markup:
    """Return tick lines and their numbers."""
    every = 2 if len(_tick(axis.high)) > LONG_TICK else 1
    return Markup("").join(
        Markup(
            '<line class="grid" x1="{x:.3f}%" x2="{x:.3f}%" y1="0" y2="{b}"/>'
            '<text class="tick" x="{x:.3f}%" y="{t}" text-anchor="{a}">{n}</text>'
        ).format(
            x=axis.at(tick), b=bottom, t=bottom + 20, n="" if i % every else _tick(tick), a=anchor
        )
        for i, (tick, anchor) in enumerate(zip(axis.ticks, _anchors(len(axis.ticks)), strict=True))
    )


def _anchors(count: int) -> list[str]:
    """Return text anchors that keep the first and last tick inside the chart."""
    return ["start", *["middle"] * (count - 2), "end"] if count > 1 else ["start"]


def _tick(value: float) -> str:
    """Return a tick's number."""
    return escape(f"{value:,.0f}" if value == int(value) else f"{value:,.1f}")


def _round_step(raw: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at most ``raw`` or the next above."""
    power: float = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 5, 10):
        if factor * power >= raw * 0.75:
            return factor * power
    return 10 * power
