# SPDX-License-Identifier: Apache-2.0
"""What a reading of a document found, and where: an error refuses it, a warning asks for a look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from privseg.terms import Place

MANY = 12  # names that a suggestion lists


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful, at its place.

    >>> print(mistake("unknown key 'puropse'", Place("policies/shop.yaml", 3, 5)))
    policies/shop.yaml:3:5: error: unknown key 'puropse'
    """

    severity: Severity
    message: str
    place: Place

    def __str__(self) -> str:
        """Return the line that compilers print and editors open."""
        return f"{self.place}: {self.severity}: {self.message}"


def mistake(message: str, place: Place) -> Finding:
    """Return a finding that refuses the document."""
    return Finding(Severity.ERROR, message, place)


def doubt(message: str, place: Place) -> Finding:
    """Return a finding that asks for a look."""
    return Finding(Severity.WARNING, message, place)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?``, or what there is to choose from.

    >>> suggestion("puropse", ["purpose", "reads"]), suggestion("zzz", ["purpose", "reads"])
    ("; did you mean 'purpose'?", '; there are: purpose, reads')
    """
    names = sorted(set(known))
    more = ", ..." if len(names) > MANY else ""
    listed = f"; there are: {', '.join(names[:MANY])}{more}" if names else "; there are none"
    return nearest(word, names) or listed


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` where something known is close, else nothing."""
    close = get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
