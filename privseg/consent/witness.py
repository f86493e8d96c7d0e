# SPDX-License-Identifier: Apache-2.0
"""Checking a yes without deciding again: what its witness names is there and says so."""

from __future__ import annotations

from collections.abc import Iterable

from privseg.consent.decision import Witness
from privseg.consent.event import Act, Authority, Event
from privseg.consent.question import Question
from privseg.consent.rules import Rules
from privseg.terms import LawfulBasis, covers


def check_witness(
    rules: Rules, history: Iterable[Event], question: Question, witness: Witness
) -> bool:
    """Return whether ``witness`` shows that the rules, and where needed a grant, allow.

    It shows what speaks for the yes. That nothing speaks against it (no withdrawal, no hold)
    cannot be shown by naming events; that takes the whole history, and ``decide``.
    """
    terms = rules.purposes.get(question.purpose)
    if terms is None or witness.purpose != terms.purpose or rules.controller != question.controller:
        return False
    named = _named(history, question, {*witness.attested, witness.grant})
    bases = dict(witness.bases)
    return (
        question.category in terms.categories
        and bool(bases)
        and all(terms.basis.get(j) is b for j, b in bases.items())
        and _attests(named, witness, question)
        and (witness.grant in named or not _needs_grant(rules, witness, question))
        and (witness.grant is None or _grants(named.get(witness.grant), rules, witness, question))
    )


def _named(
    history: Iterable[Event], question: Question, positions: set[int | None]
) -> dict[int | None, Event]:
    """Return the known events of the person, to this controller, that the witness names."""
    return {
        e.position: e
        for e in history
        if e.position in positions
        and e.subject == question.subject
        and e.controller == question.controller
        and question.known_at.knows(e)
        and not e.quarantined
    }


def _attests(named: dict[int | None, Event], witness: Witness, question: Question) -> bool:
    """Return whether the events named attest the jurisdictions judged, one by then on record."""
    events = [named.get(p) for p in witness.attested]
    found = [e for e in events if e is not None and e.act is Act.ATTEST_JURISDICTION]
    return (
        len(found) == len(events)
        and {e.value for e in found} == {j for j, _ in witness.bases}
        and all(e.event_time <= question.at for e in found)
        and any(e.record_time <= question.at for e in found)
    )


def _needs_grant(rules: Rules, witness: Witness, question: Question) -> bool:
    """Return whether no basis of the witness allows without a grant."""
    bases = {b for _, b in witness.bases}
    protected = question.category in rules.special_categories | rules.sensitive_categories
    posted = rules.opt_out_notice_since
    silent_ok = posted is not None and posted <= (question.collected_from or question.at)
    opt_out_needs = LawfulBasis.OPT_OUT in bases and (protected or not silent_ok)
    return opt_out_needs or LawfulBasis.CONSENT in bases


def _grants(event: Event | None, rules: Rules, witness: Witness, question: Question) -> bool:
    """Return whether ``event`` is a grant for what is asked: affirmative, informed, in time."""
    terms = rules.purposes[question.purpose]
    if event is None or event.purpose is None or event.notice is None:
        return False
    ends = [e for e in (event.expires_at,) if e is not None]
    lasts = terms.consent_lasts
    return (
        event.act in _granting(witness)
        and event.method.is_affirmative
        and event.authority is not Authority.STAFF
        and event.notice == witness.notice
        and event.notice in {terms.notice, *terms.older_notices}
        and covers(event.purpose, question.purpose)
        and question.purpose in {event.purpose, *event.notice_purposes}
        and question.category in event.categories
        and (event.explicit or question.category not in rules.special_categories)
        and event.event_time <= question.at
        and event.record_time <= question.at
        and all(question.at < end for end in ends)
        and (lasts is None or question.at - event.event_time < lasts)
    )


def _granting(witness: Witness) -> set[Act]:
    """Return the acts that can serve; an opt-in serves only where opting out is the rule."""
    bases = {b for _, b in witness.bases}
    only_grants = LawfulBasis.CONSENT in bases or LawfulBasis.OPT_OUT not in bases
    return {Act.GRANT} if only_grants else {Act.GRANT, Act.OPT_IN}
