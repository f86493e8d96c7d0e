# SPDX-License-Identifier: Apache-2.0
"""The system calls that change files, as Linux numbers them, and what each does to which file."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from enum import StrEnum


class Does(StrEnum):
    """What a call does: the classes that faults are counted by."""

    WRITE = "write"
    PWRITE = "pwrite"
    SYNC = "fsync"
    SYNC_ALL = "sync"  # watched, never failed: it has no way to say so
    RENAME = "rename"
    UNLINK = "unlink"
    CREATE = "open O_CREAT"
    OPEN = "open to write"
    TRUNCATE = "ftruncate"
    LINK = "link"
    MKDIR = "mkdir"
    CHMOD = "chmod"
    READ = "open to read"  # watched, never failed: what was read when


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a call has its file: a descriptor, or paths, each with its folder's descriptor."""

    does: Does
    fd: int | None = None
    paths: tuple[tuple[int | None, int], ...] = ()  # (argument of the folder or None, of the path)
    flags: int | None = None  # argument that says how to open


def _fd(does: Does, at: int = 0) -> Shape:
    return Shape(does, fd=at)


def _path(does: Does, *paths: tuple[int | None, int], flags: int | None = None) -> Shape:
    return Shape(does, paths=paths, flags=flags)


SHAPES: dict[str, Shape] = {
    "write": _fd(Does.WRITE),
    "writev": _fd(Does.WRITE),
    "sendfile": _fd(Does.WRITE),
    "copy_file_range": _fd(Does.WRITE, 2),
    "pwrite64": _fd(Does.PWRITE),
    "pwritev": _fd(Does.PWRITE),
    "pwritev2": _fd(Does.PWRITE),
    "fsync": _fd(Does.SYNC),
    "fdatasync": _fd(Does.SYNC),
    "sync_file_range": _fd(Does.SYNC),
    "sync": _path(Does.SYNC_ALL),
    "ftruncate": _fd(Does.TRUNCATE),
    "fallocate": _fd(Does.TRUNCATE),
    "truncate": _path(Does.TRUNCATE, (None, 0)),
    "rename": _path(Does.RENAME, (None, 0), (None, 1)),
    "renameat": _path(Does.RENAME, (0, 1), (2, 3)),
    "renameat2": _path(Does.RENAME, (0, 1), (2, 3)),
    "unlink": _path(Does.UNLINK, (None, 0)),
    "rmdir": _path(Does.UNLINK, (None, 0)),
    "unlinkat": _path(Does.UNLINK, (0, 1)),
    "link": _path(Does.LINK, (None, 0), (None, 1)),
    "linkat": _path(Does.LINK, (0, 1), (2, 3)),
    "symlink": _path(Does.LINK, (None, 1)),
    "symlinkat": _path(Does.LINK, (1, 2)),
    "mkdir": _path(Does.MKDIR, (None, 0)),
    "mkdirat": _path(Does.MKDIR, (0, 1)),
    "chmod": _path(Does.CHMOD, (None, 0)),
    "fchmod": _fd(Does.CHMOD),
    "fchmodat": _path(Does.CHMOD, (0, 1)),
    "fchmodat2": _path(Does.CHMOD, (0, 1)),
    "creat": _path(Does.CREATE, (None, 0)),
    "open": _path(Does.OPEN, (None, 0), flags=1),
    "openat": _path(Does.OPEN, (0, 1), flags=2),
}
_X86_64 = {
    "write": 1, "open": 2, "pwrite64": 18, "writev": 20, "sendfile": 40, "fsync": 74,
    "fdatasync": 75, "truncate": 76, "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84,
    "creat": 85, "link": 86, "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91,
    "openat": 257, "mkdirat": 258, "unlinkat": 263, "renameat": 264, "linkat": 265,
    "symlinkat": 266, "fchmodat": 268, "sync_file_range": 277, "fallocate": 285, "pwritev": 296,
    "renameat2": 316, "sync": 162, "copy_file_range": 326, "pwritev2": 328, "fchmodat2": 452,
}  # fmt: skip  # linux/arch/x86/entry/syscalls/syscall_64.tbl
_AARCH64 = {
    "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37, "renameat": 38, "truncate": 45,
    "ftruncate": 46, "fallocate": 47, "fchmod": 52, "fchmodat": 53, "openat": 56, "write": 64,
    "writev": 66, "pwrite64": 68, "pwritev": 70, "sendfile": 71, "fsync": 82, "fdatasync": 83,
    "sync_file_range": 84, "renameat2": 276, "sync": 81, "copy_file_range": 285, "pwritev2": 287,
    "fchmodat2": 452,
}  # fmt: skip  # linux/include/uapi/asm-generic/unistd.h
NUMBERS = {"x86_64": _X86_64, "aarch64": _AARCH64}.get(platform.machine(), {})
NAMES = {number: name for name, number in NUMBERS.items()}
HOW = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
NAMELESS = frozenset({"writev", "sendfile", "copy_file_range", "pwritev", "pwritev2"})
"""Calls whose bytes are not one piece of memory: they are failed, but never written in part."""


def does(name: str, flags: int) -> Does:
    """Return what a call does, by its name and, of those that open, their flags."""
    shape = SHAPES[name]
    if shape.flags is None:
        return shape.does
    if flags & os.O_CREAT:
        return Does.CREATE
    return Does.OPEN if flags & HOW else Does.READ
