# SPDX-License-Identifier: Apache-2.0
"""What exactly a person asks for, beside its kind. Personal: it is sealed in the case file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privseg.terms import Category, Jurisdiction, Purpose, SubjectId


@dataclass(frozen=True, slots=True)
class Correction:
    """One value that is to be another: in a source, of an attribute (in one row, for events).

    ``value`` is text as a file would have it; None takes the value out.
    """

    source: str
    attribute: str
    value: str | None = field(repr=False)
    row: str | None = field(default=None, repr=False)  # the event's id, where it is one of many


@dataclass(frozen=True, slots=True)
class Asked:
    """The particulars of a request.

    ``purpose`` None is every purpose that the kind concerns, ``categories`` empty every category.
    ``place`` is where the person says they live; it decides what is asked of somebody who is not
    identified, so that no letter tells whether they are known here. ``language`` is the one that
    letters and answers are in (BCP 47); None is the workspace's. ``statement`` is what the person
    wrote. ``identifier`` is there only where somebody is to be erased whom nobody here knows: they
    are searched for by it, and nothing else could name them.
    """

    purpose: Purpose | None = None
    categories: frozenset[Category] = frozenset()
    corrections: tuple[Correction, ...] = ()
    language: str | None = None
    place: Jurisdiction | None = None
    statement: str | None = field(default=None, repr=False)
    identifier: SubjectId | None = field(default=None, repr=False)

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "purpose": self.purpose,
            "categories": sorted(self.categories),
            "corrections": [
                {"source": c.source, "attribute": c.attribute, "value": c.value, "row": c.row}
                for c in self.corrections
            ],
            "language": self.language,
            "place": self.place,
            "statement": self.statement,
            "identifier": self.identifier and [self.identifier.kind, self.identifier.value],
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Asked:
        """Return what a document says.

        Raises:
            KeyError, TypeError: it is not one of ours.
        """
        purpose, place = document["purpose"], document["place"]
        identifier = document["identifier"]
        return cls(
            purpose=None if purpose is None else Purpose(purpose),
            categories=frozenset(map(Category, document["categories"])),
            corrections=tuple(Correction(**c) for c in document["corrections"]),
            language=document["language"],
            place=None if place is None else Jurisdiction(place),
            statement=document["statement"],
            identifier=None if identifier is None else SubjectId(*identifier),
        )
