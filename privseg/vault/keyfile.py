# SPDX-License-Identifier: Apache-2.0
"""The key file: the root key, outside the workspace, for its owner alone.

::

    {"environment": "production",
     "keys": [{"id": "6f0c...", "key": "<32 bytes in base64>"}],
     "privseg": "keyfile/1",
     "workspace": "..."}

Normally it holds one key. While an erasure changes the root it holds the old and the new one, so
that whichever of them the database names after a crash is there (``keyring``).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from privseg.tlog.canonical import canonical
from privseg.vault.refusals import (
    DevelopmentKeyError,
    ForeignKeyFileError,
    KeyFileExistsError,
    KeyFileExposedError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeyFileWriteError,
)
from privseg.vault.wrap import KEY_BYTES, new_key

FORMAT = "keyfile/1"
PRIVATE = 0o600
OTHERS = 0o077
ROOT_ID_BYTES = 8


class Environment(StrEnum):
    """Where a key may be used: a development key is refused in production."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class Root:
    """A root key and the id by which the database names it."""

    root_id: str
    key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Root:
        """Make a random one."""
        return cls(secrets.token_hex(ROOT_ID_BYTES), new_key())


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file says."""

    workspace: str
    environment: Environment
    roots: tuple[Root, ...]

    def adding(self, root: Root) -> KeyFile:
        """Return it with one more key."""
        return replace(self, roots=(*self.roots, root))

    def only(self, root_id: str) -> KeyFile:
        """Return it with that key alone."""
        return replace(self, roots=tuple(r for r in self.roots if r.root_id == root_id))

    def to_bytes(self) -> bytes:
        """Print it."""
        keys = [{"id": r.root_id, "key": base64.b64encode(r.key).decode()} for r in self.roots]
        document = {
            "privseg": FORMAT,
            "workspace": self.workspace,
            "environment": str(self.environment),
            "keys": keys,
        }
        return canonical(document) + b"\n"


def read(path: Path, *, workspace: str, environment: Environment) -> KeyFile:
    """Read a key file and check that it may be used here.

    Raises:
        KeyFileMissingError, KeyFileExposedError, KeyFileMalformedError: not usable at all.
        ForeignKeyFileError: of another workspace.
        DevelopmentKeyError: ``environment`` is production and the key is not for it.
    """
    found = parse(path, _private_bytes(path))
    if found.workspace != workspace:
        raise ForeignKeyFileError(path)
    if environment is Environment.PRODUCTION and found.environment is not environment:
        raise DevelopmentKeyError(path)
    return found


def parse(path: Path, data: bytes) -> KeyFile:
    """Return what ``data`` says; ``path`` is only named in refusals.

    Raises:
        KeyFileMalformedError: it is not exactly what ``KeyFile.to_bytes`` prints.
    """
    try:
        document = json.loads(data)
        found = KeyFile(
            document["workspace"],
            Environment(document["environment"]),
            tuple(
                Root(k["id"], base64.b64decode(k["key"], validate=True)) for k in document["keys"]
            ),
        )
        same = found.to_bytes() == data
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise KeyFileMalformedError(path, f"it is not a {FORMAT} document") from None
    if not same:
        raise KeyFileMalformedError(path, f"it is not a {FORMAT} document as it was written")
    if not found.roots or any(len(r.key) != KEY_BYTES for r in found.roots):
        raise KeyFileMalformedError(path, f"it has no key of {KEY_BYTES} bytes")
    return found


def make(path: Path, content: KeyFile) -> None:
    """Write a key file that was not there.

    Raises:
        KeyFileExistsError: something is there.
        KeyFileWriteError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise KeyFileWriteError(path) from None
    try:
        _write_new(path, content.to_bytes())
        _sync_folder(path.parent)
    except FileExistsError:
        raise KeyFileExistsError(path) from None
    except OSError:
        raise KeyFileWriteError(path) from None


def put(path: Path, content: KeyFile) -> None:
    """Replace a key file: afterwards either the old or the new one is there, whole.

    The old bytes are overwritten as far as the disk lets us. Call it only while holding the
    database's write lock: two writers would lose each other's keys.

    Raises:
        KeyFileWriteError: the old file is untouched.
    """
    path = path.resolve()  # a link stays a link
    beside = unfinished(path)
    try:
        beside.unlink(missing_ok=True)
        _write_new(beside, content.to_bytes())
        old = os.open(path, os.O_WRONLY)
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
    beside = unfinished(path.resolve())
    try:
        with beside.open("r+b", buffering=0) as file:
            _overwrite(file.fileno())
        beside.unlink()
        _sync_folder(beside.parent)
    except FileNotFoundError:
        return
    except OSError:
        raise KeyFileWriteError(path) from None


def _private_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file that nobody but its owner can reach."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise KeyFileMalformedError(path, "it is not a file")
            if status.st_mode & OTHERS:
                raise KeyFileExposedError(path, stat.S_IMODE(status.st_mode))
            return file.read()
    except FileNotFoundError:
        raise KeyFileMissingError(path) from None
    except OSError:
        raise KeyFileMalformedError(path, "it cannot be read") from None


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
    """Write zeros over a file that has no name any more (a disk may keep copies regardless)."""
    os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
    os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    """Make a name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
