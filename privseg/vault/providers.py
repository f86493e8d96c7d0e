# SPDX-License-Identifier: Apache-2.0
"""Under what a key container is sealed: the port ``KeyProvider``, and the providers by name.

``keys:`` in ``privseg.yaml`` is a URI: ``file:PATH`` (no seal: the file's mode protects it),
``passphrase:PATH``, ``environment:NAME?file=PATH``. Any other scheme is somebody's own, such as a
key management service, a PKCS#11 token or Vault Transit: a package that declares, in the group of
entry points ``privseg.key_providers``, a ``ProviderMaker`` under the scheme's name.

A provider never sees a root key: it wraps and unwraps one random 32-byte *content key*, under which
the container is sealed (``container``). So a service learns nothing of the workspace's keys, and is
asked once at each opening and at each change of epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Protocol

from privseg.errors import PrivsegError
from privseg.vault.key_refusals import (
    ProviderRefusedError,
    ProviderUnknownError,
)
from privseg.vault.passphrase import Passphrase
from privseg.vault.variable import Variable

ENTRY_POINTS = "privseg.key_providers"
FILE = "file"  # the scheme of no provider: the container is plain

Wrapped = Mapping[str, str | int]
"""What a provider keeps in the container: public, JSON-ready, without one secret."""


class KeyProvider(Protocol):
    """Port: whoever can open a container. ``provider_contract`` checks every law below.

    - ``unwrap(wrap(key, about=a), about=a) == key``, also by another instance of the same URI.
    - Another ``about``, another provider's key, a changed or missing field of ``Wrapped``: refused
      with a ``KeyAccessError``, never a wrong key. ``about`` names the workspace; a provider
      without associated data of its own must bind it by other means.
    - Nothing secret is in ``Wrapped``, in ``repr``, or in the text of a refusal.
    - A service that does not answer is a ``KeyAccessError`` after a bounded wait, too.
    """

    @property
    def scheme(self) -> str:
        """Return the name by which a container says who sealed it."""
        ...

    def wrap(self, key: bytes, *, about: bytes) -> Wrapped:
        """Return ``key`` (32 bytes) wrapped, bound to ``about``."""
        ...

    def unwrap(self, wrapped: Wrapped, *, about: bytes) -> bytes:
        """Return the key that ``wrap`` was given.

        Raises:
            KeyAccessError: it cannot be, or something is not as it was.
        """
        ...


class Secrets(Protocol):
    """Port: where secrets of the people at the keyboard come from; never the command line."""

    def passphrase(self, *, new: bool) -> str:
        """Return the passphrase; a ``new`` one is asked for twice.

        Raises:
            SecretMissingError: there is nobody to ask.
        """
        ...

    def variable(self, name: str) -> str:
        """Return an environment variable.

        Raises:
            SecretMissingError: it is not set.
        """
        ...


class ProviderMaker(Protocol):
    """What an entry point loads: makes the provider that a URI names."""

    def __call__(self, name: str, secrets: Secrets) -> KeyProvider:
        """Return the provider; ``name`` is what stands between the scheme and ``?file=``."""
        ...


def provider_of(scheme: str, name: str, secrets: Secrets) -> KeyProvider | None:
    """Return the provider of a scheme; None for ``file``, which has none.

    Raises:
        ProviderUnknownError: no installed package declares it.
        ProviderRefusedError: the package that does cannot be loaded.
    """
    match scheme:
        case "file":
            return None
        case "passphrase":
            return Passphrase(secrets.passphrase)
        case "environment":
            return Variable(name, secrets.variable)
        case _:
            return _declared(scheme)(name, secrets)


def _declared(scheme: str) -> ProviderMaker:
    """Return the maker that a package declares."""
    for found in entry_points(group=ENTRY_POINTS, name=scheme):
        try:
            maker: ProviderMaker = found.load()
        except PrivsegError:
            raise
        except Exception:  # noqa: BLE001  # whatever a foreign package raises; its text may tell
            raise ProviderRefusedError(scheme, "its package cannot be loaded") from None
        return maker
    raise ProviderUnknownError(scheme)
