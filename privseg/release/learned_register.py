# SPDX-License-Identifier: Apache-2.0
"""A learned release as a file: statement, register entry, signature.

It stands in the release register beside all else that was published: one tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.release.exact_register import LEAF_FORMAT
from privseg.release.exact_statement import statement_sha256
from privseg.release.learned_asked import Json
from privseg.release.learned_statement import LEARNED_FORMAT
from privseg.tlog import (
    Checkpoint,
    Signer,
    canonical,
    leaf_hash,
    parse_canonical,
    root_and_proof,
    sign_note,
    to_base64,
)

MARK = canonical({"privseg": LEARNED_FORMAT})[1:-1]  # stands in the canonical text of every one


@dataclass(frozen=True, slots=True)
class LearnedRelease:
    """A signed model."""

    statement: Json
    index: int
    proof: tuple[str, ...]
    checkpoint: str
    signature: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON-ready form of the whole file."""
        return {
            "privseg": LEARNED_FORMAT,
            "statement": self.statement,
            "register": {
                "leaf": leaf_of(self.statement),
                "index": self.index,
                "proof": list(self.proof),
                "checkpoint": self.checkpoint,
            },
            "signature": self.signature,
        }

    def to_bytes(self) -> bytes:
        """Return the file."""
        return canonical(self.document)


def is_learned(document: bytes) -> bool:
    """Return whether a stored release, or a file in its canonical text, says that it is learned."""
    return MARK in document


def stored_learned(document: bytes) -> LearnedRelease:
    """Return a release as this house stored it: nothing is checked but that it can be read.

    What comes from outside is for ``learned_verify.parse_learned``.
    """
    value = parse_canonical(document)
    entry = value["register"]
    return LearnedRelease(
        value["statement"], entry["index"], tuple(entry["proof"]), entry["checkpoint"],
        value["signature"],
    )  # fmt: skip


def leaf_of(statement: Json) -> dict[str, str]:
    """Return the register's leaf: the statement's hash and the commitment to the audit entry."""
    return {
        "version": LEAF_FORMAT,
        "statement": statement_sha256(statement),
        "audit": statement["audit"],
    }


def leaf_bytes(statement: Json) -> bytes:
    """Return the bytes that the register appends for ``statement``."""
    return canonical(leaf_of(statement))


def signature_text(sha256: str) -> str:
    r"""Return what is signed: the format, and the hash of the statement's canonical text.

    >>> signature_text("ab")
    'privseg.learned/1\nab\n'
    """
    return f"{LEARNED_FORMAT}\n{sha256}\n"


def sign_learned(statement: Json, earlier: Sequence[bytes], signer: Signer) -> LearnedRelease:
    """Return ``statement`` signed, as the register's next leaf after ``earlier`` (leaf hashes)."""
    leaves = [*earlier, leaf_hash(leaf_bytes(statement))]
    root, proof = root_and_proof(len(earlier), leaves)
    head = Checkpoint(statement["register"], len(leaves), root)
    return LearnedRelease(
        statement=statement,
        index=len(earlier),
        proof=tuple(to_base64(h) for h in proof),
        checkpoint=head.sign(signer),
        signature=sign_note(signature_text(statement_sha256(statement)), signer),
    )
