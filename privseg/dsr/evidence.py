# SPDX-License-Identifier: Apache-2.0
"""An evidence bundle: one consent, and what proves it, to be checked without us.

``docs/reference/consent-evidence.md`` describes the file. It shows that the event was recorded no
later than the log's entry was written, that the person saw the text whose hash the event names,
and what the policy made of it. That the event's content key is of the content printed beside
it rests on the controller's signature: what it was made with is never handed out, since with it
anybody could try contents against the ledger.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from privseg.audit import Sealed
from privseg.consent import ConsentDecision, Event, Witness
from privseg.dsr.evidence_check import EVIDENCE_FORMAT, check_parts, signature_text
from privseg.terms import Purpose
from privseg.tlog import Signer, TlogProof, sign_note


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """The text of the notice that was shown; its SHA-256 must be the event's."""

    name: str
    language: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PolicyApplied:
    """Which policy judged, and where its rule for the purpose stands."""

    digest: str
    rule: str  # file:line:column
    question_at: datetime
    known_at: int  # ledger position
    category: str


@dataclass(frozen=True, slots=True)
class LogPlace:
    """The log's entry of the record: opened, with its proof.

    ``leaves`` are those of every event that the entry records, in order (see ``event_leaf``).
    """

    sealed: Sealed = field(repr=False)
    leaves: tuple[bytes, ...] = field(repr=False)
    proof: TlogProof = field(repr=False)


def bundle(
    event: Event,
    *,
    made_at: datetime,
    purpose: Purpose,
    decision: ConsentDecision,
    policy: PolicyApplied,
    log: LogPlace,
    notice: NoticeShown | None = None,
    evidence: bytes | None = None,
    media_type: str = "application/octet-stream",
) -> dict[str, object]:
    """Return the bundle of one consent event, unsigned.

    Raises:
        EvidenceForgedError: its parts do not fit each other; nothing of it may be handed out.
    """
    document: dict[str, object] = {
        "privseg": EVIDENCE_FORMAT,
        "controller": event.controller,
        "made_at": _text(made_at),
        "event": _event(event),
        "notice": None if notice is None else _notice(notice),
        "evidence": None if evidence is None else _sealed(evidence, media_type),
        "decision": _decision(purpose, decision, policy),
        "policy": {"digest": policy.digest, "rule": policy.rule},
        "log": _log(log),
    }
    check_parts(document)
    return document


def signed_bundle(document: Mapping[str, object], signer: Signer) -> str:
    """Return the bundle's file: the document and a signed note over its hash."""
    note = sign_note(signature_text(document), signer)
    return json.dumps({"bundle": document, "signature": note}, indent=2, ensure_ascii=False) + "\n"


def _event(event: Event) -> dict[str, object]:
    """Return the event, every field of it."""
    return {
        "position": event.position,
        "event_key": event.event_key.hex(),
        "content_key": event.content_key.hex(),
        "act": str(event.act),
        "event_time": _text(event.event_time),
        "record_time": _text(event.record_time),
        "purpose": event.purpose,
        "categories": sorted(event.categories),
        "explicit": event.explicit,
        "notice": event.notice,
        "notice_sha256": event.notice_sha256,
        "notice_purposes": sorted(event.notice_purposes),
        "language": event.language,
        "method": str(event.method),
        "authority": event.authority.name.lower(),
        "jurisdiction": event.jurisdiction,
        "expires_at": None if event.expires_at is None else _text(event.expires_at),
        "until": event.until,
        "uses": event.uses,
        "idle_days": event.idle_days,
        "evidence_sha256": event.evidence_sha256,
        "quarantined": event.quarantined,
    }


def _notice(notice: NoticeShown) -> dict[str, object]:
    """Return the notice with its text."""
    return {
        "name": notice.name,
        "language": notice.language,
        "sha256": sha256(notice.text.encode()).hexdigest(),
        "text": notice.text,
    }


def _sealed(evidence: bytes, media_type: str) -> dict[str, object]:
    """Return the evidence that had been sealed, opened."""
    return {
        "media_type": media_type,
        "sha256": sha256(evidence).hexdigest(),
        "base64": b64encode(evidence).decode(),
    }


def _decision(
    purpose: Purpose, decision: ConsentDecision, policy: PolicyApplied
) -> dict[str, object]:
    """Return the question and the answer with its witness."""
    return {
        "purpose": purpose,
        "category": policy.category,
        "at": _text(policy.question_at),
        "known_at": policy.known_at,
        "allowed": decision.allowed,
        "status": str(decision.status),
        "reasons": [str(r) for r in decision.reasons],
        "witness": None if decision.witness is None else _witness(decision.witness),
    }


def _witness(witness: Witness) -> dict[str, object]:
    """Return what shows that a yes is one."""
    return {
        "bases": {j: str(basis) for j, basis in witness.bases},
        "attested": list(witness.attested),
        "grant": witness.grant,
        "notice": witness.notice,
    }


def _log(log: LogPlace) -> dict[str, object]:
    """Return the log's entry, its body and its proof."""
    return {
        "entry": b64encode(log.sealed.entry.to_bytes()).decode(),
        "body": b64encode(log.sealed.body).decode(),
        "salt": b64encode(log.sealed.salt).decode(),
        "leaves": b64encode(b"".join(log.leaves)).decode(),
        "proof": log.proof.text,
    }


def _text(moment: datetime) -> str:
    """Return a moment in UTC with six digits."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
