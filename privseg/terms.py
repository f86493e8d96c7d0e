# SPDX-License-Identifier: Apache-2.0
"""The field's words as types: people, purposes, attributes, money and moments.

Every room speaks in these. Values are frozen and checked when they are made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NewType

Ordinal = NewType("Ordinal", int)
"""A person inside a workspace: dense, never reused, meaningless outside (0 .. 2**32 - 1)."""

Controller = NewType("Controller", str)
"""Who decides why and how data are processed (GDPR Art. 4(7)); one per workspace."""

Purpose = NewType("Purpose", str)
"""A reason for processing, in a tree by dots: ``marketing.email`` lies below ``marketing``."""

Category = NewType("Category", str)
"""A kind of personal data that people consent to as one: ``purchases``, ``location``."""

Attribute = NewType("Attribute", str)
"""What a segment may read: ``country`` (a person's), ``purchase`` (that an event happened),
``purchase.amount`` (an event's property)."""

Jurisdiction = NewType("Jurisdiction", str)
"""ISO 3166-1 or -2 code whose law applies: ``DE``, ``GB``, ``US-CA``."""


class LawfulBasis(StrEnum):
    """Why a purpose may be pursued (GDPR Art. 6(1)), and the opt-out regimes beside it."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"
    OPT_OUT = "opt_out"


class StaffRole(StrEnum):
    """What somebody who uses the engine is there for; author is not approver."""

    MARKETER = "marketer"
    ANALYST = "analyst"
    ENGINEER = "engineer"
    COMPLIANCE_OFFICER = "compliance_officer"
    COUNSEL = "counsel"  # places legal holds and lifts them, nothing else
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a file a person wrote; lines and columns count from 1.

    >>> str(Place("policies/shop.yaml", 12, 5))
    'policies/shop.yaml:12:5'
    """

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        """Return ``file:line:column``, which editors open."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class SubjectId:
    """A direct identifier as somebody gave it, with its kind; never shown by ``repr``.

    >>> SubjectId("email", "ada@example.com")
    SubjectId(kind='email')
    """

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer and the rules that produced it. A rule that errors denies."""

    allowed: bool
    reasons: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """INVARIANT: an allow carries no error."""
        if self.allowed and self.errors:
            raise ValueError("a decision with errors is a no")


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency with its number of minor-unit digits (EUR 2, JPY 0, KWD 3)."""

    code: str
    exponent: int = 2

    def __post_init__(self) -> None:
        """Refuse what is not three capital letters, or an exponent outside 0..4."""
        if not re.fullmatch(r"[A-Z]{3}", self.code) or self.exponent not in range(5):
            raise ValueError("not a currency")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units of one currency.

    >>> Money(20_000, Currency("EUR"))
    Money(minor=20000, currency=Currency(code='EUR', exponent=2))
    """

    minor: int
    currency: Currency


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC of an aware moment.

    >>> to_micros(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000

    Raises:
        ValueError: ``moment`` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC moment ``micros`` microseconds after 1970-01-01.

    >>> from_micros(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return EPOCH + micros * MICROSECOND


def covers(parent: Purpose, child: Purpose) -> bool:
    """Return whether ``parent`` is ``child`` or stands above it, on dot boundaries.

    >>> covers(Purpose("user"), Purpose("user_data")), covers(Purpose("user"), Purpose("user.a"))
    (False, True)
    """
    return child == parent or child.startswith(f"{parent}.")
