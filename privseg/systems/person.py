# SPDX-License-Identifier: Apache-2.0
"""Whether a value in somebody else's table is an identifier of the person who is looked for.

A value counts as theirs where it is spelt as theirs was given, or where both have the same
canonical form of their kind: the form that the vault finds people by. What has no canonical form
(a phone number without its country) is found as it was given alone.

Numbers are compared as numbers: 17, 17.0 and 17.00 are one. A floating-point number tells people
apart where it is whole and has no more bits than its type holds (IEEE 754-2019, section 3.6); where
another one may be the person's, nobody knows whose row it is, and the table is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from uuid import UUID

from privseg.pseudonym import IdentifierError, canonical_form
from privseg.terms import SubjectId

EXACT, HALF, SINGLE, DOUBLE = 0, 11, 24, 53
"""How many bits of a number a type holds; EXACT holds every digit."""

UNCLEAR = (
    "its column of persons is of floating-point numbers, which cannot tell these people apart, and "
    "a row may be the person's or another's; change its type to whole numbers or text"
)
_NUMERAL = re.compile(r"(?:0|-?[1-9][0-9]{0,63})(?:\.[0-9]{1,64})?")
_DIGITS = 200  # more than any sum of two numerals has


class UnclearNumberError(ValueError):
    """A number may be the person's or another's; systems raise their own refusal instead."""


@dataclass(frozen=True, slots=True)
class Match:
    """Every spelling of one person's identifiers of one kind; nothing of it is ever shown."""

    kind: str
    given: frozenset[str] = field(repr=False)
    forms: frozenset[bytes] = field(repr=False)
    roughs: frozenset[str] = field(repr=False)
    numbers: frozenset[Decimal] = field(default=frozenset(), repr=False)
    refused: Callable[[], Exception] = field(default=UnclearNumberError, repr=False)

    def __call__(self, value: object, bits: int = DOUBLE) -> bool:
        """Return whether ``value`` is an identifier of the person; ``bits`` are those of a float.

        Raises:
            Exception: that of ``refused``, where nobody can know.
        """
        if isinstance(value, float):
            return self.number(Decimal(value), bits)
        if isinstance(value, Decimal):
            return self.number(value, EXACT)
        text = value if type(value) is str else text_of(value)
        return text is not None and self._is_spelt(text)

    def told(self, text: str, bits: int | None) -> bool:
        """Return whether what a database tells as text is the person's; None for no number."""
        return self._is_spelt(text) if bits is None else self.number(Decimal(text), bits)

    def number(self, value: Decimal, bits: int) -> bool:
        """Return whether a number of a type of so many bits is the person's.

        Raises:
            Exception: that of ``refused``, where nobody can know.
        """
        if not value.is_finite():
            return False
        if bits == EXACT or (abs(value) < 2**bits and value == int(value)):
            return value in self.numbers
        if any(low <= value <= high for low, high in self.windows(bits)):
            raise self.refused()
        return False

    def windows(self, bits: int) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield from where to where numbers of so many bits may be one of the person's."""
        with localcontext(prec=_DIGITS):
            reaches = [
                (n, abs(n) * 4 / 2**bits if bits != EXACT else Decimal()) for n in self.numbers
            ]
            found = [(n - reach, n + reach) for n, reach in reaches]
        yield from sorted(found)

    def _is_spelt(self, text: str) -> bool:
        if text in self.given:
            return True
        is_plain = text.isascii() and text.isprintable()
        if is_plain and rough(self.kind, text) not in self.roughs:
            return False  # nearly every value: many times faster than a canonical form
        return _form(self.kind, text) in self.forms

    @property
    def probes(self) -> list[str]:
        """Return what a database compares its own rough spelling with (``rough``)."""
        return sorted(self.roughs)


Wanted = Mapping[str, Match]
"""Whom to look for, by kind of identifier."""


def wanted(ids: Sequence[SubjectId]) -> Wanted:
    """Return the spellings of a person's identifiers, by kind.

    >>> wanted([SubjectId("email", "Ada@Example.com")])["email"](" ada@example.COM ")
    True
    """
    kinds = {each.kind for each in ids}
    return {kind: _match(kind, [each.value for each in ids if each.kind == kind]) for kind in kinds}


def text_of(value: object) -> str | None:
    """Return a stored value as the text that an identifier is compared as; None for no identifier.

    >>> text_of(17), text_of(b"17"), text_of(True), text_of(None)
    ('17', '17', None, None)
    """
    match value:
        case bool():
            return None
        case str():
            return value
        case int() | UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return _decoded(bytes(value))
    return None


def rough(kind: str, text: str) -> str:
    """Return a rough spelling that a database can make, too (``ROUGH``), of plain text.

    Two texts of printable ASCII with the same canonical form have the same rough spelling. So what
    differs there, and is printable ASCII, is another's; everything else is looked at here.
    """
    if kind == "phone":
        return "".join(c for c in text if c in "0123456789")
    plain = text.strip(" ")
    return plain.lower() if kind == "email" else plain


def _match(kind: str, values: list[str]) -> Match:
    given = frozenset(value for value in values if value.strip())
    forms = frozenset(_form(kind, value) for value in values) - {b""}
    roughs = frozenset(rough(kind, text) for text in (*given, *(f.decode() for f in forms)))
    spelt = given | {form.decode() for form in forms}
    numbers = frozenset(Decimal(text) for text in spelt if _NUMERAL.fullmatch(text))
    return Match(kind, given, forms, roughs, numbers)


def _form(kind: str, text: str) -> bytes:
    """Return a canonical form, or nothing where there is none."""
    try:
        return canonical_form(SubjectId(kind, text))
    except IdentifierError:
        return b""


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
