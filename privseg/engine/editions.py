# SPDX-License-Identifier: Apache-2.0
"""Editions: what reports read, fixed before anything is computed. One a day, or opened by hand."""

from __future__ import annotations

import secrets

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.house import House
from privseg.frames import Edition
from privseg.terms import StaffRole


def current_edition(house: House, *, role: StaffRole) -> Edition:
    """Return the edition of today (in the workspace's zone), opening it if there is none yet."""
    edition = house.editions.current_edition()
    today = house.now().astimezone(house.zone).date()
    if edition is not None and edition.at.astimezone(house.zone).date() >= today:
        return edition
    return open_edition(house, role=role)


def open_edition(house: House, *, role: StaffRole) -> Edition:
    """Open an edition on the data and consents as they are now.

    It renews no budget. The data of older editions are dropped, but for the one before: a run
    that has begun on it may still be reading.
    """
    now = house.now()
    before = house.editions.current_edition()
    with house.db.transaction():
        edition = Edition(
            edition_id=secrets.token_hex(16),
            snapshot=house.columns.snapshot(),
            ledger_position=house.ledger.position(),
            at=now,
        )
        house.editions.open_edition(edition, opened_at=now)
        kept = {edition.snapshot} | ({before.snapshot} if before else set())
        house.columns.collect_garbage(kept)
        house.log.append(_entry(edition, role))
    return edition


def _entry(edition: Edition, role: StaffRole) -> AuditEvent:
    """Return the log's entry; positions are in the body, under its commitment."""
    header: dict[str, str | list[str]] = {"verb": "open-edition", "value": f"e{edition.edition_id}"}
    body = {"snapshot": edition.snapshot, "ledger_position": edition.ledger_position}
    return AuditEvent(Kind.CONFIGURATION, Outcome.OK, role, header, body)
