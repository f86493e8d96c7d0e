# SPDX-License-Identifier: Apache-2.0
"""The provider ``environment``: a container opens with a 32-byte key in an environment variable.

For services whose platform hands them secrets so. The variable holds base64 (RFC 4648, padded), as
``openssl rand -base64 32`` prints it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Final

from privseg.vault import wrap
from privseg.vault.key_refusals import (
    ProviderWeakError,
    WrongSecretError,
)
from privseg.vault.refusals import (
    SealBrokenError,
)

SCHEME: Final = "environment"
LEAST_DIFFERENT: Final = 16  # of 32 random bytes fewer differ once in 10**17 keys


class Variable:
    """Reads one environment variable each time; keeps nothing."""

    scheme = SCHEME

    def __init__(self, name: str, read: Callable[[str], str]) -> None:
        self._name = name
        self._read = read

    def __repr__(self) -> str:
        """Name the variable only."""
        return f"Variable({self._name!r})"

    def wrap(self, key: bytes, *, about: bytes) -> dict[str, str | int]:
        """Return ``key`` wrapped under the variable's.

        Raises:
            SecretMissingError, ProviderWeakError: the variable holds no such key.
        """
        blob = wrap.seal(self._key(), key, wrap.place(SCHEME, about))
        return {"key": base64.b64encode(blob).decode()}

    def unwrap(self, wrapped: Mapping[str, str | int], *, about: bytes) -> bytes:
        """Return the key that ``wrap`` was given.

        Raises:
            SecretMissingError, ProviderWeakError: the variable holds no such key.
            WrongSecretError: it holds another one, or the container was changed.
        """
        try:
            blob = base64.b64decode(str(wrapped["key"]), validate=True)
            if set(wrapped) != {"key"}:
                raise WrongSecretError(SCHEME)
            return wrap.unseal(self._key(), blob, wrap.place(SCHEME, about), what="the container")
        except (KeyError, ValueError, binascii.Error, SealBrokenError):
            raise WrongSecretError(SCHEME) from None

    def _key(self) -> bytes:
        """Return the variable's key."""
        try:
            key = base64.b64decode(self._read(self._name).strip(), validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != wrap.KEY_BYTES or len(set(key)) < LEAST_DIFFERENT:
            raise ProviderWeakError(
                SCHEME, f"variable {self._name} does not hold 32 random bytes in base64"
            )
        return key
