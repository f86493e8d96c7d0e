# SPDX-License-Identifier: Apache-2.0
"""What to do when the budget does not cover a report: notes on the refusal, line by line.

They are made from the ledger, the policy and plans; so they tell nothing of anybody's data.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from privseg.engine.budget.fit import unit_below
from privseg.engine.budget.foresee import affordable, plan_at, rules_of
from privseg.engine.budget.line import year_began, year_ends
from privseg.engine.budget.numbers import ratio_up, rounded_down
from privseg.engine.house import House
from privseg.errors import PrivsegError
from privseg.protect import PrivacyLoss
from privseg.protect.loss import BudgetExceededError
from privseg.release import ReportRequest

SHOWN = 3  # other reports named: those that fit most often


@contextmanager
def advised(house: House, request: ReportRequest | None = None) -> Iterator[None]:
    """Add to a refusal for lack of budget what would help: what is left, what fits, when.

    ``request`` is what was asked, where it is a report.
    """
    try:
        yield
    except BudgetExceededError as refused:
        for line in _advice(house, refused, request):
            refused.add_note(line)
        raise


def _advice(
    house: House, refused: BudgetExceededError, request: ReportRequest | None
) -> Iterator[str]:
    """Yield every line."""
    rho = max(Fraction(0), refused.limit.rho - refused.spent.rho)
    delta = max(Fraction(0), refused.limit.delta - refused.spent.delta)
    yield f"left: rho {rho} (about {rounded_down(rho)}), delta {delta}"
    if request is not None:
        yield from _precision(house, refused.requested, request, rho, delta)
    yield from _others(house, rho, delta)
    renewed = year_ends(year_began(house.now()))
    yield f"the next year's budget begins on {renewed:%Y-%m-%d} (UTC)"
    yield "what is published stays free on its edition; see: privseg budget show"


def _precision(
    house: House, needs: PrivacyLoss, request: ReportRequest, rho: Fraction, delta: Fraction
) -> Iterator[str]:
    """Yield at which precision the same report would fit, or how many of its tables do."""
    rules = rules_of(house, request)
    if rules is None:
        return
    if needs.delta > delta:
        yield (
            f"each table may cost delta {rules.selection_delta}: ask for fewer tables, or a "
            f"smaller selection_delta in the policy ({rules.place})"
        )
    if needs.rho <= rho or rho <= 0:
        return
    smaller = unit_below(rules.rho * rho / needs.rho)
    try:
        made = plan_at(house, request, rho=smaller, selection_delta=rules.selection_delta)
    except PrivsegError:
        return
    if made.loss.rho <= rho:
        wider = ratio_up(needs.rho / made.loss.rho)
        yield (
            f"it would fit at rho {smaller}, with error bars {wider} times as wide; the policy "
            f"gives it {rules.rho} ({rules.place})"
        )


def _others(house: House, rho: Fraction, delta: Fraction) -> Iterator[str]:
    """Yield which reports what is left buys, those that it buys most often first."""
    found = [(a.times(rho, delta), a.name) for a in affordable(house)]
    best = sorted((f for f in found if f[0] > 0), key=lambda f: (-f[0], f[1]))[:SHOWN]
    if not best:
        yield "it buys no report of this workspace any more"
        return
    yield "it still buys: " + ", or ".join(f"{name} ({times:,} times)" for times, name in best)
