# SPDX-License-Identifier: Apache-2.0
"""What a decision needs of a policy, and nothing else: the frozen view that ``decide`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from privseg.terms import Category, Controller, Jurisdiction, LawfulBasis, Purpose

MAX_SKEW = timedelta(minutes=5)
"""How far a clock that reports acts may run ahead of ours before its events are quarantined."""


STRICTEST_AGE = 16
"""GDPR Art. 8(1): the age of consent where a member state has not lowered it."""


@dataclass(frozen=True, slots=True)
class LawTerms:
    """What the law of one jurisdiction asks, as a decision sees it; ages in years.

    ``bases`` are those that the law knows; resting on another is a no. Below ``guardian_below``
    only a guardian's grant counts, and only until then. Below ``opt_in_below`` silence is not
    enough where people must opt out (Cal. Civ. Code §1798.120(c)). ``explicit`` and ``sensitive``
    are the categories that hold what this law protects (see ``Rules``). ``idle`` is how long a
    consent lasts without activity (4 CCR 904-3, Rule 7.08), ``ask_again_after`` how long a no is to
    be left in peace (Cal. Civ. Code §1798.135(c)(4)).
    """

    bases: frozenset[LawfulBasis] = frozenset(LawfulBasis)
    guardian_below: int = STRICTEST_AGE
    opt_in_below: int = STRICTEST_AGE
    explicit: frozenset[Category] = frozenset()
    sensitive: frozenset[Category] = frozenset()
    idle: timedelta | None = None
    ask_again_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PurposeTerms:
    """One purpose as a decision sees it.

    ``basis`` names a lawful basis for each jurisdiction; one that it does not name has no rule,
    so the answer there is no. ``notice`` is the "id@version" in force, ``older_notices`` those
    whose grants still stand for this purpose; with no notice in force no grant can hold.
    ``notice_texts`` are the SHA-256 (hex) of the texts of the notice in force, one a language: a
    grant under it must name one of them. Empty: the policy pins no text, and none may be named.
    A ``significant`` purpose (GDPR Art. 22) needs explicit consent where it rests on consent.
    """

    purpose: Purpose
    basis: Mapping[Jurisdiction, LawfulBasis]
    categories: frozenset[Category]
    notice: str | None = None
    older_notices: frozenset[str] = frozenset()
    notice_texts: frozenset[str] = frozenset()
    consent_lasts: timedelta | None = None
    idle: timedelta | None = None  # likewise without activity
    ask_again_after: timedelta | None = None
    significant: bool = False
    direct_marketing: bool = False  # an objection is absolute (GDPR Art. 21(3))
    advertising: bool = False  # sale, sharing or targeted advertising: opt-out signals bind
    storage: bool = False  # goes on under restriction and hold (GDPR Art. 18(2))
    legal_claims: bool = False  # likewise

    @property
    def is_immune(self) -> bool:
        """Return whether restriction and hold leave it alone."""
        return self.storage or self.legal_claims

    def accepts(self, notice: str | None) -> bool:
        """Return whether a grant under ``notice`` still stands for this purpose (law 6)."""
        in_force = self.notice is not None and notice is not None
        return in_force and (notice == self.notice or notice in self.older_notices)


@dataclass(frozen=True, slots=True)
class Rules:
    """One controller's rules for decisions.

    ``laws`` are by jurisdiction; one that it does not name has no law pack, so the answer there
    is no. ``special_categories`` need explicit consent (GDPR Art. 9); they and
    ``sensitive_categories`` need an opt-in under an opt-out regime. ``opt_out_notice_since`` is
    when the notice of the right to opt out was posted; None, it was not. ``max_ledger_age`` None
    asks no freshness.
    """

    controller: Controller
    purposes: Mapping[Purpose, PurposeTerms]
    laws: Mapping[Jurisdiction, LawTerms]
    special_categories: frozenset[Category] = frozenset()
    sensitive_categories: frozenset[Category] = frozenset()
    opt_out_notice_since: datetime | None = None
    signals_bind_all: bool = False
    directed_to_children: bool = False
    max_skew: timedelta = MAX_SKEW
    max_ledger_age: timedelta | None = None
