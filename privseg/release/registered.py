# SPDX-License-Identifier: Apache-2.0
"""What every kind of release has in common: its place in the register, and its signature.

The checks are here once, for protected, exact and learned releases alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from privseg.errors import IntegrityError
from privseg.release.decode_node import ReleaseForgedError
from privseg.tlog import (
    Checkpoint,
    Verifier,
    canonical,
    from_base64,
    leaf_hash,
    open_checkpoint,
    open_note,
    verify_inclusion,
)

ENTRY = frozenset({"leaf", "index", "proof", "checkpoint"})


def require_same(expected: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Refuse a statement that is not what this code prints of its facts, key by key.

    Raises:
        ReleaseForgedError: a key is missing or added, or a value does not follow.
    """
    for key in sorted(expected.keys() | found.keys()):
        both = key in expected and key in found
        if not both or canonical([expected[key]]) != canonical([found[key]]):
            raise ReleaseForgedError(field=f"statement.{key}", why="it does not follow")


def require_entry(entry: Any, signature: object, *, leaf: Mapping[str, str]) -> None:
    """Refuse a register entry or signature that is not spelled as one, or is of something else.

    Raises:
        ReleaseForgedError: it is not.
    """
    if entry.keys() != ENTRY or entry["leaf"] != leaf:
        raise ReleaseForgedError(field="register.leaf", why="it is the leaf of another statement")
    if type(entry["index"]) is not int or not isinstance(entry["proof"], list):
        raise ReleaseForgedError(field="register", why="it is not spelled as a proof is")
    if not all(isinstance(t, str) for t in (*entry["proof"], entry["checkpoint"], signature)):
        raise ReleaseForgedError(field="register", why="it is not spelled as a proof is")


def proof_of(texts: Sequence[str]) -> tuple[bytes, ...]:
    """Return the hashes of a proof.

    Raises:
        ReleaseForgedError: one is not base 64 in its one spelling.
    """
    hashes = [from_base64(text) for text in texts]
    found = tuple(h for h in hashes if h is not None)
    if len(found) < len(hashes):
        raise ReleaseForgedError(
            field="register.proof", why="it is not base 64 in its one spelling"
        )
    return found


def check_register(
    leaf: Mapping[str, str],
    *,
    index: int,
    proof: Sequence[bytes],
    checkpoint: str,
    origin: str,
    verifiers: Sequence[Verifier],
) -> Checkpoint:
    """Return the signed head under which the register holds ``leaf``.

    Raises:
        ReleaseForgedError: it does not, or the head is another log's or nobody's.
    """
    try:
        require_one_signature(checkpoint)
        head = open_checkpoint(checkpoint, verifiers)
        verify_inclusion(leaf_hash(canonical(leaf)), index, head.size, tuple(proof), head.root)
    except IntegrityError as refusal:
        raise ReleaseForgedError(field="register", why=str(refusal)) from refusal
    if head.origin != origin:
        raise ReleaseForgedError(field="register.checkpoint", why="it is another log's head")
    return head


def check_signature(signature: str, text: str, verifiers: Sequence[Verifier]) -> None:
    """Return if ``signature`` is a known key's, over just this text.

    Raises:
        ReleaseForgedError: it is not.
    """
    try:
        require_one_signature(signature)
        signed = open_note(signature, verifiers)
    except IntegrityError as refusal:
        raise ReleaseForgedError(field="signature", why=str(refusal)) from refusal
    if signed != text:
        raise ReleaseForgedError(field="signature", why="it signs another statement")


def require_one_signature(note: str) -> None:
    """Refuse lines of keys that nobody here can check: not a letter of a release is idle.

    Raises:
        ReleaseForgedError: there is not exactly one.
    """
    if note.count("\n— ") != 1:
        raise ReleaseForgedError(field="signature", why="it carries not exactly one signature")
