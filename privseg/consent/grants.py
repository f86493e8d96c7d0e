# SPDX-License-Identifier: Apache-2.0
"""What keeps a grant from holding on its own: notice, its text, explicitness, age, time."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.consent.acts import Acts
from privseg.consent.attested import Births
from privseg.consent.decision import ConsentStatus, Finding, ReasonCode
from privseg.consent.event import Authority, Event
from privseg.consent.expiry import endings
from privseg.consent.regime import CONSENT, OPT_OUT, Regime
from privseg.consent.rules import PurposeTerms
from privseg.consent.scope import Case, has_both_steps

Fault = tuple[ConsentStatus, ReasonCode]


def shortfalls(grant: Event, acts: Acts, regime: Regime) -> list[Finding]:
    """Return what ``grant`` lacks under one regime; nothing, and it holds."""
    faults = [
        *faults_of(grant, acts.case, regime, acts.births),
        *((ConsentStatus.EXPIRED, reason) for reason in endings(grant, acts, regime)),
    ]
    return [Finding(status, reason, grant.position) for status, reason in faults]


def faults_of(grant: Event, case: Case, regime: Regime, births: Births) -> Iterator[Fault]:
    """Yield what a grant itself lacks, whatever has happened since."""
    yield from _notice_faults(grant, case)
    if regime.needs_explicit and not grant.explicit:
        yield ConsentStatus.MISSING, ReasonCode.NO_EXPLICIT_CONSENT
    if regime.basis is CONSENT:
        yield from _guardian_faults(grant, births, regime)
    if regime.basis is OPT_OUT:
        yield from _opt_in_faults(grant, births, regime)


def _notice_faults(grant: Event, case: Case) -> Iterator[Fault]:
    """Yield what is wrong with the notice that was shown (law 6).

    It must stand for the purpose granted and the one asked: a parent's changed notice makes stale
    the children it lists.
    """
    if grant.notice is None:
        yield ConsentStatus.MISSING, ReasonCode.NO_NOTICE_SHOWN
        return
    granted = case.rules.purposes.get(grant.purpose) if grant.purpose else None
    both = (case.terms, granted)
    if not all(terms is not None and terms.accepts(grant.notice) for terms in both):
        yield ConsentStatus.STALE, ReasonCode.STALE
    for terms in both:
        if terms is not None and terms.notice == grant.notice:
            yield from _text_faults(grant, terms)


def _text_faults(grant: Event, terms: PurposeTerms) -> Iterator[Fault]:
    """Yield what is wrong with the text shown of the notice in force: only a pinned one counts."""
    if grant.notice_sha256 is None:
        if terms.notice_texts:
            yield ConsentStatus.MISSING, ReasonCode.NO_NOTICE_SHOWN
    elif grant.notice_sha256 not in terms.notice_texts:
        yield ConsentStatus.STALE, ReasonCode.NOTICE_TEXT_CHANGED


def _guardian_faults(grant: Event, births: Births, regime: Regime) -> Iterator[Fault]:
    """Yield whose word is missing: a guardian's until the age of consent, then the person's own.

    GDPR Art. 8. Somebody who may be on either side of that age can give no valid consent.
    """
    age = regime.law.guardian_below
    if grant.authority is Authority.GUARDIAN:
        if births.may_be_of(age):
            yield ConsentStatus.EXPIRED, ReasonCode.GUARDIAN_LAPSED
    elif births.may_be_under(age):
        yield ConsentStatus.MISSING, ReasonCode.UNDER_AGE


def _opt_in_faults(grant: Event, births: Births, regime: Regime) -> Iterator[Fault]:
    """Yield what the opt-in of a minor lacks (Cal. Civ. Code §1798.120(c), 11 CCR §§7070-7071).

    Both steps, and a guardian's word for a child; an adult's guardian has none.
    """
    is_minor = births.may_be_under(regime.law.opt_in_below)
    if is_minor and not has_both_steps(grant):
        yield ConsentStatus.MISSING, ReasonCode.UNDER_AGE
    if is_minor:
        yield from _guardian_faults(grant, births, regime)
    elif grant.authority is Authority.GUARDIAN:
        yield ConsentStatus.EXPIRED, ReasonCode.GUARDIAN_LAPSED
