# SPDX-License-Identifier: Apache-2.0
"""What a segment file may say of one value: keys and shapes; ``segment_tests.py`` reads them."""

from __future__ import annotations

from pydantic import Field

from privseg.loaders.document import Document, Verbatim


class FixedEntry(Document):
    """From a day or moment until another: the first is in it, the second is not."""

    from_: Verbatim = Field(alias="from", description="2026-01-01, or 2026-01-01T00:00:00Z.")
    to: Verbatim


class AnniversaryEntry(Document):
    """The same day of a later year, from today on: a birthday, a contract's day."""

    within_next: str = Field(description="Within a year: 30d, 4w, 2mo.")


class NumberTests(Document):
    """How a number is compared; several mean that each must hold."""

    at_least: Verbatim | None = None
    at_most: Verbatim | None = None
    between: tuple[Verbatim, ...] | None = Field(
        None, description="[low, high], both included.", min_length=2, max_length=2
    )
    equals: Verbatim | None = None
    over: Verbatim | None = None
    under: Verbatim | None = None


class ValueTests(Document):
    """How a value is compared; several mean that each must hold."""

    equals: Verbatim | None = None
    in_: tuple[Verbatim, ...] | None = Field(None, alias="in")
    between: tuple[Verbatim, ...] | None = Field(
        None, description="[low, high], both included.", min_length=2, max_length=2
    )
    at_least: Verbatim | None = None
    over: Verbatim | None = None
    at_most: Verbatim | None = None
    under: Verbatim | None = None
    starts_with: Verbatim | None = None
    contains: Verbatim | None = Field(
        None, description="A part of a text, or one of the values of a set."
    )
    is_known: bool | None = Field(None, description="Whether there is a value; '' is one.")
    within: str | None = Field(None, description="A date or moment in the last 30d.")
    older_than: str | None = Field(None, description="A date or moment longer ago than 30d.")
    within_next: str | None = Field(None, description="A date or moment in the next 30d.")
    anniversary: AnniversaryEntry | None = Field(None, description="Of a date: {within_next: 30d}.")


Tests = NumberTests | ValueTests
