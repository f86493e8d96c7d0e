# SPDX-License-Identifier: Apache-2.0
"""Cosignatures (C2SP tlog-cosignature, ``cosignature/v1``): a witness's word for a head.

It says: at that time this was the largest head of the log that the witness had seen, and it
continued every one it had seen before. It is one more signature line under the head.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from privseg.errors import IntegrityError
from privseg.tlog.base64 import from_base64, to_base64
from privseg.tlog.note import (
    KEY_ID_SIZE,
    KEY_SIZE,
    BadSignatureError,
    MalformedNoteError,
    VerifierKey,
    signers_of,
)
from privseg.tlog.signer import Signer, Verifier

COSIGNATURE = b"\x04"  # C2SP signed-note, signature types: a timestamped Ed25519 cosignature
TIME_SIZE = 8  # bytes: seconds since 1970, big-endian
SIGNATURE_SIZE = 64  # bytes, RFC 8032
MAX_TIME = 2**63 - 1  # C2SP tlog-cosignature
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class NotWitnessedError(IntegrityError):
    """A head does not bear the cosignature of a witness."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the witness {name!a} has not signed this head; ask for a newer head, or the witness"
        )
        self.name = name


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and public key."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse what a verifier key of a log would refuse.

        Raises:
            MalformedNoteError: a name with a space, a key that is none.
        """
        VerifierKey(self.name, self.public_key)

    @property
    def key_id(self) -> bytes:
        """Return SHA-256(name || 0x0A || 0x04 || key)[:4]."""
        named = self.name.encode() + b"\n" + COSIGNATURE + self.public_key
        return sha256(named).digest()[:KEY_ID_SIZE]

    @property
    def vkey(self) -> str:
        """Return the key as text, to be handed out of band; ``parse_witness_vkey`` reads it."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(COSIGNATURE + self.public_key)}"


def parse_witness_vkey(text: str) -> WitnessKey:
    """Return the key that ``WitnessKey.vkey`` printed.

    Raises:
        MalformedNoteError: another spelling, another kind of key, or an id that is not the key's.
    """
    match = _VKEY.fullmatch(text)
    data = from_base64(match[3]) if match else None
    if not match or not data or data[:1] != COSIGNATURE or len(data) != 1 + KEY_SIZE:
        raise MalformedNoteError("this is not the verifier key of a witness (name+id+key)")
    key = WitnessKey(match[1], data[1:])
    if key.key_id.hex() != match[2]:
        raise MalformedNoteError("the witness key's id is not the key's: it was mistyped")
    return key


def cosign(text: str, signer: Signer, *, at: datetime) -> str:
    """Return a witness's signature line under the text of a head."""
    seconds = int(at.timestamp())
    key = WitnessKey(signer.name, signer.public_key)
    signed = seconds.to_bytes(TIME_SIZE, "big") + signer.sign(_message(text, seconds))
    return f"— {signer.name} {to_base64(key.key_id + signed)}\n"


def witnessed_at(note: str, witness: Verifier) -> datetime:
    """Return when ``witness`` saw the head in a signed note.

    Raises:
        NotWitnessedError: it did not sign.
        BadSignatureError: its line does not verify, or names no time.
        MalformedNoteError: it is not spelled as a note.
    """
    key = WitnessKey(witness.name, witness.public_key)
    signers = signers_of(note)
    if (key.name, key.key_id) not in signers:
        raise NotWitnessedError(witness.name)
    text, _, lines = note.rpartition("\n\n")
    line = lines.split("\n")[signers.index((key.name, key.key_id))]
    signed = (from_base64(line.rpartition(" ")[2]) or b"")[KEY_ID_SIZE:]
    seconds = int.from_bytes(signed[:TIME_SIZE], "big")
    well = len(signed) == TIME_SIZE + SIGNATURE_SIZE and seconds <= MAX_TIME
    if not well or not witness.verify(_message(f"{text}\n", seconds), signed[TIME_SIZE:]):
        raise BadSignatureError(witness.name)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):
        raise BadSignatureError(witness.name) from None


def _message(text: str, seconds: int) -> bytes:
    """Return what a witness signs: a header line, the time, the text of the head."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
