# SPDX-License-Identifier: Apache-2.0
"""Stored memberships: read only of who may still be read, and gone when their time is over.

Nothing here leaves the engine: what is handed over goes through an exit of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pyroaring import BitMap, FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.house import House
from privseg.policy import Policy
from privseg.store import Membership, MembershipHead
from privseg.terms import Category, Ordinal, Purpose, StaffRole

USUAL_DAYS: Final = 365  # where the purpose does not say how long its data are kept
TABLE: Final = "membership"


def members_now(house: House, membership: Membership) -> FrozenBitMap:
    """Return who of a stored membership may still be told to be in it, at this moment.

    Law: whoever has withdrawn what was needed, then or by today's rules, is in it no more, from
    the very moment that the ledger knows. What is older than it may be kept is nobody's.
    """
    before, usual = _limits(house.policy, house.now())
    if membership.at < before.get(membership.purpose, usual):
        return FrozenBitMap()
    needed = _needed(house.policy, membership)
    if not needed:
        return FrozenBitMap()
    people = BitMap(membership.people & house.vault.people(house.columns.snapshot()))
    position, now = house.ledger.position(), house.now()
    for category in sorted(needed):
        people &= house.sets.people(membership.purpose, category, at=now, known_at=position)
    return FrozenBitMap(people)


def may_be_in(house: House, membership: MembershipHead, person: Ordinal) -> bool:
    """Return whether somebody who is found in a segment may be told to be, at this moment."""
    return person in members_now(house, membership.holding(FrozenBitMap([person])))


def expire(house: House, *, role: StaffRole, dry_run: bool = False) -> int:
    """Delete memberships that are older than their purpose keeps data; return how many.

    The log says that it was done; how many is in the body.
    """
    before, usual = _limits(house.policy, house.now())
    if dry_run:
        return house.runs.ended(before, usual=usual)
    with house.db.transaction():
        gone = house.runs.expire(before, usual=usual)
        if gone:
            header: dict[str, str | list[str]] = {"verb": "expire", "table": TABLE}
            house.log.append(AuditEvent(Kind.IMPORT, Outcome.OK, role, header, {"rows": gone}))
    return gone


def _limits(policy: Policy, now: datetime) -> tuple[dict[Purpose, datetime], datetime]:
    """Return the moment before which memberships go, by purpose, and the usual one."""
    usual = now - timedelta(days=USUAL_DAYS)
    days = {p: rule.retention_days for p, rule in policy.purposes.items()}
    return {p: now - timedelta(days=d) for p, d in days.items() if d is not None}, usual


def _needed(policy: Policy, membership: MembershipHead) -> frozenset[Category]:
    """Return what a person must allow by today's catalogue; nothing when nobody can any more."""
    if membership.purpose not in policy.purposes:
        return frozenset()
    try:
        return policy.catalogue.categories_of(membership.reads) | membership.reveals
    except KeyError:
        return frozenset()
