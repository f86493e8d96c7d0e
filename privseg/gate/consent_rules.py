# SPDX-License-Identifier: Apache-2.0
"""The part of a policy that a consent decision needs, as the consent room's ``Rules``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from privseg.consent import LawTerms, PurposeTerms, Rules
from privseg.policy import Catalogue, ColumnRole, Notice, Policy, PurposeKind, PurposeRule
from privseg.policy.law import Law
from privseg.terms import Category


def consent_rules(policy: Policy) -> Rules:
    """Return ``policy`` as decisions see it; what it leaves out stays out, and denies."""
    natures = policy.catalogue.natures()
    return Rules(
        controller=policy.controller,
        purposes={p: _terms(rule, policy) for p, rule in policy.purposes.items()},
        laws={j: _law(law, natures) for j, law in policy.laws.items()},
        special_categories=policy.catalogue.special_categories(),
        sensitive_categories=_sensitive(policy.catalogue),
        opt_out_notice_since=policy.opt_out_notice_since,
        directed_to_children=policy.directed_to_children,
    )


def collected_from(policy: Policy) -> datetime:
    """Return when the oldest data may have been collected; unsaid, before any notice (law 9)."""
    return policy.data_collected_since or datetime.min.replace(tzinfo=UTC)


def notice_name(notice: Notice) -> str:
    """Return the notice in force as events name it: ``id@version``."""
    return f"{notice.notice_id}@{notice.version}"


def _terms(rule: PurposeRule, policy: Policy) -> PurposeTerms:
    """Return one purpose; a notice that does not list it is none for it."""
    notice = policy.notices.get(rule.notice) if rule.notice else None
    listed = notice if notice is not None and rule.purpose in notice.purposes else None
    return PurposeTerms(
        purpose=rule.purpose,
        basis=rule.basis,
        categories=rule.categories,
        notice=notice_name(listed) if listed else None,
        older_notices=frozenset(f"{listed.notice_id}@{v}" for v in listed.replaces)
        if listed
        else frozenset(),
        notice_texts=_texts(listed),
        consent_lasts=_span(rule.consent_lasts_days),
        idle=_span(rule.consent_idle_days),
        ask_again_after=_span(rule.ask_again_days),
        significant=rule.significant,
        direct_marketing=rule.kind is PurposeKind.MARKETING,
        advertising=rule.kind is PurposeKind.ADVERTISING,
        storage=rule.kind is PurposeKind.STORAGE,
        legal_claims=rule.kind is PurposeKind.LEGAL_CLAIMS,
    )


def _texts(notice: Notice | None) -> frozenset[str]:
    """Return the SHA-256 (hex) of every text of the notice in force, in whatever language."""
    if notice is None:
        return frozenset()
    return frozenset({notice.sha256, *notice.texts.values()} - {""})


def _law(law: Law, natures: Mapping[str, frozenset[Category]]) -> LawTerms:
    """Return one jurisdiction's law: the natures it protects as the categories that hold them."""
    return LawTerms(
        bases=law.bases,
        guardian_below=law.guardian_below,
        opt_in_below=law.opt_in_below,
        explicit=_holding(law.explicit, natures),
        sensitive=_holding(law.sensitive, natures),
        idle=_span(law.idle_days),
        ask_again_after=_span(law.ask_again_days),
    )


def _holding(
    protected: frozenset[str], natures: Mapping[str, frozenset[Category]]
) -> frozenset[Category]:
    """Return the categories that hold something of a protected nature."""
    return frozenset(c for nature in protected for c in natures.get(nature, ()))


def _span(days: int | None) -> timedelta | None:
    """Return days of 24 hours as a time."""
    return None if days is None else timedelta(days=days)


def _sensitive(catalogue: Catalogue) -> frozenset[Category]:
    """Return the categories that hold a column whose role is sensitive.

    A category is as sensitive as the most sensitive thing in it.
    """
    return frozenset(
        r.category
        for r in catalogue.readables.values()
        if r.column is not None and r.column.role is ColumnRole.SENSITIVE
    )
