# SPDX-License-Identifier: Apache-2.0
"""What every job prints: how long the parts of it took inside the process, and what came out.

The job: for each of 1,000 groups how many people, and the sum of their amounts; a person counts in
at most 5 groups, with at most 10,000 in each; epsilon 1 at delta 1e-6 for both together.
"""

from __future__ import annotations

import json
import time

GROUPS_EACH, CLAMP, EPSILON, DELTA = 5, 10_000, 1.0, 1e-6


class Clock:
    """Parts of a job, timed one after the other."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.parts: dict[str, float] = {}

    def part(self, name: str) -> None:
        """End a part."""
        now = time.perf_counter()
        self.parts[name] = now - self._last
        self._last = now

    def report(self, groups: int, people: float, total: float) -> None:
        """Print the parts, and sums that show that the job was done."""
        print(
            json.dumps(
                {**self.parts, "groups": groups, "people": float(people), "sum": float(total)}
            )
        )
