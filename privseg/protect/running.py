# SPDX-License-Identifier: Apache-2.0
"""Running sums: all prefix sums of a short vector for little more noise than one number has.

Let M be the lower triangle of ones, so that ``M x`` holds the running sums of x. Its square root
is the lower triangular Toeplitz matrix of ``f_k = C(2k, k) / 4**k`` = 1, 1/2, 3/8, ...
(Fichtenberger, Henzinger & Upadhyay, "Constant Matters", ICML 2023, arXiv:2202.11205; of its mean
squared error: Henzinger, Upadhyay & Upadhyay, "Almost Tight Error Bounds on Differentially Private
Continual Counting", SODA 2023, arXiv:2211.05006). The mechanism is the matrix mechanism (Li et
al., VLDB Journal 2015): measure ``y = R x + z``, estimate ``L y``.

**The matrix in use** is on a grid of integers: R is Toeplitz with first column
``r_k = floor(SCALE f_k + 1/2)``, and L = M R**-1 is exact (R has SCALE, a power of two, on its
diagonal, so every entry of L is a whole number over a power of two). ``L R = M`` holds without any
rounding: estimates are unbiased, ``L y - M x = L z``. Noise z is discrete Gaussian, one draw a
number. y never leaves; what does is ``L y`` rounded to whole numbers (halves up).

**Theorem (sensitivity).** Let R be lower triangular Toeplitz with ``r_0 >= r_1 >= ... >= 0``. If d
has at most C entries that are not 0, all of one sign and at most u in size, then
``|R d|**2 <= u**2 g(C)``, where ``g(C) = |sum of the first C columns of R|**2``; d = u on the first
C numbers reaches it.

*Proof.* R has no negative entry, so ``|R d|`` grows with each ``|d_t|`` and with the set of numbers
that are not 0: let d be u on a set S of exactly C numbers. Columns i and j have the product
``G(i, j) = sum of r_k r_(k + |i - j|)`` over k from 0 to T - 1 - max(i, j). For one ``|i - j|`` it
falls as max(i, j) grows (fewer terms, none negative); for one max(i, j) it falls as ``|i - j|``
grows (r falls). Number S as s_0 < s_1 < ...: then ``a <= s_a`` and ``|a - b| <= |s_a - s_b|``, so
``G(s_a, s_b) <= G(a, b)`` for all a and b. Adding up over both, ``|R 1_S|**2 <= g(C)``.  QED

One person's data are added or removed as a whole, and every number they enter is a count or a sum
clamped to [0, U]: all entries of d have one sign, as the theorem asks. (Choquette-Choo et al.,
"Multi-Epoch Matrix Factorization", ICML 2023, arXiv:2211.06530, bound several participations like
this for products that are not negative; that side by side from the start is the worst is proved
here.)

**Several series.** A person may enter n cells in all, at most C of each of S series (segments):
``most_squared`` is the largest sum of g over such splits, found by trying every one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

SCALE = 256  # 2**8: at 52 periods within 0.1 % of the error of the exact square root
LONGEST = 400  # the exact L has 8 more binary digits with each number: its bars take seconds here


@dataclass(frozen=True, slots=True)
class Factor:
    """The matrices for ``length`` numbers of which one person moves at most ``most`` (C).

    >>> Factor(4).column, Factor(4).weights[:3]
    ((256, 128, 96, 80), (Fraction(1, 256), Fraction(1, 512), Fraction(3, 2048)))
    """

    length: int
    most: int = 1

    def __post_init__(self) -> None:
        """Refuse sums over nothing, and more numbers than the exact matrices are worked out for."""
        if not 1 <= self.length <= LONGEST or self.most < 1:
            raise ValueError(f"running sums are over 1 to {LONGEST} numbers; a person moves one")

    @property
    def column(self) -> tuple[int, ...]:
        """Return the first column of R; it never rises and is never negative."""
        return _column(self.length)

    @property
    def weights(self) -> tuple[Fraction, ...]:
        """Return the first column of L: row t of L is weights[t], ..., weights[0]."""
        return _weights(self.length)

    def measure(self, values: Sequence[int]) -> list[int]:
        """Return R x."""
        return _times(self.column, values)

    def sums(self, noisy: Sequence[int]) -> tuple[int, ...]:
        """Return L y, rounded to whole numbers, halves up."""
        one = SCALE**self.length
        exact = _times([(w * one).numerator for w in self.weights], noisy)
        return tuple((2 * e + one) // (2 * one) for e in exact)

    def squared(self, count: int) -> int:
        """Return g(count): the squared length of the sum of the first ``count`` columns of R."""
        sums = [0, *accumulate(self.column)]
        parts = (sums[t + 1] - sums[max(0, t + 1 - count)] for t in range(self.length))
        return sum(part**2 for part in parts)

    def most_squared(self, *, cells: int, series: int) -> int:
        """Return the largest sum of g(c) over ``series`` series: c at most C, ``cells`` in all."""
        one = [self.squared(c) for c in range(min(self.most, self.length, cells) + 1)]
        best = [0] * (cells + 1)
        for _ in range(series):
            more = [max(best[n - c] + g for c, g in enumerate(one[: n + 1])) for n in _upto(cells)]
            if more == best:
                break
            best = more
        return best[cells]


def _upto(last: int) -> range:
    return range(last + 1)


def _times(column: Sequence[int], values: Sequence[int]) -> list[int]:
    """Return the lower triangular Toeplitz matrix of ``column`` times ``values``, exact."""
    if len(values) != len(column):
        raise ValueError("running sums are over as many numbers as were planned")
    return [sum(column[t - j] * values[j] for j in _upto(t)) for t in range(len(values))]


@lru_cache(maxsize=64)  # memos of pure functions of a public length
def _column(length: int) -> tuple[int, ...]:
    root, column = Fraction(1), []
    for k in range(length):
        column.append((2 * SCALE * root.numerator + root.denominator) // (2 * root.denominator))
        root *= Fraction(2 * k + 1, 2 * k + 2)
    return tuple(column)


@lru_cache(maxsize=64)
def _weights(length: int) -> tuple[Fraction, ...]:
    """Solve L R = M for the first column of L: the convolution of both columns is 1, 1, 1, ...

    ``whole[k]`` is weights[k] times SCALE**(k + 1), a whole number.
    """
    column, whole = _column(length), [1]
    for k in range(1, length):
        known = sum(column[i] * whole[k - i] * SCALE ** (i - 1) for i in range(1, k + 1))
        whole.append(SCALE**k - known)
    return tuple(Fraction(w, SCALE ** (k + 1)) for k, w in enumerate(whole))
