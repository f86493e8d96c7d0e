# SPDX-License-Identifier: Apache-2.0
"""What an event speaks about and from when: purpose tree, categories, both clocks (laws 2, 4-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privseg.consent.event import Act, Authority, Event, Method
from privseg.consent.rules import PurposeTerms, Rules
from privseg.terms import Category, LawfulBasis, Purpose, covers

ENDING = frozenset({Act.REFUSE, Act.WITHDRAW})
"""End every grant made until then; only a newer grant leads back to a yes."""

SUSPENDING = frozenset({Act.OBJECT, Act.RESTRICT, Act.OPT_OUT, Act.SIGNAL, Act.LIMIT})
"""Deny while they stand; what lifts each is in ``standing``."""

RESTRICTIVE = ENDING | SUSPENDING
WITHOUT_EFFECT = frozenset({Act.ACTIVITY, Act.USE, Act.HAPPENED})
ATTESTING = frozenset({Act.ATTEST_AGE, Act.ATTEST_JURISDICTION})
LINKING = frozenset({Act.MERGE, Act.UNMERGE})


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: one purpose and category at one moment, under one controller's rules."""

    rules: Rules
    terms: PurposeTerms
    category: Category
    at: datetime

    @property
    def purpose(self) -> Purpose:
        """Return the purpose asked about."""
        return self.terms.purpose

    @property
    def is_special(self) -> bool:
        """Return whether the category needs explicit consent (law 12, GDPR Art. 9)."""
        return self.category in self.rules.special_categories

    @property
    def is_sensitive(self) -> bool:
        """Return whether an opt-out regime needs an opt-in for the category (law 9)."""
        return self.is_special or self.category in self.rules.sensitive_categories


def bites_from(event: Event) -> datetime:
    """Return from when a restrictive act counts: when the person acted (law 4).

    It counts from its record when the person's clock ran ahead of ours.
    """
    return min(event.event_time, event.record_time)


def serves_from(event: Event) -> datetime:
    """Return from when a permissive act counts: evidence never backdates it (law 5)."""
    return max(event.event_time, event.record_time)


def is_quarantined(event: Event, rules: Rules) -> bool:
    """Return whether ``event`` was set aside, or says it happened too far in the future (law 2)."""
    return event.quarantined or event.event_time - event.record_time > rules.max_skew


def is_about(event: Event, case: Case) -> bool:
    """Return whether ``event`` reaches the case: on its purpose or above, on its category (law 7).

    No purpose is every purpose, no category every category.
    """
    return (event.purpose is None or covers(event.purpose, case.purpose)) and (
        not event.categories or case.category in event.categories
    )


def binds(event: Event, case: Case) -> bool:
    """Return whether a restrictive act, a hold or an erasure bears on the case.

    A signal binds sale, sharing and targeted advertising (11 CCR §7025); restriction and hold
    leave storage and legal claims alone (GDPR Art. 18(2)).
    """
    if event.act is Act.SIGNAL and not (case.terms.advertising or case.rules.signals_bind_all):
        return False
    if event.act in {Act.RESTRICT, Act.HOLD} and case.terms.is_immune:
        return False
    return is_about(event, case)


def bears(event: Event, case: Case) -> bool:
    """Return whether ``event`` could change the answer, read as widely as it can be."""
    if event.act in WITHOUT_EFFECT:
        return False
    return event.act in ATTESTING or binds(event, case)


def may_loosen(event: Event, at: datetime) -> bool:
    """Return whether an act can lift or grant anything at ``at``: affirmative and in force.

    Silence never can (GDPR Art. 4(11)).
    """
    return event.method.is_affirmative and serves_from(event) <= at


def is_grant(event: Event, case: Case, basis: LawfulBasis) -> bool:
    """Return whether ``event`` grants the case: by the person or for them, naming it (law 7).

    A grant on a parent covers only the children that its notice listed. Staff cannot grant.
    """
    acts = {Act.GRANT, Act.OPT_IN} if basis is LawfulBasis.OPT_OUT else {Act.GRANT}
    return (
        event.act in acts
        and event.authority > Authority.STAFF
        and case.category in event.categories
        and _names(event, case.purpose)
        and may_loosen(event, case.at)
    )


def has_both_steps(event: Event) -> bool:
    """Return whether the act was asked for, then confirmed separately (11 CCR §7028)."""
    return event.method is Method.DOUBLE_OPT_IN


def _names(event: Event, purpose: Purpose) -> bool:
    """Return whether a grant names ``purpose``, or a parent under a notice that lists it."""
    if event.purpose is None or event.purpose == purpose:
        return event.purpose is not None
    return covers(event.purpose, purpose) and purpose in event.notice_purposes
