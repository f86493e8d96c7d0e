# SPDX-License-Identifier: Apache-2.0
"""The process that faults are tried in, one for each worker of the suite."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults import nursery

PATIENCE = 600  # seconds for one request


@dataclass(frozen=True)
class Nursery:
    """Forks commands under faults and judges what is left."""

    process: subprocess.Popen[str]

    def ask(self, do: str, command: str, count: int, *, seed: str) -> list[Any]:
        """Return what came of each fault."""
        assert self.process.stdin is not None
        request = {"do": do, "command": command, "count": count, "seed": seed}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        said = self.heard()
        assert isinstance(said, list), said
        return said

    def heard(self) -> Any:
        """Return its next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the nursery has ended with {self.process.poll()}"
        return json.loads(line)


@pytest.fixture(scope="session")
def nursery_process() -> Iterator[Nursery]:
    """A nursery; without ptrace its tests are skipped, and say why."""
    process = subprocess.Popen(
        [sys.executable, nursery.__file__],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        made = Nursery(process)
        if why := made.heard()["unavailable"]:
            pytest.skip(f"no faults at system calls: {why}; those in the process are tried anyway")
        yield made
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()
