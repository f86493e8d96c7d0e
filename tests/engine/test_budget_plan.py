# SPDX-License-Identifier: Apache-2.0
"""A year's plan: what it says it costs is what it costs, what it says would fit does fit."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from privseg.engine import Workspace
from privseg.engine.budget.forecast import Forecast, PlanOverError
from privseg.engine.errors import UnknownReportError
from privseg.protect import epsilon_of
from tests.twins import club
from tests.twins.club import Clock, Counting, log_of

ONE = Fraction(1, 8)


def planned(ws: Workspace, *entries: str, year: int = 2027) -> Forecast:
    path = ws.folder.parent / "plan.yaml"
    lines = [f"  - {{{entry}}}" for entry in entries]
    path.write_text("\n".join(["privseg: budget-plan/1", f"year: {year}", "entries:", *lines]))
    return ws.budget_plan(path)


def test_a_plan_reads_charges_and_logs_nothing(small: Workspace) -> None:
    counting, entries = Counting(small._house), len(log_of(small))
    held = small._house.db.place.read_bytes()
    planned(small, "report: overview, every: week", "report: sizes, every: month")
    assert counting.opens == 0
    assert len(log_of(small)) == entries
    assert small._house.db.place.read_bytes() == held


def test_a_year_costs_what_its_releases_cost_exactly(small: Workspace) -> None:
    found = planned(small, "report: sizes, every: quarter", "report: overview, every: quarter")
    assert [len(e.days) for e in found.entries] == [4, 4]
    assert found.planned.rho == 8 * ONE
    assert found.planned.delta == 4 * Fraction(2, 10**7) + 4 * Fraction(3, 10**7)
    assert found.share == Fraction(1, 2)
    assert found.fits
    assert found.epsilon_year == str(epsilon_of(8 * ONE, Fraction(1, 10**6)))
    assert found.fit == found.drop == ()


def test_what_a_plan_says_one_costs_and_buys_is_what_the_report_says(small: Workspace) -> None:
    (entry,) = planned(small, "report: overview, every: month").entries
    plan, expected = small.plan_report("overview")
    assert entry.each == plan.loss
    assert entry.expected == expected


def test_of_this_year_only_what_is_to_come_is_added_to_what_is_spent(
    small: Workspace,
) -> None:
    """It is the second of March: two of twelve first days of a month and this one are over."""
    small.report("sizes")
    found = planned(small, "report: sizes, every: month", year=2026)
    (entry,) = found.entries
    assert (len(entry.days), entry.past) == (9, 3)
    assert entry.days[0] == date(2026, 4, 1)
    assert found.spent.rho == ONE
    assert found.quarters[-1].by_then.rho == 10 * ONE
    assert found.epsilon_year == str(epsilon_of(10 * ONE, Fraction(1, 10**6)))


def test_the_lifetime_has_earlier_years_in_it(small: Workspace) -> None:
    small.report("sizes")
    found = planned(small, "report: sizes, every: quarter")
    assert found.spent.rho == 0
    assert found.epsilon_year == str(epsilon_of(4 * ONE, Fraction(1, 10**6)))
    assert found.epsilon_lifetime == str(epsilon_of(5 * ONE, Fraction(1, 10**6)))


def test_quarters_add_up_to_the_year(small: Workspace) -> None:
    small.report("sizes")
    for year in (2026, 2027):
        found = planned(small, "report: sizes, every: week", "report: overview, every: month",
                        year=year)  # fmt: skip
        quarters = found.quarters
        assert sum(q.releases for q in quarters) == sum(len(e.days) for e in found.entries)
        assert sum(q.planned.rho for q in quarters) == found.planned.rho
        assert sum(q.spent.delta for q in quarters) == found.spent.delta
        assert quarters[-1].by_then.rho == found.spent.rho + found.planned.rho


@pytest.mark.parametrize(
    "entries",
    [
        ("report: sizes, every: week",),
        ("report: sizes, every: day", "report: overview, every: week"),
        ("report: overview, every: day, rho: 1/3", "report: gardeners, every: quarter"),
    ],
)
def test_what_is_said_to_fit_fits_when_the_policy_says_so(
    small: Workspace, entries: tuple[str, ...]
) -> None:
    """Each entry at the precision proposed, by a policy that gives it: then the plan fits."""
    found = planned(small, *entries)
    assert not found.fits
    assert sum(f.total.rho for f in found.fit) <= 2
    assert sum(f.total.delta for f in found.fit) <= Fraction(1, 10_000)
    assert all(f.rho.numerator == 1 for f in found.fit)
    again = [f"{text.partition(', rho')[0]}, rho: {f.rho}"
             for text, f in zip(entries, found.fit, strict=True)]  # fmt: skip
    policy = small.folder / "policies" / "club.yaml"
    delta = f"rho: 1/8\n      selection_delta: {found.fit[0].selection_delta}\n      groups"
    policy.write_text(policy.read_text().replace("rho: 1/8\n      groups", delta))
    with club.opened(small.folder) as ws:
        fitting = planned(ws, *again)
    assert fitting.fits
    assert [e.expected for e in fitting.entries] == [f.expected for f in found.fit]


def test_the_cheapest_entry_that_is_enough_is_named_to_be_left_out(small: Workspace) -> None:
    found = planned(
        small, "report: sizes, every: quarter", "report: overview, every: month",
        "report: gardeners, every: quarter",
    )  # fmt: skip
    assert found.planned.rho == 20 * ONE
    assert [e.report for e in found.drop] == ["sizes"]
    kept = planned(small, "report: overview, every: month", "report: gardeners, every: quarter")
    assert kept.fits


def test_where_one_is_not_enough_the_dearest_go_first(small: Workspace) -> None:
    found = planned(small, "report: sizes, every: week", "report: overview, every: day")
    assert [e.report for e in found.drop] == ["sizes", "overview"]


def test_a_plan_beyond_a_purposes_quota_does_not_fit(small: Workspace) -> None:
    policy = small.folder / "policies" / "club.yaml"
    quota = "quotas: {purposes: {marketing: 1/4}}, rho_per_year: 2"
    policy.write_text(policy.read_text().replace("rho_per_year: 2", quota))
    with club.opened(small.folder) as ws:
        assert planned(ws, "report: sizes, every: quarter").fits
        found = planned(ws, "report: sizes, every: quarter", "report: overview, every: quarter")
    assert [line.name for line in found.lines if not line.has_room] == ["purpose marketing"]
    assert sum(f.total.rho for f in found.fit) <= Fraction(1, 2)


def test_a_plan_may_say_more_precision_than_policy_gives_and_says_so(small: Workspace) -> None:
    (entry,) = planned(small, "report: sizes, every: quarter, rho: 1/4").entries
    assert (entry.each.rho, entry.policy_rho) == (Fraction(1, 4), ONE)
    assert small.plan_report("sizes")[0].loss.rho == ONE  # nothing of it is in force


def test_nothing_fits_into_a_budget_that_is_used_up(small: Workspace) -> None:
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("rho_per_year: 2", "rho_per_year: 1/8"))
    with club.opened(small.folder) as ws:
        ws.report("sizes")
        found = planned(ws, "report: sizes, every: month", year=2026)
    assert not found.fits
    assert found.fit == ()
    assert [e.report for e in found.drop] == ["sizes"]


def test_a_year_that_is_over_and_a_report_that_is_not_there_are_refused(small: Workspace) -> None:
    with pytest.raises(PlanOverError):
        planned(small, "report: sizes, every: month", year=2025)
    with pytest.raises(UnknownReportError):
        planned(small, "report: size, every: month")


def test_the_history_adds_up_and_its_months_are_parts_of_it(small: Workspace, clock: Clock) -> None:
    for days in (0, 20, 20, 400):
        clock.pass_(days=days)
        small.open_edition()
        small.report("sizes")
    charges = small.budget_history()
    assert [c.year.rho for c in charges] == [ONE, 2 * ONE, 3 * ONE, ONE]
    assert [c.lifetime.rho for c in charges] == [n * ONE for n in (1, 2, 3, 4)]
    assert [c.epsilon_year for c in charges][3] == charges[0].epsilon_year
    assert charges[3].epsilon_lifetime == small.budget().epsilon_lifetime
    march = small.budget_history(month=(2026, 3))
    assert march == charges[:2]
    assert small.budget_history(month=(2026, 1)) == ()


def test_what_is_left_buys_as_often_as_it_says(small: Workspace) -> None:
    buys = {a.name: a for a in small.budget_buys()}
    assert "forbidden" not in buys  # the policy lets nobody make it
    times = buys["sizes"].times(Fraction(2), Fraction(1, 10_000))
    assert times == 16
    for _ in range(times):
        small.open_edition()
        small.report("sizes")
    assert small.budget().rho_left == 0
    assert buys["sizes"].times(small.budget().rho_left, Fraction(1)) == 0
