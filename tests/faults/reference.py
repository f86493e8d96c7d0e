# SPDX-License-Identifier: Apache-2.0
"""A command run without a fault: every state that it passes through, and which calls it makes.

A fault may leave any of these states, and no other: each is one where a transaction was durable.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.faults import inside, tracing
from tests.faults.calls import Does
from tests.faults.commands import COMMANDS, Command
from tests.faults.forked import act, call, load
from tests.faults.injecting import Injector
from tests.faults.state import Entry, Mask, State, Told, read
from tests.faults.tracing import Call, Do, Go
from tests.faults.worlds import copied


@dataclass(slots=True)
class _Passing(Injector):
    """Copies the world wherever a state may have become durable."""

    world: Path = Path()
    copies: Path = Path()
    taken: int = 0

    def about_to(self, call: Call) -> Do:
        Injector.about_to(self, call)  # a class with slots is another one than super() knows
        return Go(told=_may_commit(call))

    def done(self, _call: Call) -> Do:
        copied(self.world, self.copies / f"{self.taken:04}")
        self.taken += 1
        return Go()


def _may_commit(call: Call) -> bool:
    """Return whether something may be durable after it that was not before.

    A transaction of SQLite is, once its rollback journal is gone or its write-ahead log is synced.
    """
    if call.does is Does.SYNC:
        return call.paths[0].endswith("-wal")
    return call.does in {Does.UNLINK, Does.RENAME}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a command may leave behind, and what it leaves when it is done."""

    name: str
    base: State
    mask: Mask
    legal: tuple[Told, ...]
    seen: dict[Does, int]
    seconds: float

    @property
    def before(self) -> Told:
        """Return the state before."""
        return self.legal[0]

    @property
    def after(self) -> Told:
        """Return the state when everything is done."""
        return self.legal[-1]

    def told(self, state: State) -> Told:
        """Return a state without what is random."""
        return Told.of(state, self.mask, base=self.base)


def prepared(name: str, bases: Path, here: Path) -> Path:
    """Return the world of a command, as it is just before."""
    command = COMMANDS[name]
    world = copied(bases / command.base, here)
    said = call(lambda: json.loads(act(lambda: _begin(command, world))))
    assert said["ok"], f"{name} cannot be prepared: {said}"
    load(said["modules"])
    return world


def _begin(command: Command, world: Path) -> None:
    command.prepare(world)
    inside.look(world, command.shut)  # what the next opening writes down anyway is there before


def refer(name: str, world: Path, *, here: Path, scratch: Path) -> Reference:
    """Run a command twice without a fault and compare: what differs is random.

    Everything is done in one place, ``here``: a workspace notices when its keys have moved.

    Raises:
        AssertionError: it fails by itself, or two runs end differently.
    """
    command = COMMANDS[name]
    base = _opened(world, here, command)
    runs = [_run(command, copied(world, here), scratch / f"run-{i}") for i in range(2)]
    (first, seen, seconds), (second, _, _) = runs
    mask = Mask.between([s for s, _ in first], [s for s, _ in second], base=base)
    passed = [_opened(at, here, command) for _, at in first]
    legal = tuple(dict.fromkeys(Told.of(s, mask, base=base) for s in (base, *passed)))
    last = Told.of(_opened(second[-1][1], here, command), mask, base=base)
    assert legal[-1] == last, f"{name}: two runs without a fault end differently"
    return Reference(name, base, mask, legal, seen, seconds)


Passed = list[tuple[State, Path]]


def _run(command: Command, here: Path, scratch: Path) -> tuple[Passed, dict[Does, int], float]:
    """Run a command; return the states it passes through, the last one at the end."""
    watch = _Passing(world=here, copies=scratch / "passed")
    ended = tracing.run(lambda: act(lambda: command.act(here)), here, watch)
    said = json.loads(ended.said)
    assert said["ok"], f"fails without a fault: {said}"
    load(said["modules"])
    ended_as = copied(here, scratch / "ended")
    copies = [*(scratch / "passed" / f"{i:04}" for i in range(watch.taken)), ended_as]
    found = [(read(at), at) for at in copies]
    return (
        [one for one, after in pairwise([*found, None]) if after is None or one[0] != after[0]],
        dict(watch.seen),
        ended.seconds,
    )


def _opened(world: Path, here: Path, command: Command) -> State:
    """Return what a world holds for the next command; it is left as it is.

    Raises:
        AssertionError: what a command passes through without a fault is wrong already.
    """
    copied(world, here)
    seen = call(lambda: inside.look(here, command.shut))
    assert seen.state is not None, seen.wrong
    assert not seen.wrong, seen.wrong
    return seen.state


def without_failures(entries: tuple[Entry, ...], legal: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Leave out the entries that say a failure or refusal, where the command's own has none."""
    kept: list[Entry] = []
    for entry in _without_taken_back(entries):
        expected = legal[len(kept)] if len(kept) < len(legal) else None
        if entry.outcome == "ok" or entry == expected:
            kept.append(entry)
    return tuple(kept)


def _without_taken_back(entries: tuple[Entry, ...]) -> list[Entry]:
    """Leave out what a failed export takes back: that it was made, and the end of its read.

    The log has to say that rows were read before the file is written; that the file could not be
    is said after it.
    """
    found: list[Entry] = []
    for entry in entries:
        if (entry.kind, entry.outcome) == ("export", "failed"):
            for kind in ("export", "access.outcome"):
                last = [i for i, e in enumerate(found) if (e.kind, e.outcome) == (kind, "ok")]
                del found[last[-1]]
        else:
            found.append(entry)
    return found
