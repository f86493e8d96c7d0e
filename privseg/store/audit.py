# SPDX-License-Identifier: Apache-2.0
"""The audit log in the database: an entry is committed with the change it records, or neither is.

Fails closed: a log that cannot be written, is gone, was replaced or put back to an older state
raises, and whoever wanted to read reads nothing. There is no off switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from privseg.audit import AuditEvent, Kind, Outcome, StoredEntry
from privseg.audit.entry import SALT_SIZE
from privseg.audit.sealing import Sealer, Written
from privseg.errors import AuditWriteError, StorageError
from privseg.store.audit_group import Group, Waiting
from privseg.store.audit_heads import Heads
from privseg.store.audit_ports import Anchoring, Bodies, BodyIndex, By, Machine
from privseg.store.audit_refusals import (
    NOT_DURABLE,
    AuditHeadUnwritableError,
    AuditLogUnwritableError,
)
from privseg.store.audit_rows import LASTING, AuditRows, Month
from privseg.store.continuity import Continuity, State
from privseg.store.database import Database
from privseg.store.remembered import Reserve
from privseg.terms import StaffRole
from privseg.tlog import Frontier, Signer, Verifier, prove

RESERVE_FILE = "reserve"
STOPPED = AuditEvent(
    Kind.CONFIGURATION,
    Outcome.FAILED,
    StaffRole.ADMIN,
    {"verb": "stop", "reason": "stopped: disk full"},
)
LASTING_KINDS = frozenset(
    {Kind.CHECKPOINT_KEY, Kind.CONFIGURATION, Kind.CONSENT, Kind.KEY, Kind.POLICY}
)
"""Their bodies name no person by number, and other histories stand on them: which policy, which
segment was approved, which positions of the consent ledger were recorded. They go with no month."""


class SqlAuditLog:
    """The audit log of a workspace (port ``privseg.audit.AuditLog``).

    ``clock`` is the wall clock, ``monotonic_ns`` and ``boot_id`` the machine's own, ``randbytes``
    a source of unguessable salts; ``bodies`` seals what entries commit to. ``verifiers`` are the
    keys that signed heads, oldest first, the last one ``signer``'s: with them a remembered head is
    checked. ``by`` says who is at the keyboard, in every body; ``index`` learns whom entries name;
    ``anchoring`` hears of every durable head.

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
        by: By | None = None,
        index: BodyIndex | None = None,
        anchoring: Anchoring | None = None,
    ) -> None:
        self._db = db
        self._machine = Machine(clock, monotonic_ns, boot_id, randbytes)
        self._by, self._index, self._anchoring = by, index, anchoring
        self._bodies, self._rows = bodies, AuditRows(db, bodies)
        self._heads = Heads(db, signer, origin, verifiers)
        self._continuity = Continuity(db, self._heads)
        self._reserve = Reserve(db.private / RESERVE_FILE)
        self._sealer, self._group = Sealer(boot_id), Group(self._commit)
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

        Durable when it returns; inside an enclosing transaction, when that commits. Threads that
        append at once share a transaction: one that cannot be recorded fails alone.

        Raises:
            UnwritableEntryError, HeaderError, NotPrintableError: an event cannot be an entry.
            AuditLogTamperedError: the log is not what it was.
            AuditLogUnwritableError: it cannot be written.
            CheckpointKeyChangedError: its key is another one now.
        """
        try:
            return self._alone(events) if self._db.mine else self._group.append(events)
        except AuditWriteError:
            raise
        except StorageError as error:
            raise AuditLogUnwritableError(error) from None

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[StoredEntry]:
        """Yield the stored entries of [start, end) in order."""
        return self._rows.read(start, self.size if end is None else end)

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the leaf hashes of [start, end) in order: what proofs are made from."""
        return self._rows.leaves(start, self.size if end is None else end)

    def proof(self, index: int) -> tuple[bytes, list[bytes]]:
        """Return the root of the log and the inclusion proof of one entry, holding few hashes.

        Raises:
            ProofRangeError: there is no such entry.
        """
        with self._db.reading():
            frontier = self._continuity.state().frontier
            return frontier.root(), prove(index, frontier.size, self._rows.leaves)

    def head(self) -> str:
        """Return the signed checkpoint over exactly ``size`` entries."""
        with self._db.reading():
            state = self._continuity.state()
            self._heads.require_current(state.generation)
            return self._heads.signed(state.frontier)

    def handovers(self) -> list[str]:
        """Return the heads at which one signing key gave way to the next, oldest first."""
        return self._heads.handovers()

    def effective_now(self, now: datetime) -> datetime:
        """Return the later of ``now`` and the last moment seen: turning it back revives nothing."""
        with self._db.reading():
            seen = self._continuity.last_seen(self._continuity.state())
        return now if seen is None else max(now, seen)

    def erase_bodies(self, sequences: Iterable[int]) -> int:
        """Erase bodies with their salts; return how many there were. The tree still stands.

        The caller appends the entry that says so, in the same transaction.
        """
        gone = list(sequences)
        with self._db.transaction():
            if self._index is not None:
                self._index.forget(gone)
            return self._rows.erase(gone)

    def months(self) -> list[Month]:
        """Return the months that bodies are sealed under, with their entries."""
        return self._rows.months()

    def bodies_of(self, month: Month) -> list[int]:
        """Return the entries of a month whose bodies are still there."""
        return self._rows.of_month(month)

    def bodies_between(self, first: int, last: int) -> list[int]:
        """Return the entries from ``first`` to ``last`` whose bodies are still there."""
        return self._rows.between(first, last)

    def erase_month(self, month: Month) -> int:
        """Erase what is left of a month's bodies and destroy its key; return how many there were.

        The caller appends the entry that says so, in the same transaction.
        """
        with self._db.transaction():
            gone = self.erase_bodies(self._rows.of_month(month))
            self._rows.forget(month)
            self._bodies.destroyed([month.name])
            return gone

    def hand_over(self, event: AuditEvent, new: Signer, verifier: Verifier) -> tuple[int, str]:
        """Give the signing of heads to a new key; return the entry and the head both keys sign.

        ``event`` is the entry that names it. In the open transaction; the new key signs once that
        is durable.
        """
        with self._db.transaction():
            index = self.append(event)
            note = self._heads.hand_over(self._continuity.state().frontier, new)
            self._continuity.next_generation()
            self._db.after_commit(lambda: self._heads.adopt(new, verifier))
        return index, note

    def _start(self) -> None:
        """Begin an empty log, in the database and beside it."""
        with self._db.transaction():
            self._continuity.begin()
            self._db.after_commit(lambda: self._remember(Frontier()))

    def _alone(self, events: Sequence[AuditEvent]) -> range:
        """Write events in the transaction that is open, or one of their own."""
        with self._db.transaction():
            self._db.if_undone(self._undone)
            state = self._continuity.check()
            now = self._now()
            sealed = self._sealed(events, state.frontier.size, now)
            self._write(state, sealed, [(state.frontier.size, events)], now)
        return range(state.frontier.size, state.frontier.size + len(sealed))

    def _commit(self, batch: Sequence[Waiting], durable: Callable[[], None]) -> None:
        """Write for several threads, in one transaction (``Group``)."""
        with self._db.transaction():
            self._db.if_undone(self._undone)
            self._db.after_commit(durable)
            state = self._continuity.check()
            now, written = self._now(), list[Written]()
            parts = []
            for each in batch:
                first = state.frontier.size + len(written)
                try:
                    written += self._sealed(each.events, first, now)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is theirs alone
                    each.fail(error)
                    continue
                each.written = range(first, state.frontier.size + len(written))
                parts.append((first, each.events))
            if parts:
                self._write(state, written, parts, now)

    def _now(self) -> tuple[datetime, int]:
        """Return the wall clock and the machine's own."""
        return self._machine.clock(), self._machine.monotonic_ns()

    def _sealed(
        self, events: Sequence[AuditEvent], first: int, now: tuple[datetime, int]
    ) -> list[Written]:
        """Return the entries and bodies of events at their places."""
        return self._sealer.seal_many(
            events,
            first=first,
            time=now[0],
            monotonic_ns=now[1],
            salts=self._machine.randbytes(SALT_SIZE * len(events)),
            by=None if self._by is None else self._by(),
        )

    def _write(
        self,
        state: State,
        written: Sequence[Written],
        parts: Sequence[tuple[int, Sequence[AuditEvent]]],
        now: tuple[datetime, int],
    ) -> None:
        """Write entries, their bodies, the index and the new head, in the open transaction."""
        if not written:
            return
        seen = self._continuity.last_seen(state)
        month = now[0].astimezone(UTC).strftime("%Y-%m")
        marks = [
            LASTING if event.kind in LASTING_KINDS else month
            for _, events in parts
            for event in events
        ]
        self._rows.add(state.frontier.size, written, marks)
        if self._index is not None:
            for first, events in parts:
                self._index.add(first, events)
        frontier = state.frontier.append([each.leaf for each in written])
        latest = state.frontier.size if seen is None or now[0] >= seen else state.latest
        self._continuity.advance(replace(state, frontier=frontier, latest=latest))
        self._db.after_commit(lambda: self._remember(frontier))

    def _remember(self, frontier: Frontier) -> None:
        """Remember a head that is durable now, and let it be anchored.

        Raises:
            AuditHeadUnwritableError: it cannot be written beside the database.
        """
        try:
            self._continuity.committed(frontier)
        except StorageError as error:
            raise AuditHeadUnwritableError(error) from None
        if self._anchoring is not None:
            self._anchoring.committed(frontier.size, lambda: self._heads.signed(frontier))

    def _undone(self, error: BaseException) -> None:
        """Say that the log could not be written; on a full disk, give up the reserve for one entry.

        Raises:
            AuditLogUnwritableError: the transaction that held an entry could not be committed.
        """
        unwritable = AuditLogUnwritableError(error) if isinstance(error, NOT_DURABLE) else error
        if isinstance(unwritable, AuditLogUnwritableError):
            if unwritable.no_room and not self._stopping:
                self._stop()
            raise unwritable from None

    def _stop(self) -> None:
        """Give the reserve up for one entry: why the log stopped."""
        self._stopping = True
        self._reserve.spend()
        try:
            self._alone([STOPPED])
        except (AuditWriteError, StorageError):
            return  # there was no room even so; the caller raises what stopped it
        finally:
            self._stopping = False
