# SPDX-License-Identifier: Apache-2.0
"""Laws of privacy loss: composition is exact, in any order, and the filter never overspends."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.protect.loss import BudgetExceededError, PrivacyLoss, admit, epsilon_of

rhos = st.fractions(min_value=0, max_value=2, max_denominator=10**6)
deltas = st.fractions(min_value=0, max_value=Fraction(1, 1000), max_denominator=10**9)
losses = st.builds(PrivacyLoss, rhos, deltas)
NOTHING = PrivacyLoss.of("0")


@given(losses, losses, losses)
def test_losses_add_up_exactly_in_any_order(a: PrivacyLoss, b: PrivacyLoss, c: PrivacyLoss) -> None:
    assert (a + b) + c == a + (b + c) == (c + a) + b
    assert a + NOTHING == a


@given(st.lists(losses, max_size=12), losses)
def test_whatever_is_asked_in_whatever_order_the_filter_is_never_passed(
    asked: list[PrivacyLoss], limit: PrivacyLoss
) -> None:
    spent = admitted = NOTHING
    for loss in asked:
        try:
            spent = admit(spent, loss, limit)
        except BudgetExceededError:
            continue
        admitted = admitted + loss
    assert spent == admitted
    assert spent.rho <= limit.rho
    assert spent.delta <= limit.delta


@given(losses, losses)
def test_the_filter_refuses_only_what_would_pass_a_limit(
    spent: PrivacyLoss, asked: PrivacyLoss
) -> None:
    total = spent + asked
    assert admit(spent, asked, total) == total
    for short in _just_below(total):
        with pytest.raises(BudgetExceededError):
            admit(spent, asked, short)


def _just_below(loss: PrivacyLoss) -> list[PrivacyLoss]:
    tiny = Fraction(1, 10**30)
    below = [PrivacyLoss(loss.rho - tiny, loss.delta)] if loss.rho else []
    return below + ([PrivacyLoss(loss.rho, loss.delta - tiny)] if loss.delta else [])


@given(rhos, rhos)
def test_composing_first_and_converting_once_never_costs_more(a: Fraction, b: Fraction) -> None:
    """Converting each part and adding is valid too, at twice the delta; the sum is tighter."""
    delta = Fraction(1, 10**6)
    together = epsilon_of(a + b, 2 * delta, places=9)
    apart = epsilon_of(a, delta, places=9) + epsilon_of(b, delta, places=9)
    assert float(together) <= float(apart) + 1e-8
