# SPDX-License-Identifier: Apache-2.0
"""The two models of a lifetime value: their mathematics, and when they are not fitted."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.policy.scores import LifetimeParameters
from privseg.segment.scores import NotFittedError, Summary, fit
from privseg.segment.scores import bg_nbd as times
from privseg.segment.scores import gamma_gamma as money
from privseg.segment.scores.fitting import maximise
from privseg.segment.scores.lifetime import MOST, on_grid
from tests.twins.naive_scores import naive_lifetime
from tests.twins.score_worlds import lifetime, named

parameter = st.floats(0.05, 20)


def summary(*, repeats: list[int], last: list[int], worth: list[int], age: int = 300) -> Summary:
    x, t = np.array(repeats, dtype=np.int64), np.array(last, dtype=np.int64)
    return Summary(
        people=np.arange(len(x), dtype=np.uint32),
        repeats=x,
        last=t,
        age=np.full(len(x), age, dtype=np.int64),
        valued=x,
        worth=np.array(worth, dtype=np.int64),
    )


def past(x: float, t_x: float, age: float) -> times.Past:
    return times.Past(*(np.array([n], dtype=np.float64) for n in (x, t_x, age, 1)))


@given(
    st.tuples(parameter, parameter, parameter, parameter),
    st.integers(0, 60),
    st.floats(0, 1),
    st.integers(0, 300),
    st.integers(1, 104),
)
def test_expected_purchases_and_alive_are_the_integrals_of_the_model(
    p: tuple[float, ...], x: int, share: float, age: int, horizon: int
) -> None:
    t_x = Fraction(share).limit_denominator(50) * age if x else Fraction(0)
    given_ = LifetimeParameters(*map(Fraction, p), Fraction(1), Fraction(2), Fraction(1))
    bought, alive = naive_lifetime(given_, x=x, t_x=t_x, age=Fraction(age), horizon=horizon)
    person = past(x, float(t_x), age)
    own = times.Parameters(*p)
    assert times.alive(own, person)[0] == pytest.approx(alive, rel=1e-9, abs=1e-200)
    found = times.expected_purchases(own, person, horizon=float(horizon))[0]
    assert found == pytest.approx(bought, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b"), [(1.0, 2.0), (1 + 1e-9, 2.0), (0.25, 0.75), (0.5, 0.5 - 1e-12), (1.0, 0.05)]
)
@pytest.mark.parametrize("x", [0, 1, 7])
def test_poles_of_the_closed_form_are_none_of_the_expectation(a: float, b: float, x: int) -> None:
    p = LifetimeParameters(
        *(Fraction(n) for n in (0.25, 4.5, a, b)), Fraction(1), Fraction(2), Fraction(1)
    )
    bought, _ = naive_lifetime(p, x=x, t_x=Fraction(x), age=Fraction(30), horizon=39)
    person = past(x, x, 30)
    found = times.expected_purchases(times.Parameters(0.25, 4.5, a, b), person, horizon=39.0)
    assert found[0] == pytest.approx(bought, rel=1e-6)


@pytest.mark.parametrize("a", [9.0, 45.0])
def test_where_people_are_sure_to_stop_soon_nothing_cancels_out(a: float) -> None:
    p = LifetimeParameters(*map(Fraction, (1, 1, a, 1, 1, 2, 1)))
    bought, _ = naive_lifetime(p, x=0, t_x=Fraction(0), age=Fraction(0), horizon=32)
    own = times.Parameters(1, 1, a, 1)
    found = times.expected_purchases(own, past(0, 0, 0), horizon=32.0)
    assert found[0] == pytest.approx(bought, rel=1e-9)


def test_thousands_of_purchases_do_not_overflow() -> None:
    person = past(50_000, 3000, 3000)
    own = times.Parameters(0.243, 4.414, 0.793, 2.426)
    found = times.expected_purchases(own, person, horizon=52.0)
    assert found[0] == pytest.approx(50_000 / 3000 * 52, rel=0.01)


def test_who_has_not_bought_again_counts_as_alive() -> None:
    own = times.Parameters(0.243, 4.414, 0.793, 2.426)
    assert times.alive(own, past(0, 0, 1000))[0] == 1


def test_long_silence_after_many_purchases_is_death() -> None:
    own = times.Parameters(0.243, 4.414, 0.793, 2.426)
    assert times.alive(own, past(500, 10, 10_000))[0] < 1e-100


@given(st.tuples(parameter, parameter, parameter, parameter), st.integers(0, 20))
def test_the_slope_of_bg_nbd_is_that_of_its_likelihood(p: tuple[float, ...], x: int) -> None:
    person = past(x, 0.5 * bool(x), 9)

    def height(q: np.ndarray) -> tuple[float, np.ndarray]:
        return times.log_likelihood(times.Parameters(*q), person)

    _slope_fits(height, np.array(p))


@given(st.tuples(parameter, parameter, parameter), st.integers(1, 20), st.floats(0.01, 999))
def test_the_slope_of_gamma_gamma_is_that_of_its_likelihood(
    p: tuple[float, ...], x: int, total: float
) -> None:
    person = money.Spent(np.array([float(x)]), np.array([total]), np.array([1.0]))

    def height(q: np.ndarray) -> tuple[float, np.ndarray]:
        return money.log_likelihood(money.Parameters(*q), person)

    _slope_fits(height, np.array(p))


def _slope_fits(height, at: np.ndarray) -> None:
    _, slope = height(at)
    for n, step in enumerate(np.diag(at * 1e-6)):
        rise = height(at + step)[0] - height(at - step)[0]
        assert slope[n] == pytest.approx(rise / (2 * step[n]), rel=1e-3, abs=1e-4)


def test_nobody_who_bought_again_is_not_fitted() -> None:
    people = summary(repeats=[0, 0], last=[0, 0], worth=[0, 0])
    with pytest.raises(NotFittedError, match="nobody bought a second time"):
        fit(named(lifetime(public=None)), [people])


def test_nobody_at_all_is_not_fitted() -> None:
    with pytest.raises(NotFittedError, match="nobody bought a second time"):
        fit(named(lifetime(public=None)), [])


def simulated(own: times.Parameters, people: int, *, age: int = 300) -> Summary:
    """Draw people from the model itself, as the paper tells the story; days are not rounded up."""
    rng = np.random.default_rng(7)
    lines = []
    for rate, stop in zip(
        rng.gamma(own.r, 1 / own.alpha, people), rng.beta(own.a, own.b, people), strict=True
    ):
        time, bought = 0.0, []
        while (time := time + rng.exponential(1 / rate)) <= age and (bought.append(time) or True):
            if rng.random() < stop:
                break
        lines.append((len(bought), int(max(bought, default=0))))
    repeats, last = (list(column) for column in zip(*lines, strict=True))
    return summary(repeats=repeats, last=last, worth=[0] * people, age=age)


def test_the_parameters_of_simulated_people_are_found_again() -> None:
    own = times.Parameters(0.8, 40.0, 0.9, 2.5)
    found = times.fit([simulated(own, 20_000)], period_days=1)
    assert found == pytest.approx(own, rel=0.1)


def test_a_period_is_a_unit_of_time_and_nothing_else() -> None:
    people = [simulated(times.Parameters(0.8, 40.0, 0.9, 2.5), 2_000)]
    by_day, by_week = (times.fit(people, period_days=n) for n in (1, 7))
    assert by_week._replace(alpha=7 * by_week.alpha) == pytest.approx(by_day, rel=1e-4)


def test_purchases_worth_nothing_are_not_fitted() -> None:
    people = simulated(times.Parameters(0.8, 40.0, 0.9, 2.5), 2_000)
    with pytest.raises(NotFittedError, match="for a known amount") as refused:
        fit(named(lifetime(public=None)), [people])
    assert refused.value.model == "Gamma-Gamma"


def test_where_nobody_ever_seems_to_stop_the_chance_to_stop_is_not_told() -> None:
    rng = np.random.default_rng(7)
    repeats = rng.negative_binomial(2, 0.2, size=500)
    people = summary(repeats=repeats.tolist(), last=(300 * (repeats > 0)).tolist(), worth=[0] * 500)
    with pytest.raises(NotFittedError, match="do not tell"):
        times.fit([people], period_days=7)


def test_people_who_are_all_alike_tell_no_parameters() -> None:
    people = summary(repeats=[3] * 50, last=[200] * 50, worth=[3000] * 50)
    with pytest.raises(NotFittedError) as refused:
        fit(named(lifetime(public=None)), [people])
    assert "3000" not in str(refused.value)
    assert refused.value.model == "BG/NBD"


def test_where_the_first_search_cannot_see_a_slope_the_second_finds_the_top() -> None:
    top = np.array([2.0, 0.5])

    def hill(p: np.ndarray) -> tuple[float, np.ndarray]:
        away = np.log(p) - np.log(top)
        near = float(np.abs(away).max()) < 0.1
        slope = -2 * away / p if near else np.full(2, np.nan)
        return -float(away @ away), slope

    assert maximise("hill", hill, start=np.array([30.0, 9.0])) == pytest.approx(top)


def test_a_likelihood_without_a_top_is_refused() -> None:
    def rising(p: np.ndarray) -> tuple[float, np.ndarray]:
        return float(np.log(p).sum()), 1 / p

    with pytest.raises(NotFittedError, match="these people do not tell") as refused:
        maximise("rising", rising, start=np.ones(2))
    assert refused.value.model == "rising"


def test_a_likelihood_that_is_nowhere_flat_is_refused() -> None:
    def cusp(p: np.ndarray) -> tuple[float, np.ndarray]:
        away = np.log(p) - 1
        return -float(np.abs(away).sum()), -np.where(away < 0, -1.0, 1.0) / p

    with pytest.raises(NotFittedError, match="does not converge"):
        maximise("cusp", cusp, start=np.ones(2))


@pytest.mark.parametrize(
    ("value", "grid", "rounded"),
    [(249, 100, 200), (251, 100, 300), (250, 100, 200), (350, 100, 400), (0.49, 1, 0), (6.9, 7, 7)],
)
def test_a_result_goes_to_the_nearest_step_and_a_tie_to_the_even_one(
    value: float, grid: int, rounded: int
) -> None:
    assert on_grid(np.array([value]), grid).tolist() == [rounded]


@given(st.lists(st.floats(0, 1e30), max_size=5), st.sampled_from([1, 7, 100, 10**12]))
def test_a_result_on_its_grid_is_the_nearest_multiple(values: list[float], grid: int) -> None:
    for value, rounded in zip(values, on_grid(np.array(values), grid).tolist(), strict=True):
        assert rounded % grid == 0
        exact = min(Fraction(value), Fraction(MOST))
        assert abs(rounded - exact) <= Fraction(grid) * Fraction("1.0001") / 2 + abs(exact) / 2**50
