# SPDX-License-Identifier: Apache-2.0
"""The budget of the people of the workspace: one line over all reports, purposes and sources.

What a run costs is a function of its plan and the policy. It is charged before anything is read,
in the transaction that has just looked for the answer and found none, and it stays charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from privseg.engine.house import House
from privseg.engine.views import BudgetView, QuotaView
from privseg.gate import PlanCost
from privseg.policy import BudgetRules
from privseg.protect import PrivacyLoss, epsilon_of
from privseg.release import Budget
from privseg.store import Charge, ChargeKind, Claim, Payment, Quota
from privseg.terms import Purpose, StaffRole

PEOPLE = "people"  # the one population there is: everybody in the workspace


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be charged: which answer, what it costs, for what and as which role."""

    kind: ChargeKind
    name: str
    plan_hash: str
    edition_id: str
    loss: PrivacyLoss
    purpose: Purpose
    role: StaffRole


@dataclass(frozen=True, slots=True)
class Paid:
    """A run that is paid for: the budget as it was before, what its intent says, its claim.

    Run, and keep the answer, ``with paid.claim:``; until then identical runs join the charge.
    """

    before: Budget
    cost: PlanCost
    claim: Claim
    joined: bool


def limit_of(rules: BudgetRules) -> PrivacyLoss:
    """Return what a year may cost."""
    return PrivacyLoss(rules.rho_per_year, rules.selection_delta_per_year)


def quotas_of(rules: BudgetRules) -> tuple[Quota, ...]:
    """Return what policy lets purposes and roles spend of the line: exact shares of it.

    The share of delta is rounded to nothing: both are exact fractions.
    """
    line = limit_of(rules)

    def part(share: Fraction) -> PrivacyLoss:
        return PrivacyLoss(line.rho * share, line.delta * share)

    purposes = sorted(rules.quotas.purposes.items())
    roles = sorted(rules.quotas.roles.items())
    return (
        *(Quota(part(share), purpose=purpose) for purpose, share in purposes),
        *(Quota(part(share), actor=role) for role, share in roles),
    )


def year_began(now: datetime) -> datetime:
    """Return when the budget's year began: the calendar year, in UTC."""
    return datetime(now.astimezone(UTC).year, 1, 1, tzinfo=UTC)


def year_ends(began: datetime) -> datetime:
    """Return when the next year's budget begins."""
    return began.replace(year=began.year + 1)


def pay(house: House, bill: Bill) -> Paid:
    """Charge a run, or join the charge of one in progress that is asked for the same answer.

    Call it in the transaction that looked for the answer and found none. Two identical runs at
    once are charged once, and only one of them publishes. A run that crashed gave its claim back:
    what it was charged is spent, and the next one pays again.

    Raises:
        BudgetExceededError, QuotaExceededError: the budget does not cover it; nothing is charged.
        LossLedgerError: the ledger is not what it was, or not all that is remembered of it.
    """
    now, rules = house.now(), house.policy.budget
    charge = Charge(
        population=PEOPLE,
        at=now,
        loss=bill.loss,
        plan_hash=bill.plan_hash,
        edition_id=bill.edition_id,
        purpose=bill.purpose,
        actor=bill.role,
        kind=bill.kind,
        name=bill.name,
    )
    payment = house.losses.pay(
        charge, limit=limit_of(rules), since=year_began(now), quotas=quotas_of(rules)
    )
    return _paid(payment, rules)


def _paid(payment: Payment, rules: BudgetRules) -> Paid:
    """Return what the run's intent and its release say of a payment."""
    charge = payment.charge
    loss = PrivacyLoss(Fraction(0)) if payment.joined else charge.loss
    cost = PlanCost(charge.plan_hash, str(loss.rho), str(loss.delta), charge.at, charge.link)
    before = Budget(
        period=str(charge.at.year),
        limit=limit_of(rules),
        spent=payment.before,
        lifetime=payment.lifetime_before,
    )
    return Paid(before, cost, payment.claim, payment.joined)


def left(house: House, purpose: Purpose, *, role: StaffRole) -> PrivacyLoss:
    """Return what a role may still spend for a purpose this year: the line's rest, or a quota's."""
    rules, began = house.policy.budget, year_began(house.now())
    charges = house.losses.history(PEOPLE, since=began)
    spent = house.losses.spent(PEOPLE, since=began)
    mine = [q for q in quotas_of(rules) if q.covers(purpose) or q.actor is role]
    bounds = [(limit_of(rules), spent), *((q.limit, q.spent(charges)) for q in mine)]
    none = Fraction(0)
    return PrivacyLoss(
        max(none, min(limit.rho - used.rho for limit, used in bounds)),
        max(none, min(limit.delta - used.delta for limit, used in bounds)),
    )


def budget(house: House) -> BudgetView:
    """Return what may be lost, has been lost this year, and over all years."""
    rules, began = house.policy.budget, year_began(house.now())
    charges = house.losses.history(PEOPLE, since=began)
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
        reports=len(charges),
        year_began=began,
        rho_lifetime=lifetime.rho,
        delta_lifetime=lifetime.delta,
        quotas=tuple(
            QuotaView(quota.name, quota.limit, quota.spent(charges)) for quota in quotas_of(rules)
        ),
    )
