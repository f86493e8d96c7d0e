# SPDX-License-Identifier: Apache-2.0
r"""Signed notes (C2SP signed-note): a text, a blank line, and one line per Ed25519 signature.

::

    text\n
    \n
    — example.com/log base64(key id || signature)\n
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from privseg.errors import IntegrityError
from privseg.tlog.base64 import from_base64, to_base64
from privseg.tlog.signer import Signer, Verifier

ED25519 = b"\x01"  # C2SP signed-note, signature types
KEY_SIZE = 32  # bytes, RFC 8032 5.1.5
KEY_ID_SIZE = 4  # bytes, C2SP signed-note
MAX_NOTE = 1_000_000  # characters; C2SP asks for a limit and for at least 16 signatures
FIELD_PRIME = 2**255 - 19  # RFC 8032 5.1: a key's y is below it, else it is a second spelling.
ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# y of the points of order 4, 1, 2 and 8: anybody can sign for such a key.
SMALL_ORDER = frozenset({0, 1, FIELD_PRIME - 1, ORDER_8, FIELD_PRIME - ORDER_8})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class MalformedNoteError(IntegrityError):
    """A note, key or key name is not spelled as C2SP signed-note says."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a signed note: {why}; fetch it again from its source")
        self.why = why


class BadSignatureError(IntegrityError):
    """A note carries a known key's signature, and the signature is not that key's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the signature of {name!a} does not verify: the note was changed")
        self.name = name


class UnknownSignerError(IntegrityError):
    """No key that we know has signed a note."""

    def __init__(self) -> None:
        super().__init__("no known key signed this note; give the log's verifier key")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 public key: what a ``Verifier`` is made from.

    Raises:
        MalformedNoteError: a name with a space or a plus sign, a key that is not 32 bytes, not the
            one spelling of its point, or of small order.
    """

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse what could not stand in a signature line."""
        if not _NAME.fullmatch(self.name):
            raise MalformedNoteError("a key name is empty, or holds a space or a plus sign")
        if len(self.public_key) != KEY_SIZE:
            raise MalformedNoteError("a public key is not 32 bytes long")
        y = int.from_bytes(self.public_key, "little") & (2**255 - 1)
        if y >= FIELD_PRIME or y in SMALL_ORDER:
            raise MalformedNoteError("a public key is spelled twice or weak: anybody can sign")

    @property
    def key_id(self) -> bytes:
        """Return SHA-256(name || 0x0A || 0x01 || key)[:4]."""
        named = self.name.encode() + b"\n" + ED25519 + self.public_key
        return sha256(named).digest()[:KEY_ID_SIZE]


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes that tell keys of one name apart; no cryptographic strength."""
    return VerifierKey(name, public_key).key_id


def vkey(name: str, public_key: bytes) -> str:
    """Return the key as text, ``name+id+key``, to be handed out of band."""
    key = VerifierKey(name, public_key)
    return f"{name}+{key.key_id.hex()}+{to_base64(ED25519 + public_key)}"


def parse_vkey(text: str) -> VerifierKey:
    """Return the key that ``vkey`` printed.

    Raises:
        MalformedNoteError: another spelling, another algorithm, or an id that is not the key's.
    """
    match = _VKEY.fullmatch(text)
    data = from_base64(match[3]) if match else None
    if not match or not data or data[:1] != ED25519:
        raise MalformedNoteError("this is not a verifier key (name+id+key)")
    key = VerifierKey(match[1], data[1:])
    if key.key_id.hex() != match[2]:
        raise MalformedNoteError("the verifier key's id is not the key's: it was mistyped")
    return key


def sign_note(text: str, signer: Signer, *more: Signer) -> str:
    r"""Return ``text`` with the signers' lines, in order.

    Law: ``open_note(sign_note(text, signer), [its verifier]) == text``.

    Raises:
        MalformedNoteError: the text does not end in a newline or holds a control character.
    """
    _require_text(text)
    lines = (_line(text, each) for each in (signer, *more))
    return "\n".join((text, *lines)) + "\n"


def _line(text: str, signer: Signer) -> str:
    identity = key_id(signer.name, signer.public_key)
    return f"— {signer.name} {to_base64(identity + signer.sign(text.encode()))}"


def signers_of(note: str) -> tuple[tuple[str, bytes], ...]:
    """Return name and key id of every signature line, in order; none is checked.

    Raises:
        MalformedNoteError: it is not spelled as a note.
    """
    return tuple(signer for signer, _ in _split(note)[1])


def open_note(note: str, verifiers: Sequence[Verifier]) -> str:
    """Return the text of ``note`` if a known key signed it.

    Lines of unknown keys are passed over (C2SP: witnesses, rotation); those of known keys must
    verify, every one.

    Raises:
        MalformedNoteError: it is not spelled as a note, or one key signed twice.
        BadSignatureError: a known key's signature does not verify.
        UnknownSignerError: no known key signed it.
    """
    text, signatures = _split(note)
    known = {(each.name, key_id(each.name, each.public_key)): each for each in verifiers}
    found = [(known[name], signature) for name, signature in signatures if name in known]
    if not found:
        raise UnknownSignerError
    for verifier, signature in found:
        if not verifier.verify(text.encode(), signature):
            raise BadSignatureError(verifier.name)
    return text


def _require_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise MalformedNoteError("the text has no last newline, or a control character is in it")


def _split(note: str) -> tuple[str, list[tuple[tuple[str, bytes], bytes]]]:
    """Return the text and its signatures, each as ((name, key id), signature)."""
    if len(note) > MAX_NOTE:
        raise MalformedNoteError("it is too long")
    _require_text(note)
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not tail:
        raise MalformedNoteError("no blank line stands before the signatures")
    signatures = [_signature(line) for line in tail[:-1].split("\n")]
    if len({signer for signer, _ in signatures}) != len(signatures):
        raise MalformedNoteError("one key signed twice")
    return f"{text}\n", signatures


def _signature(line: str) -> tuple[tuple[str, bytes], bytes]:
    match = _SIGNATURE.fullmatch(line)
    data = from_base64(match[2]) if match else None
    if not match or not data or len(data) <= KEY_ID_SIZE:
        raise MalformedNoteError("a signature line is not '— name base64'")
    return (match[1], data[:KEY_ID_SIZE]), data[KEY_ID_SIZE:]
