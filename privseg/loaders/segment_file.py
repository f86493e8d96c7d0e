# SPDX-License-Identifier: Apache-2.0
"""What a segment file may hold: keys and shapes; ``segments.py`` says what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from privseg.loaders.document import Document, Verbatim
from privseg.loaders.segment_event_file import EventEntry, SequenceEntry
from privseg.loaders.segment_test_file import ValueTests

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


class _AttributeEntry(Document):
    """Names an attribute before it says how it is compared."""

    attribute: str = Field(description="Of a people source, such as country.")


class AttributeEntry(ValueTests, _AttributeEntry):
    """A person's attribute; several tests mean that each must hold."""


class _AccountEntry(Document):
    """Names an attribute before it says how it is compared."""

    account: str = Field(description="Of an accounts source, such as industry.")


class AccountEntry(ValueTests, _AccountEntry):
    """An attribute of the company that the person belongs to. Who belongs to none has none."""


class _ScoreEntry(Document):
    """Names a result before it says how it is compared."""

    score: str = Field(description="A result of a score of the policy, such as rfm.recency.")


class ScoreEntry(ValueTests, _ScoreEntry):
    """A result of a score. Who has no score has a missing one."""


class CohortEntry(Document):
    """Whoever is on an uploaded list."""

    cohort: str = Field(description="A source of the policy that holds a list.")


class SampleEntry(Document):
    """A share of everybody, drawn by chance once: the same people in every run."""

    sample: str = Field(
        description="Its name. Two names are two draws that know nothing of another."
    )
    share: Verbatim = Field(description="10% or 0.1: more than nobody, less than everybody.")


class SegmentEntry(Document):
    """Whoever is in another segment."""

    segment: str = Field(description="Its name.")


ConditionEntry = (
    AllEntry
    | AnyEntry
    | NotEntry
    | AttributeEntry
    | EventEntry
    | SequenceEntry
    | ScoreEntry
    | SegmentEntry
    | CohortEntry
    | AccountEntry
    | SampleEntry
)


class SegmentFile(Document):
    """A whole segment."""

    privseg: Literal["segment/1"] = Field("segment/1", description="Kind and version of the file.")
    segment: str = Field(description="Its name: lower-case words joined by '-'.")
    segmenter: str = Field(description="Gives the purpose and the right to read.")
    where: ConditionEntry = Field(description="Who is in it.")
    label: Mapping[Language, str] = Field({}, description="Its name for readers, by language.")
    colour: str | None = Field(None, description="#rrggbb")
    note: str | None = Field(None, description="What it means, for readers.")
    reveals: tuple[str, ...] = Field(
        (), description="Categories of data that being in it tells of somebody: [health]."
    )
    every: str | None = Field(
        None, description="How often `run --due` finds its people anew: 12h, 1d, 2w (exact)."
    )


for _model in (AllEntry, AnyEntry, NotEntry, SegmentFile):
    _model.model_rebuild()
