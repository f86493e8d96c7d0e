# SPDX-License-Identifier: Apache-2.0
"""Segments beside the best and the naive SQL that one would write by hand, on the same files.

Goals: at most 1.2 times the best; at least 3 times faster than the naive one wherever the best
itself is 3.6 times faster. All read the same encrypted Parquet files through Arrow.
"""

from __future__ import annotations

import os
import resource
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
from pyroaring import FrozenBitMap

from bench.machine import describe, in_turns, show, stage
from bench.segment_data import AT, POLICY, EncryptedFiles, batches_of, since, write_events
from privseg.compute import DuckCompute
from privseg.frames import Consented, Edition
from privseg.loaders.policy import load_policy
from privseg.loaders.segments import load_segments
from privseg.policy import Catalogue
from privseg.segment import Library, read_set
from privseg.segment.compile import compile_segments
from privseg.terms import Attribute, Purpose, StaffRole

ALLOWED = 0.7  # of the people
CLOSE, NAIVE, WORTH = 1.2, 3.0, 3.6


@dataclass(frozen=True, slots=True)
class Question:
    """A segment, and how somebody who knows DuckDB well, or not so well, would write it.

    ``needs`` are the columns and days that the best one reads of each table.
    """

    where: str
    best: str
    naive: str
    needs: Mapping[str, tuple[tuple[str, ...], int | None]]


def _counted(event: str, test: str, more: str = "") -> str:
    """Return the best SQL for aggregates of one event."""
    return (
        f"SELECT e.ordinal FROM eligible e JOIN (SELECT ordinal, count(*) AS n{more} "
        f"FROM {event} GROUP BY ordinal) g USING (ordinal) WHERE {test}"
    )


def _all_of_it(event: str, days: int, test: str, more: str = "") -> str:
    """Return the naive SQL: everybody's everything, then the people, then the test."""
    span = f"\"time\" >= TIMESTAMPTZ '{(AT - timedelta(days=days)).isoformat()}'"
    return (
        f"SELECT e.ordinal FROM people p LEFT JOIN (SELECT ordinal, "
        f"count(*) FILTER ({span}) AS n{more.replace('SPAN', span)} "
        f"FROM {event} GROUP BY ordinal) g USING (ordinal) "
        f"JOIN eligible e USING (ordinal) WHERE {test}"
    )


_SUM, _SUM_SPAN = ", sum(amount) AS s", ", sum(amount) FILTER (SPAN) AS s"
_LAST = ', arg_max(channel, ("time", event_id)) AS c'
_LAST_SPAN = ', arg_max(channel, ("time", event_id)) FILTER (SPAN) AS c'
_KINDS = ", count(DISTINCT channel) AS k"
QUESTIONS = {
    "count and sum in a year": Question(
        "{event: purchase, within: 365d, count: {at_least: 3}, sum: {of: amount, over: 300 EUR}}",
        _counted("purchase", "n >= 3 AND s > 30000", _SUM),
        _all_of_it("purchase", 365, "n >= 3 AND s > 30000", _SUM_SPAN),
        {"purchase": (("ordinal", "amount"), 365)},
    ),
    "nothing opened in a month": Question(
        "{not: {event: email_open, within: 30d}}",
        "SELECT ordinal FROM eligible ANTI JOIN email_open USING (ordinal)",
        _all_of_it("email_open", 30, "coalesce(n, 0) = 0"),
        {"email_open": (("ordinal",), 30)},
    ),
    "ten pages in a week": Question(
        "{event: page_view, within: 7d, count: {at_least: 10}}",
        _counted("page_view", "n >= 10"),
        _all_of_it("page_view", 7, "n >= 10"),
        {"page_view": (("ordinal",), 7)},
    ),
    "last channel": Question(
        "{event: purchase, within: 365d, last: {of: channel, equals: app}}",
        _counted("purchase", "c = 'app'", _LAST),
        _all_of_it("purchase", 365, "c = 'app'", _LAST_SPAN),
        {"purchase": (("ordinal", "time", "event_id", "channel"), 365)},
    ),
    "two channels": Question(
        "{event: purchase, within: 365d, distinct: {of: channel, at_least: 2}}",
        _counted("purchase", "k >= 2", _KINDS),
        _all_of_it("purchase", 365, "k >= 2", ", count(DISTINCT channel) FILTER (SPAN) AS k"),
        {"purchase": (("ordinal", "channel"), 365)},
    ),
    "young, loyal, silent lately": Question(
        "{all: [{attribute: age, under: 40}, {event: purchase, within: 365d, count: {at_least: 3}},"
        " {not: {event: page_view, within: 30d}}]}",
        "SELECT p.ordinal FROM (SELECT ordinal FROM eligible JOIN people USING (ordinal) "
        "WHERE age < 40) p JOIN (SELECT ordinal FROM purchase GROUP BY ordinal "
        "HAVING count(*) >= 3) g USING (ordinal) ANTI JOIN page_view USING (ordinal)",
        "SELECT e.ordinal FROM people p JOIN eligible e USING (ordinal) WHERE p.age < 40 AND "
        '(SELECT count(*) FROM purchase x WHERE x.ordinal = p.ordinal AND x."time" >= '
        f"TIMESTAMPTZ '{(AT - timedelta(days=365)).isoformat()}') >= 3 AND NOT EXISTS "
        '(SELECT 1 FROM page_view v WHERE v.ordinal = p.ordinal AND v."time" >= '
        f"TIMESTAMPTZ '{(AT - timedelta(days=30)).isoformat()}')",
        {
            "people": (("ordinal", "age"), None),
            "purchase": (("ordinal",), 365),
            "page_view": (("ordinal",), 30),
        },
    ),
}


TWENTY = {
    f"variant {n}": f"{{all: [{{attribute: age, over: {20 + n}}}, {{event: purchase, within: 365d, "
    f"count: {{at_least: {1 + n % 4}}}, sum: {{of: amount, over: {50 * (1 + n)} EUR}}}}, "
    f"{{not: {{event: page_view, within: {7 * (1 + n % 5)}d}}}}]}}"
    for n in range(20)
}


def main(people: int, events: int) -> None:
    """Write the files and compare."""
    print(describe())
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        with stage(f"inventing {people:,} people, {events:,} events"):
            files = write_events(Path(folder) / "files", people=people, events=events)
        print(f"  {files.size / 2**30:.1f} GiB encrypted")
        world = World(files, Path(folder) / "rules", people)
        for name, question in QUESTIONS.items():
            _compare(world, name, question)
        _together(world)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  peak memory of the process {peak:.1f} GiB")


def large(people: int, events: int) -> None:
    """Run every question once, over more than memory holds; goal: within 8 GiB."""
    print(describe())
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        with stage(f"inventing {people:,} people, {events:,} events"):
            files = write_events(Path(folder) / "files", people=people, events=events)
        print(f"  {files.size / 2**30:.1f} GiB encrypted", flush=True)
        world = World(files, Path(folder) / "rules", people)
        names = list(QUESTIONS)
        for name in names:
            with stage(f"segment: {name}"):
                world.members((name,))
        with stage(f"all {len(names)} in one run"):
            world.members(tuple(names))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  peak memory of the process {peak:.1f} GiB (goal 8)")


class World:
    """The files with their rules: segments run as the product runs them."""

    def __init__(self, files: EncryptedFiles, rules: Path, people: int) -> None:
        self.files = files
        self.catalogue, self.library = _rules(rules)
        chosen = np.flatnonzero(np.random.default_rng(3).random(people) < ALLOWED)
        self.eligible = FrozenBitMap(chosen.astype(np.uint32))
        self.ordinals = pa.table({"ordinal": chosen.astype(np.uint32)})
        self.compute = DuckCompute(files, self.catalogue, clock=lambda: AT)

    def members(self, names: tuple[str, ...]) -> Mapping[str, FrozenBitMap]:
        """Compile, pass the second gate and run, as one query."""
        wanted = {_file_name(n): self.library[_file_name(n)].where for n in names}
        query = compile_segments(
            wanted, catalogue=self.catalogue, at=AT, zone=ZoneInfo("UTC"), library=self.library
        )
        reads = frozenset().union(*(read_set(w, self.catalogue) for w in wanted.values()))
        with self.compute.open(self._plan(reads), reads) as scan:
            return scan.members(query)

    def by_hand(self, question: Question) -> np.ndarray:
        """Run the best SQL over nothing but the columns, rows and people that it needs."""
        with duckdb.connect(":memory:") as connection:
            connection.register("eligible", self.ordinals)
            for table, (columns, days) in question.needs.items():
                after = None if days is None else pa.compute.field("time") >= since(days)
                data = self.files.dataset(table, snapshot=1)
                connection.register(table, data.to_table(columns=list(columns), filter=after))
            return connection.execute(question.best).fetchnumpy()["ordinal"]

    def naively(self, question: Question) -> np.ndarray:
        """Run the naive SQL over whole tables."""
        with duckdb.connect(":memory:") as connection:
            connection.register("eligible", self.ordinals)
            for table in {*question.needs, "people"}:
                whole = pa.Table.from_batches(batches_of(self.files, table))
                connection.register(table, whole)
            return connection.execute(question.naive).fetchnumpy()["ordinal"]

    def _plan(self, reads: frozenset[Attribute]) -> Consented:
        """Return a plan as the entry gate makes them."""
        return Consented(
            run_id=secrets.token_hex(16),
            segmenter="bench",
            purpose=Purpose("marketing"),
            actor=StaffRole.MARKETER,
            read_set=reads,
            edition=Edition("0" * 32, 1, 1, AT),
            intent_index=0,
            expires_at=AT + timedelta(hours=1),
            eligible=self.eligible,
        )


def _compare(world: World, name: str, question: Question) -> None:
    """Print one question beside the best and the naive way; all three find the same people."""
    ours = world.members((name,))[_file_name(name)]
    best = FrozenBitMap(np.sort(world.by_hand(question)).astype(np.uint32))
    if ours != best:
        raise RuntimeError(f"{name}: not the same people as by hand")
    pair = in_turns(lambda: world.members((name,)), lambda: world.by_hand(question), rounds=3)
    show(f"{name} (goal {CLOSE}x)", pair, peer="best SQL by hand")
    naive = _seconds(lambda: world.naively(question))
    told = "" if naive < WORTH * pair.theirs else f" (goal {NAIVE:.0f}x at least)"
    print(f"    naive SQL {naive:8.3f} s: {naive / pair.ours:.1f}x our time{told}", flush=True)


def _together(world: World) -> None:
    """Print how long twenty segments take in one run, and one by one."""
    alone = _seconds(lambda: [world.members((name,)) for name in tuple(TWENTY)])
    with stage(f"20 segments in one run; one by one they took {alone:.1f} s"):
        world.members(tuple(TWENTY))


def _seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def _rules(folder: Path) -> tuple[Catalogue, Library]:
    """Return the catalogue, and every question as a segment, beside twenty that differ a little."""
    (folder / "segments").mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY, "utf-8")
    written = {name: question.where for name, question in QUESTIONS.items()}
    for name, where in {**written, **TWENTY}.items():
        text = f"segment: {_file_name(name)}\nsegmenter: bench\nwhere: {where}\n"
        (folder / "segments" / f"{_file_name(name)}.yaml").write_text(text, "utf-8")
    catalogue = load_policy(folder / "policy.yaml").catalogue
    return catalogue, load_segments(folder / "segments", catalogue)


def _file_name(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


if __name__ == "__main__":
    size = int(os.environ.get("PRIVSEG_BENCH_PEOPLE", "1000000"))
    main(size, 50 * size)
