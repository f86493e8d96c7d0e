# SPDX-License-Identifier: Apache-2.0
"""A parser accepts exactly what its printer prints: canonical JSON, notes, checkpoints, proofs."""

import json

from hypothesis import given
from hypothesis import strategies as st

from privseg.tlog import (
    EMPTY_ROOT,
    BadSignatureError,
    Checkpoint,
    MalformedNoteError,
    NotCanonicalError,
    TlogProof,
    UnknownSignerError,
    canonical,
    open_note,
    parse_canonical,
    parse_checkpoint,
    parse_proof,
    sign_note,
)
from tests.twins.seed_key import SeedKey

LOG = SeedKey("example.com/log")
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
hashes = st.binary(min_size=32, max_size=32)
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="+"),
    min_size=1,
    max_size=12,
)


@given(values)
def test_a_value_comes_back(value: object) -> None:
    assert parse_canonical(canonical(value)) == value


@given(values)
def test_any_json_reader_reads_the_same(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(values)
def test_any_other_spelling_is_refused(value: object) -> None:
    spellings = (
        json.dumps(value).encode(),
        json.dumps(value, indent=1).encode(),
        json.dumps(value, sort_keys=True, separators=(",", ":")).encode(),
        canonical(value) + b" ",
        b"\xef\xbb\xbf" + canonical(value),
    )
    for spelling in spellings:
        if spelling != canonical(value):
            assert _refused(spelling)


@given(st.binary(max_size=24) | text.map(str.encode))
def test_bytes_are_canonical_or_refused(data: bytes) -> None:
    assert _refused(data) or canonical(parse_canonical(data)) == data


def _refused(data: bytes) -> bool:
    try:
        parse_canonical(data)
    except NotCanonicalError:
        return True
    return False


@given(names, st.integers(0, 2**63 - 1), hashes)
def test_a_checkpoint_comes_back(origin: str, size: int, root: bytes) -> None:
    head = Checkpoint(origin, size, root if size else EMPTY_ROOT)
    assert parse_checkpoint(head.text) == head


@given(st.integers(0, 2**63 - 1), st.lists(hashes, max_size=63), text, st.binary(max_size=9))
def test_a_proof_comes_back(index: int, path: list[bytes], note: str, extra: bytes) -> None:
    proof = TlogProof(index, tuple(path), note or "note", extra)
    assert parse_proof(proof.text) == proof


@given(st.data())
def test_a_changed_bit_of_a_note_is_caught(data: st.DataObject) -> None:
    note = Checkpoint(LOG.name, 3, bytes(range(32))).sign(LOG).encode()
    bit = data.draw(st.integers(0, len(note) * 8 - 1))
    changed = bytearray(note)
    changed[bit // 8] ^= 1 << bit % 8
    try:
        open_note(changed.decode(), [LOG.public])
    except (UnicodeDecodeError, MalformedNoteError, BadSignatureError, UnknownSignerError):
        return
    raise AssertionError


@given(text)
def test_a_signed_text_opens_or_was_never_signed(words: str) -> None:
    try:
        note = sign_note(f"{words}\n", LOG)
    except MalformedNoteError:
        assert any(ord(c) < 0x20 and c != "\n" for c in words)
    else:
        assert open_note(note, [LOG.public]) == f"{words}\n"
