# SPDX-License-Identifier: Apache-2.0
"""``Protected``: numbers after noise, with their error bars; nothing exact is in it.

Made by ``protect.mechanism`` (from data) and by ``release.decode`` (from a release's own text).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from privseg.frames import Cell
from privseg.protect.formula import Part

Drawn = int | tuple[int, ...]
"""What was released of one part: a number, or one for each edge of a grid."""


class Withheld(StrEnum):
    """Why a number is not there. Neither says more than the noisy draws do."""

    TOO_FEW_PEOPLE = "too_few_people"  # the cell's gate did not publish it
    TOO_NOISY = "too_noisy"  # what it would be read off is under five standard deviations


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, as integers of a unit with ``decimals`` digits more.

    >>> Estimate(1240, 1222, 1258)
    Estimate(value=1240, low=1222, high=1258, decimals=0)
    """

    value: int
    low: int
    high: int
    decimals: int = 0

    def __post_init__(self) -> None:
        """INVARIANT: the value lies in its interval."""
        if not self.low <= self.value <= self.high:
            raise ValueError("an estimate lies in its interval")


@dataclass(frozen=True, slots=True)
class ProtectedNumber:
    """One measure of one published cell.

    ``released`` are what the noisy draws gave; everything else follows from them and the plan.
    ``at_limit`` (totals) is how many people's part was cut at the limit U, and
    ``limit_hides_up_to`` the most by which the total would rise if U were doubled; of a running
    total both are sums up to the period. ``quantiles`` are those of a QUANTILES measure, one a
    rank, None where its people are too few for the noise; it has no single ``estimate``.
    """

    measure: str
    released: Mapping[Part, Drawn]
    estimate: Estimate | None
    withheld: Withheld | None = None
    at_limit: Estimate | None = None
    limit_hides_up_to: int | None = None
    quantiles: tuple[Estimate | None, ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectedCell:
    """One cell: its numbers by measure name, or the reason why there are none."""

    segment: str
    keys: tuple[str, ...]
    numbers: Mapping[str, ProtectedNumber]
    withheld: Withheld | None = None

    @property
    def cell(self) -> Cell:
        """Return which cell it is."""
        return self.segment, self.keys


@dataclass(frozen=True, slots=True)
class ProtectedDerived:
    """What a formula gives, or why it gives nothing (a cell that it needs is withheld).

    ``noise_share`` (a lift) is which part of the interval's variance is noise, 0 to 1. ``surely``
    and ``possibly`` (a top list) are the cells' keys.
    """

    name: str
    estimate: Estimate | None
    withheld: Withheld | None = None
    noise_share: Fraction | None = None
    surely: tuple[tuple[str, ...], ...] = ()
    possibly: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ProtectedTable:
    """Every cell of one table, in the plan's order: none is missing, whatever the data were.

    (Where keys are found in the data, the published cells alone, in the order of their keys.)
    """

    name: str
    cells: tuple[ProtectedCell, ...]
    derived: tuple[ProtectedDerived, ...] = ()


@dataclass(frozen=True, slots=True)
class Protected:
    """Every number of a report. ``not_included`` is None when the plan did not ask for it."""

    tables: tuple[ProtectedTable, ...]
    not_included: ProtectedNumber | None = None
