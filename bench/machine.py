# SPDX-License-Identifier: Apache-2.0
"""What the figures were measured on, and how they are printed."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from typing import Any

PACKAGES = ("duckdb", "pyarrow", "pandas", "numpy", "sqlalchemy", "cryptography", "sqlglot")


def describe() -> str:
    """Return machine and versions in two lines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    names = ", ".join(f"{p} {version(p)}" for p in PACKAGES)
    return (
        f"{platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, load {load:.1f}\n"
        f"Python {platform.python_version()}, {names}"
    )


@contextmanager
def stage(what: str) -> Iterator[None]:
    """Print how long a part took."""
    began = time.perf_counter()
    yield
    print(f"  {what:<58} {time.perf_counter() - began:9.2f} s", flush=True)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways of doing one thing, timed in turns."""

    ours: float
    theirs: float
    ratio: float


def in_turns(ours: Callable[[], Any], theirs: Callable[[], Any], *, rounds: int = 5) -> Pair:
    """Return the medians of both and of their ratio, pair by pair, after one warm-up each."""
    ours(), theirs()
    times = [(_timed(ours), _timed(theirs)) for _ in range(rounds)]
    return Pair(
        median(a for a, _ in times), median(b for _, b in times), median(a / b for a, b in times)
    )


def show(what: str, pair: Pair, *, peer: str) -> None:
    """Print a comparison."""
    print(
        f"  {what:<34} {pair.ours:8.3f} s   {peer:<28} {pair.theirs:8.3f} s   {pair.ratio:5.2f}x",
        flush=True,
    )


def _timed(run: Callable[[], Any]) -> float:
    """Return the seconds that one call takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
