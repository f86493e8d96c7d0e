# SPDX-License-Identifier: Apache-2.0
"""What a decision needs of a policy, and nothing else: the frozen view that ``decide`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from privseg.terms import Category, Controller, Jurisdiction, LawfulBasis, Purpose

MAX_SKEW = timedelta(minutes=5)
"""How far a clock that reports acts may run ahead of ours before its events are quarantined."""


@dataclass(frozen=True, slots=True)
class PurposeTerms:
    """One purpose as a decision sees it.

    ``basis`` names a lawful basis for each jurisdiction; one that it does not name has no rule,
    so the answer there is no. ``notice`` is the "id@version" in force, ``older_notices`` those
    whose grants still stand for this purpose; with no notice in force no grant can hold.
    """

    purpose: Purpose
    basis: Mapping[Jurisdiction, LawfulBasis]
    categories: frozenset[Category]
    notice: str | None = None
    older_notices: frozenset[str] = frozenset()
    consent_lasts: timedelta | None = None
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

    ``special_categories`` need explicit consent (GDPR Art. 9); they and ``sensitive_categories``
    need an opt-in under an opt-out regime. ``opt_out_notice_since`` is when the notice of the
    right to opt out was posted; None, it was not. ``max_ledger_age`` None asks no freshness.
    """

    controller: Controller
    purposes: Mapping[Purpose, PurposeTerms]
    special_categories: frozenset[Category] = frozenset()
    sensitive_categories: frozenset[Category] = frozenset()
    opt_out_notice_since: datetime | None = None
    signals_bind_all: bool = False
    directed_to_children: bool = False
    max_skew: timedelta = MAX_SKEW
    max_ledger_age: timedelta | None = None
