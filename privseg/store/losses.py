# SPDX-License-Identifier: Apache-2.0
"""The budget ledger: every charge, exactly, and a filter that two processes cannot pass at once.

A charge is made before anything is read and is never given back. The ledger knows no name, key or
copy that would start it afresh: a line is a population, whoever asks and for what.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, insert, select
from sqlmodel import col

from privseg.protect.loss import PrivacyLoss, admit
from privseg.store.database import Database
from privseg.store.tables_release import LossRow
from privseg.terms import EPOCH, Purpose, StaffRole, from_micros, to_micros

NOTHING = PrivacyLoss(Fraction(0))


@dataclass(frozen=True, slots=True)
class Charge:
    """One plan's loss, charged to the line of a population."""

    population: str
    at: datetime
    loss: PrivacyLoss
    plan_hash: str
    edition_id: str
    purpose: Purpose
    actor: StaffRole
    audit_index: int | None = None


class BackdatedChargeError(ValueError):
    """A charge lies before the period that judges it: it would never be counted."""


class SqlLosses:
    """The losses of a workspace."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def charge(self, charge: Charge, *, limit: PrivacyLoss, since: datetime) -> PrivacyLoss:
        """Charge a loss against what ``limit`` allows from ``since`` on; return what is spent.

        Every call charges: the same plan twice is charged twice. Between the look and the charge
        nobody else can write, so two processes cannot spend the same budget.

        Raises:
            BudgetExceededError: rho or delta would pass its limit; nothing was charged.
            BackdatedChargeError: the charge lies before ``since``.
        """
        if charge.at < since:
            raise BackdatedChargeError("a charge lies inside the period that judges it")
        with self._db.transaction():
            spent = admit(self.spent(charge.population, since=since), charge.loss, limit)
            self._db.execute(insert(LossRow).values(_row(charge)))
        return spent

    def spent(self, population: str, *, since: datetime) -> PrivacyLoss:
        """Return what was charged to a population from ``since`` on."""
        return _sum(self.history(population, since=since))

    def lifetime(self, population: str) -> PrivacyLoss:
        """Return what was ever charged to a population; no period renews it."""
        return _sum(self.history(population))

    def history(self, population: str, *, since: datetime = EPOCH) -> list[Charge]:
        """Return the charges of a population from ``since`` on, in the order they were made."""
        query = (
            select(LossRow)
            .where(col(LossRow.population) == population, col(LossRow.at) >= to_micros(since))
            .order_by(col(LossRow.number))
        )
        return [_charge(row) for row in self._db.rows(query)]


def _sum(charges: Iterable[Charge]) -> PrivacyLoss:
    """Return the sum of losses: a fold, exact."""
    return sum((charge.loss for charge in charges), start=NOTHING)


def _row(charge: Charge) -> dict[str, Any]:
    """Return a charge's row; fractions as "p/q"."""
    return {
        "population": charge.population,
        "at": to_micros(charge.at),
        "rho": str(charge.loss.rho),
        "delta": str(charge.loss.delta),
        "plan_hash": charge.plan_hash,
        "edition_id": charge.edition_id,
        "purpose": charge.purpose,
        "actor": charge.actor.value,
        "audit_index": charge.audit_index,
    }


def _charge(row: Row[Any]) -> Charge:
    """Parse a row."""
    return Charge(
        population=row.population,
        at=from_micros(row.at),
        loss=PrivacyLoss.of(row.rho, row.delta),
        plan_hash=row.plan_hash,
        edition_id=row.edition_id,
        purpose=Purpose(row.purpose),
        actor=StaffRole(row.actor),
        audit_index=row.audit_index,
    )
