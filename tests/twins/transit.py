# SPDX-License-Identifier: Apache-2.0
"""A key provider as a third party would write one: a service that wraps, and never tells its keys.

It stands for Vault Transit or a key management service: named keys with versions, ciphertext as
text, associated data bound. It is a real one, in memory; nothing of privseg is stood in for.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privseg.vault import ProviderRefusedError, WrongSecretError
from privseg.vault.providers import Secrets


@dataclass
class Service:
    """The service: one key a name; ``is_down`` lets it not answer."""

    keys: dict[str, bytes] = field(default_factory=dict, repr=False)
    is_down: bool = False
    asked: int = 0

    def _key(self, name: str) -> AESGCM:
        self.asked += 1
        if self.is_down:
            raise ConnectionError("token s.SECRETTOKEN was not accepted")
        return AESGCM(self.keys.setdefault(name, AESGCM.generate_key(256)))

    def encrypt(self, name: str, plain: bytes, bound: bytes) -> str:
        nonce = len(self.keys).to_bytes(4) + self.asked.to_bytes(8)
        sealed = nonce + self._key(name).encrypt(nonce, plain, bound)
        return f"vault:v1:{base64.b64encode(sealed).decode()}"

    def decrypt(self, name: str, text: str, bound: bytes) -> bytes:
        sealed = base64.b64decode(text.removeprefix("vault:v1:"), validate=True)
        return self._key(name).decrypt(sealed[:12], sealed[12:], bound)


SERVICE = Service()


class Transit:
    """The provider ``transit:NAME``."""

    scheme = "transit"

    def __init__(self, name: str, service: Service) -> None:
        self._name = name
        self._service = service

    def __repr__(self) -> str:
        return f"Transit({self._name!r})"

    def wrap(self, key: bytes, *, about: bytes) -> dict[str, str | int]:
        return {"name": self._name, "key": self._service.encrypt(self._name, key, about)}

    def unwrap(self, wrapped: Mapping[str, str | int], *, about: bytes) -> bytes:
        if set(wrapped) != {"name", "key"} or wrapped["name"] != self._name:
            raise WrongSecretError(self.scheme)
        try:
            return self._service.decrypt(self._name, str(wrapped["key"]), about)
        except (InvalidTag, ValueError):
            raise WrongSecretError(self.scheme) from None
        except TimeoutError:
            raise ProviderRefusedError(self.scheme, "it does not answer") from None


def transit(name: str, secrets: Secrets) -> Transit:  # noqa: ARG001  # it needs none of them
    """What an entry point of the group ``privseg.key_providers`` loads."""
    return Transit(name, SERVICE)
