# SPDX-License-Identifier: Apache-2.0
"""Checking an exact release offline: signature, register, and all that follows from its numbers.

The audit of withheld counts is run again from the printed ones; k, l, t and the risks of records
are measured again on the records. What depends on data that are not printed is taken on trust, and
said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.errors import IntegrityError, PrivsegError
from privseg.release.exact_again import ExactForgedError, records_again, tables_again
from privseg.release.exact_asked import ExactKind, Json, plan_hash
from privseg.release.exact_register import ExactRelease, leaf_of, signature_text
from privseg.release.exact_statement import EXACT_FORMAT, statement_sha256
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

CHECKS_TABLES = (
    "the file is an exact release, in its one spelling, with nothing missing or added",
    "no count from 1 to k - 1 is printed, and a group has one count in all tables",
    "every withheld count may be k or more, and what can be worked out of it is what is printed",
    "the register holds this very statement, under a signed head",
    "the signature is that of a known key",
)
CHECKS_RECORDS = (
    "the file is an exact release, in its one spelling, with nothing missing or added",
    "the records are those signed; in each class there are k or more, and what was asked holds",
    "the risks that follow from the records do follow from them",
    "the register holds this very statement, under a signed head",
    "the signature is that of a known key",
)
TOP = frozenset({"privseg", "statement", "data", "register", "signature"})
ENTRY = frozenset({"leaf", "index", "proof", "checkpoint"})


@dataclass(frozen=True, slots=True)
class ExactVerified:
    """An exact release that holds, and what was checked of it."""

    release: ExactRelease
    checks: tuple[str, ...]


def verify_exact(document: bytes, verifiers: Sequence[Verifier]) -> ExactVerified:
    """Return the release in ``document`` after checking all that can be checked without data.

    Raises:
        ExactForgedError: something in it is not as it must be.
    """
    release = parse_exact(document)
    _check_register(release, verifiers)
    _check_signature(release, verifiers)
    is_tables = release.statement["asked"]["kind"] == ExactKind.TABLES
    return ExactVerified(release, CHECKS_TABLES if is_tables else CHECKS_RECORDS)


def parse_exact(document: bytes) -> ExactRelease:
    """Return the release in ``document``; what follows is checked, signatures are not.

    Raises:
        ExactForgedError: it is not one, or says something that does not follow.
    """
    try:
        value = parse_canonical(document)
        return _parsed(value)
    except ExactForgedError:
        raise
    except (PrivsegError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        raise ExactForgedError(field="document", why="it is no exact release") from None


def _parsed(value: Any) -> ExactRelease:
    if value["privseg"] != EXACT_FORMAT or value.keys() != TOP:
        raise ExactForgedError(field="document", why=f"it is not a {EXACT_FORMAT}")
    statement, data, entry = value["statement"], value["data"], value["register"]
    asked = statement["asked"]
    if statement["plan"] != plan_hash(asked):
        raise ExactForgedError(field="statement.plan", why="it is the hash of something else")
    match ExactKind(asked["kind"]):
        case ExactKind.TABLES:
            expected = tables_again(statement, data)
        case ExactKind.RECORDS:
            expected = records_again(statement, data)
    _require_same(expected, statement)
    if entry["leaf"] != leaf_of(statement) or entry.keys() != ENTRY:
        raise ExactForgedError(field="register.leaf", why="it is the leaf of another statement")
    texts = [*entry["proof"], entry["checkpoint"], value["signature"]]
    if type(entry["index"]) is not int or not all(isinstance(text, str) for text in texts):
        raise ExactForgedError(field="register", why="it is not spelled as a proof is")
    return ExactRelease(
        statement, data, entry["index"], tuple(entry["proof"]), entry["checkpoint"],
        value["signature"],
    )  # fmt: skip


def _require_same(expected: Json, found: Json) -> None:
    """Refuse a statement that is not what this code prints of its facts."""
    for key in sorted(expected.keys() | found.keys()):
        if canonical([expected.get(key)]) != canonical([found.get(key)]) or key not in found:
            raise ExactForgedError(field=f"statement.{key}", why="it does not follow")


def _check_register(release: ExactRelease, verifiers: Sequence[Verifier]) -> None:
    proof = [from_base64(text) for text in release.proof]
    if any(p is None for p in proof):
        raise ExactForgedError(field="register.proof", why="it is not base 64 in its one spelling")
    try:
        _require_one_signature(release.checkpoint)
        head = open_checkpoint(release.checkpoint, verifiers)
        leaf = leaf_hash(canonical(leaf_of(release.statement)))
        hashes = tuple(p for p in proof if p is not None)
        verify_inclusion(leaf, release.index, head.size, hashes, head.root)
    except IntegrityError as refusal:
        raise ExactForgedError(field="register", why=str(refusal)) from refusal
    if head.origin != release.statement["register"]:
        raise ExactForgedError(field="register.checkpoint", why="it is another log's head")


def _check_signature(release: ExactRelease, verifiers: Sequence[Verifier]) -> None:
    try:
        _require_one_signature(release.signature)
        text = open_note(release.signature, verifiers)
    except IntegrityError as refusal:
        raise ExactForgedError(field="signature", why=str(refusal)) from refusal
    if text != signature_text(statement_sha256(release.statement)):
        raise ExactForgedError(field="signature", why="it signs another statement")


def _require_one_signature(note: str) -> None:
    """Refuse lines of keys that nobody here can check: not a letter of a release is idle."""
    if note.count("\n— ") != 1:
        raise ExactForgedError(field="signature", why="it carries not exactly one signature")
