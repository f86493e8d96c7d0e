# SPDX-License-Identifier: Apache-2.0
"""What one jurisdiction's law and lawful basis make of a person's acts (laws 8-10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privseg.consent.acts import Acts
from privseg.consent.asked import is_posted
from privseg.consent.decision import ConsentStatus, Finding, ReasonCode
from privseg.consent.event import Act, Event
from privseg.consent.question import Question
from privseg.consent.regime import CONSENT, OPT_OUT, Regime
from privseg.consent.standing import Standing, stand
from privseg.terms import LawfulBasis

_RESTRICTED_AS = {
    Act.REFUSE: (ConsentStatus.REFUSED, ReasonCode.REFUSED),
    Act.WITHDRAW: (ConsentStatus.WITHDRAWN, ReasonCode.WITHDRAWN),
    Act.OBJECT: (ConsentStatus.OBJECTED, ReasonCode.OBJECTED),
    Act.RESTRICT: (ConsentStatus.RESTRICTED, ReasonCode.RESTRICTED),
    Act.OPT_OUT: (ConsentStatus.OPTED_OUT, ReasonCode.OPTED_OUT),
    Act.SIGNAL: (ConsentStatus.OPTED_OUT, ReasonCode.SIGNALLED),
    Act.LIMIT: (ConsentStatus.LIMITED, ReasonCode.LIMITED),
}

REST_ON_NO_WISH = frozenset({LawfulBasis.CONTRACT, LawfulBasis.LEGAL_OBLIGATION})
"""Bases that a withdrawn consent does not touch (law 10, fall-through)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one candidate jurisdiction says: what denies, or else why it allows."""

    basis: LawfulBasis
    against: tuple[Finding, ...]
    favour: Finding
    grant: Event | None


def judge(acts: Acts, regime: Regime, question: Question) -> Verdict:
    """Return what one regime makes of the acts; no other basis is ever tried (law 10).

    Where nobody is asked, never asked, deferred, stale and expired count as never asked (law 8).
    """
    stands = stand(acts, regime)
    against = [*_restrictions(stands, regime)]
    if regime.basis is CONSENT:
        against += _without_consent(acts, stands)
    if regime.basis is OPT_OUT and stands.given is None:
        against += _without_opt_in(acts, regime, question)
    favour = _favour(stands.given, regime.basis)
    return Verdict(regime.basis, tuple(against), favour, stands.given)


def _restrictions(stands: Standing, regime: Regime) -> Iterator[Finding]:
    """Yield the acts that stand; withdrawn consent leaves contract and legal duty alone."""
    for event in stands.restrictions:
        if event.act is not Act.WITHDRAW or regime.basis not in REST_ON_NO_WISH:
            yield Finding(*_RESTRICTED_AS[event.act], event.position)


def _without_consent(acts: Acts, stands: Standing) -> Iterator[Finding]:
    """Yield what consent lacks: a notice in force, a grant, or what the grant needs (law 8)."""
    if acts.case.terms.notice is None:
        yield Finding(ConsentStatus.MISSING, ReasonCode.NO_NOTICE_IN_FORCE)
    yield from stands.shortfalls


def _without_opt_in(acts: Acts, regime: Regime, question: Question) -> Iterator[Finding]:
    """Yield what an opt-out regime asks where no opt-in holds (law 9).

    No minor (Cal. Civ. Code §1798.120(c)), nothing sensitive, a notice posted when the data were
    collected (11 CCR §7013(h)).
    """
    if acts.births.may_be_under(regime.law.opt_in_below):
        yield Finding(ConsentStatus.MISSING, ReasonCode.UNDER_AGE)
    if regime.is_sensitive:
        yield Finding(ConsentStatus.NEVER_ASKED, ReasonCode.SENSITIVE_NEEDS_OPT_IN)
    if not is_posted(acts.case.rules, question):
        yield Finding(ConsentStatus.MISSING, ReasonCode.NO_OPT_OUT_NOTICE)


def _favour(given: Event | None, basis: LawfulBasis) -> Finding:
    """Return why a basis against which nothing speaks allows."""
    if given is not None:
        return Finding(ConsentStatus.GIVEN, ReasonCode.GIVEN, given.position)
    is_opt_out = basis is OPT_OUT
    reason = ReasonCode.NOT_OPTED_OUT if is_opt_out else ReasonCode.OTHER_BASIS
    return Finding(ConsentStatus.NEVER_ASKED, reason)
