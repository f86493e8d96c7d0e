# SPDX-License-Identifier: Apache-2.0
"""Checking a learned release offline: signature, register, price, bounds and grids.

That its loss is what it says is diffprivlib's claim: no code of this project proves it, and this
says so among what it takes on trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.errors import IntegrityError, PrivsegError
from privseg.release.exact_statement import statement_sha256
from privseg.release.learned_again import LearnedForgedError, learned_again
from privseg.release.learned_asked import Json
from privseg.release.learned_register import LearnedRelease, leaf_of, signature_text
from privseg.release.learned_statement import LEARNED_FORMAT
from privseg.tlog import (
    Verifier,
    from_base64,
    leaf_hash,
    open_checkpoint,
    open_note,
    parse_canonical,
    verify_inclusion,
)
from privseg.tlog.canonical import canonical

CHECKS = (
    "the file is a learned release, in its one spelling, with nothing missing or added",
    "its price follows from its epsilon, and the budget's sums add up",
    "every number of the model lies in its bounds and on its public grid",
    "the register holds this very statement, under a signed head",
    "the signature is that of a known key",
    "it says whose claim its loss is: diffprivlib's, which nothing here proves",
)
TOP = frozenset({"privseg", "statement", "register", "signature"})
ENTRY = frozenset({"leaf", "index", "proof", "checkpoint"})


@dataclass(frozen=True, slots=True)
class LearnedVerified:
    """A learned release that holds, and what was checked of it."""

    release: LearnedRelease
    checks: tuple[str, ...]


def verify_learned(document: bytes, verifiers: Sequence[Verifier]) -> LearnedVerified:
    """Return the release in ``document`` after checking all that can be checked without data.

    Raises:
        LearnedForgedError: something in it is not as it must be.
    """
    release = parse_learned(document)
    _check_register(release, verifiers)
    _check_signature(release, verifiers)
    return LearnedVerified(release, CHECKS)


def parse_learned(document: bytes) -> LearnedRelease:
    """Return the release in ``document``; what follows is checked, signatures are not.

    Raises:
        LearnedForgedError: it is not one, or says something that does not follow.
    """
    try:
        return _parsed(parse_canonical(document))
    except LearnedForgedError:
        raise
    except (PrivsegError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        raise LearnedForgedError(field="document", why="it is no learned release") from None


def _parsed(value: Any) -> LearnedRelease:
    if value["privseg"] != LEARNED_FORMAT or value.keys() != TOP:
        raise LearnedForgedError(field="document", why=f"it is not a {LEARNED_FORMAT}")
    statement, entry = value["statement"], value["register"]
    _require_same(learned_again(statement), statement)
    if entry["leaf"] != leaf_of(statement) or entry.keys() != ENTRY:
        raise LearnedForgedError(field="register.leaf", why="it is the leaf of another statement")
    texts = (*entry["proof"], entry["checkpoint"], value["signature"])
    if not isinstance(entry["proof"], list) or not all(isinstance(t, str) for t in texts):
        raise LearnedForgedError(field="register.proof", why="it is no list of texts")
    return LearnedRelease(
        statement, entry["index"], tuple(entry["proof"]), entry["checkpoint"], value["signature"]
    )


def _require_same(expected: Json, found: Json) -> None:
    """Refuse a statement that is not what this code prints of its facts."""
    for key in sorted(expected.keys() | found.keys()):
        if canonical([expected.get(key)]) != canonical([found.get(key)]) or key not in found:
            raise LearnedForgedError(field=f"statement.{key}", why="it does not follow")


def _check_register(release: LearnedRelease, verifiers: Sequence[Verifier]) -> None:
    proof = [from_base64(text) for text in release.proof]
    if any(p is None for p in proof) or type(release.index) is not int:
        raise LearnedForgedError(
            field="register.proof", why="it is not base 64 in its one spelling"
        )
    try:
        _require_one_signature(release.checkpoint)
        head = open_checkpoint(release.checkpoint, verifiers)
        leaf = leaf_hash(canonical(leaf_of(release.statement)))
        hashes = tuple(p for p in proof if p is not None)
        verify_inclusion(leaf, release.index, head.size, hashes, head.root)
    except IntegrityError as refusal:
        raise LearnedForgedError(field="register", why=str(refusal)) from refusal
    if head.origin != release.statement["register"]:
        raise LearnedForgedError(field="register.checkpoint", why="it is another log's head")


def _check_signature(release: LearnedRelease, verifiers: Sequence[Verifier]) -> None:
    try:
        _require_one_signature(release.signature)
        text = open_note(release.signature, verifiers)
    except IntegrityError as refusal:
        raise LearnedForgedError(field="signature", why=str(refusal)) from refusal
    if text != signature_text(statement_sha256(release.statement)):
        raise LearnedForgedError(field="signature", why="it signs another statement")


def _require_one_signature(note: str) -> None:
    """Refuse lines of keys that nobody here can check: not a letter of a release is idle."""
    if note.count("\n— ") != 1:
        raise LearnedForgedError(field="signature", why="it carries not exactly one signature")
