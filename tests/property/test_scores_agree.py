# SPDX-License-Identifier: Apache-2.0
"""Scores computed by columns are those of one person alone, written down a second time."""

from dataclasses import fields, replace
from datetime import timedelta
from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from privseg.policy.scores import LifetimeParameters
from privseg.segment.scores import (
    Activity,
    Summary,
    compute_score,
    lifetime_columns,
    scores_of,
)
from privseg.segment.scores.lifetime import MOST
from tests.twins.naive_scores import Happened, naive_scores
from tests.twins.score_worlds import ATS, BIG, Case, activity, cases, lifetime, named, results

FORGOTTEN = timedelta(days=4000)


@given(cases())
def test_columns_give_everybody_what_the_formula_gives_one_person(case: Case) -> None:
    expected = {o: naive_scores(case.formula, e, case.at) for o, e in case.world.items()}
    assert results(case, activity(case.world)) == expected


@given(cases())
def test_a_person_alone_has_the_scores_that_they_have_among_everybody(case: Case) -> None:
    score, together = named(case.formula), results(case, activity(case.world))
    for ordinal, events in list(case.world.items())[:10]:
        alone = scores_of(score, events, at=case.at)
        assert {n.partition(".")[2]: v for n, v in alone.items()} == together[ordinal]


@given(cases(), st.integers(0, 2**32))
def test_somebody_elses_events_change_nobodys_scores(case: Case, seed: int) -> None:
    left_out = Random(seed).sample(sorted(case.world), 10)
    fewer = {o: e for o, e in case.world.items() if o not in left_out}
    everybody = results(case, activity(case.world))
    assert results(case, activity(fewer)) == {o: everybody[o] for o in fewer}


@given(cases(), st.integers(0, 2**32))
def test_events_of_people_who_are_not_asked_about_are_not_looked_at(case: Case, seed: int) -> None:
    all_of_them = activity(case.world)
    some = sorted(Random(seed).sample(sorted(case.world), 10))
    asked = Activity(np.array(some, dtype=np.uint32), all_of_them.events)
    everybody = results(case, all_of_them)
    assert results(case, asked) == {o: everybody[o] for o in some}


@given(cases(), st.integers(0, 2**32))
def test_the_order_of_rows_never_matters(case: Case, seed: int) -> None:
    shuffled = activity(case.world, order=Random(seed))
    assert results(case, shuffled) == results(case, activity(case.world))


@given(cases(), st.integers(0, 2**32))
def test_what_happens_from_the_moment_on_or_before_the_window_never_matters(
    case: Case, seed: int
) -> None:
    rng = Random(seed)
    more = {
        o: [*events, *(replace(e, time=case.at + rng.choice((0, 1)) * FORGOTTEN) for e in events)]
        + [replace(e, time=case.at - FORGOTTEN) for e in events]
        for o, events in case.world.items()
    }
    assert results(case, activity(more)) == results(case, activity(case.world))


@given(cases(), st.data())
def test_exactly_the_results_that_are_asked_for_are_given(case: Case, data: st.DataObject) -> None:
    score, people = named(case.formula), activity(case.world)
    everything = compute_score(score, people, at=case.at, outputs=frozenset(score.outputs))
    asked = data.draw(st.frozensets(st.sampled_from(sorted(score.outputs))))
    some = compute_score(score, people, at=case.at, outputs=asked)
    assert some.keys() == asked
    for name, column in some.items():
        assert np.array_equal(column.ordinals, everything[name].ordinals)
        assert np.array_equal(column.values, everything[name].values)


@given(cases())
def test_every_result_is_an_ascending_column_of_declared_values_or_whole_numbers(
    case: Case,
) -> None:
    score, people = named(case.formula), activity(case.world)
    for name, column in compute_score(
        score, people, at=case.at, outputs=frozenset(score.outputs)
    ).items():
        assert column.ordinals.dtype == np.uint32
        assert column.values.dtype == np.int64
        assert np.all(np.diff(column.ordinals.astype(np.int64)) > 0)
        if values := score.outputs[name].values:
            assert np.all((column.values >= 0) & (column.values < len(values)))
        else:
            assert np.all(column.values >= 0)


def buyers() -> st.SearchStrategy[Case]:
    def case(zone: str, seed: int) -> Case:
        rng, at = Random(seed), ATS[seed % len(ATS)]
        world = {n: _purchases(rng) for n in range(5)}
        when = {
            n: [replace(e, time=at - timedelta(hours=h)) for h, e in w] for n, w in world.items()
        }
        return Case(lifetime(zone), at, when)

    zones = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"])
    return st.builds(case, zones, st.integers(0, 2**32))


def _purchases(rng: Random) -> list[tuple[int, Happened]]:
    amounts = [None, 0, 1, 999, 25_00, 1_000_000_00, -30_00]
    return [
        (rng.randrange(1, 3000), Happened("purchase", ATS[0], {"amount": rng.choice(amounts)}))
        for _ in range(rng.choice((0, 1, 2, 5, rng.randrange(10, 40))))
    ]


@given(buyers())
def test_a_lifetime_value_with_public_parameters_is_the_integral_over_what_is_not_known(
    case: Case,
) -> None:
    grid = {"purchases": 1, "value": 100, "alive": 1}  # the last place, for ties in floats
    for ordinal, found in results(case, activity(case.world)).items():
        expected = naive_scores(case.formula, case.world[ordinal], case.at)
        assert found.keys() == expected.keys()
        assert all(abs(int(found[n]) - int(expected[n])) <= grid[n] for n in found)


@given(buyers(), st.integers(0, 2**32))
def test_with_public_parameters_nobodys_lifetime_value_depends_on_anybody_else(
    case: Case, seed: int
) -> None:
    score, together = named(case.formula), results(case, activity(case.world, order=Random(seed)))
    for ordinal, events in case.world.items():
        alone = scores_of(score, events, at=case.at)
        assert {n.partition(".")[2]: v for n, v in alone.items()} == together[ordinal]


@given(buyers())
def test_every_lifetime_value_lies_on_its_grid(case: Case) -> None:
    for found in results(case, activity(case.world)).values():
        if found:
            assert int(found["value"]) % 100 == 0
            assert int(found["value"]) >= 0
            assert int(found["purchases"]) >= 0
            assert 0 <= int(found["alive"]) <= 100


# --- with public parameters, whatever they are, no data make a lifetime value fail

anything = st.floats(1e-300, 1e300) | st.floats(-12, 12).map(lambda n: 10**n) | st.floats(0.05, 50)
counted = st.sampled_from([0, 1, 2, 5, 60, 283, 5_000, 2**40])
money = st.sampled_from([-BIG - 1, -1, 0, 1, 99_00, BIG])


def parameters() -> st.SearchStrategy[LifetimeParameters]:
    exact = anything.map(Fraction)
    above_one = st.sampled_from([Fraction(1) + Fraction(1, 10**30), Fraction(10**300)])
    q = above_one | anything.map(lambda n: 1 + Fraction(n))
    return st.builds(LifetimeParameters, exact, exact, exact, exact, exact, q, exact)


@st.composite
def histories(draw: st.DrawFn) -> Summary:
    """Draw what some people did, each of it possible: x days in t_x, t_x at most T."""
    lines = draw(st.lists(st.tuples(counted, counted, counted, money), min_size=1, max_size=6))
    rows = [(x, x and x + more, (x and x + more) + age, m) for x, more, age, m in lines]
    x, last, age, worth = (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True))
    valued = np.where(worth == 0, 0, x)
    return Summary(np.arange(len(rows), dtype=np.uint32), x, last, age, valued, worth)


def one_of(people: Summary, place: int) -> Summary:
    return Summary(*(getattr(people, f.name)[place : place + 1] for f in fields(Summary)))


@given(parameters(), histories(), st.sampled_from([1, 39, 1000, 10**9]), st.integers(1, 400))
def test_whatever_the_parameters_and_the_data_a_lifetime_value_is_on_its_grid_or_missing(
    given_: LifetimeParameters, people: Summary, horizon: int, period: int
) -> None:
    formula = replace(lifetime(public=given_), horizon=horizon, period_days=period)
    score = named(formula)
    names = frozenset(score.outputs)
    together = lifetime_columns(score, people, parameters=given_, outputs=names)
    for name, column in together.items():
        grid, most = {"it.value": (100, MOST), "it.alive": (1, 100)}.get(name, (1, MOST))
        assert np.all((column.values >= 0) & (column.values <= most))
        assert np.all(column.values % grid == 0)
        assert set(column.ordinals.tolist()) <= set(people.people.tolist())
    for place in range(len(people.people)):
        alone = lifetime_columns(score, one_of(people, place), parameters=given_, outputs=names)
        for name, column in together.items():
            mine = column.ordinals == place
            assert alone[name].ordinals.tolist() == column.ordinals[mine].tolist()
            assert alone[name].values.tolist() == column.values[mine].tolist()


@given(parameters(), histories(), st.data())
def test_what_else_is_asked_for_changes_no_result(
    given_: LifetimeParameters, people: Summary, data: st.DataObject
) -> None:
    score = named(lifetime(public=given_))
    asked = data.draw(st.frozensets(st.sampled_from(sorted(score.outputs))))
    everything, some = (
        lifetime_columns(score, people, parameters=given_, outputs=names)
        for names in (frozenset(score.outputs), asked)
    )
    assert some.keys() == asked
    for name, column in some.items():
        assert np.array_equal(column.ordinals, everything[name].ordinals)
        assert np.array_equal(column.values, everything[name].values)
