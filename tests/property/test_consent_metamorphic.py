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

from privseg.consent import (
    Act,
    AtPosition,
    AtTime,
    Authority,
    Event,
    PurposeTerms,
    Rules,
    decide,
)
from privseg.terms import LawfulBasis, Ordinal
from tests.twins.consent_worlds import (
    DAY,
    LOCATION,
    PURCHASES,
    RELIGION,
    RESTRICTING,
    Triple,
    event,
    merge,
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


def _laws(**changes: object) -> Narrowing:
    def narrow(rng: Random, rules: Rules, _terms: PurposeTerms) -> Rules:
        changed = {j: replace(law, **changes) for j, law in rules.laws.items()}  # type: ignore[arg-type]
        kept = {j for j in changed if rng.random() < 0.7}
        return replace(rules, laws={j: changed[j] if j in kept else rules.laws[j] for j in changed})

    return narrow


def _without_purpose(_rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    return replace(rules, purposes={p: t for p, t in rules.purposes.items() if t is not terms})


def _without_jurisdiction(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    gone = rng.choice(sorted(terms.basis))
    kept = {j: b for j, b in terms.basis.items() if j != gone}
    return _terms(basis=kept)(rng, rules, terms)


def _without_a_law(rng: Random, rules: Rules, _terms: PurposeTerms) -> Rules:
    gone = rng.choice(sorted(rules.laws))
    return replace(rules, laws={j: law for j, law in rules.laws.items() if j != gone})


def _unlawful(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    gone = frozenset({rng.choice(sorted(terms.basis.values()))})
    laws = {j: replace(law, bases=law.bases - gone) for j, law in rules.laws.items()}
    return replace(rules, laws=laws)


def _consent_for_interest(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    """Ask consent where no wish was needed; an opt-out regime lifts by other rules, so it stays.

    Nor does it narrow anything to ask consent where the old basis was unlawful, or in data too
    special for it.
    """
    kept = {LawfulBasis.OPT_OUT} | {b for law in rules.laws.values() for b in LawfulBasis} - {
        b for b in LawfulBasis if all(b in law.bases for law in rules.laws.values())
    }
    basis = {j: b if b in kept else LawfulBasis.CONSENT for j, b in terms.basis.items()}
    plain = {j: replace(law, explicit=frozenset()) for j, law in rules.laws.items()}
    is_plain = plain == rules.laws and not rules.special_categories & terms.categories
    return _terms(basis=basis)(rng, rules, terms) if is_plain else rules


def _shorter(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    lasts = (terms.consent_lasts or 99 * DAY) / rng.choice((1, 2, 40))
    return _terms(consent_lasts=lasts)(rng, rules, terms)


def _sooner_idle(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    idle = (terms.idle or 99 * DAY) / rng.choice((1, 2, 40))
    return _terms(idle=idle)(rng, rules, terms)


def _fewer_texts(rng: Random, rules: Rules, terms: PurposeTerms) -> Rules:
    """Drop the text of one language; to pin none at all would be another rule."""
    texts = sorted(terms.notice_texts)
    kept = texts[: len(texts) - 1] or texts
    return _terms(notice_texts=frozenset(kept))(rng, rules, terms)


def _posted_later(rng: Random, rules: Rules, _terms: PurposeTerms) -> Rules:
    since = rules.opt_out_notice_since
    later = None if since is None or rng.random() < 0.3 else since + rng.randrange(9) * DAY
    return replace(rules, opt_out_notice_since=later)


EVERYTHING = frozenset({RELIGION, LOCATION, PURCHASES})
NARROWINGS: list[Narrowing] = [
    _without_purpose,
    _without_jurisdiction,
    _without_a_law,
    _unlawful,
    _consent_for_interest,
    _shorter,
    _sooner_idle,
    _fewer_texts,
    _posted_later,
    _laws(explicit=EVERYTHING),
    _laws(sensitive=EVERYTHING),
    _laws(idle=DAY),
    _laws(bases=frozenset({LawfulBasis.CONSENT})),
    _terms(categories=frozenset({PURCHASES})),
    _terms(older_notices=frozenset()),
    _terms(notice=None),
    _terms(significant=True),
    _terms(direct_marketing=True),
    _terms(advertising=True),
    _terms(storage=False, legal_claims=False),
    _rules(special_categories=EVERYTHING),
    _rules(sensitive_categories=EVERYTHING),
    _rules(signals_bind_all=True),
    _rules(max_ledger_age=timedelta(0)),
    _rules(opt_out_notice_since=None),
    _rules(controller="another"),
]


def narrowed(seed: int, narrow: Narrowing, *without: Act | Authority) -> tuple[Triple, Rules]:
    """Return a random triple without some acts or authorities, and its rules made narrower."""
    rng = Random(seed)
    triple = random_triple(rng)
    rest = tuple(e for e in triple.history if not {e.act, e.authority} & set(without))
    terms = triple.rules.purposes.get(triple.question.purpose)
    policy = triple.rules if terms is None else narrow(rng, triple.rules, terms)
    return replace(triple, history=rest), policy


@settings(max_examples=800)
@given(seeds, st.sampled_from(NARROWINGS))
def test_narrowing_a_policy_never_adds_an_allow(seed: int, narrow: Narrowing) -> None:
    triple, policy = narrowed(seed, narrow)
    assert allows(triple) or not allows(triple, rules=policy)


@settings(max_examples=200)
@given(seeds)
def test_a_stricter_clock_never_adds_an_allow_unless_an_officer_discards_what_it_caught(
    seed: int,
) -> None:
    triple, policy = narrowed(seed, _rules(max_skew=timedelta(0)), Act.RESOLVE)
    assert allows(triple) or not allows(triple, rules=policy)


@settings(max_examples=200)
@given(seeds)
def test_directing_a_source_to_children_never_adds_an_allow_but_by_a_guardians_word(
    seed: int,
) -> None:
    triple, policy = narrowed(seed, _rules(directed_to_children=True), Authority.GUARDIAN)
    assert allows(triple) or not allows(triple, rules=policy)


@settings(max_examples=400)
@given(seeds, st.sampled_from(["guardian_below", "opt_in_below"]))
def test_raising_an_age_never_adds_an_allow_but_by_a_guardians_word(seed: int, age: str) -> None:
    triple, policy = narrowed(seed, _laws(**{age: 21}), Authority.GUARDIAN)
    assert allows(triple) or not allows(triple, rules=policy)


def test_the_random_worlds_are_dense_enough_to_test_anything() -> None:
    """One added act takes many of the allows away, and so does every way to narrow a policy."""
    rng = Random(7)
    triples = [random_triple(rng) for _ in range(3_000)]
    allowed = [t for t in triples if allows(t)]
    lost = [t for t in allowed if not allows(t, history=(*t.history, a_restrictive_act(rng, t)))]
    assert len(allowed) > 600
    assert len(lost) > len(allowed) // 5
    assert any(isinstance(t.question.known_at, AtPosition) for t in allowed)
    for i, narrow in enumerate(NARROWINGS):
        taken = (
            t
            for t in allowed
            if not allows(t, rules=narrow(rng, t.rules, t.rules.purposes[t.question.purpose]))
        )
        assert next(taken, None) is not None, i


def test_who_leads_nowhere_stays_who_they_were() -> None:
    """Links among strangers change nothing, however many."""
    triple = random_triple(Random(1))
    strangers = [merge(Ordinal(60 + n), Ordinal(61 + n), position=700 + n) for n in range(5)]
    assert decide(triple.rules, (*triple.history, *strangers), triple.question) == decide(
        triple.rules, triple.history, triple.question
    )
