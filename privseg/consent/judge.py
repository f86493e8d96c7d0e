# SPDX-License-Identifier: Apache-2.0
"""What one jurisdiction's lawful basis makes of a person's acts (laws 8-10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from privseg.consent.attested import is_under_age
from privseg.consent.decision import ConsentStatus, Finding, ReasonCode
from privseg.consent.event import Act, Event
from privseg.consent.question import Question
from privseg.consent.scope import Case
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

_REST_ON_NO_WISH = frozenset({LawfulBasis.CONTRACT, LawfulBasis.LEGAL_OBLIGATION})
"""Bases that a withdrawn consent does not touch (law 10, fall-through)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one candidate jurisdiction says: what denies, or else why it allows."""

    against: tuple[Finding, ...]
    favour: Finding
    grant: Event | None


def judge(
    case: Case, question: Question, basis: LawfulBasis | None, events: Sequence[Event]
) -> Verdict:
    """Return what one basis makes of the acts; no other basis is ever tried (law 10)."""
    if basis is None:
        reason = ReasonCode.NO_RULE_FOR_JURISDICTION
        return Verdict((Finding(ConsentStatus.MISSING, reason),), _favour(None, basis), None)
    stands = stand(case, basis, events)
    against = [*_restrictions(stands, basis)]
    match basis:
        case LawfulBasis.CONSENT:
            against += _without_consent(case, stands)
        case LawfulBasis.OPT_OUT:
            against += _without_opt_in(case, question, stands, events)
        case _:
            pass  # never asked, deferred, stale and expired count as never asked (law 8)
    return Verdict(tuple(against), _favour(stands.given, basis), stands.given)


def _restrictions(stands: Standing, basis: LawfulBasis) -> Iterator[Finding]:
    """Yield the acts that stand; withdrawn consent leaves contract and legal duty alone."""
    for event in stands.restrictions:
        if event.act is not Act.WITHDRAW or basis not in _REST_ON_NO_WISH:
            yield Finding(*_RESTRICTED_AS[event.act], event.position)


def _without_consent(case: Case, stands: Standing) -> Iterator[Finding]:
    """Yield what consent lacks: a notice in force, a grant, or what the grant needs (law 8)."""
    if case.terms.notice is None:
        yield Finding(ConsentStatus.MISSING, ReasonCode.NO_NOTICE_IN_FORCE)
    yield from stands.shortfalls


def _without_opt_in(
    case: Case, question: Question, stands: Standing, events: Iterable[Event]
) -> Iterator[Finding]:
    """Yield what an opt-out regime asks: 16 or more, nothing sensitive, a notice posted (law 9).

    An opt-in that holds answers for the last two. The opt-in of a minor (Cal. Civ. Code
    §1798.120(c)) comes with the law packs: until then under 16 is a no.
    """
    if is_under_age(events, case.at, unknown_is_child=case.rules.directed_to_children):
        yield Finding(ConsentStatus.MISSING, ReasonCode.UNDER_AGE)
    if stands.given is None and case.is_sensitive:
        yield Finding(ConsentStatus.NEVER_ASKED, ReasonCode.SENSITIVE_NEEDS_OPT_IN)
    posted = case.rules.opt_out_notice_since
    collected = question.collected_from or case.at
    if stands.given is None and (posted is None or posted > collected):
        yield Finding(ConsentStatus.MISSING, ReasonCode.NO_OPT_OUT_NOTICE)


def _favour(given: Event | None, basis: LawfulBasis | None) -> Finding:
    """Return why a basis against which nothing speaks allows."""
    if given is not None:
        return Finding(ConsentStatus.GIVEN, ReasonCode.GIVEN, given.position)
    is_opt_out = basis is LawfulBasis.OPT_OUT
    reason = ReasonCode.NOT_OPTED_OUT if is_opt_out else ReasonCode.OTHER_BASIS
    return Finding(ConsentStatus.NEVER_ASKED, reason)
