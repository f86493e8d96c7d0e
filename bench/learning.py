# SPDX-License-Identifier: Apache-2.0
"""``python -m bench learning``: how good models are beside those learned without any privacy.

Personas: 100,000 people with 4 numbers in 6 groups (100,000 x 4, k = 6); inertia as a multiple of
that of scikit-learn's k-means (ten starts), and how alike the groups are to the true ones (adjusted
Rand index). Propensity: 20,000 people with 4 numbers; area under the curve and accuracy on as many
others, beside scikit-learn's logistic regression. Medians of five runs; the data are made once.
"""

from __future__ import annotations

import time
import warnings
from fractions import Fraction
from importlib.metadata import version
from statistics import median
from typing import Any

import numpy as np

from bench.machine import describe
from privseg.protect.learning import Grid, People, learn_personas, learn_propensity, shares

EPSILONS = ("1/2", "1", "2", "4")
RUNS = 5
PEOPLE, GROUPS, NUMBERS = 100_000, 6, 4
TRAINED = 20_000
GRIDS = (Grid(0, 1000, 10),) * NUMBERS
STEP = Fraction(1, 100)
MANY_ROUNDS = 7  # for as many people as this; policy's default is 3, for thousands


def main() -> None:
    print(describe())
    packages = ("diffprivlib", "scikit-learn", "scipy")
    print(", ".join(f"{name} {version(name)}" for name in packages) + "\n")
    _personas(np.random.default_rng(7))
    print()
    _propensity(np.random.default_rng(7))


def _people(values: Any) -> People:
    return People(values, np.ones_like(values, np.bool_))


def _personas(rng: Any) -> None:
    from sklearn.cluster import KMeans  # noqa: PLC0415  # slow to load, and for this alone
    from sklearn.metrics import adjusted_rand_score  # noqa: PLC0415

    middle, group = rng.uniform(0.1, 0.9, (GROUPS, NUMBERS)), rng.integers(0, GROUPS, PEOPLE)
    values = (1000 * (middle[group] + rng.normal(0, 0.05, (PEOPLE, NUMBERS)))).astype(np.int64)
    people = _people(values)
    rows = shares(people, GRIDS)
    plain = KMeans(GROUPS, n_init=10, random_state=1).fit(rows)
    alike = adjusted_rand_score(group, plain.labels_)
    print(f"personas, {PEOPLE:,} people x {NUMBERS} numbers, {GROUPS} groups")
    print(f"  {'':22}{'inertia':>9}{'alike':>8}{'seconds':>9}")
    print(f"  {'k-means, not private':22}{1:9.2f}{alike:8.2f}")
    for rounds in (3, MANY_ROUNDS):
        for epsilon in EPSILONS:
            found = []
            for _ in range(RUNS):
                start = time.perf_counter()
                centres = learn_personas(
                    people, GRIDS, clusters=GROUPS, rounds=rounds, epsilon=Fraction(epsilon)
                )
                took = time.perf_counter() - start
                far = ((rows[:, None] - np.array(centres)[None] / 1000) ** 2).sum(axis=2)
                inertia = far.min(axis=1).sum() / plain.inertia_
                found.append((inertia, adjusted_rand_score(group, far.argmin(axis=1)), took))
            told = [median(column) for column in zip(*found, strict=True)]
            what = f"epsilon {epsilon}, {rounds} rounds"
            print(f"  {what:22}{told[0]:9.2f}{told[1]:8.2f}{told[2]:9.2f}", flush=True)


def _propensity(rng: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    values = rng.integers(0, 1001, (2 * TRAINED, NUMBERS)).astype(np.int64)
    odds = values / 1000 @ np.array([3.0, -2.0, 1.0, 0.0]) - 1.5
    labels = rng.random(2 * TRAINED) < 1 / (1 + np.exp(-odds))
    people, others = _people(values[:TRAINED]), shares(_people(values[TRAINED:]), GRIDS)
    learned, tested = labels[:TRAINED], labels[TRAINED:]
    plain = LogisticRegression().fit(shares(people, GRIDS), learned)

    def quality(scores: Any) -> tuple[float, float]:
        return roc_auc_score(tested, scores), float(((scores > 0) == tested).mean())

    print(f"propensity, {TRAINED:,} people x {NUMBERS} numbers")
    print(f"  {'':22}{'AUC':>9}{'right':>8}{'seconds':>9}")
    area, right = quality(plain.decision_function(others))
    print(f"  {'not private':22}{area:9.3f}{right:8.3f}")
    for epsilon in EPSILONS:
        found = []
        for _ in range(RUNS):
            start = time.perf_counter()
            line = learn_propensity(people, learned, GRIDS, epsilon=Fraction(epsilon), step=STEP)
            took = time.perf_counter() - start
            scores = others @ (np.array(line.weights) / 100) + line.intercept / 100
            found.append((*quality(scores), took))
        told = [median(column) for column in zip(*found, strict=True)]
        print(f"  {'epsilon ' + epsilon:22}{told[0]:9.3f}{told[1]:8.3f}{told[2]:9.2f}", flush=True)
