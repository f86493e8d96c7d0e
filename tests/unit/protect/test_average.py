# SPDX-License-Identifier: Apache-2.0
"""The interval of an average: exact coverage given publication, by summing both noises."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from scipy.stats import norm

from privseg.protect.average import Ratio, decimals_of
from privseg.protect.quotient import QuotientLaw, printable_from
from tests.twins import noise_law


def ratio(centred: int, events: int, setting: tuple[str, str, int, int]) -> Ratio:
    return Ratio(centred, events, Fraction(setting[0]), Fraction(setting[1]), *setting[2:])


SCORES = ("640", "40", 1, 5)  # a survey score from 1 to 5, rho 1/40
COARSE = ("1", "1", 0, 1)
WIDE_BOUNDS = ("360000", "90", -100, 100)
SKEWED = ("90", "360", 0, 1)


def exact_coverage(truth: int, events: int, setting: tuple[str, str, int, int]) -> float:
    """Return P[the interval holds truth / events | it is printed], both laws summed.

    For a given noisy count both ends grow with the noisy sum, so the sums that cover are a range.
    """
    unit = 10 ** decimals_of(*setting[2:])
    target = Fraction(unit, 2) * (setting[2] + setting[3] + Fraction(truth, events))
    sum_law, count_law = Fraction(setting[0]), Fraction(setting[1])
    reach = 8 * (math.isqrt(int(sum_law)) + 1)
    printed = covered = 0.0
    for noise, p in noise_law.pmf(count_law).items():
        count = events + noise
        if p < 1e-9 or count < printable_from(count_law):
            continue
        printed += p
        first = _first(
            -reach, reach, lambda e, c=count: ratio(truth + e, c, setting).estimate().high >= target
        )
        beyond = _first(
            -reach, reach, lambda e, c=count: ratio(truth + e, c, setting).estimate().low > target
        )
        inside = noise_law.at_least(sum_law, first) - noise_law.at_least(sum_law, beyond)
        covered += p * float(inside)
    return covered / printed


def _first(low: int, high: int, holds) -> int:  # type: ignore[no-untyped-def]
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


@pytest.mark.parametrize("setting", [SCORES, COARSE, SKEWED], ids=["scores", "coarse", "skewed"])
@pytest.mark.parametrize("shift", [-4, -1, 0, 3, 8])
@pytest.mark.parametrize("share", ["-1", "0", "9/10"])
def test_given_publication_the_interval_covers_at_least_95_percent(
    setting: tuple[str, str, int, int], shift: int, share: str
) -> None:
    """``shift``: how many sd the true count is from where printing begins; ``share``: phi / w."""
    sd = Fraction(setting[1]) ** Fraction(1, 2)
    events = max(1, round(printable_from(Fraction(setting[1])) + shift * sd))
    truth = round(Fraction(share) * (setting[3] - setting[2]) * events)
    assert exact_coverage(truth, events, setting) >= 0.95


def test_with_many_events_the_interval_is_little_longer_than_it_must_be() -> None:
    """What is over 95 % is half a unit of the sum and the outward rounding."""
    assert exact_coverage(0, 3000, WIDE_BOUNDS) < 0.965


def test_fiellers_region_alone_would_not_cover_where_publication_bends_the_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the box is there for a reason."""
    events = 20  # the count is printed from 95 on: what is printed is far too large
    assert exact_coverage(20, events, SKEWED) >= 0.95
    monkeypatch.setattr(QuotientLaw, "is_near", property(lambda _: False))
    assert exact_coverage(20, events, SKEWED) < 0.95


@pytest.mark.parametrize("sigma2", [Fraction(1), Fraction(3, 2), Fraction(40), Fraction(700)])
def test_a_draw_can_be_coupled_with_a_normal_one_within_one_unit(sigma2: Fraction) -> None:
    """P[N >= j] <= P[g >= j - 1] for every j: the fact that the proof rests on."""
    sigma = math.sqrt(sigma2)
    for j in range(-int(9 * sigma), int(9 * sigma)):
        assert float(noise_law.at_least(sigma2, j)) <= norm.sf((j - 1) / sigma) * (1 + 1e-12)


def test_the_value_is_the_middle_plus_half_the_ratio() -> None:
    found = ratio(-500, 1000, SCORES).estimate()  # phi = -1/2: 3 - 1/4
    assert found.value == 27_500
    assert found.decimals == 4
    assert found.low < 27_500 < found.high


def test_the_interval_stays_inside_the_bounds_of_an_event() -> None:
    for centred in (-9000, 9000):
        found = ratio(centred, 40, SCORES).estimate()
        assert 10_000 <= found.low <= found.value <= found.high <= 50_000


def test_an_average_between_wide_bounds_is_given_in_hundredths() -> None:
    found = ratio(-500, 1000, ("360000", "90", 0, 1000)).estimate()
    assert (found.value, found.decimals) == (49_975, 2)


def test_under_five_standard_deviations_there_is_no_average() -> None:
    least = printable_from(Fraction(40))
    assert least == 32
    assert ratio(0, 32, SCORES).is_printable
    assert not ratio(0, 31, SCORES).is_printable
    with pytest.raises(ValueError, match="not printed"):
        ratio(0, 31, SCORES).estimate()


def test_more_events_make_a_shorter_interval() -> None:
    lengths = [
        e.high - e.low for n in (100, 1000, 10_000) for e in [ratio(0, n, SCORES).estimate()]
    ]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 3 * lengths[-1]
