# SPDX-License-Identifier: Apache-2.0
"""What a segment file may hold: keys and shapes; ``segments.py`` says what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from privseg.loaders.document import Document, Verbatim

Language = str


class AllEntry(Document):
    """Every condition holds."""

    all: tuple[ConditionEntry, ...]


class AnyEntry(Document):
    """At least one condition holds."""

    any: tuple[ConditionEntry, ...]


class NotEntry(Document):
    """The condition does not hold."""

    not_: ConditionEntry = Field(alias="not")


class Comparators(Document):
    """How a number is compared; several mean that each must hold."""

    at_least: Verbatim | None = None
    over: Verbatim | None = None
    at_most: Verbatim | None = None
    under: Verbatim | None = None
    equals: Verbatim | None = None


class AttributeEntry(Document):
    """A person's attribute; several comparisons mean that each must hold."""

    attribute: str = Field(description="Of a people source, such as country.")
    equals: Verbatim | None = None
    in_: tuple[Verbatim, ...] | None = Field(None, alias="in")
    between: tuple[Verbatim, ...] | None = Field(
        None, description="[low, high], both included.", min_length=2, max_length=2
    )
    at_least: Verbatim | None = None
    over: Verbatim | None = None
    at_most: Verbatim | None = None
    under: Verbatim | None = None
    starts_with: Verbatim | None = None
    contains: Verbatim | None = Field(
        None, description="A part of a text, or one of the values of a set."
    )
    is_known: bool | None = Field(None, description="Whether there is a value; '' is one.")


class SumEntry(Comparators):
    """The sum of a property over the events; 0 over none."""

    of: str = Field(description="The event's property, such as amount.")


class FixedEntry(Document):
    """From a day or moment until another: the first is in it, the second is not."""

    from_: Verbatim = Field(alias="from", description="2026-01-01, or 2026-01-01T00:00:00Z.")
    to: Verbatim


class EventEntry(Document):
    """An event happened, so often, adding up to so much, in a window before the report's moment."""

    event: str
    within: str | FixedEntry | None = Field(
        None, description="12h, 365d (exact), 4w, 6mo, 2y (calendar), or {from, to}."
    )
    count: Comparators | None = Field(None, description="Default: at least 1, if no sum is asked.")
    sum: SumEntry | None = None


class SegmentEntry(Document):
    """Whoever is in another segment."""

    segment: str


ConditionEntry = AllEntry | AnyEntry | NotEntry | AttributeEntry | EventEntry | SegmentEntry


class SegmentFile(Document):
    """A whole segment."""

    privseg: Literal["segment/1"] = Field("segment/1", description="Kind and version of the file.")
    segment: str = Field(description="Its name: lower-case words joined by '-'.")
    segmenter: str = Field(description="Gives the purpose and the right to read.")
    where: ConditionEntry
    label: Mapping[Language, str] = Field({}, description="Its name for readers, by language.")
    colour: str | None = Field(None, description="#rrggbb")
    note: str | None = None
    reveals: tuple[str, ...] = Field(
        (), description="Categories of data that being in it tells of somebody: [health]."
    )


for _model in (AllEntry, AnyEntry, NotEntry, SegmentFile):
    _model.model_rebuild()
