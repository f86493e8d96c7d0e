# SPDX-License-Identifier: Apache-2.0
"""``make bench``: how fast the path is, beside the best hand-written SQL on the same data.

Goals are printed beside the figures and never asserted. PRIVSEG_BENCH_PEOPLE (default a million)
sets the size: ten events a person, a million consent events at full size. ``python -m bench
consents`` measures consent events in and out alone, ``segments`` segments over fifty events a
person beside hand-written SQL, ``consents-large`` the eligible sets over a ledger of ten million
people if it does not say, ``segments-large`` segments over as many people and 500 million events.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from bench import (
    audit,
    consent_scale,
    consents,
    dsr,
    dsr_bulk,
    dsr_erasure,
    faults,
    k_anonymity,
    learning,
    peers,
    redteam,
    registers,
    samplers,
    scores,
    segments,
    vault,
    who,
)
from bench.machine import describe, in_turns, show, stage
from bench.shop import write_data, write_rules
from privseg.engine import Workspace
from privseg.engine.report import running as reporting
from privseg.engine.report.published import find_request
from privseg.terms import StaffRole

PEOPLE = int(os.environ.get("PRIVSEG_BENCH_PEOPLE", "1000000"))
LARGE = int(os.environ.get("PRIVSEG_BENCH_PEOPLE", "10000000"))
PEER_ROWS = int(os.environ.get("PRIVSEG_BENCH_ROWS", "1000000"))
EVENTS_EACH = 50
CROWD = min(PEOPLE, 300_000)  # people whose eligible sets are measured beside the rest

NEEDED = {"people": ["ordinal", "region", "age"], "purchase": ["ordinal", "time", "amount"]}
BEST = """
    SELECT p.ordinal FROM eligible e JOIN people p USING (ordinal) JOIN (
        SELECT ordinal, count(*) AS n, sum(amount) AS s,
               count(*) FILTER (time >= $recent) AS r
        FROM purchase WHERE time >= $since AND time < $at GROUP BY ordinal) g USING (ordinal)
    WHERE p.age >= 25 AND g.n >= 3 AND g.s > 20000 AND g.r = 0
"""
SCAN = """
    SELECT p.region, count(*), sum(least(g.s, 200000)) FROM found f JOIN people p USING (ordinal)
    LEFT JOIN (SELECT ordinal, sum(amount) AS s FROM purchase SEMI JOIN found USING (ordinal)
          WHERE time >= $since AND time < $at GROUP BY ordinal) g USING (ordinal) GROUP BY 1
"""


JOBS: Mapping[str, Callable[[], object]] = {
    "audit": audit.main,
    "consents": consents.main,
    "segments": lambda: segments.main(PEOPLE, EVENTS_EACH * PEOPLE),
    "consents-large": lambda: consent_scale.main(LARGE),
    "segments-large": lambda: segments.large(LARGE, EVENTS_EACH * LARGE),
    "learning": learning.main,
    "samplers": samplers.main,
    "k": k_anonymity.main,
    "peers": lambda: peers.main(PEER_ROWS),
    "redteam": redteam.main,
    "vault": lambda: vault.main(LARGE),
    "who-read": who.main,
    "dsr": dsr.main,
    "dsr-bulk": dsr_bulk.main,
    "dsr-erasure": dsr_erasure.main,
    "registers": registers.main,
    "redteam markdown": lambda: redteam.main(as_markdown=True),
    "faults": faults.main,
    "faults markdown": lambda: faults.main("markdown"),
    "faults json": lambda: faults.main("json"),
}


def main(arguments: list[str]) -> None:
    """Run what is asked for, everything by default, and print it."""
    asked = " ".join(arguments)
    if not asked:
        _everything()
    elif asked in JOBS:
        JOBS[asked]()
    else:
        sys.exit(f"usage: python -m bench [{' | '.join(JOBS)}]")


def _everything() -> None:
    """Run everything."""
    print(describe())
    print(f"{PEOPLE:,} people, {10 * PEOPLE:,} events, {2 * PEOPLE:,} consent events\n")
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        os.environ["PRIVSEG_KEYS"] = f"{folder}/keys"
        _help()
        _path(Path(folder))
    print(f"\n{CROWD:,} people, {consent_scale.EVENTS_EACH * CROWD:,} consent events")
    consent_scale.scale(CROWD)
    print()
    segments.main(PEOPLE, EVENTS_EACH * PEOPLE)
    print()
    scores.main()
    print()
    samplers.main()


def _help() -> None:
    """Time the command line's help beside an empty Python."""
    code = "import sys; sys.argv = ['privseg', '--help']; from privseg.cli import main; main()"
    help_ = [sys.executable, "-c", code]
    empty = [sys.executable, "-c", "pass"]
    pair = in_turns(_run(help_), _run(empty))
    show("privseg --help (goal 0.3 s)", pair, peer="python -c pass")


def _run(command: list[str]) -> Callable[[], object]:
    """Return a call that runs ``command`` and drops what it prints; modules stay compiled."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=env)


def _path(folder: Path) -> None:
    """Time the path from files to a report."""
    with stage("inventing the data"):
        people, orders, consents = write_data(folder / "data", people=PEOPLE, events=10 * PEOPLE)
    write_rules(folder / "rules")
    with Workspace.create(folder / "shop") as ws:
        ws.use_policy(folder / "rules")
        with stage("import people"):
            ws.import_source("people", people)
        with stage("import events"):
            ws.import_source("orders", orders)
        with stage("  plain: pyarrow reads and writes the same file"):
            _plain_copy(orders, folder / "copy.parquet")
        with stage(f"import {2 * PEOPLE:,} consent events (goal 20 s a million)"):
            ws.import_consents(consents)
        with stage("  plain: sqlite3 executemany of as many rows"):
            _plain_rows(folder / "plain.sqlite", 2 * PEOPLE)
        ws.open_edition()
        ws.role = StaffRole.MARKETER
        with stage("first report (eligible sets folded)"):
            ws.report("regions")
        _segment(ws)
        _report(ws)


def _segment(ws: Workspace) -> None:
    """Compare a segment's evaluation with hand-written SQL over the same encrypted data set."""
    house = ws._house
    request = find_request(house, "regions")
    run = reporting.prepare(house, request, role=ws.role)
    queries = reporting._queries(house, run)

    def ours() -> object:
        fresh = reporting.prepare(house, request, role=ws.role)
        plan = reporting._admit(house, fresh, house.now())
        with house.compute.open(plan, fresh.asked.reads) as scan:
            return scan.members(queries)

    plan = reporting._admit(house, reporting.prepare(house, request, role=ws.role), house.now())
    eligible = pa.table({"ordinal": np.array(plan.eligible, dtype=np.uint32)})
    show(
        "segment, goal at most 1.5x", in_turns(ours, lambda: _by_hand(house, run, eligible)),
        peer="best hand-written SQL",
    )  # fmt: skip

    def gate() -> object:
        fresh = reporting.prepare(house, request, role=ws.role)
        reporting._queries(house, fresh)
        return reporting._admit(house, fresh, house.now())

    show("gate, log, second gate (goal 0.050 s)", in_turns(gate, house.now), peer="the clock")


def _report(ws: Workspace) -> None:
    """Compare a warm report of 50 groups and 2 aggregates with scan and semi-join alone."""
    house = ws._house
    request = find_request(house, "regions")
    run = reporting.prepare(house, request, role=ws.role)
    plan = reporting._admit(house, reporting.prepare(house, request, role=ws.role), house.now())
    eligible = pa.table({"ordinal": np.array(plan.eligible, dtype=np.uint32)})

    def ours() -> object:
        ws.open_edition()
        return ws.report("regions")

    def theirs() -> object:
        found = _by_hand(house, run, eligible)
        return _scan(house, run, found)

    pair = in_turns(ours, theirs)
    show("report, 50 groups x 2", pair, peer="scan and semi-join by hand")
    print(f"  {'overhead (goal 0.150 s)':<34} {pair.ours - pair.theirs:8.3f} s")


def _connection(house: object, snapshot: int, at: datetime) -> duckdb.DuckDBPyConnection:
    """Return DuckDB over the same encrypted files, read with only the columns that are needed.

    (DuckDB 2.0 over an *encrypted* PyArrow data set waits for ever: its scan threads need the
    interpreter for the keys while the query holds it. So Arrow reads and DuckDB queries.)
    """
    connection = duckdb.connect(":memory:")
    for table, columns in NEEDED.items():
        since = None if table == "people" else pads.field("time") >= run_since(at)
        data = house.columns.dataset(table, snapshot=snapshot)
        connection.register(table, data.to_table(columns=columns, filter=since))
    return connection


def run_since(at: datetime) -> pa.Scalar:
    """Return where the window begins, as Arrow compares it."""
    return pa.scalar(at - timedelta(days=365), pa.timestamp("us", tz="UTC"))


def _bounds(run: reporting.Run) -> dict[str, object]:
    """Return the windows' bounds."""
    at = run.edition.at
    return {"since": at - timedelta(days=365), "recent": at - timedelta(days=30), "at": at}


def _by_hand(house: object, run: reporting.Run, eligible: pa.Table) -> pa.Table:
    """Return the segment's people by hand-written SQL."""
    with _connection(house, run.edition.snapshot, run.edition.at) as connection:
        connection.register("eligible", eligible)
        return connection.sql(BEST, params=_bounds(run)).to_arrow_table()


def _scan(house: object, run: reporting.Run, found: pa.Table) -> list[tuple[object, ...]]:
    """Return the groups' counts and sums by hand-written SQL."""
    bounds = _bounds(run)
    del bounds["recent"]
    with _connection(house, run.edition.snapshot, run.edition.at) as connection:
        connection.register("found", found)
        return connection.execute(SCAN, bounds).fetchall()


def _plain_copy(source: Path, target: Path) -> None:
    """Read and write a Parquet file with pyarrow alone."""
    pq.write_table(pq.read_table(source), target)


def _plain_rows(path: Path, count: int) -> None:
    """Insert as many narrow rows with sqlite3 alone, durably."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB UNIQUE, c INT, d INT)")
        rows = ((i, i.to_bytes(16, "big"), i // 2, 0) for i in range(count))
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1:])
