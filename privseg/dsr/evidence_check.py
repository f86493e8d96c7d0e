# SPDX-License-Identifier: Apache-2.0
"""Checking an evidence bundle from its bytes and the controller's public keys alone."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from typing import Any, NoReturn

from privseg.audit import Kind, Outcome, open_body, parse_entry
from privseg.errors import IntegrityError
from privseg.terms import Purpose, covers, to_micros
from privseg.tlog import (
    Checkpoint,
    NotPrintableError,
    Verifier,
    canonical,
    open_note,
    parse_proof,
)

EVIDENCE_FORMAT = "privseg.consent-evidence/1"
LEAF_BYTES = 24  # of the digests that the log keeps of the ledger
_RECORDED = Struct("<q")  # record time, microseconds since 1970-01-01 UTC
_KEYS = {"privseg", "controller", "made_at", "event", "notice", "evidence", "decision", "policy",
         "log"}  # fmt: skip


class EvidenceForgedError(IntegrityError):
    """A bundle does not hold together, or was changed since it was signed."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"this evidence does not hold: {why}; ask the controller for the bundle again"
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class Shown:
    """What a bundle that holds has shown."""

    document: Mapping[str, Any] = field(repr=False)
    checkpoint: Checkpoint
    steps: tuple[str, ...]


def check_bundle(text: bytes, verifiers: Sequence[Verifier]) -> Shown:
    """Return what a bundle shows, checked from its bytes and the controller's public keys alone.

    Raises:
        EvidenceForgedError: anything in it does not hold.
    """
    document, note = _opened(text)
    try:
        if open_note(note, verifiers) != signature_text(document):
            _refuse("it is not as it was signed")
        steps = check_parts(document)
        proof = parse_proof(document["log"]["proof"])
        head = proof.verify(_bytes(document["log"]["entry"]), verifiers)
    except EvidenceForgedError:
        raise
    except IntegrityError as error:
        raise EvidenceForgedError(str(error).partition(";")[0]) from None
    proved = f"the entry stands at index {proof.index} of the log {head.origin} of size {head.size}"
    return Shown(document, head, (*steps, proved, "the controller signed the bundle"))


def signature_text(document: Mapping[str, object]) -> str:
    """Return what is signed: the format, and the SHA-256 of the canonical document."""
    return f"{EVIDENCE_FORMAT}\n{sha256(canonical(document)).hexdigest()}\n"


def event_leaf(*, content_key: bytes, record_time: datetime) -> bytes:
    """Return what stands for a recorded event in the digests of the log: what, and since when.

    The content key (16 bytes, a keyed hash of all that the event says, its key included), then the
    record time (8 bytes, little-endian microseconds since 1970-01-01 UTC).
    """
    return content_key + _RECORDED.pack(to_micros(record_time))


def _opened(text: bytes) -> tuple[dict[str, Any], str]:
    """Return the document and the note of a file; a key that stands twice is refused.

    Raises:
        EvidenceForgedError: it is no such file.
    """
    try:
        file = json.loads(text, object_pairs_hook=_once)
        document, note = file["bundle"], file["signature"]
        canonical(document)
        if set(file) != {"bundle", "signature"} or set(document) != _KEYS:
            _refuse("a key is unknown or missing")
        if document["privseg"] != EVIDENCE_FORMAT or not isinstance(note, str):
            _refuse("it is of another format")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, NotPrintableError):
        _refuse("it is no evidence bundle")
    return document, note


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of keys that stand once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse("a key stands in it twice")
    return found


def check_parts(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the parts show of each other.

    Raises:
        EvidenceForgedError: they do not fit.
    """
    try:
        event = document["event"]
        return (
            *_check_notice(event, document["notice"]),
            *_check_evidence(event, document["evidence"]),
            *_check_decision(event, document["decision"]),
            *_check_entry(event, document["log"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, Base64Error):
        return _refuse("a part is not of its form")


def _check_notice(event: Mapping[str, Any], notice: Mapping[str, Any] | None) -> tuple[str, ...]:
    """See that the text is the one that the event names."""
    if notice is None:
        return ()
    found = sha256(notice["text"].encode()).hexdigest()
    if {found} != {notice["sha256"], event["notice_sha256"]} or notice["name"] != event["notice"]:
        _refuse("the notice's text is not the one that was shown")
    return (f"the notice {notice['name']} is the text that the event names by its hash",)


def _check_evidence(
    event: Mapping[str, Any], evidence: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """See that the evidence is the one that the event names."""
    if evidence is None:
        return ()
    found = sha256(_bytes(evidence["base64"])).hexdigest()
    if {found} != {evidence["sha256"], event["evidence_sha256"]}:
        _refuse("the evidence is not the one that the event names")
    return ("the evidence is the one that the event names by its hash",)


def _check_decision(event: Mapping[str, Any], decision: Mapping[str, Any]) -> tuple[str, ...]:
    """See that the answer is about this event, and a yes has a witness."""
    own, asked = event["purpose"], decision["purpose"]
    if own is not None and not covers(Purpose(own), Purpose(asked)):
        _refuse("the decision is about another purpose")
    witness = decision["witness"]
    if bool(decision["allowed"]) != (witness is not None) or not decision["reasons"]:
        _refuse("a yes needs a witness, a no has none, and both have reasons")
    if decision["known_at"] < event["position"]:
        _refuse("the decision did not know the event yet")
    if witness is None:
        return (f"the policy answered no: {', '.join(decision['reasons'])}",)
    if event["position"] not in {witness["grant"], *witness["attested"]}:
        _refuse("the witness does not name the event")
    return ("the policy answered yes, and its witness names the event",)


def _check_entry(event: Mapping[str, Any], log: Mapping[str, Any]) -> tuple[str, ...]:
    """See that the log's entry records the event at its position."""
    entry = parse_entry(_bytes(log["entry"]))
    body = open_body(entry, _bytes(log["salt"]), _bytes(log["body"]))
    if entry.kind is not Kind.CONSENT or entry.outcome is not Outcome.OK:
        _refuse("the log's entry is of something else")
    joined = _bytes(log["leaves"])
    first, last, position = body["first"], body["last"], event["position"]
    if not first <= position <= last or len(joined) != (last - first + 1) * LEAF_BYTES:
        _refuse("the log's entry is of other events")
    if sha256(joined).hexdigest() != body["digest"]:
        _refuse("the leaves are not those that the log's entry bound")
    leaf = event_leaf(
        content_key=bytes.fromhex(event["content_key"]),
        record_time=datetime.fromisoformat(event["record_time"]),
    )
    at = (position - first) * LEAF_BYTES
    if joined[at : at + LEAF_BYTES] != leaf:
        _refuse("the log's entry bound another event at this position")
    return (
        (
            f"the log's entry of {entry.time.astimezone(UTC).isoformat()} records the event, "
            f"at position {position}"
        ),
    )


def _bytes(text: str) -> bytes:
    """Return the bytes of base64 text."""
    return b64decode(text, validate=True)


def _refuse(why: str) -> NoReturn:
    """Refuse a bundle."""
    raise EvidenceForgedError(why)
