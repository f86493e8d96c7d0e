# SPDX-License-Identifier: Apache-2.0
"""The parts of an access answer about segments: where a person is and was, why, how they leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OwnValue:
    """The person's own value of what a condition looked at; ``value`` None where it is missing."""

    of: str
    value: object = field(repr=False)
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ClauseTold:
    """One condition in words, whether it held, and the person's own values that it looked at."""

    condition: str
    held: bool
    own: tuple[OwnValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeTold:
    """One thing that would have to be otherwise: see ``privseg.dsr.changes``."""

    kind: str
    of: str
    to: object = field(default=None, repr=False)
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The person's place in one segment, clause by clause, from the evaluator that decides.

    Any one of ``ways_out`` takes them out, all its changes together. ``allowed_by`` are the
    purpose and the categories that they would only have to refuse. ``explained`` is false where a
    score was fitted to many people, so that nothing of one alone tells it: then ``member`` is what
    the last run found.
    """

    segment: str
    label: str
    meaning: str
    purpose: str | None
    member: bool
    readable: bool
    explained: bool
    clauses: tuple[ClauseTold, ...]
    ways_out: tuple[tuple[ChangeTold, ...], ...] = ()
    allowed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundIn:
    """A stored membership that the person is in: which segment, in which version, found when."""

    segment: str
    version: str
    found_at: datetime
    found_by: str
    meaning: str | None = None  # of that version, in words; None where its text was not kept


@dataclass(frozen=True, slots=True)
class SignificantDecision:
    """A purpose with legal or similarly significant effects (GDPR Art. 22), and a human to ask."""

    purpose: str
    title: str
    segments: tuple[str, ...]  # whose rules are the logic; explained under ``segments``
    member_of: tuple[str, ...]
    human_review: str | None
