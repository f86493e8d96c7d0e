# SPDX-License-Identifier: Apache-2.0
"""An exact release as a file: statement, records if there are any, register entry, signature.

It stands in the release register beside the protected reports: one tree of all that was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.release.exact_asked import Json
from privseg.release.exact_statement import EXACT_FORMAT, statement_sha256
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

LEAF_FORMAT = "privseg.register/1"
MARK = canonical({"privseg": EXACT_FORMAT})[1:-1]  # stands in the canonical text of every one


@dataclass(frozen=True, slots=True)
class ExactRelease:
    """A signed exact release. ``data`` are its records as CSV, which the statement's hash binds."""

    statement: Json
    data: str | None
    index: int
    proof: tuple[str, ...]
    checkpoint: str
    signature: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON-ready form of the whole file."""
        return {
            "privseg": EXACT_FORMAT,
            "statement": self.statement,
            "data": self.data,
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


def is_exact(document: bytes) -> bool:
    """Return whether a stored release, or a file in its canonical text, says that it is exact."""
    return MARK in document


def stored_exact(document: bytes) -> ExactRelease:
    """Return a release as this house stored it: nothing is checked but that it can be read.

    What comes from outside is for ``exact_verify.parse_exact``.
    """
    value = parse_canonical(document)
    entry = value["register"]
    return ExactRelease(
        value["statement"], value["data"], entry["index"], tuple(entry["proof"]),
        entry["checkpoint"], value["signature"],
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
    'privseg.exact-release/1\nab\n'
    """
    return f"{EXACT_FORMAT}\n{sha256}\n"


def sign_exact(
    statement: Json, data: str | None, earlier: Sequence[bytes], signer: Signer
) -> ExactRelease:
    """Return ``statement`` signed, as the register's next leaf after ``earlier`` (leaf hashes)."""
    leaves = [*earlier, leaf_hash(leaf_bytes(statement))]
    root, proof = root_and_proof(len(earlier), leaves)
    head = Checkpoint(statement["register"], len(leaves), root)
    return ExactRelease(
        statement=statement,
        data=data,
        index=len(earlier),
        proof=tuple(to_base64(h) for h in proof),
        checkpoint=head.sign(signer),
        signature=sign_note(signature_text(statement_sha256(statement)), signer),
    )
