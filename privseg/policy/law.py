# SPDX-License-Identifier: Apache-2.0
"""What the law of a jurisdiction asks of consent: dated data from a law pack, never code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from privseg.terms import Jurisdiction, LawfulBasis, Place


class Certainty(StrEnum):
    """How sure we are of a rule. Nothing here is legal advice."""

    CHECKED = "checked"  # read in the text of the law, or in two independent sources
    TO_BE_CONFIRMED = "to be confirmed by counsel"


class Regime(StrEnum):
    """What silence means where a purpose rests on nobody's duty or contract."""

    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


class Content(StrEnum):
    """What a notice can tell people, in the words of ``Notice.says`` and of law packs.

    The last four are asked for only where they apply: consent, legitimate interest, a significant
    decision, data that the law calls sensitive.
    """

    CONTROLLER = "controller"  # who decides, and how to reach them
    PURPOSES = "purposes"
    LEGAL_BASIS = "legal_basis"
    CATEGORIES = "categories"  # which kinds of data
    RECIPIENTS = "recipients"
    TRANSFERS = "transfers"  # to which other countries
    RETENTION = "retention"
    MEANS = "means"  # how data are collected, and how to switch profiling and location on
    RIGHTS = "rights"
    COMPLAINT = "complaint"  # to which authority
    SALE_OR_SHARING = "sale_or_sharing"  # whether data are sold or shared
    OPT_OUT = "opt_out"  # how to opt out
    WITHDRAWAL = "withdrawal"  # that and how consent is withdrawn
    LEGITIMATE_INTERESTS = "legitimate_interests"  # which ones
    AUTOMATED_DECISIONS = "automated_decisions"  # that there are, their logic and consequences
    RIGHT_TO_LIMIT = "right_to_limit"  # the use of sensitive data


class Trigger(StrEnum):
    """What makes a law ask for an impact assessment of a purpose."""

    ALWAYS = "always"
    SIGNIFICANT = "significant"
    PROTECTED = "protected"  # data of a nature that the law protects
    ADVERTISING = "advertising"


@dataclass(frozen=True, slots=True)
class Provision:
    """Where a rule of a pack comes from: article, the day it was checked, how sure we are."""

    rule: str
    article: str
    checked: date
    certainty: Certainty
    place: Place


@dataclass(frozen=True, slots=True)
class Law:
    """The rules of one pack for one jurisdiction; ages in years, times in days of 24 hours.

    ``explicit`` and ``sensitive`` are *natures* of data (``Column.nature``): the first need
    explicit consent, the second an opt-in. See ``consent.LawTerms`` for the rest.
    ``human_review`` asks that a significant decision can be brought before a human. ``requests`` is
    the digest of what a pack of one's own asks of people's requests (``dsr.law``).
    """

    pack: str  # "gdpr@2026-11"
    jurisdiction: Jurisdiction
    bases: frozenset[LawfulBasis]
    guardian_below: int
    opt_in_below: int
    explicit: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()
    idle_days: int | None = None
    ask_again_days: int | None = None
    significant_bases: frozenset[LawfulBasis] = frozenset()  # what an Art. 22 decision may rest on
    human_review: bool = False
    notice_says: frozenset[str] = frozenset()  # what a notice must contain
    dpia: frozenset[str] = frozenset()  # what asks for an impact assessment
    requests: str = ""
    provisions: tuple[Provision, ...] = field(default=(), repr=False)

    def article(self, rule: str) -> str:
        """Return where ``rule`` comes from, for people: ``gdpr@2026-11, Art. 8(1)``."""
        found = (f"{self.pack}, {p.article}" for p in self.provisions if p.rule == rule)
        return next(found, self.pack)
