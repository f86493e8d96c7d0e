# SPDX-License-Identifier: Apache-2.0
"""By what a table can be told apart."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.release.ask_amounts import AmountRequest, Point
from privseg.terms import Attribute, Place


@dataclass(frozen=True, slots=True)
class ByValues:
    """The declared values of a person's category, set or boolean, or of a score's result."""

    attribute: Attribute
    place: Place
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ByFoundValues:
    """The values of a person's text: those that enough people share."""

    attribute: Attribute
    place: Place
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ByCutPoints:
    """Public cut points of a number of a person."""

    amount: AmountRequest
    at: tuple[Point, ...]
    place: Place
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ByGrid:
    """The recency, frequency and money of an rfm score that the policy publishes, at its points."""

    score: str
    place: Place


ByRequest = ByValues | ByFoundValues | ByCutPoints | ByGrid
