# SPDX-License-Identifier: Apache-2.0
"""Is this copy of the workspace one from before an erasure? Asked before anything is read.

What was erased is remembered beside the key container (``vault.memory``), with the log's root hash
at that moment. Somebody remembered as erased who is in the database means one of two things: the
erasure was undone before it was durable (the log still has that root at that size), or the database
is an older copy (its log does not). An older copy is refused until the erasures are replayed:
``privseg keys recover``.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from privseg.errors import IntegrityError
from privseg.store import SqlAuditLog
from privseg.terms import Ordinal
from privseg.tlog import Frontier
from privseg.vault import Vault
from privseg.vault.memory import BACKUPS, ERASURES, Backups, Erasures, Memory, RememberedErasure

MEND = "privseg keys recover"


class ErasuresBehindError(IntegrityError):
    """The workspace is an older copy: people are in it who were erased since."""

    def __init__(self, *, entries: int, remembered: int) -> None:
        super().__init__(
            f"this is an older copy of the workspace: its log has {entries} entries, and people "
            f"were erased when it had up to {remembered}; nothing is read until those erasures "
            f"are replayed: see {MEND}"
        )
        self.entries = entries
        self.remembered = remembered


class ErasureMemoryMissingError(IntegrityError):
    """People were erased, and what remembers it outside the workspace is gone."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is gone or does not remember everybody who was erased here, so an older copy "
            f"of this workspace could not be told; nothing is read: bring it back, or see {MEND}"
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class LogPoint:
    """How far the log had come: its entries, and their root hash in hex."""

    size: int
    root: str


class ErasedPeople:
    """The erasures that the key folder remembers, beside those of the database."""

    def __init__(self, told: Erasures, vault: Vault, log: SqlAuditLog) -> None:
        self.told = told
        self._vault = vault
        self._log = log

    def require_no_older_copy(self) -> None:
        """Refuse a copy that lacks an erasure.

        Raises:
            ErasuresBehindError: it does.
            ErasureMemoryMissingError: nobody can tell.
            NoteForgedError: what remembers it was changed.
        """
        known = self.told.all()
        if known is None:  # it is made with the workspace: what is gone may have named anybody
            raise ErasureMemoryMissingError(self.told.memory.note.path)
        behind = self.lacking(known.values())
        if behind:
            largest = max(e.size for e in behind)
            raise ErasuresBehindError(entries=self._log.size, remembered=largest)
        if self.unremembered():
            raise ErasureMemoryMissingError(self.told.memory.note.path)

    def begin(self) -> None:
        """Remember that nobody was erased yet, as a workspace is made."""
        self.told.put(())

    def lacking(self, known: Iterable[RememberedErasure]) -> list[RememberedErasure]:
        """Return the remembered erasures that happened and that this database does not have."""
        gone = self._vault.population.erased()
        return [e for e in known if e.ordinal not in gone and not self._was_undone(e)]

    def unremembered(self) -> list[Ordinal]:
        """Return who was erased here and is not remembered."""
        known = self.told.all() or {}
        return [Ordinal(o) for o in self._vault.population.erased() if o not in known]

    def now(self) -> LogPoint:
        """Return how far the log has come; ask it before an erasure's transaction adds to it."""
        _, size, root = self._log.head().split("\n")[:3]  # C2SP tlog-checkpoint: origin, size, root
        return LogPoint(int(size), b64decode(root).hex())

    def remember(self, person: Ordinal, *, case: int, before: LogPoint, at: datetime) -> None:
        """Remember that a person is about to be erased, in the transaction that does it.

        ``before`` is how far the log had come when the transaction began.

        Raises:
            NoteForgedError, NoteWriteError: it cannot be remembered, so it is not done.
        """
        about = RememberedErasure(
            person,
            size=before.size,
            root=before.root,
            case=case,
            at=at.isoformat(),
            tags=tuple(tag.hex() for tag in self._vault.suppression_tags(person)),
            marks=tuple(mark.hex() for mark in self._vault.marks(person)),
        )
        gone = self._vault.population.erased()
        known = (self.told.all() or {}).values()
        kept = [e for e in known if e.ordinal in gone or not self._was_undone(e)]
        self.told.put([*(e for e in kept if e.ordinal != person), about])

    def _was_undone(self, erasure: RememberedErasure) -> bool:
        """Return whether an erasure that is not here was never durable."""
        if not erasure.root or self._log.size < erasure.size:
            return False
        leaves = self._log.leaves(0, erasure.size)
        return Frontier().append(leaves).root().hex() == erasure.root


def erased_people(folder: Path, vault: Vault, log: SqlAuditLog) -> ErasedPeople:
    """Return the erasures that ``folder`` remembers."""
    return ErasedPeople(Erasures(_memory(folder, vault, ERASURES)), vault, log)


def backups_made(folder: Path, vault: Vault) -> Backups:
    """Return the backups that ``folder`` remembers."""
    return Backups(_memory(folder, vault, BACKUPS))


def _memory(folder: Path, vault: Vault, what: str) -> Memory:
    """Return one of the files beside the container; its secret is as old as the vault."""
    workspace = vault.keyring.workspace
    path = folder / f"{workspace}.{what}"
    return Memory(path, workspace=workspace, what=what, key=vault.secret(what), mend=MEND)
