# SPDX-License-Identifier: Apache-2.0
"""``python -m bench dsr-bulk``: 1,000 requests from a file, opened and carried out in one run.

Opt-outs, objections, limits, restrictions and withdrawals, every other one of somebody unknown, in
the shop that we ship. PRIVSEG_BENCH_REQUESTS sets how many.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter, process_time

import pandas as pd

from bench.machine import describe
from privseg.engine import Workspace
from privseg.loaders import Shipped

REQUESTS = int(os.environ.get("PRIVSEG_BENCH_REQUESTS", "1000"))
KINDS = ("object_marketing", "opt_out_sale", "limit", "withdraw_consent", "restriction")
GOAL = 120.0  # seconds for all of it: reading, opening, acting, a letter each


def main() -> None:
    """Build the shop, import the file, run what is ready, import the file again."""
    print(describe())
    print(f"{REQUESTS:,} requests from one file")
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        root = Path(folder) / "shop"
        with Workspace.create(root, starter=Shipped.SHOP, keys=Path(folder) / "key.json") as ws:
            _people(ws)
            path = _file(Path(folder) / "requests.csv")
            whole = _timed("check it (dry run)", lambda: ws.import_requests(path, dry_run=True))
            whole += _timed("open them", lambda: ws.import_requests(path))
            whole += _timed("run what is ready", lambda: _run(ws, Path(folder) / "out"))
            _timed("import the same file again: nothing", lambda: ws.import_requests(path))
            print(f"  whole: {whole:.1f} s (goal {GOAL:.0f} s)")


def _people(ws: Workspace) -> None:
    """Import the people of every other request."""
    columns = ws.policy.catalogue.sources["crm"].columns
    numbers = [f"C{n:07d}" for n in range(0, REQUESTS, 2)]
    rows = {c.name: [None] * len(numbers) for c in columns} | {"customer_id": numbers}
    ws.load(pd.DataFrame(rows), source="crm")


def _file(path: Path) -> Path:
    """Write the file: one request a row, by somebody known or a stranger."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["kind", "identifier", "received", "manner", "jurisdiction", "identity"])
        for n in range(REQUESTS):
            kind = KINDS[n % len(KINDS)]
            out.writerow([kind, f"C{n:07d}", "2026-01-12", "form", "US-CA", "account"])
    return path


def _run(ws: Workspace, out: Path) -> None:
    """Run everything and say how it ended."""
    ran = ws.run_requests(out=out)
    print(
        "    " + ", ".join(f"{n:,} {state}" for state, n in Counter(r.state for r in ran).items())
    )


def _timed(what: str, act: object) -> float:
    """Do something and print how long it took."""
    assert callable(act)
    start, ours = perf_counter(), process_time()
    act()
    took = perf_counter() - start
    print(f"  {what}: {took:.2f} s ({process_time() - ours:.2f} s of processor)")
    return took
