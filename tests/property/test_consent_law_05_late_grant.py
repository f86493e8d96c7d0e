# SPDX-License-Identifier: Apache-2.0
"""Law 5: "Late grant is not symmetric: it orders by event time but takes force at the later of
event and record time (evidence never backdates it), and only if no restrictive act that still
stands has an event time at or after the grant's (a January grant imported in March never revives
someone who withdrew in February). No import creates authority in the past."
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, ConsentStatus, decide
from tests.twins.consent_worlds import (
    ADS,
    DAY,
    RESTRICTING,
    attest,
    day,
    event,
    question,
    random_history,
    random_triple,
    resolve,
    rules,
)

HOME = attest(n=-90)
TICK = timedelta(microseconds=1)


def test_a_january_grant_imported_in_march_never_revives_who_withdrew_in_february() -> None:
    january, february, march = (datetime(2026, m, 10, tzinfo=UTC) for m in (1, 2, 3))
    grant = event(Act.GRANT, event_time=january, record_time=march)
    withdrawal = event(Act.WITHDRAW, event_time=february, record_time=february)
    for at in (january, february, march, march + 90 * DAY):
        answer = decide(rules(), (HOME, withdrawal, grant), question(at=at))
        assert not answer.allowed
    assert answer.status is ConsentStatus.WITHDRAWN


@pytest.mark.parametrize("act", RESTRICTING)
def test_any_restrictive_act_at_or_after_a_late_grant_outlasts_it(act: Act) -> None:
    grant = event(Act.GRANT, n=1, recorded=4, purpose=ADS, explicit=True)
    asked = question(purpose=ADS)
    for n in (1, 2, 3):
        assert not decide(rules(), (HOME, grant, event(act, n=n, purpose=ADS)), asked).allowed
    assert decide(rules(), (HOME, grant, event(act, n=0, purpose=ADS)), asked).allowed


def test_a_restriction_that_was_lifted_no_longer_outlasts_a_late_grant() -> None:
    grant = event(Act.GRANT, n=1, recorded=4)
    lifted = (event(Act.RESTRICT, n=2), event(Act.LIFT, n=3))
    assert decide(rules(), (HOME, grant, *lifted), question()).allowed
    assert not decide(rules(), (HOME, grant, lifted[0]), question()).allowed


def test_a_withdrawn_grant_stays_withdrawn_when_a_newer_one_is_given() -> None:
    """The explicit grant that lifted an objection was withdrawn: a plain one does not revive it."""
    acts = (
        event(Act.OBJECT, n=0),
        event(Act.GRANT, n=1, explicit=True),
        event(Act.WITHDRAW, n=2),
        event(Act.GRANT, n=3),
    )
    assert decide(rules(), (HOME, *acts), question()).status is ConsentStatus.OBJECTED


def test_an_officers_word_creates_no_authority_in_the_past_either() -> None:
    """A grant set aside and accepted later takes force with the word, ordered by its own time."""
    aside = event(Act.GRANT, n=1, quarantined=True)
    accepted = (HOME, aside, resolve(aside, "accept", n=4))
    assert not decide(rules(), accepted, question(at=day(4) - TICK)).allowed
    assert decide(rules(), accepted, question(at=day(4))).allowed
    february = (*accepted, event(Act.WITHDRAW, n=2))
    assert decide(rules(), february, question()).status is ConsentStatus.WITHDRAWN


@settings(max_examples=200)
@given(st.integers(0, 2**63))
def test_no_import_creates_authority_in_the_past(seed: int) -> None:
    """Nothing recorded after ``at`` turns a no about ``at`` into a yes, whatever it says."""
    rng = Random(seed)
    triple = random_triple(rng)
    at = triple.question.at
    if at.tzinfo is None:
        return  # no moment at all: denied, whatever is imported
    imported = [
        replace(
            e,
            position=e.position + 800,
            event_key=e.event_key + b"i",
            record_time=max(e.record_time, at + TICK),
        )
        for e in random_history(rng, subjects=(triple.question.subject,), odd=0)
    ]
    before = decide(triple.rules, triple.history, triple.question).allowed
    after = decide(triple.rules, (*triple.history, *imported), triple.question).allowed
    assert before or not after


@given(st.integers(-50, 50), st.integers(0, 50), st.integers(-60, 110))
def test_a_grant_takes_force_at_the_later_of_act_and_record(
    acted: int, delay: int, asked: int
) -> None:
    grant = event(Act.GRANT, event_time=day(acted), record_time=day(acted + delay))
    answer = decide(rules(), (HOME, grant), question(at=day(asked)))
    assert answer.allowed is (day(asked) >= grant.record_time and asked >= -90)


def test_a_late_lift_or_release_takes_force_at_its_record() -> None:
    given_ = (HOME, event(Act.GRANT, n=0))
    for bar, undo in ((Act.RESTRICT, Act.LIFT), (Act.HOLD, Act.RELEASE_HOLD)):
        history = (*given_, event(bar, n=1), event(undo, n=2, recorded=4))
        assert not decide(rules(), history, question(at=day(4) - TICK)).allowed
        assert decide(rules(), history, question(at=day(4))).allowed
