# SPDX-License-Identifier: Apache-2.0
"""Going on with a workspace whose budget ledger is not all that was charged: never cheaper.

What is remembered and not here was charged by another copy, and may have been answered: it is
charged here, to this year, past every limit. What both copies charged before they parted is
known link by link, so that nothing is charged twice. Where nothing is remembered any more there is
nothing to charge, and the log says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.budget.check import RECOVER
from privseg.engine.budget.history import Spent
from privseg.engine.budget.line import PEOPLE
from privseg.engine.house import House
from privseg.errors import IntegrityError
from privseg.protect import PrivacyLoss
from privseg.store import (
    RECOVERED,
    Charge,
    ChargeKind,
    LedgerHead,
    LossesBehindError,
    LossesForkedError,
    LossMemoryMissingError,
    LossMemoryUnreadableError,
)
from privseg.terms import StaffRole
from privseg.vault.note import NoteForgedError

LOST = "0" * 64  # stands for the plans of another copy: which they were, nobody here knows
REMEDIED = (
    LossesBehindError, LossesForkedError, LossMemoryMissingError, LossMemoryUnreadableError,
    NoteForgedError,
)  # fmt: skip
"""What going on can mend. A broken chain is not among it: that ledger is nobody's."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What going on with this copy of the workspace means.

    ``why`` is the refusal it mends, empty where nothing is missing; ``owed`` what the other copy
    charged, and is charged here; ``unknown`` whether nothing is remembered, so that nobody can
    tell what is owed.
    """

    why: str
    here: int
    owed: Spent
    charges: int
    unknown: bool
    done: bool


def recover(house: House, *, role: StaffRole, yes: bool) -> Recovery:
    """Go on with this copy of a workspace, or say what that would mean (unless ``yes``).

    The charge and its entry in the log are one transaction.

    Raises:
        LossChainError: the ledger itself was changed; no charge can mend that.
    """
    with house.db.transaction():
        here = house.losses.head()
        if (why := _why(house)) is None:
            return Recovery("", here.count, Spent(), 0, unknown=False, done=False)
        known = _known(house)
        owed = owed_of(house.losses.history(PEOPLE), here, known)
        charges = 0 if known is None else known.count - here.common(known)
        if yes:
            _charge(house, owed, role)
    return Recovery(str(why), here.count, owed, charges, unknown=known is None, done=yes)


def _why(house: House) -> IntegrityError | None:
    """Return what is wrong, if anything is."""
    try:
        house.losses.check_here()
    except REMEDIED as refused:
        return refused
    return None


def _known(house: House) -> LedgerHead | None:
    """Return what is remembered; None where it is nothing that this workspace wrote."""
    try:
        return house.losses.remembered()
    except (NoteForgedError, LossMemoryUnreadableError):
        return None


def owed_of(charges: list[Charge], here: LedgerHead, known: LedgerHead | None) -> Spent:
    """Return what is remembered beyond the charges that both ledgers begin with, exactly."""
    if known is None:
        return Spent()
    both = charges[: here.common(known)]
    rho = known.rho - sum((c.loss.rho for c in both), start=Fraction(0))
    delta = known.delta - sum((c.loss.delta for c in both), start=Fraction(0))
    return Spent(rho, delta)


def _charge(house: House, owed: Spent, role: StaffRole) -> None:
    """Charge what is owed and write it on the log; remember this ledger from now on."""
    now = house.now()
    charge = house.losses.recover(
        Charge(
            population=PEOPLE,
            at=now,
            loss=PrivacyLoss(owed.rho, owed.delta),
            plan_hash=LOST,
            edition_id="",
            purpose=RECOVERED,
            actor=role,
            kind=ChargeKind.RECOVERY,
            name="another-copy",
        )
    )
    body = {
        "plan": charge.plan_hash, "rho": str(owed.rho), "delta": str(owed.delta),
        "charged_at": now.isoformat(), "link": charge.link,
    }  # fmt: skip
    house.log.append(AuditEvent(Kind.CONFIGURATION, Outcome.OK, role, {"verb": RECOVER}, body))
