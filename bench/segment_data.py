# SPDX-License-Identifier: Apache-2.0
"""Events of any number in files as the column store writes them, encrypted, a bucket each."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads

from privseg.vault import parquet

BUCKET = 65_536
AT = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 400  # how far back events go
SHARES = {"purchase": 0.3, "page_view": 0.5, "email_open": 0.2}
CHANNELS = pa.array(["web", "app", "store"])
REGIONS = pa.array([f"region-{n:02d}" for n in range(20)])
MICROS = pa.timestamp("us", "UTC")

POLICY = f"""\
privseg: policy/1
controller: bench
notices:
  bench: {{version: "1", sha256: {"0" * 64}, purposes: [marketing]}}
catalogue:
  people:
    holds: people
    person: customer
    columns:
      customer: {{role: direct_identifier, identifier: customer_number}}
      region: {{type: category, category: location, values: [{", ".join(REGIONS.to_pylist())}]}}
      age: {{type: integer, category: location}}
  orders:
    holds: events
    event: purchase
    category: purchases
    person: customer
    event_id: id
    time: at
    columns:
      customer: {{role: direct_identifier, identifier: customer_number}}
      amount: {{type: money, currency: EUR, category: purchases}}
      channel: {{type: category, category: purchases, values: [web, app, store]}}
  web:
    holds: events
    event: page_view
    category: browsing
    person: customer
    event_id: id
    time: at
    columns: {{customer: {{role: direct_identifier, identifier: customer_number}}}}
  mail:
    holds: events
    event: email_open
    category: browsing
    person: customer
    event_id: id
    time: at
    columns: {{customer: {{role: direct_identifier, identifier: customer_number}}}}
purposes:
  marketing:
    title: Marketing
    kind: marketing
    basis: {{consent: [DE]}}
    categories: [location, purchases, browsing]
    notice: bench
segmenters:
  bench:
    purpose: marketing
    reads: [region, age, purchase, purchase.amount, purchase.channel, page_view, email_open]
    run_by: [marketer]
"""


@dataclass
class EncryptedFiles:
    """Port ``Columns`` over files that this benchmark wrote."""

    folder: Path
    files: dict[str, list[Path]] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict, repr=False)
    schemas: dict[str, pa.Schema] = field(default_factory=dict)

    def add(self, table: str, rows: pa.Table) -> None:
        """Write one bucket of a table."""
        path = self.folder / secrets.token_hex(16)
        self.keys[path.name] = secrets.token_bytes(32)
        parquet.write(path, rows, self.keys[path.name])
        self.files.setdefault(table, []).append(path)
        self.schemas[table] = rows.schema

    def tables(self) -> Collection[str]:
        """Return the tables."""
        return self.files

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:  # noqa: ARG002  # the port's
        """Return a table."""
        return parquet.dataset(self.files[table], self.keys, self.schemas[table])

    def accounts(self, table: str, *, snapshot: int) -> pa.Table:
        """Refuse: there are none."""
        raise NotImplementedError(table, snapshot)

    @property
    def size(self) -> int:
        """Return the bytes on disk."""
        return sum(p.stat().st_size for files in self.files.values() for p in files)


def write_events(folder: Path, *, people: int, events: int) -> EncryptedFiles:
    """Write people and events, bucket by bucket: memory stays small however many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    made = EncryptedFiles(folder)
    chance = np.random.default_rng(11)
    for first in range(0, people, BUCKET):
        count = min(BUCKET, people - first)
        made.add("people", _people(chance, first, count))
        for event, share in SHARES.items():
            made.add(event, _happened(chance, event, first, count, int(events * share / people)))
    return made


def _people(chance: np.random.Generator, first: int, count: int) -> pa.Table:
    region = REGIONS.take(pa.array(chance.integers(0, len(REGIONS), count)))
    ordinal = np.arange(first, first + count, dtype=np.uint32)
    return pa.table({"ordinal": ordinal, "region": region, "age": chance.integers(16, 90, count)})


def _happened(
    chance: np.random.Generator, event: str, first: int, count: int, mean: int
) -> pa.Table:
    """Return one event's rows of a bucket: some people do much, many do little."""
    each = chance.poisson(mean * chance.gamma(1.0, 1.0, count))
    ordinal = np.repeat(np.arange(first, first + count, dtype=np.uint32), each)
    ago = chance.integers(0, DAYS * 86_400_000_000, len(ordinal))
    time = np.int64(AT.timestamp() * 1_000_000) - ago
    order = np.lexsort((time, ordinal))
    columns = {"ordinal": ordinal[order], "time": pa.array(time[order]).cast(MICROS)}
    if event == "purchase":
        columns["event_id"] = _ids(chance, len(ordinal))
        columns["amount"] = chance.integers(100, 20_000, len(ordinal))
        columns["channel"] = CHANNELS.take(pa.array(chance.integers(0, 3, len(ordinal))))
    return pa.table(columns)


def _ids(chance: np.random.Generator, count: int) -> pa.Array:
    """Return random event ids."""
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), count, [None, pa.py_buffer(chance.bytes(16 * count))]
    )


def since(days: int) -> pa.Scalar:
    """Return where a window of so many days begins, as Arrow compares it."""
    return pa.scalar(AT - timedelta(days=days), MICROS)


def batches_of(files: EncryptedFiles, table: str) -> Iterator[pa.RecordBatch]:
    """Yield a whole table, every column: what is read by who does not choose."""
    yield from files.dataset(table, snapshot=1).to_batches()
