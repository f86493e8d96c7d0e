# SPDX-License-Identifier: Apache-2.0
"""Sealing an answer for one person, and opening it again without the workspace (ADR 0025)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privseg.dsr.sealed_answer import (
    NONCE_BYTES,
    SALT_BYTES,
    AnswerFile,
    Settings,
    WrongPassphraseError,
    data_of,
    data_text,
    normal,
    packed,
    unpacked,
)
from privseg.report.language import Language
from privseg.report.sealed_page import render_sealed


def sealed_answer(
    files: Sequence[AnswerFile],
    passphrase: str,
    *,
    controller: str,
    language: Language,
    randbits: Callable[[int], int],
) -> str:
    """Return the page that holds the files and opens with the passphrase; it is not kept."""
    salt, nonce = _random(randbits, SALT_BYTES), _random(randbits, NONCE_BYTES)
    settings = Settings(salt, nonce)
    cipher = AESGCM(_key(passphrase, settings))
    sealed = cipher.encrypt(settings.nonce, packed(files), settings.bound())
    return render_sealed(data_text(settings, sealed), controller=controller, language=language)


def opened_answer(page: bytes, passphrase: str) -> tuple[AnswerFile, ...]:
    """Return the files of a sealed answer.

    Raises:
        SealedAnswerError: it is none, or its settings are weaker than we write.
        WrongPassphraseError: the passphrase does not open it.
    """
    settings, sealed = data_of(page)
    try:
        plain = AESGCM(_key(passphrase, settings)).decrypt(settings.nonce, sealed, settings.bound())
    except InvalidTag:
        raise WrongPassphraseError from None
    return unpacked(plain)


def _key(passphrase: str, settings: Settings) -> bytes:
    """Return the key that a passphrase gives (RFC 8018 section 5.2)."""
    given = normal(passphrase)
    return hashlib.pbkdf2_hmac("sha256", given, settings.salt, settings.iterations, dklen=32)


def _random(randbits: Callable[[int], int], length: int) -> bytes:
    return randbits(8 * length).to_bytes(length, "big")
