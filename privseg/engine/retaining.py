# SPDX-License-Identifier: Apache-2.0
"""Taking off the disk what nobody may read any more (GDPR Art. 5(1)(e)).

What is expired is unreadable already, at every edition's moment. Here the files that hold it are
written anew without it and the old ones destroyed, together with their keys. No answer changes:
what goes had expired when the current edition was opened.
"""

from __future__ import annotations

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.compute.ages import ages_of
from privseg.engine.audience import keeping as disclosures
from privseg.engine.audit import retention as audit_retention
from privseg.engine.dsr.holds import held_people
from privseg.engine.house import House
from privseg.engine.segment import memberships
from privseg.policy import Source
from privseg.terms import StaffRole
from privseg.vault.purging import Limits, Purged

KEPT = "kept of erased people"


def expire(house: House, *, role: StaffRole, dry_run: bool = False) -> tuple[Purged, ...]:
    """Remove every value that has expired; return what went (or would go) by table.

    By the retention of sources and columns, not of purposes: others may still read it for theirs.
    Stored memberships go by their purpose's, or after a year; bodies of the log by the settings'.
    The log says which tables were written anew; a dry run changes and says nothing.

    Raises:
        ClockJumpedError: bodies would go by a clock that jumped; nothing was changed.
    """
    audit_retention.require_calm(house)
    edition = house.editions.current_edition()
    at = house.now() if edition is None else edition.at
    limits = ages_of(house.policy.catalogue, at=at)
    there = set(house.columns.tables())
    sources = [s for s in house.policy.catalogue.sources.values() if s.table in limits]
    with house.db.transaction():
        done, held = [], held_people(house)  # what counsel keeps does not expire
        for source in (s for s in sources if s.table in there):
            age = limits[source.table]
            limit = Limits(age.clock, age.rows_after, age.cells_after, held)
            purged = house.columns.purge(source.table, limit, dry_run=dry_run)
            if purged.files and not dry_run:
                house.log.append(_entry(source, purged, role))
            done.append(purged)
        over = _expire_kept(house, dry_run=dry_run)
        gone = memberships.expire(house, role=role, dry_run=dry_run)
        handed = disclosures.expire(house, role=role, dry_run=dry_run)
        bodies = audit_retention.expire(house, role=role, dry_run=dry_run)
    if bodies is not None and not dry_run and not house.db.mine:
        house.db.empty_journal()  # a write-ahead log would still hold what went
    kept = [
        *([Purged(memberships.TABLE, rows=gone)] if gone else []),
        *([Purged(disclosures.TABLE, rows=handed)] if handed else []),
        *([Purged(KEPT, rows=over)] if over else []),
    ]
    return (*done, *kept, *([] if bodies is None else [bodies]))


def _expire_kept(house: House, *, dry_run: bool) -> int:
    """Delete what was kept of erased people and is over by now; return how many (or groups) went.

    Its keys go with it. What the log says of an erasure said until when it was to be kept.
    """
    today = house.now().astimezone(house.zone).date()
    return house.kept.ended(today) if dry_run else house.kept.expire(today)


def _entry(source: Source, purged: Purged, role: StaffRole) -> AuditEvent:
    """Return the log's entry of one table; how much went is in the body."""
    header: dict[str, str | list[str]] = {
        "verb": "expire",
        "source": source.name,
        "table": source.table,
    }
    body = {"rows": purged.rows, "cells": purged.cells, "files": purged.files}
    return AuditEvent(Kind.IMPORT, Outcome.OK, role, header, body)
