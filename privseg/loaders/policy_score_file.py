# SPDX-License-Identifier: Apache-2.0
"""The keys of a score in a policy file, by its formula. What they mean: ``policy.scores``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import ConfigDict, Field

from privseg.loaders.document import Document, Verbatim
from privseg.policy.natures import Nature
from privseg.policy.scores import ScoreKind


class Keys(NamedTuple):
    """What a formula needs beside its category, and what it may have."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


FORMULAS: Mapping[ScoreKind, Keys] = MappingProxyType(
    {
        ScoreKind.RFM: Keys(("event", "amount", "within", "recency_days", "frequency", "monetary")),
        ScoreKind.ENGAGEMENT: Keys(("within", "signals")),
        ScoreKind.AFFINITY: Keys(("of", "within", "at_least")),
        ScoreKind.PREFERRED: Keys(("channels", "within", "at_least"), ("time_zone",)),
        ScoreKind.FATIGUE: Keys(("sent", "reaction", "within", "cuts")),
        ScoreKind.FUNNEL: Keys(("stages", "within")),
        ScoreKind.LIFETIME_VALUE: Keys(
            ("event", "amount", "period", "horizon", "grid", "parameters"), ("time_zone",)
        ),
    }
)
ALWAYS = ("formula", "category", "special", "nature")


def _by_formula(schema: dict[str, Any]) -> None:
    """Tell editors which keys each formula has."""
    rules = []
    for kind, keys in FORMULAS.items():
        allowed = dict.fromkeys((*ALWAYS, *keys.needs, *keys.may), True)
        then = {"required": list(keys.needs), "properties": allowed, "additionalProperties": False}
        rules.append({"if": {"properties": {"formula": {"const": str(kind)}}}, "then": then})
    schema["allOf"] = rules


class SignalEntry(Document):
    """What one event is worth in an engagement score."""

    weight: int = Field(description="What each is worth.")
    cap: int = Field(description="How many count at most.")


class LifetimeEntry(Document):
    """Public parameters: of BG/NBD r, alpha, a, b; of Gamma-Gamma p, q, v (in whole currency)."""

    r: Fraction
    alpha: Fraction
    a: Fraction
    b: Fraction
    p: Fraction
    q: Fraction
    v: Fraction


class ScoreEntry(Document):
    """A published formula over a person's events; its results are read as NAME.RESULT."""

    model_config = ConfigDict(json_schema_extra=_by_formula)

    formula: ScoreKind
    category: str = Field(description="The kind of data that people consent to.")
    special: bool = Field(False, description="It tells something of GDPR Art. 9.")
    nature: Nature | None = Field(None, description="What laws call such data, such as health.")
    event: str | None = Field(None, description="rfm, lifetime_value: what counts as a purchase.")
    amount: str | None = Field(
        None, description="rfm, lifetime_value: the event's property with what it was worth."
    )
    within: str | None = Field(None, description="How far it looks back: 365d.")
    recency_days: tuple[int, ...] | None = Field(None, description="rfm: cut points, ascending.")
    frequency: tuple[int, ...] | None = Field(None, description="rfm: cut points, ascending.")
    monetary: tuple[Verbatim, ...] | None = Field(
        None, description="rfm: cut points, ascending: [50 EUR, 100 EUR]."
    )
    signals: Mapping[str, SignalEntry] | None = Field(
        None, description="engagement: by event, its weight and cap."
    )
    of: str | None = Field(
        None, description="affinity: a category or set of an event: page_view.section."
    )
    at_least: int | None = Field(
        None, description="affinity, preferred: events below which there is no result."
    )
    channels: Mapping[str, str] | None = Field(
        None, description="preferred: the event of each channel; the first one wins a tie."
    )
    time_zone: str | None = Field(
        None, description="preferred, lifetime_value: whose days and hours; default: the source's."
    )
    sent: str | None = Field(None, description="fatigue: the event of a message.")
    reaction: str | None = Field(None, description="fatigue: the event that answers one.")
    cuts: tuple[int, ...] | None = Field(None, description="fatigue: cut points, ascending.")
    stages: Mapping[str, str] | None = Field(
        None, description="funnel: the event of each stage, in their order."
    )
    period: str | None = Field(None, description="lifetime_value: the unit of time: 7d.")
    horizon: int | None = Field(None, description="lifetime_value: how many periods ahead.")
    grid: Verbatim | None = Field(
        None, description="lifetime_value: to what its results are rounded: 1 EUR."
    )
    parameters: Literal["fitted"] | LifetimeEntry | None = Field(
        None, description="lifetime_value: public ones, or fitted to the people of each run."
    )
