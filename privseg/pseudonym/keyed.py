# SPDX-License-Identifier: Apache-2.0
"""Keyed hashes: look-up keys of identifiers, and pseudonyms of people per domain.

Without a key a hash of an e-mail address is no protection: addresses can be guessed and hashed.
Every function here needs a key that only the vault holds.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import NewType

from privseg.pseudonym.canonical import form_version
from privseg.terms import Purpose

Pseudonym = NewType("Pseudonym", bytes)
"""Sixteen bytes that stand for one person in one domain, and mean nothing in another."""

HASH = "sha256"
HASH_BYTES = 32
PSEUDONYM_BYTES = 16  # 2**-128 x pairs: no two of 10 M people meet by chance
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a pseudonym is valid: for one purpose, one recipient and one epoch.

    >>> Domain(Purpose("marketing.email"), recipient="mailer", epoch="2026")
    Domain(purpose='marketing.email', recipient='mailer', epoch='2026')
    """

    purpose: Purpose
    recipient: str
    epoch: str


def blind_index(key: bytes, kind: str, form: bytes) -> bytes:
    """Return the look-up key of a canonical form: HMAC-SHA-256 (RFC 2104).

    The kind and the version of its rule are hashed in, so that the same text as a phone number
    and as a customer number gives two keys.
    """
    raw = kind.encode()
    head = len(raw).to_bytes(4, "big") + raw + form_version(kind).to_bytes(1, "big")
    return hmac.digest(key, head + form, HASH)


def domain_key(master: bytes, domain: Domain) -> bytes:
    """Return the key of a domain; keys of two domains say nothing of each other."""
    info = _joined(domain.purpose.encode(), domain.recipient.encode(), domain.epoch.encode())
    return hkdf(master, info=b"privseg/pseudonym/1" + info)


def pseudonym(key: bytes, uid: bytes) -> Pseudonym:
    """Return a person's pseudonym under a domain's key, from their random ``uid``.

    Law: once the uid is destroyed nobody, the key's holder included, can compute it again.
    """
    return Pseudonym(hmac.digest(key, uid, HASH)[:PSEUDONYM_BYTES])


def hkdf(key: bytes, *, info: bytes, length: int = KEY_BYTES, salt: bytes = b"") -> bytes:
    """Derive a key for one use from a master key (HKDF-SHA-256, RFC 5869 §2).

    Raises:
        ValueError: more than 255 blocks are asked for.
    """
    if length > 255 * HASH_BYTES:
        raise ValueError("HKDF gives at most 255 blocks")
    root = hmac.digest(salt or bytes(HASH_BYTES), key, HASH)
    made, block = b"", b""
    while len(made) < length:
        block = hmac.digest(root, block + info + (len(made) // HASH_BYTES + 1).to_bytes(1), HASH)
        made += block
    return made[:length]


def _joined(*parts: bytes) -> bytes:
    """Return parts with their lengths before them, so that no two lists give the same bytes."""
    return b"".join(len(part).to_bytes(4) + part for part in parts)
