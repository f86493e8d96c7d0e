# SPDX-License-Identifier: Apache-2.0
"""Tails and error bars of S = sum c_i e_i: independent discrete Gaussians, rational weights.

Write g_i for a normal variable of e_i's sigma, G = sum c_i g_i, V = sum c_i**2 sigma_i**2, and Q
for the normal upper tail. With any one term called the first (it is e below, and c its weight):

**Theorem.** If the first sigma**2 >= 1, then for every real t, with s_j as in Lemma 2,
``P[S >= t] <= (1 + 1/(16 sigma**2)) * prod (1 + eps_j) * Q((t - |c|/2) / sqrt(V))``, and
``P[S >= t] >= (1 - 1e-8) * prod (1 - 2.1 eps_j) * Q((t + |c|) / sqrt(V))``.

**Lemma 1** (the first term). For real y, ``P[e >= y] <= (1 + 1/(16 sigma**2)) P[g >= y - 1/2]`` and
``P[e >= y] >= (1 - 1e-8) P[g >= y + 1]``. *Proof.* Let f(x) = exp(-x**2/(2 sigma**2)), Z the sum
of f over the integers, I = sqrt(2 pi) sigma; by Poisson summation Z is between I and
I (1 + 6e-9/sigma**2). Let D(j) be the integral of f from j - 1/2 on less the sum of f from j on.
The integral of f over [k - 1/2, k + 1/2] over f(k) is that of exp(-u**2/(2 sigma**2)) cosh(k u /
sigma**2), which grows with k >= 0: so D rises, then falls to 0 as j grows, and D(j) >=
min(D(1), 0) = 0 for j >= 1 (D(1) is about 1/(48 sigma**2), far above Z - I): P[e >= j] <=
P[g >= j - 1/2]. For j <= 0 both are one less the tail from 1 - j on, and D <= -f'(sigma)/8 =
exp(-1/2)/(8 sigma), by Peano's kernel of the midpoint rule (at most 1/8) where f is convex (where
it is not, the integral is less than f(k)): so the excess is at most 0.0304/sigma**2, and
P[g >= j - 1/2] >= 1/2. The lower bound: f falls from 0 on, so for j >= 1 the sum is at least the
integral from j on, and j < y + 1.

**Lemma 2** (each further term). Where h ~ N(0, v), the density of h + c_j e_j is that of
N(0, v + c_j**2 sigma_j**2) times a factor in [1 - 2.1 eps_j, 1 + eps_j], ``eps_j = 2q/(1 - q**3)``,
``q = exp(-2 pi**2 s_j**2)``, ``1/s_j**2 = 1/sigma_j**2 + c_j**2/v``. *Proof.* Complete the square;
what is left is ``sum_k exp(-(k - mu)**2/(2 s_j**2))``, by Poisson summation
``sqrt(2 pi) s_j (1 + 2 sum_n q**(n*n) cos(2 pi n mu))``, over Z_j. (The case of equal weights is
the convolution theorem of Kairouz, Liu & Steinke 2021, arXiv:2102.06387.)

So S is compared with G term by term: first one lattice is traded for half its step, then each
further e_j for g_j at a factor. For no conditions at all, discrete Gaussians are sub-Gaussian
(Canonne, Kamath & Steinke 2020): ``P[S >= t] <= exp(-t**2/(2 V))``. One term alone has its exact
law. Of valid bounds the least is taken, and all arithmetic is rounded to the safe side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt, lcm

from privseg.protect import normal
from privseg.protect.tail import Bounds, DiscreteGaussian

Weight = tuple[Fraction | int, Fraction]
"""A draw's coefficient, and the sigma2 of the draw."""

Weights = tuple[tuple[Fraction, Fraction], ...]

ALPHA = Fraction(1, 20)
SCALE = 64  # weights are kept to 2**-64 of the largest
VARIANCE_SCALE = 32  # and each sigma2 to 2**-32
COMMON = 1 << 40  # a lattice finer than the inverse of this is not looked for
DIGITS = 20  # a half-width is rounded up to 20 binary digits where S has no lattice
SMOOTH = (  # (least s_j**2, eps_j): 2q/(1 - q**3) with q = exp(-2 pi**2 s_j**2), rounded up
    (Fraction(1), Fraction(6, 10**9)),
    (Fraction(1, 2), Fraction(11, 10**5)),
    (Fraction(1, 4), Fraction(15, 10**3)),
)
KEPT = 1 - Fraction(1, 10**8)  # Lemma 1, from below


def half_width(weights: Iterable[Weight], *, alpha: Fraction = ALPHA) -> Fraction:
    """Return an h, hardly larger than it must be, with P[|S| <= h] >= 1 - ``alpha``.

    ``weights``: (c_i, sigma2_i) of independent draws. h is on S's lattice, where it has one.

    >>> half_width([(1, Fraction(40))]), half_width([(1, Fraction(40)), (-1, Fraction(40))])
    (Fraction(12, 1), Fraction(18, 1))
    """
    return LinearLaw.of(weights).half_width(alpha)


def upper_tail(weights: Iterable[Weight], t: Fraction | int) -> Fraction:
    """Return an upper bound of P[S >= ``t``].

    >>> upper_tail([(1, Fraction(40)), (-1, Fraction(40))], 18) < Fraction(253, 10_000)
    True
    """
    return LinearLaw.of(weights).at_least(Fraction(t)).high


@lru_cache(maxsize=1024)  # a memo of a pure function of public numbers
def reach(alpha: Fraction, *, sigma2: Fraction, terms: int) -> tuple[Fraction, Fraction]:
    """Return (z, k) with P[|S| > z sqrt(V) + k max|c_i|] <= ``alpha``, whatever the weights are.

    For at most ``terms`` draws of at least ``sigma2`` each. With the coarsest term first, every
    s_j**2 is at least ``sigma2 / 2``.

    >>> reach(ALPHA, sigma2=Fraction(40), terms=2)
    (Fraction(19607, 10000), Fraction(1, 2))
    """
    try:
        raised, _ = factors(sigma2=sigma2, terms=terms)
    except ValueError:  # fine noise, or too many such draws: the bound without conditions holds
        return normal.sub_gaussian_quantile(_rounded(alpha / 2)), Fraction(0)
    return normal.quantile(_rounded(alpha / (2 * raised))), Fraction(1, 2)


def factors(*, sigma2: Fraction, terms: int) -> tuple[Fraction, Fraction]:
    """Return the theorem's factors, above and below, with the coarsest of ``terms`` draws first.

    Raises:
        ValueError: a noise finer than a unit, or more terms than the bounds bear.
    """
    eps = next((eps for least, eps in SMOOTH if sigma2 >= 2 * least), None)
    if sigma2 < 1 or eps is None or 4 * terms * eps > 1:
        raise ValueError("these bounds are proved for noise of at least one unit, and few terms")
    return _factors(sigma2, (terms - 1) * eps)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One use of the theorem: the first term's weight, and both factors."""

    first: Fraction
    raised: Fraction
    lowered: Fraction


@dataclass(frozen=True, slots=True)
class LinearLaw:
    """The law of S: bounds on its deviation, its lattice (0: none known), and its comparisons."""

    deviation: Bounds
    step: Fraction
    alone: DiscreteGaussian | None
    comparisons: tuple[Comparison, ...]

    @classmethod
    def of(cls, weights: Iterable[Weight]) -> LinearLaw:
        """Return the law for ``weights``, worked out once for each.

        Raises:
            ValueError: a sigma2 is not positive.
        """
        kept = ((abs(Fraction(c)), Fraction(s)) for c, s in weights if c)
        return _law(tuple(sorted(kept)))

    def half_width(self, alpha: Fraction) -> Fraction:
        """Return an h with P[|S| > h] <= ``alpha`` (the law is symmetric)."""
        if self.deviation.high == 0:
            return Fraction(0)
        if self.alone is not None:
            return self.step * self.alone.half_width(1 - alpha)
        return min(self._half_widths(alpha / 2))

    def at_least(self, t: Fraction) -> Bounds:
        """Return bounds of P[S >= ``t``]."""
        if self.deviation.high == 0:
            return Bounds(Fraction(t <= 0), Fraction(t <= 0))
        if self.step:
            t = self.step * -(-t // self.step)
        if self.alone is not None:
            return self.alone.at_least(int(t / self.step))
        if t <= 0:  # P[S >= t] = 1 - P[S > -t], and what exceeds -t is at least -t + step
            return Bounds(1 - self._high(self.step - t), 1 - self._low(self.step - t))
        return Bounds(self._low(t), self._high(t))

    def _half_widths(self, tail: Fraction) -> list[Fraction]:
        """Return, by each bound, an h so that S >= h + step has at most probability ``tail``."""
        z = normal.sub_gaussian_quantile(_rounded(tail))
        found = [self._lattice(z * self.deviation.high)]
        for comparison in self.comparisons:
            z = normal.quantile(_rounded(tail / comparison.raised))
            found.append(self._lattice(z * self.deviation.high + comparison.first / 2))
        return found

    def _lattice(self, reached: Fraction) -> Fraction:
        """Return the least h >= 0 of the lattice with h + step >= ``reached``; near it, if none."""
        if self.step:
            return max(Fraction(0), self.step * (-(-reached // self.step) - 1))
        unit = _power(_bits(self.deviation.high) - DIGITS)
        return unit * -(-reached // unit)

    def _high(self, t: Fraction) -> Fraction:
        bounds = [Fraction(1)]
        if t > 0:
            bounds.append(normal.bell(t / self.deviation.high))
        for by in self.comparisons:
            distance = t - by.first / 2
            over = self.deviation.high if distance >= 0 else self.deviation.low
            bounds.append(by.raised * normal.at_least(distance / over).high)
        return min(bounds)

    def _low(self, t: Fraction) -> Fraction:
        bounds = [Fraction(0)]
        for by in self.comparisons:
            distance = (t + by.first) / self.deviation.low
            bounds.append(by.lowered * normal.at_least(distance).low)
        return max(bounds)


@lru_cache(maxsize=2048)  # a memo of a pure function of public numbers
def _law(weights: Weights) -> LinearLaw:
    if any(sigma2 <= 0 for _, sigma2 in weights):
        raise ValueError("sigma2 is positive")
    if not weights:
        return LinearLaw(Bounds(Fraction(0), Fraction(0)), Fraction(0), None, ())
    if len(weights) == 1:
        (weight, sigma2), *_ = weights
        law = DiscreteGaussian.of(sigma2)
        return LinearLaw(_deviation(weights), weight, law, ())
    compared = (_comparison(weights, least, eps) for least, eps in SMOOTH)
    found = tuple(c for c in compared if c is not None)
    return LinearLaw(_deviation(weights), _step([c for c, _ in weights]), None, found)


def _deviation(weights: Weights) -> Bounds:
    """Return sqrt(V) between bounds."""
    unit = _power(_bits(weights[-1][0]) - SCALE)
    low = high = 0
    for weight, sigma2 in weights:
        c, s = _floor(weight / unit), _floor(sigma2 * (1 << VARIANCE_SCALE))
        low, high = low + c * c * s, high + (c + 1) ** 2 * (s + 1)
    half = 1 << (VARIANCE_SCALE // 2)
    return Bounds(unit * Fraction(isqrt(low), half), unit * Fraction(isqrt(high) + 1, half))


def _comparison(weights: Weights, least: Fraction, eps: Fraction) -> Comparison | None:
    """Return the theorem's use with the finest first term that keeps each s_j**2 >= ``least``.

    Terms come in the order of their weights. Beside the terms before it, the j-th is smooth enough
    or not, whichever of them is the first; so the first is the last that is not.
    """
    if 4 * len(weights) * eps > 1:
        return None
    unit = _power(_bits(weights[-1][0]) - SCALE)
    terms = [(_floor(c / unit), _floor(s * (1 << VARIANCE_SCALE))) for c, s in weights]
    first = _last_rough(terms, least)
    sigma2 = weights[first][1]
    c, s = terms[first]
    if sigma2 < 1 or not _are_smooth(terms[:first], c * c * s, least):
        return None
    raised, lowered = _factors(sigma2, (len(weights) - 1) * eps)
    return Comparison(weights[first][0], raised, lowered)


def _factors(sigma2: Fraction, further: Fraction) -> tuple[Fraction, Fraction]:
    """Return both factors; ``further`` is the sum of the eps_j."""
    raised = (1 + 1 / (16 * sigma2)) / (1 - further)  # prod (1 + eps_j) <= 1 / (1 - sum eps_j)
    return raised, KEPT * (1 - Fraction(21, 10) * further)


def _last_rough(terms: Sequence[tuple[int, int]], least: Fraction) -> int:
    """Return the last index whose term is not smooth beside all those before it."""
    before, last = 0, 0
    for index, (c, s) in enumerate(terms):
        if not _is_smooth(c, s, before, least):
            last = index
        before += c * c * s
    return last


def _are_smooth(terms: Sequence[tuple[int, int]], before: int, least: Fraction) -> bool:
    """Return whether each of ``terms`` is smooth beside a variance of ``before`` and the others."""
    for c, s in terms:
        if not _is_smooth(c, s, before, least):
            return False
        before += c * c * s
    return True


def _is_smooth(c: int, s: int, before: int, least: Fraction) -> bool:
    """Return whether 1 / (1/sigma2 + c**2/v) >= ``least``, from floors of c, sigma2 and v."""
    if not before or not s:
        return False
    spread = before + (c + 1) ** 2 * s  # s_j**2 = s * before / spread, in units of sigma2
    return s * before * least.denominator >= least.numerator * (spread << VARIANCE_SCALE)


def _step(weights: Sequence[Fraction]) -> Fraction:
    """Return the greatest common divisor of the weights, or 0 if it is not worth knowing."""
    common = 1
    for weight in weights:
        common = lcm(common, weight.denominator)
        if common > COMMON:
            return Fraction(0)
    return Fraction(gcd(*(int(w * common) for w in weights)), common)


def _rounded(probability: Fraction) -> Fraction:
    """Return it rounded down to some 14 binary digits, so that memos meet again."""
    unit = _power(_bits(probability) - 14)
    return unit * _floor(probability / unit)


def _bits(value: Fraction) -> int:
    """Return about how many binary digits stand before the point: 2**(n-1) <= value < 2**(n+1)."""
    return value.numerator.bit_length() - value.denominator.bit_length() + 1


def _power(exponent: int) -> Fraction:
    """Return 2**exponent."""
    return Fraction(1 << exponent) if exponent >= 0 else Fraction(1, 1 << -exponent)


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator
