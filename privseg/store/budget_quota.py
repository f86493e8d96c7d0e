# SPDX-License-Identifier: Apache-2.0
"""Quotas: how much of the one line a purpose or a role may spend. They only subdivide it.

A charge needs room on the line *and* in every quota that counts it: no quota adds any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from privseg.protect.loss import BudgetExceededError, PrivacyLoss, admit
from privseg.store.budget_refusals import QuotaExceededError
from privseg.terms import Purpose, StaffRole


class Charged(Protocol):
    """What a quota looks at of a charge."""

    @property
    def loss(self) -> PrivacyLoss:
        """Return what it costs."""
        ...

    @property
    def purpose(self) -> Purpose:
        """Return what it was for."""
        ...

    @property
    def actor(self) -> StaffRole:
        """Return the role that asked."""
        ...


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit on what one purpose (with those below it in the tree), or one role, may spend."""

    limit: PrivacyLoss
    purpose: Purpose | None = None
    actor: StaffRole | None = None

    @property
    def name(self) -> str:
        """Return what it limits, in words."""
        return f"purpose {self.purpose}" if self.actor is None else f"role {self.actor}"

    def counts(self, charge: Charged) -> bool:
        """Return whether a charge is the quota's; one recovered from a lost copy is everybody's.

        What a lost copy charged, and for whom, nobody knows: so it counts everywhere.
        """
        if charge.purpose == RECOVERED:
            return True
        if self.actor is not None:
            return charge.actor is self.actor
        return self.covers(charge.purpose)

    def covers(self, purpose: Purpose) -> bool:
        """Return whether a purpose is the quota's, or below it in the tree of purposes."""
        return self.purpose is not None and f"{purpose}.".startswith(f"{self.purpose}.")

    def spent(self, charges: Iterable[Charged]) -> PrivacyLoss:
        """Return what the charges spent of it."""
        mine = (charge.loss for charge in charges if self.counts(charge))
        return sum(mine, start=PrivacyLoss(Fraction(0)))

    def admit(self, charge: Charged, before: Iterable[Charged]) -> None:
        """Return if the quota has room for a charge, or does not count it.

        Raises:
            QuotaExceededError: it has none.
        """
        if not self.counts(charge):
            return
        spent = self.spent(before)
        try:
            admit(spent, charge.loss, self.limit)
        except BudgetExceededError:
            raise QuotaExceededError(
                self.name, requested=charge.loss, spent=spent, limit=self.limit
            ) from None


RECOVERED = Purpose("recovered")  # what charges of another copy are for
