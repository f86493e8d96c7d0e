# SPDX-License-Identifier: Apache-2.0
"""The format ``privseg.sealed/1``: an answer that one person opens with a passphrase, in a browser.

One HTML file holds the ciphertext, its settings and the script that opens it. What is pure is here:
the passphrase, the settings, what is bound to the ciphertext. docs/reference/sealed-answer.md has
the format whole, tests/vectors/dsr its vectors; docs/adr/0025 says why it is so.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from privseg.errors import InputError, KeyAccessError
from privseg.tlog.canonical import canonical

SEALED_FORMAT: Final = "privseg.sealed/1"
CIPHER: Final = "AES-256-GCM"  # NIST SP 800-38D; one key for one message, a random 96-bit nonce
DERIVATION: Final = "PBKDF2-HMAC-SHA256"  # SP 800-132: what browsers have (WebCrypto)
ITERATIONS: Final = 600_000  # OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA256
MOST_ITERATIONS: Final = 10_000_000  # more is no setting but an attack on the reader
SALT_BYTES: Final = 16  # SP 800-132 section 5.1: at least 128 bits
NONCE_BYTES: Final = 12
COMPRESSION: Final = "gzip"
LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U
LENGTH: Final = 20  # letters of 5 bits: 100 bits of entropy
GROUP: Final = 5

_DATA = re.compile(rb'<pre id="sealed" hidden>([^<]*)</pre>')
_FIELDS = frozenset(
    {"privseg", "cipher", "kdf", "iterations", "salt", "nonce", "compression", "sealed"}
)


class SealedAnswerError(InputError):
    """A file is no sealed answer of ours, or its settings are none that we write."""

    def __init__(self, why: str) -> None:
        super().__init__(f"this is no sealed answer: {why}; take the file as it was sent")
        self.why = why


class WrongPassphraseError(KeyAccessError):
    """The passphrase does not open the file. Nothing else is told: not whose it is, nor how."""

    def __init__(self) -> None:
        super().__init__(
            "this passphrase does not open it; type the one from the letter that came apart "
            "(4 groups of 5), or ask for the answer once more"
        )


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """One file of an answer, as text. ``name`` is the sender's, never a path."""

    name: str
    media: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a file was sealed. It is bound to the ciphertext: no part can be exchanged."""

    salt: bytes
    nonce: bytes
    iterations: int = ITERATIONS

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "privseg": SEALED_FORMAT,
            "cipher": CIPHER,
            "kdf": DERIVATION,
            "iterations": self.iterations,
            "salt": _text(self.salt),
            "nonce": _text(self.nonce),
            "compression": COMPRESSION,
        }

    def bound(self) -> bytes:
        """Return what the cipher authenticates beside the ciphertext: the canonical settings."""
        return canonical(self.document())


def new_passphrase(randbits: Callable[[int], int]) -> str:
    """Return 20 random letters in groups of five: 100 bits.

    >>> new_passphrase(lambda bits: 2**bits - 1)
    'ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ'
    """
    letters = [LETTERS[randbits(5)] for _ in range(LENGTH)]
    groups = ("".join(letters[at : at + GROUP]) for at in range(0, LENGTH, GROUP))
    return "-".join(groups)


def normal(passphrase: str) -> bytes:
    """Return what the key is derived from: letters alone, as one would read them aloud.

    >>> normal("zzzzz 0o0o0-1il1l ABCDE")
    b'ZZZZZ0000011111ABCDE'
    """
    upper = passphrase.upper().translate(str.maketrans("OIL", "011"))
    return re.sub("[^0-9A-Z]", "", upper).encode()


def packed(files: Sequence[AnswerFile]) -> bytes:
    """Return the files as one compressed document; equal files give equal bytes."""
    told = [{"name": f.name, "media": f.media, "text": f.text} for f in files]
    return gzip.compress(canonical({"files": told}), mtime=0)


def unpacked(data: bytes) -> tuple[AnswerFile, ...]:
    """Return the files of a packed document.

    Raises:
        SealedAnswerError: it is none.
    """
    try:
        plain = gzip.decompress(data)
        files = json.loads(plain)["files"]
        return tuple(AnswerFile(str(f["name"]), str(f["media"]), str(f["text"])) for f in files)
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        raise SealedAnswerError("what it holds cannot be read") from None


def data_text(settings: Settings, sealed: bytes) -> str:
    """Return what stands in the page: JSON without a character that HTML would read."""
    return json.dumps({**settings.document(), "sealed": _text(sealed)}, sort_keys=True)


def data_of(page: bytes) -> tuple[Settings, bytes]:
    """Return the settings and the ciphertext of a page.

    Raises:
        SealedAnswerError: it has none, or others than we write.
    """
    found = _DATA.findall(page)
    if len(found) != 1:
        raise SealedAnswerError("it has no part that was sealed")
    try:
        document = json.loads(found[0])
        settings = _settings(document)
        return settings, _bytes(document["sealed"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise SealedAnswerError("its settings cannot be read") from None


def _settings(document: Mapping[str, Any]) -> Settings:
    """Return the settings that a document says, if they are ours and not weaker."""
    if frozenset(document) != _FIELDS:
        raise SealedAnswerError("its settings are of another version")
    salt, nonce = _bytes(document["salt"]), _bytes(document["nonce"])
    settings = Settings(salt, nonce, int(document["iterations"]))
    told = {name: value for name, value in document.items() if name != "sealed"}
    if told != settings.document() or (len(salt), len(nonce)) != (SALT_BYTES, NONCE_BYTES):
        raise SealedAnswerError("its settings are of another version")
    if not ITERATIONS <= settings.iterations <= MOST_ITERATIONS:
        raise SealedAnswerError("its passphrase would be too cheap or too dear to try")
    return settings


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
