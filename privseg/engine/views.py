# SPDX-License-Identifier: Apache-2.0
"""What the engine hands back to the edge: frozen answers with nothing personal but where said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # they know the engine's house, which knows these views
    from privseg.engine.report.protected_counts import CountsCost, ProtectedCount
    from privseg.protect import PrivacyLoss
    from privseg.segment import Size


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import read. It never tells who was new or known, or on a suppression list."""

    source: str
    rows: int
    rejected: int
    rounded: Mapping[str, int]  # column -> rows whose amounts were rounded to the minor unit
    snapshot: int
    quarantine: Path | None = None


@dataclass(frozen=True, slots=True)
class ConsentsImported:
    """What a consent import recorded.

    ``unmapped`` counts what a banner's file said that the mapping gives no meaning: it is nothing.
    ``not_taken`` counts what else was not taken, by why; ``told`` says all of it in sentences.
    """

    rows: int
    recorded: int
    unchanged: int
    unmapped: Mapping[str, int] = field(default_factory=dict)
    not_taken: Mapping[str, int] = field(default_factory=dict)
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeStatus:
    """Whether one category may be used for one purpose, for one person; personal data."""

    purpose: str
    category: str
    allowed: bool
    status: str
    reasons: tuple[str, ...]
    may_ask: bool = False
    ask_from: datetime | None = None  # not before
    ask_why: str = ""  # the reason for either
    evidence: tuple[int, ...] = ()  # ledger positions behind the reasons


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One person's standing and history; personal data.

    ``at`` is the moment judged, ``policy`` the digest of the rules it was judged by, ``in_force``
    whether these are today's. ``linked`` is how many other profiles are, or were, tied to theirs.
    """

    known: bool
    standing: tuple[PurposeStatus, ...]
    history: tuple[Mapping[str, object], ...] = field(repr=False)
    at: datetime
    policy: str
    in_force: bool
    linked: int = 0


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One event that was set aside and waits for an officer; personal data."""

    position: int
    act: str
    event_time: datetime
    record_time: datetime
    purpose: str | None
    resolved: str | None = None


@dataclass(frozen=True, slots=True)
class TaintedRun:
    """A past run that used data of people who, as we know now, had said no by then.

    It stays lawful: nobody knew. ``people`` is exact and for the compliance officer only.
    """

    run_id: str
    at: datetime
    segmenter: str
    purpose: str
    people: int
    reports: tuple[str, ...]
    releases: tuple[int, ...]  # their places in the release register


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice of the policy, with what it pins and says."""

    name: str
    languages: Mapping[str, str]  # language -> SHA-256 of the text
    purposes: tuple[str, ...]
    replaces: tuple[str, ...]
    says: tuple[str, ...]
    lacks: tuple[str, ...]  # what a law of its purposes' jurisdictions asks beside


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One segment in words: its meaning, what it reads, for what, and the SQL it becomes."""

    name: str
    label: str
    colour: str
    note: str
    segmenter: str
    purpose: str
    meaning: tuple[str, ...]
    reads: tuple[str, ...]
    categories: tuple[str, ...]
    version: str
    sql: str
    allowed: bool
    reasons: tuple[str, ...]
    beyond: tuple[str, ...] = ()  # asked about times from which nothing is kept
    explicit: tuple[str, ...] = ()  # the categories that only explicit consent is enough for
    size: Size | None = None  # how deep, large and dear it is, references written out
    scores: tuple[str, ...] = ()  # what each score that it reads is made of
    barred: tuple[str, ...] = ()  # results that no protected number may come from
    every: timedelta | None = None  # how often ``run --due`` runs it


@dataclass(frozen=True, slots=True)
class QuotaView:
    """What a purpose or role may spend of the year's budget, and has spent."""

    name: str
    limit: PrivacyLoss
    spent: PrivacyLoss


@dataclass(frozen=True, slots=True)
class BudgetView:
    """What the people of the workspace may lose, have lost this year, and over all years."""

    rho_per_year: Fraction
    rho_spent: Fraction
    rho_left: Fraction
    delta_per_year: Fraction
    delta_spent: Fraction
    epsilon_year: str
    epsilon_lifetime: str
    conversion_delta: Fraction
    reports: int
    year_began: datetime
    rho_lifetime: Fraction = Fraction(0)
    delta_lifetime: Fraction = Fraction(0)
    quotas: tuple[QuotaView, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of the doctor: what was looked at, whether it is well, what to do if not."""

    name: str
    well: bool
    says: str


@dataclass(frozen=True, slots=True)
class CoverageView:
    """How many people may be read for each purpose and category, give or take; or what it costs.

    ``counts`` is empty for a dry run.
    """

    labels: tuple[str, ...]
    cost: CountsCost
    counts: tuple[ProtectedCount, ...] = ()
    was_known: bool = False
