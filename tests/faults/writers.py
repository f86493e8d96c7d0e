# SPDX-License-Identifier: Apache-2.0
"""Many processes that write to one workspace at once, killed at random and started again."""

from __future__ import annotations

import os
import random
import signal
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from privseg.errors import StorageError
from privseg.terms import Category, Purpose
from tests.faults import inside
from tests.faults.forked import call
from tests.faults.state import read
from tests.faults.worlds import opened, person

GIVEN = frozenset(map(Category, ("location", "interests", "purchases")))
CLOCKS = "[clock.wall]"  # every writer here has a clock of its own
MARKETING = Purpose("marketing")


@dataclass(slots=True)
class Writers:
    """Processes that record consents, each of its own member, and note what was acknowledged."""

    world: Path
    said: Path
    number: int
    seed: str
    alive: dict[int, int] = field(default_factory=dict)  # process: which writer it is

    def run(self, kills: int) -> list[str]:
        """Kill so many; return what is wrong at the end."""
        draw = random.Random(self.seed)
        for who in range(self.number):
            self._start(who)
        for _ in range(kills):
            time.sleep(draw.uniform(0.02, 0.2))
            self._start(self._kill(draw.choice(sorted(self.alive))))
        self._until_all_said_something()
        for process in sorted(self.alive):
            self._kill(process)
        return self._wrong()

    def _start(self, who: int) -> None:
        process = os.fork()
        if process == 0:
            try:
                self._write(who)
            finally:
                os._exit(71)  # a writer does not end by itself
        self.alive[process] = who

    def _kill(self, process: int) -> int:
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        assert os.WIFSIGNALED(status), f"a writer ended with {status}"
        return self.alive.pop(process)

    def _until_all_said_something(self) -> None:
        """Wait until everybody has written at least once: a bounded time is enough for all."""
        until = time.monotonic() + 60 + 5 * self.number
        while {who for who, _ in self._acknowledged()} != set(range(self.number)):
            assert time.monotonic() < until, "a writer never came to write"
            time.sleep(0.05)

    def _write(self, who: int) -> None:
        """Record one consent after the other; whoever is told to wait too long tries again."""
        warnings.simplefilter("ignore")
        handle = os.open(self.said, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        member = person(f"M{who:04d}")
        for turn in count():
            with suppress(StorageError), opened(self.world, minutes=turn + 1) as ws:
                if turn % 2:
                    given = ws.record_consent(
                        member, act="grant", purpose=MARKETING, categories=GIVEN, notice="terms@1"
                    )
                else:
                    given = ws.record_consent(member, act="withdraw", purpose=MARKETING)
                if given is not None:
                    os.write(handle, f"{who} {given}\n".encode())

    def _acknowledged(self) -> list[tuple[int, int]]:
        lines = self.said.read_text("ascii").splitlines() if self.said.exists() else []
        return [(int(who), int(position)) for who, position in map(str.split, lines)]

    def _wrong(self) -> list[str]:
        """Return what was acknowledged and is not there, or is there twice, or does not verify."""
        seen = call(lambda: inside.look(self.world))
        acknowledged = [position for _, position in self._acknowledged()]
        wrong = [w for w in seen.wrong if CLOCKS not in w]
        rows = read(self.world).rows["consent_event"]
        there = {row[0] for row in rows}
        wrong += [f"acknowledged, and gone: event {p}" for p in acknowledged if p not in there]
        if len(set(acknowledged)) != len(acknowledged):
            wrong.append("two were acknowledged at one place")
        return wrong
