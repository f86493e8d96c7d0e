# SPDX-License-Identifier: Apache-2.0
"""``python -m bench who-read``: who read one person's data, over 10,000 runs and 10 M people.

A year of runs of five segmenters: the eligible set of each drifts a little every day, and every run
finds people of its own. The naive fold, which opens every body, stands beside the index; it is
measured over a few runs and told for all of them.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from pyroaring import BitMap, FrozenBitMap

from bench.machine import describe
from privseg.audit import (
    AuditEvent,
    Kind,
    Outcome,
    StoredEntry,
    parse_entry,
    people_to_text,
    seal,
)
from privseg.audit.reads import ELIGIBLE, MEMBERS, Run, Said, concern, fold, trace_of, traces
from privseg.store import Database, touched
from privseg.store.touched import SqlTouched
from privseg.terms import StaffRole
from privseg.tlog import leaf_hash
from privseg.vault.page_seal import PageSeal

PEOPLE = int(os.environ.get("PRIVSEG_BENCH_PEOPLE", "10000000"))
RUNS = int(os.environ.get("PRIVSEG_BENCH_RUNS", "10000"))
NAIVE_RUNS = 20  # runs that the naive fold is measured over
SEGMENTERS = 5
DRIFT = 1_000  # one in so many changes their mind in a day
FOUND = 100  # one in so many of the eligible is found by a run
START = datetime(2026, 1, 1, 6, tzinfo=UTC)
AT_ONCE = 50  # runs written in one transaction: the building is not what is measured


class Seal:
    """Seals the pages of one month."""

    def __init__(self, month: str) -> None:
        self._at = month.encode()
        self._seal = PageSeal(secrets.token_bytes(32), "bench")

    def sealed(self, place: bytes, plain: bytes) -> bytes:
        """Return a page sealed."""
        return self._seal.sealed(plain, self._at + place)

    def opened(self, place: bytes, blob: bytes) -> bytes:
        """Return a page."""
        return self._seal.opened(blob, self._at + place, what="a page")

    def mark(self, data: bytes) -> bytes:
        """Return a keyed hash."""
        return self._seal.mark(data)


class Seals:
    """Seals under one random key a month, in memory."""

    def __init__(self) -> None:
        self._seals: dict[str, Seal] = {}

    def making(self, month: str) -> Seal:
        """Return the seal of a month."""
        return self._seals.setdefault(month, Seal(month))

    def there(self, month: str) -> Seal:
        """Return the seal of a month."""
        return self._seals[month]


def main() -> None:
    """Build a year of runs and ask for one person, then for everybody."""
    print(describe())
    print(f"who read: {RUNS:,} runs over {PEOPLE:,} people")
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        path = Path(folder) / "index.db"
        with Database.create(path) as db:
            index = SqlTouched(db, Seals())
            naive, body_bytes, person = _fill(db, index)
            entries, parts, taken = index.sizes()
            print(f"  {entries:,} entries, {parts:,} parts, {taken / 2**20:,.0f} MiB sealed,")
            print(f"  {path.stat().st_size / 2**20:,.0f} MiB with the log's entries on disk,")
            print(f"  beside {body_bytes / 2**20:,.0f} MiB of bodies")
            _ask(index, naive, person)


def _fill(db: Database, index: SqlTouched) -> tuple[list[StoredEntry], int, int]:
    """Write the log's entries and the index; return some stored entries, and a busy person.

    The first runs as the log writes them; the others' bodies are only measured.
    """
    kept: list[StoredEntry] = []
    bodies, spent, last = 0, 0.0, FrozenBitMap()
    year = enumerate(_year())
    while some := list(islice(year, AT_ONCE)):
        with db.transaction():
            for n, (eligible, found) in some:
                whole = n < NAIVE_RUNS
                events = _events(n, eligible, found, whole=whole)
                stored = [_stored(2 * n + i, n, e) for i, e in enumerate(events)]
                bodies += 2 * _length(eligible) + _length(found)
                kept += stored if whole else []
                rows = [(s.sequence, s.entry_bytes, s.leaf) for s in stored]
                db.bulk("INSERT INTO audit_entry (sequence, entry, leaf) VALUES (?, ?, ?)", rows)
                before = process_time()
                if whole:
                    index.add(2 * n, events)
                    spent += process_time() - before
                else:
                    _add(db, index, stored, eligible, found)
                last = eligible
    print(f"  the index costs {spent / NAIVE_RUNS * 1000:.1f} ms of processor a run")
    return kept, bodies, last[len(last) // 2]


def _add(
    db: Database, index: SqlTouched, stored: list[StoredEntry], eligible: FrozenBitMap,
    found: FrozenBitMap,
) -> None:  # fmt: skip
    """Do what the index does with a run whose sets are at hand."""
    rows = []
    for each, sets in zip(stored, ({}, {f"{MEMBERS}some": found}), strict=True):
        said = Said("", (), {ELIGIBLE: eligible, **sets})
        rows.append(index._row_of(trace_of(parse_entry(each.entry_bytes), said)))
    db.bulk(touched._INSERT, rows)
    head = index._heads.get()
    index._heads.put(stored[-1].sequence + 1, head.total + index._heads.sum(rows))


def _ask(index: SqlTouched, naive: list[StoredEntry], person: int) -> None:
    """Time the questions."""
    one = FrozenBitMap([person])
    told: list[object] = []

    def ask() -> None:
        runs = fold(index.of_people(one, size=2 * RUNS)).runs
        told[:] = [_told(run) for run in runs if concern(run) is not None]

    def ask_bodies() -> None:
        slow = fold(traces(naive, lambda people: person in people)).runs
        _ = [_told(run) for run in slow if concern(run) is not None]

    ours, theirs = _times(ask), _times(ask_bodies)
    scaled = theirs[0] / len(naive) * 2 * RUNS
    print(f"  one person, in {len(told):,} of {RUNS:,} runs (goal 1 s){_shown(*ours)}")
    print(f"  naive fold over {len(naive) // 2} runs{_shown(*theirs)}")
    print(
        f"  so {scaled:,.0f} s for all of them: the index is {scaled / ours[0]:,.0f} times as fast"
    )
    every = fold(index.of_everybody(size=2 * RUNS)).runs
    print(
        f"  every run with its counts{_shown(*_times(lambda: index.of_everybody(size=2 * RUNS)))}"
    )
    sets = [run.eligible for run in every[-100:] if run.eligible is not None]
    print(f"  whom {len(sets)} runs could read{_shown(*_times(lambda: index.people(sets)))}")


def _times(act: Callable[[], object]) -> tuple[float, float]:
    """Return the least wall and processor seconds of three calls."""
    found = []
    for _ in range(3):
        wall, busy = perf_counter(), process_time()
        act()
        found.append((perf_counter() - wall, process_time() - busy))
    return min(w for w, _ in found), min(b for _, b in found)


def _shown(wall: float, busy: float) -> str:
    return f": {wall:.2f} s, {busy:.2f} s of processor"


def _length(people: FrozenBitMap) -> int:
    """Return how many bytes a set takes in a body, as base 64."""
    return 4 * len(people.serialize()) // 3


def _told(run: Run[bool]) -> tuple[str, str, frozenset[str], list[str]]:
    """Read what an answer tells of a run."""
    found = [name for name, is_in in run.members.items() if is_in]
    return run.intent.one("segmenter"), run.intent.one("purpose"), run.attributes, found


def _year() -> Iterator[tuple[FrozenBitMap, FrozenBitMap]]:
    """Yield whom each run could read, and whom it found."""
    dice = np.random.default_rng(20260101)
    sets = [BitMap(_some(dice, PEOPLE * 6 // 10)) for _ in range(SEGMENTERS)]
    day = 0
    for n in range(RUNS):
        if n * 365 // RUNS != day:
            day = n * 365 // RUNS
            sets = [s ^ BitMap(_some(dice, max(PEOPLE // DRIFT, 1))) for s in sets]
        eligible = FrozenBitMap(sets[n % SEGMENTERS])
        yield eligible, eligible & BitMap(_some(dice, max(PEOPLE // FOUND, 1)))


def _some(dice: np.random.Generator, count: int) -> np.ndarray:
    return dice.integers(0, PEOPLE, count, dtype=np.uint32)


def _events(
    n: int, eligible: FrozenBitMap, found: FrozenBitMap, *, whole: bool
) -> list[AuditEvent]:
    """Return the intent and the outcome of a run."""
    run, segment = f"{n:032x}", f"segment-{n % 20}"
    header = {
        "run": run,
        "segmenter": f"segmenter-{n % SEGMENTERS}",
        "purpose": "marketing.email",
        "attributes": ["country", "purchase", "purchase.amount", "hobby"],
        "segments": [f"{segment}.{'5e' * 8}"],
        "policy": "5e" * 32,
        "edition": "e0" * 16,
    }
    text = people_to_text(eligible) if whole else ""
    end = {**header, "of": str(2 * n)}
    body = {
        "eligible": text,
        "members": {segment: people_to_text(found) if whole else ""},
        "reveals": [],
    }
    role = StaffRole.MARKETER
    return [
        AuditEvent(Kind.ACCESS_INTENT, Outcome.PENDING, role, header, {"eligible": text}),
        AuditEvent(Kind.ACCESS_OUTCOME, Outcome.OK, role, end, body),
    ]


def _stored(sequence: int, run: int, event: AuditEvent) -> StoredEntry:
    """Return an event as the log would store it."""
    when = START + timedelta(days=365) * run / RUNS + timedelta(seconds=sequence % 2)
    made = seal(
        event, sequence=sequence, time=when, monotonic_ns=sequence, boot_id="0b" * 16,
        salt=bytes(32),
    )  # fmt: skip
    data = made.entry.to_bytes()
    return StoredEntry(sequence, data, made.salt, made.body, leaf_hash(data))


if __name__ == "__main__":
    main()
