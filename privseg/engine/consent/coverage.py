# SPDX-License-Identifier: Apache-2.0
"""How many people allow what: protected and charged, as who consents is itself about people."""

from __future__ import annotations

from functools import partial

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.errors import UnknownNameError
from privseg.engine.house import House
from privseg.engine.report.protected_counts import (
    CountsCost,
    Look,
    Maker,
    foresee_counts,
    protected_counts,
)
from privseg.engine.views import CoverageView
from privseg.frames import Edition
from privseg.terms import Category, Purpose, StaffRole

KIND = "consent-coverage"


class UncoveredPurposeError(UnknownNameError):
    """The policy has no such purpose, so nobody could be counted for it."""

    what = "purpose"
    see = "privseg policy check"


def coverage(
    house: House, *, purpose: Purpose | None, dry_run: bool, role: StaffRole
) -> CoverageView:
    """Return how many people may be read for each purpose and category, in today's edition.

    Charged to the one budget, like a report of as many cells; a dry run reads nothing and says
    what it would cost. Asking again on the same day is free and gives the same numbers.

    Raises:
        UncoveredPurposeError: there is no such purpose.
        BudgetExceededError: the budget does not cover it; nothing was read or charged.
    """
    asked = _asked(house, purpose)
    look = Look(kind=KIND, labels=tuple(asked), facts={"policy": house.policy.digest})
    cost: CountsCost = foresee_counts(look)
    if dry_run:
        return CoverageView(tuple(asked), cost=cost)
    makers = {label: _maker(house, *what) for label, what in asked.items()}
    counted = protected_counts(house, makers, look=look, role=role)
    return CoverageView(tuple(asked), cost, counted.counts, was_known=counted.was_known)


def rebuild(house: House, *, role: StaffRole) -> dict[str, int]:
    """Fold every eligible set anew from all events; return how many answers had differed, by set.

    The numbers are exact and zero unless something is wrong; looking is on the log.
    """
    house.log.append(AuditEvent(Kind.CONSENT, Outcome.OK, role, {"verb": "rebuild"}))
    return house.sets.rebuild(at=house.now(), known_at=house.ledger.position())


def _asked(house: House, purpose: Purpose | None) -> dict[str, tuple[Purpose, Category]]:
    """Return what is counted, by label."""
    purposes = house.policy.purposes
    if purpose is not None and purpose not in purposes:
        raise UncoveredPurposeError(purpose, known=tuple(purposes))
    return {
        f"{name} / {category}": (name, category)
        for name, rule in sorted(purposes.items())
        if purpose in {None, name}
        for category in sorted(rule.categories)
    }


def _maker(house: House, purpose: Purpose, category: Category) -> Maker:
    """Return what finds the people of one label."""
    return partial(_people, house, purpose, category)


def _people(house: House, purpose: Purpose, category: Category, edition: Edition) -> FrozenBitMap:
    """Return who may be read in an edition."""
    return house.sets.people(purpose, category, at=edition.at, known_at=edition.ledger_position)
