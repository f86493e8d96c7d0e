# SPDX-License-Identifier: Apache-2.0
"""Budget plans: which days a report is made on, and every mistake at its place."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.loaders.budget_plan import BudgetPlan, Every, PlannedReport, load_budget_plan
from privseg.loaders.errors import DocumentError
from privseg.terms import Place

TEXT = """\
privseg: budget-plan/1
year: 2027
entries:
  - {report: weekly, every: week}
  - {report: deep-dive, every: month, from: 2027-03-01, until: 2027-11-30, rho: 1/40}
"""


def load(folder: Path, text: str) -> BudgetPlan:
    path = folder / "plan.yaml"
    path.write_text(text, "utf-8")
    return load_budget_plan(path, name="plan.yaml")


def test_a_plan_says_what_its_file_says(tmp_path: Path) -> None:
    whole = date(2027, 1, 1), date(2027, 12, 31)
    assert load(tmp_path, TEXT) == BudgetPlan(
        2027,
        (
            PlannedReport("weekly", Every.WEEK, *whole, None, Place("plan.yaml", 4, 5)),
            PlannedReport(
                "deep-dive", Every.MONTH, date(2027, 3, 1), date(2027, 11, 30), Fraction(1, 40),
                Place("plan.yaml", 5, 5),
            ),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("every", "first", "last", "count"),
    [
        (Every.DAY, date(2028, 1, 1), date(2028, 12, 31), 366),
        (Every.WEEK, date(2027, 1, 1), date(2027, 12, 31), 53),
        (Every.WEEK, date(2027, 1, 4), date(2027, 12, 31), 52),
        (Every.MONTH, date(2027, 1, 31), date(2027, 12, 31), 12),
        (Every.QUARTER, date(2027, 2, 28), date(2027, 12, 31), 4),
        (Every.QUARTER, date(2027, 12, 31), date(2027, 12, 31), 1),
    ],
)
def test_a_year_has_so_many_releases(every: Every, first: date, last: date, count: int) -> None:
    planned = PlannedReport("r", every, first, last, None, Place("p", 1))
    assert len(planned.days()) == count


days_of_a_year = st.integers(0, 364).map(lambda n: date(2027, 1, 1) + timedelta(days=n))


@given(every=st.sampled_from(Every), ends=st.tuples(days_of_a_year, days_of_a_year).map(sorted))
def test_releases_follow_in_order_inside_their_days_and_none_is_missed(
    every: Every, ends: list[date]
) -> None:
    days = PlannedReport("r", every, *ends, None, Place("p", 1)).days()
    least = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 28, Every.QUARTER: 89}[every]
    most = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31, Every.QUARTER: 92}[every]
    gaps = [(b - a).days for a, b in pairwise(days)]
    assert days[0] == ends[0]
    assert days[-1] <= ends[1]
    assert (ends[1] - days[-1]).days < most
    assert all(least <= gap <= most for gap in gaps)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("privseg: report/1\n", "another kind of file"),
        ("privseg: budget-plan/2\n", "version '2' is not read here"),
        (TEXT.replace("year: 2027", "year: 20270"), "plan.yaml:2:7: error: a year"),
        (TEXT.replace("2027-03-01", "2026-03-01"), "plan.yaml:5:"),
        (TEXT.replace("2027-11-30", "2027-02-01"), "not after its last day"),
        (TEXT.replace("1/40", "0"), "more than 0"),
        (TEXT.replace("1/40", "1e-2"), "exact number"),
        (TEXT.replace("week", "fortnight"), "plan.yaml:4:"),
        (TEXT.replace("every: week", "often: week"), "plan.yaml:4:"),
        ("privseg: budget-plan/1\nyear: 2027\nentries: []\n", "at least one report"),
    ],
)
def test_every_mistake_is_told_at_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DocumentError) as refused:
        load(tmp_path, text)
    assert says in str(refused.value)
