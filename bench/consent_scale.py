# SPDX-License-Identifier: Apache-2.0
"""Eligible sets at scale: what a fold of everybody costs, and what it costs to keep it right.

``python -m bench consents-large`` (``make bench-large``): ten million people, three events each,
or as many people as PRIVSEG_BENCH_PEOPLE says. Goals are printed and never asserted; that a kept
set is the fold from scratch is asserted.
"""

from __future__ import annotations

import resource
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from pyroaring import BitMap

from bench.crowd import CATEGORIES, PURPOSE, SINCE, crowd, rules, some_acts
from bench.machine import describe
from privseg.gate.eligible import SetsOfRules
from privseg.store import Database, FolderOfSets, SqlLedger
from privseg.terms import Category

EVENTS_EACH = 3
NOW = datetime.now(UTC).replace(minute=10, second=0, microsecond=0)


class Scene:
    """A ledger, the sets over it, and what time it is."""

    def __init__(self, folder: Path, people: int) -> None:
        self.people = people
        self.population = BitMap(range(people))
        self.db = Database.create(folder / "privseg.sqlite")
        self.ledger = SqlLedger(self.db)
        self.folder = folder / "eligible"
        self.key = secrets.token_bytes(32)
        self.now = NOW
        self.sets = self.opened()

    def opened(self) -> SetsOfRules:
        """Return the sets as another process opens them."""
        files = FolderOfSets(self.folder, self.db, lambda: self.key)
        return SetsOfRules(rules(), SINCE, self.ledger, files)

    def one(self, category: Category) -> int:
        """Return how many people allow one category now."""
        found = self.sets.people(PURPOSE, category, at=self.now, known_at=self.ledger.position())
        return len(found)

    def all(self) -> int:
        """Return how many people allow all six categories now."""
        found = BitMap(self.population)
        for category in CATEGORIES:
            found &= self.sets.people(
                PURPOSE, category, at=self.now, known_at=self.ledger.position()
            )
        return len(found)

    def later(self, pause: timedelta) -> None:
        """Let time pass."""
        self.now += pause


def scale(people: int) -> None:
    """Measure everything over a ledger of ``people``."""
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        scene = Scene(Path(folder), people)
        try:
            _import(scene)
            _build(scene)
            _open_again(scene)
            _keep_right(scene)
            _compare(scene)
        finally:
            scene.db.close()


def _import(scene: Scene) -> None:
    """Record everybody's events in batches that grow with the ledger."""
    events = EVENTS_EACH * scene.people
    began = time.perf_counter()
    with _stage(f"import {events:,} events in bulk, made on the way"):
        for drafts in crowd(scene.people, until=NOW):
            scene.ledger.record_columns(drafts)
    rate = events / (time.perf_counter() - began)
    size = scene.db.place.stat().st_size / 2**20
    print(f"    {rate:,.0f} a second")
    print(f"  database {size:,.0f} MiB, peak memory {_peak():,.0f} MiB", flush=True)


def _build(scene: Scene) -> None:
    """Fold from scratch."""
    first, *others = CATEGORIES
    with _stage(f"rebuild one set of {EVENTS_EACH * scene.people:,} events (goal 30 s at 30 M)"):
        scene.one(first)
    with _stage("  and five more, over the same events"):
        for category in others:
            scene.one(category)
    size = sum(p.stat().st_size for p in scene.folder.glob("*")) / 2**20
    print(f"  files of six sets {size:,.1f} MiB, peak memory {_peak():,.0f} MiB")
    print(f"  {scene.all():,} of {scene.people:,} people allow all six", flush=True)


def _keep_right(scene: Scene) -> None:
    """Ask again after nothing, new events, and time."""
    _show("6 sets, nothing changed (goal 50 ms)", scene, lambda: None)
    _show("6 sets, a millisecond later", scene, lambda: scene.later(timedelta(milliseconds=1)))
    for count in (1, 10, 1_000):
        _show(f"6 sets, {count:,} new events", scene, lambda count=count: _record(scene, count))
    _show("6 sets, ten minutes later", scene, lambda: scene.later(timedelta(minutes=10)), 3)
    _show("6 sets, an hour later", scene, lambda: scene.later(timedelta(hours=1)), 3)
    _show("6 sets, a day of expiries later", scene, lambda: scene.later(timedelta(days=1)), 3)


def _open_again(scene: Scene) -> None:
    """Read the sets as a new process does."""

    def reopen() -> None:
        scene.sets = scene.opened()

    _show("6 sets in a new process, from files", scene, reopen, 3)


def _compare(scene: Scene) -> None:
    """Fold everything from scratch and see that nothing differs."""
    with _stage("rebuild all six, compared with what was kept"):
        wrong = scene.sets.rebuild(at=scene.now, known_at=scene.ledger.position())
    assert not any(wrong.values()), "a kept set was not the fold"
    print(f"  peak memory {_peak():,.0f} MiB\n", flush=True)


def _record(scene: Scene, count: int) -> None:
    """Record new acts of some people."""
    scene.ledger.record_columns(some_acts(count, among=scene.people, at=scene.now))


@contextmanager
def _stage(what: str) -> Iterator[None]:
    """Print how long a part took, and how much of it this process computed."""
    began, computed = time.perf_counter(), time.process_time()
    yield
    took, used = time.perf_counter() - began, time.process_time() - computed
    print(f"  {what:<58} {took:9.2f} s, processor {used:.2f} s", flush=True)


def _show(what: str, scene: Scene, happens: Callable[[], None], rounds: int = 7) -> None:
    """Print the median and the longest of some rounds in which something happens first."""
    times = []
    for _ in range(rounds):
        happens()
        began = time.perf_counter()
        scene.all()
        times.append(time.perf_counter() - began)
    print(
        f"  {what:<58} {1000 * median(times):9.1f} ms, at most {1000 * max(times):.1f}", flush=True
    )


def _peak() -> float:
    """Return the most memory that the process has held, in MiB."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (2**20 if sys.platform == "darwin" else 2**10)


def main(people: int) -> None:
    """Print machine, versions and figures."""
    print(describe())
    print(f"SQLite {sqlite3.sqlite_version}; {people:,} people, {EVENTS_EACH * people:,} events\n")
    scale(people)
