# SPDX-License-Identifier: Apache-2.0
"""Records of k lineages beside anjana and anonypy: 30,162 people, 5 quasi-identifiers, k = 5.

``python -m bench.k_anonymity``. The peers pin old pandas and numpy, so each runs in an environment
of its own, made by name with pip under ``.bench-peers``. Times are inside the process (the job
alone, without reading the file) and of the whole process, imports among them. What they give is
not the same: see ``GIVES``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from statistics import median

from bench.k_jobs.data import ROWS, write
from bench.k_jobs.with_privseg import JOBS as OURS
from bench.machine import describe

ROOT = Path(__file__).parents[1]
JOBS = Path(__file__).parent / "k_jobs"
ENVIRONMENTS = ROOT / ".bench-peers"
PEERS = {"anjana": ("anjana==1.2.3",), "anonypy": ("anonypy==0.2.1", "pandas<2.3")}
ROUNDS, PEER_ROUNDS = 5, 1
GOAL = 1.0  # seconds
GIVES = {
    "anjana": "full-domain; a greedy search of its own; up to 5 % of the records suppressed",
    "anonypy": "Mondrian; rows are classes with counts of sensitive values, not records",
    "privseg": "checked again from the texts that go out; risks measured; search: the least loss "
    "of all levels (or levels fixed by policy), up to 5 % suppressed; Mondrian: strict",
}


def main() -> None:
    """Invent the people, run every job, print the table."""
    print(describe())
    print(f"{ROWS:,} people, 5 quasi-identifiers, k = 5; goal: {GOAL:.0f} s in the process\n")
    print(f"  {'':36} {'job s':>8} {'whole s':>8} {'records':>8} {'classes':>8} {'k':>4}")
    with tempfile.TemporaryDirectory(prefix="privseg-k-") as folder:
        people = Path(folder) / "people.csv"
        write(people)
        for name in OURS:
            command = [sys.executable, "-m", "bench.k_jobs.with_privseg", name, str(people)]
            _show(name, command, ROUNDS)
        for name, needs in PEERS.items():
            python = _environment(name, needs)
            _show(name, [python, str(JOBS / f"with_{name}.py"), str(people)], PEER_ROUNDS)
    print()
    for name, text in GIVES.items():
        print(f"  {name}: {text}")


def _environment(name: str, needs: tuple[str, ...]) -> str:
    """Return the interpreter of a peer's environment, which is made if it is not there."""
    folder = ENVIRONMENTS / name
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", *needs]
        subprocess.run(pip, check=True, capture_output=True, text=True)
        (folder / "made").touch()
    return str(python)


def _show(name: str, command: list[str], rounds: int) -> None:
    """Run a job a few times and print the medians."""
    try:
        found = [_timed(command) for _ in range(rounds)]
    except subprocess.CalledProcessError as failed:
        lines = (failed.stderr or "").strip().splitlines()
        print(f"  {name:36} did not run: {lines[-1][:60] if lines else failed.returncode}")
        return
    job, whole = (median(f[key] for f in found) for key in ("job", "whole"))
    last = found[-1]
    print(
        f"  {name:36} {job:8.2f} {whole:8.2f} {last['rows']:8,.0f} {last['classes']:8,.0f} "
        f"{last['k']:4.0f}",
        flush=True,
    )


def _timed(command: list[str]) -> dict[str, float]:
    """Return what a job printed, and how long the whole process took."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} if command[1] == "-m" else None
    began = time.perf_counter()
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    whole = time.perf_counter() - began
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {"whole": whole, **figures}


if __name__ == "__main__":
    main()
