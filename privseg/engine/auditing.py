# SPDX-License-Identifier: Apache-2.0
"""The log read, checked and handed out. Reading it is itself on it."""

from __future__ import annotations

from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome, check, export, parse_entry
from privseg.engine.errors import WorkspaceExistsError
from privseg.engine.house import House
from privseg.store import HEAD_FILE, read_head
from privseg.terms import StaffRole
from privseg.tlog import vkey
from privseg.vault import Ed25519Verifier

ABOUT = ("verb", "segmenter", "report", "source", "request", "reason", "role")


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
    remembered = read_head(house.config.database.parent / HEAD_FILE)
    anchors = (remembered.checkpoint,) if remembered else ()
    report = check(entries, checkpoint_note=head, verifiers=(verifier,), anchors=anchors)
    return {
        "ok": report.is_clean,
        "size": report.size,
        "first_bad": report.first_bad,
        "remembered": report.anchored,
        "intact": report.intact,
        "erased": report.erased,
        "findings": [str(f) for f in report.findings],
    }


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
