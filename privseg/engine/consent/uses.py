# SPDX-License-Identifier: Apache-2.0
"""Consents that are good for a number of uses: each run that reads somebody is one."""

from __future__ import annotations

import secrets
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.consent import UNRECORDED, Act, Authority, Event, Method
from privseg.engine.consent.drafting import EVENT_KEY, sealed
from privseg.engine.consent.ledger_entry import ledger_entry
from privseg.engine.house import House
from privseg.terms import Category, Ordinal, Purpose, StaffRole


def use_up(
    house: House,
    people: FrozenBitMap,
    *,
    purpose: Purpose,
    categories: frozenset[Category],
    judged_at: datetime,
    role: StaffRole,
) -> None:
    """Record a use for each of ``people`` who has a consent that counts them.

    The caller has just asked who is still eligible at ``judged_at``, in the same transaction; it
    counts from that very moment, so that the last use is never given out twice, even by a clock
    that stands still.
    """
    counted = people & house.ledger.limited()
    if not counted:
        return
    key = house.vault.secret(EVENT_KEY)
    drafts = [_use(house, Ordinal(p), purpose, categories, judged_at) for p in counted]
    recorded = house.ledger.record([sealed(draft, key=key) for draft in drafts])
    house.log.append(ledger_entry(house, "use", role, recorded, purposes=(purpose,)))


def _use(
    house: House,
    person: Ordinal,
    purpose: Purpose,
    categories: frozenset[Category],
    used_at: datetime,
) -> Event:
    """Return one use."""
    return Event(
        position=UNRECORDED,
        event_key=secrets.token_bytes(16),
        content_key=b"",
        subject=person,
        controller=house.policy.controller,
        act=Act.USE,
        event_time=used_at,
        record_time=used_at,
        purpose=purpose,
        categories=categories,
        method=Method.API,
        authority=Authority.STAFF,
    )
