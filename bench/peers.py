# SPDX-License-Identifier: Apache-2.0
"""``make bench-peers``: one job, six libraries, each in an environment of its own.

The job (``peer_jobs.timing``) is the same; what each library promises for it is not, so the table
says that too. Times are of the whole process, and of its parts as the process itself sees them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

from bench.machine import describe

ROOT = Path(__file__).parents[1]
JOBS = Path(__file__).parent / "peer_jobs"
ENVIRONMENTS = ROOT / ".bench-peers"
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Peer:
    """A library, what it needs, and what its numbers promise in this job."""

    name: str
    needs: tuple[str, ...]
    promises: str


OURS = Peer(
    "privseg",
    (),
    "unit: person; at most 5 groups by keyed hash; exact integer Gaussian noise; a group is shown "
    "only past a threshold (delta 1e-7); every number with its 95 % interval; zCDP, printed "
    "rounded up",
)
PEERS = (
    Peer(
        "opendp",
        ("opendp[polars]==0.16.0",),
        "unit: person by identifier; rows truncated; exact integer noise; the group keys are given "
        "as public; no minimum of people, no interval in the answer",
    ),
    Peer(
        "tumult",
        ("tmlt.analytics==0.21.0",),
        "unit: person by identifier; groups and rows truncated; exact integer noise; keys public; "
        "no minimum, no interval; runs on Spark (needs Java)",
    ),
    Peer(
        "pipelinedp",
        ("pipeline-dp==0.3.1", "pyarrow"),
        "unit: person by identifier; sampled; noise of Google's library on floating point; keys "
        "public; no minimum, no interval",
    ),
    Peer(
        "smartnoise",
        ("smartnoise-sql==1.0.10", "pyarrow"),
        "unit: person by identifier; sampled; groups under a threshold are dropped; epsilon is "
        "given for each column (half each here); no interval in the answer",
    ),
    Peer(
        "diffprivlib",
        ("diffprivlib==0.6.6", "pandas", "pyarrow", "scikit-learn<1.8"),
        "unit: a row's sensitivity as stated by hand; bounding by hand (file order); floating "
        "point Laplace; keys public; no minimum, no interval",
    ),
)


def main(rows: int) -> None:
    """Invent the data, make the environments, run every job, print the table."""
    print(describe())
    print(f"{rows:,} rows, {rows // 5:,} people, 1,000 groups; count and sum, epsilon 1\n")
    with tempfile.TemporaryDirectory(prefix="privseg-peers-") as folder:
        data = Path(folder) / "data.parquet"
        _run([sys.executable, str(JOBS / "data.py"), str(data), str(rows)])
        found = {p.name: _measured(p, data) for p in (OURS, *PEERS)}
    _print(found)


def _measured(peer: Peer, data: Path) -> list[dict[str, float]] | str:
    """Return every round's figures, or why there are none."""
    try:
        command = _command(peer, data)
        return [_timed(command) for _ in range(ROUNDS)]
    except subprocess.CalledProcessError as failed:
        lines = (failed.stderr or "").strip().splitlines()
        return f"did not run: {lines[-1][:90] if lines else failed.returncode}"


def _command(peer: Peer, data: Path) -> list[str]:
    """Return how a job is started; its environment is made if it is not there."""
    if peer is OURS:
        return [sys.executable, "-m", "bench.peer_jobs.with_privseg", str(data)]
    python = ENVIRONMENTS / peer.name / "bin" / "python"
    made = ENVIRONMENTS / peer.name / "made"
    if not made.exists():
        print(f"  making an environment for {peer.name} ...", flush=True)
        venv.create(ENVIRONMENTS / peer.name, clear=True, with_pip=True)
        _run([str(python), "-m", "pip", "install", "--quiet", *peer.needs])
        made.touch()
    return [str(python), str(JOBS / f"with_{peer.name}.py"), str(data)]


def _timed(command: list[str]) -> dict[str, float]:
    """Return what a job printed, and how long the whole process took."""
    began = time.perf_counter()
    printed = _run(command)
    whole = time.perf_counter() - began
    figures: dict[str, float] = json.loads(printed.splitlines()[-1])
    return {"whole": whole, **figures}


def _run(command: list[str]) -> str:
    env = {**os.environ, "PYSPARK_PYTHON": command[0], "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env, cwd=ROOT)
    return done.stdout


def _print(found: dict[str, list[dict[str, float]] | str]) -> None:
    """Print each library: the fastest whole run, its parts, then what it promises."""
    print(f"  {'library':<14} {'whole':>8} {'import':>8} {'the rest':>9}   groups")
    for peer in (OURS, *PEERS):
        runs = found[peer.name]
        if isinstance(runs, str):
            print(f"  {peer.name:<14} {runs}")
            continue
        best = min(runs, key=lambda r: r["whole"])
        parts = {k: v for k, v in best.items() if k not in {"whole", "groups", "people", "sum"}}
        rest = sum(v for k, v in parts.items() if k != "import")
        print(
            f"  {peer.name:<14} {best['whole']:>6.2f} s {parts['import']:>6.2f} s "
            f"{rest:>7.2f} s   {best['groups']:>6.0f}"
        )
        inner = ", ".join(f"{k} {v:.2f}" for k, v in parts.items() if k != "import")
        print(f"  {'':<14} {inner}")
    print("\nwhat the numbers promise:")
    for peer in (OURS, *PEERS):
        print(f"  {peer.name}: {peer.promises}")
