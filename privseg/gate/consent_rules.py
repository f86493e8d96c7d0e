# SPDX-License-Identifier: Apache-2.0
"""The part of a policy that a consent decision needs, as the consent room's ``Rules``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from privseg.consent import PurposeTerms, Rules
from privseg.policy import ColumnRole, Notice, Policy, PurposeKind, PurposeRule
from privseg.terms import Category


def consent_rules(policy: Policy) -> Rules:
    """Return ``policy`` as decisions see it; what it leaves out stays out, and denies."""
    return Rules(
        controller=policy.controller,
        purposes={p: _terms(rule, policy) for p, rule in policy.purposes.items()},
        special_categories=_categories(policy, special=True),
        sensitive_categories=_categories(policy, special=False),
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
    lasts = rule.consent_lasts_days
    return PurposeTerms(
        purpose=rule.purpose,
        basis=rule.basis,
        categories=rule.categories,
        notice=notice_name(listed) if listed else None,
        older_notices=frozenset(f"{listed.notice_id}@{v}" for v in listed.replaces)
        if listed
        else frozenset(),
        consent_lasts=timedelta(days=lasts) if lasts is not None else None,
        direct_marketing=rule.kind is PurposeKind.MARKETING,
        advertising=rule.kind is PurposeKind.ADVERTISING,
        storage=rule.kind is PurposeKind.STORAGE,
        legal_claims=rule.kind is PurposeKind.LEGAL_CLAIMS,
    )


def _categories(policy: Policy, *, special: bool) -> frozenset[Category]:
    """Return the categories that hold a special attribute, or a sensitive one.

    A category is as sensitive as the most sensitive thing in it.
    """
    return frozenset(
        r.category
        for r in policy.catalogue.readables.values()
        if (
            r.special if special else r.column is not None and r.column.role is ColumnRole.SENSITIVE
        )
    )
