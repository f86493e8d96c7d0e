# SPDX-License-Identifier: Apache-2.0
"""``python -m bench dsr-erasure``: erasing one person among 10 M, with receipt, and the search.

The shop of ``bench.dsr``: a year of runs in the log, the index and the stored memberships, and the
person's bucket of the column store whole. PRIVSEG_BENCH_PEOPLE and PRIVSEG_BENCH_RUNS set the size.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from bench import dsr, who
from bench.machine import describe
from privseg.dsr import RequestKind
from privseg.dsr.identity import IdentityLevel
from privseg.engine import Workspace
from privseg.engine.erasure import run as erasure_run
from privseg.engine.erasure.search import search
from privseg.engine.house import House
from privseg.loaders import Shipped
from privseg.terms import Ordinal

GOAL = 5.0  # seconds, and one rewrite of the person's bucket
ROUGH = 1 << 20


def main() -> None:
    """Build the shop and erase one person."""
    print(describe())
    print(f"erasure: one of {who.PEOPLE:,} people, {who.RUNS:,} runs")
    with tempfile.TemporaryDirectory(prefix="privseg-bench-") as folder:
        os.environ["PRIVSEG_KEYS"] = f"{folder}/keys"
        root = Path(folder) / "shop"
        with Workspace.create(root, starter=Shipped.SHOP, keys=Path(folder) / "key.json") as ws:
            first = dsr._people(ws)
            person = dsr._runs(ws._house, first)
            _erase(ws, person, Path(folder) / "out")


def _erase(ws: Workspace, person: Ordinal, out: Path) -> None:
    """Erase; print the time of the parts beside the goal."""
    subject = next(s for s in ws._house.vault.identity(person) if s.kind == "customer_number")
    case = ws.open_request(RequestKind.ERASURE, subject, identity=IdentityLevel.ACCOUNT)
    parts: dict[str, float] = {}
    _timed(ws._house, parts)
    start, ours = perf_counter(), process_time()
    ws.run_request(case.number, out=out)
    whole, processor = perf_counter() - start, process_time() - ours
    for name, seconds in parts.items():
        print(f"  {seconds:8.2f} s  {name}")
    rest = whole - parts["rewrite of the person's bucket"]
    rest -= parts["byte search of every file and cell"]
    print(f"  {whole:8.2f} s  all of it, with receipt and letter ({processor:.2f} s of processor)")
    print(
        f"  {rest:8.2f} s  without rewrite and search; goal {GOAL:.0f} s: {rest / GOAL:.2f} of it"
    )


def _timed(house: House, parts: dict[str, float]) -> None:
    """Let the slow parts tell how long they took."""
    for owner, name, what in (
        (house.columns, "expel", "rewrite of the person's bucket"),
        (house.runs, "forget", "the bucket's pages of stored memberships sealed anew"),
        (house.vault, "rotate", "every key under a new root, once more"),
        (erasure_run, "search", "byte search of every file and cell"),
    ):
        setattr(owner, name, _telling(getattr(owner, name), parts, what))


def _telling(
    real: Callable[..., object], parts: dict[str, float], what: str
) -> Callable[..., object]:
    def told(*args: object, **more: object) -> object:
        start = perf_counter()
        found = real(*args, **more)
        parts[what] = parts.get(what, 0.0) + perf_counter() - start
        if real is search:
            assert not found.ours  # type: ignore[attr-defined]
            speed = found.bytes / ROUGH / max(perf_counter() - start, 1e-9)  # type: ignore[attr-defined]
            print(f"  {found.bytes / ROUGH:,.0f} MiB searched in {found.spellings} spellings, "  # type: ignore[attr-defined]
                  f"{speed:,.0f} MiB/s")  # fmt: skip
        return found

    return told


if __name__ == "__main__":
    main()
