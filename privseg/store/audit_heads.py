# SPDX-License-Identifier: Apache-2.0
"""Who signs the log's heads, and how one key gave way to the next."""

from __future__ import annotations

from collections.abc import Sequence

from privseg.audit.handover import KeyChain, open_chain
from privseg.errors import AuditWriteError
from privseg.store.database import Database
from privseg.tlog import Checkpoint, Frontier, Signer, Verifier


class CheckpointKeyChangedError(AuditWriteError):
    """Another process changed the key that signs heads since this one opened the log."""

    def __init__(self) -> None:
        super().__init__(
            "the key that signs the audit log was changed by another process, so nothing is read "
            "here with the old one; open the workspace again"
        )


class Heads:
    """Signs heads of one log with its newest key; ``verifiers`` are all of its keys, in order."""

    def __init__(
        self, db: Database, signer: Signer, origin: str, verifiers: Sequence[Verifier]
    ) -> None:
        self._db = db
        self._signer = signer
        self._origin = origin
        self._verifiers = tuple(verifiers)

    @property
    def are_checked(self) -> bool:
        """Return whether the log's keys are known, so that a remembered head can be judged."""
        return bool(self._verifiers)

    def require_current(self, generation: int) -> None:
        """Refuse to go on with a key that was given up.

        Raises:
            CheckpointKeyChangedError: another process did that.
        """
        if self._verifiers and generation != len(self._verifiers) - 1:
            raise CheckpointKeyChangedError

    def handovers(self) -> list[str]:
        """Return the heads at which one key gave way to the next, oldest first."""
        found = self._db.raw("SELECT note FROM audit_handover ORDER BY sequence")
        return [note for (note,) in found]

    def signed(self, frontier: Frontier) -> str:
        """Return the signed head; the one at which a key gave way is signed by both, once."""
        found = self._db.raw(
            "SELECT note FROM audit_handover WHERE sequence = ?", (frontier.size - 1,)
        )
        if found:
            (note,) = found[0]
            return str(note)
        return self._head(frontier).sign(self._signer)

    def opened(self, note: str) -> Checkpoint:
        """Return the head in a note that one of the log's keys signed, at a size that it may.

        Raises:
            IntegrityError: none did, or the keys do not follow from one another.
        """
        return self._chain().open(note)

    def hand_over(self, frontier: Frontier, new: Signer) -> str:
        """Write down the head that the old and the new key sign; the old one still is in force."""
        note = self._head(frontier).sign(self._signer, new)
        self._db.bulk(
            "INSERT INTO audit_handover (sequence, note) VALUES (?, ?)",
            [(frontier.size - 1, note)],
        )
        return note

    def adopt(self, new: Signer, verifier: Verifier) -> None:
        """Sign with the new key from now on."""
        self._signer = new
        self._verifiers = (*self._verifiers, verifier)

    def _chain(self) -> KeyChain:
        return open_chain(self._verifiers, self.handovers())

    def _head(self, frontier: Frontier) -> Checkpoint:
        return Checkpoint(self._origin, frontier.size, frontier.root())
