# SPDX-License-Identifier: Apache-2.0
"""The kinds of table that a report can ask for: a closed union, matched exhaustively."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from privseg.release.ask_amounts import Point
from privseg.release.ask_dimensions import ByFoundValues, ByRequest
from privseg.release.ask_measures import Asked, MeasureRequest
from privseg.terms import Attribute, Place

SIZE = "size"
MOST_OVERLAPPING = 3


class Every(StrEnum):
    """How long a period is: an ISO week or a calendar month, in the workspace's zone."""

    WEEK = "week"
    MONTH = "month"


class FeedbackScore(StrEnum):
    """What is made of the answers to a question."""

    NPS = "nps"  # percent who say 9 or 10, less percent who say 0 to 6
    CSAT = "csat"  # percent at or above a point
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class CellsRequest:
    """Every segment of the report, or every segment by what ``by`` tells apart.

    ``totals`` asks for margins that agree with the cells, ``shares`` for each key's share of its
    segment, ``top`` for which of a segment's cells are the largest.
    """

    name: str
    measures: tuple[MeasureRequest, ...]
    place: Place
    by: tuple[ByRequest, ...] = ()
    title: str | None = None
    totals: bool = False
    shares: bool = False
    top: int | None = None

    def __post_init__(self) -> None:
        """Refuse a table without measures, and what needs a breakdown that is not there."""
        _named_once(self.measures)
        if self.top is not None and (self.top < 1 or len(self.by) != 1):
            raise ValueError("the largest of one breakdown, at least one of them")
        if self.shares and len(self.by) != 1:
            raise ValueError("shares are those of one breakdown")
        if self.totals and not self.by:
            raise ValueError("totals are those of a breakdown")

    @property
    def is_open(self) -> bool:
        """Return whether its keys are found in the data."""
        return any(isinstance(by, ByFoundValues) for by in self.by)


@dataclass(frozen=True, slots=True)
class TrendRequest:
    """Every segment by the last complete weeks or months in which a person has an event.

    ``cumulative`` asks for the sums up to each period, by the mechanism of a whole series.
    """

    name: str
    of: Attribute
    every: Every
    periods: int
    measures: tuple[MeasureRequest, ...]
    place: Place
    cumulative: bool = False
    title: str | None = None

    def __post_init__(self) -> None:
        """Refuse no measures, and a series of less than two periods."""
        _named_once(self.measures)
        if self.periods <= 1:
            raise ValueError("a trend has at least two periods")


@dataclass(frozen=True, slots=True)
class OverlapRequest:
    """Who is in which of two or three segments."""

    name: str
    segments: tuple[str, ...]
    place: Place
    title: str | None = None

    def __post_init__(self) -> None:
        """Refuse a segment twice, one alone, and more than three."""
        several = 1 < len(self.segments) <= MOST_OVERLAPPING
        if not several or len(set(self.segments)) != len(self.segments):
            raise ValueError("two or three segments, each once")


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """Who was in a segment and who is: so many days before, or by an earlier definition.

    ``from_version`` is a version of the segment, or enough of its beginning.
    """

    name: str
    segment: str
    place: Place
    since_days: int | None = None
    from_version: str | None = None
    title: str | None = None

    def __post_init__(self) -> None:
        """Refuse a change from nothing, or from two things."""
        if (self.since_days is None) is (self.from_version is None):
            raise ValueError("a change is since a day, or from a version")
        if self.since_days is not None and self.since_days < 1:
            raise ValueError("at least a day before")


@dataclass(frozen=True, slots=True)
class CampaignRequest:
    """Every segment among the people a campaign reached (by arm, where it has arms)."""

    name: str
    campaign: str
    measures: tuple[MeasureRequest, ...]
    place: Place
    days: int | None = None
    title: str | None = None

    def __post_init__(self) -> None:
        """Refuse no measures."""
        _named_once(self.measures)


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """A score of every segment's answers to a question. ``at_least`` is the point of a csat."""

    name: str
    question: Attribute
    score: FeedbackScore
    place: Place
    at_least: Point | None = None
    title: str | None = None

    def __post_init__(self) -> None:
        """Refuse a csat without its point, and a point of anything else."""
        if (self.at_least is None) is (self.score is FeedbackScore.CSAT):
            raise ValueError("a csat counts the answers at or above a point")


TableRequest = (
    CellsRequest | TrendRequest | OverlapRequest | ChangeRequest | CampaignRequest | FeedbackRequest
)


def quantities_of(table: TableRequest) -> tuple[str, ...]:
    """Return the names of what a table is asked for; its people are among them, asked or not."""
    match table:
        case CellsRequest() | TrendRequest() | CampaignRequest():
            names = tuple(m.name for m in table.measures)
            sized = any(m.kind is Asked.SIZE for m in table.measures)
            return names if sized else (SIZE, *names)
        case FeedbackRequest(score=FeedbackScore.MEAN):
            return SIZE, FeedbackScore.MEAN.value
        case OverlapRequest() | ChangeRequest() | FeedbackRequest():
            return (SIZE,)


def _named_once(measures: Iterable[MeasureRequest]) -> None:
    names = [m.name for m in measures]
    if not names or len(set(names)) != len(names):
        raise ValueError("a table needs measures, each with a name of its own")
