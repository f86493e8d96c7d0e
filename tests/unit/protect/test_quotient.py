# SPDX-License-Identifier: Apache-2.0
"""The interval of a quotient with shared draws: exact coverage given publication."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import isqrt

import pytest
from scipy.stats import norm

from privseg.protect import linear
from privseg.protect.quotient import (
    COUNT_ALPHA,
    FAR_SEEN,
    UNSEEN,
    QuotientLaw,
    Shared,
    printable_from,
    quotient,
)
from tests.twins import noise_law

SHARE = ((1, 1), (0, 1))  # (top, bottom) of each draw
SCORE = ((1, 1), (-1, 1))  # promoters less detractors
PART = ((1, 0), (0, 1))  # two draws, none shared
JACCARD = ((1, 1), (0, 2))


def law(kind: tuple[tuple[int, int], ...], drawn: tuple[int, ...], sigma2: Fraction) -> QuotientLaw:
    draws = (Shared(*k, x, sigma2) for k, x in zip(kind, drawn, strict=True))
    return QuotientLaw(tuple(draws))


def exact_coverage(
    kind: tuple[tuple[int, int], ...], truths: tuple[int, ...], sigma2: Fraction, steps: int = 1000
) -> float:
    """Return P[the interval holds the quotient | it is printed], every noise summed."""
    top, bottom = (sum(k[i] * x for k, x in zip(kind, truths, strict=True)) for i in (0, 1))
    likely = {x: p for x, p in noise_law.pmf(sigma2).items() if p > 1e-9}
    printed = covered = 0.0
    for noise in product(likely, repeat=len(truths)):
        found = law(kind, tuple(x + e for x, e in zip(truths, noise, strict=True)), sigma2)
        if not found.is_printable:
            continue
        chance = 1.0
        for e in noise:
            chance *= likely[e]
        _, low, high = found.interval(steps, None, None)
        printed += chance
        covered += chance * (low * bottom <= steps * top <= high * bottom)
    return covered / printed


def truths_of(kind: tuple[tuple[int, int], ...], shift: int, share: Fraction) -> tuple[int, ...]:
    """Return truths whose bottom is ``shift`` deviations from the bar."""
    variance = 2 * sum(b * b for _, b in kind)
    bottom = max(1, printable_from(Fraction(variance)) + shift * isqrt(variance))
    if kind is PART:
        return round(share * bottom), bottom
    first = round(share * bottom)
    return first, max(0, bottom - first) // kind[1][1]


@pytest.mark.parametrize("kind", [SHARE, SCORE, PART, JACCARD])
@pytest.mark.parametrize("shift", [-4, -2, 0, 3, 7])
@pytest.mark.parametrize("share", ["0", "1/3", "1"])
def test_given_publication_a_quotient_is_covered_at_least_95_percent_of_the_time(
    kind: tuple[tuple[int, int], ...], shift: int, share: str
) -> None:
    truths = truths_of(kind, shift, Fraction(share))
    assert exact_coverage(kind, truths, Fraction(2)) >= 0.95


def test_far_from_the_bar_the_interval_is_little_longer_than_it_must_be() -> None:
    assert exact_coverage(SHARE, (300, 500), Fraction(9), 10**6) < 0.965


def test_fiellers_region_alone_would_not_cover_where_publication_bends_the_noise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the box is there for a reason."""
    truths = truths_of(PART, -3, Fraction(1))
    assert exact_coverage(PART, truths, Fraction(2)) >= 0.95
    monkeypatch.setattr(QuotientLaw, "is_near", property(lambda _: False))
    assert exact_coverage(PART, truths, Fraction(2)) < 0.95


def test_noise_counted_for_half_would_not_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the variance is there for a reason."""
    reach: Callable[..., tuple[Fraction, Fraction]] = linear.reach
    monkeypatch.setattr(
        "privseg.protect.quotient._fieller_reach",
        lambda sigma2, terms: (reach(Fraction(1, 20), sigma2=sigma2, terms=terms)[0] / 2, 0),
    )
    assert exact_coverage(SHARE, (200, 300), Fraction(4)) < 0.95


@pytest.mark.parametrize("sigma2", ["1", "2", "40"])
@pytest.mark.parametrize("terms", [2, 10])
def test_the_constants_add_up_as_the_proof_says(sigma2: str, terms: int) -> None:
    raised, lowered = map(float, linear.factors(sigma2=Fraction(sigma2), terms=terms))
    assert norm.sf(2.5) <= float(UNSEEN)
    assert norm.sf(3.5) / norm.cdf(2.5) <= float(FAR_SEEN)
    far = 0.05 * (1 - float(UNSEEN) * raised) / (1 - norm.sf(2.5) * raised)
    near = float(COUNT_ALPHA) + (0.05 - float(COUNT_ALPHA) - float(FAR_SEEN) * raised / lowered)
    assert far <= 0.05
    assert near + norm.sf(3.5) / norm.cdf(2.5) * raised / lowered <= 0.05


@pytest.mark.parametrize("sigma2", [Fraction(1), Fraction(4, 3), Fraction(40), Fraction(10**9)])
@pytest.mark.parametrize("weight", [1, 7])
def test_the_bar_is_at_most_a_coarsest_unit_above_five_deviations(
    sigma2: Fraction, weight: int
) -> None:
    least = 25 * sigma2 * weight**2
    bar = printable_from(sigma2 * weight**2)
    assert least <= bar**2
    assert max(0, bar - weight) ** 2 <= least


def test_the_interval_is_bounded_wherever_it_is_printed() -> None:
    """At the bar itself, with tops of any size."""
    for kind in (SHARE, SCORE, PART, JACCARD):
        for top in (-(10**6), -50, 0, 50, 10**6):
            sigma2 = Fraction(40)
            bar = law(kind, (0, 0), sigma2).bar
            found = law(kind, (top, bar - top * kind[0][1]), sigma2)
            if found.is_printable:
                value, low, high = found.interval(100, None, None)
                assert low <= value <= high


def test_ends_are_cut_where_a_quotient_cannot_be() -> None:
    draws = [Shared(1, 1, 3, Fraction(40)), Shared(0, 1, 97, Fraction(40))]
    found = quotient(draws, decimals=4, lowest=0, highest=1)
    assert found is not None
    assert found.low == 0 < found.value < found.high <= 10**4
    mirrored = quotient([Shared(0, 1, 3, Fraction(40)), Shared(1, 1, 97, Fraction(40))],
                        decimals=4, lowest=0, highest=1)  # fmt: skip
    assert mirrored is not None
    assert (mirrored.low, mirrored.high) == (10**4 - found.high, 10**4 - found.low)


def test_a_value_beyond_the_cut_is_drawn_to_it() -> None:
    draws = [Shared(1, 1, -9, Fraction(40)), Shared(0, 1, 200, Fraction(40))]
    found = quotient(draws, lowest=0)
    assert found is not None
    assert found.low == found.value == 0


def test_a_quotient_over_a_small_number_is_not_printed() -> None:
    def of(n: int) -> object:
        return quotient([Shared(1, 0, 9, Fraction(40)), Shared(0, 1, n, Fraction(40))])

    assert of(31) is None
    assert of(32) is not None
    with pytest.raises(ValueError, match="not printed"):
        law(PART, (9, 31), Fraction(40)).interval(100, None, None)


@pytest.mark.parametrize(
    "draws",
    [
        [Shared(1, 0, 5, Fraction(40))],
        [Shared(1, 1, 50, Fraction(9, 10)), Shared(0, 1, 50, Fraction(40))],
    ],
)
def test_what_nothing_is_proved_for_is_refused(draws: list[Shared]) -> None:
    with pytest.raises(ValueError, match="proved"):
        quotient(draws)


def test_shared_draws_make_a_share_more_certain_than_separate_ones() -> None:
    shared = quotient(
        [Shared(1, 1, 900, Fraction(40)), Shared(0, 1, 100, Fraction(40))], decimals=4
    )
    apart = quotient(
        [Shared(1, 0, 900, Fraction(40)), Shared(0, 1, 1000, Fraction(40))], decimals=4
    )
    assert shared is not None
    assert apart is not None
    assert shared.high - shared.low < 0.8 * (apart.high - apart.low)


def test_more_in_the_bottom_makes_a_shorter_interval() -> None:
    lengths = [
        high - low
        for n in (60, 600, 6000)
        for _, low, high in [
            law(SHARE, (n // 3, n - n // 3), Fraction(40)).interval(10**4, None, None)
        ]
    ]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 5 * lengths[-1]
