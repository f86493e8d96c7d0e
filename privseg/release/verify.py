# SPDX-License-Identifier: Apache-2.0
"""Checking a release offline: signature, register, and everything that follows from its facts.

No data, no workspace, no clock. What cannot be checked from outside is said in ``Verified.trusts``:
that the draws came from the data through the code named, and that the budget's earlier sums are
those of earlier releases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privseg.errors import PrivsegError
from privseg.release.decode import decode
from privseg.release.decode_node import Node, ReleaseForgedError
from privseg.release.encode import encode, statement_sha256
from privseg.release.register import Release, leaf_around
from privseg.release.registered import check_register, check_signature
from privseg.release.statement import (
    RELEASE_FORMAT,
    RegisterEntry,
    Statement,
    signature_text,
)
from privseg.tlog import (
    Checkpoint,
    Verifier,
    canonical,
    from_base64,
    parse_canonical,
)

KEYS = frozenset({"privseg", "statement", "register", "signature"})
REGISTER_KEYS = frozenset({"leaf", "index", "proof", "checkpoint"})
CHECKS = (
    "the file is a release, in its one spelling, with nothing missing or added",
    "sensitivity, noise, thresholds and derivations follow from the bounds",
    "the cost is the sum of its parts, and epsilon follows from it, rounded up",
    "every interval, total, trend, quantile and formula follows from the released draws",
    "the cells are those of the plan, in its order, and withheld ones hold no number",
    "the register holds this very statement, under a signed head",
    "the signature is that of a known key",
)
TRUSTS = (
    "that the code named made the draws, from the data of the edition named",
    "that a person has one value of each category that a table has totals over",
    "that the budget spent before is the sum of earlier releases",
    "labels, units and colours: they are the publisher's words",
)


@dataclass(frozen=True, slots=True)
class Verified:
    """A release that holds: what was checked, and what had to be taken on trust."""

    release: Release
    checkpoint: Checkpoint
    checks: tuple[str, ...] = CHECKS
    trusts: tuple[str, ...] = TRUSTS

    @property
    def statement(self) -> Statement:
        """Return what the release says."""
        return self.release.statement


def verify_release(document: bytes | Mapping[str, Any], verifiers: Sequence[Verifier]) -> Verified:
    """Return the release in ``document`` after checking all that can be checked without data.

    Raises:
        ReleaseForgedError: something in it is not as it must be; its ``field`` says where.
    """
    release, digest = _parsed(document)
    checkpoint = check_register(
        leaf_around(digest, release.statement), index=release.entry.index,
        proof=release.entry.proof, checkpoint=release.entry.checkpoint,
        origin=release.statement.register, verifiers=verifiers,
    )  # fmt: skip
    check_signature(release.signature, signature_text(digest), verifiers)
    return Verified(release, checkpoint)


def parse_release(document: bytes | Mapping[str, Any]) -> Release:
    """Return the release in ``document``; derived facts are checked, signatures are not.

    Raises:
        ReleaseForgedError: it is not a release, or says something that does not follow.
    """
    return _parsed(document)[0]


def _parsed(document: bytes | Mapping[str, Any]) -> tuple[Release, str]:
    """Return the release in ``document`` and the hash of its statement."""
    value = _value(document)
    root = Node(value)
    _require_keys(root, KEYS)
    if root["privseg"].value != RELEASE_FORMAT:
        why = f"it is of another format; this code reads {RELEASE_FORMAT!r} alone"
        raise root["privseg"].wrong(why)
    statement = decode(value["statement"])
    derived = Node(None, "statement").make(lambda: encode(statement))
    if path := first_difference(derived, value["statement"]):
        raise ReleaseForgedError(field=path, why="it does not follow from the facts stated")
    digest = statement_sha256(derived)
    entry = _entry(root["register"], leaf_around(digest, statement))
    return Release(statement, entry, root["signature"].text()), digest


def first_difference(expected: Any, found: Any, path: str = "statement") -> str | None:
    """Return where ``found`` first differs from ``expected``, types included, or None."""
    if type(expected) is not type(found):
        return path
    if isinstance(expected, dict):
        if expected.keys() != found.keys():
            odd = min(expected.keys() ^ found.keys())
            return f"{path}.{odd}"
        pairs = ((f"{path}.{k}", expected[k], found[k]) for k in expected)
    elif isinstance(expected, list):
        if len(expected) != len(found):
            return path
        both = zip(expected, found, strict=True)
        pairs = ((f"{path}[{i}]", e, f) for i, (e, f) in enumerate(both))
    else:
        return None if expected == found else path
    return next((odd for p, e, f in pairs if (odd := first_difference(e, f, p))), None)


def _value(document: bytes | Mapping[str, Any]) -> dict[str, Any]:
    """Return the document as plain JSON values; bytes must be in the one canonical spelling."""
    try:
        value = dict(document) if isinstance(document, Mapping) else document
        data = value if isinstance(value, bytes) else canonical(value)
        parsed = parse_canonical(data)
    except (PrivsegError, ValueError) as refusal:
        raise ReleaseForgedError(field="document", why="it is not canonical JSON") from refusal
    if not isinstance(parsed, dict):
        raise ReleaseForgedError(field="document", why="it is not a map")
    return parsed


def _require_keys(node: Node, keys: frozenset[str]) -> None:
    if not isinstance(node.value, dict) or node.value.keys() != keys:
        raise node.wrong(f"its keys are not {', '.join(sorted(keys))}")


def _entry(node: Node, leaf: Mapping[str, str]) -> RegisterEntry:
    _require_keys(node, REGISTER_KEYS)
    if node["leaf"].value != leaf:
        raise node["leaf"].wrong("it is the leaf of another statement")
    proof = tuple(_hash(p) for p in node["proof"])
    return RegisterEntry(node["index"].integer(), proof, node["checkpoint"].text())


def _hash(node: Node) -> bytes:
    data = from_base64(node.text())
    if data is None:
        raise node.wrong("it is not base 64 in its one spelling")
    return data
