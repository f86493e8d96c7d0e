# SPDX-License-Identifier: Apache-2.0
"""Tables of segments, broken down or not, and trends."""

from __future__ import annotations

from itertools import combinations
from math import prod

from privseg.frames import TOTAL_KEY, ByPeriod, Cell, Measure, MeasureKind
from privseg.protect.formula import Derived, Part, Quotient, Term, Top
from privseg.release.ask_dimensions import ByGrid
from privseg.release.ask_measures import Asked
from privseg.release.ask_tables import CellsRequest, TrendRequest
from privseg.release.compile_asking import Asking
from privseg.release.compile_dimensions import Captioned, dimensions_of, may_repeat
from privseg.release.compile_draft import (
    COUNT,
    PERCENT,
    Draft,
    Measured,
    joined,
    people,
)
from privseg.release.compile_errors import ReportNotUsableError, ReportRefusedError
from privseg.release.compile_measures import Frame, measured
from privseg.release.compile_periods import last_periods
from privseg.release.plan import Caption, DerivedCaption, DimensionCaption, TableKind, Unit

MOST_WITH_TOTALS = 200  # cells of a table whose totals agree: least squares over all of them

Formulas = tuple[tuple[Derived, DerivedCaption], ...]


def cells(asking: Asking, table: CellsRequest) -> Draft:
    """Return a table of every segment, or of every segment by what it is broken down by.

    Raises:
        ReportRefusedError, ReportNotUsableError: see what it is made of.
    """
    dimensions = tuple(d for by in table.by for d in dimensions_of(asking, by))
    if table.is_open and len(dimensions) > 1:
        raise ReportNotUsableError("found values stand alone", place=table.place)
    counted, gate = people(table.measures, table=table.name, counted=table.totals or table.shares)
    asked = [measured(asking, m) for m in table.measures if m.kind is not Asked.SIZE]
    margins = _margins(asking, table, dimensions)
    draft = Draft(
        asked=table,
        kind=TableKind.CELLS,
        segments=asking.request.segments,
        groups=_groups(asking, dimensions),
        measured=joined(counted, *asked),
        dimensions=dimensions,
        margins=margins,
        derived=(*_shares(asking, table, dimensions), *_tops(asking, table, gate)),
    )
    if margins and draft.cells > MOST_WITH_TOTALS:
        why = (
            f"{draft.cells} cells: totals that agree are reckoned for {MOST_WITH_TOTALS} at most; "
            "leave totals and shares out, or break it down less"
        )
        raise ReportNotUsableError(why, place=table.place)
    return draft


def _groups(asking: Asking, dimensions: tuple[Captioned, ...]) -> int:
    """Return in how many cells one person can be, the policy's m at most."""
    several = prod(len(d.keys) for d, _ in dimensions if may_repeat(asking, d))
    return min(asking.most_groups, len(asking.request.segments) * several)


def _margins(
    asking: Asking, table: CellsRequest, dimensions: tuple[Captioned, ...]
) -> tuple[tuple[int, ...], ...]:
    """Return every margin, the finest first; of shares the one that they are shares of."""
    if not (table.totals or table.shares):
        return ()
    if table.is_open or any(may_repeat(asking, d) for d, _ in dimensions):
        why = "no totals: a person may stand under several keys of a set, or their keys are found"
        raise ReportNotUsableError(why, place=table.place)
    indices = range(len(dimensions))
    return tuple(kept for n in reversed(indices) for kept in combinations(indices, n))


def _shares(asking: Asking, table: CellsRequest, dimensions: tuple[Captioned, ...]) -> Formulas:
    """Return which share of its segment each key has."""
    if not table.shares:
        return ()
    if len(dimensions) != 1:
        raise ReportNotUsableError("shares are those of one breakdown", place=table.place)
    (dimension, _), segments = dimensions[0], asking.request.segments
    return tuple(_share(segment, key) for segment in segments for key in dimension.keys)


def _share(segment: str, key: str) -> tuple[Quotient, DerivedCaption]:
    top, bottom = count_of((segment, (key,))), count_of((segment, (TOTAL_KEY,)))
    formula = Quotient(f"share.{segment}.{key}", (top,), (bottom,), scale=100, highest=100)
    return formula, DerivedCaption(None, PERCENT)


def count_of(cell: Cell, coefficient: int = 1) -> Term:
    """Return the count of a cell's people, as a term."""
    return Term(coefficient, cell, COUNT, Part.COUNT)


def _tops(asking: Asking, table: CellsRequest, gate: str) -> Formulas:
    """Return which cells of each segment are the largest."""
    if table.top is None:
        return ()
    if isinstance(table.by[0], ByGrid):
        raise ReportNotUsableError("the largest are those of one breakdown", place=table.place)
    if table.totals or table.shares:
        why = "top compares what the gate published; leave totals and shares to another table"
        raise ReportNotUsableError(why, place=table.place)
    return tuple(
        (Top(f"top.{s}", s, gate, table.top), DerivedCaption(None, Unit("")))
        for s in asking.request.segments
    )


def trend(asking: Asking, table: TrendRequest) -> Draft:
    """Return every segment by the last complete periods.

    Raises:
        ReportRefusedError: the policy does not say in how many periods a person may count (C).
        ReportNotUsableError: there is no such event, or a measure is none of it.
    """
    most = asking.rules.periods_per_person
    if most is None:
        raise ReportRefusedError(
            "nothing says in how many periods of a trend one person may count",
            place=asking.rules.place,
            remedy="state periods_per_person (there is no default: it sets the noise)",
        )
    event = asking.event(table.of, table.place)
    dimension = _periods(asking, table, min(most, table.periods))
    span = dimension.windows[0][0], dimension.windows[-1][1]
    frame = Frame(span, event, running=table.cumulative)
    counted, _ = people(table.measures, table=table.name, counted=False)
    if table.cumulative and any(m.kind is Asked.SIZE for m in table.measures):
        counted = _running_people(table)
    asked = [measured(asking, m, frame) for m in table.measures if m.kind is not Asked.SIZE]
    return Draft(
        asked=table,
        kind=TableKind.TREND,
        segments=asking.request.segments,
        groups=asking.groups * dimension.most,
        measured=joined(counted, *asked),
        dimensions=((dimension, DimensionCaption(None)),),
    )


def _periods(asking: Asking, table: TrendRequest, most: int) -> ByPeriod:
    try:
        found = last_periods(table.every, table.periods, at=asking.at, zone=asking.zone)
    except ValueError as why:
        raise ReportNotUsableError(str(why), place=table.place) from None
    names, windows = zip(*found, strict=True)
    return ByPeriod(table.of, names, windows, most)


def _running_people(table: TrendRequest) -> Measured:
    """Return the running count beside the gate: everybody once in each period, added up."""
    counted, _ = people(table.measures, table=table.name, counted=True)
    (gate, beside), parts = counted.measures, counted.parts
    running = Measure(COUNT, MeasureKind.COUNT, running=True)
    caption = Caption(beside[1].label, Unit("people, once a period"))
    return Measured((gate, (running, caption)), parts)
