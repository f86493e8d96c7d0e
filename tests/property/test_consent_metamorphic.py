# SPDX-License-Identifier: Apache-2.0
"""How an answer may change when its question, history or rules do.

"Metamorphic laws for the property suite: adding a withdrawal never adds an allow; adding an
unrelated person changes no decision; narrowing a policy never adds an allow; ``decide`` is
constant once ``known_at`` is fixed; every allow has a witness."
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, AtPosition, AtTime, Event, PurposeTerms, Rules, decide
from privseg.terms import LawfulBasis, Ordinal
from tests.twins.consent_worlds import (
    DAY,
    LOCATION,
    PURCHASES,
    RELIGION,
    RESTRICTING,
    Triple,
    event,
    random_history,
    random_triple,
)

seeds = st.integers(0, 2**63)
many = settings(max_examples=400)  # decide takes some fifty microseconds


def allows(triple: Triple, **changes: object) -> bool:
    """Return the answer to a triple with changes."""
    changed = replace(triple, **changes)  # type: ignore[arg-type]
    return decide(changed.rules, changed.history, changed.question).allowed


def a_restrictive_act(rng: Random, triple: Triple) -> Event:
    """Return any restrictive act of the person asked about, at any time, of any reach."""
    asked = triple.question
    return event(
        rng.choice((*RESTRICTING, Act.WITHDRAW, Act.WITHDRAW, Act.ERASE, Act.HOLD)),
        n=rng.randrange(-2, 9),
        recorded=rng.randrange(-2, 9),
        position=rng.choice((1, 500)),
        event_key=b"added",
        subject=asked.subject,
        controller=asked.controller,
        purpose=rng.choice((None, asked.purpose)),
        categories=rng.choice((frozenset(), frozenset({asked.category}))),
        quarantined=rng.random() < 0.1,
    )


@many
@given(seeds)
def test_adding_a_withdrawal_never_adds_an_allow(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    added = a_restrictive_act(rng, triple)
    assert allows(triple) or not allows(triple, history=(*triple.history, added))


@many
@given(seeds)
def test_adding_an_unrelated_person_changes_no_decision(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    other = random_history(rng, subjects=(Ordinal(99),), odd=0.5)
    alone = decide(triple.rules, triple.history, triple.question)
    assert decide(triple.rules, (*other, *triple.history), triple.question) == alone


@many
@given(seeds)
def test_an_answer_is_constant_once_known_at_is_fixed(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    known_at = triple.question.known_at
    later: Iterable[Event] = random_history(rng, subjects=(triple.question.subject,), odd=0)
    if isinstance(known_at, AtTime):
        since = known_at.time + timedelta(microseconds=1)
        later = [replace(e, record_time=max(e.record_time, since)) for e in later]
    else:
        shift = known_at.position
        later = [replace(e, position=e.position + shift) for e in later]
    before = decide(triple.rules, triple.history, triple.question)
    assert decide(triple.rules, (*triple.history, *later), triple.question) == before


Narrowing = Callable[[Random, Rules, PurposeTerms], Rules]


def _terms(**changes: object) -> Narrowing:
    def narrow(_rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
        changed = replace(terms, **changes)  # type: ignore[arg-type]
        return replace(rules, purposes={**rules.purposes, terms.purpose: changed})

    return narrow


def _rules(**changes: object) -> Narrowing:
    return lambda _rng, rules, _terms: replace(rules, **changes)  # type: ignore[arg-type]


def _without_purpose(_rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    return replace(rules, purposes={p: t for p, t in rules.purposes.items() if t is not terms})


def _without_jurisdiction(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    gone = rng.choice(sorted(terms.basis))
    kept = {j: b for j, b in terms.basis.items() if j != gone}
    return _terms(basis=kept)(rng, rules, terms)


def _consent_for_interest(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    """Ask consent where no wish was needed; an opt-out regime lifts by other rules, so it stays."""
    basis = {
        j: b if b is LawfulBasis.OPT_OUT else LawfulBasis.CONSENT for j, b in terms.basis.items()
    }
    return _terms(basis=basis)(rng, rules, terms)


def _shorter(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    lasts = (terms.consent_lasts or 99 * DAY) / rng.choice((1, 2, 40))
    return _terms(consent_lasts=lasts)(rng, rules, terms)


def _posted_later(rng: Random, rules: Rules, _terms: PurposeTerms) -> Rules:
    since = rules.opt_out_notice_since
    later = None if since is None or rng.random() < 0.3 else since + rng.randrange(9) * DAY
    return replace(rules, opt_out_notice_since=later)


NARROWINGS: list[Narrowing] = [
    _without_purpose,
    _without_jurisdiction,
    _consent_for_interest,
    _shorter,
    _posted_later,
    _terms(categories=frozenset({PURCHASES})),
    _terms(older_notices=frozenset()),
    _terms(notice=None),
    _terms(direct_marketing=True),
    _terms(advertising=True),
    _terms(storage=False, legal_claims=False),
    _rules(special_categories=frozenset({RELIGION, LOCATION, PURCHASES})),
    _rules(sensitive_categories=frozenset({RELIGION, LOCATION, PURCHASES})),
    _rules(signals_bind_all=True),
    _rules(directed_to_children=True),
    _rules(max_skew=timedelta(0)),
    _rules(max_ledger_age=timedelta(0)),
    _rules(opt_out_notice_since=None),
    _rules(controller="another"),
]


@settings(max_examples=600)
@given(seeds, st.sampled_from(NARROWINGS))
def test_narrowing_a_policy_never_adds_an_allow(seed: int, narrow: Narrowing) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    terms = triple.rules.purposes.get(triple.question.purpose)
    if terms is not None:
        narrowed = narrow(rng, triple.rules, terms)
        assert allows(triple) or not allows(triple, rules=narrowed)


def test_the_random_worlds_are_dense_enough_to_test_anything() -> None:
    """A third of the triples is allowed, and one added act takes many of the allows away."""
    rng = Random(7)
    triples = [random_triple(rng) for _ in range(3_000)]
    allowed = [t for t in triples if allows(t)]
    lost = [t for t in allowed if not allows(t, history=(*t.history, a_restrictive_act(rng, t)))]
    assert len(allowed) > 600
    assert len(lost) > len(allowed) // 5
    assert any(isinstance(t.question.known_at, AtPosition) for t in allowed)
