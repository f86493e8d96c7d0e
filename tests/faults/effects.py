# SPDX-License-Identifier: Apache-2.0
"""What a command does to a disk, recorded call by call, and the disks that a power cut may leave.

The model is POSIX's, read strictly: bytes of a file are safe once that file is synced, a name once
its folder is. What was not synced may be there, may not, in any order, and a write may be torn at
a sector of 512 bytes. Only a rename is whole, and names of one folder change in their order.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.faults.calls import NAMELESS, SHAPES, Does
from tests.faults.injecting import Injector
from tests.faults.tracing import Call, Do, Go

SECTOR = 512
_DATA = frozenset({Does.WRITE, Does.PWRITE, Does.TRUNCATE})


@dataclass(frozen=True, slots=True)
class Effect:
    """One call's effect; ``file`` tells files apart that had the same name."""

    does: Does
    file: int = -1
    at: int = 0  # where bytes go, or how long the file becomes
    data: bytes = b""
    names: tuple[str, ...] = ()  # relative to the world


@dataclass(slots=True)
class Recorder(Injector):
    """Writes down every effect on a world, with its bytes."""

    world: Path = Path()
    effects: list[Effect] = field(default_factory=list)
    files: dict[tuple[int, int], int] = field(default_factory=dict)  # device and inode: which
    first: dict[int, str] = field(default_factory=dict)  # files that were there: their names
    _next: int = 0
    _waiting: dict[int, Effect | None] = field(default_factory=dict)

    def begin(self) -> None:
        """Know the files that are there."""
        for path in self.world.rglob("*"):
            if path.is_file():
                self.first[self._number(path.stat())] = str(path.relative_to(self.world))

    def about_to(self, call: Call) -> Do:
        """Look at what a call is about, while it is."""
        Injector.about_to(self, call)
        if call.does in {Does.READ, Does.CHMOD}:
            return Go()
        self._waiting[call.task] = self._about(call)
        return Go(told=True)

    def done(self, call: Call) -> Do:
        """Write down what a call did, if it did."""
        effect = self._waiting.pop(call.task)
        if call.result >= 0 and effect is not None:
            self.effects += self._ended(call, effect)
        return Go()

    def _about(self, call: Call) -> Effect | None:
        """Return what a call is going to do."""
        if SHAPES[call.name].fd is not None:
            return self._on_file(call)
        if call.does is Does.SYNC_ALL:
            return Effect(Does.SYNC_ALL)
        names = tuple(os.path.relpath(p, self.world) for p in call.paths)
        there = Path(call.paths[0]).exists()
        if call.does in {Does.CREATE, Does.OPEN}:
            cuts = bool(call.registers.argument(2) & os.O_TRUNC) and there
            return Effect(call.does, at=int(there) + 2 * cuts, names=names)
        return Effect(call.does, names=names)

    def _on_file(self, call: Call) -> Effect:
        """Return what is going to happen to an open file, or to an open folder."""
        opened = Path(f"/proc/{call.task}/fd/{call.fd}")
        if opened.is_dir():
            return Effect(call.does, names=(os.path.relpath(call.paths[0], self.world),))
        file = self._number(opened.stat())
        if call.does is Does.SYNC:
            return Effect(Does.SYNC, file)
        if call.does is Does.TRUNCATE:
            return Effect(Does.TRUNCATE, file, call.registers.argument(1))
        if call.name in NAMELESS:
            return Effect(call.does, file, _position(call))  # its bytes are read when it is done
        data = call.memory(call.registers.argument(1), call.registers.argument(2))
        at = call.registers.argument(3) if call.does is Does.PWRITE else _position(call)
        return Effect(call.does, file, at, data)

    def _ended(self, call: Call, effect: Effect) -> list[Effect]:
        """Return what a call did; a new file has a number only now."""
        if call.name in NAMELESS:
            with Path(f"/proc/{call.task}/fd/{call.fd}").open("rb") as file:
                return [replace(effect, data=os.pread(file.fileno(), call.result, effect.at))]
        if effect.does in {Does.WRITE, Does.PWRITE}:
            return [replace(effect, data=effect.data[: call.result])]
        if effect.does not in {Does.CREATE, Does.OPEN}:
            return [effect]
        there, cuts = effect.at & 1, effect.at & 2
        status = Path(f"/proc/{call.task}/fd/{call.result}").stat()
        if not there:
            self.files.pop((status.st_dev, status.st_ino), None)  # an old number, used again
            return [Effect(Does.CREATE, self._number(status), names=effect.names)]
        return [Effect(Does.TRUNCATE, self._number(status))] if cuts else []

    def _number(self, status: os.stat_result) -> int:
        key = (status.st_dev, status.st_ino)
        if key not in self.files:
            self.files[key] = self._next
            self._next += 1
        return self.files[key]


def _position(call: Call) -> int:
    """Return where a write without a place goes."""
    said = Path(f"/proc/{call.task}/fdinfo/{call.fd}").read_text("ascii").split()
    if int(said[said.index("flags:") + 1], 8) & os.O_APPEND:
        return Path(f"/proc/{call.task}/fd/{call.fd}").stat().st_size
    return int(said[said.index("pos:") + 1])


@dataclass(slots=True)
class Disk:
    """A file system in memory: names, and bytes of files."""

    names: dict[str, int] = field(default_factory=dict)
    data: dict[int, bytearray] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, world: Path, first: dict[int, str]) -> Disk:
        """Return the disk before a command."""
        disk = cls({name: file for file, name in first.items()})
        disk.data = {f: bytearray((world / name).read_bytes()) for f, name in first.items()}
        disk.folders = {str(p.relative_to(world)) for p in world.rglob("*") if p.is_dir()}
        return disk

    def apply(self, effect: Effect, sectors: Sequence[bool] | None = None) -> None:
        """Let an effect be there; of a write, only the sectors that are marked."""
        match effect.does:
            case Does.WRITE | Does.PWRITE:
                self._write(effect, sectors)
            case Does.TRUNCATE:
                data = self.data.setdefault(effect.file, bytearray())
                data[effect.at :] = bytes(max(0, effect.at - len(data)))
            case Does.CREATE:
                self.names[effect.names[0]] = effect.file
                self.data.setdefault(effect.file, bytearray())
            case Does.RENAME:
                old, new = effect.names
                self.names = {_moved(name, old, new): f for name, f in self._without(old, new)}
                self.folders = {_moved(folder, old, new) for folder in self.folders}
            case Does.LINK:
                if effect.names[0] in self.names:
                    self.names[effect.names[-1]] = self.names[effect.names[0]]
            case Does.UNLINK:
                self.names.pop(effect.names[0], None)
                self.folders.discard(effect.names[0])
            case Does.MKDIR:
                self.folders.add(effect.names[0])

    def _without(self, old: str, new: str) -> list[tuple[str, int]]:
        """Return the names, without the one that a rename takes, if there is anything to rename."""
        taken = old in self.names
        return [(name, f) for name, f in self.names.items() if not (taken and name == new)]

    def _write(self, effect: Effect, sectors: Sequence[bool] | None) -> None:
        data = self.data.setdefault(effect.file, bytearray())
        for i, start in enumerate(range(0, len(effect.data), SECTOR)):
            if sectors is None or sectors[i]:
                part, at = effect.data[start : start + SECTOR], effect.at + start
                data.extend(bytes(max(0, at + len(part) - len(data))))
                data[at : at + len(part)] = part

    def lay(self, to: Path) -> Path:
        """Write it out as a folder; what lies in a folder that is not there is lost with it."""
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir(parents=True)
        for folder in sorted(self.folders, key=len):
            if (to / folder).parent.is_dir():
                (to / folder).mkdir()
        for name, file in self.names.items():
            if (to / name).parent.is_dir():
                (to / name).write_bytes(self.data.get(file, b""))
                (to / name).chmod(0o600)
        return to


def cut(before: Disk, effects: Sequence[Effect], at: int, draw: random.Random) -> Disk:
    """Return a disk as a power cut after ``at`` effects may leave it.

    What was synced is there. Of the rest, by chance: nothing, everything, or any part of it.
    """
    how = draw.choice(["nothing", "everything", "part", "part"])
    done = effects[:at]
    disk = Disk(dict(before.names), {f: bytearray(d) for f, d in before.data.items()},
                set(before.folders))  # fmt: skip
    lost: set[str] = set()  # folders in which a name was lost: later ones are, too
    for i, effect in enumerate(done):
        if _is_safe(effect, done[i + 1 :]):
            disk.apply(effect)
        elif effect.does in _DATA:
            _maybe(disk, effect, how, draw)
        elif not _folders(effect) & lost and _lucky(how, draw):
            disk.apply(effect)
        else:
            lost |= _folders(effect)
    return disk


def _maybe(disk: Disk, effect: Effect, how: str, draw: random.Random) -> None:
    """Let bytes that nobody synced be there, or some sectors of them."""
    if how == "part" and effect.data and draw.random() < 0.5:
        sectors = range(0, len(effect.data), SECTOR)
        disk.apply(effect, [draw.random() < 0.5 for _ in sectors])
    elif _lucky(how, draw):
        disk.apply(effect)


def _lucky(how: str, draw: random.Random) -> bool:
    return how == "everything" or (how == "part" and draw.random() < 0.5)


def _is_safe(effect: Effect, later: Sequence[Effect]) -> bool:
    """Return whether an effect was synced: its file, or every folder that its names are in."""
    if any(e.does is Does.SYNC_ALL for e in later):
        return True
    if effect.does in _DATA:
        return any(e.does is Does.SYNC and e.file == effect.file for e in later)
    synced = {e.names[0] for e in later if e.does is Does.SYNC and e.names}
    return bool(effect.names) and _folders(effect) <= synced


def _moved(name: str, old: str, new: str) -> str:
    """Return what a name is after a rename of it, or of a folder above it."""
    return new + name[len(old) :] if name == old or name.startswith(f"{old}/") else name


def _folders(effect: Effect) -> set[str]:
    return {os.path.dirname(name) or "." for name in effect.names}  # noqa: PTH120  # relative text
