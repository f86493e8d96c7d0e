# SPDX-License-Identifier: Apache-2.0
"""A statement in JSON and its place in the release register, as exact and learned releases have it.

They stand in one tree with the protected reports, whose statements have types (``register``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from privseg.release.exact_asked import Json
from privseg.release.exact_statement import statement_sha256
from privseg.release.registered import check_register, check_signature, proof_of
from privseg.tlog import (
    Checkpoint,
    Signer,
    Verifier,
    canonical,
    leaf_hash,
    root_and_proof,
    sign_note,
    to_base64,
)

LEAF_FORMAT = "privseg.register/1"


@dataclass(frozen=True, slots=True)
class JsonEntry:
    """Where a statement stands in the register, under which head; and the signature over it."""

    index: int
    proof: tuple[str, ...]
    checkpoint: str
    signature: str

    @classmethod
    def of(cls, document: Json) -> Self:
        """Return the entry that a file tells, unchecked."""
        entry = document["register"]
        return cls(
            entry["index"], tuple(entry["proof"]), entry["checkpoint"], document["signature"]
        )

    def around(self, statement: Json) -> dict[str, Any]:
        """Return what stands in a file beside its format and data, JSON-ready."""
        return {
            "statement": statement,
            "register": {
                "leaf": leaf_of(statement),
                "index": self.index,
                "proof": list(self.proof),
                "checkpoint": self.checkpoint,
            },
            "signature": self.signature,
        }


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


def signature_text(form: str, sha256: str) -> str:
    r"""Return what is signed: the format, and the hash of the statement's canonical text.

    >>> signature_text("privseg.learned/1", "ab")
    'privseg.learned/1\nab\n'
    """
    return f"{form}\n{sha256}\n"


def sign(form: str, statement: Json, earlier: Sequence[bytes], signer: Signer) -> JsonEntry:
    """Return ``statement`` signed, as the register's next leaf after ``earlier`` (leaf hashes)."""
    leaves = [*earlier, leaf_hash(leaf_bytes(statement))]
    root, proof = root_and_proof(len(earlier), leaves)
    head = Checkpoint(statement["register"], len(leaves), root)
    return JsonEntry(
        index=len(earlier),
        proof=tuple(to_base64(h) for h in proof),
        checkpoint=head.sign(signer),
        signature=sign_note(signature_text(form, statement_sha256(statement)), signer),
    )


def check_entry(
    form: str, statement: Json, entry: JsonEntry, verifiers: Sequence[Verifier]
) -> None:
    """Check a statement's place in the register, and the signature over it.

    Raises:
        ReleaseForgedError: one of them does not hold.
    """
    check_register(
        leaf_of(statement), index=entry.index, proof=proof_of(entry.proof),
        checkpoint=entry.checkpoint, origin=statement["register"], verifiers=verifiers,
    )  # fmt: skip
    text = signature_text(form, statement_sha256(statement))
    check_signature(entry.signature, text, verifiers)
