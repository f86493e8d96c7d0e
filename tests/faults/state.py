# SPDX-License-Identifier: Apache-2.0
"""What a world holds, read without the product: rows by SQLite, entries as JSON, files as bytes.

Two runs of one command differ in what is random: keys, salts, sealed blobs. ``Mask`` is what
differed between two runs without a fault; everything else has to be equal to the last byte.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMED = re.compile(r"ws-[0-9a-f]{16}")  # a workspace's id, in the names of files beside its key
Row = tuple[object, ...]
LOG = ("audit_", "touched_")  # the log and its index: compared as entries, not as rows
DATABASE = Path("ws/.privseg/workspace.db")
PRIVATE = Path("ws/.privseg")
NEVER_SAME = frozenset({"sequence", "time", "monotonic_ns", "commitment", "boot_id"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry of the log says, without place, time and salt."""

    kind: str
    outcome: str
    header: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class State:
    """Rows by table, entries in order, files by name, and what the product reads back."""

    rows: Mapping[str, Counter[Row]] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    inside: str = ""


def read(world: Path) -> State:
    """Read a world that was opened again already: nothing is left to be rolled back.

    Raises:
        AssertionError: SQLite finds damage, or the log's own numbers do not fit together.
    """
    files = {
        NAMED.sub("ws-ID", str(path.relative_to(world))): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(world.rglob("*"))
        if path.is_file() and not path.is_relative_to(world / PRIVATE)
    }
    if not (world / DATABASE).is_file():
        return State(files=files)
    with closing(sqlite3.connect(world / DATABASE)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the file is damaged"
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [n for n in names if not n.startswith((*LOG, "sqlite_"))]
        rows = {name: Counter(db.execute(f'SELECT * FROM "{name}"').fetchall()) for name in kept}
        columns = {
            name: tuple(c[1] for c in db.execute(f'PRAGMA table_info("{name}")')) for name in kept
        }
        return State(rows, columns, _entries(db) if "audit_entry" in names else (), files)


def _entries(db: sqlite3.Connection) -> tuple[Entry, ...]:
    """Return the log's entries, once their tree is found to be the one of the head."""
    found = db.execute("SELECT sequence, entry, leaf FROM audit_entry ORDER BY sequence").fetchall()
    assert [n for n, _, _ in found] == list(range(len(found))), "entries are missing or doubled"
    leaves = [hashlib.sha256(b"\0" + entry).digest() for _, entry, _ in found]  # RFC 6962, 2.1
    assert leaves == [leaf for _, _, leaf in found], "an entry is not the one that was hashed"
    heads = db.execute("SELECT size, frontier FROM audit_head").fetchall()
    assert heads in ([(len(found), _peaks(leaves))], [] if not found else None), "another head"
    return tuple(_entry(json.loads(entry)) for _, entry, _ in found)


def _entry(said: Mapping[str, Any]) -> Entry:
    header = tuple(sorted((k, json.dumps(v)) for k, v in said["header"].items()))
    return Entry(said["kind"], said["outcome"], header)


def _peaks(leaves: list[bytes]) -> bytes:
    """Return the roots of the perfect trees that a log is made of, largest first."""
    peaks: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, node = 1, leaf
        while peaks and peaks[-1][0] == size:
            node = hashlib.sha256(b"\1" + peaks.pop()[1] + node).digest()
            size *= 2
        peaks.append((size, node))
    return b"".join(node for _, node in peaks)


@dataclass(frozen=True, slots=True)
class Mask:
    """What is random: columns by table, keys of headers by kind, files."""

    columns: frozenset[tuple[str, int]] = frozenset()
    headers: frozenset[tuple[str, str]] = frozenset()
    files: frozenset[str] = frozenset()

    @classmethod
    def between(cls, one: list[State], other: list[State], *, base: State) -> Mask:
        """Return what differs between two runs of one command, state by state."""
        columns: set[tuple[str, int]] = set()
        headers: set[tuple[str, str]] = set()
        files: set[str] = set()
        for a, b in zip(one, other, strict=False):
            columns |= _columns(a, b, base)
            headers |= {
                (x.kind, key)
                for x, y in zip(a.entries, b.entries, strict=False)
                for key, value in x.header
                if dict(y.header).get(key) != value
            }
            files |= {n for n, d in a.files.items() if n in b.files and b.files[n] != d}
        return cls(frozenset(columns), frozenset(headers), frozenset(files))


def _columns(a: State, b: State, base: State) -> set[tuple[str, int]]:
    """Return the columns in which the new rows of two runs differ."""
    found = set()
    for table in a.rows.keys() & b.rows.keys():
        old = base.rows.get(table, Counter())
        left, right = a.rows[table] - old, b.rows[table] - old
        for place in range(len(a.columns[table])):
            ours = Counter(row[place] for row in left.elements())
            if ours != Counter(row[place] for row in right.elements()):
                found.add((table, place))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """A state without what is random: comparable with that of another run."""

    entries: tuple[Entry, ...]
    tables: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]
    inside: str

    @classmethod
    def of(cls, state: State, mask: Mask, *, base: State) -> Told:
        """Leave out what is random, of rows that are new; those from before are compared whole."""
        tables = [
            (table, _digest(table, rows, base.rows.get(table, Counter()), mask))
            for table, rows in sorted(state.rows.items())
        ]
        files = [
            (name, "random" if name in mask.files else digest)
            for name, digest in sorted(state.files.items())
        ]
        return cls(
            tuple(_masked(e, mask) for e in state.entries), tuple(tables), tuple(files),
            state.inside,
        )  # fmt: skip


def _masked(entry: Entry, mask: Mask) -> Entry:
    header = tuple((k, "random" if (entry.kind, k) in mask.headers else v) for k, v in entry.header)
    return Entry(entry.kind, entry.outcome, header)


def _digest(table: str, rows: Counter[Row], old: Counter[Row], mask: Mask) -> str:
    def told(row: Row) -> Row:
        return tuple("random" if (table, i) in mask.columns else v for i, v in enumerate(row))

    kept = sorted(map(repr, (rows & old).elements()))
    new = sorted(repr(told(row)) for row in (rows - old).elements())
    return hashlib.sha256(repr((kept, new)).encode()).hexdigest()[:16]
