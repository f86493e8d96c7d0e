# SPDX-License-Identifier: Apache-2.0
"""Data points by which somebody is identified: how many, of what, and how they are compared.

11 CCR § 7062(b)-(c): two that match for a reasonable degree, three and a signed declaration for a
reasonably high one. GDPR Art. 5(1)(c), 12(6): no more than that may be asked for.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from privseg.dsr.identity import IdentityLevel, IdentityNeed
from privseg.errors import InputError, PolicyError

TRIES_PER_CASE = 5  # a guess at three points of a stranger needs far more
TRIES_PER_DAY = 10  # of one person, over all their requests
POINTS = {IdentityNeed.NONE: 0, IdentityNeed.REASONABLE: 2, IdentityNeed.HIGH: 3}


class MalformedPointError(InputError):
    """A line names no data point; nothing was compared."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(
            f"line {line} is no data point: {why}; write lines such as 'email: ...', each of "
            "another kind; nothing was compared"
        )
        self.line = line
        self.why = why


class TooMuchAskedError(PolicyError):
    """More proof is asked of somebody than their law needs; nothing was asked or compared."""

    def __init__(self, number: int, need: IdentityNeed) -> None:
        enough = f"{POINTS[need]} data points are enough" if POINTS[need] else "none is needed"
        super().__init__(
            f"the law asks for less proof in request {number}: {enough}; nobody may ask for more, "
            "and nothing was compared"
        )
        self.number = number
        self.need = need


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that the person says of themselves; personal."""

    kind: str
    value: str = field(repr=False)


def parse_points(lines: Iterable[str]) -> tuple[Point, ...]:
    """Return the data points of ``kind: value`` lines; empty lines are passed over.

    Raises:
        MalformedPointError: a line has no kind or no value, or a kind comes twice.
    """
    found: dict[str, Point] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        kind, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not kind or not value:
            raise MalformedPointError(number, "it is not 'kind: value'")
        if kind in found:
            raise MalformedPointError(number, "its kind stands there already")
        found[kind] = Point(kind, value)
    return tuple(found.values())


def level_of(points: Sequence[Point], need: IdentityNeed, *, declared: bool) -> IdentityLevel:
    """Return the level that ``points`` give if all of them match.

    Raises:
        MalformedPointError: they are fewer than any level has, or the declaration is missing.
    """
    if len(points) < POINTS[need]:
        raise MalformedPointError(len(points) + 1, f"{POINTS[need]} are needed")
    if need is IdentityNeed.HIGH and not declared:
        raise MalformedPointError(len(points) + 1, "a signed declaration is needed as well")
    return IdentityLevel.THREE_POINTS if need is IdentityNeed.HIGH else IdentityLevel.TWO_POINTS


def same(said: str, held: str | None) -> bool:
    """Return whether what is said is what is held; compared in full, whatever it is.

    >>> same("  ada LOVELACE", "Ada  Lovelace"), same("", None), same("x", None)
    (True, False, False)
    """
    equal = hmac.compare_digest(folded(said).encode(), folded(held or "").encode())
    return equal and held is not None


def folded(text: str) -> str:
    """Return a text as it is compared: without case, composed, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
