# SPDX-License-Identifier: Apache-2.0
"""The battery: one fault in one command, then an oracle that knows every state it may leave."""

from __future__ import annotations

import gc
import json
import random
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import inside, tracing, worlds
from tests.faults.commands import COMMANDS
from tests.faults.effects import Disk, Recorder, cut
from tests.faults.forked import Said, act, call, load
from tests.faults.injecting import Fault, Injector, chosen
from tests.faults.reference import Reference, prepared, refer, without_failures
from tests.faults.state import Told
from tests.faults.worlds import BASES, copied, scratch
from tests.faults.writers import Writers

POWER = "power lost: unsynced writes dropped, reordered or torn"
HANG = 5.0  # seconds beyond what the command takes anyway
LEFT_BEHIND = re.compile(
    r"\.lock$|\.new(-[^/]*)?(/|$)|\.partial(-\d+)?(/|$)|^ws/\.taken(/|$)|/\.[^/]+\.\d+$"
)
"""What an unfinished replacement leaves beside: nobody takes it for the real one."""


@dataclass(frozen=True, slots=True)
class Survived:
    """What came of one fault: nothing is wrong, or what is."""

    command: str
    fault: str
    kind: str
    at: str
    happened: bool
    acknowledged: bool
    refusal: str
    seconds: float
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Battery:
    """Worlds to try faults in; in a folder that is gone at the end."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp("", "privseg-", scratch())))
    references: dict[str, Reference] = field(default_factory=dict)

    @property
    def here(self) -> Path:
        """Return the one place where worlds are used: keys that move are noticed."""
        return self.folder / "here"

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def warm(self) -> None:
        """Do once, in this process, what every forked one would do first: parse, compile, cache.

        Nothing that starts a thread: processes are forked from here.
        """
        world, threads = copied(self.base("club"), self.here), _threads()
        for name in ("source snapshot", "consent record withdraw", "policy propose"):
            act(lambda name=name: COMMANDS[name].act(world))
        with worlds.opened(world) as ws:
            inside.verified(ws)
            list(ws.segment_views())
        gc.collect()
        gc.disable()
        gc.freeze()
        assert _threads() == threads, "threads do not survive a fork"

    def base(self, name: str) -> Path:
        """Return a base world, made when it is first asked for."""
        path = self.folder / "bases" / name
        if not path.exists():
            shutil.rmtree(self.here, ignore_errors=True)
            self.here.mkdir(parents=True)
            said = call(lambda: json.loads(act(lambda: BASES[name](self.here))))
            assert said["ok"], f"the world {name} cannot be made: {said}"
            load(said["modules"])
            copied(self.here, path)
        return path

    def world(self, name: str) -> Path:
        """Return the world of a command, as it is just before."""
        path = self.folder / "worlds" / name
        if not path.exists():
            self.base(COMMANDS[name].base)
            copied(prepared(name, self.folder / "bases", self.here), path)
        return path

    def reference(self, name: str) -> Reference:
        """Return what a command does without a fault."""
        if name not in self.references:
            self.references[name] = refer(
                name, self.world(name), here=self.here, scratch=self.folder / "reference"
            )  # fmt: skip
        return self.references[name]

    def faults(self, name: str, count: int, *, seed: str) -> list[Fault]:
        """Return faults for a command."""
        return chosen(self.reference(name).seen, count, seed=f"{seed}/{name}")

    def run(self, name: str, faults: Iterable[Fault], *, again: int = 5) -> Iterator[Survived]:
        """Let each fault happen in a copy of the world; after each ``again``-th, try once more."""
        for number, fault in enumerate(faults):
            yield self.one(name, fault, again=number % again == 0)

    def one(self, name: str, fault: Fault, *, again: bool) -> Survived:
        """Let one fault happen, and judge what is left."""
        reference, command = self.reference(name), COMMANDS[name]
        world = copied(self.world(name), self.here)
        watch = Injector(fault)
        limit = HANG + 4 * reference.seconds
        ended = tracing.run(lambda: act(lambda: command.act(world)), world, watch, seconds=limit)
        said: Said = json.loads(ended.said) if ended.said else {}
        wrong = [f"hung for {limit:.0f} s"] if ended.hung else []
        if not ended.said and not ended.killed:
            wrong.append(f"ended by itself with status {ended.status}")
        seen = call(lambda: inside.look(world, command.shut))
        wrong += judged(reference, seen, acknowledged=said.get("ok") is True)
        if said and not said["ok"] and not said["ours"]:
            wrong.append(f"an error that is not ours: {said['error']}: {said['why']}")
        silent = seen.state is not None and seen.state.entries == reference.base.entries
        if command.reads and watch.read and silent:
            wrong.append("people's rows were opened, and the log says nothing")
        if again:
            told = reference.told(seen.state) if seen.state is not None else None
            wrong += self.again(name, world, done=told is not None and _is(told, reference.after))
        return Survived(
            name, str(fault), fault.kind, fault.does, watch.happened, said.get("ok") is True,
            str(said.get("error", "")), round(ended.seconds, 3), tuple(wrong),
        )  # fmt: skip

    def power_cuts(self, name: str, count: int, *, seed: str) -> Iterator[Survived]:
        """Record what a command does to the disk, and judge disks that a power cut may leave."""
        reference, command = self.reference(name), COMMANDS[name]
        world = copied(self.world(name), self.here)
        watch = Recorder(world=world)
        watch.begin()
        before = Disk.of(world, watch.first)
        ended = tracing.run(lambda: act(lambda: command.act(world)), world, watch)
        assert json.loads(ended.said)["ok"], f"fails without a fault: {ended.said!r}"
        draw, last = random.Random(f"{seed}/{name}"), len(watch.effects)
        for number in range(count):
            at = last if number % 3 == 0 else draw.randrange(last + 1)
            disk = cut(before, watch.effects, at, draw)
            after = disk.lay(self.here)
            seen = call(lambda: inside.look(after, command.shut))  # noqa: B023  # called at once
            wrong = judged(reference, seen, acknowledged=at == last)
            yield Survived(
                name, f"power cut after {at} of {last} effects", POWER, "power cut", True,
                at == last, "", 0.0, tuple(wrong),
            )  # fmt: skip

    def writers(self, number: int, kills: int, *, seed: str) -> list[str]:
        """Let many write at once and kill some; return what is wrong afterwards."""
        world = copied(self.base("club"), self.here)
        said = self.folder / "acknowledged"
        said.unlink(missing_ok=True)
        return Writers(world, said, number, seed).run(kills)

    def again(self, name: str, world: Path, *, done: bool) -> list[str]:
        """Do the command once more: it is done now, or was ``done`` and is refused; all is well."""
        said = call(lambda: json.loads(act(lambda: COMMANDS[name].act(world))))
        wrong = []
        if not said["ok"] and not (said["ours"] and (done or said["error"] in COUNTED)):
            wrong.append(f"cannot be done again: {said['error']}: {said['why']}")
        found = call(lambda: inside.look(world)).wrong
        return [*wrong, *(f"after doing it again: {w}" for w in found)]


def _threads() -> int:
    """Return how many threads there are; a library's own allocator may have one."""
    return len(list(Path("/proc/self/task").iterdir()))


COUNTED = frozenset(
    {
        "ReidentificationClosedError",  # an opening counts from its intent on
        "SamePlaceError",  # the settings name the new place already; the next opening logged it
        "KeyFileExistsError",  # a disk that lets nothing be removed any more leaves it
    }
)


def judged(reference: Reference, seen: inside.Seen, *, acknowledged: bool) -> list[str]:
    """Return what is wrong with a world that a fault has left."""
    wrong = list(seen.wrong)
    if seen.state is None:
        return wrong or ["it does not open"]
    told = reference.told(seen.state)
    if acknowledged and not (_is(told, reference.after) and _has(told, reference.after)):
        wrong.append(f"acknowledged, and not all there: {_apart(told, reference.after)}")
    if not any(_is(told, legal) for legal in reference.legal):
        near = min((_apart(told, legal) for legal in reference.legal), key=len)
        wrong.append(f"neither before nor after: {near}")
    return wrong + _odd_files(told, reference)


def _is(told: Told, legal: Told) -> bool:
    """Return whether a state is a legal one, but for entries that tell of the failure."""
    entries = without_failures(told.entries, legal.entries)
    return (entries, told.tables, told.inside) == (legal.entries, legal.tables, legal.inside)


def _apart(told: Told, legal: Told) -> str:
    """Return where a state differs from a legal one."""
    tables = [t for t, d in told.tables if dict(legal.tables).get(t) != d]
    entries = without_failures(told.entries, legal.entries)
    log = "" if entries == legal.entries else f"log {len(entries)} for {len(legal.entries)}"
    files = sorted({name for name, _ in set(legal.files) - set(told.files)})
    held = "" if told.inside == legal.inside else "what is read back"
    return " ".join(filter(None, [*tables, log, held, *files]))


def _has(told: Told, legal: Told) -> bool:
    """Return whether every file of a legal state is there as it should be."""
    return set(legal.files) <= set(told.files)


def _odd_files(told: Told, reference: Reference) -> list[str]:
    """Return files outside the private folder that no state without a fault has, or lacks."""
    known = {file for legal in reference.legal for file in legal.files}
    always = set.intersection(*({n for n, _ in legal.files} for legal in reference.legal))
    odd = [
        f"a file that no run leaves so: {name}"
        for name, digest in told.files
        if (name, digest) not in known and not LEFT_BEHIND.search(name)
    ]
    return odd + [f"a file is gone: {name}" for name in sorted(always - dict(told.files).keys())]
