# SPDX-License-Identifier: Apache-2.0
"""Files of eligible sets beside the database: a cache that is believed only under a key.

``RULES-ABOUT-POSITION-AT.eligible`` holds a set's bytes, the hash of the last ledger event at or
before its position (32 bytes), and an HMAC-SHA-256 over the name and all before it (32 bytes). Who
writes into the folder without the key adds nobody; a set of another ledger, put back from a backup
or never committed, is not taken either. Whatever is wrong with a file, it is as if it were absent.

A file is renamed in whole, and not synced: one that a crash left in pieces fails its HMAC.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from privseg.errors import PrivsegError, StorageError
from privseg.gate import SetName
from privseg.store.database import Database
from privseg.store.private_files import PRIVATE_FILE, PRIVATE_FOLDER
from privseg.store.refusals import TransactionError

SUFFIX = ".eligible"
NEW = ".new"
KEPT = 3  # files of one set: the day's edition, now, and one for one of them to move to

_DOMAIN = b"privseg.eligible.file/1\n"
_SIZE = 32  # of either hash
_RULES, _ABOUT = 16, 32  # hex digits of either digest in a name
_MIDDLE = 1 << 63
_NAME = re.compile(
    rf"[0-9a-f]{{{_RULES}}}-[0-9a-f]{{{_ABOUT}}}-([0-9a-f]{{16}})-([0-9a-f]{{16}}){SUFFIX}"
)
_LAST = (
    "SELECT position, event_key, content_key FROM consent_event WHERE position <= ? "
    "ORDER BY position DESC LIMIT 1"
)


class FolderOfSets:
    """The eligible sets of a workspace (port ``privseg.gate.EligibleFiles``).

    ``key`` gives the secret of the files, when it is first needed.
    """

    def __init__(self, folder: Path, db: Database, key: Callable[[], bytes]) -> None:
        self._folder = folder
        self._db = db
        self._key = key

    def is_settled(self) -> bool:
        """Return whether no transaction is open that could still be undone."""
        try:
            self._db.after_commit(_nothing)
        except TransactionError:
            return True
        return False

    def when_settled(self, action: Callable[[], None]) -> None:
        """Run ``action`` after the commit; at once, if no transaction is open."""
        try:
            self._db.after_commit(action)
        except TransactionError:
            action()

    def kept(self, latest: SetName) -> Iterator[bytes]:
        """Yield the sets of no later position and moment that are whole and ours, newest first.

        One beyond the end of the ledger is of a ledger that is no more.
        """
        files = sorted(self._files_of(latest), key=_time, reverse=True)
        last = min(latest.position, self._position()) if files else latest.position
        for path, position, at in files:
            if position > last or at > latest.at:
                continue
            data = self._read(path, position)
            if data is not None:
                yield data

    def keep(self, name: SetName, data: bytes) -> bool:
        """Write a set, if nothing was recorded since it was folded; remove what is too much."""
        try:
            self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            key = self._key()
            with self._db.alone(self._folder), self._db.reading():
                self._sweep(name)
                if self._position() != name.checked:
                    return False
                self._write(_file(name), data, key, self._anchor(name.position))
                self._thin_out(name)
        except (OSError, PrivsegError):
            return False
        return True

    def forget(self) -> None:
        """Remove every file at once, waiting for one that is being written."""
        if not self._folder.is_dir():
            return
        with ExitStack() as stack:
            with suppress(StorageError):  # whoever holds it for so long has crashed, or soon will
                stack.enter_context(self._db.alone(self._folder))
            for path in self._folder.iterdir():
                if path.suffix in {SUFFIX, NEW}:
                    path.unlink(missing_ok=True)

    def _files_of(self, name: SetName) -> Iterator[tuple[Path, int, int]]:
        """Yield the files of one set, each with its position and moment."""
        for path in self._folder.glob(f"{_stem(name)}-*{SUFFIX}"):
            found = _NAME.fullmatch(path.name)
            if found is not None and path.is_file():
                yield path, int(found[1], 16), int(found[2], 16) - _MIDDLE

    def _read(self, path: Path, position: int) -> bytes | None:
        """Return a set's bytes if they were written under our key, over this ledger."""
        try:
            data = path.read_bytes()
            said, tag = data[:-_SIZE], data[-_SIZE:]
            whole = hmac.compare_digest(tag, _tag(self._key(), path.name, said))
            if not whole or said[-_SIZE:] != self._anchor(position):
                return None
            os.utime(path)  # what is used is thinned out last
        except (OSError, PrivsegError):
            return None
        return said[:-_SIZE]

    def _write(self, name: str, data: bytes, key: bytes, anchor: bytes) -> None:
        """Write beside, rename."""
        beside = self._folder / f"{name}{NEW}"
        try:
            handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE)
            with os.fdopen(handle, "wb") as file:
                file.writelines((data, anchor, _tag(key, name, data, anchor)))
            beside.replace(self._folder / name)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    def _sweep(self, name: SetName) -> None:
        """Remove what a killed writer left, and the sets of other rules or of a lost ledger.

        INVARIANT: nobody else is writing.
        """
        reached = self._position()
        for path in self._folder.iterdir():
            found = _NAME.fullmatch(path.name)
            ours = path.name.startswith(name.rules[:_RULES])
            lost = found is not None and (not ours or int(found[1], 16) > reached)
            if lost or path.suffix == NEW:
                path.unlink()

    def _thin_out(self, name: SetName) -> None:
        """Remove the files of a set that were not used for longest."""
        files = [path for path, _, _ in self._files_of(name) if path.name != _file(name)]
        for path in sorted(files, key=lambda p: p.stat().st_mtime_ns)[: 1 - KEPT]:
            path.unlink()

    def _position(self) -> int:
        """Return the position of the last event."""
        rows = self._db.raw("SELECT last FROM consent_position")
        return int(rows[0][0]) if rows else 0

    def _anchor(self, position: int) -> bytes:
        """Return the hash of the last event at or before ``position``."""
        return hashlib.sha256(repr(self._db.raw(_LAST, (position,))).encode()).digest()


def _file(name: SetName) -> str:
    """Return the name of a set's file; moments before 1970 have names too."""
    return f"{_stem(name)}-{name.position:016x}-{name.at + _MIDDLE:016x}{SUFFIX}"


def _stem(name: SetName) -> str:
    """Return how the names of a set's files begin."""
    return f"{name.rules[:_RULES]}-{name.about[:_ABOUT]}"


def _time(file: tuple[Path, int, int]) -> tuple[int, int]:
    """Return position and moment of a file."""
    return file[1:]


def _tag(key: bytes, name: str, *parts: bytes) -> bytes:
    """Return what only who has the key can write under ``parts`` in a file of that name."""
    mac = hmac.new(key, _DOMAIN + name.encode() + b"\n", "sha256")
    for part in parts:
        mac.update(part)
    return mac.digest()


def _nothing() -> None:
    """Do nothing."""
