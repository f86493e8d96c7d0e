# SPDX-License-Identifier: Apache-2.0
"""Scores: published formulas over one person's events, each with its inputs and its grid.

A score reads what it is made of and nothing else; its results are whole numbers on a declared grid,
or one of its declared values. Its parameters are public: they stand in the policy. A model that is
fitted to people (``parameters`` None) has parameters that cross people, so its results are barred
from differentially private releases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from privseg.policy.catalogue_types import ColumnType
from privseg.terms import Attribute, Category, Currency, Place


class ScoreKind(StrEnum):
    """Which formula."""

    RFM = "rfm"
    ENGAGEMENT = "engagement"
    AFFINITY = "affinity"
    PREFERRED = "preferred"
    FATIGUE = "fatigue"
    FUNNEL = "funnel"
    LIFETIME_VALUE = "lifetime_value"


@dataclass(frozen=True, slots=True)
class Output:
    """One result of a score. ``values`` are those of a CATEGORY; MONEY has its currency."""

    type: ColumnType
    values: tuple[str, ...] = ()
    currency: Currency | None = None
    decimals: int = 0


LEVEL = Output(ColumnType.INTEGER)
MOST = 1_000_000  # of a weight or a cap: points stay exact in 64 bits


@dataclass(frozen=True, slots=True)
class Rfm:
    """Recency, frequency and money of an event in the last days, each on public cut points.

    With n cut points a level is 1 to n + 1, the highest the best: one more for each cut point that
    a number reaches (of recency: that the whole days since the last event stay under). ``total``
    is their sum. Who has no such event in the window has no score.
    """

    event: str
    amount: Attribute  # "purchase.amount"
    within_days: int
    recency_days: tuple[int, ...]  # ascending
    frequency: tuple[int, ...]
    monetary: tuple[int, ...]  # in stored units of the amount
    kind: ScoreKind = field(default=ScoreKind.RFM, init=False)

    @property
    def inputs(self) -> frozenset[Attribute]:
        """Return what it reads."""
        return frozenset({Attribute(self.event), self.amount})

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Return its results."""
        return dict.fromkeys(("recency", "frequency", "monetary", "total"), LEVEL)


@dataclass(frozen=True, slots=True)
class Signal:
    """One event of an engagement score: what each is worth, up to so many."""

    weight: int
    cap: int

    def __post_init__(self) -> None:
        """Refuse what is worth nothing, counts never, or is beyond ``MOST``."""
        if not (1 <= self.weight <= MOST and 1 <= self.cap <= MOST):
            raise ValueError(f"a weight and a cap are 1 to {MOST}")


@dataclass(frozen=True, slots=True)
class Engagement:
    """100 times the sum of weight x min(count, cap) over its greatest, rounded down: 0 to 100.

    Who did nothing in the window has 0.
    """

    within_days: int
    signals: Mapping[str, Signal]  # by event
    kind: ScoreKind = field(default=ScoreKind.ENGAGEMENT, init=False)

    def __post_init__(self) -> None:
        """Refuse no signal."""
        if not self.signals:
            raise ValueError("engagement in nothing")

    @property
    def inputs(self) -> frozenset[Attribute]:
        """Return what it reads."""
        return frozenset(map(Attribute, self.signals))

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Return its results."""
        return {"level": LEVEL}

    @property
    def greatest(self) -> int:
        """Return the sum of who did everything as often as it counts."""
        return sum(s.weight * s.cap for s in self.signals.values())


@dataclass(frozen=True, slots=True)
class Affinity:
    """The value that most of a person's events have, from a minimum count on.

    ``top`` is that value (ties: the one declared first), ``percent`` its share of the events whose
    property is known, rounded down. Both are missing below ``at_least`` such events. An empty set
    is known, and has no value; a value that is no longer declared is missing.
    """

    of: Attribute  # "page_view.section": a category or a set
    within_days: int
    at_least: int
    values: tuple[str, ...]  # as the catalogue declares them
    kind: ScoreKind = field(default=ScoreKind.AFFINITY, init=False)

    @property
    def inputs(self) -> frozenset[Attribute]:
        """Return what it reads."""
        return frozenset({Attribute(self.of.partition(".")[0]), self.of})

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Return its results."""
        return {"top": Output(ColumnType.CATEGORY, self.values), "percent": LEVEL}


@dataclass(frozen=True, slots=True)
class Preferred:
    """The channel and the hour of the day at which a person reacts most, from a minimum count on.

    A channel is the name given to an event. ``hour`` is 0 to 23 on the wall clock of
    ``time_zone``. Ties: the channel declared first, the earlier hour. Both are missing below
    ``at_least`` reactions over all channels; an event that two channels name is one reaction.
    """

    channels: Mapping[str, str]  # name -> event
    within_days: int
    at_least: int
    time_zone: str
    kind: ScoreKind = field(default=ScoreKind.PREFERRED, init=False)

    def __post_init__(self) -> None:
        """Refuse no channel."""
        if not self.channels:
            raise ValueError("preferred of nothing")

    @property
    def inputs(self) -> frozenset[Attribute]:
        """Return what it reads."""
        return frozenset(map(Attribute, self.channels.values()))

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Return its results."""
        return {"channel": Output(ColumnType.CATEGORY, tuple(self.channels)), "hour": LEVEL}


@dataclass(frozen=True, slots=True)
class Fatigue:
    """How many messages in the window a person has left without a reaction since the last one.

    ``unanswered`` counts them; ``level`` is 0 and one more for each cut point that it reaches.
    A reaction answers what was sent up to its own moment. Who was sent nothing has 0.
    """

    sent: str
    reaction: str
    within_days: int
    cuts: tuple[int, ...]  # ascending
    kind: ScoreKind = field(default=ScoreKind.FATIGUE, init=False)

    @property
    def inputs(self) -> frozenset[Attribute]:
        """Return what it reads."""
        return frozenset({Attribute(self.sent), Attribute(self.reaction)})

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Return its results."""
        return {"unanswered": LEVEL, "level": LEVEL}


@dataclass(frozen=True, slots=True)
class Funnel:
    """The furthest stage whose event happened in the window.

    ``step`` is its place, 1 for the first and 0 for none; ``stage`` is its name, missing for none.
    """

    stages: Mapping[str, str]  # name -> event, in their order
    within_days: int
    kind: ScoreKind = field(default=ScoreKind.FUNNEL, init=False)

    def __post_init__(self) -> None:
        """Refuse no stage."""
        if not self.stages:
            raise ValueError("a funnel without stages")

    @property
    def inputs(self) -> frozenset[Attribute]:
        """Return what it reads."""
        return frozenset(map(Attribute, self.stages.values()))

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Return its results."""
        return {"stage": Output(ColumnType.CATEGORY, tuple(self.stages)), "step": LEVEL}


@dataclass(frozen=True, slots=True)
class LifetimeParameters:
    """Public parameters of BG/NBD (r, alpha, a, b) and Gamma-Gamma (p, q, v), as exact decimals.

    Times are in ``LifetimeValue.period_days``; money is in whole currency units. All are positive,
    and q is more than 1: else the mean of everybody's purchases would be infinite.
    """

    r: Fraction
    alpha: Fraction
    a: Fraction
    b: Fraction
    p: Fraction
    q: Fraction
    v: Fraction

    def __post_init__(self) -> None:
        """Refuse what is no parameter of the models."""
        if min(self.r, self.alpha, self.a, self.b, self.p, self.v) <= 0 or self.q <= 1:
            raise ValueError("parameters are positive, and q is more than 1")


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """What a person will buy: BG/NBD (Fader, Hardie, Lee 2005) with Gamma-Gamma (2013).

    ``purchases`` is the expected number in the next ``horizon`` periods (two decimals), ``value``
    their expected worth rounded to ``grid``, ``alive`` the probability in percent that the person
    still buys, rounded to the nearest. Who never bought has none of them. Everything before ``at``
    counts; a day in ``time_zone`` with any purchase is one purchase, worth all of that day.
    """

    event: str
    amount: Attribute
    period_days: int
    horizon: int
    grid: int  # of ``value``, in minor units
    currency: Currency
    time_zone: str
    parameters: LifetimeParameters | None = None  # None: fitted to the people of a run
    kind: ScoreKind = field(default=ScoreKind.LIFETIME_VALUE, init=False)

    def __post_init__(self) -> None:
        """Refuse no period, no horizon and no grid."""
        if min(self.period_days, self.horizon, self.grid) < 1:
            raise ValueError("a period, a horizon and a grid are at least 1")

    @property
    def inputs(self) -> frozenset[Attribute]:
        """Return what it reads."""
        return frozenset({Attribute(self.event), self.amount})

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Return its results."""
        return {
            "purchases": Output(ColumnType.DECIMAL, decimals=2),
            "value": Output(ColumnType.MONEY, currency=self.currency),
            "alive": LEVEL,
        }


Formula = Rfm | Engagement | Affinity | Preferred | Fatigue | Funnel | LifetimeValue
"""Closed: match on it exhaustively."""


@dataclass(frozen=True, slots=True)
class Score:
    """A named formula, and the category of what it tells of a person."""

    name: str
    formula: Formula
    category: Category
    place: Place
    special: bool = False
    nature: str | None = None

    @property
    def outputs(self) -> Mapping[Attribute, Output]:
        """Return its results under their full names, such as ``rfm.recency``."""
        return {Attribute(f"{self.name}.{o}"): made for o, made in self.formula.outputs.items()}

    @property
    def crosses_people(self) -> bool:
        """Return whether its parameters come from people's data, so that DP releases bar it."""
        return isinstance(self.formula, LifetimeValue) and self.formula.parameters is None
