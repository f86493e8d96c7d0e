# SPDX-License-Identifier: Apache-2.0
"""Whether the log in the database is what it was: a continuation of the head we remember.

Three things are compared before an entry is added: the head in the database, the head remembered
in a file beside it, and the head that this process saw last. Only entries that are new since then
are hashed again; ``privseg audit verify`` hashes all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import SQLModel

from privseg.audit.moment import text_to_moment
from privseg.errors import IntegrityError
from privseg.store.audit_heads import Heads
from privseg.store.database import Database
from privseg.store.remembered import Head, UnreadableHeadError, read_head, write_head
from privseg.store.tables_audit import HeadRow
from privseg.tlog import (
    HASH_SIZE,
    Frontier,
    FrontierError,
    NotCanonicalError,
    leaf_hash,
    parse_canonical,
)

HEAD_FILE = "head"
_HEAD = SQLModel.metadata.tables[str(HeadRow.__tablename__)]
_ADVANCE = (
    update(_HEAD)
    .where(_HEAD.c.only == 1)
    .values({name: bindparam(f"to_{name}") for name in ("size", "frontier", "latest")})
)  # made once: it is said with every entry


class AuditLogTamperedError(IntegrityError):
    """The log is not a continuation of the head that was remembered."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the audit log was changed behind our back: {why}; nothing is read; "
            "run `privseg audit verify` and compare with an anchor"
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class State:
    """The head in the database, and the entry with the latest wall clock of all (-1: no entry).

    The moment itself is read from that entry, which stands in the tree: a number beside the log
    could be changed, and with it what is due and what a year's budget is.
    """

    frontier: Frontier
    latest: int
    generation: int  # how often the key that signs heads was changed


class Continuity:
    """The log's head, in the database and beside it."""

    def __init__(self, db: Database, heads: Heads) -> None:
        self._db = db
        self._heads = heads
        self._file = db.private / HEAD_FILE
        self._checked: Frontier | None = None  # committed, and found intact by this object
        self._mine: Frontier | None = None  # written by this object, and not committed then

    def never_begun(self) -> bool:
        """Return whether there is no log yet, in the database or beside it."""
        with self._db.reading():
            begun = self._db.rows(select(HeadRow)) or self._last_sequence() is not None
        return not begun and read_head(self._file) is None

    def begin(self) -> None:
        """Begin an empty log, unless another process just did."""
        if not self._db.rows(select(HeadRow)):
            row = {"only": 1, "size": 0, "frontier": b"", "latest": -1, "generation": 0}
            self._db.execute(insert(HeadRow).values(row))

    def state(self) -> State:
        """Return the head in the database.

        Raises:
            AuditLogTamperedError: there is none, or it is no tree's.
        """
        rows = self._db.raw("SELECT size, frontier, latest, generation FROM audit_head")
        if len(rows) != 1:
            raise AuditLogTamperedError("its head is gone from the database")
        size, joined, latest, generation = rows[0]
        return State(_frontier(size, joined), latest, generation)

    def last_seen(self, state: State) -> datetime | None:
        """Return the latest wall clock that an entry was written at; None without one.

        Raises:
            AuditLogTamperedError: the head names an entry that is none, or not the latest.
        """
        if not state.frontier.size:
            return None
        last = state.frontier.size - 1
        newest = self._time(last)
        found = newest if state.latest == last else self._time(state.latest)
        if found is None or newest is None or newest > found:
            raise AuditLogTamperedError("the latest moment that it names is not its entries'")
        return found

    def _time(self, sequence: int) -> datetime | None:
        """Return when an entry was written; None where there is none that says so."""
        found = self._db.raw("SELECT entry FROM audit_entry WHERE sequence = ?", (sequence,))
        try:
            return text_to_moment(parse_canonical(found[0][0])["time"]) if found else None
        except (NotCanonicalError, LookupError, TypeError):
            return None

    def check(self) -> State:
        """Return the head, once it is known to continue all that we remember.

        Raises:
            AuditLogTamperedError: it does not.
            CheckpointKeyChangedError: another process changed the key that signs it.
        """
        state = self.state()
        self._heads.require_current(state.generation)
        self._require_whole(state)
        if state.frontier in (self._checked, self._mine):
            return state
        for known in (self._remembered(state), self._checked):
            if known is not None:
                self._require_continues(known, state.frontier)
        if self._mine is None:
            self._checked = state.frontier
        return state

    def _require_whole(self, state: State) -> None:
        """Refuse a log whose last entry is not the one its head counts to."""
        (last,) = self._db.raw("SELECT max(sequence) FROM audit_entry")[0]
        if (-1 if last is None else last) + 1 != state.frontier.size:
            raise AuditLogTamperedError("its last entries are gone, or more than its head counts")

    def advance(self, state: State) -> None:
        """Write the new head, in the open transaction."""
        values = {
            "to_size": state.frontier.size,
            "to_frontier": b"".join(state.frontier.nodes),
            "to_latest": state.latest,
        }
        self._db.execute(_ADVANCE, values)
        self._mine = state.frontier

    def next_generation(self) -> None:
        """Note that the key that signs heads was changed, in the open transaction."""
        self._db.bulk("UPDATE audit_head SET generation = generation + ?", [(1,)])

    def committed(self, frontier: Frontier) -> None:
        """Remember a head that is durable now, unless a newer one is: its writer remembers it."""
        self._checked, self._mine = frontier, None
        with self._db.alone(self._file.parent):
            if self.state().frontier == frontier:
                write_head(self._file, Head(frontier, self._heads.signed(frontier)))

    def _remembered(self, state: State) -> Frontier | None:
        """Return the head in the file; none is needed of a log that has no entry.

        Raises:
            AuditLogTamperedError: the file is gone, unreadable, or not signed by our key.
        """
        try:
            head = read_head(self._file)
        except UnreadableHeadError:
            raise AuditLogTamperedError("its remembered head is unreadable") from None
        if head is None:
            if state.frontier.size:
                raise AuditLogTamperedError("its remembered head is gone")
            return None
        if self._heads.are_checked:
            self._require_signed(head)
        return head.frontier

    def _require_signed(self, head: Head) -> None:
        """Refuse a remembered head that our key did not sign.

        Raises:
            AuditLogTamperedError: it is another's, or signed for another head.
        """
        try:
            signed = self._heads.opened(head.checkpoint)
        except IntegrityError:
            raise AuditLogTamperedError("its remembered head is not signed by our key") from None
        if (signed.size, signed.root) != (head.frontier.size, head.frontier.root()):
            raise AuditLogTamperedError("its remembered head is not the one that was signed")

    def _require_continues(self, known: Frontier, now: Frontier) -> None:
        """Refuse a log that is not ``known`` with entries added: the new ones are hashed again.

        Raises:
            AuditLogTamperedError: entries are gone, changed, or another log stands here.
        """
        if now.size < known.size:
            raise AuditLogTamperedError(
                f"{known.size} entries were remembered, {now.size} are left"
            )
        entries = self._db.raw(
            "SELECT entry FROM audit_entry WHERE sequence >= ? ORDER BY sequence", (known.size,)
        )
        if known.append(leaf_hash(entry) for (entry,) in entries) != now:
            raise AuditLogTamperedError("its entries do not lead to its head")

    def _last_sequence(self) -> int | None:
        """Return the number of the last entry, or None without one."""
        found: int | None = self._db.raw("SELECT max(sequence) FROM audit_entry")[0][0]
        return found


def _frontier(size: int, joined: bytes) -> Frontier:
    """Parse the hashes of a head.

    Raises:
        AuditLogTamperedError: no tree of this size has them.
    """
    nodes = tuple(joined[i : i + HASH_SIZE] for i in range(0, len(joined), HASH_SIZE))
    try:
        return Frontier(size, nodes)
    except FrontierError:
        raise AuditLogTamperedError("its head in the database is no tree's") from None
