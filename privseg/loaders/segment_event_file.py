# SPDX-License-Identifier: Apache-2.0
"""What a segment file may ask of events: keys and shapes; ``segment_events.py`` reads them."""

from __future__ import annotations

from pydantic import Field

from privseg.loaders.document import Document
from privseg.loaders.segment_test_file import FixedEntry, NumberTests, ValueTests

_WINDOW = "12h, 365d (exact), 4w, 6mo, 2y (calendar), or {from, to}. Default: all before the run."


class _OfEntry(Document):
    """Names a property of the event before it says how it is compared."""

    of: str = Field(description="The event's property, such as amount; time is when it happened.")


class NumberOfEntry(NumberTests, _OfEntry):
    """A number made of a property over the events that count."""


class ValueOfEntry(ValueTests, _OfEntry):
    """One value of a property among the events that count."""


class SameAsEntry(Document):
    """The property has the same value in some event of the same person."""

    event: str = Field(description="The other event.")
    property: str = Field(description="The other event's property, of the same type.")
    within: str | FixedEntry | None = Field(None, description=_WINDOW)


class FilterAllEntry(Document):
    """Every part holds of the event."""

    all: tuple[FilterEntry, ...]


class FilterAnyEntry(Document):
    """At least one part holds of the event."""

    any: tuple[FilterEntry, ...]


class FilterNotEntry(Document):
    """The part does not hold of the event: also where the property is missing."""

    not_: FilterEntry = Field(alias="not")


class _PropertyEntry(Document):
    """Names a property before it says how it is compared."""

    property: str = Field(description="Of the event, such as channel; time is when it happened.")
    same_as: SameAsEntry | None = Field(None, description="Instead of the tests below.")


class PropertyEntry(ValueTests, _PropertyEntry):
    """A property of the event; several tests mean that each must hold."""


FilterEntry = FilterAllEntry | FilterAnyEntry | FilterNotEntry | PropertyEntry


class EventEntry(Document):
    """An event happened. Said of the events in a window that pass a filter: each test must hold."""

    event: str = Field(description="Such as purchase.")
    within: str | FixedEntry | None = Field(None, description=_WINDOW)
    where: FilterEntry | None = Field(None, description="Which events count. Default: each.")
    count: NumberTests | None = Field(
        None, description="How many. Default: at least 1, if nothing else is asked."
    )
    sum: NumberOfEntry | None = Field(None, description="0 over none.")
    average: NumberOfEntry | None = Field(None, description="Missing over none, as those below.")
    min: ValueOfEntry | None = Field(None, description="The least known value.")
    max: ValueOfEntry | None = Field(None, description="The greatest known value.")
    first: ValueOfEntry | None = Field(None, description="Of the earliest event.")
    last: ValueOfEntry | None = Field(None, description="Of the latest event.")
    distinct: NumberOfEntry | None = Field(
        None, description="How many different values; 0 over none."
    )


class StepEntry(Document):
    """An event of a sequence that passes a filter."""

    event: str = Field(description="Such as add_to_cart.")
    where: FilterEntry | None = Field(None, description="Which of them count. Default: each.")


class SequenceEntry(Document):
    """Events happened one after the other, each later than the one before."""

    sequence: tuple[str | StepEntry, ...] = Field(
        description="Two to eight events, in their order."
    )
    span: str | None = Field(
        None, description="12h or 7d: the last is less than so long after the first."
    )
    without: str | StepEntry | None = Field(
        None, description="An event that does not happen from the first on, until the span's end."
    )
    within: str | FixedEntry | None = Field(None, description=f"Of every step. {_WINDOW}")


for _model in (FilterAllEntry, FilterAnyEntry, FilterNotEntry, EventEntry, StepEntry):
    _model.model_rebuild()
