# SPDX-License-Identifier: Apache-2.0
"""Learning with diffprivlib: the one module that knows it, and loads it only when something learns.

Nothing here is proved by this project. The pure epsilon is what diffprivlib claims, in floating
point. Where its models rest on what does not hold of every table, this module sees to it that it
does (each is a test):

- all numbers are clipped and brought to [0, 1] here, in whole multiples of 2**-20: bounds are those
  of policy, and float sums of fewer than 2**32 people are exact;
- k-means (Su et al. 2016) split its epsilon the wrong way round (from five features on it spent
  more than it was given), left empty clusters as they were, and made as many rounds as the number
  of people asked for: here it is split as published, every cluster gets noise, and the rounds are
  policy's;
- logistic regression (Chaudhuri et al. 2011, algorithm 2, theorem 9) needs rows of norm at most 1
  and a regularised intercept: rows are (numbers, 1) divided by the root of their length, and the
  model has no intercept of its own; it is solved to 1e-10, since the proof is of the exact optimum;
- made-up people in the middle of the bounds are always added, so that no table is too small and no
  label is missing: whether it fails does not depend on who is there.

Whatever warns is an error, and what goes wrong is told by a constant message.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from privseg.errors import DisclosureError

SCALE = 2**20  # parts of [0, 1]
WIDEST = 2**40  # of bounds: clipped numbers times SCALE stay within 64 bits
LARGEST_WEIGHT = 1000  # of a coefficient: more than any noise that tells anything
TOLERANCE = 1e-10
ITERATIONS = 100_000
SOLVER_SPELLING = r"scipy\.optimize: The `disp` and `iprint` options"
"""What SciPy 1.17 says of how diffprivlib calls its solver: of the program, never of data."""

Answer = TypeVar("Answer")


class LearnerMissingError(DisclosureError):
    """diffprivlib is not installed, or does not load; nothing was read or charged."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            "diffprivlib does not load, so nothing can be learned, and nothing was read or charged;"
            " install privseg anew with the versions that it names"
        )


class LearningFailedError(DisclosureError):
    """A model could not be made; the message never depends on the data."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__("the model could not be made; what was charged stays charged")


@dataclass(frozen=True, slots=True)
class Grid:
    """Bounds of a number and the step that what is told of it is rounded to: all from policy.

    >>> Grid(18, 90, 4).rounded(0.26)
    38
    """

    low: int
    high: int
    step: int

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing, and steps that do not lead from one to the other."""
        span = self.high - self.low
        if not 0 < span <= WIDEST or self.step < 1 or span % self.step:
            raise ValueError("bounds rise by a whole number of steps")

    def rounded(self, share: float) -> int:
        """Return the point of the grid nearest to a share of the way from low to high."""
        steps = (self.high - self.low) // self.step
        return self.low + self.step * min(max(round(share * steps), 0), steps)

    def holds(self, value: int) -> bool:
        """Return whether a number is a point of the grid."""
        return self.low <= value <= self.high and not (value - self.low) % self.step


@dataclass(frozen=True, slots=True)
class People:
    """One row a person: numbers as stored, and whether each is known. Personal data."""

    values: NDArray[np.int64] = field(repr=False)
    known: NDArray[np.bool_] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Weights:
    """A line through numbers brought to [0, 1], each in whole steps of ``step``."""

    intercept: int
    weights: tuple[int, ...]


def ready() -> str:
    """Load diffprivlib; return its version. Called before anything is read or charged.

    Raises:
        LearnerMissingError: it does not load.
    """
    try:
        _models()
        return version("diffprivlib")
    except (ImportError, PackageNotFoundError):
        raise LearnerMissingError from None


def learn_personas(
    people: People, grids: Sequence[Grid], *, clusters: int, rounds: int, epsilon: Fraction
) -> tuple[tuple[int, ...], ...]:
    """Return the centres of ``clusters`` groups of like people, on the grids and in their order.

    Claimed: pure epsilon-DP under adding or removing one person.

    Raises:
        LearningFailedError: it could not be made.
    """

    def work() -> tuple[tuple[int, ...], ...]:
        rows = shares(people, grids)
        rows = np.vstack([rows, np.full((clusters, len(grids)), 0.5)])
        model = _personas_model(clusters, rounds, at_most(epsilon), len(grids))
        centres = np.asarray(model.fit(rows).cluster_centers_, np.float64)
        if not np.isfinite(centres).all():
            raise ArithmeticError
        found = [[g.rounded(float(c)) for g, c in zip(grids, row, strict=True)] for row in centres]
        return tuple(sorted(tuple(row) for row in found))

    return _withheld(work)


def learn_propensity(
    people: People,
    labels: NDArray[np.bool_],
    grids: Sequence[Grid],
    *,
    epsilon: Fraction,
    step: Fraction,
) -> Weights:
    """Return a logistic regression of ``labels`` on numbers brought to [0, 1].

    Claimed: pure epsilon-DP under adding or removing one person (and under changing one).

    Raises:
        LearningFailedError: it could not be made.
    """

    def work() -> Weights:
        size = math.sqrt(len(grids) + 1)
        rows = np.vstack([shares(people, grids), np.full((2, len(grids)), 0.5)])
        rows = np.hstack([rows, np.ones((len(rows), 1))]) / size
        target = np.concatenate([labels.astype(np.int64), [0, 1]])
        model = _propensity_model(at_most(epsilon)).fit(rows, target)
        line = [_weight(float(w) / size, step) for w in model.coef_[0]]
        return Weights(line[-1], tuple(line[:-1]))

    return _withheld(work)


def shares(people: People, grids: Sequence[Grid]) -> NDArray[np.float64]:
    """Return each number as a share of the way from low to high; missing ones in the middle.

    In whole numbers up to the last step, which is exact: multiples of 2**-20.
    """
    found = np.empty(people.values.shape, np.float64)
    for n, grid in enumerate(grids):
        span = grid.high - grid.low
        clipped = np.clip(people.values[:, n], grid.low, grid.high) - grid.low
        parts = (clipped * SCALE + span // 2) // span
        found[:, n] = np.where(people.known[:, n], parts, SCALE // 2) / SCALE
    return found


def at_most(epsilon: Fraction) -> float:
    """Return the largest float that is not above ``epsilon``."""
    near = float(epsilon)
    return math.nextafter(near, 0) if Fraction(near) > epsilon else near


def regularisation(epsilon: float) -> float:
    """Return the least weight of the norm with which half of epsilon is left for the noise.

    Chaudhuri et al. 2011, algorithm 2 (its Delta), with losses whose second derivative is at most
    1/4; at least 1. Public: it depends on epsilon alone.
    """
    return max(1.0, 0.25 / math.expm1(epsilon / 4))


def _withheld(work: Callable[[], Answer]) -> Answer:
    """Return what ``work`` makes; a warning is an error, and no error of it tells anything.

    Raises:
        LearningFailedError: it failed.
    """
    _models()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", SOLVER_SPELLING, DeprecationWarning)
            return work()
    except Exception:  # noqa: BLE001  # any message could tell of data: a constant one leaves
        raise LearningFailedError from None


def _weight(weight: float, step: Fraction) -> int:
    """Return a coefficient in whole steps, no larger than can mean anything."""
    most = LARGEST_WEIGHT * step.denominator // step.numerator
    return min(max(round(Fraction(weight) / step), -most), most)


def _models() -> Any:
    """Return diffprivlib's models, loaded at the first use; what its import warns of is past."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from diffprivlib import models  # noqa: PLC0415  # takes two seconds
    return models


def _personas_model(clusters: int, rounds: int, epsilon: float, numbers: int) -> Any:
    """Return diffprivlib's k-means with its budget, rounds and empty clusters put right."""
    from diffprivlib import BudgetAccountant  # noqa: PLC0415
    from diffprivlib.mechanisms import GeometricFolded, LaplaceBoundedDomain  # noqa: PLC0415

    class Personas(_models().KMeans):  # type: ignore[misc]  # diffprivlib has no types
        def _calc_iters(self, n_dims: int, n_samples: int, rho: float = 0.225) -> int:
            del n_dims, n_samples, rho
            return rounds

        def _update_centers(
            self,
            X: Any,  # noqa: N803  # as diffprivlib calls it
            centers: Any,
            labels: Any,
            dims: int,
            total_iters: int,
            random_state: Any,
        ) -> Any:
            each_sum, each_count = self._split_epsilon(dims, total_iters)
            count_noise = GeometricFolded(
                epsilon=each_count, sensitivity=1, lower=0.5, upper=math.inf,
                random_state=random_state,
            )  # fmt: skip
            for cluster in range(self.n_clusters):
                own = X[labels == cluster]
                count = count_noise.randomise(len(own))
                noise = LaplaceBoundedDomain(
                    epsilon=each_sum, sensitivity=1.0, lower=0.0, upper=float(count),
                    random_state=random_state,
                )  # fmt: skip
                sums = own.sum(axis=0)
                centers[cluster] = [noise.randomise(float(s)) / count for s in sums]
            return centers

    bounds = (np.zeros(numbers), np.ones(numbers))
    return Personas(clusters, epsilon=epsilon, bounds=bounds, accountant=BudgetAccountant())


def _propensity_model(epsilon: float) -> Any:
    """Return diffprivlib's logistic regression, under the conditions of its theorem."""
    from diffprivlib import BudgetAccountant  # noqa: PLC0415

    return _models().LogisticRegression(
        epsilon=epsilon,
        data_norm=1.0,
        C=1 / regularisation(epsilon),
        fit_intercept=False,
        tol=TOLERANCE,
        max_iter=ITERATIONS,
        accountant=BudgetAccountant(),
    )
