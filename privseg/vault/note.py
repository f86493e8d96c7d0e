# SPDX-License-Identifier: Apache-2.0
"""A small file beside the root key file: what a workspace wrote outside itself, authenticated.

One line of what is said and one with its HMAC-SHA-256 under a secret of the vault, bound to the
workspace and to what the file is for. It shows who wrote it, not when: whoever can put an old copy
of the key folder back can put this back, too.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from privseg.errors import IntegrityError, StorageError

DOMAIN = b"privseg.note/1\n"
PRIVATE = 0o600
BUSY_SECONDS = 5.0
_PAUSE = 0.002  # seconds between two tries for the lock


class NoteForgedError(IntegrityError):
    """A file beside the root key was not written by this workspace, or was changed."""

    def __init__(self, path: Path, *, mend: str = "privseg budget recover") -> None:
        super().__init__(
            f"{path} was not written by this workspace, or was changed; nothing was read; "
            f"bring back the right one, or, if it is lost, see: {mend}"
        )
        self.path = path
        self.mend = mend


class NoteWriteError(StorageError):
    """A file beside the root key cannot be read or written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} cannot be read or written, so nothing is read (a charge that was made "
            "stands); make its folder writable for its owner"
        )
        self.path = path


class SealedNote:
    """One file of one workspace, for one thing (``what``), under a 32-byte ``key``."""

    def __init__(self, path: Path, *, workspace: str, what: str, key: bytes) -> None:
        self._path = path
        self._key = key
        self._about = DOMAIN + f"{workspace}\n{what}\n".encode()

    @property
    def path(self) -> Path:
        """Return where it lies."""
        return self._path

    def __repr__(self) -> str:
        """Name the file only."""
        return f"SealedNote({self._path.name!r})"

    def read(self) -> bytes | None:
        """Return what was written last; None if nothing was.

        Raises:
            NoteForgedError: it is not what this workspace wrote.
            NoteWriteError: it cannot be read.
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            raise NoteWriteError(self._path) from None
        said, _, seal = data.rpartition(b"\n")
        if not hmac.compare_digest(self._seal(said), seal):
            raise NoteForgedError(self._path)
        return said

    def write(self, said: bytes) -> None:
        """Replace it, whole or not at all, and durably.

        Raises:
            NoteWriteError: it cannot be written; the old one is untouched.
        """
        beside = self._path.with_name(f".{self._path.name}.new")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(beside, said + b"\n" + self._seal(said))
            beside.replace(self._path)
            _sync(self._path.parent)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise NoteWriteError(self._path) from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it against other processes that would write it; wait a bounded time.

        Raises:
            NoteWriteError: its folder cannot be written, or another process kept it.
        """
        handle = self._lock_file()
        try:
            self._lock(handle)
            yield
        finally:
            os.close(handle)  # closing gives the lock back

    def _lock_file(self) -> int:
        """Open the file that is locked: it stays, for a name that changes locks nothing."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self._path.with_name(f".{self._path.name}.lock"),
                           os.O_CREAT | os.O_RDWR, PRIVATE)  # fmt: skip
        except OSError:
            raise NoteWriteError(self._path) from None

    def _lock(self, handle: int) -> None:
        """Take the lock, or refuse after a bounded wait."""
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > until:
                    raise NoteWriteError(self._path) from None
                time.sleep(_PAUSE)
            else:
                return

    def _seal(self, said: bytes) -> bytes:
        """Return the seal of what is said, in hex."""
        return hmac.new(self._key, self._about + said, "sha256").hexdigest().encode()


def _write(path: Path, data: bytes) -> None:
    """Write a private file durably."""
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
