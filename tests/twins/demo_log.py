# SPDX-License-Identifier: Apache-2.0
"""A small log with every kind of entry in it, as a shop would write it. The people are invented."""

from __future__ import annotations

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome, people_to_text
from privseg.terms import StaffRole
from tests.twins.memory_audit import MemoryAuditLog

POLICY = "sha256:" + "5e" * 32
EDITION = "e0" * 16


def intent(run: str, eligible: FrozenBitMap, *segments: str) -> AuditEvent:
    """Return the intent of a run over ``eligible``."""
    return AuditEvent(
        Kind.ACCESS_INTENT,
        Outcome.PENDING,
        StaffRole.MARKETER,
        {
            "run": run,
            "segmenter": "crm-team",
            "purpose": "marketing.email",
            "attributes": ["country", "purchase.amount"],
            "segments": list(segments),
            "policy": POLICY,
            "edition": EDITION,
        },
        {"eligible": people_to_text(eligible), "ledger_position": 41, "edition": EDITION},
    )


def outcome(
    run: str,
    of: int,
    eligible: FrozenBitMap,
    *,
    ended: Outcome = Outcome.OK,
    **members: FrozenBitMap,
) -> AuditEvent:
    """Return the outcome of the run whose intent is entry ``of``."""
    found = {name: people_to_text(people) for name, people in members.items()}
    return AuditEvent(
        Kind.ACCESS_OUTCOME,
        ended,
        StaffRole.MARKETER,
        {"run": run, "of": str(of)},
        {"eligible": people_to_text(eligible), "members": found},
    )


def note(kind: Kind, actor: StaffRole, body: dict[str, object], **header: object) -> AuditEvent:
    """Return an event that ended well."""
    return AuditEvent(kind, Outcome.OK, actor, header, body)  # type: ignore[arg-type]


def run(log: MemoryAuditLog, name: str, eligible: FrozenBitMap, **found: FrozenBitMap) -> int:
    """Append a whole run and return the place of its intent."""
    index = log.append(intent(name, eligible, *sorted(found)))
    log.append(outcome(name, index, eligible, **found))
    return index


def fill(log: MemoryAuditLog) -> None:
    """Append 22 entries: set-up, import, consents, runs, a refusal, a request, an erasure."""
    admin, officer = StaffRole.ADMIN, StaffRole.COMPLIANCE_OFFICER
    everyone, fewer = FrozenBitMap(range(1, 13)), FrozenBitMap({1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12})
    log.append(note(Kind.CONFIGURATION, admin, {}, verb="create", setting="workspace"))
    log.append(note(Kind.KEY, admin, {}, verb="create", key_id="root-1"))
    log.append(note(Kind.CHECKPOINT_KEY, admin, {}, verb="create", vkey=log.signer.vkey))
    log.append(note(Kind.ACTOR, admin, {"account": "ada"}, verb="grant", role="marketer"))
    log.append(note(Kind.POLICY, officer, {}, verb="adopt", policy=POLICY))
    log.append(note(Kind.IMPORT, officer, {"rows": 12}, verb="import", source="crm", snapshot="1"))
    log.append(note(Kind.CONSENT, officer, {"events": 12}, verb="import", source="crm-forms"))
    first = run(log, "a1" * 16, everyone, lapsed=FrozenBitMap({2, 3, 4}), new=FrozenBitMap({9}))
    log.append(
        note(
            Kind.RELEASE,
            StaffRole.MARKETER,
            {"loss": "1/80"},
            run="a1" * 16,
            release="r1" * 8,
            register="0",
            report="spring",
            of=str(first + 1),
        )
    )
    log.append(
        AuditEvent(
            Kind.ACCESS_DENIED,
            Outcome.DENIED,
            StaffRole.MARKETER,
            {
                "segmenter": "crm-team",
                "purpose": "marketing.email",
                "attributes": ["religion"],
                "reason": "no rule lets this segmenter read it",
                "place": "policies/shop.yaml:12:5",
            },
        )
    )
    log.append(note(Kind.CONSENT, officer, {"subject": 4, "act": "withdraw"}, verb="record"))
    run(log, "a2" * 16, fewer, lapsed=FrozenBitMap({2, 3}), new=FrozenBitMap({9, 10}))
    log.append(intent("a3" * 16, fewer, "lapsed"))
    log.append(outcome("a3" * 16, log.size - 1, fewer, ended=Outcome.FAILED))
    log.append(note(Kind.DSR, officer, {"subject": 4}, verb="open", case="1", request="access"))
    log.append(note(Kind.DSR, officer, {"subject": 4}, verb="done", case="1", request="access"))
    log.append(note(Kind.DSR, officer, {"subject": 4}, verb="open", case="2", request="erasure"))
    log.append(
        note(
            Kind.DSR,
            officer,
            {},
            verb="done",
            case="2",
            request="erasure",
            erased=["11", "16", "17", "18"],
        )
    )
    for sequence in (11, 16, 17, 18):
        log.erase_body(sequence)
    log.append(note(Kind.EXPORT, officer, {}, verb="export", format="tlog-tiles"))
    log.append(note(Kind.RETENTION, officer, {}, verb="erase", erased=["5"]))
    log.erase_body(5)
