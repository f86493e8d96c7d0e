# SPDX-License-Identifier: Apache-2.0
"""The heart: may this person's data be read? One pure function of rules, history and question.

Each step names its law; ``tests/property/test_consent_law_*.py`` quote and test them, one to a
file. Missing information is a no with its own code.

=====  ==========================================================================================
1      anything missing denies: ``asked.gaps``, ``judge``
2, 3   order and repetition never matter; the future and the contradictory deny: ``_read``
4, 5   a late withdrawal reaches back, a late grant does not: ``scope.bites_from``, ``serves_from``
6, 7   expiry and notices when read, the purpose tree: ``standing``, ``scope``
8, 9   one status of many, strictest first; opt-out regimes, several jurisdictions: ``judge``
10     no other basis steps in for consent: ``judge``; restriction, objection, hold: ``_barred``
12     special categories need explicit consent: ``standing``
13     nothing travels between controllers: ``_read``
=====  ==========================================================================================

Absent yet: law 11. A MERGE or UNMERGE in a history is an error, so it denies everything of that
person. Taint lists, law packs and the resolving of quarantined events are absent too. USE,
HAPPENED and ACTIVITY change nothing here (no expiry by use, event or inactivity).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from privseg.consent.asked import gaps, is_sound
from privseg.consent.attested import jurisdictions
from privseg.consent.decision import (
    ConsentDecision,
    ConsentStatus,
    Finding,
    ReasonCode,
    Witness,
)
from privseg.consent.event import Act, Event
from privseg.consent.history import each_once, fault_of
from privseg.consent.judge import Verdict, judge
from privseg.consent.question import Question
from privseg.consent.rules import Rules
from privseg.consent.scope import (
    LINKING,
    Case,
    bears,
    binds,
    bites_from,
    is_about,
    is_quarantined,
    may_loosen,
)
from privseg.terms import Jurisdiction, LawfulBasis


def decide(rules: Rules, history: Iterable[Event], question: Question) -> ConsentDecision:
    """Return whether, by ``rules`` and what ``history`` held, the data in question may be used.

    Never raises on a history, however odd: what cannot be read denies. ``history`` may hold other
    people's events, any order, and events more than once.
    """
    events = _read(history, question)
    if isinstance(events, ReasonCode):
        return _deny([Finding(ConsentStatus.ERROR, events)])
    missing = [*_linked(events), *_missing(rules, events, question)]
    terms = rules.purposes.get(question.purpose)
    if missing or terms is None:
        return _deny(missing)
    case = Case(rules, terms, question.category, question.at)
    sound = [e for e in events if not is_quarantined(e, rules)]
    return _answer(case, question, sound, [*_set_aside(case, events), *_barred(case, sound)])


def _read(history: Iterable[Event], question: Question) -> tuple[Event, ...] | ReasonCode:
    """Return the person's known events, each once, or what makes them unreadable (laws 2, 3, 13).

    Another controller's events count for nothing, but a contradiction anywhere spoils the record.
    """
    if not is_sound(question):
        return ReasonCode.MALFORMED_QUESTION
    known = [e for e in history if e.subject == question.subject and question.known_at.knows(e)]
    if any(e.position < 1 or fault_of(e) is not None for e in known):
        return ReasonCode.MALFORMED_EVENT
    events = each_once(known)
    if events is None:
        return ReasonCode.CONFLICTING_EVENTS
    return tuple(e for e in events if e.controller == question.controller)


def _linked(events: Iterable[Event]) -> Iterator[Finding]:
    """Yield an error for each merge or un-merge: law 11 is not built, so it fails closed."""
    for event in events:
        if event.act in LINKING:
            reason = ReasonCode.MERGE_NOT_SUPPORTED
            yield Finding(ConsentStatus.ERROR, reason, event.position)


def _missing(rules: Rules, events: Sequence[Event], question: Question) -> Iterator[Finding]:
    """Yield what the question needs and nobody has said; each with its own code (law 1)."""
    reasons = [*gaps(rules, question)] + [ReasonCode.UNKNOWN_PERSON] * (not events)
    return (Finding(ConsentStatus.MISSING, reason) for reason in reasons)


def _set_aside(case: Case, events: Iterable[Event]) -> Iterator[Finding]:
    """Yield the quarantined events that bear on the case, from their record on (law 2)."""
    aside = (e for e in events if is_quarantined(e, case.rules) and e.record_time <= case.at)
    for event in aside:
        if bears(event, case):
            yield Finding(ConsentStatus.QUARANTINED, ReasonCode.QUARANTINED, event.position)


def _barred(case: Case, events: Sequence[Event]) -> Iterator[Finding]:
    """Yield erasures, which nothing lifts, and holds that are not released (law 10)."""
    for event in events:
        if not binds(event, case) or bites_from(event) > case.at:
            continue
        if event.act is Act.ERASE:
            yield Finding(ConsentStatus.ERASED, ReasonCode.ERASED, event.position)
        if event.act is Act.HOLD and not any(_releases(e, event, case) for e in events):
            yield Finding(ConsentStatus.HELD, ReasonCode.HELD, event.position)


def _releases(release: Event, hold: Event, case: Case) -> bool:
    """Return whether a newer release by the same or a higher authority ends ``hold``."""
    return (
        release.act is Act.RELEASE_HOLD
        and release.authority >= hold.authority
        and release.event_time > hold.event_time
        and is_about(release, case)
        and may_loosen(release, case.at)
    )


def _answer(
    case: Case, question: Question, events: Sequence[Event], found: Sequence[Finding]
) -> ConsentDecision:
    """Ask the law of every jurisdiction that may apply; each must allow (law 9)."""
    attested = jurisdictions(events, case.at)
    if not attested:
        unknown = Finding(ConsentStatus.MISSING, ReasonCode.UNKNOWN_JURISDICTION)
        return _deny([unknown, *found])
    candidates = sorted({Jurisdiction(e.value or "") for e in attested})
    bases = {j: case.terms.basis.get(j) for j in candidates}
    verdicts = {b: judge(case, question, b, events) for b in bases.values()}
    against = [*found, *(f for v in verdicts.values() for f in v.against)]
    if against:
        return _deny(against)
    witness = _witness(case, bases, attested, verdicts)
    return _allow([v.favour for v in verdicts.values()], witness)


def _witness(
    case: Case,
    bases: Mapping[Jurisdiction, LawfulBasis | None],
    attested: Iterable[Event],
    verdicts: Mapping[LawfulBasis | None, Verdict],
) -> Witness:
    """Return what shows that a yes is one; a grant that serves as consent goes first."""
    grants = [verdicts[b].grant for b in (LawfulBasis.CONSENT, *verdicts) if b in verdicts]
    grant = next((g for g in grants if g is not None), None)
    return Witness(
        purpose=case.purpose,
        bases=tuple((j, b) for j, b in bases.items() if b is not None),
        attested=tuple(e.position for e in attested),
        grant=grant.position if grant else None,
        notice=grant.notice if grant else None,
    )


def _deny(findings: Iterable[Finding]) -> ConsentDecision:
    """Return the no with every reason, strictest first."""
    status, reasons, evidence = _account(findings)
    return ConsentDecision(allowed=False, status=status, reasons=reasons, evidence=evidence)


def _allow(findings: Iterable[Finding], witness: Witness) -> ConsentDecision:
    """Return the yes with its witness."""
    status, reasons, evidence = _account(findings)
    return ConsentDecision(True, status, reasons, witness, evidence)


def _account(
    findings: Iterable[Finding],
) -> tuple[ConsentStatus, tuple[ReasonCode, ...], tuple[int, ...]]:
    """Return the first status in precedence, all reasons and all evidence, each once (law 8)."""
    ranked = sorted(findings, key=lambda f: (f.status.rank, f.reason, f.position or 0))
    reasons = tuple(dict.fromkeys(f.reason for f in ranked))
    evidence = tuple(dict.fromkeys(f.position for f in ranked if f.position is not None))
    return ranked[0].status, reasons, evidence
