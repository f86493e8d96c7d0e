# SPDX-License-Identifier: Apache-2.0
"""The question asked of a history: may this person's data be read, for what, when, knowing what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privseg.consent.event import Event
from privseg.terms import Category, Controller, Ordinal, Purpose


@dataclass(frozen=True, slots=True)
class AtPosition:
    """What the ledger held up to and with ``position``: the primary way to say what was known.

    ``as_of`` is the moment at which the ledger was read there. A policy that asks for a fresh
    ledger (``Rules.max_ledger_age``) gets a no without it.
    """

    position: int
    as_of: datetime | None = None

    def knows(self, event: Event) -> bool:
        """Return whether ``event`` stands at or before the position."""
        return event.position <= self.position


@dataclass(frozen=True, slots=True)
class AtTime:
    """What had been recorded at or before ``time``."""

    time: datetime

    @property
    def as_of(self) -> datetime:
        """Return the moment up to which the ledger is known."""
        return self.time

    def knows(self, event: Event) -> bool:
        """Return whether ``event`` was recorded by then; a record time without a zone counts."""
        return event.record_time.tzinfo is None or event.record_time <= self.time


KnownAt = AtPosition | AtTime
"""How far we look: a position in the ledger, or a moment of recording."""


@dataclass(frozen=True, slots=True)
class Question:
    """May ``controller`` use ``category`` of ``subject`` for ``purpose`` at ``at``?

    ``at`` is the moment whose lawfulness is asked; ``known_at`` how far we look in the ledger.
    ``collected_from`` is when the oldest of the data were collected, if known: an opt-out regime
    asks whether a notice was posted then (11 CCR §7013(h)); unknown, it is judged at ``at``.
    """

    subject: Ordinal
    controller: Controller
    purpose: Purpose
    category: Category
    at: datetime
    known_at: KnownAt
    collected_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class PopulationQuestion:
    """A question about everybody: a ``Question`` without its subject."""

    controller: Controller
    purpose: Purpose
    category: Category
    at: datetime
    known_at: KnownAt
    collected_from: datetime | None = None

    def of(self, subject: Ordinal) -> Question:
        """Return the same question about one person."""
        return Question(
            subject=subject,
            controller=self.controller,
            purpose=self.purpose,
            category=self.category,
            at=self.at,
            known_at=self.known_at,
            collected_from=self.collected_from,
        )
