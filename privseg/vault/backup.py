# SPDX-License-Identifier: Apache-2.0
"""A backup of the root keys, sealed for recipients (format ``keybackup/1``).

::

    {"environment": "production",
     "epoch": "<id of the root key in it>",
     "id": "<16 bytes in hex>",
     "made_at": "2026-11-22T09:30:00.000000Z",
     "privseg": "keybackup/1",
     "sealed": [{"box": "<base64>", "recipient": "privseg1..."}],
     "workspace": "ws-3f..."}

Each box is the ``keyfile/1`` document sealed for one recipient by HPKE (RFC 9180, base mode:
DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; the encapsulated key first), bound to every
other field. Anybody can make such a file: what is inside counts only once the workspace's database
opens under it.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from privseg.tlog.canonical import NotCanonicalError, canonical, parse_canonical
from privseg.vault import keyfile, private_file, wrap
from privseg.vault.key_refusals import (
    KeyFileMalformedError,
    NotForThisIdentityError,
)
from privseg.vault.keyfile import KeyFile
from privseg.vault.recipients import Identity, Recipient
from privseg.vault.refusals import (
    SealBrokenError,
)

FORMAT: Final = "keybackup/1"
ID_BYTES: Final = 16
_FIELDS: Final = {"environment", "epoch", "id", "made_at", "privseg", "sealed", "workspace"}


def new_id() -> str:
    """Return the id of a backup that is to be made."""
    return secrets.token_hex(ID_BYTES)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says in clear, and its boxes."""

    backup_id: str
    workspace: str
    environment: str
    epoch: str
    made_at: str
    boxes: Mapping[str, bytes]

    @classmethod
    def of(
        cls, content: KeyFile, recipients: Sequence[Recipient], *, backup_id: str, made_at: str
    ) -> Self:
        """Return a backup of the one root key that ``content`` holds."""
        (root,) = content.roots
        said = (backup_id, content.workspace, str(content.environment), root.root_id, made_at)
        plain = content.to_bytes()
        boxes = {str(r): r.seal(plain, _about(*said, str(r))) for r in recipients}
        return cls(*said, boxes)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a backup.

        Raises:
            KeyFileMissingError, KeyFileExposedError, KeyFileLinkError, KeyFileMalformedError.
        """
        try:
            found = parse_canonical(private_file.read(path).removesuffix(b"\n"))
            return cls._parsed(found)
        except (NotCanonicalError, ValueError, KeyError, TypeError, binascii.Error):
            raise KeyFileMalformedError(path, f"it is not a {FORMAT} document") from None

    def save(self, path: Path) -> None:
        """Write it where nothing was.

        Raises:
            KeyFileExistsError, KeyFileWriteError: it cannot be.
        """
        private_file.make(path, canonical(self._document()) + b"\n")

    def open(self, identity: Identity, path: Path) -> KeyFile:
        """Return what was backed up; ``path`` is only named in refusals.

        Raises:
            NotForThisIdentityError: it was not sealed for it, or was changed.
        """
        name = str(identity.recipient)
        said = (self.backup_id, self.workspace, self.environment, self.epoch, self.made_at)
        try:
            plain = identity.unseal(self.boxes.get(name, b""), _about(*said, name))
        except SealBrokenError:
            raise NotForThisIdentityError(path) from None
        content = keyfile.parse(path, plain)
        told = (content.workspace, str(content.environment), content.roots[0].root_id)
        if told != (self.workspace, self.environment, self.epoch):
            raise NotForThisIdentityError(path)
        return content

    def _document(self) -> dict[str, object]:
        """Return it, ready to be printed."""
        return {
            "privseg": FORMAT,
            "id": self.backup_id,
            "workspace": self.workspace,
            "environment": self.environment,
            "epoch": self.epoch,
            "made_at": self.made_at,
            "sealed": [
                {"recipient": name, "box": base64.b64encode(box).decode()}
                for name, box in sorted(self.boxes.items())
            ],
        }

    @classmethod
    def _parsed(cls, found: Any) -> Self:
        """Return the backup that a document says; it must print the same again."""
        boxes = {
            str(e["recipient"]): base64.b64decode(e["box"], validate=True) for e in found["sealed"]
        }
        made = cls(
            backup_id=found["id"],
            workspace=found["workspace"],
            environment=found["environment"],
            epoch=found["epoch"],
            made_at=found["made_at"],
            boxes=boxes,
        )
        if set(found) != _FIELDS or made._document() != found:
            raise ValueError(FORMAT)
        return made


def _about(*said: str) -> bytes:
    """Return what a box is bound to."""
    return wrap.place(FORMAT, *said)
