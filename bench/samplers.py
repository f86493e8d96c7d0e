# SPDX-License-Identifier: Apache-2.0
"""How many draws of exact noise a second, one by one and vectorised."""

from __future__ import annotations

import secrets
import time
from fractions import Fraction

from privseg.protect import discrete_gaussian
from privseg.protect.many import discrete_gaussians

SIGMAS = (Fraction(40), Fraction(1_600), Fraction(10**12))
ONE_BY_ONE, MANY = 20_000, 2_000_000


def main() -> None:
    """Print draws a second for noise of three sizes."""
    print(
        "exact discrete Gaussian, draws a second (goals: 30,000 one by one; 1,000,000 vectorised)"
    )
    for sigma2 in SIGMAS:
        began = time.perf_counter()
        for _ in range(ONE_BY_ONE):
            discrete_gaussian(sigma2, secrets.randbits)
        single = ONE_BY_ONE / (time.perf_counter() - began)
        began = time.perf_counter()
        discrete_gaussians(sigma2, MANY, secrets.randbits)
        many = MANY / (time.perf_counter() - began)
        print(f"  sigma^2 {float(sigma2):<10.3g} {single:>12,.0f} {many:>14,.0f}", flush=True)
