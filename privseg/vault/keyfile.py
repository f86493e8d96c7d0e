# SPDX-License-Identifier: Apache-2.0
"""What is in a key container: the root keys of one workspace, one for each open epoch.

::

    {"environment": "production",
     "keys": [{"id": "6f0c...", "key": "<32 bytes in base64>"}],
     "privseg": "keyfile/1",
     "workspace": "..."}

Normally it holds one key. While an erasure changes the root it holds the old and the new one, so
that whichever of them the database names after a crash is there (``keyring``). While the keys move
to another file each of the two names the other, under ``leaves`` and ``enters``: the one that
``privseg.yaml`` names when all is over destroys the other.

As a file these are the bytes of the provider ``file``; other providers seal them (``container``).
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from privseg.tlog.canonical import NotPrintableError, canonical
from privseg.vault import private_file
from privseg.vault.key_refusals import (
    DevelopmentKeyError,
    ForeignKeyFileError,
    KeyFileMalformedError,
    ProductionKeyError,
)
from privseg.vault.private_file import discard, unfinished
from privseg.vault.wrap import KEY_BYTES, new_key

__all__ = [
    "FORMAT", "Environment", "KeyFile", "Root", "discard", "make", "parse", "put", "read",
    "require_usable", "unfinished",
]  # fmt: skip

FORMAT = "keyfile/1"
ROOT_ID_BYTES = 8
_NOT_ONE = (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError)


class Environment(StrEnum):
    """Where a key may be used: a development key is refused in production."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


_OF_THE_OTHER = {
    Environment.DEVELOPMENT: DevelopmentKeyError,
    Environment.PRODUCTION: ProductionKeyError,
}


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
    """What a container says."""

    workspace: str
    environment: Environment
    roots: tuple[Root, ...]
    leaves: str = ""
    enters: str = ""

    def adding(self, root: Root) -> KeyFile:
        """Return it with one more key."""
        return replace(self, roots=(*self.roots, root))

    def only(self, root_id: str) -> KeyFile:
        """Return it with that key alone."""
        return replace(self, roots=tuple(r for r in self.roots if r.root_id == root_id))

    def settled(self) -> KeyFile:
        """Return it without a word of another file."""
        return replace(self, leaves="", enters="")

    def names(self, root_id: str) -> bool:
        """Return whether it holds that key."""
        return any(root.root_id == root_id for root in self.roots)

    def to_bytes(self) -> bytes:
        """Print it."""
        keys = [{"id": r.root_id, "key": base64.b64encode(r.key).decode()} for r in self.roots]
        document = {
            "privseg": FORMAT,
            "workspace": self.workspace,
            "environment": str(self.environment),
            "keys": keys,
        }
        moving = {"leaves": self.leaves, "enters": self.enters}
        return canonical({**document, **{k: v for k, v in moving.items() if v}}) + b"\n"


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
            document.get("leaves", ""),
            document.get("enters", ""),
        )
        same = found.to_bytes() == data
    except (*_NOT_ONE, NotPrintableError):
        raise KeyFileMalformedError(path, f"it is not a {FORMAT} document") from None
    if not same:
        raise KeyFileMalformedError(path, f"it is not a {FORMAT} document as it was written")
    if not found.roots or any(len(r.key) != KEY_BYTES for r in found.roots):
        raise KeyFileMalformedError(path, f"it has no key of {KEY_BYTES} bytes")
    return found


def require_usable(
    path: Path, found: KeyFile, *, workspace: str, environment: Environment
) -> KeyFile:
    """Return ``found`` if it may be used here.

    Raises:
        ForeignKeyFileError: it is of another workspace.
        DevelopmentKeyError, ProductionKeyError: it was made for the other environment.
    """
    if found.workspace != workspace:
        raise ForeignKeyFileError(path)
    if found.environment is not environment:
        raise _OF_THE_OTHER[found.environment](path)
    return found


def read(path: Path, *, workspace: str, environment: Environment) -> KeyFile:
    """Read a plain key file and check that it may be used here.

    Raises:
        KeyFileMissingError, KeyFileExposedError, KeyFileLinkError, KeyFileMalformedError: not
            usable at all.
        ForeignKeyFileError, DevelopmentKeyError: not usable here.
    """
    found = parse(path, private_file.read(path))
    return require_usable(path, found, workspace=workspace, environment=environment)


def make(path: Path, content: KeyFile) -> None:
    """Write a plain key file that was not there.

    Raises:
        KeyFileExistsError, KeyFileWriteError: it cannot be.
    """
    private_file.make(path, content.to_bytes())


def put(path: Path, content: KeyFile) -> None:
    """Replace a plain key file (``private_file.put``).

    Raises:
        KeyFileWriteError: the old file is untouched.
    """
    private_file.put(path, content.to_bytes())
