# SPDX-License-Identifier: Apache-2.0
"""The index of reads: whom which run could read and found, so that one person is found in a second.

A projection of the log's bodies, written in the transaction of the entries; it forgets when they
do. Where it is behind the log, or not what was written, it answers nothing until it is built anew.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from pyroaring import FrozenBitMap
from sqlalchemy import delete

from privseg.audit import AuditEvent, StoredEntry
from privseg.audit.reads import Said, Trace, is_trace, said_of, traces
from privseg.audit.touched import BUCKET, Page, Parts, looked_up, unpacked
from privseg.store.audit_ports import By
from privseg.store.database import Database
from privseg.store.tables_touched import TouchedEntryRow, TouchedHeadRow, TouchedPartRow
from privseg.store.touched_head import ALL, Head, HeadTable
from privseg.store.touched_parts import PartTable
from privseg.store.touched_ports import ReadIndexBehindError, ReadIndexBrokenError, Seals
from privseg.store.touched_rows import Kept, Row, page_of, row_of, sealed_page, told
from privseg.store.touched_seals import ScopedSeals
from privseg.terms import from_micros

T = TypeVar("T")

_INSERT = (
    "INSERT INTO touched_entry (sequence, of, kind, outcome, at, month, page) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_ROWS = "SELECT sequence, of, kind, outcome, at, month, page FROM touched_entry"
_JOINED = (
    "SELECT t.sequence, t.of, t.kind, t.outcome, t.at, t.month, t.page, e.entry, e.leaf "
    "FROM touched_entry t LEFT JOIN audit_entry e ON e.sequence = t.sequence ORDER BY t.sequence"
)


class SqlTouched:
    """The index of one workspace (port ``BodyIndex`` of the log).

    ``by`` is what the log puts into every body: who is at the keyboard.
    """

    def __init__(self, db: Database, seals: Seals, *, by: By | None = None) -> None:
        self._db = db
        self._by = by
        self._seals = ScopedSeals(seals)
        self._parts = PartTable(db, self._seals)
        self._heads = HeadTable(db, self._seals)

    # --- written with the log --------------------------------------------------------------------

    def add(self, first: int, events: Sequence[AuditEvent]) -> None:
        """Index events from sequence ``first`` on; their entries are written already.

        An index that is behind stays behind: what is missing is not guessed.
        """
        with self._db.transaction(), self._seals.once():
            head = self._heads.get()
            head = Head() if head is None and first == 0 else head
            if head is None or head.size != first:
                return
            at = self._times(first, events)
            rows = [self._row(n, e, at[n]) for n, e in enumerate(events, first) if n in at]
            self._db.bulk(_INSERT, rows)
            self._heads.put(first + len(events), head.total + self._heads.sum(rows))

    def forget(self, sequences: Iterable[int]) -> None:
        """Forget what erased bodies said; that there was an entry stays."""
        wanted = set(sequences)
        with self._db.transaction(), self._seals.once():
            rows = [row for row in self._between(wanted) if row.sequence in wanted and row.page]
            if not rows:
                return
            head = self._heads.get()
            self._db.bulk(
                "UPDATE touched_entry SET page = NULL WHERE sequence = ?",
                [(row.sequence,) for row in rows],
            )
            if head is not None:
                left = self._heads.sum(row._replace(page=None) for row in rows)
                self._heads.put(head.size, head.total + left - self._heads.sum(rows))
            for month in sorted({row.month for row in rows}):
                self._sweep(month)

    def rebuild(self, entries: Iterable[StoredEntry]) -> int:
        """Build the index anew from the log's entries and bodies; return how many tell of reads.

        Raises:
            MalformedEntryError, CommitmentError, MalformedPeopleError: the log does not hold.
        """
        with self._db.transaction(), self._seals.once():
            for table in (TouchedHeadRow, TouchedEntryRow, TouchedPartRow):
                self._db.execute(delete(table))
            size = count = total = 0
            for size, stored in enumerate(entries, 1):  # noqa: B007  # the last one is its size
                rows = [self._row_of(t) for t in traces([stored], lambda people: people)]
                self._db.bulk(_INSERT, rows)
                total += self._heads.sum(rows)
                count += len(rows)
            self._heads.put(size, total)
        return count

    # --- asked -----------------------------------------------------------------------------------

    def of_people(self, people: FrozenBitMap, *, size: int) -> list[Trace[bool]]:
        """Return every trace, asked whether anybody of ``people`` is in its sets.

        Raises:
            ReadIndexBehindError, ReadIndexBrokenError: it cannot answer for a log of ``size``.
        """
        buckets = sorted({person // BUCKET for person in people})

        def look(page: bytes) -> Said[list[int]]:
            return Said(*looked_up(page, buckets))

        with self._db.reading(), self._seals.once():
            found = [(kept, page and look(page)) for kept, page in self._walk(size)]
            each = (ns for _, said in found if said for ns in said.sets.values())
            hit = self._parts.holding(set(chain.from_iterable(each)), people)
        return [_trace(kept, _answered(said or None, hit)) for kept, said in found]

    def of_everybody(self, *, size: int) -> list[Trace[Parts]]:
        """Return every trace with its sets; ``people`` gives whom they hold.

        Raises:
            ReadIndexBehindError, ReadIndexBrokenError: it cannot answer for a log of ``size``.
        """
        with self._db.reading(), self._seals.once():
            return [_trace(kept, _said(page)) for kept, page in self._walk(size)]

    def people(self, sets: Iterable[Parts]) -> FrozenBitMap:
        """Return everybody in any of these sets.

        Raises:
            ReadIndexBrokenError: a part is gone or changed.
        """
        with self._db.reading(), self._seals.once():
            return self._parts.union({n for parts in sets for n in parts.numbers})

    def differences(self, entries: Iterable[StoredEntry], *, size: int) -> Iterator[str]:
        """Yield where the index is not what entries and bodies say; nothing when it is."""
        there = {trace.sequence: trace for trace in self.of_everybody(size=size)}
        for trace in traces(entries, lambda people: people):
            known = there.pop(trace.sequence, None)
            if known is None or not self._agrees(trace, known):
                yield f"entry {trace.sequence} is not in the index of reads as its body says"
        for sequence in there:
            yield f"the index of reads has entry {sequence}, which tells of no read"

    def sizes(self) -> tuple[int, int, int]:
        """Return how many entries and parts there are, and how many bytes they take."""
        ((entries, pages),) = self._db.raw(
            "SELECT count(*), coalesce(sum(length(page)), 0) FROM touched_entry"
        )
        ((parts, people),) = self._db.raw(
            "SELECT count(*), coalesce(sum(length(people)), 0) FROM touched_part"
        )
        return int(entries), int(parts), int(pages) + int(people)

    # --- rows ------------------------------------------------------------------------------------

    def _times(self, first: int, events: Sequence[AuditEvent]) -> dict[int, int]:
        """Return when the entries were written that tell of reads; nothing of the others."""
        found = [
            n for n, event in enumerate(events, first)
            if is_trace(event.kind, event.header, names_people="people" in event.body)
        ]  # fmt: skip
        return self._parts.times(found)

    def _row(self, sequence: int, event: AuditEvent, at: int) -> Row:
        """Return the row of an event."""
        of = event.header.get("of")
        trace = Trace(
            sequence, from_micros(at), event.kind, event.outcome,
            None if of is None else int(str(of)), lambda: event, said_of(self._whole(event)),
        )  # fmt: skip
        return self._row_of(trace)

    def _whole(self, event: AuditEvent) -> Mapping[str, object]:
        """Return the body of an event as the log seals it."""
        return event.body if self._by is None else {"by": self._by(), **event.body}

    def _row_of(self, trace: Trace[FrozenBitMap]) -> Row:
        """Return the row of a trace, its sets put into parts."""
        row = row_of(trace)
        if trace.said is None:
            return row
        sets = {name: self._parts.put(row.month, s) for name, s in trace.said.sets.items()}
        page = Page(trace.said.user, trace.said.reveals, sets)
        return row._replace(page=sealed_page(self._seals, row, page))

    def _between(self, sequences: Collection[int]) -> Iterator[Row]:
        """Yield the rows from the first to the last of some entries."""
        ends = (min(sequences, default=0), max(sequences, default=-1))
        rows = self._db.raw(f"{_ROWS} WHERE sequence >= ? AND sequence <= ?", ends)
        return (Row._make(row) for row in rows)

    def _walk(self, size: int) -> Iterator[tuple[Kept, bytes | None]]:
        """Yield every row with its page; at the end, refuse if they are not all that was written.

        Raises:
            ReadIndexBehindError, ReadIndexBrokenError: there is more in the log, or less here.
        """
        head = self._heads.get()
        if head is None or head.size != size:
            raise ReadIndexBehindError(covered=head.size if head else 0, size=size)
        total = 0
        for batch in self._db.batches(_JOINED):
            for columns in batch:
                row, entry, leaf = Row(*columns[:-2]), columns[-2], columns[-1]
                total += self._heads.tag(row)
                yield Kept(row, entry, leaf), page_of(self._seals, row)
        if total % ALL != head.total:
            raise ReadIndexBrokenError("a row was changed, deleted or put back")

    def _sweep(self, month: str) -> None:
        """Delete the parts of a month that no page names any more."""
        rows = [Row._make(r) for r in self._db.raw(f"{_ROWS} WHERE month = ?", (month,))]
        try:
            pages = [_said(page_of(self._seals, row)) for row in rows]
        except ReadIndexBrokenError:  # what cannot be read names nothing: built anew, or behind
            self._heads.drop()
            return
        named = {n for page in pages if page for s in page.sets.values() for n in s.numbers}
        self._parts.keep_only(month, named)

    def _agrees(self, trace: Trace[FrozenBitMap], known: Trace[Parts]) -> bool:
        """Return whether a row says what a body does."""
        if (trace.kind, trace.outcome, trace.of, trace.time) != (
            known.kind, known.outcome, known.of, known.time,
        ):  # fmt: skip
            return False
        if trace.said is None or known.said is None:
            return trace.said is None and known.said is None
        same = (trace.said.user, trace.said.reveals) == (known.said.user, known.said.reveals)
        sets = {name: self.people([parts]) for name, parts in known.said.sets.items()}
        return same and sets == dict(trace.said.sets)


def _said(data: bytes | None) -> Said[Parts] | None:
    """Return what a page says; None once it was erased."""
    if data is None:
        return None
    page = unpacked(data)
    return Said(page.user, page.reveals, page.sets)


def _answered(said: Said[list[int]] | None, hit: Container[int]) -> Said[bool] | None:
    """Return whether any of the parts that were looked up is among those that hold somebody."""
    if said is None:
        return None
    sets = {name: any(n in hit for n in numbers) for name, numbers in said.sets.items()}
    return Said(said.user, said.reveals, sets)


def _trace(kept: Kept, said: Said[T] | None) -> Trace[T]:
    """Return the trace of a row."""
    row = kept.row
    kind, outcome = told(row)
    return Trace(row.sequence, from_micros(row.at), kind, outcome, row.of, kept, said)
