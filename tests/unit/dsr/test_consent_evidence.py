# SPDX-License-Identifier: Apache-2.0
"""Evidence of a consent: what a bundle shows offline, and that nothing in it can be changed."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from struct import Struct
from typing import Any

import jsonschema
import pytest

from privseg.audit import AuditEvent, Kind, Outcome, seal
from privseg.consent import ConsentDecision, ConsentStatus, ReasonCode, Witness
from privseg.consent.event import Act, Event, Method
from privseg.dsr.evidence import LogPlace, NoticeShown, PolicyApplied, bundle, signed_bundle
from privseg.dsr.evidence_check import EvidenceForgedError, check_bundle, event_leaf
from privseg.store.event_body import StoredEvent
from privseg.terms import (
    Category,
    Controller,
    Jurisdiction,
    LawfulBasis,
    Ordinal,
    Purpose,
    StaffRole,
    to_micros,
)
from privseg.tlog import Checkpoint, TlogProof, leaf_hash, root_and_proof
from tests.twins.seed_key import SeedKey

KEY = SeedKey("shop.example/log", bytes(32))
OTHER = SeedKey("shop.example/log", b"\1" * 32)
AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
TEXT = "Wir zeigen Ihnen Werbung. Sie können jederzeit widerrufen."
FORM = b'{"ticked":["ads"]}'
PURPOSE = Purpose("marketing.ads")
SCHEMA = json.loads(
    files("privseg.loaders.schemas").joinpath("consent-evidence.schema.json").read_text("utf-8")
)
EVENT = Event(
    position=12,
    event_key=b"k" * 16,
    content_key=b"c" * 16,
    subject=Ordinal(5),
    controller=Controller("shop"),
    act=Act.GRANT,
    event_time=datetime(2026, 1, 1, tzinfo=UTC),
    record_time=datetime(2026, 1, 2, tzinfo=UTC),
    purpose=PURPOSE,
    categories=frozenset({Category("browsing")}),
    notice="ads@3",
    notice_sha256=sha256(TEXT.encode()).hexdigest(),
    language="de",
    method=Method.FORM,
    evidence_sha256=sha256(FORM).hexdigest(),
)
YES = ConsentDecision(
    allowed=True,
    status=ConsentStatus.GIVEN,
    reasons=(ReasonCode.GIVEN,),
    witness=Witness(
        PURPOSE,
        ((Jurisdiction("DE"), LawfulBasis.CONSENT),),
        attested=(3,),
        grant=12,
        notice="ads@3",
    ),
)
POLICY = PolicyApplied("sha256:" + "ab" * 32, "policies/shop.yaml:40:3", AT, 40, "browsing")
NOTICE = NoticeShown("ads@3", "de", TEXT)


def leaves(event: Event = EVENT) -> tuple[bytes, ...]:
    own = event_leaf(content_key=event.content_key, record_time=event.record_time)
    return (b"a" * 24, own, b"z" * 24)


def log(*, kind: Kind = Kind.CONSENT, found: tuple[bytes, ...] | None = None) -> LogPlace:
    bound = leaves() if found is None else found
    body = {"recorded": 3, "first": 11, "last": 13, "digest": sha256(b"".join(bound)).hexdigest()}
    header: dict[str, str | list[str]] = {"verb": "import"}
    sealed = seal(
        AuditEvent(kind, Outcome.OK, StaffRole.ENGINEER, header, body),
        sequence=2,
        time=datetime(2026, 1, 2, 0, 0, 1, tzinfo=UTC),
        monotonic_ns=1,
        boot_id="0" * 32,
        salt=bytes(32),
    )
    entries = [
        leaf_hash(b"0"),
        leaf_hash(b"1"),
        leaf_hash(sealed.entry.to_bytes()),
        leaf_hash(b"3"),
    ]
    root, path = root_and_proof(2, entries)
    note = Checkpoint("shop.example/log", 4, root).sign(KEY)
    return LogPlace(sealed, bound, TlogProof(2, tuple(path), note))


def document(event: Event = EVENT, **more: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "made_at": AT,
        "purpose": PURPOSE,
        "decision": YES,
        "policy": POLICY,
        "log": log(),
        "notice": NOTICE,
        "evidence": FORM,
        "media_type": "application/json",
    }
    return bundle(event, **(parts | more))


def test_a_bundle_shows_the_consent_without_us() -> None:
    file = signed_bundle(document(), KEY)
    jsonschema.validate(json.loads(file), SCHEMA, jsonschema.Draft202012Validator)
    shown = check_bundle(file.encode(), [KEY.public])
    assert shown.checkpoint.size == 4
    assert shown.steps == (
        "the notice ads@3 is the text that the event names by its hash",
        "the evidence is the one that the event names by its hash",
        "the policy answered yes, and its witness names the event",
        "the log's entry of 2026-01-02T00:00:01+00:00 records the event, at position 12",
        "the entry stands at index 2 of the log shop.example/log of size 4",
        "the controller signed the bundle",
    )


def test_a_no_is_evidence_too() -> None:
    no = ConsentDecision(
        allowed=False, status=ConsentStatus.WITHDRAWN, reasons=(ReasonCode.WITHDRAWN,)
    )
    shown = check_bundle(signed_bundle(document(decision=no), KEY).encode(), [KEY.public])
    assert "the policy answered no: withdrawn" in shown.steps


def change(path: tuple[str, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(found: dict[str, Any]) -> None:
        inner = found
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    return apply


FORGED = {
    "the notice's text": change(("notice", "text"), "Nichts."),
    "the notice's name": change(("notice", "name"), "ads@4"),
    "the notice's hash": change(("notice", "sha256"), "00" * 32),
    "the evidence": change(("evidence", "base64"), b64encode(b"{}").decode()),
    "evidence that is no base64": change(("evidence", "base64"), "!"),
    "the event's position": change(("event", "position"), 11),
    "the event's time of record": change(("event", "record_time"), "2025-01-01T00:00:00.000000Z"),
    "the content's key": change(("event", "content_key"), "00" * 16),
    "the event's notice": change(("event", "notice_sha256"), None),
    "another purpose": change(("decision", "purpose"), "analytics"),
    "a yes without witness": change(("decision", "witness"), None),
    "a witness of another event": change(("decision", "witness", "grant"), 13),
    "a decision from before": change(("decision", "known_at"), 11),
    "other leaves": change(("log", "leaves"), b64encode(b"x" * 72).decode()),
    "fewer leaves": change(("log", "leaves"), b64encode(b"x" * 48).decode()),
    "another body": change(("log", "body"), b64encode(b'{"first":12}').decode()),
    "another salt": change(("log", "salt"), b64encode(b"\1" * 32).decode()),
    "another entry": change(("log", "entry"), b64encode(b"{}").decode()),
    "a part that is missing": change(("log",), {}),
    "a part of another form": change(("event",), []),
}


@pytest.mark.parametrize("case", FORGED)
def test_parts_that_do_not_fit_are_refused_even_when_signed(case: str) -> None:
    found = json.loads(json.dumps(document()))
    FORGED[case](found)
    with pytest.raises(EvidenceForgedError):
        check_bundle(signed_bundle(found, KEY).encode(), [KEY.public])


def test_any_change_after_signing_is_refused() -> None:
    file = json.loads(signed_bundle(document(), KEY))
    file["bundle"]["event"]["event_time"] = "2025-12-31T00:00:00.000000Z"
    with pytest.raises(EvidenceForgedError, match="as it was signed"):
        check_bundle(json.dumps(file).encode(), [KEY.public])


def test_a_proof_of_another_log_is_refused() -> None:
    file = json.loads(signed_bundle(document(), KEY))
    moved = replace(log().proof, index=1)
    file["bundle"]["log"]["proof"] = moved.text
    with pytest.raises(EvidenceForgedError):
        check_bundle(signed_bundle(file["bundle"], KEY).encode(), [KEY.public])


def test_somebody_elses_signature_is_refused() -> None:
    with pytest.raises(EvidenceForgedError):
        check_bundle(signed_bundle(document(), OTHER).encode(), [KEY.public])


def test_an_entry_about_something_else_is_refused() -> None:
    with pytest.raises(EvidenceForgedError, match="something else"):
        document(log=log(kind=Kind.CONFIGURATION))


def test_parts_that_do_not_fit_are_never_made_into_a_bundle() -> None:
    with pytest.raises(EvidenceForgedError, match="notice"):
        document(notice=replace(NOTICE, text="Nichts."))


HOSTILE = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "not Unicode": b"\xff",
    "a key twice": b'{"bundle":{},"bundle":{},"signature":""}',
    "another format": b'{"bundle":{"privseg":"x"},"signature":""}',
    "bottomless": b"[" * 100_000,
    "a float": b'{"bundle":{"privseg":1.5},"signature":""}',
    "half a character": b'{"bundle":{"privseg":"\\ud800"},"signature":""}',
    "a huge number": b'{"bundle":{"privseg":' + b"9" * 5000 + b'},"signature":""}',
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_bundle_is_refused(case: str) -> None:
    with pytest.raises(EvidenceForgedError):
        check_bundle(HOSTILE[case], [KEY.public])


def test_the_sealed_evidence_and_the_text_stay_out_of_repr() -> None:
    shown = check_bundle(signed_bundle(document(), KEY).encode(), [KEY.public])
    assert "Werbung" not in repr(NOTICE) + repr(shown)
    assert b64decode(document()["evidence"]["base64"]) == FORM


def test_a_leaf_is_the_one_that_the_ledger_keeps() -> None:
    row = StoredEvent(
        position=12,
        event_key=EVENT.event_key,
        content_key=EVENT.content_key,
        body=bytes(32) + Struct("<q").pack(to_micros(EVENT.record_time)) + bytes(5),
        own=None,
        evidence=None,
    )
    assert row.leaf == leaves()[1]
