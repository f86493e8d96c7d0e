# SPDX-License-Identifier: Apache-2.0
"""What may be learned about people, by name: personas of like people, the propensity to be alike.

A model is not proved private by this project: policy allows each by name, with all its bounds,
and what it costs is charged to the people's one budget. What is declared here is public.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from privseg.terms import Attribute, Place


class Model(StrEnum):
    """What is learned."""

    PERSONAS = "personas"  # centres of groups of like people (k-means)
    PROPENSITY = "propensity"  # how like the people of a segment (logistic regression)


class Take(StrEnum):
    """What is taken of a person."""

    AMOUNT = "amount"  # the person's own number
    COUNT = "count"  # how many events
    SUM = "sum"  # of an event's property
    DAYS_SINCE = "days_since"  # the last event


@dataclass(frozen=True, slots=True)
class Feature:
    """One number of a person, its bounds and the step that it is told in: whole stored units.

    ``days`` is how far back events count (24 h each); None: as long as they are kept.
    """

    take: Take
    attribute: Attribute
    low: int
    high: int
    step: int
    place: Place
    days: int | None = None

    def __str__(self) -> str:
        """Return it in words; where it stands is no part of it."""
        within = "" if self.days is None else f" in {self.days} days"
        bounds = f"from {self.low} to {self.high} by {self.step}"
        return f"{self.take} {self.attribute}{within} {bounds}"


@dataclass(frozen=True, slots=True)
class Learning:
    """One model. ``epsilon`` is pure; ``segment`` is whom it is learned of (None: everybody).

    Personas have ``clusters`` and ``rounds``; a propensity has a ``target``, the segment that it
    tells from the rest, and the ``step`` of its coefficients.
    """

    name: str
    model: Model
    segmenter: str
    features: tuple[Feature, ...]
    epsilon: Fraction
    place: Place
    segment: str | None = None
    clusters: int | None = None
    rounds: int | None = None
    target: str | None = None
    step: Fraction | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the segments that it names."""
        return tuple(s for s in (self.segment, self.target) if s is not None)

    @property
    def rho(self) -> Fraction:
        """Return what is charged: pure epsilon-DP is (epsilon^2 / 2)-zCDP.

        Bun & Steinke 2016, Proposition 1.4.
        """
        return self.epsilon**2 / 2
