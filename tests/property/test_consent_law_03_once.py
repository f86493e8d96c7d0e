# SPDX-License-Identifier: Apache-2.0
"""Law 3: "Same event_id and content again: no change. Same id, other content: an error. A retry
never extends an expiry."

"*Same content* (law 3) excludes record_time; a retry keeps the first."
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, AtTime, ConsentStatus, Event, ReasonCode, decide
from tests.twins.consent_worlds import (
    ADA,
    DAY,
    GRACE,
    OTHER,
    TEXT,
    attest,
    day,
    event,
    question,
    random_triple,
    rules,
    with_terms,
)

HOME = attest()


@settings(max_examples=200)
@given(st.integers(0, 2**63))
def test_seeing_any_event_again_changes_nothing(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    again = [
        replace(e, position=e.position + 100, record_time=e.record_time + rng.randrange(4) * DAY)
        for e in triple.history
        if rng.random() < 0.5 and e.position > 0
    ]
    twice = (*triple.history, *again, *triple.history)
    assert decide(triple.rules, twice, triple.question) == decide(
        triple.rules, triple.history, triple.question
    )


def test_a_retry_never_extends_an_expiry() -> None:
    lasting = with_terms(rules(), consent_lasts=3 * DAY)
    grant = event(Act.GRANT, n=1)
    retry = replace(grant, position=grant.position + 1, record_time=day(3))
    for history in ((HOME, grant), (HOME, grant, retry), (HOME, retry)):
        answer = decide(lasting, history, question(at=day(4)))
        assert (answer.allowed, answer.status) == (False, ConsentStatus.EXPIRED)


def test_a_retry_keeps_the_first_record_time() -> None:
    grant = event(Act.GRANT, n=1)
    retry = replace(grant, position=grant.position + 1, record_time=day(4))
    assert decide(rules(), (HOME, retry, grant), question(at=day(2))).allowed
    assert not decide(rules(), (HOME, retry), question(at=day(2))).allowed


@pytest.mark.parametrize(
    "changes",
    [
        {"content_key": b"other"},
        {"act": Act.WITHDRAW},
        {"expires_at": day(9)},
        {"explicit": True},
        {"controller": OTHER},
        {"event_time": day(2)},
        {"notice": "banner@1"},
        {"notice_sha256": TEXT},
        {"until": "moved"},
        {"uses": 1},
        {"idle_days": 1},
        {"target": 1},
        {"evidence_sha256": TEXT},
        {"quarantined": True},
    ],
)
def test_other_content_under_the_same_id_is_an_error(changes: dict[str, object]) -> None:
    grant = event(Act.GRANT, n=1)
    forged = replace(grant, position=grant.position + 1, **changes)  # type: ignore[arg-type]
    answer = decide(rules(), (HOME, grant, forged), question())
    assert (answer.allowed, answer.status) == (False, ConsentStatus.ERROR)
    assert answer.reasons == (ReasonCode.CONFLICTING_EVENTS,)


def test_a_contradiction_nobody_knew_of_yet_does_not_count() -> None:
    grant = event(Act.GRANT, n=1)
    forged = replace(grant, explicit=True, record_time=day(6), position=grant.position + 1)
    before = question(known_at=AtTime(day(5)))
    assert decide(rules(), (HOME, grant, forged), before).allowed
    assert not decide(rules(), (HOME, grant, forged), question()).allowed


NAIVE = datetime(2026, 1, 2)  # noqa: DTZ001 - what the test is about


@pytest.mark.parametrize(
    "malformed",
    [
        event(Act.GRANT, event_time=NAIVE),
        event(Act.GRANT, record_time=NAIVE),
        event(Act.GRANT, expires_at=NAIVE),
        event(Act.ATTEST_AGE, value=None),
        event(Act.ATTEST_AGE, value="31.12.2009"),
        event(Act.ATTEST_JURISDICTION, value=None),
        event(Act.GRANT, uses=0),
        event(Act.GRANT, idle_days=0),
        event(Act.GRANT, notice_sha256="A" * 64),
        event(Act.GRANT, evidence_sha256="a" * 63),
        event(Act.HAPPENED, value=None),
        event(Act.RESOLVE, target=None, value="accept"),
        event(Act.RESOLVE, target=0, value="accept"),
        event(Act.RESOLVE, target=1, value="perhaps"),
        event(Act.MERGE, target=None),
        event(Act.MERGE, target=ADA),
        event(Act.UNMERGE, target=-2),
        replace(event(Act.GRANT), position=0),
        replace(event(Act.WITHDRAW), position=-1),
    ],
)
@pytest.mark.parametrize("known_at", [question().known_at, AtTime(day(9))])
def test_what_cannot_be_read_denies_and_never_raises(malformed: Event, known_at: object) -> None:
    answer = decide(rules(), (HOME, event(Act.GRANT, n=1), malformed), question(known_at=known_at))
    assert (answer.allowed, answer.status) == (False, ConsentStatus.ERROR)
    assert answer.reasons == (ReasonCode.MALFORMED_EVENT,)


@pytest.mark.parametrize(
    "changes", [{"at": NAIVE}, {"known_at": AtTime(NAIVE)}, {"collected_from": NAIVE}]
)
def test_a_question_without_a_time_zone_denies_and_never_raises(changes: dict[str, object]) -> None:
    answer = decide(rules(), (HOME, event(Act.GRANT, n=1)), question(**changes))
    assert answer.reasons == (ReasonCode.MALFORMED_QUESTION,)
    assert not answer.allowed


def test_somebody_elses_contradiction_is_theirs() -> None:
    theirs = event(Act.GRANT, subject=GRACE)
    forged = replace(theirs, explicit=True)
    history = (HOME, event(Act.GRANT, n=1), theirs, forged)
    assert decide(rules(), history, question()).allowed
