# SPDX-License-Identifier: Apache-2.0
"""What one candidate jurisdiction asks of a case: its law, and the basis the policy rests on."""

from __future__ import annotations

from dataclasses import dataclass

from privseg.consent.decision import ReasonCode
from privseg.consent.event import Act
from privseg.consent.rules import LawTerms
from privseg.consent.scope import GRANTING, Case
from privseg.terms import Jurisdiction, LawfulBasis

CONSENT, OPT_OUT = LawfulBasis.CONSENT, LawfulBasis.OPT_OUT  # bound once: Enum look-ups are slow
ASKING = frozenset({CONSENT, OPT_OUT})
"""Bases under which people are asked; on any other age plays no part."""


@dataclass(frozen=True, slots=True)
class Regime:
    """A basis and a law, and what they make of the category.

    ``is_sensitive``: where people must opt out, the category needs an opt-in (law 9).
    ``needs_explicit``: a grant must be explicit, for a special category (law 12, GDPR Art. 9), or
    for a decision under Art. 22 that rests on consent.
    """

    basis: LawfulBasis
    law: LawTerms
    is_sensitive: bool
    needs_explicit: bool

    @property
    def granting(self) -> frozenset[Act]:
        """Return the acts that grant: an opt-in does only where people must opt out (law 8)."""
        return GRANTING if self.basis is OPT_OUT else _ONLY_GRANTS


def regime(case: Case, jurisdiction: Jurisdiction) -> Regime | ReasonCode:
    """Return what a jurisdiction asks of the case, or why it has nothing lawful to rest on.

    No other basis is ever tried (law 10). A special category rests on people's own yes or not at
    all, but for legal claims (GDPR Art. 9(2)(f)).
    """
    law, basis = case.rules.laws.get(jurisdiction), case.terms.basis.get(jurisdiction)
    if law is None:
        return ReasonCode.NO_LAW_PACK
    if basis is None:
        return ReasonCode.NO_RULE_FOR_JURISDICTION
    if basis not in law.bases:
        return ReasonCode.BASIS_NOT_LAWFUL
    is_special = case.category in case.rules.special_categories or case.category in law.explicit
    if is_special and basis not in ASKING and not case.terms.legal_claims:
        return ReasonCode.NO_EXPLICIT_CONSENT
    return Regime(
        basis=basis,
        law=law,
        is_sensitive=is_special
        or case.category in case.rules.sensitive_categories
        or case.category in law.sensitive,
        needs_explicit=is_special or (case.terms.significant and basis is CONSENT),
    )


_ONLY_GRANTS = frozenset({Act.GRANT})
