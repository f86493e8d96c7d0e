# SPDX-License-Identifier: Apache-2.0
"""Files beside the database: the log's remembered head, and room kept for its last entry.

The head file is written after each commit, so the log may be ahead of it (a crash came between)
but never behind: a database put back to an older state, or replaced, is noticed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from privseg.errors import IntegrityError, StorageError
from privseg.store.private_files import PRIVATE_FILE
from privseg.store.refusals import BUSY_SECONDS, DatabaseBusyError, DiskFailureError
from privseg.tlog import Frontier, FrontierError, NotCanonicalError, canonical, parse_canonical

HEAD_FORMAT = "privseg.head/1"
RESERVE_BYTES = 256 * 1024  # room for the last entry: its pages, and the journal of a commit
_PAUSE = 0.002  # seconds between two tries for the lock


class UnreadableHeadError(IntegrityError):
    """The remembered head is not one that we wrote."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not a remembered head; nothing was read; compare it with an anchor"
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class Head:
    """A head with its signed checkpoint and what a writer needs to go on from it."""

    frontier: Frontier
    checkpoint: str

    def to_bytes(self) -> bytes:
        """Return the file's bytes. Law: ``read_head`` of a file with them is ``h``."""
        return canonical(
            {
                "checkpoint": self.checkpoint,
                "format": HEAD_FORMAT,
                "frontier": self.frontier.to_hex(),
                "size": self.frontier.size,
            }
        )


def read_head(path: Path) -> Head | None:
    """Return the remembered head, or None if none was written yet.

    Raises:
        UnreadableHeadError: it is not one that we wrote.
        DiskFailureError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise DiskFailureError(path) from None
    try:
        said = parse_canonical(data)
        if said["format"] != HEAD_FORMAT:
            raise UnreadableHeadError(path)
        return Head(Frontier.from_hex(said["size"], said["frontier"]), said["checkpoint"])
    except (NotCanonicalError, FrontierError, KeyError, TypeError, AttributeError):
        raise UnreadableHeadError(path) from None


def write_head(path: Path, head: Head) -> None:
    """Replace the remembered head, whole or not at all, and durably.

    Raises:
        DiskFailureError: it cannot be written.
    """
    _replace(path, head.to_bytes())


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes that would write a head; wait a bounded time.

    Raises:
        DatabaseBusyError: another process kept it.
        DiskFailureError: the folder cannot be opened.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        raise DiskFailureError(folder) from None
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)  # closing gives the lock back


class Reserve:
    """A file that keeps room on the disk, given up so that the last entry still fits."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> bool:
        """Make sure that the room is kept; return whether it is."""
        if self._path.exists():
            return True
        try:
            # Random bytes: a file system that compresses would keep no room for zeros.
            _replace(self._path, os.urandom(RESERVE_BYTES))
        except StorageError:
            return False
        return True

    def spend(self) -> None:
        """Give the room up."""
        with suppress(OSError):
            self._path.unlink()


def _lock(handle: int, folder: Path) -> None:
    """Take the lock, or say who has it after a bounded wait."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise DatabaseBusyError(folder) from None
            time.sleep(_PAUSE)
        else:
            return


def _replace(path: Path, data: bytes) -> None:
    """Write beside, sync, rename: a reader sees the old file or the new one."""
    beside = path.with_name(f"{path.name}.new")
    try:
        handle = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE_FILE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
    except OSError:
        raise DiskFailureError(path) from None
