# SPDX-License-Identifier: Apache-2.0
"""Dots with whiskers and lines with bands as inline SVG: a noisy number is a range.

Horizontal places are percentages, so that a chart fits a phone; words stand beside it as text,
where they wrap. The axis comes from the released intervals alone. A withheld cell keeps its row,
hatched and named: never zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from privseg.report.figure import INSET, Axis, Lines, Mark, place
from privseg.report.language import ENGLISH, Language
from privseg.report.words import grouped

STRIP = 22  # pixels of a row's strip
PLOT = 168  # pixels of a line chart's height
HEAD = 18  # pixels above it, for the topmost number
FOOT = 24  # pixels below it, for periods
LONG_TICK = 6  # characters: longer numbers stand at every other line, or a phone overlaps them
MANY_DOTS = 27  # more points than these are a line without dots


def strip(mark: Mark, axis: Axis, *, is_binned: bool = False) -> Markup:
    """Return one row's interval as a line with ends, its estimate as a dot; or hatching."""
    if mark.value is None:
        inside = Markup(
            '<rect class="withheld" x="{i}%" y="4" width="{w}%" height="14" fill="url(#hatch)"/>'
        ).format(i=INSET, w=100 - 2 * INSET)
    else:
        bar = _bar(mark, axis) if is_binned else Markup("")
        inside = _grid(axis) + bar + _whisker(mark, axis)
    return Markup('<svg class="strip" width="100%" height="{h}">{inside}</svg>').format(
        h=STRIP, inside=inside
    )


def ticks(axis: Axis, _: Language = ENGLISH) -> Markup:
    """Return the numbers below the last row."""
    every = 2 if max(len(_tick(t, _)) for t in axis.ticks) > LONG_TICK else 1
    shown = [t for i, t in enumerate(axis.ticks) if i % every == 0]
    texts = Markup("").join(
        Markup('<text class="tick" x="{x:.3f}%" y="14" text-anchor="{a}">{n}</text>').format(
            x=axis.at(tick), a=_anchor(i, axis.share(tick)), n=_tick(tick, _)
        )
        for i, tick in enumerate(shown)
    )
    return Markup('<svg class="strip" width="100%" height="20">{t}</svg>').format(t=texts)


def plot(lines: Lines, axis: Axis, _: Language = ENGLISH) -> Markup:
    """Return a line with its band over periods; withheld periods are hatched gaps."""
    height = HEAD + PLOT + FOOT
    parts = [_levels(axis), _gaps(lines, axis), _curves(lines, axis), _points(lines, axis)]
    inside = Markup("").join([*parts, _heights(axis, _), _periods(lines, axis)])
    return Markup('<svg class="plot" width="100%" height="{h}">{i}</svg>').format(
        h=height, i=inside
    )


def members(mark: Mark) -> Markup:
    """Return a circle a set, filled where the row's people are in it."""
    circles = Markup("").join(
        Markup('<circle class="{c}" cx="{x}" cy="8" r="5"/>').format(
            c="in" if is_in else "out", x=8 + 16 * i
        )
        for i, is_in in enumerate(mark.members)
    )
    inside = [i for i, is_in in enumerate(mark.members) if is_in]
    line = (
        Markup('<line class="whisker" x1="{a}" x2="{b}" y1="8" y2="8"/>').format(
            a=8 + 16 * inside[0], b=8 + 16 * inside[-1]
        )
        if len(inside) > 1
        else Markup("")
    )
    return Markup('<svg class="members" width="{w}" height="16">{l}{c}</svg>').format(
        w=16 * len(mark.members), l=line, c=circles
    )


def swatch(colour: str) -> Markup:
    """Return a small dot in a segment's colour, for the key."""
    return Markup(
        '<svg class="swatch" width="16" height="16" aria-hidden="true">'
        '<circle cx="8" cy="8" r="6" fill="{c}" class="dot"/></svg>'
    ).format(c=colour)


def _whisker(mark: Mark, axis: Axis) -> Markup:
    low, high, value = (axis.at(v or 0.0) for v in (mark.low, mark.high, mark.value))
    ends = Markup("").join(
        Markup('<line class="whisker" x1="{x:.3f}%" x2="{x:.3f}%" y1="3" y2="19"/>').format(x=x)
        for x in (low, high)
    )
    return ends + Markup(
        '<line class="whisker" x1="{l:.3f}%" x2="{h:.3f}%" y1="11" y2="11"/>'
        '<circle class="dot" cx="{v:.3f}%" cy="11" r="5" fill="{c}"/>'
    ).format(l=low, h=high, v=value, c=mark.colour)


def _bar(mark: Mark, axis: Axis) -> Markup:
    """Return a pale bar from zero: of a histogram only, behind its whisker."""
    start, end = sorted((axis.at(0.0), axis.at(mark.value or 0.0)))
    return Markup(
        '<rect class="bar" x="{s:.3f}%" y="3" width="{w:.3f}%" height="16" fill="{c}"/>'
    ).format(s=start, w=end - start, c=mark.colour)


def _grid(axis: Axis) -> Markup:
    return Markup("").join(
        Markup('<line class="{c}" x1="{x:.3f}%" x2="{x:.3f}%" y1="0" y2="{b}"/>').format(
            c="zero" if tick == 0 else "grid", x=axis.at(tick), b=STRIP
        )
        for tick in axis.ticks
    )


def _y(axis: Axis, value: float) -> float:
    return HEAD + PLOT * (1 - axis.share(value))


def _x(lines: Lines, axis: Axis, index: int) -> float:
    """Return the place of a period, in the middle of its share of the width."""
    return place((index + 0.5) / len(lines.marks), is_mirrored=axis.is_mirrored)


def _levels(axis: Axis) -> Markup:
    """Return level lines."""
    return Markup("").join(
        Markup('<line class="{c}" x1="0%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>').format(
            c="zero" if tick == 0 else "grid", y=_y(axis, tick)
        )
        for tick in axis.ticks
    )


def _heights(axis: Axis, _: Language) -> Markup:
    """Return the number of each level, above its line where a reader starts; over the band."""
    start = place(0.0, is_mirrored=axis.is_mirrored)
    return Markup("").join(
        Markup('<text class="tick" x="{x}%" y="{y:.1f}">{n}</text>').format(
            y=_y(axis, tick) - 4, x=start, n=_tick(tick, _)
        )
        for tick in axis.ticks
    )


def _gaps(lines: Lines, axis: Axis) -> Markup:
    width = (100 - 2 * INSET) / len(lines.marks)
    return Markup("").join(
        Markup(
            '<rect class="withheld" x="{x:.3f}%" y="{y}" width="{w:.3f}%" height="{h}" '
            'fill="url(#hatch)"/>'
        ).format(x=_x(lines, axis, i) - width / 2, y=HEAD, w=width, h=PLOT)
        for i, mark in enumerate(lines.marks)
        if mark.value is None
    )


def _runs(lines: Lines) -> Iterator[list[int]]:
    """Yield runs of periods that are shown, without a gap inside."""
    run: list[int] = []
    for i, mark in enumerate(lines.marks):
        if mark.value is not None:
            run.append(i)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _curves(lines: Lines, axis: Axis) -> Markup:
    """Return band and line of every run, stretched over the width (strokes keep theirs)."""
    shapes = Markup("").join(_curve(lines, axis, run) for run in _runs(lines) if len(run) > 1)
    return Markup(
        '<svg x="0" y="0" width="100%" height="{h}" viewBox="0 0 100 {h}" '
        'preserveAspectRatio="none">{s}</svg>'
    ).format(h=HEAD + PLOT + FOOT, s=shapes)


def _curve(lines: Lines, axis: Axis, run: list[int]) -> Markup:
    at = [(_x(lines, axis, i), lines.marks[i]) for i in run]
    upper = [f"{x:.3f},{_y(axis, m.high or 0.0):.2f}" for x, m in at]
    lower = [f"{x:.3f},{_y(axis, m.low or 0.0):.2f}" for x, m in reversed(at)]
    middle = [f"{x:.3f},{_y(axis, m.value or 0.0):.2f}" for x, m in at]
    return Markup(
        '<polygon class="band" points="{b}" fill="{c}"/>'
        '<polyline class="line" points="{m}" stroke="{c}"/>'
    ).format(b=" ".join(upper + lower), m=" ".join(middle), c=at[0][1].colour)


def _points(lines: Lines, axis: Axis) -> Markup:
    """Return a dot a period; a whisker too where a run is one period long."""
    alone = {run[0] for run in _runs(lines) if len(run) == 1}
    few = len(lines.marks) <= MANY_DOTS
    return Markup("").join(
        _point(lines, axis, i, is_alone=i in alone)
        for i, mark in enumerate(lines.marks)
        if mark.value is not None and (few or i in alone)
    )


def _point(lines: Lines, axis: Axis, index: int, *, is_alone: bool) -> Markup:
    mark, x = lines.marks[index], _x(lines, axis, index)
    low, high, value = (_y(axis, v or 0.0) for v in (mark.low, mark.high, mark.value))
    whisker = Markup(
        '<line class="whisker" x1="{x:.3f}%" x2="{x:.3f}%" y1="{l:.2f}" y2="{h:.2f}"/>'
    ).format(x=x, l=low, h=high)
    dot = Markup('<circle class="dot" cx="{x:.3f}%" cy="{y:.2f}" r="{r}" fill="{c}"/>').format(
        x=x, y=value, r=4, c=mark.colour
    )
    return (whisker if is_alone else Markup("")) + dot


def _periods(lines: Lines, axis: Axis) -> Markup:
    """Return the names of the first, a middle and the last period: what a phone has room for."""
    last = len(lines.ticks) - 1
    shown = sorted({0, last // 2, last} if last > 1 else {0, last})
    anchors = {0: "start", last: "end"} if last else {0: "middle"}
    return Markup("").join(
        Markup('<text class="tick" x="{x:.3f}%" y="{y}" text-anchor="{a}">{n}</text>').format(
            x=_edge(_x(lines, axis, i), i, last, axis),
            y=HEAD + PLOT + 18,
            a=anchors.get(i, "middle"),
            n=lines.ticks[i],
        )
        for i in shown
    )


def _edge(x: float, index: int, last: int, axis: Axis) -> float:
    """Return where a period's name starts or ends: at the edge for the first and the last."""
    if not last or 0 < index < last:
        return x
    return place(0.0 if index == 0 else 1.0, is_mirrored=axis.is_mirrored)


def _anchor(index: int, share: float) -> str:
    """Return text anchors that keep the first and last number inside; by reading direction."""
    if index == 0 and share == 0:
        return "start"
    return "end" if share == 1 else "middle"


def _tick(value: float, _: Language) -> str:
    """Return a tick's number."""
    if value == int(value):
        return grouped(int(value), _)
    whole, __, rest = f"{abs(value):.2g}".partition(".")
    return f"{'-' if value < 0 else ''}{grouped(int(whole), _)}{_.point}{rest}"
