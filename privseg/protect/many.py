# SPDX-License-Identifier: Apache-2.0
"""Many draws of one discrete Gaussian side by side: the same exact law, by arrays of integers.

Let ``s = 2**shift`` be the power of two with sigma / s below SPREAD and, if s > 1, at least half of
it; and f(x) = exp(-x**2 / (2 sigma2)). One candidate is made of

1. b >= 0 with P[b] proportional to f(b s): the right half of the law of sigma2 / s**2,
2. an offset r, uniform on 0 .. s - 1; the magnitude is ``y = b s + r``,
3. kept with probability ``f(y) / f(b s) = exp(-gamma)``, ``gamma = r (2 b s + r) / (2 sigma2)``,
4. a sign; zero with a minus is dropped, or zero would be counted twice.

What is kept has a magnitude with P[y] proportional to f(y), and by 4 the law is N_Z(0, sigma2).

**b is exact** though its probabilities are irrational. It is the least x with U < F(x), U uniform
on [0, 1), of which only as many binary digits are drawn as decide. F is known between bounds
(``tail.points``); the first WORD digits u decide unless some F(x) may lie in [u, u + 1) 2**-WORD,
which has probability about 2**-WORD times the table's length. Then more digits are drawn and F is
worked out to as many more, until they decide.

**Step 3** is Algorithm 1 of Canonne, Kamath & Steinke 2020: draw a_1, a_2, ... with probabilities
gamma, gamma / 2, ... until one is 0; keep if its index is odd. Where b < FAR, ``gamma < 2**-RARE``:
a_1 is that RARE fair bits are all 0 *and* a draw with probability ``2**RARE gamma``. Nearly always
the bits say that a_1 is 0; the others (and b >= FAR) are settled one by one in exact rationals.

No float, and no overflow: sigma2 <= 2**100 gives s <= 2**41, and b is below 2**15 (the table of
WORD digits ends where f(b s) < 2**-192; further digits take it there with no chance to speak of,
and 2**20 would be as safe), so y < 2**56.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from privseg.protect.sampler import RandBits, bernoulli_exp, uniform_below
from privseg.protect.tail import points

Words = NDArray[np.uint64]
Integers = NDArray[np.int64]

SPREAD = 1 << 10
FAR = 1 << 14  # gamma <= (b + 1) (s / sigma)**2 <= FAR / (SPREAD / 2)**2 = 2**-RARE below it
RARE = 4
WORD = 64
GUARD = 128  # digits of F beyond those that are compared
CHUNK = 1 << 15  # candidates at once: some hundred kilobytes


def discrete_gaussians(sigma2: Fraction, count: int, randbits: RandBits) -> list[int]:
    """Return ``count`` independent draws with P[x] proportional to exp(-x**2 / (2 sigma2))."""
    law, found = _law(sigma2, WORD), list[int]()
    while len(found) < count:
        found += law.candidates(min(CHUNK, 2 * (count - len(found)) + 64), randbits).tolist()
    return found[:count]


@dataclass(frozen=True, slots=True)
class Law:
    """The table of F for b: the whole part of F(x) 2**word lies in [below[x], above[x]]."""

    sigma2: Fraction
    shift: int
    word: int
    below: Words = field(repr=False)
    above: Words = field(repr=False)

    def candidates(self, size: int, randbits: RandBits) -> Integers:
        """Return the draws that ``size`` candidates give; their order is theirs."""
        blocks = self._blocks(_words(size, randbits), randbits)
        offsets = _words(size, randbits) >> np.uint64(64 - self.shift) if self.shift else None
        coins = np.frombuffer(_bytes(size, randbits), np.uint8)
        magnitudes, kept = blocks, np.ones(size, np.bool_)
        if offsets is not None:
            magnitudes = (blocks << self.shift) | offsets.astype(np.int64)
            for i in np.flatnonzero((coins % (1 << RARE) == 0) | (blocks >= FAR)):
                kept[i] = self._keeps(int(blocks[i]), int(magnitudes[i]), randbits)
        negative = coins >= 1 << 7
        kept &= ~(negative & (magnitudes == 0))
        signed: Integers = np.where(negative, -magnitudes, magnitudes)[kept]
        return signed

    def _blocks(self, words: Words, randbits: RandBits) -> Integers:
        """Return b for each word of digits, with more digits where these do not decide."""
        digits = words >> np.uint64(64 - self.word)
        places = np.searchsorted(self.above, digits, "left")
        for i in np.flatnonzero(digits >= self.below[places]):
            places[i] = self._settled(int(digits[i]), randbits)
        return places.astype(np.int64)

    def _settled(self, digits: int, randbits: RandBits) -> int:
        drawn, scaled = self.word, self.sigma2 / 4**self.shift
        while True:
            drawn, digits = drawn + WORD, digits << WORD | randbits(WORD)
            below, above = _first_digits(scaled, drawn)
            place = bisect_left(above, digits)
            if digits < below[place]:
                return place

    def _keeps(self, block: int, magnitude: int, randbits: RandBits) -> bool:
        """Return a draw with probability exp(-gamma), given RARE zero bits where b is below FAR."""
        start = block << self.shift
        a, b = self.sigma2.numerator, self.sigma2.denominator
        gamma, one = (magnitude - start) * (magnitude + start) * b, 2 * a
        if block >= FAR:
            return bernoulli_exp(gamma, one, randbits)
        if uniform_below(one, randbits) >= gamma << RARE:
            return True
        k = 2
        while uniform_below(k * one, randbits) < gamma:
            k += 1
        return k % 2 == 1


@lru_cache(maxsize=16)  # a memo of a pure function of public numbers
def _law(sigma2: Fraction, word: int) -> Law:
    deviation = isqrt(sigma2.numerator // sigma2.denominator)
    shift = max(0, deviation.bit_length() - (SPREAD - 1).bit_length())
    below, above = _first_digits(sigma2 / 4**shift, word)
    return Law(sigma2, shift, word, np.array(below, np.uint64), np.array(above, np.uint64))


def _first_digits(sigma2: Fraction, word: int) -> tuple[Sequence[int], Sequence[int]]:
    """Return bounds of the first ``word`` binary digits of F(0), F(1), ...

    With C the weight up to x and T what lies beyond, F = C / (C + T) grows with C and falls with T.
    """
    lows, highs, rest = points(sigma2, word + GUARD)
    least, most = list(accumulate(lows)), list(accumulate(highs))
    all_low, all_high, last = least[-1], most[-1] + rest, (1 << word) - 1
    below = [(c << word) // (c + all_high - m) for c, m in zip(least, most, strict=True)]
    above = [min(last, (m << word) // (m + all_low - c)) for c, m in zip(least, most, strict=True)]
    return below, above


def _words(size: int, randbits: RandBits) -> Words:
    return np.frombuffer(_bytes(8 * size, randbits), np.uint64)


def _bytes(size: int, randbits: RandBits) -> bytes:
    return randbits(8 * size).to_bytes(size, "little")
