# SPDX-License-Identifier: Apache-2.0
"""An exact release as a file: statement, records if there are any, register entry, signature.

It stands in the release register beside the protected reports: one tree of all that was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.release.exact_asked import Json
from privseg.release.exact_statement import EXACT_FORMAT
from privseg.release.json_register import JsonEntry, sign
from privseg.tlog import Signer, canonical, parse_canonical

MARK = canonical({"privseg": EXACT_FORMAT})[1:-1]  # stands in the canonical text of every one


@dataclass(frozen=True, slots=True)
class ExactRelease:
    """A signed exact release. ``data`` are its records as CSV, which the statement's hash binds."""

    statement: Json
    data: str | None
    entry: JsonEntry

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON-ready form of the whole file."""
        return {"privseg": EXACT_FORMAT, "data": self.data, **self.entry.around(self.statement)}

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
    return ExactRelease(value["statement"], value["data"], JsonEntry.of(value))


def sign_exact(
    statement: Json, data: str | None, earlier: Sequence[bytes], signer: Signer
) -> ExactRelease:
    """Return ``statement`` signed, as the register's next leaf after ``earlier`` (leaf hashes)."""
    return ExactRelease(statement, data, sign(EXACT_FORMAT, statement, earlier, signer))
