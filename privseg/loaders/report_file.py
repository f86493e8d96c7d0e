# SPDX-License-Identifier: Apache-2.0
"""The keys of a report file (``privseg: report/1``). What they ask: ``loaders.report``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from pydantic import ConfigDict, Field

from privseg.loaders.document import Document, Verbatim
from privseg.release.request import Every, FeedbackScore

SHAPES: Mapping[str, tuple[str, ...]] = {
    "by": ("by", "grid", "totals", "shares", "top", "measures"),
    "trend": ("trend", "cumulative", "measures"),
    "overlap": ("overlap",),
    "change": ("change",),
    "campaign": ("campaign", "within", "measures"),
    "feedback": ("feedback",),
}
"""The keys of each kind of table, beside its name and title; ``by`` is also a plain one's."""


class SizeEntry(Document):
    """How many people, under a label of its own; ``size`` alone says the same without one."""

    size: Literal["people"]
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: size.")


class EventsEntry(Document):
    """How many events people had."""

    events: str = Field(description="An event, such as purchase.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: events.")


class TotalEntry(Document):
    """The sum of an event's property."""

    total: str = Field(description="An event's property, such as purchase.amount.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: total.")


class AverageEntry(Document):
    """The mean of an event's property over events."""

    average: str = Field(description="An event's property, such as purchase.amount.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: average.")


class MeanEntry(Document):
    """The mean over people: of a number of theirs, of a score, of what their events add up to."""

    mean: str = Field(
        description="A person's number (satisfaction), a score's result (worth.value), an event "
        "(how many), or its property (their sum)."
    )
    within: str | None = Field(None, description="Of events: days before the report's moment.")
    only_with: bool = Field(False, description="Of events: leave out who has none, not count 0.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: mean.")


class MedianEntry(Document):
    """The amount that half of the people are below."""

    median: str = Field(description="As of a mean.")
    within: str | None = Field(None, description="Of events: days before the report's moment.")
    only_with: bool = Field(False, description="Of events: leave out who has none, not count 0.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: median.")


class QuantilesEntry(Document):
    """The amounts that given shares of the people are below."""

    quantiles: tuple[Fraction, ...] = Field(description="Between 0 and 1: [0.25, 0.9].")
    of: str = Field(description="As of a mean.")
    within: str | None = Field(None, description="Of events: days before the report's moment.")
    only_with: bool = Field(False, description="Of events: leave out who has none, not count 0.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: quantiles.")


class LiftEntry(Document):
    """How much more there is of it among the treated than among the held out of a campaign."""

    lift: Literal["conversion", "revenue"]
    relative: bool = Field(False, description="As a share of what it is among the held out.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: lift, revenue-lift, ...")


WORDS = Literal[
    "size",
    "lifetime_value",
    "conversion",
    "acquisition_cost",
    "revenue",
    "return_on_spend",
    "lift",
]

MeasureEntry = (
    SizeEntry
    | EventsEntry
    | TotalEntry
    | AverageEntry
    | MeanEntry
    | MedianEntry
    | QuantilesEntry
    | LiftEntry
)


class DaysSinceEntry(Document):
    """Days since a person's last event."""

    days_since: str = Field(description="An event.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")


class CountEntry(Document):
    """How many events a person had."""

    count: str = Field(description="An event.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")
    only_with: bool = Field(False, description="Who has none is under (missing), not under 0.")


class SumEntry(Document):
    """What a person's events add up to."""

    sum: str = Field(description="An event's property.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")
    only_with: bool = Field(False, description="Who has none is under (missing), not under 0.")


class ByFoundEntry(Document):
    """The values of a person's text that enough people share."""

    found: str = Field(description="A person's text, such as city.")
    label: str | None = None


class ByCutEntry(Document):
    """A number of people, cut at public points: a histogram."""

    cut: str | DaysSinceEntry | CountEntry | SumEntry = Field(
        description="A person's number, a score's result, or what their events come to."
    )
    at: tuple[Verbatim, ...] = Field(description="Rising points: [18, 30], [100 EUR, 300 EUR].")
    label: str | None = None


class TrendEntry(Document):
    """The last complete weeks or months in which people have an event."""

    of: str = Field(description="An event.")
    every: Every = Field(description="An ISO week or a calendar month, in the workspace's zone.")
    periods: int = Field(description="How many.")


class ChangeEntry(Document):
    """A segment as it is and as it was: so long before, or by an earlier definition."""

    segment: str
    since: str | None = Field(None, description="Days before the report's moment: 30d.")
    from_version: str | None = Field(
        None, description="An earlier version of it on record, or its first 8 digits or more."
    )


class FeedbackEntry(Document):
    """A score of the answers to a question."""

    question: str = Field(description="A person's number whose range the policy declares.")
    score: FeedbackScore = Field(
        description="nps: 9 and 10 less 0 to 6; csat: the share at or above a point; mean."
    )
    at_least: Verbatim | None = Field(None, description="Csat: the point from which it counts.")


def _by_shape(schema: dict[str, Any]) -> None:
    """Tell editors which keys each kind of table has."""
    rules = []
    for shape, keys in SHAPES.items():
        others = {k for s, ks in SHAPES.items() if s != shape for k in ks} - {*keys}
        forbidden = dict.fromkeys(sorted(others), False)
        if shape != "by":
            rules.append({"if": {"required": [shape]}, "then": {"properties": forbidden}})
    schema["allOf"] = rules


class TableEntry(Document):
    """One table: of exactly one kind, by the key that it has.

    ``by`` (or ``grid``, or neither): every segment, or every segment by something. ``trend``: by
    weeks or months. ``overlap``, ``change``: who is in which segment. ``campaign``: what one
    brought. ``feedback``: a score of answers.
    """

    model_config = ConfigDict(json_schema_extra=_by_shape)

    name: str = Field(description="What its numbers are weighed by: NAME.MEASURE.")
    title: str | None = Field(None, description="What readers see.")
    by: str | ByFoundEntry | ByCutEntry | tuple[str | ByFoundEntry | ByCutEntry, ...] | None = (
        Field(
            None,
            description="A person's attribute with declared values, found values of a text, or a "
            "number cut at points; several in a list.",
        )
    )
    grid: str | None = Field(
        None, description="An rfm score of the policy: a table by its own cut points."
    )
    totals: bool = Field(False, description="Margins, which agree with the cells.")
    shares: bool = Field(False, description="Each key's share of its segment.")
    top: int | None = Field(None, description="Tell which so many are the largest of a segment.")
    trend: TrendEntry | None = Field(None, description="Every segment by weeks or months.")
    cumulative: bool = Field(False, description="Of a trend: sums up to each period.")
    overlap: tuple[str, ...] | None = Field(None, description="Two or three of the segments.")
    change: ChangeEntry | None = Field(None, description="One of the segments, then and now.")
    campaign: str | None = Field(None, description="The name of a campaign, as its source has it.")
    within: str | None = Field(None, description="Of a campaign: whom it reached in so many days.")
    feedback: FeedbackEntry | None = Field(None, description="A score of answers, by segment.")
    measures: tuple[WORDS | MeasureEntry, ...] | None = Field(
        None, description="What is asked of every cell; default: [size]."
    )


class ReportFile(Document):
    """A whole report."""

    privseg: Literal["report/1"] = Field(description="Kind and version of the file; first key.")
    report: str = Field(description="Its name, as the command line calls it.")
    title: str = Field(description="What readers see.")
    segmenter: str = Field(description="Whose rules of the policy it goes by.")
    segments: tuple[str, ...] = Field(description="Whom it is about.")
    tables: tuple[TableEntry, ...] = Field(description="What it asks of them.")
    not_included: bool = Field(True, description="Count, with noise, who has not consented.")
    weights: Mapping[str, int] = Field(
        {}, description="Shares of the budget, by TABLE.MEASURE or not_included; default 1."
    )
