# SPDX-License-Identifier: Apache-2.0
"""What a year's plan of reports would cost, and how precise it would be: told before it begins.

Only plans, policy and what was charged go into it. Nothing is read, charged or logged. All sums
are exact fractions; what is printed is rounded up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from privseg.engine.budget.fit import Fitted, Line, dropped, fitted
from privseg.engine.budget.foresee import plan_at, plan_of, rules_of
from privseg.engine.budget.history import Spent
from privseg.engine.budget.line import PEOPLE, limit_of, quotas_of, year_began, year_ends
from privseg.engine.house import House
from privseg.engine.report.published import find_request
from privseg.errors import InputError
from privseg.loaders.budget_plan import BudgetPlan, PlannedReport
from privseg.protect import PrivacyLoss, epsilon_of
from privseg.release import ExpectedError, ReportPlan, ReportRequest, expected_error
from privseg.store import Charge
from privseg.terms import Purpose

QUARTERS = 4


class PlanOverError(InputError):
    """A plan is for a year that is over: what was spent is known, and nothing can be planned."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"the year {year} is over; see what it spent with: privseg budget history; "
            "plan this year or a later one"
        )
        self.year = year


@dataclass(frozen=True, slots=True)
class EntryForecast:
    """One entry of a plan: its releases to come, what each costs, and the error bars it buys.

    ``past`` counts releases planned for days that are over: what was spent on them is known.
    ``policy_rho`` is what policy gives one now; it must be changed where the plan says another.
    """

    entry: PlannedReport
    purpose: Purpose
    days: tuple[date, ...]
    past: int
    each: PrivacyLoss
    policy_rho: Fraction | None
    expected: tuple[ExpectedError, ...]

    @property
    def total(self) -> Spent:
        """Return what all releases to come cost."""
        return Spent(self.each.rho * len(self.days), self.each.delta * len(self.days))


@dataclass(frozen=True, slots=True)
class Quarter:
    """One quarter: what was spent in it, what is planned, and the year's sum at its end."""

    number: int
    releases: int
    spent: Spent
    planned: Spent
    by_then: Spent
    epsilon: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a plan would cost. ``lines`` are the year's line and every purpose's quota it touches.

    ``fit`` and ``drop`` say how it could fit: each entry at a smaller precision that does, or the
    entries to leave out. Both are empty where it fits, and where nothing is left to fit into.
    """

    year: int
    entries: tuple[EntryForecast, ...]
    spent: Spent
    lines: tuple[Line, ...]
    quarters: tuple[Quarter, ...]
    share: Fraction
    epsilon_year: str
    epsilon_lifetime: str
    conversion_delta: Fraction
    fit: tuple[Fitted, ...] = ()
    drop: tuple[PlannedReport, ...] = ()

    @property
    def planned(self) -> Spent:
        """Return what all of it costs."""
        return total(e.total for e in self.entries)

    @property
    def fits(self) -> bool:
        """Return whether the line and every quota have room for it."""
        return all(line.has_room for line in self.lines)


def total(losses: Iterable[Spent]) -> Spent:
    """Return a sum."""
    found = Spent()
    for loss in losses:
        found = found.and_(loss.rho, loss.delta)
    return found


def forecast(house: House, plan: BudgetPlan) -> Forecast:
    """Return what a plan would cost beside what is spent already.

    Raises:
        PlanOverError: its year is over.
        UnknownReportError, ReportRefusedError: a report is not there, or the policy has none such.
    """
    now = house.now().astimezone(UTC)
    if plan.year < now.year:
        raise PlanOverError(plan.year)
    entries = tuple(_entry(house, entry, now.date()) for entry in plan.entries)
    began = year_began(datetime(plan.year, 1, 1, tzinfo=UTC))
    charges = house.losses.history(PEOPLE, since=began)
    spent, planned = total(map(_loss, charges)), total(e.total for e in entries)
    lifetime = total(map(_loss, house.losses.history(PEOPLE))).rho + planned.rho
    rules, lines = house.policy.budget, _lines(house, entries, charges)
    fits = all(line.has_room for line in lines)
    return Forecast(
        year=plan.year,
        entries=entries,
        spent=spent,
        lines=lines,
        quarters=_quarters(entries, charges, began, rules.conversion_delta),
        share=planned.rho / rules.rho_per_year,
        epsilon_year=str(epsilon_of(spent.rho + planned.rho, rules.conversion_delta)),
        epsilon_lifetime=str(epsilon_of(lifetime, rules.conversion_delta)),
        conversion_delta=rules.conversion_delta,
        fit=() if fits else _fitted(house, entries, lines),
        drop=() if fits else tuple(entries[n].entry for n in dropped(_costs(entries), lines)),
    )


def _entry(house: House, entry: PlannedReport, today: date) -> EntryForecast:
    """Return what one entry costs from today on."""
    request = find_request(house, entry.report)
    made = _planned(house, request, entry.rho)
    days = entry.days()
    rules = rules_of(house, request)
    return EntryForecast(
        entry=entry,
        purpose=made.purpose,
        days=tuple(day for day in days if day >= today),
        past=sum(day < today for day in days),
        each=made.loss,
        policy_rho=None if rules is None else rules.rho,
        expected=expected_error(made),
    )


def _planned(house: House, request: ReportRequest, rho: Fraction | None) -> ReportPlan:
    """Return a report's plan, at another precision than the policy's where an entry says so."""
    rules = rules_of(house, request)
    if rho is None or rules is None:
        return plan_of(house, request)
    return plan_at(house, request, rho=rho, selection_delta=rules.selection_delta)


def _loss(charge: Charge) -> Spent:
    """Return what a charge cost."""
    return Spent(charge.loss.rho, charge.loss.delta)


def _lines(
    house: House, entries: Sequence[EntryForecast], charges: Sequence[Charge]
) -> tuple[Line, ...]:
    """Return the year's line, and the quota of every purpose: who will run it, nobody knows."""
    rules = house.policy.budget
    purposes = [quota for quota in quotas_of(rules) if quota.purpose is not None]
    counted = [
        ("the year", limit_of(rules), list(charges), tuple(True for _ in entries)),
        *(
            (quota.name, quota.limit, [c for c in charges if quota.counts(c)],
             tuple(quota.covers(e.purpose) for e in entries))
            for quota in purposes
        ),
    ]  # fmt: skip
    return tuple(
        Line(
            name=name,
            limit=Spent(limit.rho, limit.delta),
            spent=total(map(_loss, its)),
            planned=total(e.total for e, is_in in zip(entries, covered, strict=True) if is_in),
            covers=covered,
        )
        for name, limit, its, covered in counted
    )


def _quarters(
    entries: Sequence[EntryForecast], charges: Sequence[Charge], began: datetime, delta: Fraction
) -> tuple[Quarter, ...]:
    """Return the year by quarters: what each spends, and the sums at its end."""
    found, so_far = list[Quarter](), Spent()
    for number in range(1, QUARTERS + 1):
        mine = [c for c in charges if c.at < year_ends(began) and _quarter(c.at) == number]
        if number == QUARTERS:  # charged under a clock that was ahead: counted here all the same
            mine += [c for c in charges if c.at >= year_ends(began)]
        counts = [sum(_quarter(day) == number for day in e.days) for e in entries]
        spent = total(map(_loss, mine))
        planned = total(
            Spent(e.each.rho * n, e.each.delta * n) for e, n in zip(entries, counts, strict=True)
        )
        so_far = total((so_far, spent, planned))
        epsilon = str(epsilon_of(so_far.rho, delta))
        found.append(Quarter(number, sum(counts), spent, planned, so_far, epsilon))
    return tuple(found)


def _quarter(day: date) -> int:
    """Return the quarter of a day or moment."""
    return (day.month - 1) // 3 + 1


def _costs(entries: Sequence[EntryForecast]) -> tuple[Spent, ...]:
    """Return what each entry costs."""
    return tuple(entry.total for entry in entries)


def _fitted(
    house: House, entries: Sequence[EntryForecast], lines: Sequence[Line]
) -> tuple[Fitted, ...]:
    """Return the precision at which all of it fits, checked by making each plan anew."""

    def made(number: int, rho_share: Fraction, delta_share: Fraction) -> Fitted | None:
        entry = entries[number]
        request = find_request(house, entry.entry.report)
        rules = rules_of(house, request)
        if rules is None:
            return None
        rho = (entry.entry.rho or rules.rho) * rho_share
        delta = rules.selection_delta * delta_share
        return Fitted.of(
            entry.entry, rho, delta, len(entry.days),
            lambda r, d: plan_at(house, request, rho=r, selection_delta=d),
        )  # fmt: skip

    return fitted(len(entries), lines, made)
