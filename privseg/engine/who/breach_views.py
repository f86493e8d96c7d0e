# SPDX-License-Identifier: Apache-2.0
"""The facts of a breach: what GDPR Art. 33(3) and 34(2) want told, as far as the log knows it.

What only people can say (likely consequences, measures, whom to ask) is left open and named so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from privseg.audit.wanted import Wanted
from privseg.engine.who.views import Bound, Denied, RunCounted, plain

BREACH_FORMAT = "privseg.breach/1"
TO_THE_AUTHORITY = timedelta(hours=72)  # GDPR Art. 33(1): after having become aware of it
TO_FILL_IN = (
    "contact",  # Art. 33(3)(b): the data protection officer or another contact point
    "likely_consequences",  # Art. 33(3)(c)
    "measures",  # Art. 33(3)(d): taken or proposed, also against adverse effects
    "reasons_for_delay",  # Art. 33(1): when it is told later than 72 hours
)


class Nature(StrEnum):
    """What happened, in the ways that the log can be asked about."""

    ACCOUNT = "account abused"
    LEAK = "result leaked"
    SOURCES = "sources exposed"
    RECIPIENT = "at a recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachAsked:
    """What is known of a breach.

    ``wanted`` chooses runs: of a user in a window, or what made a report, release or segment that
    leaked. ``sources`` are those whose rows lay open, ``recipients`` those that lost what they had
    been handed. ``aware_at`` starts the clock; now if None.
    """

    wanted: Wanted = field(default_factory=Wanted)
    sources: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    aware_at: datetime | None = None

    @property
    def nature(self) -> Nature:
        """Return which kind of breach it is."""
        if self.sources:
            return Nature.SOURCES
        if self.recipients:
            return Nature.RECIPIENT
        chosen = self.wanted
        by_account = chosen.users or chosen.roles or chosen.segmenters
        return Nature.ACCOUNT if by_account else Nature.LEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What else the account did: entries of one kind in the window."""

    kind: str
    verb: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedThen:
    """What a recipient was handed of whom a segment had found."""

    recipient: str
    segment: str
    purpose: str
    at: datetime
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachFacts:
    """The facts sheet. ``people`` is whom it concerns at most, ``certain`` whom surely.

    ``records`` are rows stored now on these people in the tables that were read.
    """

    made_at: datetime
    aware_at: datetime
    authority_by: datetime
    nature: str
    asked: tuple[tuple[str, str], ...]
    first: datetime | None
    last: datetime | None
    people: int
    certain: int
    bound: Bound
    unreachable: int
    records: tuple[tuple[str, int], ...]
    attributes: tuple[str, ...]
    categories: tuple[str, ...]
    special: tuple[str, ...]
    high_risk: str
    runs: tuple[RunCounted, ...]
    unsure: tuple[RunCounted, ...]
    denied: tuple[Denied, ...]
    acts: tuple[Act, ...]
    releases: tuple[str, ...]
    handed: tuple[HandedThen, ...]
    limits: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return it as a JSON-ready document (docs/reference/schemas/breach.schema.json)."""
        found = {name: plain(getattr(self, name)) for name in self.__slots__}
        runs = [r.document() for r in self.runs], [r.document() for r in self.unsure]
        return {
            "privseg": BREACH_FORMAT,
            **found,
            "asked": dict(self.asked),
            "records": dict(self.records),
            "runs": runs[0],
            "unsure": runs[1],
            "to_fill_in": dict.fromkeys(TO_FILL_IN, ""),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """The list of whom to tell: how many are on it, and how many nobody can reach any more."""

    path: Path | None
    people: int
    unreachable: int
