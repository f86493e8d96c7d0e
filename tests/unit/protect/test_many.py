# SPDX-License-Identifier: Apache-2.0
"""Draws side by side: the table's bounds, how rare cases are settled, and no overflow."""

from __future__ import annotations

import itertools
import math
import secrets
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from privseg.protect import many, sampler
from tests.twins import noise_law

SIGMA2 = [Fraction(s) for s in ("5/4", "40", "1601/4", "900000")]


@pytest.mark.parametrize("sigma2", SIGMA2, ids=str)
@pytest.mark.parametrize("word", [4, 64, 190])
def test_the_table_holds_the_first_digits_of_the_true_law(sigma2: Fraction, word: int) -> None:
    below, above = many._first_digits(sigma2, word)
    weights = [Fraction(w) for w in noise_law.weights(sigma2)]
    total, so_far = sum(weights), Fraction(0)
    for x, weight in enumerate(weights[: min(len(below), 400)]):
        so_far += weight
        true = so_far / total * (1 << word)
        error = Fraction(1 << word, 10**45)  # of the twin's own 60 digits, and its cut at 1e-50
        assert below[x] <= true + error
        assert true - error < above[x] + 1
        assert above[x] - below[x] <= 1


@pytest.mark.parametrize("sigma2", SIGMA2, ids=str)
def test_the_bounds_rise_so_that_they_can_be_searched(sigma2: Fraction) -> None:
    for bounds in many._first_digits(sigma2, 64):
        assert all(a <= b for a, b in itertools.pairwise(bounds))


def test_whatever_the_first_digits_are_a_block_is_found() -> None:
    law = many._law(Fraction(40), 64)
    ends = np.array([0, 1, 2**63, 2**64 - 2, 2**64 - 1], np.uint64)
    inside = np.concatenate([law.above[:20], law.below[:20], ends])
    found = law._blocks(inside, secrets.randbits)
    assert found.dtype == np.int64
    assert found.min() == 0
    assert found[len(inside) - 1] > 40  # the last word: beyond 9 sd


def test_a_word_that_does_not_decide_is_settled_by_more_digits_and_by_nothing_else() -> None:
    law, asked = many._law(Fraction(40), 64), []

    def bits(k: int) -> int:
        asked.append(k)
        return secrets.randbits(k)

    word = int(law.below[3])
    assert int(law.above[3]) == word  # F(3) begins with these digits: U may lie on either side
    found = Counter(law._settled(word, bits) for _ in range(400))
    assert set(found) == {3, 4}
    assert set(asked) == {many.WORD}


def test_keeping_has_exactly_the_probability_of_algorithm_1() -> None:
    """Every path of chance is followed: RARE zero bits, then a_1, a_2, ..."""
    sigma2 = Fraction(600**2 * 4)
    law = many._law(sigma2, 64)
    assert law.shift == 1
    for block in (0, 1, 700, 9_000, many.FAR - 1):
        magnitude = 2 * block + 1
        gamma = Fraction((magnitude**2 - 4 * block**2), 1) / (2 * sigma2)
        assert gamma * (1 << many.RARE) <= 1
        chance = float(1 - _rejected(gamma))
        assert chance == pytest.approx(math.exp(-gamma), abs=1e-12)


def _rejected(gamma: Fraction) -> Fraction:
    """Return P[the RARE bits are 0] P[a_1 | them] (P[a_2] (1 - P[a_3]) + ...): an even index."""
    reached = Fraction(1, 1 << many.RARE) * (gamma * (1 << many.RARE))
    rejected, k = Fraction(0), 2
    while reached > Fraction(1, 10**40):
        if k % 2 == 0:
            rejected += reached * (1 - gamma / k)
        reached *= gamma / k
        k += 1
    return rejected


def test_one_keep_follows_the_bits_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    law = many._law(Fraction(600**2 * 4), 64)
    drawn: list[int] = []
    monkeypatch.setattr(many, "uniform_below", lambda _, __: drawn.pop(0))
    never, ever = 10**12, 0
    drawn[:] = [never]
    assert law._keeps(5, 11, secrets.randbits)  # a_1 is 0: index 1
    drawn[:] = [ever, never]
    assert not law._keeps(5, 11, secrets.randbits)  # a_2 is 0: index 2
    drawn[:] = [ever, ever, never]
    assert law._keeps(5, 11, secrets.randbits)  # a_3 is 0: index 3
    assert drawn == []


def test_far_out_the_whole_of_algorithm_1_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    law = many._law(Fraction(600**2 * 4), 64)
    seen: list[Fraction] = []

    def keep(a: int, b: int, _: object) -> bool:
        seen.append(Fraction(a, b))
        return True

    monkeypatch.setattr(many, "bernoulli_exp", keep)
    law._keeps(many.FAR, 2 * many.FAR + 1, secrets.randbits)
    assert seen == [Fraction((2 * many.FAR + 1) ** 2 - 4 * many.FAR**2, 2 * 600**2 * 4)]


@pytest.mark.parametrize("sigma2", [1 << 20, (1 << 20) - 1, 1 << 22, 10**9, sampler.WIDEST])
def test_blocks_are_as_long_as_the_proof_says_and_nothing_overflows(sigma2: int) -> None:
    law = many._law(Fraction(sigma2), 64)
    sd, s = math.isqrt(sigma2), 1 << law.shift
    assert sd < many.SPREAD * s
    assert s == 1 or sd >= many.SPREAD * s // 2
    assert len(law.above) < 1 << 15
    assert law.shift <= 41
    assert (len(law.above) + 1) << law.shift < 1 << 57


def test_draws_are_python_integers_of_both_signs() -> None:
    for sigma2 in (Fraction(40), Fraction(10**20, 3)):
        drawn = sampler.discrete_gaussians(sigma2, 5_000, secrets.randbits)
        assert len(drawn) == 5_000
        assert {type(x) for x in drawn} == {int}
        assert min(drawn) < 0 < max(drawn)


def test_few_draws_or_a_law_too_wide_are_made_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "discrete_gaussians", lambda *_: pytest.fail("side by side"))
    few = sampler.discrete_gaussians(Fraction(40), sampler.MANY - 1, secrets.randbits)
    assert len(few) == sampler.MANY - 1
    wide = sampler.discrete_gaussians(Fraction(2 * sampler.WIDEST), sampler.MANY, secrets.randbits)
    assert max(map(abs, wide)) > 2**50


def test_the_same_bits_give_the_same_draws_and_other_bits_others() -> None:
    import random  # noqa: PLC0415  (a generator with a state; production has none)

    def drawn(seed: int) -> list[int]:
        return sampler.discrete_gaussians(Fraction(10**9), 3_000, random.Random(seed).getrandbits)

    assert drawn(1) == drawn(1) != drawn(2)
