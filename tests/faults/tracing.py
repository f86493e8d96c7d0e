# SPDX-License-Identifier: Apache-2.0
"""A forked process run under watch: every call that changes a file of one folder is shown first.

The process that forks must have one thread: what runs in the child is imported there before.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from tests.faults import ptrace
from tests.faults.calls import NAMES, SHAPES, Does, does

ERRORS = {-1: "gone"}
_LONGEST = 4096  # PATH_MAX


@dataclass(slots=True)
class Call:
    """A call that a traced task is about to make on files of the folder."""

    task: int
    name: str
    does: Does
    paths: tuple[str, ...]  # absolute
    registers: ptrace.Registers
    result: int = 0

    @property
    def fd(self) -> int:
        """Return the descriptor that it is made on."""
        place = SHAPES[self.name].fd
        assert place is not None
        return self.registers.argument(place)

    def memory(self, address: int, size: int) -> bytes:
        """Return bytes of the task."""
        return _memory(self.task, address, size)


class Do:
    """What becomes of a call."""


@dataclass(frozen=True, slots=True)
class Go(Do):
    """It is made; ``told`` asks to be told its end."""

    told: bool = False


@dataclass(frozen=True, slots=True)
class Fail(Do):
    """It is not made, and returns an error."""

    error: int


@dataclass(frozen=True, slots=True)
class Cut(Do):
    """Only ``size`` bytes of it are written."""

    size: int


class Kill(Do):
    """Everything ends here, as by kill -9."""


class Watch(Protocol):
    """What is asked at each call, and told at its end."""

    def about_to(self, call: Call) -> Do:
        """Return what becomes of it."""
        ...

    def done(self, call: Call) -> Do:
        """Hear how a call ended, of which that was asked; return ``Go`` or ``Kill``."""
        ...


@dataclass(slots=True)
class Ended:
    """How a process ended, and what it said."""

    said: bytes
    killed: bool
    seconds: float
    hung: bool = False
    status: int = 0


class _HangError(Exception):
    pass


@dataclass(slots=True)
class _Tracer:
    """One traced process with its threads."""

    leader: int
    folder: str
    watch: Watch
    inside: dict[int, Call] = field(default_factory=dict)  # told at their ends
    restore: dict[int, int] = field(default_factory=dict)  # lengths of those that are cut
    killed: bool = False

    def follow(self) -> int:
        """Go on until the process has ended; return its status."""
        while True:
            task, status = os.waitpid(-1, ptrace.WALL)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if task == self.leader:
                    return status
                continue
            with suppress(ProcessLookupError):  # killed meanwhile
                self._stopped(task, status)

    def _stopped(self, task: int, status: int) -> None:
        number, event = os.WSTOPSIG(status), status >> 16
        if event == ptrace.EVENT_SECCOMP:
            self._entered(task)
        elif number == signal.SIGTRAP | 0x80:
            self._left(task)
        elif event or number == signal.SIGSTOP:
            ptrace.ask(ptrace.CONT, task)
        else:
            ptrace.ask(ptrace.CONT, task, 0, number)

    def _entered(self, task: int) -> None:
        call = self._call(task)
        what = Go() if call is None else self.watch.about_to(call)
        how = ptrace.CONT
        match what:
            case Kill():
                self.kill()
                return
            case Fail(error=error) if call is not None:
                call.registers.fail(error)
            case Cut(size=size) if call is not None:
                self.restore[task] = call.registers.argument(2)
                call.registers.change(2, size)
                self.inside[task], how = call, ptrace.SYSCALL
            case Go(told=True) if call is not None:
                self.inside[task], how = call, ptrace.SYSCALL
        ptrace.ask(how, task)

    def _left(self, task: int) -> None:
        call = self.inside.pop(task)
        call.registers = ptrace.Registers.of(task)
        call.result = call.registers.result
        if task in self.restore:
            call.registers.change(2, self.restore.pop(task))  # a call keeps its arguments
        if isinstance(self.watch.done(call), Kill):
            self.kill()
            return
        ptrace.ask(ptrace.CONT, task)

    def kill(self) -> None:
        """End every thread of it."""
        self.killed = True
        os.kill(self.leader, signal.SIGKILL)

    def _call(self, task: int) -> Call | None:
        """Return the call that a task is at, if it is about files of the folder."""
        registers = ptrace.Registers.of(task)
        name = NAMES[registers.number]
        shape = SHAPES[name]
        flags = 0 if shape.flags is None else registers.argument(shape.flags)
        everywhere = (self.folder,) if shape.does is Does.SYNC_ALL else ()
        paths = (*everywhere, *_paths(task, registers, name))
        if not any(p == self.folder or p.startswith(f"{self.folder}/") for p in paths):
            return None
        return Call(task, name, does(name, flags), paths, registers)


def run(act: Callable[[], bytes], folder: Path, watch: Watch, *, seconds: float = 30.0) -> Ended:
    """Run ``act`` in a forked process under watch; return what it returned.

    A process that is not done after ``seconds`` is killed, and called hung.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_traced(act, writing)
    os.close(writing)
    began = time.monotonic()
    tracer = _Tracer(child, str(folder.resolve()), watch)
    status, hung = _followed(tracer, seconds)
    took = time.monotonic() - began
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    return Ended(said, tracer.killed, took, hung, status)


def _be_traced(act: Callable[[], bytes], writing: int) -> None:
    """Be the child: wait for the tracer, act, say what came of it, end without any handler."""
    try:
        ptrace.ask(ptrace.TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        ptrace.stop_at_calls()
        said = act()
        while said:
            said = said[os.write(writing, said) :]
    except BaseException as error:  # noqa: BLE001  # nothing of the parent's may run here
        sys.stderr.write(f"traced process: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(70)
    os._exit(0)


def _followed(tracer: _Tracer, seconds: float) -> tuple[int, bool]:
    """Follow a process to its end, or end it when the time is over."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise _HangError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        os.waitpid(tracer.leader, ptrace.WALL)
        ptrace.ask(ptrace.SETOPTIONS, tracer.leader, 0, ptrace.OPTIONS)
        ptrace.ask(ptrace.CONT, tracer.leader)
        return tracer.follow(), False
    except _HangError:
        tracer.kill()
        return tracer.follow(), True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _paths(task: int, registers: ptrace.Registers, name: str) -> list[str]:
    """Return the files that a call is about, as absolute paths."""
    shape = SHAPES[name]
    if shape.fd is not None:
        return [_link(f"/proc/{task}/fd/{_signed(registers.argument(shape.fd))}")]
    found = []
    for folder, place in shape.paths:
        path = os.fsdecode(_text(task, registers.argument(place)))
        if not path.startswith("/"):
            number = -100 if folder is None else _signed(registers.argument(folder))
            base = f"/proc/{task}/cwd" if number == -100 else f"/proc/{task}/fd/{number}"
            path = f"{_link(base)}/{path}"
        found.append(os.path.normpath(path))
    return found


def _signed(number: int) -> int:
    low = number & 0xFFFFFFFF
    return low - 2**32 if low >= 2**31 else low


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115  # as it is said, " (deleted)" and all
    except OSError:
        return ERRORS[-1]


def _memory(task: int, address: int, size: int) -> bytes:
    with open(f"/proc/{task}/mem", "rb", buffering=0) as memory:  # noqa: PTH123  # per call: fast
        return os.pread(memory.fileno(), size, address)


def _text(task: int, address: int) -> bytes:
    """Return a C string; it may end just before memory that is not there."""
    with open(f"/proc/{task}/mem", "rb", buffering=0) as memory:  # noqa: PTH123
        found = b""
        while len(found) < _LONGEST and b"\0" not in found:
            step = 256 - (address + len(found)) % 256  # never over the end of a page
            found += os.pread(memory.fileno(), step, address + len(found))
    return found.partition(b"\0")[0]


def unavailable(folder: Path) -> str | None:
    """Return why nothing can be traced here; None if a probe was failed as it was told to."""
    if not NAMES:
        return f"no numbers of system calls for {os.uname().machine}"
    probe = folder / "probe"

    class Full:
        def about_to(self, call: Call) -> Do:
            return Fail(errno.ENOSPC) if call.does is Does.WRITE else Go()

        def done(self, _call: Call) -> Do:
            return Go()

    def act() -> bytes:
        handle = os.open(probe, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            os.write(handle, b"x")
        except OSError as error:
            return str(error.errno).encode()
        return b"written"

    try:
        ended = run(act, folder, Full(), seconds=5)
    except OSError as error:
        return f"ptrace is refused here: {error.strerror}"
    finally:
        probe.unlink(missing_ok=True)
    return None if ended.said == str(errno.ENOSPC).encode() else "the injector's probe failed"
