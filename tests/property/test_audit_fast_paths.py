# SPDX-License-Identifier: Apache-2.0
"""What is fast is what is plain: remembered parts change no byte, and no refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.audit import AuditEvent, Kind, Outcome, parse_entry, seal
from privseg.audit.reading import Read, Reader
from privseg.audit.sealing import Sealer, Written
from privseg.errors import PrivsegError
from privseg.terms import StaffRole
from privseg.tlog import (
    Frontier,
    canonical,
    inclusion_proof,
    leaf_hash,
    node_hash,
    parse_canonical,
    prove,
    root_hash,
)
from tests.twins.memory_audit import BOOT, salts

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINE = {"sign_in": "operating system", "user": "grace"}


class Word(StrEnum):
    """Text of a type of its own: it prints as text and must be treated as text."""

    RECORD = "record"


keys = st.sampled_from(["verb", "source", "purpose", "erased", "reason", "of", "run", "vkey", "x"])
texts = st.sampled_from(
    ["record", "crm", "a b", "1", "7-12", "7-7", "", "é", 'q"', "\ud800", Word.RECORD]
)
values = st.one_of(texts, st.lists(texts, max_size=2), st.integers(0, 3), st.booleans())
headers = st.one_of(
    st.sampled_from([{"verb": "record"}, {"verb": "record", "source": "crm"}]),
    st.dictionaries(keys, values, max_size=3),
)
bodies = st.dictionaries(
    st.text(max_size=3),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
        max_leaves=4,
    ),
    max_size=3,
)
events = st.builds(
    AuditEvent,
    st.sampled_from([Kind.CONSENT, Kind.DSR, Kind.ACCESS_INTENT, Kind.ACCESS_DENIED]),
    st.sampled_from(list(Outcome)),
    st.sampled_from([StaffRole.ADMIN, StaffRole.AUDITOR]),
    headers,
    bodies,
)


def outcome(run: Callable[[], object]) -> object:
    """Return what came of it, a refusal by its words."""
    try:
        return run()
    except (PrivsegError, TypeError, ValueError) as error:
        return type(error), str(error)


@given(st.lists(events, max_size=8), st.booleans(), st.sampled_from([0, 2**63 - 1]))
def test_sealing_many_writes_what_sealing_each_would(
    several: list[AuditEvent],
    named: bool,  # noqa: FBT001 - drawn
    first: int,
) -> None:
    sealer = Sealer(BOOT)
    by = MINE if named else None
    for number, event in enumerate([*several, *several]):  # the second time from memory
        salt, place = salts()(number), first + number // max(1, len(several))
        fast = outcome(partial(_fast, sealer, event, place, salt, by))
        assert fast == outcome(partial(_plain, event, place, salt, by))


def _plain(
    event: AuditEvent, place: int, salt: bytes, by: Mapping[str, str] | None
) -> list[Written]:
    body = {**event.body, **({} if by is None else {"by": by})}
    whole = AuditEvent(event.kind, event.outcome, event.actor, event.header, body)
    sealed = seal(whole, sequence=place, time=START, monotonic_ns=7, boot_id=BOOT, salt=salt)
    data = sealed.entry.to_bytes()
    return [Written(data, leaf_hash(data), sealed.salt, sealed.body)]


def _fast(
    sealer: Sealer, event: AuditEvent, place: int, salt: bytes, by: Mapping[str, str] | None
) -> list[Written]:
    return sealer.seal_many([event], first=place, time=START, monotonic_ns=7, salts=salt, by=by)


def written(count: int) -> list[bytes]:
    """Return entries as two commits would leave them."""
    sealer, done = Sealer(BOOT), []
    for commit in range(2):
        event = AuditEvent(Kind.CONSENT, Outcome.OK, StaffRole.ADMIN, {"verb": "record"}, {})
        intent = AuditEvent(
            Kind.ACCESS_INTENT, Outcome.PENDING, StaffRole.MARKETER,
            {"run": "r1", "segmenter": "crm", "purpose": "p", "attributes": ["a"]}, {},
        )  # fmt: skip
        done += sealer.seal_many(
            [event, intent] * count,
            first=len(done),
            time=START + timedelta(days=commit, microseconds=commit),
            monotonic_ns=commit * 10**9,
            salts=b"".join(map(salts(), range(2 * count))),
        )
    return [each.data for each in done]


ENTRIES = written(3)


@given(st.lists(st.sampled_from(ENTRIES), max_size=6), st.data())
def test_a_reader_reads_what_the_long_way_reads(warm: list[bytes], data: st.DataObject) -> None:
    """Whatever it read before, and whatever was done to the bytes."""
    reader = Reader()
    for entry in warm:
        assert reader.read(entry) == Read.of(parse_entry(entry))
    entry = bytearray(data.draw(st.sampled_from(ENTRIES)))
    at = data.draw(st.integers(0, len(entry) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "put", "swap", "nothing"])):
        case "flip":
            entry[at] ^= 1 << data.draw(st.integers(0, 7))
        case "cut":
            del entry[at : at + data.draw(st.integers(1, 40))]
        case "put":
            entry[at:at] = data.draw(st.sampled_from([b"0", b" ", b"-", b",", b'"x":1,', b"\xff"]))
        case "swap":
            other = data.draw(st.sampled_from(ENTRIES))
            entry = bytearray(entry[:at] + other[at:])
    changed = bytes(entry)
    assert outcome(lambda: reader.read(changed)) == outcome(lambda: Read.of(parse_entry(changed)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"sequence":1,', b'"sequence":01,'),
        (b'"sequence":1,', b'"sequence":-1,'),
        (b'"sequence":1,', b'"sequence":9223372036854775808,'),
        (b'"sequence":1,', '"sequence":\u0661,'.encode()),
        (b'"monotonic_ns":0', b'"monotonic_ns":00'),
        (b'"monotonic_ns":0', b'"monotonic_ns":9223372036854775808'),
        (b"2026-03-02T09:00:00.000000Z", b"2026-02-30T09:00:00.000000Z"),
        (b"2026-03-02T09:00:00.000000Z", b"2026-03-02T24:00:00.000000Z"),
        (b"2026-03-02T09:00:00.000000Z", b"2026-03-02T09:00:00Z"),
        (b"privseg.audit/1", b"privseg.audit/2"),
        (b'"outcome":"pending"', b'"outcome":"ok"'),
        (b'"kind":"access.intent"', b'"kind":"consent"'),
        (b'"commitment":"', b'"commitment":"G'),
    ],
)
def test_a_warm_reader_refuses_what_a_cold_one_refuses(old: bytes, new: bytes) -> None:
    reader = Reader()
    for entry in ENTRIES:
        reader.read(entry)
    changed = ENTRIES[1].replace(old, new, 1)
    assert changed != ENTRIES[1]
    cold = outcome(lambda: Read.of(parse_entry(changed)))
    assert isinstance(cold, tuple)
    assert outcome(lambda: reader.read(changed)) == cold


def test_a_commitment_that_was_computed_vouches_for_its_own_digits_only() -> None:
    """A caller who gives digits does not make other ones hexadecimal."""
    reader = Reader()
    reader.read(ENTRIES[0])
    commitment = parse_entry(ENTRIES[0]).commitment
    changed = ENTRIES[0].replace(commitment.encode(), b"G" * 64)
    given = outcome(lambda: reader.read(changed, commitment.encode()))
    assert given == outcome(lambda: Read.of(parse_entry(changed)))


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70), st.integers(0, 70))
def test_a_batch_goes_into_a_frontier_as_its_leaves_one_by_one_would(
    leaves: list[bytes], cut: int
) -> None:
    one_by_one = Frontier()
    for leaf in leaves:
        nodes, size, node = list(one_by_one.nodes), one_by_one.size, leaf
        while size & 1:
            node, size = node_hash(nodes.pop(), node), size >> 1
        one_by_one = Frontier(one_by_one.size + 1, (*nodes, node))
    in_two = Frontier().append(leaves[:cut]).append(leaves[cut:])
    assert in_two == one_by_one
    assert in_two.root() == root_hash(leaves)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70), st.data())
def test_a_proof_that_holds_few_hashes_is_the_proof(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    assert prove(index, len(leaves), lambda a, b: leaves[a:b]) == inclusion_proof(index, leaves)


@given(bodies)
def test_what_is_printed_is_read_back(value: dict[str, object]) -> None:
    printed = outcome(lambda: canonical(value))
    if isinstance(printed, bytes):
        assert canonical(parse_canonical(printed)) == printed
