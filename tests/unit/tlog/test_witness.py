# SPDX-License-Identifier: Apache-2.0
"""Cosignatures and requests to witnesses are spelled as C2SP says, and checked as it says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.tlog import (
    AddCheckpoint,
    BadSignatureError,
    Checkpoint,
    MalformedNoteError,
    MalformedRequestError,
    NotWitnessedError,
    WitnessKey,
    cosign,
    leaf_hash,
    parse_add_checkpoint,
    parse_witness_vkey,
    root_hash,
    size_of_conflict,
    witnessed_at,
)
from tests.twins.seed_key import SeedKey
from tests.twins.stand_alone import verify

LOG, WITNESS = SeedKey("example.com/releases"), SeedKey("witness.example/w1", b"w" * 32)
HEAD = Checkpoint(LOG.name, 2, root_hash([leaf_hash(b"a"), leaf_hash(b"b")]))
NOTE = HEAD.sign(LOG)
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = WitnessKey(WITNESS.name, WITNESS.public_key)


def test_the_example_of_the_specification_is_a_cosignature_of_its_time() -> None:
    """C2SP tlog-cosignature: the line of witness.example.com/w1 says 1679315147."""
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5"
        "/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dl"
        "rDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    _, signatures = verify.split_note(note)
    (signed,) = [s for (name, _), s in signatures.items() if name == "witness.example.com/w1"]
    assert len(signed) == 72
    assert int.from_bytes(signed[:8], "big") == 1679315147


def test_a_cosignature_says_when_the_head_was_seen() -> None:
    note = NOTE + cosign(HEAD.text, WITNESS, at=AT)
    assert witnessed_at(note, WITNESS.public) == AT
    assert verify.witnessed_at(note, verify.parse_vkey(KEY.vkey, 4)) == int(AT.timestamp())


@given(st.integers(0, 71 * 8 + 7))
def test_a_changed_bit_of_a_cosignature_is_found_by_both(bit: int) -> None:
    _, signatures = verify.split_note(NOTE + cosign(HEAD.text, WITNESS, at=AT))
    signed = bytearray(list(signatures.values())[-1])
    signed[bit // 8] ^= 1 << bit % 8
    line = f"— {WITNESS.name} {verify.base64.b64encode(KEY.key_id + signed).decode()}\n"
    with pytest.raises(BadSignatureError):
        witnessed_at(NOTE + line, WITNESS.public)
    with pytest.raises(verify.RefusedError):
        verify.witnessed_at(NOTE + line, verify.parse_vkey(KEY.vkey, 4))


@pytest.mark.parametrize(
    ("note", "error"),
    [
        (NOTE, NotWitnessedError),
        (NOTE.replace("\n2\n", "\n3\n") + cosign(HEAD.text, WITNESS, at=AT), BadSignatureError),
        (NOTE + cosign(HEAD.text, SeedKey(WITNESS.name), at=AT), NotWitnessedError),
        (NOTE + cosign(HEAD.text, WITNESS, at=AT) * 2, MalformedNoteError),
        (NOTE + NOTE.split("\n\n")[1].replace(LOG.name, WITNESS.name), NotWitnessedError),
    ],
    ids=["nobody", "another head", "another key", "twice", "a log's signature"],
)
def test_what_is_no_cosignature_of_this_head_is_refused(note: str, error: type) -> None:
    with pytest.raises(error):
        witnessed_at(note, WITNESS.public)
    with pytest.raises(verify.RefusedError):
        verify.witnessed_at(note, verify.parse_vkey(KEY.vkey, 4))


def test_a_witness_key_is_of_its_own_kind_and_has_one_spelling() -> None:
    assert parse_witness_vkey(KEY.vkey) == KEY
    assert verify.vkey_of(verify.parse_vkey(KEY.vkey, 4)) == KEY.vkey
    for text in (WITNESS.vkey, KEY.vkey + "\n", KEY.vkey.replace("w1+", "w2+"), "nonsense", ""):
        with pytest.raises(MalformedNoteError):
            parse_witness_vkey(text)
        with pytest.raises(verify.RefusedError):
            verify.parse_vkey(text, 4)


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=5).map(tuple)


@given(st.integers(0, 2**63 - 1), hashes)
def test_a_request_is_read_back_as_it_was_written(old: int, proof: tuple[bytes, ...]) -> None:
    request = AddCheckpoint(old, proof, NOTE)
    assert parse_add_checkpoint(request.text) == request


def test_the_request_of_the_specification_is_read() -> None:
    lines = [
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=",
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=",
    ]
    request = parse_add_checkpoint(f"old 20852014\n{lines[0]}\n{lines[1]}\n\n{NOTE}")
    assert (request.old_size, len(request.proof), request.checkpoint) == (20852014, 2, NOTE)


@pytest.mark.parametrize(
    "text",
    ["", "old 1\n", f"old 01\n\n{NOTE}", f"old -1\n\n{NOTE}", f"old {2**63}\n\n{NOTE}",
     f"old 1\nAAAA\n\n{NOTE}", f"old 1\n{NOTE}", f"Old 1\n\n{NOTE}", "old 1\n\n",
     "old 1\n" + ("A" * 43 + "=\n") * 64 + f"\n{NOTE}", f"old 1\n{'A' * 42}B=\n\n{NOTE}"],
)  # fmt: skip
def test_a_malformed_request_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequestError):
        parse_add_checkpoint(text)


@pytest.mark.parametrize(
    ("body", "size"),
    [("7\n", 7), ("0\n", 0), ("7", None), ("", None), ("07\n", None), ("x\n", None)],
)
def test_a_conflict_says_a_size_or_nothing(body: str, size: int | None) -> None:
    assert size_of_conflict(body) == size
