# SPDX-License-Identifier: Apache-2.0
"""Who has no lifetime value under public parameters: nobody's data make it fail for anybody."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest

from privseg.policy.scores import Score
from privseg.segment.scores import bg_nbd as times
from privseg.segment.scores import compute_score, scores_of
from privseg.terms import Attribute
from tests.twins.naive_scores import Happened
from tests.twins.score_worlds import PUBLIC, World, activity, by_person, lifetime, named

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
FAR_OFF = replace(PUBLIC, r=Fraction(40), alpha=Fraction("0.1"), a=Fraction(40), b=Fraction("0.1"))
RESULTS = ("purchases", "value", "alive")


def bought(*days_ago: int) -> list[Happened]:
    return [Happened("purchase", AT - timedelta(days=n), {"amount": 9}) for n in days_ago]


DAILY = bought(*range(1, 285))  # of whom the closed form says nothing, under these parameters


def far_off() -> Score:
    return named(replace(lifetime(public=FAR_OFF), horizon=1000))


def found(world: World, *asked: str) -> dict[int, dict[str, int | str]]:
    names = frozenset(Attribute(f"it.{a}") for a in asked)
    given, score = activity(world), far_off()
    return by_person(score, compute_score(score, given, at=AT, outputs=names), given)


@pytest.mark.parametrize(
    ("own", "horizon", "lost"),
    [
        ((40, 0.1, 40, 0.1), 1000, (283, 40, 41)),
        ((0.05, 50, 0.05, 0.05), 1000, (265, 56, 56)),
        ((1, 1, 200, 1), 52, (0, 0, 0)),
    ],
)
def test_where_the_closed_form_has_no_finite_value_there_is_no_expectation(
    own: tuple[float, ...], horizon: int, lost: tuple[float, float, float]
) -> None:
    parameters, person = times.Parameters(*own), times.Past(*map(np.atleast_1d, (*lost, 1.0)))
    assert np.isnan(times.expected_purchases(parameters, person, horizon=float(horizon)))
    assert 0 <= times.alive(parameters, person)[0] <= 1


def test_a_closed_form_below_nothing_or_above_who_never_stops_is_no_expectation() -> None:
    most, astray = np.full(5, 2.0), np.array([-0.01, 2.01, np.inf, -np.inf, np.nan])
    assert np.all(np.isnan(times.possible(astray, most)))
    nearly = np.array([-1e-9, 0.0, 1.0, 2.0, 2 + 1e-9])
    assert times.possible(nearly, most).tolist() == [0, 0, 1, 2, 2 + 1e-9]


def test_one_persons_purchases_take_nobody_elses_results_away() -> None:
    few = bought(20, 3)
    alone, together = found({1: few}, *RESULTS), found({1: few, 2: DAILY}, *RESULTS)
    assert together[1] == alone[1]
    assert together[1].keys() == set(RESULTS)


def test_who_has_no_expectation_has_no_value_and_is_alive_all_the_same() -> None:
    together = found({1: [], 2: DAILY}, *RESULTS)
    assert together[2].keys() == {"alive"}
    assert together[1] == {}
    assert scores_of(far_off(), DAILY, at=AT) == {"it.alive": together[2]["alive"]}


@pytest.mark.parametrize(
    ("asked", "run"),
    [
        ("alive", set()),
        ("purchases", {"expected_purchases"}),
        ("value", {"expected_purchases", "expected_worth"}),
    ],
)
def test_only_what_is_asked_for_is_computed(asked: str, run: set[str]) -> None:
    ran = _functions_run(lambda: found({1: bought(20, 3)}, asked))
    assert ran & {"expected_purchases", "expected_worth"} == run


def _functions_run(work: Callable[[], object]) -> set[str]:
    """Return the names of all functions that ran."""
    ran: set[str] = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, *_: ran.add(frame.f_code.co_name))
    try:
        work()
    finally:
        sys.setprofile(before)
    return ran
