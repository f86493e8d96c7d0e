# SPDX-License-Identifier: Apache-2.0
"""Samples have their share, and are independent of each other and of their neighbours.

The key is drawn anew in every run. All tests here together raise a false alarm with a probability
of at most FALSE_ALARM: each of the LOOKS has its part of it.
"""

from __future__ import annotations

import secrets
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, chisquare

from privseg.segment import Sample
from privseg.segment.sampling import draws

FALSE_ALARM = 1e-6
SHARES = [Fraction(1, 100), Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)]
LOOKS = len(SHARES) + 5 + 4
PEOPLE = 400_000
EVERYBODY = np.arange(PEOPLE, dtype=np.uint32)

Draws = NDArray[np.uint32]


@pytest.fixture(scope="module")
def key() -> bytes:
    return secrets.token_bytes(32)


def inside(drawn: Draws, share: Fraction) -> NDArray[np.bool_]:
    return drawn < Sample("s", share).below


def check(found: int, of: int, probability: float) -> None:
    assert binomtest(found, of, probability).pvalue > FALSE_ALARM / LOOKS


@pytest.mark.parametrize("share", SHARES)
def test_a_sample_has_its_share(key: bytes, share: Fraction) -> None:
    below = Sample("s", share).below
    check(int(inside(draws(key, "s", EVERYBODY), share).sum()), PEOPLE, below / 2**32)


def test_samples_of_two_names_and_of_two_keys_are_independent(key: bytes) -> None:
    half = Fraction(1, 2)
    one = inside(draws(key, "s", EVERYBODY), half)
    name = inside(draws(key, "t", EVERYBODY), half)
    other = inside(draws(secrets.token_bytes(32), "s", EVERYBODY), half)
    check(int((one & name).sum()), PEOPLE, 1 / 4)
    check(int((one & other).sum()), PEOPLE, 1 / 4)


def test_neighbours_draw_independently(key: bytes) -> None:
    chosen = inside(draws(key, "s", EVERYBODY), Fraction(1, 2))
    for apart in (1, 15, 16):  # in one digest, and in the next
        first, second = chosen[: PEOPLE // 2], chosen[apart : PEOPLE // 2 + apart]
        check(int((first ^ second).sum()), PEOPLE // 2, 1 / 2)


@pytest.mark.parametrize("shift", [0, 8, 16, 24])
def test_every_byte_of_a_draw_is_uniform(key: bytes, shift: int) -> None:
    drawn = (draws(key, "s", EVERYBODY) >> np.uint32(shift)) & np.uint32(255)
    seen = np.bincount(drawn, minlength=256)
    assert chisquare(seen).pvalue > FALSE_ALARM / LOOKS
