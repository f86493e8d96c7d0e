# SPDX-License-Identifier: Apache-2.0
"""The audit log in the database: an entry is committed with the change it records, or neither is.

Fails closed: a log that cannot be written, is gone, was replaced or put back to an older state
raises, and whoever wanted to read reads nothing. There is no off switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from privseg.audit import AuditEvent, Kind, Outcome, Sealed, StoredEntry, seal
from privseg.audit.entry import SALT_SIZE
from privseg.errors import AuditWriteError, StorageError
from privseg.store.continuity import Continuity, State
from privseg.store.database import Database
from privseg.store.refusals import (
    DatabaseBusyError,
    DatabaseReadOnlyError,
    DatabaseReplacedError,
    DiskFailureError,
    DiskFullError,
)
from privseg.store.remembered import Reserve
from privseg.terms import StaffRole, from_micros, to_micros
from privseg.tlog import Checkpoint, Frontier, Signer, Verifier, leaf_hash

RESERVE_FILE = "reserve"
READ_ENTRIES = 1_000  # entries read at once: a reader of the log never holds up a writer for long
STOPPED = AuditEvent(
    Kind.CONFIGURATION,
    Outcome.FAILED,
    StaffRole.ADMIN,
    {"verb": "stop", "reason": "stopped: disk full"},
)
_NO_ROOM = (DiskFullError, DiskFailureError)
_NOT_DURABLE = (*_NO_ROOM, DatabaseBusyError, DatabaseReadOnlyError, DatabaseReplacedError)


class AuditLogUnwritableError(AuditWriteError):
    """An entry could not be made durable, so nothing may be read.

    ``cause`` names the refusal; ``no_room`` says that the disk is full or failing.
    """

    def __init__(self, error: StorageError) -> None:
        super().__init__(f"the audit log cannot be written, so nothing is read: {error}")
        self.cause = type(error).__name__
        self.no_room = isinstance(error, _NO_ROOM)


class AuditHeadUnwritableError(AuditWriteError):
    """An entry is durable, but the log's new head could not be remembered beside it."""

    def __init__(self, error: StorageError) -> None:
        super().__init__(
            f"the head of the audit log cannot be remembered: {error}; "
            "what was recorded last stands, and nothing is read until it can be"
        )
        self.cause = type(error).__name__


class Bodies(Protocol):
    """Port: how bodies lie in the database. They name the people whom a run could read and found.

    Law: ``opened(n, sealed(n, body)) == body``, and no other number opens it. What was changed, or
    stood elsewhere, comes back as bytes that no entry commits to, never as an error: to find it is
    for whoever checks the log.
    """

    def sealed(self, sequence: int, body: bytes) -> bytes:
        """Return the body of an entry as it is stored."""
        ...

    def opened(self, sequence: int, stored: bytes) -> bytes:
        """Return the body of an entry."""
        ...


@dataclass(frozen=True, slots=True)
class Machine:
    """What the log takes from the machine: clocks, the boot they belong to, salts."""

    clock: Callable[[], datetime]
    monotonic_ns: Callable[[], int]
    boot_id: str
    randbytes: Callable[[int], bytes]


class SqlAuditLog:
    """The audit log of a workspace (port ``privseg.audit.AuditLog``).

    ``clock`` is the wall clock, ``monotonic_ns`` and ``boot_id`` the machine's own, ``randbytes``
    a source of unguessable salts; ``bodies`` seals what entries commit to. With ``verifiers`` the
    remembered head's signature is checked.

    Raises:
        AuditLogTamperedError: the log is not a continuation of its remembered head.
    """

    def __init__(
        self,
        db: Database,
        signer: Signer,
        *,
        clock: Callable[[], datetime],
        monotonic_ns: Callable[[], int],
        boot_id: str,
        randbytes: Callable[[int], bytes],
        origin: str,
        bodies: Bodies,
        verifiers: Sequence[Verifier] = (),
    ) -> None:
        self._db = db
        self._bodies = bodies
        self._signer = signer
        self._machine = Machine(clock, monotonic_ns, boot_id, randbytes)
        self._origin = origin
        self._continuity = Continuity(db, verifiers)
        self._reserve = Reserve(db.path.parent / RESERVE_FILE)
        self._stopping = False
        if self._continuity.never_begun():
            self._start()
        with db.reading():
            self._continuity.check()
        self._reserve.keep()

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return self._continuity.state().frontier.size

    def append(self, event: AuditEvent) -> int:
        """Store one event and return its index; see ``append_many``."""
        (index,) = self.append_many((event,))
        return index

    def append_many(self, events: Sequence[AuditEvent]) -> range:
        """Store events in order, all or none, and return their indexes.

        Durable when it returns; inside an enclosing transaction, when that commits.

        Raises:
            UnwritableEntryError, HeaderError, NotPrintableError: an event cannot be an entry.
            AuditLogTamperedError: the log is not what it was.
            AuditLogUnwritableError: it cannot be written.
        """
        try:
            with self._db.transaction():
                self._db.if_undone(self._undone)
                return self._write(events)
        except AuditWriteError:
            raise
        except StorageError as error:
            raise AuditLogUnwritableError(error) from None

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[StoredEntry]:
        """Yield the stored entries of [start, end) in order."""
        stop = self.size if end is None else end
        for first in range(start, stop, READ_ENTRIES):
            yield from self._page(first, min(first + READ_ENTRIES, stop))

    def leaves(self) -> list[bytes]:
        """Return every leaf hash, in order: what proofs are made from."""
        return [leaf for (leaf,) in self._db.raw("SELECT leaf FROM audit_entry ORDER BY sequence")]

    def head(self) -> str:
        """Return the signed checkpoint over exactly ``size`` entries."""
        return self._signed(self._continuity.state().frontier)

    def effective_now(self, now: datetime) -> datetime:
        """Return the later of ``now`` and the last moment seen: turning it back revives nothing."""
        return max(now, from_micros(self._continuity.state().last_seen))

    def erase_bodies(self, sequences: Iterable[int]) -> int:
        """Erase bodies with their salts; return how many there were. The tree still stands.

        The caller appends the entry that says so, in the same transaction.
        """
        wanted = ((sequence,) for sequence in sequences)
        return self._db.bulk("DELETE FROM audit_body WHERE sequence = ?", wanted)

    def _start(self) -> None:
        """Begin an empty log, in the database and beside it."""
        with self._db.transaction():
            self._continuity.begin(to_micros(self._machine.clock()))
            self._db.after_commit(lambda: self._remember(Frontier()))

    def _write(self, events: Sequence[AuditEvent]) -> range:
        """Write events, their bodies and the new head, in the open transaction."""
        state = self._continuity.check()
        first = state.frontier.size
        sealed = [self._seal(event, first + i) for i, event in enumerate(events)]
        frontier = state.frontier.append(self._store(sealed))
        seen = max((to_micros(s.entry.time) for s in sealed), default=0)
        self._continuity.advance(State(frontier, max(state.last_seen, seen)))
        self._db.after_commit(lambda: self._remember(frontier))
        return range(first, frontier.size)

    def _seal(self, event: AuditEvent, sequence: int) -> Sealed:
        """Return the entry and body of an event at its place."""
        machine = self._machine
        return seal(
            event,
            sequence=sequence,
            time=machine.clock(),
            monotonic_ns=machine.monotonic_ns(),
            boot_id=machine.boot_id,
            salt=machine.randbytes(SALT_SIZE),
        )

    def _store(self, sealed: Sequence[Sealed]) -> list[bytes]:
        """Write rows of entries and bodies; return the leaf hashes."""
        data = [each.entry.to_bytes() for each in sealed]
        leaves = [leaf_hash(each) for each in data]
        numbers = [each.entry.sequence for each in sealed]
        self._db.bulk(
            "INSERT INTO audit_entry (sequence, entry, leaf) VALUES (?, ?, ?)",
            zip(numbers, data, leaves, strict=True),
        )
        self._db.bulk(
            "INSERT INTO audit_body (sequence, salt, body) VALUES (?, ?, ?)",
            (
                (n, e.salt, self._bodies.sealed(n, e.body))
                for n, e in zip(numbers, sealed, strict=True)
            ),
        )
        return leaves

    def _page(self, start: int, end: int) -> Iterator[StoredEntry]:
        """Yield the entries of one read."""
        rows = self._db.raw(
            "SELECT e.sequence, e.entry, b.salt, b.body, e.leaf FROM audit_entry e "
            "LEFT JOIN audit_body b ON b.sequence = e.sequence "
            "WHERE e.sequence >= ? AND e.sequence < ? ORDER BY e.sequence",
            (start, end),
        )
        opened = self._bodies.opened
        return (
            StoredEntry(n, entry, salt, None if body is None else opened(n, body), leaf)
            for n, entry, salt, body, leaf in rows
        )

    def _remember(self, frontier: Frontier) -> None:
        """Remember a head that is durable now.

        Raises:
            AuditHeadUnwritableError: it cannot be written beside the database.
        """
        try:
            self._continuity.committed(frontier, signed=lambda: self._signed(frontier))
        except StorageError as error:
            raise AuditHeadUnwritableError(error) from None

    def _signed(self, frontier: Frontier) -> str:
        """Return the signed checkpoint of a head."""
        return Checkpoint(self._origin, frontier.size, frontier.root()).sign(self._signer)

    def _undone(self, error: BaseException) -> None:
        """Say that the log could not be written; on a full disk, give up the reserve for one entry.

        Raises:
            AuditLogUnwritableError: the transaction that held an entry could not be committed.
        """
        unwritable = AuditLogUnwritableError(error) if isinstance(error, _NOT_DURABLE) else error
        if isinstance(unwritable, AuditLogUnwritableError):
            if unwritable.no_room and not self._stopping:
                self._stop()
            raise unwritable from None

    def _stop(self) -> None:
        """Give the reserve up for one entry: why the log stopped."""
        self._stopping = True
        self._reserve.spend()
        try:
            self.append(STOPPED)
        except AuditWriteError:
            return  # there was no room even so; the caller raises what stopped it
        finally:
            self._stopping = False
