# SPDX-License-Identifier: Apache-2.0
"""What a release costs a person: (rho, delta), exact; how losses add; how they are printed.

A mechanism is delta-approximately rho-zCDP (Bun & Steinke 2016, Definition 8.1) when, apart from
an event of probability delta on either side, all Renyi divergences of order alpha between its
answers on neighbours are at most rho * alpha. Neighbours differ in all data of one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from privseg.errors import BudgetError

SEARCH = Context(prec=16)
SEARCH_STEPS = 40  # each halves the bracket
PROOF = Context(prec=80)
MARGIN = Decimal(10) ** -40  # above every rounding error made at 80 digits, below any digit printed


@dataclass(frozen=True, slots=True)
class PrivacyLoss:
    """A zero-concentrated loss and a failure probability; exact, so that budgets add up.

    >>> PrivacyLoss.of("0.01") + PrivacyLoss.of("0.02") == PrivacyLoss.of("0.03")
    True
    """

    rho: Fraction
    delta: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        """Reject losses outside rho >= 0, 0 <= delta < 1."""
        if self.rho < 0 or not 0 <= self.delta < 1:
            raise ValueError(f"not a privacy loss: {self}")

    @classmethod
    def of(cls, rho: str, delta: str = "0") -> PrivacyLoss:
        """Parse decimals or quotients given as text, the only form policies may use."""
        return cls(Fraction(rho), Fraction(delta))

    def __add__(self, other: PrivacyLoss) -> PrivacyLoss:
        """Compose adaptively (Bun & Steinke 2016, Lemmas 2.3 and 8.2: both parts add)."""
        return PrivacyLoss(self.rho + other.rho, self.delta + other.delta)

    def __str__(self) -> str:
        """Return both numbers exactly.

        >>> str(PrivacyLoss.of("1/80", "1e-7"))
        'rho 1/80, delta 1/10000000'
        """
        return f"rho {self.rho}, delta {self.delta}"


class BudgetExceededError(BudgetError):
    """A release would spend more privacy loss than remains."""

    def __init__(self, *, requested: PrivacyLoss, spent: PrivacyLoss, limit: PrivacyLoss) -> None:
        super().__init__(
            f"the release needs {requested}; {spent} of {limit} is spent; ask for less precision "
            "or fewer tables, or wait for the period that the policy names"
        )
        self.requested = requested
        self.spent = spent
        self.limit = limit


def admit(spent: PrivacyLoss, requested: PrivacyLoss, limit: PrivacyLoss) -> PrivacyLoss:
    """Return what is spent once ``requested`` is charged: a filter on rho and on delta.

    Free under full adaptivity: the sums are compared with limits fixed beforehand (Whitehouse et
    al. 2023). It depends on plans and policy alone, so a refusal says nothing about data.

    >>> admit(PrivacyLoss.of("0.9"), PrivacyLoss.of("0.1"), PrivacyLoss.of("1")).rho
    Fraction(1, 1)

    Raises:
        BudgetExceededError: rho or delta would pass its limit.
    """
    rho, delta = spent.rho + requested.rho, spent.delta + requested.delta
    if rho > limit.rho or delta > limit.delta:
        raise BudgetExceededError(requested=requested, spent=spent, limit=limit)
    return PrivacyLoss(rho, delta)


@lru_cache(maxsize=256)  # a memo of a pure function of public numbers
def epsilon_of(rho: Fraction, delta: Fraction, *, places: int = 3) -> Decimal:
    """Return an epsilon such that rho-zCDP implies (epsilon, delta)-DP, rounded up.

    Canonne, Kamath & Steinke 2020 (the conversion of section 2.3): for every alpha > 1,
    ``alpha rho + ln(1 - 1/alpha) - (ln delta + ln alpha) / (alpha - 1)`` is such an epsilon. The
    search for a good alpha may be rough, because the bound is evaluated anew, and rounded up, at
    the alpha found. A selection delta is added to ``delta`` by who prints it.

    >>> epsilon_of(Fraction(1, 80), Fraction(1, 10**6))
    Decimal('0.701')

    Raises:
        ValueError: rho is negative or delta is not between 0 and 1.
    """
    if rho < 0 or not 0 < delta < 1:
        raise ValueError("rho is at least 0 and delta lies between 0 and 1")
    if rho == 0:
        return Decimal(0).quantize(Decimal(1).scaleb(-places))
    order = _good_order(_decimal(rho, SEARCH), _decimal(delta, SEARCH))
    bound = _bound(order, _decimal(rho, PROOF), _decimal(delta, PROOF), PROOF)
    exact = max(PROOF.add(bound, MARGIN), Decimal(0))
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING, context=PROOF)


def _bound(less: Decimal, rho: Decimal, delta: Decimal, context: Context) -> Decimal:
    """Return the conversion at alpha = 1 + ``less``."""
    add, sub, mul, ln = context.add, context.subtract, context.multiply, context.ln
    alpha = add(Decimal(1), less)
    first = add(mul(alpha, rho), sub(ln(less), ln(alpha)))
    return sub(first, context.divide(add(ln(delta), ln(alpha)), less))


def _good_order(rho: Decimal, delta: Decimal) -> Decimal:
    """Return alpha - 1 near the minimum: the root of rho a**2 + ln(1 + a) = ln(1 / delta).

    (The bound's derivative by alpha is rho + (ln delta + ln alpha) / (alpha - 1)**2.)
    """
    target = -SEARCH.ln(delta)
    low, high = Decimal(0), SEARCH.sqrt(SEARCH.divide(target, rho))
    for _ in range(SEARCH_STEPS):
        a = SEARCH.divide(low + high, Decimal(2))
        if SEARCH.multiply(rho, SEARCH.multiply(a, a)) + SEARCH.ln(1 + a) < target:
            low = a
        else:
            high = a
    return high


def _decimal(value: Fraction, context: Context) -> Decimal:
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))
