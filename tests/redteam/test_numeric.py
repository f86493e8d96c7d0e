# SPDX-License-Identifier: Apache-2.0
"""No attack on floating point, precision, overflow or order works; each works on its control."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.protect import linear, many, mechanism, sampler, tail, threshold
from tests.redteam import numeric


def test_precision_tells_neighbours_not_apart() -> None:
    numeric.precision_tells_nothing(numeric.ours)


def test_precision_does_tell_them_apart_where_noise_is_a_float() -> None:
    with pytest.raises(AssertionError):
        numeric.precision_tells_nothing(numeric.float_laplace())


def test_every_value_is_reached_from_both_neighbours() -> None:
    numeric.every_value_is_reached_from_both(numeric.ours)


def test_values_of_floats_are_reached_from_one_neighbour_alone() -> None:
    with pytest.raises(AssertionError):
        numeric.every_value_is_reached_from_both(numeric.float_laplace())


def test_sums_are_exact_in_any_order_and_never_wrap() -> None:
    numeric.sums_are_exact(numeric.by_cell)


@pytest.mark.parametrize("control", [numeric.wrapping, numeric.floating])
def test_sums_in_64_bits_and_in_floats_are_caught(control: object) -> None:
    with pytest.raises(AssertionError):
        numeric.sums_are_exact(control)  # type: ignore[arg-type]


def test_what_is_released_are_whole_numbers() -> None:
    numeric.released_numbers_are_whole()


def test_the_noise_is_made_without_floats() -> None:
    numeric.no_float_is_made([sampler, mechanism, tail, threshold])


def test_a_module_with_floats_is_caught() -> None:
    with pytest.raises(AssertionError):
        numeric.no_float_is_made([random])


def test_the_array_sampler_draws_from_the_given_bits_alone() -> None:
    assert "default_rng" not in Path(many.__file__).read_text("utf-8")


def test_no_quantile_or_key_is_chosen_by_noisy_scores() -> None:
    numeric.no_exponential_mechanism()


def test_tallies_that_are_no_numbers_or_beyond_their_bounds_are_refused_before_any_draw() -> None:
    numeric.strange_tallies_are_refused()


def test_an_error_bar_over_thousands_of_fine_draws_is_wider_and_not_refused() -> None:
    """A table may show more cells than the sharper bound bears, and nobody knows that before."""
    sharp = linear.reach(linear.ALPHA, sigma2=Fraction(3, 2), terms=2_000)
    wide = linear.reach(linear.ALPHA, sigma2=Fraction(3, 2), terms=3_000)
    assert wide[0] > sharp[0]
