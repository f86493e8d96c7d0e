# SPDX-License-Identifier: Apache-2.0
"""The provider ``passphrase``: a container opens with words that somebody knows.

Argon2id (RFC 9106) with its second recommended setting, for machines without 2 GiB to spare
(section 4: t = 3, p = 4, m = 64 MiB, a 128-bit salt, a 256-bit tag). What was used stands in the
container, so that it can be raised; anything weaker is refused, so that nobody who can write the
container can make the passphrase cheap to guess; so is what would exhaust the machine.

The passphrase is put into the form NFKC and must have 15 characters (SP 800-63B-4, section
3.1.1.2: the least for a secret that stands alone).
"""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from privseg.tlog.canonical import canonical
from privseg.vault import wrap
from privseg.vault.key_refusals import (
    PassphraseWeakError,
    ProviderWeakError,
    WrongSecretError,
)
from privseg.vault.refusals import (
    SealBrokenError,
)

SCHEME: Final = "passphrase"
VERSION: Final = 0x13  # RFC 9106 section 3.1: the version number
MEMORY_KIB: Final = 65_536  # section 4, second recommended option: 64 MiB
ITERATIONS: Final = 3
LANES: Final = 4
SALT_BYTES: Final = 16
MOST_MEMORY_KIB: Final = 4_194_304  # 4 GiB: more is no setting but an attack on the machine
MOST_ITERATIONS: Final = 64
LEAST_CHARACTERS: Final = 15
LEAST_DIFFERENT: Final = 5  # "aaaaaaaaaaaaaaa" is no passphrase


class Asks(Protocol):
    """Asks somebody for the passphrase."""

    def __call__(self, *, new: bool) -> str:
        """Return it."""
        ...


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs, as it stands in the container."""

    memory_kib: int = MEMORY_KIB
    iterations: int = ITERATIONS
    lanes: int = LANES

    def require_sound(self) -> None:
        """Refuse what is weaker than the RFC's second setting, or would exhaust the machine.

        Raises:
            ProviderWeakError: it is.
        """
        strong = (
            MEMORY_KIB <= self.memory_kib <= MOST_MEMORY_KIB
            and ITERATIONS <= self.iterations <= MOST_ITERATIONS
            and self.lanes == LANES
        )
        if not strong:
            raise ProviderWeakError(SCHEME, "its Argon2id setting is not one that privseg writes")

    def document(self, salt: bytes) -> dict[str, str | int]:
        """Return it with the salt, as it stands in the container."""
        return {
            "kdf": "argon2id",
            "version": VERSION,
            "memory_kib": self.memory_kib,
            "iterations": self.iterations,
            "lanes": self.lanes,
            "salt": base64.b64encode(salt).decode(),
        }


class Passphrase:
    """Asks for the passphrase once, and keeps only the key that it leads to."""

    scheme = SCHEME

    def __init__(self, ask: Asks, *, cost: Cost | None = None) -> None:
        self._ask = ask
        self._cost = cost or Cost()
        self._known: tuple[dict[str, str | int], bytes] | None = None

    def __repr__(self) -> str:
        """Show nothing."""
        return "Passphrase()"

    def wrap(self, key: bytes, *, about: bytes) -> dict[str, str | int]:
        """Return ``key`` wrapped under the passphrase; a new one is asked for when none is known.

        Raises:
            PassphraseWeakError: the new one is too short, or of too few characters.
            SecretMissingError: there is nobody to ask.
        """
        if self._known is None:
            self._cost.require_sound()
            salt = secrets.token_bytes(SALT_BYTES)
            passphrase = strong(self._ask(new=True))
            self._known = self._cost.document(salt), _derived(passphrase, salt, self._cost)
        setting, known = self._known
        blob = wrap.seal(known, key, _at(about, setting))
        return {**setting, "key": base64.b64encode(blob).decode()}

    def unwrap(self, wrapped: Mapping[str, str | int], *, about: bytes) -> bytes:
        """Return the key that ``wrap`` was given.

        Raises:
            ProviderWeakError: the setting is not one that this version writes.
            WrongSecretError: the passphrase is another one, or the container was changed.
            SecretMissingError: there is nobody to ask.
        """
        cost, salt, blob = _parsed(wrapped)
        cost.require_sound()
        setting = cost.document(salt)
        if self._known is None or self._known[0] != setting:
            self._known = setting, _derived(_normal(self._ask(new=False)), salt, cost)
        try:
            return wrap.unseal(self._known[1], blob, _at(about, setting), what="the container")
        except SealBrokenError:
            self._known = None
            raise WrongSecretError(SCHEME) from None


def strong(passphrase: str) -> str:
    """Return a new passphrase in its normal form.

    Raises:
        PassphraseWeakError: it is too short, or of too few characters.
    """
    normal = _normal(passphrase)
    if len(normal) < LEAST_CHARACTERS or len(set(normal)) < LEAST_DIFFERENT:
        raise PassphraseWeakError(LEAST_CHARACTERS)
    return normal


def _normal(passphrase: str) -> str:
    """Return a passphrase as every keyboard types it (SP 800-63B-4: NFKC)."""
    return unicodedata.normalize("NFKC", passphrase)


def _parsed(wrapped: Mapping[str, str | int]) -> tuple[Cost, bytes, bytes]:
    """Return the cost, salt and wrapped key of a container.

    Raises:
        ProviderWeakError: it is nothing that ``wrap`` returns.
    """
    try:
        memory, iterations, lanes = (
            int(wrapped[name]) for name in ("memory_kib", "iterations", "lanes")
        )
        salt, blob = (base64.b64decode(str(wrapped[n]), validate=True) for n in ("salt", "key"))
        cost = Cost(memory, iterations, lanes)
        same = {**cost.document(salt), "key": wrapped["key"]} == wrapped
    except (KeyError, ValueError, binascii.Error):
        same = False
    if not same or len(salt) != SALT_BYTES:
        raise ProviderWeakError(SCHEME, "its setting is not one that privseg writes")
    return cost, salt, blob


def _derived(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """Return the 32-byte key of a passphrase (RFC 9106 section 3)."""
    kdf = Argon2id(
        salt=salt,
        length=wrap.KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return kdf.derive(passphrase.encode("utf-8", "surrogatepass"))


def _at(about: bytes, setting: Mapping[str, str | int]) -> bytes:
    """Return the place of the wrapped key: the workspace, and how the key was made."""
    return wrap.place(SCHEME, about, canonical(dict(setting)))
