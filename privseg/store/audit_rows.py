# SPDX-License-Identifier: Apache-2.0
"""The rows of the audit log: written in bulk, read in parts, bodies sealed by their month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from privseg.audit import StoredEntry
from privseg.audit.sealing import Written
from privseg.store.audit_ports import Bodies
from privseg.store.database import Database

READ_ENTRIES = 1_000  # entries read at once: a reader of the log never holds up a writer for long
LASTING = "lasting"  # marks a body that no month takes with it; as long as 2026-11


@dataclass(frozen=True, slots=True)
class Month:
    """A month (UTC, ``2026-11``) and the first and last entry whose body is sealed under it."""

    name: str
    first: int
    last: int


class AuditRows:
    """Entries and bodies in the database."""

    def __init__(self, db: Database, bodies: Bodies) -> None:
        self._db = db
        self._bodies = bodies

    def add(self, first: int, written: Sequence[Written], marks: Sequence[str]) -> None:
        """Write entries from ``first`` on; each body is sealed under the key that a mark names."""
        numbers = range(first, first + len(written))
        self._db.bulk(
            "INSERT INTO audit_entry (sequence, entry, leaf) VALUES (?, ?, ?)",
            [(n, each.data, each.leaf) for n, each in zip(numbers, written, strict=True)],
        )
        for mark in sorted(set(marks)):
            self._add_bodies(
                mark,
                [(n, w) for n, w, m in zip(numbers, written, marks, strict=True) if m == mark],
            )

    def _add_bodies(self, mark: str, bodies: Sequence[tuple[int, Written]]) -> None:
        """Write the bodies that one key seals, and where they are."""
        sealed = self._bodies.sealed(mark, [(n, each.body) for n, each in bodies])
        self._db.bulk(
            "INSERT INTO audit_body (sequence, salt, body) VALUES (?, ?, ?)",
            [(n, w.salt, s) for (n, w), s in zip(bodies, sealed, strict=True)],
        )
        if mark != LASTING:
            self._note(mark, bodies[0][0], bodies[-1][0])

    def read(self, start: int, end: int) -> Iterator[StoredEntry]:
        """Yield the stored entries of [start, end) in order."""
        for first in range(start, end, READ_ENTRIES):
            yield from self._page(first, min(first + READ_ENTRIES, end))

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the stored leaf hashes of [start, end) in order."""
        for first in range(start, end, READ_ENTRIES):
            rows = self._db.raw(
                "SELECT leaf FROM audit_entry WHERE sequence >= ? AND sequence < ? "
                "ORDER BY sequence",
                (first, min(first + READ_ENTRIES, end)),
            )
            yield from (leaf for (leaf,) in rows)

    def erase(self, sequences: Iterable[int]) -> int:
        """Delete bodies with their salts; return how many there were."""
        return self._db.bulk(
            "DELETE FROM audit_body WHERE sequence = ?", ((each,) for each in sequences)
        )

    def months(self) -> list[Month]:
        """Return the months that bodies are sealed under, in order."""
        found = self._db.raw("SELECT month, first, last FROM audit_month ORDER BY month")
        return [Month(*row) for row in found]

    def of_month(self, month: Month) -> list[int]:
        """Return the entries whose bodies are sealed under a month's key, in order."""
        found = self._db.raw(
            "SELECT sequence FROM audit_body WHERE sequence >= ? AND sequence <= ? "
            "AND substr(body, 1, 7) = ? ORDER BY sequence",
            (month.first, month.last, month.name.encode()),
        )
        return [sequence for (sequence,) in found]

    def between(self, first: int, last: int) -> list[int]:
        """Return the entries from ``first`` to ``last`` whose bodies are still there, in order."""
        found = self._db.raw(
            "SELECT sequence FROM audit_body WHERE sequence >= ? AND sequence <= ? "
            "ORDER BY sequence",
            (first, last),
        )
        return [sequence for (sequence,) in found]

    def forget(self, month: Month) -> None:
        """Forget that there was such a month, once its bodies are gone."""
        self._db.bulk("DELETE FROM audit_month WHERE month = ?", [(month.name,)])

    def _note(self, month: str, first: int, last: int) -> None:
        """Note that entries of a month were written."""
        self._db.bulk(
            "INSERT INTO audit_month (month, first, last) VALUES (?, ?, ?) "
            "ON CONFLICT (month) DO UPDATE SET last = excluded.last",
            [(month, first, last)],
        )

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
