# SPDX-License-Identifier: Apache-2.0
"""What is refused of a budget ledger that is not what it was, or not all that was charged.

Nothing is read or charged then: a ledger put back to an older state is a fresh budget.
"""

from __future__ import annotations

from pathlib import Path

from privseg.errors import IntegrityError
from privseg.protect.loss import BudgetExceededError, PrivacyLoss

RECOVER = "privseg budget recover"


class LossLedgerError(IntegrityError):
    """The budget ledger is not what it was, or not what is remembered of it outside."""


class LossChainError(LossLedgerError):
    """A charge was altered, moved or removed in the database."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"the budget ledger was changed behind our back: charge {number} is not what was "
            "charged; nothing is read; run `privseg audit verify` and go back to a sound copy"
        )
        self.number = number


class LossesBehindError(LossLedgerError):
    """The ledger lacks charges that are remembered: an older copy, or the original of a clone."""

    def __init__(self, *, count: int, remembered: int) -> None:
        super().__init__(
            f"this workspace knows {count} of the {remembered} charges that were made to its "
            "people's budget: this is an older copy of it, or a copy of it went on; nothing is "
            "read; go on with the workspace that knows them all, or, if it is lost, see: "
            f"{RECOVER}"
        )
        self.count = count
        self.remembered = remembered


class LossesForkedError(LossLedgerError):
    """The ledger went on otherwise than the remembered one: two copies of one workspace."""

    def __init__(self, *, common: int) -> None:
        super().__init__(
            "two copies of this workspace have charged the same people's budget, and agree on "
            f"the first {common} charges only; nothing is read; keep one copy, and take into it "
            f"what the other one charged: {RECOVER}"
        )
        self.common = common


class LossMemoryMissingError(LossLedgerError):
    """Charges were made, and what is remembered of them outside the workspace is gone."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is gone, which remembers what was charged to this workspace's budget; "
            "nothing is read; bring it back (it lies beside the root key, and moves with it), or, "
            f"if it is lost, see: {RECOVER}"
        )
        self.path = path


class LossMemoryUnreadableError(LossLedgerError):
    """What is remembered of a budget was not written by this workspace, or was changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was not written by this workspace, or was changed; nothing is read; bring "
            f"back the right one, or, if it is lost, see: {RECOVER}"
        )
        self.path = path


class QuotaExceededError(BudgetExceededError):
    """A purpose or role would spend more than its share of the one budget."""

    def __init__(
        self, name: str, *, requested: PrivacyLoss, spent: PrivacyLoss, limit: PrivacyLoss
    ) -> None:
        super().__init__(requested=requested, spent=spent, limit=limit)
        self.name = name
        self.args = (f"the quota of {name}: {self.args[0]}",)
