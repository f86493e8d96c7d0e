# SPDX-License-Identifier: Apache-2.0
"""Files that hold keys: for their owner alone, replaced whole or not at all, overwritten when done.

Laws: a link is never followed (whoever can make one in the folder would choose what is read); a
file that others can reach is refused, as it may be known; after ``put`` either the old or the new
one is there, and the old one's bytes are zeros.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from privseg.vault.key_refusals import (
    KeyFileExistsError,
    KeyFileExposedError,
    KeyFileLinkError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeyFileWriteError,
)

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
OTHERS = 0o077
LARGEST = 1024 * 1024  # bytes; no file with keys is as large


def read(path: Path) -> bytes:
    """Return the bytes of a regular file that nobody but its owner can reach.

    Raises:
        KeyFileMissingError, KeyFileLinkError, KeyFileExposedError, KeyFileMalformedError.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            _require_private(path, os.fstat(file.fileno()))
            return file.read(LARGEST)
    except FileNotFoundError:
        raise KeyFileMissingError(path) from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise KeyFileLinkError(path) from None
        raise KeyFileMalformedError(path, "it cannot be read") from None


def make(path: Path, data: bytes) -> None:
    """Write a file that was not there: it is whole, or it is not there.

    Raises:
        KeyFileExistsError: something is there.
        KeyFileWriteError: the folder cannot be written.
    """
    beside = unfinished(path)
    try:
        _make_folder(path.parent)
        beside.unlink(missing_ok=True)
        _write_new(beside, data)
        try:
            _take_name(beside, path)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        there = os.path.lexists(path)  # else the folder's own name is taken by a file
        raise (KeyFileExistsError(path) if there else KeyFileWriteError(path)) from None
    except OSError:
        raise KeyFileWriteError(path) from None


def _make_folder(folder: Path) -> None:
    """Make a private folder with those above it, so that a power cut takes none of them away."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    for each in reversed(missing):
        _sync_folder(each.parent)


def put(path: Path, data: bytes) -> None:
    """Replace a file: afterwards either the old or the new one is there, whole.

    The old bytes are overwritten as far as the disk lets us. Call it only while holding the
    database's write lock: two writers would lose each other's keys.

    Raises:
        KeyFileWriteError: the old file is untouched.
    """
    beside = unfinished(path)
    try:
        beside.unlink(missing_ok=True)
        _write_new(beside, data)
        old = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            beside.rename(path)
            _sync_folder(path.parent)
            _overwrite(old)
        finally:
            os.close(old)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise KeyFileWriteError(path) from None


def unfinished(path: Path) -> Path:
    """Return where ``put`` writes first; a crash may leave keys there, for ``discard``."""
    return path.with_name(f".{path.name}.new")


def discard(path: Path) -> None:
    """Remove what an interrupted ``put`` left; under the database's write lock only."""
    destroy(unfinished(path))


def destroy(path: Path) -> None:
    """Overwrite a file and remove it; nothing happens where there is none.

    INVARIANT: bytes that have another name are left. ``make`` cut short between its two names has
    the one container under both: zeros under the first would be the loss of every key.

    Raises:
        KeyFileWriteError: it is still there.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            if os.fstat(handle).st_nlink == 1:
                _overwrite(handle)
        finally:
            os.close(handle)
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError:
        raise KeyFileWriteError(path) from None


def _require_private(path: Path, status: os.stat_result) -> None:
    """Refuse what is no file, or not its owner's alone."""
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileMalformedError(path, "it is not a file")
    if status.st_mode & OTHERS:
        raise KeyFileExposedError(path, stat.S_IMODE(status.st_mode))


def _take_name(beside: Path, path: Path) -> None:
    """Give a file its name; it never takes another's.

    Raises:
        FileExistsError: the name is taken.
    """
    try:
        os.link(beside, path)
    except PermissionError:  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError from None
        beside.rename(path)


def _write_new(path: Path, data: bytes) -> None:
    """Write a new private file durably, or leave none."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise


def _overwrite(handle: int) -> None:
    """Write zeros over an open file (a disk may keep copies regardless)."""
    os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Make a name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
