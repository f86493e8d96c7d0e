# SPDX-License-Identifier: Apache-2.0
"""How many people are in each of several sets that consent decides, told with noise.

Who may be read is itself about people: the difference of two such numbers would count those who
said no. So they are charged to the one budget and made noisy like any report's; the theorem stands
in ``look``. The order is that of a report: charge and log entry in one transaction, then the
counts, the noise, and the answer kept for whoever asks the same of the same edition.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome, people_to_text
from privseg.engine.budget.line import Bill, Paid, pay
from privseg.engine.editions import current_edition
from privseg.engine.errors import RunFailedError
from privseg.engine.house import House
from privseg.engine.policy.approving import require_approved
from privseg.engine.policy.in_force import adopt
from privseg.engine.report.look import (
    DELTA,
    FORMAT,
    MIN_PEOPLE,
    RHO,
    SIZE,
    TABLE,
    Counted,
    CountsCost,
    Look,
    ProtectedCount,
    foresee_counts,
)
from privseg.errors import AuditWriteError, BudgetError, StorageError
from privseg.frames import Cell, Edition, Tally
from privseg.gate import PlanCost
from privseg.protect import (
    ProtectedCell,
    QuantityPlan,
    Withheld,
    protect,
)
from privseg.store import AuditLogUnwritableError, ChargeKind
from privseg.store.counts import SqlCounts
from privseg.terms import Purpose, StaffRole
from privseg.tlog.canonical import canonical, parse_canonical

__all__ = [
    "DELTA",
    "MIN_PEOPLE",
    "RHO",
    "Counted",
    "CountsCost",
    "Look",
    "Maker",
    "ProtectedCount",
    "foresee_counts",
    "protected_counts",
]

Maker = Callable[[Edition], FrozenBitMap]
"""Finds the people of one set, as of an edition; called once, after the charge."""


def protected_counts(
    house: House, makers: Mapping[str, Maker], *, look: Look, role: StaffRole
) -> Counted:
    """Return how many people are in each of ``look.labels``, each set found by its maker.

    Raises:
        PolicyNotApprovedError: the workspace's policy needs a second person's approval.
        BudgetExceededError: the budget does not cover it; nothing was read or charged.
        AuditWriteError: the log cannot be written; nothing was read.
        RunFailedError: it failed after it was charged.
    """
    if set(makers) != set(look.labels):
        raise ValueError("a maker for each label, and no other")
    with _log_or_nothing():
        require_approved(house, role=role)
        edition = current_edition(house, role=role)
        plan, answers = look.plan_hash, SqlCounts(house.db)
        if (known := answers.find(plan_hash=plan, edition_id=edition.edition_id)) is not None:
            return _read_back(known, look, edition, was_known=True)
        run = secrets.token_hex(16)
        begun = _begin(house, look, edition, run, role)
    if isinstance(begun, bytes):
        return _read_back(begun, look, edition, was_known=True)
    paid, intent = begun
    with paid.claim:
        try:
            found = _noisy(house, makers, look, edition)
        except Exception:  # noqa: BLE001  # any message could tell of data: a constant one leaves
            house.log.append(_outcome(house, look, edition, run, intent, role, Outcome.FAILED))
            raise RunFailedError from None
        with house.db.transaction():
            house.log.append(_outcome(house, look, edition, run, intent, role, Outcome.OK))
            kept = answers.add(
                plan_hash=plan, edition_id=edition.edition_id, answer=found, at=house.now()
            )
    return _read_back(kept, look, edition, was_known=False)


@contextmanager
def _log_or_nothing() -> Iterator[None]:
    """Say of a database that fails what it means: it holds the log, so nothing is read."""
    try:
        yield
    except AuditWriteError:
        raise
    except StorageError as error:
        raise AuditLogUnwritableError(error) from None


def _begin(
    house: House, look: Look, edition: Edition, run: str, role: StaffRole
) -> tuple[Paid, int] | bytes:
    """Charge the look and write its intent in one transaction; a refusal is on the log, too.

    Whoever asked the same at the same time and was quicker has the answer already.
    """
    bill = Bill(
        ChargeKind.COUNTS, look.kind, look.plan_hash, edition.edition_id, look.loss,
        Purpose(look.kind), role,
    )  # fmt: skip
    try:
        with house.db.transaction():
            known = SqlCounts(house.db).find(
                plan_hash=look.plan_hash, edition_id=edition.edition_id
            )
            if known is not None:
                return known
            adopt(house, role)
            paid = pay(house, bill)
            return paid, house.log.append(_intent(house, look, edition, run, role, paid.cost))
    except BudgetError:
        header: dict[str, str | list[str]] = {
            "run": run, "segmenter": look.kind, "policy": house.policy.digest, "reason": "budget",
        }  # fmt: skip
        house.log.append(AuditEvent(Kind.ACCESS_DENIED, Outcome.DENIED, role, header))
        raise


def _noisy(house: House, makers: Mapping[str, Maker], look: Look, edition: Edition) -> bytes:
    """Return the answer: exact sets go in, noisy numbers come out, and nothing else leaves."""
    population = house.vault.people(edition.snapshot)
    tallies: dict[Cell, Tally] = {
        (label, ()): Tally(len(_persons(house, edition, makers[label](edition) & population)))
        for label in look.labels
    }
    plan = QuantityPlan((look.table,))
    made = protect(plan, {TABLE: tallies}, None, randbits=house.outside.randbits)
    counts = [_document(cell) for cell in made.tables[0].cells]
    return canonical({"format": FORMAT, "counts": counts})


def _persons(house: House, edition: Edition, people: FrozenBitMap) -> FrozenBitMap:
    """Return one profile of each person: with several in, one would change a count by more."""
    return house.sets.one_each(people, at=edition.at, known_at=edition.ledger_position)


def _document(cell: ProtectedCell) -> dict[str, Any]:
    """Return one cell as JSON."""
    if cell.withheld is Withheld.TOO_FEW_PEOPLE:
        return {"label": cell.segment, "people": None, "low": None, "high": None}
    estimate = cell.numbers[SIZE].estimate
    assert estimate is not None, "a count that is shown has an estimate"
    return {
        "label": cell.segment, "people": estimate.value, "low": estimate.low,
        "high": estimate.high,
    }  # fmt: skip


def _read_back(answer: bytes, look: Look, edition: Edition, *, was_known: bool) -> Counted:
    """Return an answer as it was kept."""
    counts = tuple(
        ProtectedCount(c["label"], c["people"], c["low"], c["high"])
        for c in parse_canonical(answer)["counts"]
    )
    return Counted(counts, edition.edition_id, foresee_counts(look), was_known)


def _intent(
    house: House, look: Look, edition: Edition, run: str, role: StaffRole, cost: PlanCost
) -> AuditEvent:
    """Return the entry that precedes the counting; nobody's attributes are read."""
    body = {
        "eligible": people_to_text(FrozenBitMap()),
        "ledger_position": edition.ledger_position,
        "snapshot": edition.snapshot,
        "plan": look.plan_hash,
        "rho": cost.rho,
        "delta": cost.delta,
        "charged_at": cost.charged_at.isoformat(),
        "link": cost.link,
    }
    header = _header(house, look, edition, run)
    return AuditEvent(Kind.ACCESS_INTENT, Outcome.PENDING, role, header, body)


def _outcome(
    house: House, look: Look, edition: Edition, run: str, intent: int, role: StaffRole,
    outcome: Outcome,
) -> AuditEvent:  # fmt: skip
    """Return the entry that ends the look."""
    header = {**_header(house, look, edition, run), "of": str(intent)}
    body = {"eligible": people_to_text(FrozenBitMap()), "members": {}}
    return AuditEvent(Kind.ACCESS_OUTCOME, outcome, role, header, body)


def _header(house: House, look: Look, edition: Edition, run: str) -> dict[str, str | list[str]]:
    """Return what both entries say in public."""
    return {
        "run": run,
        "segmenter": look.kind,
        "purpose": look.kind,
        "attributes": [],
        "policy": house.policy.digest,
        "plan": look.plan_hash,
        "edition": edition.edition_id,
    }
