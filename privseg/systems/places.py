# SPDX-License-Identifier: Apache-2.0
"""Files of other systems: looked at without following links, and replaced whole or not at all.

Laws: after ``replaced`` either the old file or the new one is there, whole, however the machine
stops; a file that changed since it was first looked at is left alone; links lead nowhere.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from privseg.systems.refusals import SystemBusyError, SystemFileError, SystemUnreachableError

SUFFIX = ".privseg-new"
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when we looked: every change of its content shows in one of these."""

    path: Path
    device: int
    inode: int
    size: int
    changed_ns: int
    digest: bytes


def look(system: str, path: Path) -> Seen:
    """Return a regular file as it is now.

    Raises:
        SystemFileError: it is a link, or has a second name, which would keep the old bytes.
        SystemUnreachableError: it cannot be read.
        SystemBusyError: it changed while it was read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            _require_plain(system, path, status)
            seen = _seen(path, status, file_digest(file, "sha256").digest())
            if _seen(path, os.fstat(handle), seen.digest) != seen:
                raise SystemBusyError(system, f"{path.name} changed while it was read")
            return seen
    except OSError as error:
        require_no_link(system, path)
        why = error.strerror or "the system refuses"
        raise SystemUnreachableError(system, f"{path.name}: {why}") from None


def require_file(system: str, path: Path) -> None:
    """Refuse what is no regular file with one name.

    Raises:
        SystemFileError, SystemUnreachableError: it is not.
    """
    require_no_link(system, path)
    try:
        _require_plain(system, path, path.lstat())
    except OSError as error:
        raise SystemUnreachableError(system, error.strerror or "the system refuses") from None


def require_no_link(system: str, path: Path) -> None:
    """Refuse a symbolic link: whoever can make one would choose what is read, and written.

    Raises:
        SystemFileError: it is one.
    """
    if path.is_symlink():
        raise SystemFileError(system, path.name, "it is a symbolic link; name the file itself")


def beside(path: Path) -> Path:
    """Return where the new file is written first; what an interrupted erasure left is there."""
    return path.with_name(f".{path.name}{SUFFIX}")


def fresh(path: Path) -> Path:
    """Return where the new file is to be written, with nothing there."""
    new = beside(path)
    with suppress(FileNotFoundError):
        new.unlink()
    return new


def make_private(path: Path) -> None:
    """Make an empty file that only its owner can read; nothing may be there, and no link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    os.close(os.open(path, flags, PRIVATE))


def dress(new: Path, old: Path) -> None:
    """Give a new file the old one's mode, owner and attributes, durably, before it has its name.

    Raises:
        OSError: the system refuses: not our file, or the disk failed.
    """
    status = old.stat(follow_symlinks=False)
    own = new.stat(follow_symlinks=False)
    if (status.st_uid, status.st_gid) != (own.st_uid, own.st_gid):
        os.chown(new, status.st_uid, status.st_gid, follow_symlinks=False)
    new.chmod(stat.S_IMODE(status.st_mode))
    for name in os.listxattr(old, follow_symlinks=False):
        os.setxattr(new, name, os.getxattr(old, name, follow_symlinks=False))
    handle = os.open(new, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def require_unchanged(system: str, seen: Seen) -> None:
    """Refuse to replace a file whose content is not what it was.

    Raises:
        SystemBusyError: somebody changed it meanwhile; it stays as it is.
    """
    if look(system, seen.path) != seen:
        raise SystemBusyError(system, f"{seen.path.name} was changed by somebody else meanwhile")


def swap(system: str, seen: Seen) -> None:
    """Put the file that was written beside in the place of the old one.

    Raises:
        SystemBusyError: the old file is another by now; it stays as it is.
    """
    status = seen.path.lstat()
    if _seen(seen.path, status, seen.digest) != seen:
        raise SystemBusyError(system, f"{seen.path.name} was changed by somebody else meanwhile")
    beside(seen.path).rename(seen.path)
    sync_folder(seen.path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _require_plain(system: str, path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SystemFileError(system, path.name, "it is not a regular file")
    if status.st_nlink != 1:
        why = "it has a second name (a hard link), which would keep the old bytes"
        raise SystemFileError(system, path.name, why)


def _seen(path: Path, status: os.stat_result, digest: bytes) -> Seen:
    return Seen(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, digest)
