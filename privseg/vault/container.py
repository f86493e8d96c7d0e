# SPDX-License-Identifier: Apache-2.0
"""The container of the root keys: one file outside the workspace, plain or sealed by a provider.

A plain one is a ``keyfile/1`` document, protected by its mode alone. A sealed one::

    {"environment": "production",
     "privseg": "keybox/1",
     "provider": "passphrase",
     "sealed": "<the keyfile/1 document, sealed under a random content key, in base64>",
     "workspace": "ws-3f...",
     "wrapped": {"kdf": "argon2id", ..., "key": "<the content key, wrapped by the provider>"}}

Both parts are bound to workspace, environment and provider; the sealed one to ``wrapped``, too: no
part can be exchanged for another container's.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from privseg.errors import PrivsegError
from privseg.tlog.canonical import NotCanonicalError, canonical, parse_canonical
from privseg.vault import keyfile, private_file, wrap
from privseg.vault.key_refusals import (
    KeyFileExistsError,
    KeyFileMalformedError,
    OtherProviderError,
    ProviderRefusedError,
    WrongSecretError,
)
from privseg.vault.keyfile import Environment, KeyFile
from privseg.vault.providers import FILE, KeyProvider, Wrapped
from privseg.vault.refusals import (
    SealBrokenError,
)

FORMAT: Final = "keybox/1"
_FIELDS: Final = {"environment", "privseg", "provider", "sealed", "workspace", "wrapped"}


@dataclass(frozen=True, slots=True)
class Container:
    """Where the root keys lie, and who opens them; ``provider`` None: whoever can read the file."""

    path: Path
    provider: KeyProvider | None = None

    @classmethod
    def of(cls, given: Path | Container) -> Container:
        """Return a container; a path alone is a plain one."""
        return given if isinstance(given, Container) else cls(given)

    @property
    def scheme(self) -> str:
        """Return the name of the provider."""
        return FILE if self.provider is None else self.provider.scheme

    def read(self, *, workspace: str, environment: Environment) -> KeyFile:
        """Open it and check that its keys may be used here.

        Raises:
            KeyFileMissingError, KeyFileExposedError, KeyFileLinkError, KeyFileMalformedError: the
                file is not usable at all.
            OtherProviderError: another provider sealed it.
            WrongSecretError, ProviderWeakError, SecretMissingError: it cannot be opened.
            ForeignKeyFileError, DevelopmentKeyError: its keys are not for here.
        """
        data = private_file.read(self.path)
        found = keyfile.parse(self.path, self._opened(data))
        return keyfile.require_usable(
            self.path, found, workspace=workspace, environment=environment
        )

    def require_free(self) -> None:
        """Refuse a place where something is.

        Raises:
            KeyFileExistsError: something is.
        """
        if os.path.lexists(self.path):
            raise KeyFileExistsError(self.path)

    def make(self, content: KeyFile) -> None:
        """Write it where nothing was.

        Raises:
            KeyFileExistsError, KeyFileWriteError: it cannot be.
        """
        private_file.make(self.path, self._bytes(content))

    def belongs_to(self, workspace: str) -> bool:
        """Return whether the file says that it is this workspace's, without opening it.

        One of zeros is what a destruction cut short left.
        """
        try:
            data = self.path.read_bytes()
        except OSError:
            return False
        return canonical(workspace) in data or not any(data)

    def put(self, content: KeyFile) -> None:
        """Replace it, under a new content key; see ``private_file.put``.

        Raises:
            KeyFileWriteError: the old one is untouched.
        """
        private_file.put(self.path, self._bytes(content))

    def _bytes(self, content: KeyFile) -> bytes:
        """Print it."""
        if self.provider is None:
            return content.to_bytes()
        key = wrap.new_key()
        workspace, environment = content.workspace, str(content.environment)
        about = _about(workspace, environment, self.scheme)
        with foreign(self.scheme):
            wrapped = dict(self.provider.wrap(key, about=about))
        sealed = wrap.seal(key, content.to_bytes(), _at(about, wrapped))
        document = {
            "privseg": FORMAT,
            "workspace": workspace,
            "environment": environment,
            "provider": self.scheme,
            "wrapped": wrapped,
            "sealed": base64.b64encode(sealed).decode(),
        }
        return canonical(document) + b"\n"

    def _opened(self, data: bytes) -> bytes:
        """Return the bytes of the ``keyfile/1`` document in it."""
        box = _box(data)
        sealed_by = FILE if box is None else str(box["provider"])
        if sealed_by != self.scheme:
            if box is None:
                keyfile.parse(self.path, data)  # else it is not another provider's, but broken
            raise OtherProviderError(self.path, sealed_by=sealed_by, asked=self.scheme)
        if box is None or self.provider is None:
            return data
        return _unsealed(self.path, self.provider, box)


def _unsealed(path: Path, provider: KeyProvider, box: dict[str, object]) -> bytes:
    """Return what a sealed container holds.

    Raises:
        KeyFileMalformedError: it is none that ``Container`` writes.
        WrongSecretError: it does not open, or its parts do not belong together.
    """
    try:
        wrapped = _wrapped(box["wrapped"])
        sealed = base64.b64decode(str(box["sealed"]), validate=True)
    except (ValueError, TypeError, binascii.Error):
        raise KeyFileMalformedError(path, f"it is not a {FORMAT} document") from None
    about = _about(str(box["workspace"]), str(box["environment"]), provider.scheme)
    with foreign(provider.scheme):
        key = bytes(provider.unwrap(wrapped, about=about))
    if len(key) != wrap.KEY_BYTES:
        raise WrongSecretError(provider.scheme)
    try:
        return wrap.unseal(key, sealed, _at(about, wrapped), what="the container")
    except SealBrokenError:
        raise WrongSecretError(provider.scheme) from None


@contextmanager
def foreign(scheme: str) -> Iterator[None]:
    """Turn whatever a foreign provider raises into a refusal: its text could tell a secret.

    Raises:
        ProviderRefusedError: it failed in a way of its own.
    """
    try:
        yield
    except PrivsegError:
        raise
    except Exception as error:  # noqa: BLE001  # not our code
        raise ProviderRefusedError(scheme, f"it failed ({type(error).__name__})") from None


def _box(data: bytes) -> dict[str, object] | None:
    """Return the fields of a sealed container; None where the file is another thing."""
    try:
        found = parse_canonical(data.removesuffix(b"\n"))
    except NotCanonicalError:
        return None
    if not isinstance(found, dict) or found.get("privseg") != FORMAT or set(found) != _FIELDS:
        return None
    return found


def _wrapped(found: object) -> Wrapped:
    """Return what the provider keeps in the container.

    Raises:
        TypeError: it is no map of texts and whole numbers.
    """
    if not isinstance(found, dict) or not all(type(v) in (str, int) for v in found.values()):
        raise TypeError
    return found


def _about(workspace: str, environment: str, scheme: str) -> bytes:
    """Return what a container's parts are bound to."""
    return wrap.place(FORMAT, workspace, environment, scheme)


def _at(about: bytes, wrapped: Wrapped) -> bytes:
    """Return the place of the sealed document."""
    return wrap.place("sealed", about, canonical(dict(wrapped)))
