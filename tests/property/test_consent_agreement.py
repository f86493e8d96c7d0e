# SPDX-License-Identifier: Apache-2.0
"""``decide`` and its brute-force twin give the same answer to every question, for the same reasons.

The twin was written from the note alone, by somebody who had not seen the fold.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import (
    Act,
    ConsentDecision,
    ConsentStatus,
    Event,
    ReasonCode,
    check_witness,
    decide,
)
from tests.twins.consent_worlds import Triple, random_triple
from tests.twins.naive_consent import PRECEDENCE, naive_decide
from tests.twins.naive_history import Record

ORDINARY, BATCH = 10_000, 50_000


def agree(seed: int) -> ConsentDecision:
    """Check one triple; return its answer."""
    triple = random_triple(Random(seed))
    answer = decide(triple.rules, triple.history, triple.question)
    expected = naive_decide(triple.rules, triple.history, triple.question)
    assert (answer.allowed, answer.status, frozenset(answer.reasons)) == expected, seed
    return answer


@given(st.integers(0, 2**63))
def test_the_fold_agrees_with_its_twin(seed: int) -> None:
    agree(seed)


@cache
def ordinary() -> list[ConsentDecision]:
    """Return the answers to the triples of the ordinary run, each checked."""
    return [agree(seed) for seed in range(ORDINARY)]


def test_the_fold_agrees_with_its_twin_on_ten_thousand_triples() -> None:
    assert len(ordinary()) == ORDINARY


def test_the_random_worlds_hold_every_status_and_every_reason_often() -> None:
    """A quarter to nearly a half are allowed; no status or reason is left to chance."""
    allowed = sum(answer.allowed for answer in ordinary())
    assert 0.25 * ORDINARY < allowed < 0.45 * ORDINARY
    statuses = Counter(answer.status for answer in ordinary())
    reasons = Counter(reason for answer in ordinary() for reason in answer.reasons)
    assert {s: n for s in ConsentStatus if (n := statuses[s]) < 10} == {}
    assert {r: n for r in ReasonCode if (n := reasons[r]) < 10} == {}


def that_matter(triple: Triple, acts: set[Act]) -> set[Act]:
    """Return those of ``acts`` without which, in the whole history, the answer is another."""
    acts &= {e.act for e in triple.history}
    if not acts:
        return acts
    before = naive_decide(triple.rules, triple.history, triple.question)
    return {act for act in acts if asked_without(triple, act) != before}


def asked_without(triple: Triple, act: Act) -> object:
    """Return the answer if nobody had ever done ``act``."""
    less: list[Event] = [e for e in triple.history if e.act is not act]
    return naive_decide(triple.rules, less, triple.question)


def test_no_kind_of_act_is_idle_in_the_random_worlds() -> None:
    """Each act, taken out of all histories, changes answers; and so do links of every length."""
    triples = [random_triple(Random(seed)) for seed in range(3_000)]
    matters: Counter[Act] = Counter()
    for triple in triples:
        matters.update(that_matter(triple, {act for act in Act if matters[act] < 3}))
    assert {act: n for act in Act if (n := matters[act]) < 3} == {}
    sizes = Counter(
        len(Record(t.rules, t.history, t.question).linked())
        for t in triples
        if t.question.at.tzinfo is not None
    )
    assert min(sizes[n] for n in (1, 2, 3, 4)) > 30


@pytest.mark.long
@pytest.mark.parametrize("batch", range(20))
def test_the_fold_agrees_with_its_twin_on_a_million_triples(batch: int) -> None:
    """In batches, so that every worker of the run takes its share of the million."""
    start = 1_000_000 + BATCH * batch
    for seed in range(start, start + BATCH):
        agree(seed)


@settings(max_examples=200)
@given(st.integers(0, 2**63))
def test_every_allow_has_a_witness_that_checks_and_every_deny_a_reason(seed: int) -> None:
    triple = random_triple(Random(seed))
    answer = decide(triple.rules, triple.history, triple.question)
    assert answer.reasons
    assert answer.allowed == (answer.witness is not None)
    if answer.witness:
        assert check_witness(triple.rules, triple.history, triple.question, answer.witness)


def test_the_precedence_is_that_of_the_note() -> None:
    assert sorted(ConsentStatus, key=lambda s: s.rank) == PRECEDENCE
    assert ", ".join(PRECEDENCE).replace("_", " ") == (
        "error, missing, quarantined, erased, held, restricted, objected, opted out, limited, "
        "withdrawn, refused, stale, expired, deferred, never asked, given"
    )
