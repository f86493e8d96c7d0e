# SPDX-License-Identifier: Apache-2.0
"""Erasing somebody from every store, and what the receipt says of backups and of what stays."""

from __future__ import annotations

import json
import secrets
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.consent import UNRECORDED, Act, Authority, Event, Method
from privseg.dsr import Case, CaseState, OutstandingBackup, RequestKind, Residue
from privseg.dsr.erasure import OF_A_SERVER, sign_document, without_backup
from privseg.engine.consent.drafting import EVENT_KEY, sealed
from privseg.engine.consent.ledger_entry import ledger_entry
from privseg.engine.house import House
from privseg.engine.reidentify.forget import reidentify_forget
from privseg.segment.values import Ago, AgoUnit
from privseg.terms import Ordinal, StaffRole

PEOPLE_SETS = "people sets of earlier runs"
_MONTHS = {AgoUnit.MONTHS: 1, AgoUnit.YEARS: 12}
_DAYS = {AgoUnit.DAYS: 1, AgoUnit.WEEKS: 7}


@dataclass(frozen=True, slots=True)
class Removed:
    """How many records of a person the ledger and the memberships lost."""

    consents: int
    memberships: int


def remove(house: House, person: Ordinal, *, at: datetime, role: StaffRole) -> Removed:
    """Take a person out of everything but the vault, in the open transaction."""
    reidentify_forget(house, person)
    memberships = house.runs.forget(person)
    house.sets.forget(FrozenBitMap([person]))  # before: only their events say who is linked
    return Removed(_forget_consents(house, person, at, role), memberships)


def outstanding(house: House) -> tuple[OutstandingBackup, ...]:
    """Return the backups of the keys that still open copies of the workspace from before now."""
    return tuple(
        OutstandingBackup(b.backup_id, b.made_at) for b in house.backups.all() if b.is_outstanding
    )


def settle_receipts(house: House, *, role: StaffRole) -> list[int]:
    """Sign anew the receipts that named backups which are destroyed now; return their requests.

    With the last of them a receipt is final. In the open transaction.
    """
    gone = {b.backup_id for b in house.backups.all() if not b.is_outstanding}
    settled = []
    for case in _erased(house.cases.all()):
        kept = house.cases.body(case.number)
        document = None if kept is None else without_backup(json.loads(kept)["receipt"], gone)
        if document is not None:
            house.cases.keep_body(
                case.number, sign_document(document, house.release_signer).encode()
            )
            header: dict[str, str | list[str]] = {
                "verb": "confirm", "case": str(case.number), "request": case.kind.value,
            }  # fmt: skip
            house.log.append(AuditEvent(Kind.DSR, Outcome.OK, role, header))
            settled.append(case.number)
    return settled


def what_ends(house: House, at: datetime) -> tuple[Residue, ...]:
    """Return what of a person goes by itself, and when at the latest."""
    return (Residue(PEOPLE_SETS, last_day(house.config.audit.bodies, at.date()).isoformat()),)


def more_residues(house: House) -> tuple[str, ...]:
    """Return what stays of a person because of where the database is."""
    return () if isinstance(house.config.database, Path) else (OF_A_SERVER,)


def last_day(kept: Ago, month_of: date) -> date:
    """Return the last day on which bodies written in a month may be there.

    >>> last_day(Ago(3, AgoUnit.YEARS), date(2026, 11, 22)).isoformat()
    '2029-11-30'
    """
    last = month_of.replace(day=monthrange(month_of.year, month_of.month)[1])
    if kept.unit in _DAYS:
        return last + timedelta(days=kept.number * _DAYS[kept.unit])
    months = last.year * 12 + last.month - 1 + kept.number * _MONTHS.get(kept.unit, 12)
    year, month = divmod(months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def _erased(cases: Sequence[Case]) -> list[Case]:
    """Return the erasures that are done."""
    return [c for c in cases if c.kind is RequestKind.ERASURE and c.state is CaseState.DONE]


def _forget_consents(house: House, person: Ordinal, at: datetime, role: StaffRole) -> int:
    """Record the erasure itself and delete the person's other consent events; return how many.

    The ties to other profiles stay, as numbers: without them two people's profiles that lead
    through this one would come apart, and the no of one would no longer bind the other.
    """
    erase = Event(
        position=UNRECORDED,
        event_key=secrets.token_bytes(16),
        content_key=b"",
        subject=person,
        controller=house.policy.controller,
        act=Act.ERASE,
        event_time=at,
        record_time=at,
        authority=Authority.SUBJECT,
        method=Method.API,
    )
    recorded = house.ledger.record([sealed(erase, key=house.vault.secret(EVENT_KEY))])
    gone = house.ledger.forget(person)
    house.log.append(ledger_entry(house, "erase", role, recorded))  # says which events went, too
    return gone
