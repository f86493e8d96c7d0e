# SPDX-License-Identifier: Apache-2.0
"""``python -m bench vault``: a change of epoch, and of every page of keys, with ten million people.

The goal is that of the design: an epoch of 10 M people's keys in 120 s or less. Page keys, file
keys and secrets are wrapped under the root; the people's keys lie in pages under page keys, so that
a change of epoch wraps few keys anew. The second figure writes every page anew, as if each bucket
had lost somebody at once. The third imports a small batch of events into a large table.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.machine import describe
from privseg.store import Database, VaultTables
from privseg.vault import ColumnStore, Vault
from privseg.vault.bound import People
from privseg.vault.pages import BUCKET, KeyPage, Pages

TABLES = 3  # column files a bucket
PEOPLE_WITH_EVENTS = 1_000_000
EVENTS_EACH = 10
BATCH = 20_000


def main(people: int) -> None:
    """Measure and print."""
    print(describe())
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        _epochs(Path(folder) / "epochs", people)
        _batch(Path(folder) / "batch")


def _opened(folder: Path) -> tuple[VaultTables, Vault]:
    folder.mkdir()
    storage = VaultTables(Database.create(folder / "bench.db"))
    return storage, Vault.create(storage, folder / "keys" / "root.json", workspace="ws-bench")


def _epochs(folder: Path, people: int) -> None:
    """Time a change of epoch, and of every page, over that many people."""
    storage, vault = _opened(folder)
    pages, buckets = Pages(storage, vault.keyring), (people - 1) // BUCKET + 1
    with storage.transaction():
        for bucket in range(buckets):
            page = KeyPage(bucket)
            page.enrol(min(BUCKET, people - bucket * BUCKET))
            pages.save(page)
            for _ in range(TABLES):
                vault.keyring.put("file", secrets.token_hex(16), secrets.token_bytes(32))
        with vault.bound.changing(People.NUMBERS):
            storage.set_next_ordinal(people)
    keys = len(storage.all_wrapped())
    print(f"{people:,} people, {buckets} pages, {keys:,} wrapped keys")
    took = _timed(vault.rotate)
    print(f"  new epoch (goal 120 s for 10 M people)      {took:8.3f} s")
    took = _timed(lambda: _all_pages(storage, pages, buckets))
    print(f"  every page under a new key, and a new epoch {took:8.3f} s")


def _all_pages(storage: VaultTables, pages: Pages, buckets: int) -> None:
    with storage.transaction():
        for bucket in range(buckets):
            pages.save(pages.load(bucket))
        pages._keyring.rotate()


def _batch(folder: Path) -> None:
    """Time the import of a small batch into a large table; count what was written."""
    storage, vault = _opened(folder)
    columns = ColumnStore.open(folder / "columns", storage, vault)
    pages = Pages(storage, vault.keyring)
    with storage.transaction():
        for bucket in range((PEOPLE_WITH_EVENTS - 1) // BUCKET + 1):
            page = KeyPage(bucket)
            page.enrol(min(BUCKET, PEOPLE_WITH_EVENTS - bucket * BUCKET))
            pages.save(page)
        with vault.bound.changing(People.NUMBERS):
            storage.set_next_ordinal(PEOPLE_WITH_EVENTS)
    print(f"{PEOPLE_WITH_EVENTS * EVENTS_EACH:,} events of {PEOPLE_WITH_EVENTS:,} people")
    for name, rows in (("the large table", PEOPLE_WITH_EVENTS * EVENTS_EACH), ("a batch", BATCH)):
        data, before = _events(rows), {p.name for p in (folder / "columns").iterdir()}
        took = _timed(lambda data=data: _write(storage, columns, data))  # type: ignore[misc]
        new = [p for p in (folder / "columns").iterdir() if p.name not in before]
        size = sum(p.stat().st_size for p in new) / 1e6
        print(f"  {name:<16} {rows:>10,} events {took:8.3f} s, {len(new)} files, {size:.1f} MB new")


def _write(storage: VaultTables, columns: ColumnStore, data: pa.Table) -> None:
    with storage.transaction():
        columns.upsert_events("purchase", data, snapshot=columns.begin_snapshot())


def _events(rows: int) -> pa.Table:
    draw = np.random.default_rng()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    times = pa.array(draw.integers(0, 86_400_000_000 * 300, rows), pa.duration("us"))
    return pa.table(
        {
            "ordinal": pa.array(draw.integers(0, PEOPLE_WITH_EVENTS, rows), pa.uint32()),
            "event_id": _ids(rows),
            "time": pc.add(pa.scalar(start, pa.timestamp("us", tz="UTC")), times),
            "amount": pa.array(draw.integers(1, 100_000, rows), pa.int64()),
        }
    )


def _ids(rows: int) -> pa.Array:
    """Return random ids without a Python object for each."""
    data = pa.py_buffer(secrets.token_bytes(16 * rows))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), rows, [None, data])


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
