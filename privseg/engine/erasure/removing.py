# SPDX-License-Identifier: Apache-2.0
"""Taking somebody out of every store but the vault, and what stays because of where things lie."""

from __future__ import annotations

import secrets
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from pyroaring import FrozenBitMap

from privseg.consent import UNRECORDED, Act, Authority, Event, Method
from privseg.dsr import Erased, OutstandingBackup, Residue
from privseg.dsr.erasure import OF_A_SERVER
from privseg.engine.consent.drafting import EVENT_KEY, sealed
from privseg.engine.consent.ledger_entry import ledger_entry
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.house import House
from privseg.engine.notices.notifying import forget_notices
from privseg.engine.reidentify.forget import reidentify_forget
from privseg.segment.values import Ago, AgoUnit
from privseg.terms import Ordinal, StaffRole

PEOPLE_SETS = "people sets of earlier runs"
_MONTHS = {AgoUnit.MONTHS: 1, AgoUnit.YEARS: 12}
_DAYS = {AgoUnit.DAYS: 1, AgoUnit.WEEKS: 7}


@dataclass(frozen=True, slots=True)
class Removed:
    """How many records of a person each store lost."""

    consents: int
    memberships: int
    reidentifications: int
    disclosures: int
    notices: int
    corrections: int

    @property
    def stores(self) -> tuple[Erased, ...]:
        """Return what a receipt says of them; what held nothing of the person is not named."""
        always = (
            Erased("consent ledger", self.consents, ()),
            Erased("segment memberships", self.memberships, ()),
        )
        found = (
            Erased("re-identifications", self.reidentifications, ()),
            Erased("hand-overs to recipients", self.disclosures, ()),
            Erased("notices to recipients", self.notices, ()),
            Erased("corrections", self.corrections, ()),
        )
        return (*always, *(each for each in found if each.records))


def remove(house: House, person: Ordinal, *, number: int, at: datetime, role: StaffRole) -> Removed:
    """Take a person out of everything but the vault, in the open transaction, by a request."""
    reidentifications = reidentify_forget(house, person)
    memberships = house.runs.forget(person)
    disclosures = house.disclosures.forget(person)
    notices = forget_notices(house, person, erasure=number)
    corrections = house.corrections.forget(person)
    house.sets.forget(FrozenBitMap([person]))  # before: only their events say who is linked
    consents = _forget_consents(house, person, at, role)
    return Removed(consents, memberships, reidentifications, disclosures, notices, corrections)


def outstanding(house: House) -> tuple[OutstandingBackup, ...]:
    """Return the backups of the keys that still open copies of the workspace from before now."""
    return tuple(
        OutstandingBackup(b.backup_id, b.made_at) for b in house.backups.all() if b.is_outstanding
    )


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


def remove_files(house: House, numbers: set[int], *, but: int) -> None:
    """Remove the person's answers and letters from the workspace's folder of answers.

    The letters that tell recipients of the erasure itself stay until somebody posted them.
    """
    for number in numbers:
        names = (f"request-{number}.*", f".request-{number}.*")  # or half written
        theirs = () if number == but else (f"request-{number}-notice.*",)
        for name in (*names, *theirs):
            for path in (house.config.root / ANSWERS).glob(name):
                path.unlink(missing_ok=True)
