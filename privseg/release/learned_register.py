# SPDX-License-Identifier: Apache-2.0
"""A learned release as a file: statement, register entry, signature.

It stands in the release register beside all else that was published: one tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.release.json_register import JsonEntry, sign
from privseg.release.learned_asked import Json
from privseg.release.learned_statement import LEARNED_FORMAT
from privseg.tlog import Signer, canonical, parse_canonical

MARK = canonical({"privseg": LEARNED_FORMAT})[1:-1]  # stands in the canonical text of every one


@dataclass(frozen=True, slots=True)
class LearnedRelease:
    """A signed model."""

    statement: Json
    entry: JsonEntry

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON-ready form of the whole file."""
        return {"privseg": LEARNED_FORMAT, **self.entry.around(self.statement)}

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
    return LearnedRelease(value["statement"], JsonEntry.of(value))


def sign_learned(statement: Json, earlier: Sequence[bytes], signer: Signer) -> LearnedRelease:
    """Return ``statement`` signed, as the register's next leaf after ``earlier`` (leaf hashes)."""
    return LearnedRelease(statement, sign(LEARNED_FORMAT, statement, earlier, signer))
