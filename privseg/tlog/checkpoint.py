# SPDX-License-Identifier: Apache-2.0
"""Checkpoints (C2SP tlog-checkpoint): which log, how many entries, which root."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from privseg.errors import IntegrityError
from privseg.tlog.base64 import from_base64, to_base64
from privseg.tlog.note import open_note, sign_note
from privseg.tlog.signer import Signer, Verifier
from privseg.tlog.tree import EMPTY_ROOT, HASH_SIZE

MAX_SIZE = 2**63 - 1  # entries; other tools read sizes as signed 64-bit integers
_ORIGIN = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_TEXT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


class MalformedCheckpointError(IntegrityError):
    """A text is not a checkpoint as C2SP tlog-checkpoint says."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a checkpoint: {why}; fetch it again from its source")
        self.why = why


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: its origin, the number of entries, the root over them.

    Raises:
        MalformedCheckpointError: an origin with spaces or a plus sign, a size or root that no
            tree has.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        """Refuse a head that no log has."""
        if not _ORIGIN.fullmatch(self.origin):
            raise MalformedCheckpointError("the origin is empty, or holds a space or a plus sign")
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_SIZE:
            raise MalformedCheckpointError("the size is negative or the root is not 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise MalformedCheckpointError("an empty log has another root")

    @property
    def text(self) -> str:
        """Return the three lines: origin, size, root in base 64."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    def sign(self, signer: Signer, *more: Signer) -> str:
        """Return the signed note of this head."""
        return sign_note(self.text, signer, *more)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that ``text`` spells; extension lines are refused.

    Raises:
        MalformedCheckpointError: any other spelling.
    """
    match = _TEXT.fullmatch(text)
    root = from_base64(match[3]) if match else None
    if not match or root is None:
        raise MalformedCheckpointError("it is not the lines origin, size and root")
    return Checkpoint(match[1], int(match[2]), root)


def open_checkpoint(note: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """Return the checkpoint in a signed note.

    Raises:
        MalformedNoteError, BadSignatureError, UnknownSignerError: the note does not hold.
        MalformedCheckpointError: what was signed is no checkpoint.
    """
    return parse_checkpoint(open_note(note, verifiers))
