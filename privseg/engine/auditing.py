# SPDX-License-Identifier: Apache-2.0
"""The log read, checked and handed out. Reading it is itself on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privseg.audit import (
    AuditEvent,
    Kind,
    Outcome,
    StoredEntry,
    check,
    export,
    parse_entry,
)
from privseg.engine.budget_check import LossTable, check_losses
from privseg.engine.errors import WorkspaceExistsError
from privseg.engine.house import House
from privseg.engine.ledger_check import bonds_of, check_ledger
from privseg.engine.policy_check_log import PolicyTables, check_policies
from privseg.engine.segment_record import check_steps
from privseg.store import HEAD_FILE, read_head
from privseg.store.event_reading import Ends
from privseg.terms import StaffRole
from privseg.tlog import parse_canonical, vkey
from privseg.vault import Ed25519Verifier

ABOUT = ("verb", "setting", "segmenter", "report", "source", "request", "reason", "role")


def tail(house: House, count: int, *, role: StaffRole) -> list[dict[str, object]]:
    """Return the newest entries, oldest of them first; bodies stay where they are."""
    house.log.append(AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": "audit-tail"}))
    size = house.log.size
    return [
        {
            "sequence": entry.sequence,
            "time": entry.time.isoformat(),
            "kind": entry.kind.value,
            "outcome": entry.outcome.value,
            "actor": entry.actor.value,
            "about": " ".join(str(entry.header[k]) for k in ABOUT if k in entry.header),
            "header": dict(entry.header),
        }
        for stored in house.log.entries(max(0, size - count), size)
        for entry in (parse_entry(stored.entry_bytes),)
    ]


def verify(house: House) -> dict[str, object]:
    """Check every entry against the signed head; report the first bad one and everything odd."""
    signer = house.audit_signer
    verifier = Ed25519Verifier(signer.name, signer.public_key)
    with house.db.reading():
        head, entries = house.log.head(), list(house.log.entries())
        ends, policies = house.ledger.ends(), PolicyTables.of(house)
        steps = house.definitions.steps()
    remembered = read_head(house.config.database.parent / HEAD_FILE)
    anchors = (remembered.checkpoint,) if remembered else ()
    report = check(entries, checkpoint_note=head, verifiers=(verifier,), anchors=anchors)
    odd = _odd(house, entries, ends, policies) if report.is_clean else []
    odd += check_steps(entries, steps) if report.is_clean else []
    return {
        "ok": report.is_clean and not odd,
        "size": report.size,
        "first_bad": report.first_bad,
        "remembered": report.anchored,
        "intact": report.intact,
        "erased": report.erased,
        "findings": [*(str(f) for f in report.findings), *odd],
    }


def _odd(
    house: House, entries: Sequence[StoredEntry], ends: Ends, policies: PolicyTables
) -> list[str]:
    """Return where the histories beside the log are not what it says."""
    ledger = check_ledger(house, bonds_of(entries), ends=ends)
    beside = [*check_losses(entries, LossTable.of(house)), *_releases(house, entries)]
    return [*beside, *check_policies(entries, policies), *ledger]


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


def export_tiles(house: House, out: Path, *, role: StaffRole) -> int:
    """Write the log as tiles with its verifier key; bodies, which hold people sets, stay inside.

    Raises:
        WorkspaceExistsError: the folder is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise WorkspaceExistsError(out)
    house.log.append(AuditEvent(Kind.EXPORT, Outcome.OK, role, {"verb": "audit-export"}))
    signer = house.audit_signer
    with house.db.reading():
        head = house.log.head()
        entries = list(house.log.entries())
    count = 0
    for name, data in export(
        entries, checkpoint_note=head, vkey=vkey(signer.name, signer.public_key)
    ):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        count += 1
    return count
