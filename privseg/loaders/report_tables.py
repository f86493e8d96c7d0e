# SPDX-License-Identifier: Apache-2.0
"""From the tables of a report file to requests: each of exactly one kind, or its mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days, days_of
from privseg.loaders.report_dimensions import point, read_by
from privseg.loaders.report_file import SHAPES, TableEntry
from privseg.loaders.report_measures import read_measures, read_name
from privseg.policy.findings import suggestion
from privseg.release.request import (
    CampaignRequest,
    CellsRequest,
    ChangeRequest,
    FeedbackRequest,
    FeedbackScore,
    OverlapRequest,
    TableRequest,
    TrendRequest,
)
from privseg.terms import Place

Maker = Callable[[], TableRequest]
"""Makes a request once all the file's mistakes have been told; without any it cannot fail."""

MOST_PERIODS = 400  # what running sums are worked out for (protect.running): seven years of weeks
OVERLAPPING = (2, 3)
_VERSION = re.compile(r"[0-9a-f]{8,64}")


def read_table(table: TableEntry, segments: Sequence[str], mistakes: Mistakes) -> Maker:
    """Return what makes a table's request; ``segments`` are the report's."""
    shape = _shape(table, mistakes)
    if table.measures == ():
        mistakes.note("ask for a measure, such as size", table.place("measures"))
    match shape:
        case "trend":
            return _trend(table, mistakes)
        case "overlap":
            return _overlap(table, segments, mistakes)
        case "change":
            return _change(table, segments, mistakes)
        case "campaign":
            return _campaign(table, mistakes)
        case "feedback":
            return _feedback(table, mistakes)
        case _:
            return _cells(table, mistakes)


def _shape(table: TableEntry, mistakes: Mistakes) -> str:
    """Return a table's kind; note a second one, and keys that its kind has not."""
    given = table.model_fields_set
    shapes = [s for s in SHAPES if s in given] or ["by"]
    if len(shapes) > 1:
        both = " and ".join(repr(s) for s in shapes[:2])
        message = f"{both} cannot stand together; make two tables of it"
        mistakes.note(message, table.place(shapes[1]))
    keys = {"name", "title", *SHAPES[shapes[0]]}
    for key in sorted(given - keys - set(SHAPES)):
        near = suggestion(key, keys)
        what = "such a table" if shapes == ["by"] else f"a table with {shapes[0]!r}"
        mistakes.note(f"{what} has no {key!r}{near}", table.place(key))
    return shapes[0]


def _cells(table: TableEntry, mistakes: Mistakes) -> Maker:
    measures, by = read_measures(table, mistakes), read_by(table, mistakes)
    if table.grid is not None and table.by is not None:
        mistakes.note("'by' and 'grid' cannot stand together", table.place("grid"))
    if table.totals and not by:
        mistakes.note("totals are those of a breakdown: say by", table.place("totals"))
    for key in (k for k in ("shares", "top") if getattr(table, k)):
        if len(by) != 1 or table.grid is not None:
            mistakes.note(f"{key} is of one breakdown: say by, once", table.place(key))
    if table.top is not None:
        _check_top(table, table.top, mistakes)
    return lambda: CellsRequest(
        table.name,
        measures,
        table.place(),
        by=by,
        title=table.title,
        totals=table.totals,
        shares=table.shares,
        top=table.top,
    )


def _check_top(table: TableEntry, top: int, mistakes: Mistakes) -> None:
    """Note a list of nothing, and one beside numbers that it does not compare."""
    if top < 1:
        mistakes.note("at least 1", table.place("top"))
    if table.totals or table.shares:
        message = "top stands without totals and shares; make two tables of it"
        mistakes.note(message, table.place("top"))


def _trend(table: TableEntry, mistakes: Mistakes) -> Maker:
    entry, measures = table.trend, read_measures(table, mistakes)
    assert entry is not None, "its key is there"
    event = read_name(entry.of, entry.place("of"), mistakes)
    if not 2 <= entry.periods <= MOST_PERIODS:  # noqa: PLR2004  # a series is not one number
        mistakes.note(f"2 to {MOST_PERIODS}", entry.place("periods"))
    for i, measure in enumerate(measures):
        if measure.days is not None:
            message = "a trend's periods are its windows: leave within out"
            mistakes.note(message, table.place("measures", i))
    return lambda: TrendRequest(
        table.name,
        event,
        entry.every,
        entry.periods,
        measures,
        table.place(),
        cumulative=table.cumulative,
        title=table.title,
    )


def _overlap(table: TableEntry, segments: Sequence[str], mistakes: Mistakes) -> Maker:
    named = table.overlap or ()
    places = [table.place("overlap", i) for i in range(len(named))]
    codes.once(named, places, mistakes)
    if len(named) not in OVERLAPPING:
        mistakes.note("two or three segments", table.place("overlap"))
    for segment, place in zip(named, places, strict=True):
        _check_segment(segment, segments, place, mistakes)
    return lambda: OverlapRequest(table.name, named, table.place(), table.title)


def _check_segment(segment: str, segments: Sequence[str], place: Place, mistakes: Mistakes) -> None:
    """Note a segment that is none of the report's."""
    if segment not in segments:
        near = suggestion(segment, segments)
        mistakes.note(f"{segment[:60]!r} is none of the report's segments{near}", place)


def _change(table: TableEntry, segments: Sequence[str], mistakes: Mistakes) -> Maker:
    entry = table.change
    assert entry is not None, "its key is there"
    _check_segment(entry.segment, segments, entry.place("segment"), mistakes)
    since, version = days_of(entry, "since", mistakes), entry.from_version
    if (since is None) is (version is None):
        message = "say since (such as 30d) or from_version, one of them"
        mistakes.note(message, entry.place())
    if version is not None and not _VERSION.fullmatch(version):
        message = "expected a version: its first 8 digits or more, as segment history tells it"
        mistakes.note(message, entry.place("from_version"))
    return lambda: ChangeRequest(
        table.name, entry.segment, table.place(), since, version, table.title
    )


def _campaign(table: TableEntry, mistakes: Mistakes) -> Maker:
    measures, name = read_measures(table, mistakes), str(table.campaign)
    within = None if table.within is None else days(table.within, table.place("within"), mistakes)
    if table.measures is None:
        message = "say which numbers: measures: [conversion, acquisition_cost, revenue, lift]"
        mistakes.note(message, table.place())
    return lambda: CampaignRequest(table.name, name, measures, table.place(), within, table.title)


def _feedback(table: TableEntry, mistakes: Mistakes) -> Maker:
    entry = table.feedback
    assert entry is not None, "its key is there"
    question = read_name(entry.question, entry.place("question"), mistakes)
    at_least = None if entry.at_least is None else point(entry.at_least, mistakes)
    if (at_least is None) is (entry.score is FeedbackScore.CSAT):
        message = "a csat counts answers at or above a point: at_least; other scores have none"
        mistakes.note(message, entry.place("at_least"))
    return lambda: FeedbackRequest(
        table.name, question, entry.score, table.place(), at_least, table.title
    )
