# SPDX-License-Identifier: Apache-2.0
"""The log checked, with every history beside it. Checking it is itself on it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from privseg.audit import (
    AuditEvent,
    Kind,
    Outcome,
    Report,
    Severity,
    StoredEntry,
    check,
    parse_entry,
)
from privseg.engine.audience.check import check_disclosures
from privseg.engine.audit.anchoring import Window, anchors_in, missed, window
from privseg.engine.audit.histories import check_histories
from privseg.engine.audit.identity_check import check_identities
from privseg.engine.audit.people_check import check_people
from privseg.engine.budget.check import LossTable, check_losses
from privseg.engine.consent.ledger_check import bonds_of, check_ledger
from privseg.engine.erasure.receipts import check_receipts
from privseg.engine.house import House
from privseg.engine.policy.check_log import PolicyTables, check_policies
from privseg.engine.reidentify.check import check_reidentifications
from privseg.engine.report.release_check import check_releases
from privseg.engine.segment.record import check_steps
from privseg.engine.who.index import check_touched
from privseg.store import HEAD_FILE, read_head
from privseg.terms import StaffRole
from privseg.tlog import parse_canonical

VERB = "audit-verify"


def verify(
    house: House, *, role: StaffRole | None = None, anchors: tuple[Path, ...] = ()
) -> dict[str, object]:
    """Check every entry against the signed head; report the first bad one and everything odd.

    ``anchors`` are folders of heads kept elsewhere, beside those of the settings. Done in a role,
    the log says so first; the doctor, who tells yes or no, has none.

    Raises:
        AnchorError: a folder of ``anchors`` cannot be read.
    """
    started = time.monotonic()
    before = window(house).failures  # the entry below may mend them, and they were there
    if role is not None:
        house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": VERB}))
    notes, unread = anchors_in(house, anchors)
    remembered = read_head(house.config.private / HEAD_FILE)
    with house.db.reading():
        entries = list(house.log.entries())
        report = check(
            entries,
            checkpoint_note=house.log.head(),
            verifiers=house.audit_verifiers,
            handovers=house.log.handovers(),
            anchors=[*notes, *([remembered.checkpoint] if remembered else [])],
        )
        odd = _odd(house, entries) if report.is_clean else []
    anchored = _anchored(len(entries), report, notes)
    after = window(house, anchored=anchored)
    failed = dict.fromkeys([*before, *after.failures])
    failures = [*failed, *unread, *missed(after, house.outside.clock())]
    return _told(report, odd, after, failures, time.monotonic() - started)


def _odd(house: House, entries: Sequence[StoredEntry]) -> list[str]:
    """Return where the histories beside the log are not what it says."""
    return check_people(house) or [
        *check_losses(entries, LossTable.of(house)),
        *_releases(house, entries),
        *check_releases(house),
        *check_receipts(house, [parse_entry(each.entry_bytes) for each in entries]),
        *check_policies(entries, PolicyTables.of(house)),
        *check_ledger(house, bonds_of(entries), ends=house.ledger.ends()),
        *check_steps(entries, house.definitions.steps()),
        *check_reidentifications(house, [parse_entry(each.entry_bytes) for each in entries]),
        *check_disclosures(house, [parse_entry(each.entry_bytes) for each in entries]),
        *check_touched(house, entries),
        *check_identities(house),
        *check_histories(house, entries),
    ]


def _anchored(size: int, report: Report, notes: Sequence[str]) -> int:
    """Return how many entries the newest anchor that holds covers; the head beside us is none."""
    if not report.is_clean or not notes:
        return 0
    sizes = [int(note.split("\n")[1]) for note in notes]  # they all hold, or it were not clean
    return min(max(sizes, default=0), size)


def _told(
    report: Report, odd: list[str], after: Window, failures: list[str], seconds: float
) -> dict[str, object]:
    """Return what was found, ready to print."""
    clean = report.is_clean and not odd
    warnings = [str(f) for f in report.findings if f.severity is Severity.WARNING]
    return {
        "ok": clean,
        "state": ("erased" if report.erased else "intact") if clean else "tampered",
        "size": report.size,
        "first_bad": report.first_bad,
        "remembered": report.anchored,
        "intact": report.intact,
        "erased": report.erased,
        "anchored": report.size - after.entries if report.size else 0,
        "unanchored": after.entries,
        "unanchored_since": None if after.since is None else after.since.isoformat(),
        "anchor_folders": after.folders,
        "anchor_failures": failures,
        "seconds": round(seconds, 3),
        "warnings": len(warnings),
        "findings": [*(str(f) for f in report.findings), *odd],
    }


def _releases(house: House, entries: Sequence[StoredEntry]) -> list[str]:
    """Compare the register of releases with what the log says was published."""
    logged = [
        (str(e.header["register"]), str(e.header["release"]))
        for e in map(parse_entry, (s.entry_bytes for s in entries))
        if e.kind is Kind.RELEASE
    ]
    kept = [
        (str(r.register_index), str(parse_canonical(r.leaf)["statement"]))
        for r in house.releases.all()
    ]
    if logged == kept:
        return []
    return ["tampered: the register of releases is not what the log says was published"]
