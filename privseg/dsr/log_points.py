# SPDX-License-Identifier: Apache-2.0
"""Commitments to how far the log had come, for receipts that leave the house.

A head of the log would tell its holder how much is done here, and two receipts how much between
them. So a receipt has a hash of size and root under a salt that only the workspace can compute. An
auditor inside gets the *opening* and finds the head in the log; whoever has a receipt and its
opening knows that it was signed over that very log.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256

from privseg.dsr.erasure import ERASURE_FORMAT

SALT_BYTES = 32
_DOMAIN = f"{ERASURE_FORMAT}/log\n".encode()
_SIZE_BYTES = 8  # as RFC 6962 counts: 64 bits


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the salt, how many entries the log had, and their root hash."""

    salt: bytes
    size: int
    root: bytes

    def document(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {"salt": self.salt.hex(), "size": self.size, "root": self.root.hex()}


def commitment(opening: Opening) -> str:
    """Return the commitment that an opening opens, in hex.

    >>> commitment(Opening(bytes(32), 1, bytes(32))) == commitment(Opening(bytes(32), 2, bytes(32)))
    False
    """
    said = opening.size.to_bytes(_SIZE_BYTES) + opening.root
    return sha256(_DOMAIN + opening.salt + said).hexdigest()


def opens(opening: Opening, committed: str) -> bool:
    """Return whether an opening is that of a commitment."""
    return hmac.compare_digest(commitment(opening), committed)
