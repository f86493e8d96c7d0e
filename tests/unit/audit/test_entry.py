# SPDX-License-Identifier: Apache-2.0
"""Entries: what can be recorded, and how it is sealed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from privseg.audit import (
    MAX_ENTRY,
    AuditEvent,
    CommitmentError,
    Entry,
    HeaderError,
    Kind,
    MalformedEntryError,
    Outcome,
    Sealed,
    UnwritableEntryError,
    commit,
    moment_to_text,
    open_body,
    parse_entry,
    seal,
    text_to_moment,
)
from privseg.errors import InputError, IntegrityError
from privseg.terms import StaffRole
from privseg.tlog import NotPrintableError, canonical, parse_canonical

SALT = bytes(range(32))
AT = datetime(2026, 11, 21, 21, 4, 47, 123456, tzinfo=UTC)
EVENT = AuditEvent(
    Kind.ACCESS_INTENT,
    Outcome.PENDING,
    StaffRole.MARKETER,
    {"run": "a1" * 16, "segmenter": "crm", "purpose": "marketing", "attributes": ["country"]},
    {"ledger_position": 41},
)


def _seal(event: AuditEvent = EVENT, **changes: object) -> Sealed:
    facts = {"sequence": 7, "time": AT, "monotonic_ns": 1, "boot_id": "0b" * 16, "salt": SALT}
    return seal(event, **{**facts, **changes})  # type: ignore[arg-type]


def test_an_entry_is_these_bytes() -> None:
    sealed = _seal()
    assert sealed.body == b'{"ledger_position":41}'
    assert sealed.entry.to_bytes() == (
        b'{"actor":"marketer","boot_id":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",'
        b'"commitment":"' + commit(SALT, sealed.body).encode() + b'",'
        b'"header":{"attributes":["country"],"purpose":"marketing",'
        b'"run":"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","segmenter":"crm"},'
        b'"kind":"access.intent","monotonic_ns":1,"outcome":"pending","sequence":7,'
        b'"time":"2026-11-21T21:04:47.123456Z","version":"privseg.audit/1"}'
    )


def test_an_entry_comes_back() -> None:
    entry = _seal().entry
    assert parse_entry(entry.to_bytes()) == entry


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    east = AT.astimezone(timezone(timedelta(hours=3, minutes=30)))
    assert _seal(time=east).entry.to_bytes() == _seal().entry.to_bytes()


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment_to_text(AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time zone"):
        _seal(time=AT.replace(tzinfo=None)).entry.to_bytes()


@pytest.mark.parametrize(
    "moment", [AT, datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_a_moment_comes_back(moment: datetime) -> None:
    assert text_to_moment(moment_to_text(moment)) == moment


def test_a_body_opens_with_its_salt_only() -> None:
    sealed = _seal()
    assert open_body(sealed.entry, SALT, sealed.body) == {"ledger_position": 41}
    for salt, body in (
        (bytes(32), sealed.body),
        (SALT, b"{}"),
        (SALT[:-1], sealed.body),
        (b"", b""),
    ):
        with pytest.raises(CommitmentError) as refusal:
            open_body(sealed.entry, salt, body)
        assert refusal.value.sequence == 7
        assert isinstance(refusal.value, IntegrityError)


@pytest.mark.parametrize("body", [b"[]", b"{ }", b"not JSON", b'{"a":1.0}'])
def test_a_body_that_is_no_canonical_map_does_not_open(body: bytes) -> None:
    entry = replace(_seal().entry, commitment=commit(SALT, body))
    with pytest.raises(CommitmentError):
        open_body(entry, SALT, body)


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_of_another_length_opens_nothing(salt: bytes) -> None:
    entry = replace(_seal().entry, commitment=commit(salt, b"{}"))
    with pytest.raises(CommitmentError):
        open_body(entry, salt, b"{}")


def test_equal_bodies_are_told_apart_by_nobody() -> None:
    assert _seal().entry.commitment != _seal(salt=bytes(32)).entry.commitment


def test_neither_body_nor_salt_is_shown() -> None:
    event = replace(EVENT, body={"subject": "ada@example.com"})
    assert "ada" not in repr(event) + repr(_seal(event))
    assert SALT.hex() not in repr(_seal())
    assert repr(SALT) not in repr(_seal())


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": -1},
        {"sequence": 2**63},
        {"monotonic_ns": -1},
        {"monotonic_ns": 2**63},
        {"boot_id": ""},
        {"boot_id": "0B" * 16},
        {"boot_id": "0b" * 16 + "\n"},
        {"salt": bytes(31)},
        {"salt": b""},
    ],
)
def test_facts_out_of_range_are_not_recorded(changes: dict[str, object]) -> None:
    with pytest.raises(UnwritableEntryError) as refusal:
        _seal(**changes)
    assert isinstance(refusal.value, InputError)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (Kind.ACCESS_INTENT, Outcome.OK),
        (Kind.ACCESS_INTENT, Outcome.DENIED),
        (Kind.ACCESS_OUTCOME, Outcome.PENDING),
        (Kind.ACCESS_DENIED, Outcome.OK),
        (Kind.POLICY, Outcome.PENDING),
    ],
)
def test_only_an_intent_is_pending_and_a_denial_is_denied(kind: Kind, outcome: Outcome) -> None:
    with pytest.raises(UnwritableEntryError):
        _seal(AuditEvent(kind, outcome, StaffRole.ADMIN, {"verb": "x"}))


@pytest.mark.parametrize("body", [{"rate": 0.5}, {1: 2}, {"a": b"bytes"}, {"a": {"b": {1}}}])
def test_a_body_without_a_canonical_form_is_not_recorded(body: dict[str, object]) -> None:
    with pytest.raises(NotPrintableError):
        _seal(replace(EVENT, body=body))


def test_an_entry_longer_than_a_bundle_can_hold_is_not_recorded() -> None:
    header = {**EVENT.header, "attributes": ["a" * 100] * 700}
    with pytest.raises(UnwritableEntryError):
        _seal(replace(EVENT, header=header)).entry.to_bytes()


def test_bytes_longer_than_a_bundle_can_hold_are_not_parsed() -> None:
    with pytest.raises(MalformedEntryError, match="65535"):
        parse_entry(b" " * (MAX_ENTRY + 1))


def test_an_event_keeps_no_hold_on_its_entry() -> None:
    attributes = ["country"]
    entry = _seal(replace(EVENT, header={**EVENT.header, "attributes": attributes})).entry
    attributes.append("religion")
    assert entry.header["attributes"] == ["country"]


def test_a_header_is_checked_when_it_is_sealed_and_when_it_is_read() -> None:
    with pytest.raises(HeaderError):
        _seal(replace(EVENT, header={**EVENT.header, "subject": "x"}))
    fields = parse_canonical(_seal().entry.to_bytes())
    fields["header"]["subject"] = "x"
    with pytest.raises(MalformedEntryError):
        parse_entry(canonical(fields))


def test_an_entry_of_another_version_cannot_be_made() -> None:
    with pytest.raises(UnwritableEntryError):
        replace(_seal().entry, version="privseg.audit/2")


def test_an_entry_is_frozen() -> None:
    entry: Entry = _seal().entry
    with pytest.raises(AttributeError):
        entry.sequence = 8  # type: ignore[misc]
