# SPDX-License-Identifier: Apache-2.0
r"""The messages of C2SP tlog-witness, ``add-checkpoint``: a head, and that it continues the last.

::

    old 7\n
    base64(hash of the consistency proof)\n ...
    \n
    the signed head
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from privseg.errors import IntegrityError
from privseg.tlog.base64 import from_base64, to_base64
from privseg.tlog.checkpoint import MAX_SIZE
from privseg.tlog.tree import HASH_SIZE

MAX_PROOF = 63  # hashes, C2SP tlog-witness
SIZE_TYPE = "text/x.tlog.size"  # the content type of a conflict: the size the witness has
_TEXT = re.compile(r"old (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n(.+)", re.DOTALL)
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")


class Status(IntEnum):
    """What a witness answers."""

    COSIGNED = 200
    MALFORMED = 400
    UNTRUSTED = 403  # no key that it trusts for this log has signed
    UNKNOWN = 404  # it does not know this log
    CONFLICT = 409  # it has another size, which it says
    INCONSISTENT = 422  # the proof does not hold


class MalformedRequestError(IntegrityError):
    """A text is not a request to a witness."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a request to a witness: {why}; see C2SP tlog-witness")
        self.why = why


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request: cosign this head, which continues the one of ``old_size``.

    Law: ``parse_add_checkpoint(r.text) == r``.
    """

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def __post_init__(self) -> None:
        """Refuse what the protocol cannot carry."""
        if not 0 <= self.old_size <= MAX_SIZE or len(self.proof) > MAX_PROOF:
            raise MalformedRequestError("the old size or the proof is out of bounds")
        if any(len(each) != HASH_SIZE for each in self.proof) or not self.checkpoint:
            raise MalformedRequestError("a hash is not 32 bytes long, or there is no head")

    @property
    def text(self) -> str:
        """Return the body of the request."""
        lines = "".join(f"{to_base64(each)}\n" for each in self.proof)
        return f"old {self.old_size}\n{lines}\n{self.checkpoint}"


def parse_add_checkpoint(text: str) -> AddCheckpoint:
    """Return the request that ``text`` spells; nothing it says is checked yet.

    Raises:
        MalformedRequestError: any other spelling.
    """
    match = _TEXT.fullmatch(text)
    if not match:
        raise MalformedRequestError("its lines are not those of the protocol")
    hashes = [from_base64(line) for line in match[2].split("\n")[:-1]]
    if None in hashes:
        raise MalformedRequestError("a hash is not base 64 in its one spelling")
    return AddCheckpoint(int(match[1]), tuple(h for h in hashes if h), match[3])


def size_of_conflict(body: str) -> int | None:
    """Return the size that a witness says it has, or None if it says nothing of the kind."""
    match = _SIZE.fullmatch(body)
    return int(match[1]) if match and int(match[1]) <= MAX_SIZE else None
