# SPDX-License-Identifier: Apache-2.0
"""What diffprivlib's claim rests on, and what this project sees to: each is a sentence here."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from fractions import Fraction

import numpy as np
import pytest
from diffprivlib import mechanisms
from diffprivlib.models import KMeans, LogisticRegression
from diffprivlib.utils import PrivacyLeakWarning

from privseg.protect import learning
from privseg.protect.learning import (
    SCALE,
    Grid,
    LearningFailedError,
    People,
    Weights,
    at_most,
    learn_personas,
    learn_propensity,
    regularisation,
    shares,
)

GRIDS = (Grid(18, 90, 2), Grid(0, 1000_00, 10_00), Grid(-50, 50, 5))


def people(number: int, seed: int = 7) -> People:
    rng = np.random.default_rng(seed)
    values = np.column_stack([rng.integers(g.low, g.high + 1, number) for g in GRIDS])
    return People(values.astype(np.int64), rng.random((number, len(GRIDS))) < 0.9)


def of(rows: list[list[int]]) -> People:
    values = np.array(rows, np.int64).reshape(len(rows), len(GRIDS))
    return People(values, np.ones_like(values, np.bool_))


# --- what goes in ---------------------------------------------------------------------------------


def test_numbers_are_clipped_to_the_bounds_and_a_missing_one_stands_in_the_middle() -> None:
    given = of([[-(2**63), 2**63 - 1, 0], [54, 500_00, 50]])
    given.known[1, 2] = False
    assert shares(given, GRIDS).tolist() == [[0.0, 1.0, 0.5], [0.5, 0.5, 0.5]]


def test_shares_are_whole_multiples_of_a_power_of_two_so_that_sums_of_them_are_exact() -> None:
    found = shares(people(5000), GRIDS)
    parts = found * SCALE
    assert (parts == np.floor(parts)).all()
    assert found.min() >= 0
    assert found.max() <= 1
    shuffled = np.random.default_rng(1).permutation(found)
    assert (shuffled.sum(axis=0) == found.sum(axis=0)).all()


@pytest.mark.parametrize("epsilon", ["1/3", "1/2", "7/10", "1", "3"])
def test_the_float_that_diffprivlib_gets_is_never_above_the_epsilon_of_policy(epsilon: str) -> None:
    given = at_most(Fraction(epsilon))
    assert Fraction(given) <= Fraction(epsilon) < Fraction(math.nextafter(given, 9))


# --- diffprivlib's k-means, put right -------------------------------------------------------------


def noises(monkeypatch: pytest.MonkeyPatch, numbers: int, clusters: int = 3) -> list[list[float]]:
    """Return what each noise of one fit spent: a list a round and cluster, the count's first."""
    spent: list[list[float]] = []
    count_noise = mechanisms.GeometricFolded.randomise
    sum_noise = mechanisms.LaplaceBoundedDomain.randomise

    def counted(self: object, value: int) -> int:
        spent.append([self.epsilon / self.sensitivity])  # type: ignore[attr-defined]
        return int(count_noise(self, value))

    def added(self: object, value: float) -> float:
        spent[-1].append(self.epsilon / self.sensitivity)  # type: ignore[attr-defined]
        return float(sum_noise(self, value))

    monkeypatch.setattr(mechanisms.GeometricFolded, "randomise", counted)
    monkeypatch.setattr(mechanisms.LaplaceBoundedDomain, "randomise", added)
    grids = (Grid(0, 10, 1),) * numbers
    rows = np.random.default_rng(5).integers(0, 11, (40, numbers)).astype(np.int64)
    given = People(rows, np.ones_like(rows, np.bool_))
    learn_personas(given, grids, clusters=clusters, rounds=4, epsilon=Fraction(1))
    return spent


@pytest.mark.parametrize("numbers", [1, 4, 5, 8, 12])
def test_all_rounds_together_spend_the_epsilon_and_no_more(
    numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = noises(monkeypatch, numbers)
    for cluster in range(3):  # people are in one cluster a round: the worst of each round adds up
        total = sum(sum(spent[3 * turn + cluster]) for turn in range(4))
        assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("numbers", [5, 8, 12])
def test_diffprivlib_alone_splits_the_other_way_round_and_overspends(numbers: int) -> None:
    model = KMeans(3, epsilon=1.0, bounds=(0, 1))
    count, each = model._split_epsilon(numbers, 4)  # as its _update_centers names them
    assert 4 * (count + numbers * each) > 1.001


def test_every_cluster_gets_noise_in_every_round_whether_anybody_is_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(noises(monkeypatch, 2, clusters=19)) == 4 * 19


def test_how_often_centres_move_does_not_depend_on_how_many_people_there_are() -> None:
    few = learning._personas_model(3, 5, 1.0, 2)._calc_iters(2, 10)
    many = learning._personas_model(3, 5, 1.0, 2)._calc_iters(2, 10_000_000)
    assert few == many == 5


def test_centres_are_points_of_the_public_grids_in_their_order() -> None:
    found = learn_personas(people(300), GRIDS, clusters=5, rounds=3, epsilon=Fraction(1))
    assert len(found) == 5
    assert list(found) == sorted(found)
    assert all(g.holds(v) for centre in found for g, v in zip(GRIDS, centre, strict=True))


def test_centres_lie_near_groups_that_are_far_apart() -> None:
    rng = np.random.default_rng(3)
    here, there = rng.normal(25, 1, (20_000, 3)), rng.normal(80, 1, (20_000, 3))
    values = np.vstack([here, there]).astype(np.int64)
    grids = (Grid(0, 100, 1),) * 3
    given = People(values, np.ones_like(values, np.bool_))
    low, high = learn_personas(given, grids, clusters=2, rounds=5, epsilon=Fraction(4))
    assert all(abs(v - 25) <= 3 for v in low)
    assert all(abs(v - 80) <= 3 for v in high)


# --- diffprivlib's logistic regression, under the conditions of its theorem -----------------------


def test_rows_have_norm_one_at_most_and_the_model_no_intercept_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    fit = LogisticRegression.fit

    def watched(self: LogisticRegression, rows: np.ndarray, labels: np.ndarray) -> object:
        seen.append((self.data_norm, self.fit_intercept, np.linalg.norm(rows, axis=1).max()))
        return fit(self, rows, labels)

    monkeypatch.setattr(LogisticRegression, "fit", watched)
    most = of([[90, 1000_00, 50]])
    learn_propensity(most, np.array([True]), GRIDS, epsilon=Fraction(1), step=Fraction(1, 10))
    ((norm, has_intercept, longest),) = seen
    assert (norm, has_intercept) == (1.0, False)
    assert longest <= 1 + 1e-12


@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.5, 1.0, 2.0, 4.0])
def test_the_regularisation_leaves_half_of_epsilon_for_the_noise(epsilon: float) -> None:
    left = epsilon - 2 * math.log1p(0.25 / regularisation(epsilon))
    assert left >= epsilon / 2 - 1e-12


def test_a_clear_difference_is_found_and_what_makes_none_is_near_nothing() -> None:
    rng = np.random.default_rng(3)
    values = rng.integers(0, 101, (20_000, 2)).astype(np.int64)
    labels = rng.random(20_000) < 1 / (1 + np.exp(2 - values[:, 0] / 25))
    given = People(values, np.ones_like(values, np.bool_))
    grids = (Grid(0, 100, 1),) * 2
    found = learn_propensity(given, labels, grids, epsilon=Fraction(4), step=Fraction(1, 100))
    assert isinstance(found, Weights)
    assert abs(found.weights[0] - 400) < 60
    assert abs(found.weights[1]) < 60
    assert abs(found.intercept + 200) < 60


# --- nothing depends on who is there --------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 2, 50])
@pytest.mark.parametrize("epsilon", ["1/100", "4"])
def test_no_number_of_people_and_no_lack_of_a_label_makes_it_fail(
    number: int, epsilon: str
) -> None:
    given = people(number)
    learn_personas(given, GRIDS, clusters=6, rounds=2, epsilon=Fraction(epsilon))
    for label in (False, True):
        labels = np.full(number, label)
        learn_propensity(given, labels, GRIDS, epsilon=Fraction(epsilon), step=Fraction(1, 100))


@pytest.mark.parametrize("low", [-(2**63), 0, 2**63 - 1])
def test_no_value_makes_it_fail(low: int) -> None:
    given = of([[low] * 3] * 30)
    learn_personas(given, GRIDS, clusters=4, rounds=2, epsilon=Fraction(1))
    labels = np.arange(30) % 2 == 0
    learn_propensity(given, labels, GRIDS, epsilon=Fraction(1), step=Fraction(1))


def test_what_goes_wrong_is_told_by_a_constant_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def loud(*_: object) -> None:
        raise ValueError("somebody is 93 years old")

    monkeypatch.setattr(learning, "_personas_model", loud)
    with pytest.raises(LearningFailedError) as refused:
        learn_personas(people(9), GRIDS, clusters=2, rounds=2, epsilon=Fraction(1))
    assert "93" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_whatever_warns_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def warning(*_: object) -> None:
        warnings.warn("bounds come from the data", PrivacyLeakWarning, stacklevel=2)

    monkeypatch.setattr(learning, "_personas_model", warning)
    with pytest.raises(LearningFailedError):
        learn_personas(people(9), GRIDS, clusters=2, rounds=2, epsilon=Fraction(1))


def test_two_fits_of_the_same_people_are_not_the_same() -> None:
    """Two centres of 2**20 points each, nearly all noise: alike with a chance far below 1e-6."""
    grids = (Grid(0, 2**20, 1),) * 2
    rows = np.full((5, 2), 2**19, np.int64)
    given = People(rows, np.ones_like(rows, np.bool_))
    first, second = (
        learn_personas(given, grids, clusters=2, rounds=2, epsilon=Fraction(1)) for _ in "ab"
    )
    assert first != second


def test_diffprivlib_is_loaded_by_nothing_but_learning() -> None:
    code = (
        "import sys, privseg.protect.learning, privseg.engine, privseg.cli.app\n"
        "print([m for m in ('diffprivlib', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
