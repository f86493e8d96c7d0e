# SPDX-License-Identifier: Apache-2.0
"""A release and its place in the release register: a small tree with one leaf per release.

The register is apart from the audit log: its size says how many releases there were, which is
public, and nothing about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privseg.release.encode import encode, statement_sha256
from privseg.release.statement import RELEASE_FORMAT, RegisterEntry, Statement, sign_statement
from privseg.release.table import html
from privseg.tlog import Checkpoint, Signer, canonical, leaf_hash, root_and_proof, to_base64

if TYPE_CHECKING:
    import pandas as pd

LEAF_FORMAT = "privseg.register/1"


@dataclass(frozen=True, slots=True)
class Release:
    """A signed statement with its proof: what is stored, sent and checked.

    ``signature`` is a signed note over the statement's hash (C2SP signed-note).
    """

    statement: Statement
    entry: RegisterEntry
    signature: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON-ready form of the whole file."""
        return {
            "privseg": RELEASE_FORMAT,
            "statement": encode(self.statement),
            "register": {
                "leaf": leaf_of(self.statement),
                "index": self.entry.index,
                "proof": [to_base64(h) for h in self.entry.proof],
                "checkpoint": self.entry.checkpoint,
            },
            "signature": self.signature,
        }

    def to_bytes(self) -> bytes:
        """Return the file. Law: ``parse_release(release.to_bytes()) == release``."""
        return canonical(self.document)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per number, in its unit: estimate, low, high, and why it is withheld."""
        from privseg.release.frame import data_frame  # noqa: PLC0415  (pandas takes 0.45 s)

        return data_frame(self.statement)

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows; every text in it is escaped."""
        return html(self.statement)


def leaf_of(statement: Statement) -> dict[str, str]:
    """Return the register's leaf: the statement's hash and the commitment to the audit entry."""
    return leaf_around(statement_sha256(encode(statement)), statement)


def leaf_around(digest: str, statement: Statement) -> dict[str, str]:
    """Return the register's leaf for a statement whose hash is known already."""
    return {"version": LEAF_FORMAT, "statement": digest, "audit": statement.audit.hex()}


def leaf_bytes(statement: Statement) -> bytes:
    """Return the bytes that the register appends for ``statement``."""
    return canonical(leaf_of(statement))


def enter(statement: Statement, earlier: Sequence[bytes], signer: Signer) -> RegisterEntry:
    """Return the entry of ``statement`` as the next leaf after ``earlier`` (leaf hashes)."""
    leaves = [*earlier, leaf_hash(leaf_bytes(statement))]
    root, proof = root_and_proof(len(earlier), leaves)
    head = Checkpoint(statement.register, len(leaves), root)
    return RegisterEntry(len(earlier), tuple(proof), head.sign(signer))


def sign_release(statement: Statement, entry: RegisterEntry, signer: Signer) -> Release:
    """Return the release: ``statement`` with its register entry and a signature."""
    signature = sign_statement(statement_sha256(encode(statement)), signer)
    return Release(statement, entry, signature)
