# SPDX-License-Identifier: Apache-2.0
"""The one spelling of an identifier, per kind, so that the same person is found again.

Forms are versioned: a rule that changes gets a new number and old look-up keys stay findable.

==================  =======  =====================================================================
kind                version  rule
==================  =======  =====================================================================
``email``           1        NFC, trimmed, the *whole* address in lower case. RFC 5321 §2.4 lets
                             a host tell ``Ada@`` from ``ada@``; no large one does, and people
                             write both. Dots and ``+tags`` are kept: hosts differ on them.
``phone``           1        E.164: ``+`` and 7 to 15 digits, not starting with 0; spaces, dots,
                             hyphens, slashes and brackets are dropped, digits of any script
                             folded. A national number has no country and is refused, as is
                             ``(0)``, which nobody can read for certain.
any other           1        NFC, trimmed; case is kept.
==================  =======  =====================================================================
"""

from __future__ import annotations

import re
import unicodedata
from typing import Self

from privseg.errors import InputError
from privseg.terms import SubjectId

DESCRIPTIVE_KINDS = frozenset({"name", "given_name", "family_name", "address", "contact"})
"""Kinds that say who somebody is but that two people may share: kept sealed, never looked up by."""

FORM_VERSIONS = {"email": 1, "phone": 1}  # every other kind: 1
MAX_LENGTH = 320  # characters; RFC 3696 erratum 1690: 64 + 1 + 255 for an address

_PLAIN_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+")
_PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_SEPARATORS = re.compile("[\\s.()/\u00a0\u2010-\u2013-]")  # hyphens and dashes, last a plain one
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164 §6.2.1: at most 15 digits


class IdentifierError(InputError):
    """An identifier has no canonical form. It says which kind and row, never the value."""

    def __init__(self, kind: str, why: str, *, row: int | None = None) -> None:
        place = "" if row is None else f" in row {row}"
        super().__init__(
            f"this {kind}{place} is not usable as an identifier: {why}; correct it at its source"
        )
        self.kind = kind
        self.why = why
        self.row = row

    def at_row(self, row: int) -> Self:
        """Return the same refusal with the number of the row it is about (from 1)."""
        return type(self)(self.kind, self.why, row=row)


def identifies(kind: str) -> bool:
    """Return whether an identifier of this kind belongs to one person only.

    >>> identifies("email"), identifies("name")
    (True, False)
    """
    return kind not in DESCRIPTIVE_KINDS


def form_version(kind: str) -> int:
    """Return the version of the rule that ``canonical_form`` follows for ``kind``."""
    return FORM_VERSIONS.get(kind, 1)


def canonical_form(subject: SubjectId) -> bytes:
    """Return the one spelling of an identifier, as UTF-8.

    >>> canonical_form(SubjectId("email", " Ada@Example.COM "))
    b'ada@example.com'
    >>> canonical_form(SubjectId("phone", "+49 (30) 901820"))
    b'+4930901820'

    Raises:
        IdentifierError: it is empty, too long, has control or invisible characters, or is not of
            its kind. (A name may have them: Persian is written with them.)
    """
    match subject.kind:
        case "email":
            return _email(subject.value)
        case "phone":
            return _phone(subject.value)
        case kind:
            return _text(kind, subject.value).encode()


def _email(value: str) -> bytes:
    """Return an address: something, one ``@``, something, no space."""
    text = _text("email", value)
    if not _PLAIN_EMAIL.fullmatch(text):
        local, at, host = text.partition("@")
        if not (local and at and host) or "@" in host or any(c.isspace() for c in text):
            raise IdentifierError("email", "it is not one name, one @ and one host")
    # Lower case can leave NFC (İ becomes i and a dot above), so it is composed once more.
    return unicodedata.normalize("NFC", text.lower()).encode()


def _phone(value: str) -> bytes:
    """Return an E.164 number."""
    text = "".join(_ascii_digit(c) for c in _text("phone", value))
    if _TRUNK_ZERO.search(text):
        raise IdentifierError("phone", "(0) leaves open whether the zero is dialled")
    number = _SEPARATORS.sub("", text)
    if not _E164.fullmatch(number):
        raise IdentifierError("phone", "it is not + and 7 to 15 digits with the country code")
    return number.encode()


def _text(kind: str, value: str) -> str:
    """Return ``value`` in NFC without surrounding space.

    Raises:
        IdentifierError: nothing is left, too much is, or it holds what no identifier has.
    """
    if len(value) <= MAX_LENGTH and _PLAIN.fullmatch(value):
        return value
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        raise IdentifierError(kind, "it is empty")
    if len(text) > MAX_LENGTH:
        raise IdentifierError(kind, f"it is longer than {MAX_LENGTH} characters")
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in text):
        raise IdentifierError(kind, "it holds a control character or half of a character")
    if identifies(kind) and any(unicodedata.category(c) == "Cf" for c in text):
        raise IdentifierError(kind, "it holds a character that cannot be seen")
    return text


def _ascii_digit(character: str) -> str:
    """Return a decimal digit of any script as ASCII, anything else as it is."""
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
