# SPDX-License-Identifier: Apache-2.0
"""The budget of the people of the workspace: one line over all reports, purposes and sources."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from privseg.engine.house import House
from privseg.engine.views import BudgetView
from privseg.policy import BudgetRules
from privseg.protect import PrivacyLoss, epsilon_of

PEOPLE = "people"  # the one population there is: everybody in the workspace


def limit_of(rules: BudgetRules) -> PrivacyLoss:
    """Return what a year may cost."""
    return PrivacyLoss(rules.rho_per_year, rules.selection_delta_per_year)


def year_began(now: datetime) -> datetime:
    """Return when the budget's year began: the calendar year, in UTC."""
    return datetime(now.astimezone(UTC).year, 1, 1, tzinfo=UTC)


def budget(house: House) -> BudgetView:
    """Return what may be lost, has been lost this year, and over all years."""
    rules, began = house.policy.budget, year_began(house.now())
    spent, lifetime = house.losses.spent(PEOPLE, since=began), house.losses.lifetime(PEOPLE)
    return BudgetView(
        rho_per_year=rules.rho_per_year,
        rho_spent=spent.rho,
        rho_left=max(rules.rho_per_year - spent.rho, Fraction(0)),
        delta_per_year=rules.selection_delta_per_year,
        delta_spent=spent.delta,
        epsilon_year=str(epsilon_of(spent.rho, rules.conversion_delta)),
        epsilon_lifetime=str(epsilon_of(lifetime.rho, rules.conversion_delta)),
        conversion_delta=rules.conversion_delta,
        reports=len(house.losses.history(PEOPLE, since=began)),
        year_began=began,
    )
