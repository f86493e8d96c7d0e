# SPDX-License-Identifier: Apache-2.0
"""Least squares through the margins equals the dense one, whatever is shown."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from privseg.protect.consistent import Incidence, fit
from tests.twins.naive_least_squares import Dense, dense

MARGINS = ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), ())


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[int], list[int], Incidence]:
    """Return draws of the shown cells, of complete margins, and which cells these sum."""
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2)))
    keys = list(product(*(range(n) for n in shape)))
    shown = draw(st.lists(st.sampled_from(keys), unique=True, min_size=1))
    kept = draw(st.lists(st.sampled_from(MARGINS), unique=True, min_size=1))
    sums: dict[tuple[object, ...], list[tuple[int, ...]]] = {}
    for level, key in product(kept, keys):
        sums.setdefault((level, *(key[i] for i in level)), []).append(key)
    complete = [of for of in sums.values() if all(key in shown for key in of)]
    incidence = tuple(tuple(shown.index(key) for key in of) for of in complete)
    numbers = st.integers(-50, 10**6)
    cells = draw(st.lists(numbers, min_size=len(shown), max_size=len(shown)))
    margins = draw(st.lists(numbers, min_size=len(complete), max_size=len(complete)))
    return cells, margins, incidence


@given(tables())
def test_solving_through_the_margins_equals_dense_least_squares(
    table: tuple[list[int], list[int], Incidence],
) -> None:
    found, twin = fit(*table), dense(*table)
    fitted = (*found.cells, *found.margins)
    assert [f.value for f in fitted] == twin.values
    assert [f.variance for f in fitted] == [twin.covariance[i][i] for i in range(len(fitted))]


@given(tables())
def test_exact_estimates_add_up_to_every_margin(
    table: tuple[list[int], list[int], Incidence],
) -> None:
    found = fit(*table)
    for of, total in zip(table[2], found.margins, strict=True):
        assert sum(found.cells[i].value for i in of) == total.value


@given(tables())
def test_no_estimate_varies_more_than_its_own_draw(
    table: tuple[list[int], list[int], Incidence],
) -> None:
    found = fit(*table)
    assert all(0 < f.variance <= 1 for f in (*found.cells, *found.margins))


@given(tables())
def test_no_weight_exceeds_the_own_one_or_a_half(
    table: tuple[list[int], list[int], Incidence],
) -> None:
    """What the interval's half unit rests on: rows of a projection."""
    twin: Dense = dense(*table)
    for row, variance in ((r, twin.covariance[i][i]) for i, r in enumerate(twin.weights)):
        assert sum(w * w for w in row) == variance
        assert max(abs(w) for w in row) <= max(variance, Fraction(1, 2))
