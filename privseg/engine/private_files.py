# SPDX-License-Identifier: Apache-2.0
"""Files that hold personal data: whole or not there, durable, and readable by their owner alone.

Law: when a function returns, a power cut does not take the file back; until then, whatever goes
wrong, the file is what it was before.
"""

from __future__ import annotations

import os
from contextlib import suppress
from errno import ENOTDIR
from pathlib import Path

from privseg.engine.errors import AnswerNotWrittenError, AnswerThereError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def write_new(path: Path, data: bytes) -> Path:
    """Write a new file that only its owner can read; on any failure nothing is left.

    Raises:
        AnswerThereError: it exists already.
        AnswerNotWrittenError: it cannot be written whole.
    """
    return _written(path, data, is_new=True)


def write_over(path: Path, data: bytes) -> Path:
    """Write a file that only its owner can read, in place of what may stand there.

    Raises:
        AnswerNotWrittenError: it cannot be written whole; what was there is untouched.
    """
    return _written(path, data, is_new=False)


def put(path: Path, data: bytes, *, is_new: bool, mode: int = PRIVATE_FILE) -> None:
    """Write a file whole and durably, or leave everything as it was.

    Raises:
        FileExistsError: it is to be new, and is there.
        OSError: the system refuses.
    """
    beside = path.with_name(f".{path.name}.new")  # an interrupted one is written over
    try:
        make_folder(path.parent)
        _write(beside, data, mode)
        _take_name(beside, path, is_new=is_new)
        sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _written(path: Path, data: bytes, *, is_new: bool) -> Path:
    try:
        put(path, data, is_new=is_new)
    except FileExistsError:
        raise AnswerThereError(path) from None
    except OSError as error:
        raise AnswerNotWrittenError(error.strerror or "the system refuses") from None
    return path


def make_folder(folder: Path, mode: int = PRIVATE_FOLDER) -> None:
    """Make a folder with those above it, so that a power cut takes none of them away."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR))
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    for each in reversed(missing):
        sync_folder(each.parent)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write bytes durably; a link that somebody laid there is not followed."""
    with suppress(FileNotFoundError):
        path.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _take_name(beside: Path, path: Path, *, is_new: bool) -> None:
    """Give a file its name; a new one never takes another's, even if that has just come.

    Raises:
        FileExistsError: it has.
    """
    if not is_new:
        beside.replace(path)
        return
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except PermissionError:  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError from None
        beside.rename(path)
    else:
        beside.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
