# SPDX-License-Identifier: Apache-2.0
"""A shop of any size, made column by column with a fixed seed, and its policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

END = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=1)
REGIONS = tuple(f"region-{n:02d}" for n in range(50))
NOTICE = "bench@1"

POLICY = f"""\
privseg: policy/1
controller: bench
notices:
  bench: {{version: "1", sha256: {"0" * 64}, purposes: [marketing]}}
catalogue:
  people:
    holds: people
    person: customer
    retention: 1095d
    columns:
      customer: {{role: direct_identifier, identifier: customer_number}}
      region: {{type: category, category: location, values: [{", ".join(REGIONS)}]}}
      age: {{type: integer, category: location}}
  orders:
    holds: events
    event: purchase
    category: purchases
    person: customer
    event_id: order
    time: at
    retention: 1095d
    columns:
      customer: {{role: direct_identifier, identifier: customer_number}}
      amount: {{type: money, currency: EUR, category: purchases}}
purposes:
  marketing:
    title: Marketing
    kind: marketing
    basis: {{consent: [DE]}}
    categories: [location, purchases]
    notice: bench
segmenters:
  bench:
    purpose: marketing
    reads: [region, age, purchase, purchase.amount]
    run_by: [marketer]
    releases:
      guarantee: dp
      groups_per_person: 1
      clamps:
        purchase.amount:
          {{per_person: 2000 EUR, per_event: [0 EUR, 400 EUR], events_per_person: 20}}
budget: {{rho_per_year: 1000000, selection_delta_per_year: 0.1}}
"""

SEGMENT = """\
segment: spenders
segmenter: bench
label: {en: Spenders}
where:
  all:
    - {attribute: age, at_least: 25}
    - {event: purchase, within: 365d, count: {at_least: 3}, sum: {of: amount, over: 200 EUR}}
    - not: {event: purchase, within: 30d}
"""

REPORT = """\
privseg: report/1
report: regions
title: Regions
segmenter: bench
segments: [spenders]
tables:
  - name: regions
    by: region
    measures: [size, {total: purchase.amount, within: 365d}]
not_included: false
"""


def write_rules(folder: Path) -> None:
    """Write policy, segment and report into ``folder``, laid out like a workspace."""
    for place, text in (
        ("policies/policy.yaml", POLICY),
        ("segments/spenders.yaml", SEGMENT),
        ("reports/regions.yaml", REPORT),
    ):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def write_data(folder: Path, *, people: int, events: int) -> tuple[Path, Path, Path]:
    """Write people, orders and consents as Parquet files."""
    chance = np.random.default_rng(7)
    names = np.char.add("C-", np.arange(people).astype("U8"))
    region = np.array(REGIONS)[chance.integers(0, len(REGIONS), people)]
    persons = {"customer": names, "region": region, "age": chance.integers(16, 90, people)}
    buyer = names[(people * chance.random(events) ** 2).astype(int)]
    ago = (chance.random(events) * 400 * 86_400).astype("int64")
    times = np.datetime64(int(END.timestamp()), "s") - ago.astype("timedelta64[s]")
    orders = {
        "order": np.char.add("O-", np.arange(events).astype("U9")),
        "customer": buyer,
        "at": pa.array(times).cast(pa.timestamp("us", tz="UTC")),
        "amount": np.round(chance.integers(100, 20_000, events) / 100, 2),
    }
    return (
        _write(folder / "people.parquet", persons),
        _write(folder / "orders.parquet", orders),
        _write(folder / "consents.parquet", _consents(names, chance)),
    )


def _consents(names: np.ndarray, chance: np.random.Generator) -> dict[str, object]:
    """Return half the events attestations of a place, half grants and refusals."""
    half = len(names)
    said = np.where(chance.random(half) < 0.7, "grant", "refuse")
    began = END - timedelta(days=200)
    return {
        "event_id": np.char.add("E-", np.arange(2 * half).astype("U9")),
        "person": np.concatenate([names, names]),
        "act": np.concatenate([np.full(half, "attest_jurisdiction"), said]),
        "purpose": pa.array([None] * half + ["marketing"] * half, pa.string()),
        "categories": pa.array([None] * half + ["location|purchases"] * half, pa.string()),
        "event_time": pa.array([began] * (2 * half), pa.timestamp("us", tz="UTC")),
        "notice": pa.array([None] * half + [NOTICE] * half, pa.string()),
        "method": pa.array(["form"] * (2 * half), pa.string()),
        "value": pa.array(["DE"] * half + [None] * half, pa.string()),
    }


def _write(path: Path, columns: dict[str, object]) -> Path:
    """Write columns as a Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path
