# SPDX-License-Identifier: Apache-2.0
"""Anchors: signed heads of the log in folders away from it, so that its tail cannot be cut off.

An anchor's file is named by its size and written once; it is never changed and nothing takes its
place. Anchoring never stops a writer: what went wrong is remembered beside the database, and every
check of the log says so. Nobody seals that memory, so it can hurry anchoring and never put it off:
what cannot be (a size above the log's, a moment to come, a file that is not there) counts as late.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from privseg.errors import IntegrityError, StorageError
from privseg.store.private_files import sync_folder
from privseg.terms import from_micros, to_micros

EVERY_ENTRIES = 1_000  # entries that may lie unanchored: the goal
EVERY = timedelta(seconds=60)  # or as long
MEMORY_FILE = "anchored"
SUFFIX = ".checkpoint"
DIGITS = 20  # of the size in a file's name: they sort, and 2**63 fits
_ANCHOR_FILE = 0o444  # whoever may read the folder may read it; nobody writes it again


class AnchorError(StorageError):
    """A head could not be copied to a folder of anchors."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"no head of the log can be kept in {folder}: {why}; the log goes on, and its newest "
            "entries are known to nobody else until that is mended"
        )
        self.folder = folder


class AnchorForkError(IntegrityError):
    """A folder of anchors holds another head of the same size: the log has two pasts."""

    def __init__(self, path: Path, size: int) -> None:
        super().__init__(
            f"{path} holds ANOTHER head of the log's first {size:,} entries: one of the two logs "
            "is not the one that was; keep both, and run `privseg audit verify`"
        )
        self.path = path
        self.size = size


@dataclass(frozen=True, slots=True)
class Anchored:
    """What is remembered of one folder: its newest anchor, and why a newer one failed."""

    folder: str
    size: int = 0
    at: int = 0  # microseconds since 1970 UTC
    failure: str = ""

    @property
    def when(self) -> datetime:
        """Return when the newest anchor was written."""
        return from_micros(self.at)


class FolderAnchors:
    """Copies heads to folders (port ``Anchoring``): every 1,000 entries or 60 seconds of writing.

    Law: ``committed`` never raises.
    """

    def __init__(
        self, folders: Sequence[Path], memory: Path, *, clock: Callable[[], datetime]
    ) -> None:
        self._folders = tuple(folders)
        self._memory = memory
        self._clock = clock
        self._looked_at = self._due_size = self._due_at = 0  # between them: no need to look

    def committed(self, size: int, note: Callable[[], str]) -> None:
        """Keep the head of a log that durably has ``size`` entries, if it is time to."""
        with suppress(StorageError, IntegrityError, OSError, OverflowError):
            is_quiet = size < self._due_size and self._looked_at <= self._now() < self._due_at
            if self._folders and not is_quiet:
                self._look(size, note)

    def keep(self, size: int, note: str) -> list[Anchored]:
        """Keep a head in every folder now, whatever the time; what fails is in the answer."""
        return self._write(size, note)

    def status(self) -> list[Anchored]:
        """Return what is remembered of each folder, as far as the folder bears it out."""
        known = _read(self._memory)
        return [_borne_out(known.get(str(each), Anchored(str(each)))) for each in self._folders]

    def _look(self, size: int, note: Callable[[], str]) -> None:
        """Write where the newest anchor is too old; another process may have written one."""
        status, now = self.status(), self._now()
        if any(_is_late(each, size, now) for each in status):
            status = self._write(size, note())
        self._looked_at = now
        self._due_size = min(size, *(s.size for s in status)) + EVERY_ENTRIES
        self._due_at = min(now, *(s.at for s in status)) + _micros(EVERY)

    def _write(self, size: int, note: str) -> list[Anchored]:
        found = []
        for before, folder in zip(self.status(), self._folders, strict=True):
            try:
                write_anchor(folder, size, note)
                found.append(Anchored(str(folder), size, self._now()))
            except (AnchorError, AnchorForkError) as error:
                found.append(replace(before, failure=str(error)))
        _keep(self._memory, found)
        return found

    def _now(self) -> int:
        return to_micros(self._clock())


def write_anchor(folder: Path, size: int, note: str) -> Path:
    """Keep a signed head in a folder; it may be there already, signed by this key or the next.

    Raises:
        AnchorForkError: another head of this size is there.
        AnchorError: it cannot be written.
    """
    path = folder / f"{size:0{DIGITS}}{SUFFIX}"
    beside = folder / f".{path.name}.{os.getpid()}"
    try:
        beside.unlink(missing_ok=True)  # of a dead process whose number came round again
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _ANCHOR_FILE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(note.encode())
                file.flush()
                os.fsync(file.fileno())
            os.link(beside, path)  # whole or not at all, and never over another
            sync_folder(folder)
        finally:
            beside.unlink()
    except FileExistsError:
        _require_same(path, size, note)
    except OSError as error:
        raise AnchorError(folder, error.strerror or "the system refuses") from None
    return path


def read_anchors(folder: Path) -> list[str]:
    """Return the notes of a folder of anchors, oldest first, whatever they say.

    Raises:
        AnchorError: it cannot be read.
    """
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix == SUFFIX)
        return [each.read_bytes().decode("utf-8", "surrogateescape") for each in files]
    except OSError as error:
        raise AnchorError(folder, error.strerror or "the system refuses") from None


def _require_same(path: Path, size: int, note: str) -> None:
    """Refuse a file with another head; the same head may be signed by another of the log's keys."""
    try:
        there = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise AnchorError(path.parent, error.strerror or "the system refuses") from None
    if there.partition("\n\n")[0] != note.partition("\n\n")[0]:
        raise AnchorForkError(path, size)


def _is_late(kept: Anchored, size: int, now: int) -> bool:
    """Return whether a log of ``size`` entries needs an anchor; what cannot be is late, too."""
    entries, micros = size - kept.size, now - kept.at
    return not (0 <= entries < EVERY_ENTRIES and 0 <= micros < _micros(EVERY))


def _borne_out(kept: Anchored) -> Anchored:
    """Return what is remembered; nothing, and a failure, if its file is not in the folder."""
    folder = Path(kept.folder)
    if not kept.size or os.path.lexists(folder / f"{kept.size:0{DIGITS}}{SUFFIX}"):
        return kept
    why = (
        f"{folder} is remembered to hold the head of the log's first {kept.size:,} entries, and "
        "does not: somebody changed the folder or the memory; find out who, and run `privseg audit "
        "anchor`"
    )
    if not folder.is_dir():  # not plugged in: it may well be there
        return kept if kept.failure else replace(kept, failure=why)
    return Anchored(kept.folder, failure=why)


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _read(memory: Path) -> dict[str, Anchored]:
    """Return what is remembered; nothing where the file is gone or is none of ours."""
    try:
        rows = json.loads(memory.read_bytes())
        found = [Anchored(**row) for row in rows]
    except (OSError, ValueError, TypeError, RecursionError):
        return {}
    return {a.folder: a for a in found if _is_ours(a)}


def _is_ours(row: Anchored) -> bool:
    """Return whether a remembered row is of the kind that is written."""
    are_texts = isinstance(row.folder, str) and isinstance(row.failure, str)
    return are_texts and type(row.size) is int and type(row.at) is int


def _keep(memory: Path, found: Sequence[Anchored]) -> None:
    """Remember, whole or not at all; if that fails, the next commit tries again."""
    fresh = memory.with_name(f"{memory.name}.{os.getpid()}")
    with suppress(OSError):
        handle = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump([asdict(each) for each in found], file)
        fresh.replace(memory)
