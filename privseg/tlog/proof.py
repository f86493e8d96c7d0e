# SPDX-License-Identifier: Apache-2.0
"""Offline proofs (C2SP tlog-proof): an index, an audit path and the checkpoint it leads to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from privseg.errors import IntegrityError
from privseg.tlog.base64 import from_base64, to_base64
from privseg.tlog.checkpoint import MAX_SIZE, Checkpoint, open_checkpoint
from privseg.tlog.signer import Verifier
from privseg.tlog.tree import HASH_SIZE, leaf_hash
from privseg.tlog.verification import verify_inclusion

FIRST_LINE = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63  # hashes: the height of the largest tree
_TEXT = re.compile(
    re.escape(FIRST_LINE) + r"\n(?:extra ([A-Za-z0-9+/]+={0,2})\n)?"
    r"index (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n(.+)",
    re.DOTALL,
)


class MalformedProofError(IntegrityError):
    """A text is not a proof as C2SP tlog-proof says."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a proof: {why}; fetch it again from its source")
        self.why = why


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Shows offline that an entry stands in a log.

    ``checkpoint`` is the signed note verbatim. ``extra`` is not authenticated by anything.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def __post_init__(self) -> None:
        """Refuse what the format cannot carry."""
        if not 0 <= self.index <= MAX_SIZE or len(self.path) > MAX_PATH or not self.checkpoint:
            raise MalformedProofError("the index, the path or the checkpoint is out of bounds")
        if any(len(each) != HASH_SIZE for each in self.path):
            raise MalformedProofError("a hash is not 32 bytes long")

    @property
    def text(self) -> str:
        """Return the proof as a file holds it (suffix ``.tlog-proof``)."""
        extra = f"extra {to_base64(self.extra)}\n" if self.extra else ""
        path = "".join(f"{to_base64(each)}\n" for each in self.path)
        return f"{FIRST_LINE}\n{extra}index {self.index}\n{path}\n{self.checkpoint}"

    def verify(self, entry: bytes, verifiers: Sequence[Verifier]) -> Checkpoint:
        """Return the checkpoint under which ``entry`` (its bytes) is shown to stand.

        Raises:
            ProofMismatchError: the path does not lead from the entry to the checkpoint's root.
            IntegrityError: the checkpoint does not hold (see ``open_checkpoint``).
        """
        head = open_checkpoint(self.checkpoint, verifiers)
        verify_inclusion(leaf_hash(entry), self.index, head.size, self.path, head.root)
        return head


def parse_proof(text: str) -> TlogProof:
    """Return the proof that ``text`` spells; what it says is not checked yet.

    Raises:
        MalformedProofError: any other spelling.
    """
    match = _TEXT.fullmatch(text)
    if not match:
        raise MalformedProofError("its lines are not those of the format")
    extra, index, path, checkpoint = match.groups()
    hashes = [from_base64(line) for line in path.split("\n")[:-1]]
    unpacked = from_base64(extra) if extra else b""
    if unpacked is None or None in hashes:
        raise MalformedProofError("a line is not base 64 in its one spelling")
    return TlogProof(int(index), tuple(h for h in hashes if h), checkpoint, unpacked)
