# SPDX-License-Identifier: Apache-2.0
"""A heading says a finding only where the intervals allow it."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from privseg.protect import Estimate
from privseg.report import ENGLISH
from privseg.report.findings import (
    Known,
    compared,
    directions,
    is_above,
    moved,
    net,
    within_groups,
)
from privseg.report.words import PEOPLE, printed

INTERVALS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)), min_size=2, max_size=5)
AB = ("a", "b", "c", "d", "e")


def known(label: str, low: int, high: int) -> Known:
    middle = Estimate((low + high) // 2, low, high)
    return Known(label, printed(middle, PEOPLE, is_signed=True, _=ENGLISH))


def test_of_two_the_higher_is_named_only_if_their_ranges_have_nothing_in_common() -> None:
    apart = [known("A", 10, 20), known("B", 21, 30)]
    assert compared("People", "", apart, ENGLISH) == "People: higher for B than for A"
    touching = [known("A", 10, 21), known("B", 21, 30)]
    assert compared("People", "", touching, ENGLISH) == "People: no clear difference"


def test_a_first_of_many_is_above_all_others() -> None:
    one = [known("A", 10, 20), known("B", 15, 30), known("C", 31, 40)]
    assert compared("People", "", one, ENGLISH) == "People: highest for C"
    two = [known("A", 10, 20), known("B", 35, 50), known("C", 31, 40)]
    assert compared("People", "", two, ENGLISH) == "People: higher for B than for A"


@given(INTERVALS)
def test_no_finding_is_named_that_some_pair_of_ranges_does_not_bear_out(
    found: list[tuple[int, int]],
) -> None:
    numbers = [known(AB[i], low, low + width) for i, (low, width) in enumerate(found)]
    said = compared("x", "", numbers, ENGLISH)
    any_apart = any(is_above(a, b) for a in numbers for b in numbers)
    assert said.endswith("no clear difference") == (not any_apart)
    if "highest for " in said:
        top = next(n for n in numbers if said.endswith(n.label))
        assert all(is_above(top, n) for n in numbers if n is not top)


def test_a_number_alone_is_said_and_one_among_withheld_is_named() -> None:
    one = [known("A", 10, 20)]
    assert compared("Revenue", "EUR", one, ENGLISH) == "Revenue: about 15 EUR"
    among = compared("Revenue", "EUR", one, ENGLISH, is_alone=False)
    assert among == "Revenue: about 15 EUR for A, the others are withheld"
    assert compared("Revenue", "EUR", [], ENGLISH) == "Revenue: nothing can be shown"


def test_a_trend_rises_only_if_its_last_range_lies_above_its_first() -> None:
    rising = [known("week 1", 10, 20), known("week 2", 0, 90), known("week 3", 30, 40)]
    assert moved("Buyers", [("A", rising)], ENGLISH) == ("Buyers: higher in week 3 than in week 1")
    flat = [known("week 1", 10, 20), known("week 2", 50, 60), known("week 3", 15, 40)]
    assert moved("Buyers", [("A", flat)], ENGLISH) == (
        "Buyers: no clear change from week 1 to week 3"
    )
    both = moved("Buyers", [("A", rising), ("B", rising[::-1]), ("C", flat)], ENGLISH)
    assert both == "Buyers: up for A, down for B"
    assert moved("Buyers", [("A", flat), ("B", flat[:1])], ENGLISH) == "Buyers: no clear change"


def test_a_difference_is_clear_only_if_its_own_interval_does_not_hold_zero() -> None:
    assert net("Net change", "people", [known("A", 1, 9)], ENGLISH) == (
        "Net change: an increase of about 5 people"
    )
    assert net("Net change", "people", [known("A", -9, -1)], ENGLISH) == (
        "Net change: a decrease of about 5 people"
    )
    for low, high in ((0, 9), (-9, 0), (-1, 1)):
        assert net("Net change", "", [known("A", low, high)], ENGLISH).endswith("no clear change")
    lifts = [known("A", 1, 9), known("B", -9, -1), known("C", -1, 1)]
    assert directions("Lift", lifts, ENGLISH) == ("Lift: clearly higher for A, clearly lower for B")
    assert directions("Lift", lifts[2:], ENGLISH) == "Lift: no clear difference"


def test_arms_are_compared_within_their_segment_alone() -> None:
    far = [("A", [known("x", 0, 5), known("y", 4, 9)]), ("B", [known("x", 90, 95)])]
    assert within_groups("Bought", far, ENGLISH) == "Bought: no clear difference"
    near = [("A", [known("x", 0, 5), known("y", 6, 9)]), ("B", [known("x", 90, 95)])]
    assert within_groups("Bought", near, ENGLISH) == "Bought: a clear difference for A"


def test_the_ends_that_are_compared_are_the_released_ones_not_the_rounded() -> None:
    wide = printed(Estimate(1_234_567, 1_000_001, 1_999_999), PEOPLE, is_signed=False, _=ENGLISH)
    assert (wide.lowest, wide.highest) == (Fraction(1_000_001), Fraction(1_999_999))
