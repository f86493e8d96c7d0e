# SPDX-License-Identifier: Apache-2.0
"""``make redteam``: run the attacks on releases, and print how far each one comes.

The attacks are those of the tests (``tests/redteam``), with more runs. Noise comes from the
system's generator, so that figures differ a little each time; subsets of reconstructions have the
seeds 0 to 159.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import ModuleType

from bench.machine import describe

ROOT = Path(__file__).parents[1]


def main(*, as_markdown: bool = False) -> None:
    """Print the table; leave with 1 if an attack succeeds."""
    _take_our_tests()
    from tests.redteam import table  # noqa: PLC0415  # only now are they ours

    began = time.monotonic()
    if not as_markdown:
        print(describe())
        _print(table.HEAD.cells)
    found = []
    for row in table.rows():
        found.append(row)
        if not as_markdown:
            _print(row.cells)
    if as_markdown:
        print(table.markdown(found))
        return
    print(f"\n{len(found)} rows in {time.monotonic() - began:.0f} s; seeds 0 to {table.SEEDS - 1}")
    sys.exit(any(row.verdict != table.HOLDS for row in found))


def _print(cells: tuple[str, ...]) -> None:
    attack, exact, ours, bound, verdict = cells
    print(f"{attack:<72} {exact:>13} {ours:>16} {bound:>16}  {verdict}", flush=True)


def _take_our_tests() -> None:
    """Let ``tests`` be the folder beside this one: an installed package may be called so, too."""
    package = ModuleType("tests")
    package.__path__ = [str(ROOT / "tests")]
    sys.modules["tests"] = package
