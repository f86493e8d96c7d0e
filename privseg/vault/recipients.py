# SPDX-License-Identifier: Apache-2.0
"""Who can open a backup of the keys: an X25519 key pair, whose private half lies elsewhere.

A recipient is text that can be read out and is checked against typing errors::

    privseg1<the public key and 4 bytes of its SHA-256, in base32>

An identity file holds the private half, plain (mode 0600) or under a passphrase::

    {"privseg": "keyidentity/1", "recipient": "privseg1...", "secret": "<32 bytes in base64>"}
    {"privseg": "keyidentity/1", "recipient": "privseg1...", "wrapped": {"kdf": "argon2id", ...}}
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from privseg.tlog.canonical import NotCanonicalError, canonical, parse_canonical
from privseg.vault import private_file, wrap
from privseg.vault.key_refusals import (
    KeyFileMalformedError,
    NoRecipientError,
)
from privseg.vault.passphrase import Passphrase
from privseg.vault.refusals import (
    SealBrokenError,
)

FORMAT: Final = "keyidentity/1"
PREFIX: Final = "privseg1"
_CHECK_BYTES: Final = 4

# RFC 9180, base mode: nobody is authenticated as the sender; what is inside is checked otherwise.
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The public half: to it, backups are sealed."""

    public_key: bytes

    def __str__(self) -> str:
        """Print it."""
        data = self.public_key + _check(self.public_key)
        return PREFIX + base64.b32encode(data).decode().rstrip("=").lower()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the recipient that ``text`` spells.

        Raises:
            NoRecipientError: it is none, or was mistyped.
        """
        body = text.strip().removeprefix(PREFIX).upper()
        try:
            data = base64.b32decode(body + "=" * (-len(body) % 8))
        except ValueError:  # binascii.Error among them
            raise NoRecipientError from None
        found = cls(data[:-_CHECK_BYTES])
        if len(found.public_key) != wrap.KEY_BYTES or str(found) != text.strip():
            raise NoRecipientError
        return found

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Return ``plain`` sealed for the holder of the private half, bound to ``about``."""
        return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(self.public_key), about)


@dataclass(frozen=True, slots=True)
class Identity:
    """The private half."""

    _key: X25519PrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Make a random one."""
        return cls(X25519PrivateKey.generate())

    @property
    def recipient(self) -> Recipient:
        """Return the public half."""
        return Recipient(self._key.public_key().public_bytes_raw())

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """Return what ``Recipient.seal`` was given.

        Raises:
            SealBrokenError: it was sealed for somebody else or for another thing, or was changed.
        """
        try:
            return _SUITE.decrypt(sealed, self._key, about)
        except Exception:  # noqa: BLE001  # the library's own errors differ by what is wrong
            raise SealBrokenError("a backup of the keys") from None

    def save(self, path: Path, passphrase: Passphrase | None = None) -> None:
        """Write the identity file where nothing was.

        Raises:
            KeyFileExistsError, KeyFileWriteError: it cannot be.
            PassphraseWeakError, SecretMissingError: the passphrase is not to be had, or too weak.
        """
        secret = self._key.private_bytes_raw()
        kept: dict[str, object] = {"secret": base64.b64encode(secret).decode()}
        if passphrase is not None:
            kept = {"wrapped": passphrase.wrap(secret, about=_about(self.recipient))}
        document = {"privseg": FORMAT, "recipient": str(self.recipient), **kept}
        private_file.make(path, canonical(document) + b"\n")

    @classmethod
    def load(cls, path: Path, passphrase: Passphrase) -> Self:
        """Read an identity file; the passphrase is asked for where it lies under one.

        Raises:
            KeyFileMissingError, KeyFileExposedError, KeyFileLinkError, KeyFileMalformedError: it is
                not usable.
            WrongSecretError, ProviderWeakError, SecretMissingError: its passphrase is not given.
        """
        found = _document(path)
        try:
            recipient = Recipient.parse(str(found["recipient"]))
            if isinstance(wrapped := found.get("wrapped"), dict):
                secret = passphrase.unwrap(wrapped, about=_about(recipient))
            else:
                secret = base64.b64decode(str(found["secret"]), validate=True)
            made = cls(X25519PrivateKey.from_private_bytes(secret))
        except (KeyError, ValueError, binascii.Error, NoRecipientError):
            raise KeyFileMalformedError(path, f"it is not a {FORMAT} document") from None
        if made.recipient != recipient:
            raise KeyFileMalformedError(path, "its two halves do not belong together")
        return made


def _document(path: Path) -> dict[str, object]:
    """Return the fields of an identity file."""
    try:
        found = parse_canonical(private_file.read(path).removesuffix(b"\n"))
    except NotCanonicalError:
        found = None
    if not isinstance(found, dict) or found.get("privseg") != FORMAT:
        raise KeyFileMalformedError(path, f"it is not a {FORMAT} document")
    return found


def _about(recipient: Recipient) -> bytes:
    """Return what a wrapped private half is bound to."""
    return wrap.place(FORMAT, str(recipient))


def _check(public_key: bytes) -> bytes:
    """Return the bytes by which a mistyped recipient is noticed."""
    return hashlib.sha256(PREFIX.encode() + public_key).digest()[:_CHECK_BYTES]
