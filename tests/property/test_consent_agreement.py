# SPDX-License-Identifier: Apache-2.0
"""``decide`` and its brute-force twin give the same answer to every question."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import ConsentStatus, check_witness, decide
from tests.twins.consent_worlds import Triple, random_triple
from tests.twins.naive_consent import PRECEDENCE, naive_decide


def agree(triple: Triple) -> ConsentStatus:
    """Check one triple; return its status."""
    answer = decide(triple.rules, triple.history, triple.question)
    assert (answer.allowed, answer.status) == naive_decide(
        triple.rules, triple.history, triple.question
    )
    return answer.status


@given(st.integers(0, 2**63))
def test_the_fold_agrees_with_its_twin(seed: int) -> None:
    agree(random_triple(Random(seed)))


def test_the_fold_agrees_with_its_twin_on_ten_thousand_triples_of_every_status() -> None:
    met = Counter(agree(random_triple(Random(seed))) for seed in range(10_000))
    assert set(met) == set(ConsentStatus)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(10))
def test_the_fold_agrees_with_its_twin_on_a_million_triples(batch: int) -> None:
    start = 1_000_000 + 100_000 * batch
    assert Counter(agree(random_triple(Random(s))) for s in range(start, start + 100_000))


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
