# SPDX-License-Identifier: Apache-2.0
"""The budget ledger: every charge, exactly, and a filter that two processes cannot pass at once.

A charge is made before anything is read and is never given back. The ledger knows no name, key or
copy that would start it afresh: a line is a population, whoever asks and for what. Its charges are
a chain (``budget_chain``) whose head is remembered outside the workspace (``budget_memory``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, insert, select
from sqlmodel import col

from privseg.protect.loss import PrivacyLoss, admit
from privseg.store.budget_chain import LedgerHead, head_of, link_of
from privseg.store.budget_claims import Claim
from privseg.store.budget_memory import Note, parse, require_known, to_bytes
from privseg.store.budget_quota import Quota
from privseg.store.database import Database
from privseg.store.tables_release import LossRow
from privseg.terms import EPOCH, Purpose, StaffRole, from_micros, to_micros

NOTHING = PrivacyLoss(Fraction(0))


class ChargeKind(StrEnum):
    """What was charged."""

    REPORT = "report"
    PREVIEW = "preview"  # how big a segment is, or how many a change would move
    COUNTS = "counts"  # who may be read: coverage, the impact of a policy
    LEARNING = "learning"
    RECOVERY = "recovery"  # what another copy of the workspace charged


@dataclass(frozen=True, slots=True)
class Charge:
    """One plan's loss, charged to the line of a population; ``number`` and ``link`` once it is."""

    population: str
    at: datetime
    loss: PrivacyLoss
    plan_hash: str
    edition_id: str
    purpose: Purpose
    actor: StaffRole
    kind: ChargeKind = ChargeKind.REPORT
    name: str = ""
    number: int = field(default=0, compare=False)
    link: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Payment:
    """A charge that covers a run, what was spent before it, and the run's hold on it.

    ``joined`` is whether another run, which is still alive, was charged for the same answer.
    """

    charge: Charge
    before: PrivacyLoss
    lifetime_before: PrivacyLoss
    joined: bool
    claim: Claim


class BackdatedChargeError(ValueError):
    """A charge lies before the period that judges it: it would never be counted."""


class SqlLosses:
    """The losses of a workspace; ``note`` is where they are remembered outside it."""

    def __init__(self, db: Database, *, note: Note | None = None) -> None:
        self._db = db
        self._note = note
        self._claims = db.claims

    def check(self) -> LedgerHead:
        """Return the ledger's head, once it is known to hold all that is remembered of it.

        What a crash kept from being remembered is caught up.

        Raises:
            LossLedgerError: a charge was altered or removed, or a remembered one is not here.
        """
        known = self._remembered()  # first: what is read later can only be ahead of it
        here = self.head()
        if self._note is not None:
            require_known(here, known, self._note.path)
            if here != known:
                self._remember()
        return here

    def charge(
        self, charge: Charge, *, limit: PrivacyLoss, since: datetime, quotas: Sequence[Quota] = ()
    ) -> PrivacyLoss:
        """Charge a loss against what ``limit`` allows from ``since`` on; return what is spent.

        Every call charges: the same plan twice is charged twice. Between the look and the charge
        nobody else can write, so two processes cannot spend the same budget. ``quotas`` only
        subdivide the line: each that counts the charge must hold, too.

        Raises:
            BudgetExceededError, QuotaExceededError: a limit would be passed; nothing was charged.
            BackdatedChargeError: the charge lies before ``since``.
            LossLedgerError: the ledger is not what it was, or not all that is remembered.
        """
        if charge.at < since:
            raise BackdatedChargeError("a charge lies inside the period that judges it")
        with self._db.transaction():
            head = self.check_here()
            before = self.history(charge.population, since=since)
            spent = admit(_sum(before), charge.loss, limit)
            for quota in quotas:
                quota.admit(charge, before)
            self._book(charge, head)
        return spent

    def pay(
        self, charge: Charge, *, limit: PrivacyLoss, since: datetime, quotas: Sequence[Quota] = ()
    ) -> Payment:
        """Charge a run, or find that a run in progress was charged for the same answer.

        Call it in the transaction that has just looked for the answer and found none: find or
        charge is then one step. A charge whose run ended without an answer is spent: it is never
        joined.

        Raises:
            The same as ``charge``.
        """
        with self._db.transaction():
            if (live := self._live(charge)) is not None:
                return self._payment(live, since, joined=True)
            self.charge(charge, limit=limit, since=since, quotas=quotas)
            return self._payment(self._last(charge.population), since, joined=False)

    def recover(self, charge: Charge) -> Charge:
        """Charge what another copy charged, past every limit: it is spent already.

        From then on this ledger is what is remembered.
        """
        with self._db.transaction():
            self._book(charge, self.head(), agreed=False)
        return self._last(charge.population)

    def adopt(self) -> None:
        """Remember this ledger as it is, whatever was remembered; who calls it has logged it."""
        if self._note is not None:
            with self._note.held():
                self._note.write(to_bytes(self.head()))

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

    def head(self) -> LedgerHead:
        """Return how far the ledger has come, every link made again.

        Raises:
            LossChainError: a charge was altered, moved or removed.
        """
        rows = self._db.rows(select(LossRow).order_by(col(LossRow.number)))
        return head_of(dict(row._mapping) for row in rows)  # noqa: SLF001  # its documented name

    def check_here(self) -> LedgerHead:
        """Return the head like ``check``, inside a transaction: nothing is caught up."""
        known, here = self._remembered(), self.head()
        if self._note is not None:
            require_known(here, known, self._note.path)
        return here

    def remembered(self) -> LedgerHead | None:
        """Return what is remembered outside the workspace, if anything is.

        Raises:
            NoteForgedError, LossMemoryUnreadableError: it is not what this workspace wrote.
        """
        return self._remembered()

    def _remembered(self) -> LedgerHead | None:
        if self._note is None or (said := self._note.read()) is None:
            return None
        return parse(said, self._note.path)

    def _remember(self, *, agreed: bool = True) -> None:
        """Remember the ledger as it is now: it is durable."""
        if self._note is None:
            return
        with self._note.held():
            known = self._remembered() if agreed else None
            here = self.head()
            if agreed:
                require_known(here, known or LedgerHead(), self._note.path)
            if here != known:
                self._note.write(to_bytes(here))

    def _book(self, charge: Charge, head: LedgerHead, *, agreed: bool = True) -> None:
        """Write a charge at the end of the chain; it is remembered once it is durable."""
        said = _row(replace(charge, number=head.count + 1))
        self._db.execute(insert(LossRow).values({**said, "link": link_of(head.link, said)}))
        self._db.after_commit(lambda: self._remember(agreed=agreed))

    def _live(self, asked: Charge) -> Charge | None:
        """Return the newest charge for the same answer, if its run is still alive."""
        same = [
            c
            for c in self.history(asked.population)
            if (c.plan_hash, c.edition_id) == (asked.plan_hash, asked.edition_id)
        ]
        return same[-1] if same and self._claims.is_held(same[-1].number) else None

    def _payment(self, charge: Charge, since: datetime, *, joined: bool) -> Payment:
        """Return a payment: what was spent before its charge, and a claim on it."""
        earlier = [c for c in self.history(charge.population) if c.number < charge.number]
        claim = self._claims.take(charge.number)
        self._db.if_undone(lambda _: claim.give_back())
        this_year = _sum(c for c in earlier if c.at >= since)
        return Payment(charge, this_year, _sum(earlier), joined, claim)

    def _last(self, population: str) -> Charge:
        """Return the charge made last."""
        return self.history(population)[-1]


def _sum(charges: Iterable[Charge]) -> PrivacyLoss:
    """Return the sum of losses: a fold, exact."""
    return sum((charge.loss for charge in charges), start=NOTHING)


def _row(charge: Charge) -> Mapping[str, Any]:
    """Return a charge's row but its link; fractions as "p/q"."""
    return {
        "number": charge.number,
        "population": charge.population,
        "at": to_micros(charge.at),
        "rho": str(charge.loss.rho),
        "delta": str(charge.loss.delta),
        "plan_hash": charge.plan_hash,
        "edition_id": charge.edition_id,
        "purpose": charge.purpose,
        "actor": charge.actor.value,
        "kind": charge.kind.value,
        "name": charge.name,
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
        kind=ChargeKind(row.kind),
        name=row.name,
        number=row.number,
        link=row.link,
    )
