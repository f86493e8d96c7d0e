# SPDX-License-Identifier: Apache-2.0
"""``python -m bench registers``: the record of processing over 10 M people, after 10,000 runs.

The shop of ``bench.dsr``, with the rows of every bucket: a person's own and ten orders each, none
older than their source's retention. Beside it stands what looked at every row: a purge's dry run.
PRIVSEG_BENCH_PEOPLE and PRIVSEG_BENCH_RUNS set the size.
"""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa

from bench import dsr, who
from bench.machine import describe, stage
from privseg.compute.ages import ages_of
from privseg.engine import Workspace
from privseg.engine.house import House
from privseg.loaders import Shipped
from privseg.vault.bound import People
from privseg.vault.pages import BUCKET
from privseg.vault.purging import Limits
from privseg.vault.rows import EVENT_ID_BYTES, IMPORTED

ORDERS_EACH = 10
GOAL = 10.0  # seconds for the record


def main() -> None:
    """Build the shop and make the record."""
    print(describe())
    print(f"record of processing: {who.PEOPLE:,} people, {who.RUNS:,} runs")
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        os.environ["PRIVSEG_KEYS"] = f"{folder}/keys"
        root = Path(folder) / "shop"
        with Workspace.create(root, starter=Shipped.SHOP, keys=Path(folder) / "key.json") as ws:
            house = ws._house
            with stage(f"{who.PEOPLE:,} people, {ORDERS_EACH * who.PEOPLE:,} orders"):
                _rows(house)
            dsr._runs(house, 0)
            _ask(ws)


def _rows(house: House) -> None:
    """Store attributes and orders, a bucket at a time."""
    dice, now = np.random.default_rng(7), house.now()
    with house.db.transaction():
        with house.vault.bound.changing(People.NUMBERS):
            house.vault._identities.skip_to(who.PEOPLE)
        snapshot = house.columns.begin_snapshot()
        for bucket in range((who.PEOPLE - 1) // BUCKET + 1):
            first, end = bucket * BUCKET, min((bucket + 1) * BUCKET, who.PEOPLE)
            people = np.arange(first, end, dtype=np.uint32)
            own, orders = _of(people, now, dice), _by(people, now, dice)
            for table, kind, rows in (("crm", "people", own), ("purchase", "events", orders)):
                house.columns._files.add(table, bucket, rows, since=snapshot)
                schema = rows.schema.serialize().to_pybytes()
                house.columns._manifest.put_column_table(table, kind, schema)


def _of(people: np.ndarray, now: datetime, dice: np.random.Generator) -> pa.Table:
    """Return one row of each, imported within the last year."""
    ago = dice.integers(1, 365 * 86_400, len(people)) * 1_000_000
    return pa.table(
        {
            "ordinal": people,
            "country": np.array(["DE", "FR", "NL"])[dice.integers(0, 3, len(people))],
            "age": dice.integers(18, 90, len(people)),
            IMPORTED: pa.array(int(now.timestamp() * 1e6) - ago, pa.timestamp("us", tz="UTC")),
        }
    )


def _by(people: np.ndarray, now: datetime, dice: np.random.Generator) -> pa.Table:
    """Return so many orders of each, of the last year."""
    count = ORDERS_EACH * len(people)
    ago = dice.integers(1, 365 * 86_400, count) * 1_000_000
    ids = pa.py_buffer(dice.bytes(EVENT_ID_BYTES * count))
    return pa.table(
        {
            "ordinal": np.repeat(people, ORDERS_EACH),
            "event_id": pa.Array.from_buffers(pa.binary(EVENT_ID_BYTES), count, [None, ids]),
            "time": pa.array(int(now.timestamp() * 1e6) - ago, pa.timestamp("us", tz="UTC")),
            "amount": dice.integers(100, 20_000, count),
        }
    )


def _ask(ws: Workspace) -> None:
    """Time the record, its two slow parts, and what looked at every row."""
    house, now = ws._house, ws._house.now()
    ages = ages_of(house.policy.catalogue, at=now)
    limits = {t: Limits(a.clock, a.rows_after, a.cells_after) for t, a in ages.items()}
    there = [t for t in house.columns.tables() if t in limits]

    def asked() -> object:
        return [house.columns.is_over(t, limits[t]) for t in there]

    def every_row() -> object:
        return [house.columns.purge(t, limits[t], dry_run=True) for t in there]

    whole = _show(f"the record (goal {GOAL:.0f} s)", ws.register_processing)
    size = house.log.size
    _show("  every run of the index of reads", lambda: house.touched.of_everybody(size=size))
    _show(
        "  whether anything is over", lambda: [house.columns.is_over(t, limits[t]) for t in there]
    )
    _show("every row looked at, as before", every_row)
    print(f"  {'within' if whole <= GOAL else 'OVER'} the goal: {whole / GOAL:.2f} of it")


def _show(what: str, act: object) -> float:
    """Do something once and print how long it took."""
    assert callable(act)
    start, ours = perf_counter(), process_time()
    act()
    took = perf_counter() - start
    print(f"  {what:<44} {took:7.2f} s, {process_time() - ours:7.2f} s of processor", flush=True)
    return took
