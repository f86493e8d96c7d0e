# SPDX-License-Identifier: Apache-2.0
"""Consent events in and out: a file of a million, and reading millions back as columns.

``python -m bench.consents``; PRIVSEG_BENCH_EVENTS (default a million) sets the size of the file,
which is about three people in ten as many. Beside each figure stands what the same rows cost
without us.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from bench.machine import describe, stage
from bench.shop import END, NOTICE, write_rules
from privseg.engine import Workspace

EVENTS = int(os.environ.get("PRIVSEG_BENCH_EVENTS", "1000000"))
ACTS = ("attest_jurisdiction", "grant", "refuse", "withdraw", "activity")
SHARES = (0.3, 0.4, 0.1, 0.1, 0.1)


def main() -> None:
    """Run everything and print it."""
    print(describe())
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        os.environ["PRIVSEG_KEYS"] = f"{folder}/keys"
        consents(Path(folder))


def consents(folder: Path) -> None:
    """Time the way of a file into the ledger and back, from CSV and from Parquet."""
    people, events = write_files(folder / "consents", events=EVENTS)
    write_rules(folder / "rules")
    for ending in ("csv", "parquet"):
        print(f"{EVENTS:,} consent events about {3 * EVENTS // 10:,} known people, {ending}")
        with Workspace.create(folder / f"shop-{ending}") as ws:
            ws.use_policy(folder / "rules")
            ws.import_source("people", people)
            with stage("import, durable (goal 20 s a million)"):
                ws.import_consents(events.with_suffix(f".{ending}"))
            with stage("import again: nothing new"):
                ws.import_consents(events.with_suffix(f".{ending}"))
            with stage("everybody's events as columns"):
                ws._house.ledger.columns()
            with stage("audit verify: log and ledger"):
                assert ws.audit_verify()["ok"]
    with stage("  plain: sqlite3 executemany of as many rows"):
        plain_rows(folder / "plain.sqlite", EVENTS)


def write_files(folder: Path, *, events: int) -> tuple[Path, Path]:
    """Write people and their consent events; the latter as CSV and as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(11)
    count = max(1, 3 * events // 10)
    names = np.char.add("C-", np.arange(count).astype("U9"))
    people = {"customer": names, "region": np.full(count, "region-01"), "age": np.full(count, 40)}
    pq.write_table(pa.table(people), folder / "people.parquet")
    table = pa.table(_events(names, chance, events))
    pq.write_table(table, folder / "events.parquet")
    pa_csv.write_csv(table, folder / "events.csv")
    return folder / "people.parquet", folder / "events"


def _events(names: np.ndarray, chance: np.random.Generator, count: int) -> dict[str, object]:
    """Return the columns of consent events in no order."""
    act = chance.choice(ACTS, count, p=SHARES)
    attests = act == "attest_jurisdiction"
    seconds = chance.integers(0, 200 * 86_400, count).astype("timedelta64[s]")
    began = np.datetime64(int((END - timedelta(days=200)).timestamp()), "s")

    def only(text: str, rows: np.ndarray) -> pa.Array:
        return pa.array(np.where(rows, text, None), pa.string())

    return {
        "event_id": np.char.add("E-", np.arange(count).astype("U9")),
        "person": chance.choice(names, count),
        "act": act,
        "purpose": only("marketing", ~attests),
        "categories": only("location|purchases", ~attests),
        "event_time": pa.array(began + seconds).cast(pa.timestamp("us", tz="UTC")),
        "notice": only(NOTICE, act == "grant"),
        "method": pa.array(["form"] * count, pa.string()),
        "value": only("DE", attests),
    }


def plain_rows(path: Path, count: int) -> None:
    """Insert as many narrow rows with sqlite3 alone, durably."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b BLOB UNIQUE, c INT, d INT)")
        rows = ((i, i.to_bytes(16, "big"), i // 2, 0) for i in range(count))
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    connection.close()


if __name__ == "__main__":
    main()
