# SPDX-License-Identifier: Apache-2.0
"""What a person asks for beside a request's kind, in a file (``privseg: request/1``).

Values and statements are personal: they come by a file, never on a command line, and no message
about the file repeats one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from privseg.dsr.asked import Asked, Correction
from privseg.loaders.codes import LANGUAGE
from privseg.loaders.document import Document, Verbatim
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document
from privseg.terms import Category, Purpose

LONGEST_STATEMENT = 20_000  # characters: a long letter


class CorrectionEntry(Document):
    """One value that is to be another."""

    source: str = Field(description="The source that it stands in.")
    attribute: str = Field(description="The attribute, as the catalogue calls it.")
    value: Verbatim | None = Field(None, description="The right value, as a file would have it.")
    remove: bool = Field(False, description="There is no right value: take the wrong one out.")
    row: Verbatim | None = Field(
        None, description="Of events: the event's id. Of identifiers: the wrong one, of several."
    )


class RequestFile(Document):
    """The particulars of one request."""

    privseg: Literal["request/1"]
    language: str | None = Field(None, description="The language of letters and answers: de, en.")
    statement: str | None = Field(None, description="What the person wrote.")
    corrections: tuple[CorrectionEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestDetails:
    """What a file says of a request; personal values stay out of ``repr``."""

    corrections: tuple[Correction, ...] = ()
    language: str | None = None
    statement: str | None = field(default=None, repr=False)

    def asked(
        self, *, purpose: Purpose | None = None, categories: Iterable[Category] = ()
    ) -> Asked:
        """Return all that is asked for, with what stood beside the file."""
        return Asked(
            purpose=purpose,
            categories=frozenset(categories),
            corrections=self.corrections,
            language=self.language,
            statement=self.statement,
        )


def load_request_details(path: Path) -> RequestDetails:
    """Return what a file says of a request.

    Raises:
        DocumentError: it is no such file; every mistake is told at its place, and no value.
    """
    entry = read_document(path, RequestFile, file=path.name)
    mistakes = Mistakes()
    if entry.language is not None and not LANGUAGE.fullmatch(entry.language):
        mistakes.note("a language is written like en or de", entry.place("language"))
    if entry.statement is not None and len(entry.statement) > LONGEST_STATEMENT:
        why = f"longer than {LONGEST_STATEMENT:,} characters; keep the letter itself as a paper"
        mistakes.note(why, entry.place("statement"))
    for number, one in enumerate(entry.corrections):
        if (one.value is None) is not one.remove:
            why = "say either the right value (value:) or that there is none (remove: true)"
            mistakes.note(why, entry.place("corrections", number))
    mistakes.refuse()
    return RequestDetails(
        tuple(map(_correction, entry.corrections)), entry.language, entry.statement
    )


def _correction(entry: CorrectionEntry) -> Correction:
    """Return one correction."""
    return Correction(
        source=entry.source,
        attribute=entry.attribute,
        value=None if entry.value is None else entry.value.text,
        row=None if entry.row is None else entry.row.text,
    )
