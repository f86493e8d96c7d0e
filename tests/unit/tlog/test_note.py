# SPDX-License-Identifier: Apache-2.0
"""Signed notes, keys, checkpoints and proofs, as C2SP spells them."""

import pytest

from privseg.errors import IntegrityError
from privseg.tlog import (
    EMPTY_ROOT,
    BadSignatureError,
    Checkpoint,
    MalformedCheckpointError,
    MalformedNoteError,
    MalformedProofError,
    ProofMismatchError,
    TlogProof,
    UnknownSignerError,
    VerifierKey,
    from_base64,
    inclusion_proof,
    key_id,
    leaf_hash,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    parse_proof,
    parse_vkey,
    root_hash,
    sign_note,
    vkey,
)
from tests.twins.seed_key import PublicKey, SeedKey

# golang.org/x/mod, sumdb/note/note_test.go
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
PETER_NOTE = (
    f"{PETER_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LOG = SeedKey("example.com/log")
OTHER = SeedKey("example.com/other", bytes(32))
NAMESAKE = SeedKey("example.com/log", b"\x07" * 32)


def _verifier(text: str) -> PublicKey:
    key = parse_vkey(text)
    return PublicKey(key.name, key.public_key)


def test_a_note_signed_by_another_implementation_opens() -> None:
    assert open_note(PETER_NOTE, [_verifier(PETER)]) == PETER_TEXT


def test_our_note_is_the_same_bytes_as_another_implementation_signs() -> None:
    seed = from_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")  # of the same Go tests
    assert seed
    peter = SeedKey("PeterNeumann", seed[1:])
    assert (peter.vkey, sign_note(PETER_TEXT, peter)) == (PETER, PETER_NOTE)
    assert key_id(peter.name, peter.public_key).hex() == "c74f20a3"


@pytest.mark.parametrize("text", ["a\n", "\n", "a\n\nb\n", "ی\n", "— a b\n", "a\n\n— x y\n"])
def test_a_signed_text_comes_back(text: str) -> None:
    assert open_note(sign_note(text, LOG), [LOG.public]) == text


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "a\t\n", "\x00\n", "\ud800\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedNoteError):
        sign_note(text, LOG)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    ours, theirs = sign_note("a\n", LOG), sign_note("a\n", OTHER)
    both = ours + theirs.split("\n\n")[1]
    assert open_note(both, [LOG.public]) == open_note(both, [OTHER.public]) == "a\n"
    assert open_note(both, [LOG.public, OTHER.public]) == "a\n"


def test_a_note_of_unknown_keys_only_is_refused() -> None:
    with pytest.raises(UnknownSignerError):
        open_note(sign_note("a\n", LOG), [OTHER.public])
    with pytest.raises(UnknownSignerError):
        open_note(sign_note("a\n", LOG), [])


def test_a_key_of_the_same_name_is_another_key() -> None:
    with pytest.raises(UnknownSignerError):
        open_note(sign_note("a\n", NAMESAKE), [LOG.public])


def test_one_bad_signature_of_a_known_key_spoils_the_note() -> None:
    ours = sign_note("a\n", LOG)
    theirs = sign_note("b\n", OTHER).split("\n\n")[1]
    with pytest.raises(BadSignatureError) as refusal:
        open_note(ours + theirs, [LOG.public, OTHER.public])
    assert refusal.value.name == OTHER.name


NOTE = sign_note("a\n", LOG)
LINE = NOTE.split("\n\n")[1]


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + LINE,
        NOTE + "more\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—  "),
        NOTE.replace("— ", " — "),
        "a\n" + LINE,
        f"a\n\n— {LOG.name} \n",
        f"a\n\n— {LOG.name} AAAA\n",
        f"a\n\n— {LOG.name} AAAAAA==\n",
        "a\n\n— a+b AAAAAAAA\n",
        f"a\n\n{LINE.strip()} \n",
        "a\n\n" + LINE[:-2] + "\n",
        "\ud800\n\n" + LINE,
        "a" * 1_000_000 + "\n\n" + LINE,
    ],
)
def test_what_is_not_spelled_as_a_note_is_refused(note: str) -> None:
    with pytest.raises(MalformedNoteError) as refusal:
        open_note(note, [LOG.public])
    assert isinstance(refusal.value, IntegrityError)


def test_a_note_may_carry_sixteen_signatures() -> None:
    witnesses = [SeedKey(f"w{i}.example", bytes([i]) * 32) for i in range(16)]
    lines = "".join(sign_note("a\n", each).split("\n\n")[1] for each in witnesses)
    assert open_note(f"a\n\n{lines}", [each.public for each in witnesses]) == "a\n"


def test_a_key_survives_being_handed_over() -> None:
    assert parse_vkey(LOG.vkey) == VerifierKey(LOG.name, LOG.public_key)
    assert vkey(LOG.name, LOG.public_key) == LOG.vkey


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u00a0b", "\ud800", "a\x00"])
def test_a_name_that_no_signature_line_can_hold_is_refused(name: str) -> None:
    with pytest.raises(MalformedNoteError):
        VerifierKey(name, LOG.public_key)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(MalformedNoteError):
        VerifierKey("a", key)


@pytest.mark.parametrize("text", ["example.com/log", "example.com log", "", "a+b", "a\n"])
def test_an_origin_is_a_name_without_spaces(text: str) -> None:
    if text == "example.com/log":
        assert parse_checkpoint(Checkpoint(text, 0, EMPTY_ROOT).text).origin == text
        return
    with pytest.raises(MalformedCheckpointError):
        Checkpoint(text, 0, EMPTY_ROOT)


@pytest.mark.parametrize(
    ("size", "root"), [(-1, EMPTY_ROOT), (2**63, EMPTY_ROOT), (1, b""), (0, bytes(32))]
)
def test_a_head_that_no_log_has_is_refused(size: int, root: bytes) -> None:
    with pytest.raises(MalformedCheckpointError):
        Checkpoint("example.com/log", size, root)


def test_a_checkpoint_is_three_lines() -> None:
    head = Checkpoint("example.com/log", 1, leaf_hash(b""))
    assert head.text == "example.com/log\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n"
    assert parse_checkpoint(head.text) == open_checkpoint(head.sign(LOG), [LOG.public]) == head


ENTRIES = [bytes([i]) for i in range(5)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
HEAD = Checkpoint(LOG.name, 5, root_hash(LEAVES))
PROOF = TlogProof(3, tuple(inclusion_proof(3, LEAVES)), HEAD.sign(LOG))


@pytest.mark.parametrize("extra", [b"", b"x", bytes(range(256))])
def test_a_proof_is_checked_offline(extra: bytes) -> None:
    proof = TlogProof(PROOF.index, PROOF.path, PROOF.checkpoint, extra)
    assert parse_proof(proof.text) == proof
    assert parse_proof(proof.text).verify(ENTRIES[3], [LOG.public]) == HEAD


def test_a_proof_of_the_only_entry_has_no_hashes() -> None:
    head = Checkpoint(LOG.name, 1, LEAVES[0])
    proof = TlogProof(0, (), head.sign(LOG))
    assert parse_proof(proof.text) == proof
    assert proof.verify(ENTRIES[0], [LOG.public]) == head


def test_a_proof_of_another_entry_is_refused() -> None:
    with pytest.raises(ProofMismatchError):
        PROOF.verify(ENTRIES[2], [LOG.public])


def test_a_proof_under_an_unknown_head_is_refused() -> None:
    with pytest.raises(UnknownSignerError):
        PROOF.verify(ENTRIES[3], [OTHER.public])


TEXT = PROOF.text
FIRST, INDEX, *REST = TEXT.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n".join(["c2sp.org/tlog-proof@v2", INDEX, *REST]),
        "\n".join([FIRST, "index 03", *REST]),
        "\n".join([FIRST, "index -3", *REST]),
        "\n".join([FIRST, "index 3 ", *REST]),
        "\n".join([FIRST, "index 9223372036854775808", *REST]),
        "\n".join([FIRST, "extra ", INDEX, *REST]),
        "\n".join([FIRST, "extra A", INDEX, *REST]),
        "\n".join([FIRST, INDEX, "extra AAAA", *REST]),
        "\n".join([FIRST, INDEX, REST[0][:-2] + "B=", *REST[1:]]),
        "\n".join([FIRST, INDEX, "AAAA", *REST[1:]]),
        "\n".join([FIRST, INDEX, *["A" * 43 + "="] * 64, "", *REST[4:]]),
        "\n".join([FIRST, INDEX, *REST[:3]]),
        TEXT.replace("\n", "\r\n"),
        " " + TEXT,
    ],
)
def test_what_is_not_spelled_as_a_proof_is_refused(text: str) -> None:
    with pytest.raises(MalformedProofError):
        parse_proof(text)


def test_a_proof_that_the_format_cannot_hold_is_not_made() -> None:
    long = (bytes(32),) * 64
    for index, path, note in ((-1, (), "a"), (0, (b"x",), "a"), (0, (), ""), (0, long, "a")):
        with pytest.raises(MalformedProofError):
            TlogProof(index, path, note)
