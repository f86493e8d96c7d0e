# SPDX-License-Identifier: Apache-2.0
"""The red team's table: each attack on exact answers and on ours, beside its bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

import numpy as np
from scipy.stats import norm

from tests.redteam import inference, numeric
from tests.redteam.chance import FALSE_ALARM, bounds, most_right
from tests.redteam.coverage import MEASURED
from tests.redteam.inference import Guesses

SEEDS = 160
HALF = Fraction(1, 2)
RHOS = (("0.5", HALF), ("0.0882", Fraction(882, 10_000)), ("0.0244", Fraction(244, 10_000)))
HOLDS, BROKEN = "holds", "BROKEN"


@dataclass(frozen=True)
class Row:
    """One attack: what it gets of exact answers, of ours, and the most that it may get."""

    attack: str
    exact: str
    ours: str
    bound: str
    verdict: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as texts."""
        return self.attack, self.exact, self.ours, self.bound, self.verdict


HEAD = Row("attack", "exact answers", "privseg", "bound", "verdict")


def rows(*, trials: int = 2_000) -> Iterator[Row]:
    """Run every attack that ends in a number, one after the other."""
    for name, target in inference.TARGETS.items():
        exact = inference.who_was_in(target, rho=HALF, trials=50, exact=True)
        found = inference.who_was_in(target, rho=HALF, trials=trials // 2)
        yield _guessed(f"who was in: {name}, rho 0.5", exact, found, most_right(0.5))
    year = inference.of_year()
    exact = inference.who_was_in(year, rho=HALF, trials=10, exact=True)
    found = inference.who_was_in(year, rho=HALF, trials=trials // 4)
    yield _guessed("who was in: a year of weeks, rho 0.5 in all", exact, found, most_right(0.5))
    yield from _reconstructions()
    yield _guessed(
        "tracker of three counts, rho 0.5 in all",
        inference.tracked(None, trials=100),
        inference.tracked(HALF, trials=trials),
        most_right(0.5),
    )
    yield _guessed(
        "who withdrew between two reports, rho 2 in all",
        inference.between_two_reports(None, trials=100),
        inference.between_two_reports(HALF, trials=trials),
        most_right(2.0),
    )
    yield _precision()
    yield from _bars()


def _guessed(attack: str, exact: Guesses, found: Guesses, limit: float) -> Row:
    low, _ = bounds(found.right, found.trials, alpha=2 * FALSE_ALARM)
    verdict = HOLDS if low <= limit else BROKEN
    return Row(attack, _percent(exact.share), _percent(found.share), _at_most(limit), verdict)


def _reconstructions() -> Iterator[Row]:
    for by, said in (("ridge", "ridge regression"), ("l1", "linear program")):
        whole = np.mean(inference.reconstructions(None, seeds=5, by=by))
        for text, rho in RHOS:
            found = inference.reconstructions(rho, seeds=SEEDS, by=by)
            mean, error = float(np.mean(found)), float(np.std(found)) / sqrt(SEEDS)
            limit = float(norm.cdf(sqrt(rho) / 2))
            verdict = HOLDS if mean - norm.isf(FALSE_ALARM) * error <= limit else BROKEN
            name = f"bits rebuilt from 400 counts, {said}, rho {text} in all"
            yield Row(name, _percent(float(whole)), _percent(mean), _at_most(limit), verdict)


def _precision() -> Row:
    def told(noisy: numeric.Noisy) -> str:
        try:
            numeric.precision_tells_nothing(noisy)
        except AssertionError:
            return "told apart"
        return "nothing"

    theirs, ours = told(numeric.float_laplace()), told(numeric.ours)
    verdict = HOLDS if ours == "nothing" and theirs == "told apart" else BROKEN
    return Row("digits of noise (beside diffprivlib's Laplace)", theirs, ours, "nothing", verdict)


def _bars() -> Iterator[Row]:
    for measure in MEASURED:
        for name, covered in measure().items():
            verdict = HOLDS if covered.is_honest else BROKEN
            share = f"{_percent(covered.share)} of {covered.printed}"
            yield Row(f"error bar: {name}", "", share, "at least 95.0 %", verdict)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _at_most(share: float) -> str:
    return f"at most {_percent(share)}"


def markdown(found: list[Row]) -> str:
    """Return the table as it stands in the documents."""
    lines = [HEAD.cells, ("---",) * len(HEAD.cells), *(r.cells for r in found)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
