# SPDX-License-Identifier: Apache-2.0
"""Every charge to the one budget, with what was spent up to it. Nothing of anybody's is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from privseg.engine.budget.line import PEOPLE
from privseg.engine.house import House
from privseg.protect import epsilon_of
from privseg.store import Charge

Month = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spent:
    """Exact sums of losses; not a loss itself: over many years a delta may add up to more than 1.

    >>> Spent().and_(Fraction(1, 2), Fraction(3, 4)).and_(Fraction(1, 2), Fraction(3, 4)).delta
    Fraction(3, 2)
    """

    rho: Fraction = Fraction(0)
    delta: Fraction = Fraction(0)

    def and_(self, rho: Fraction, delta: Fraction) -> Spent:
        """Return it with one more loss."""
        return Spent(self.rho + rho, self.delta + delta)


@dataclass(frozen=True, slots=True)
class ChargeView:
    """One charge, and what its year and all years had spent once it was made.

    Epsilons hold at the policy's delta for the conversion, and are rounded up.
    """

    charge: Charge
    year: Spent
    lifetime: Spent
    epsilon_year: str
    epsilon_lifetime: str


def history(house: House, *, month: Month | None = None) -> tuple[ChargeView, ...]:
    """Return every charge in the order they were made, or those of one calendar month (UTC)."""
    delta = house.policy.budget.conversion_delta
    return tuple(
        ChargeView(
            charge, year, lifetime,
            str(epsilon_of(year.rho, delta)), str(epsilon_of(lifetime.rho, delta)),
        )
        for charge, year, lifetime in _sums(house.losses.history(PEOPLE))
        if month in {None, month_of(charge.at)}
    )  # fmt: skip


def month_of(at: datetime) -> Month:
    """Return the calendar month of a moment, in UTC as the budget's year is."""
    there = at.astimezone(UTC)
    return there.year, there.month


def _sums(charges: list[Charge]) -> Iterator[tuple[Charge, Spent, Spent]]:
    """Yield every charge with the sums of its year and of all years, itself included."""
    years: dict[int, Spent] = {}
    lifetime = Spent()
    for charge in charges:
        rho, delta = charge.loss.rho, charge.loss.delta
        year = month_of(charge.at)[0]
        years[year] = years.get(year, Spent()).and_(rho, delta)
        lifetime = lifetime.and_(rho, delta)
        yield charge, years[year], lifetime
