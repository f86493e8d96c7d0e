# SPDX-License-Identifier: Apache-2.0
"""Exact noise: the discrete Laplace and discrete Gaussian laws, from random bits and integers.

The algorithms are those of Canonne, Kamath & Steinke, "The Discrete Gaussian for Differential
Privacy" (NeurIPS 2020, arXiv:2004.00010), section 5. Every probability here is a quotient of
integers: no floating-point number is made or read, so the law of the noise is the stated one and
not a rounding of it (the attacks of Mironov 2012 and Haney et al. 2022 have nothing to hold).

``randbits(k)`` returns an integer uniform on 0 .. 2**k - 1; in production ``secrets.randbits``.
The running time depends on the noise drawn, never on the value the noise is added to.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isqrt

RandBits = Callable[[int], int]

POOL_BITS = 1024  # one read of the system's generator; shifting a longer integer costs more
LONG = 1 << 14  # bits wanted at once from which on they are read past the pool
WIDEST = 1 << 100  # sigma2 up to which draws side by side stay below 2**62 (``many``)
MANY = 1024  # draws of one law from which on they are made side by side (``many``)


def buffered(randbits: RandBits, bits: int = POOL_BITS) -> RandBits:
    """Return ``randbits`` behind a pool of ``bits`` bits, so that the system is asked seldom.

    INVARIANT: a pool lives inside one call of ``protect``. A pool that outlived it could be
    copied by a fork, and two processes would add the same noise.
    """
    pool = left = 0

    def take(k: int) -> int:
        nonlocal pool, left
        if k >= LONG:
            return randbits(k)
        while left < k:
            pool |= randbits(bits) << left
            left += bits
        taken = pool & ((1 << k) - 1)
        pool >>= k
        left -= k
        return taken

    return take


def uniform_below(n: int, randbits: RandBits) -> int:
    """Return an integer uniform on 0 .. n - 1, by rejection.

    >>> uniform_below(1, lambda k: 0)
    0
    """
    width = (n - 1).bit_length()
    if width == 0:
        return 0
    while (drawn := randbits(width)) >= n:
        pass
    return drawn


def bernoulli_exp(numerator: int, denominator: int, randbits: RandBits) -> bool:
    """Return True with probability exp(-numerator / denominator) (Algorithm 1).

    Raises:
        ValueError: the exponent is not a quotient >= 0.
    """
    if numerator < 0 or denominator <= 0:
        raise ValueError("an exponent is a quotient of an integer >= 0 and one > 0")
    for _ in range(numerator // denominator):
        if not _bernoulli_exp_below_one(1, 1, randbits):
            return False
    return _bernoulli_exp_below_one(numerator % denominator, denominator, randbits)


def discrete_laplace(scale: Fraction, randbits: RandBits) -> int:
    """Return a draw with P[x] proportional to exp(-|x| / scale) (Algorithm 2).

    Raises:
        ValueError: ``scale`` is not positive.
    """
    t, s = scale.numerator, scale.denominator
    if t <= 0:
        raise ValueError("a scale is positive")
    while True:
        u = uniform_below(t, randbits)
        if not _bernoulli_exp_below_one(u, t, randbits):
            continue
        magnitude = (u + t * _successes(randbits)) // s
        negative = randbits(1)
        if magnitude or not negative:  # else zero would be counted twice
            return -magnitude if negative else magnitude


def discrete_gaussian(sigma2: Fraction, randbits: RandBits) -> int:
    """Return a draw with P[x] proportional to exp(-x**2 / (2 * sigma2)) (Algorithm 3).

    ``sigma2`` is any positive rational; it is slightly more than the variance (CKS 2020,
    Corollary 9), so an error bar computed from it is never too short.

    Raises:
        ValueError: ``sigma2`` is not positive.
    """
    if sigma2 <= 0:
        raise ValueError("sigma2 is positive")
    a, b = sigma2.numerator, sigma2.denominator
    t = isqrt(a // b) + 1  # floor(sigma) + 1
    scale, bt, denominator = Fraction(t), b * t, 2 * a * b * t * t
    while True:
        drawn = discrete_laplace(scale, randbits)
        # (|y| - sigma2 / t)**2 / (2 sigma2), with sigma2 = a / b, over one denominator
        if bernoulli_exp((abs(drawn) * bt - a) ** 2, denominator, randbits):
            return drawn


def discrete_gaussians(sigma2: Fraction, count: int, randbits: RandBits) -> list[int]:
    """Return ``count`` independent draws of the law of ``discrete_gaussian``.

    Which of two exact methods makes them depends on ``count`` and ``sigma2`` alone.

    Raises:
        ValueError: ``sigma2`` is not positive.
    """
    if count >= MANY and 1 <= sigma2 <= WIDEST:
        from privseg.protect import many  # noqa: PLC0415  # numpy: 0.1 s that few cells do not need

        return many.discrete_gaussians(sigma2, count, randbits)
    return [discrete_gaussian(sigma2, randbits) for _ in range(count)]


def _successes(randbits: RandBits) -> int:
    """Return how many draws of Bernoulli(exp(-1)) succeed before the first that fails."""
    count = 0
    while _bernoulli_exp_below_one(1, 1, randbits):
        count += 1
    return count


def _bernoulli_exp_below_one(numerator: int, denominator: int, randbits: RandBits) -> bool:
    """Algorithm 1, first case: Bernoulli(gamma / k) for k = 1, 2, ... until one fails.

    The index of the failure is odd with probability 1 - gamma + gamma**2/2! - ... = exp(-gamma).
    """
    k, bound = 1, denominator
    while numerator == bound or uniform_below(bound, randbits) < numerator:
        k += 1
        bound += denominator
    return k % 2 == 1
