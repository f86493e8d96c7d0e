# SPDX-License-Identifier: Apache-2.0
"""Law 2: "[...] A future event time beyond the allowed skew is quarantined and denies."

"*Quarantine*: a quarantined event that bears on the question denies from its record time until an
officer resolves it."
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, Authority, ConsentStatus, Event, Method, ReasonCode, decide
from privseg.consent.rules import MAX_SKEW
from tests.twins.consent_worlds import (
    ADS,
    CA,
    EMAIL,
    GB,
    GRACE,
    LOCATION,
    MARKETING,
    OTHER,
    attest,
    born,
    day,
    event,
    question,
    random_triple,
    resolve,
    rules,
)

S = ConsentStatus
TICK = timedelta(microseconds=1)
HOME, GRANT = attest(), event(Act.GRANT, n=1)


@pytest.mark.parametrize("act", [Act.GRANT, Act.WITHDRAW, Act.ATTEST_AGE, Act.DEFER, Act.LIFT])
def test_an_act_dated_beyond_the_skew_is_quarantined_and_denies(act: Act) -> None:
    facts = {"value": "1980-05-05"} if act is Act.ATTEST_AGE else {}
    ahead = event(act, event_time=day(3) + MAX_SKEW + TICK, record_time=day(3), **facts)
    answer = decide(rules(), (HOME, GRANT, ahead), question())
    assert (answer.allowed, answer.status) == (False, S.QUARANTINED)
    assert answer.evidence == (ahead.position,)


def test_an_act_dated_ahead_within_the_skew_counts() -> None:
    ahead = event(Act.GRANT, event_time=day(3) + MAX_SKEW, record_time=day(3))
    assert decide(rules(), (HOME, ahead), question()).allowed
    withdrawn = event(Act.WITHDRAW, event_time=day(4) + MAX_SKEW, record_time=day(4))
    answer = decide(rules(), (HOME, ahead, withdrawn), question(at=day(4)))
    assert answer.status is S.WITHDRAWN  # from its record, though its clock ran ahead


def test_a_quarantined_event_denies_only_from_its_record_and_only_where_it_bears() -> None:
    aside = event(Act.WITHDRAW, n=1, recorded=4, quarantined=True, categories=frozenset({LOCATION}))
    both = frozenset({LOCATION, question().category})
    history = (HOME, event(Act.GRANT, n=1, categories=both), aside)
    assert not decide(rules(), history, question(category=LOCATION, at=day(4))).allowed
    assert decide(rules(), history, question(category=LOCATION, at=day(4) - TICK)).allowed
    assert decide(rules(), history, question()).allowed
    other_purpose = replace(aside, purpose=ADS, categories=frozenset())
    assert decide(rules(), (*history[:2], other_purpose), question()).allowed


@pytest.mark.parametrize("act", [Act.USE, Act.HAPPENED])
def test_a_use_or_a_happening_bears_when_set_aside_for_it_may_end_a_grant(act: Act) -> None:
    facts = {"value": "moved", "quarantined": True}
    assert decide(rules(), (HOME, GRANT, event(act, **facts)), question()).status is S.QUARANTINED
    elsewhere = event(act, purpose=ADS, **facts)
    assert decide(rules(), (HOME, GRANT, elsewhere), question()).allowed


@pytest.mark.parametrize("act", [Act.ACTIVITY, Act.RESOLVE])
def test_activity_and_an_officers_word_deny_nothing_when_set_aside(act: Act) -> None:
    facts = {"value": "discard", "target": GRANT.position} if act is Act.RESOLVE else {}
    aside = event(act, n=2, quarantined=True, **facts)
    assert decide(rules(), (HOME, GRANT, aside), question()).allowed


@pytest.mark.parametrize("act", [Act.USE, Act.HAPPENED, Act.ACTIVITY])
def test_use_activity_and_happenings_change_nothing_by_themselves(act: Act) -> None:
    extra = event(act, n=2, value="moved")
    plain = decide(rules(), (HOME, GRANT), question())
    assert decide(rules(), (HOME, GRANT, extra), question()) == plain


def test_a_quarantined_grant_grants_nothing() -> None:
    aside = event(Act.GRANT, n=1, purpose=MARKETING, quarantined=True)
    answer = decide(rules(), (HOME, aside), question(purpose=EMAIL))
    assert answer.status is S.QUARANTINED
    assert ReasonCode.GIVEN not in answer.reasons


# --- until an officer resolves it -------------------------------------------------------------

ASIDE = event(Act.WITHDRAW, n=2, quarantined=True)


def ruled(*words: Event, aside: Event = ASIDE, **asked: object) -> S:
    return decide(rules(), (HOME, GRANT, aside, *words), question(**asked)).status


def test_what_is_discarded_counts_for_nothing_and_what_is_accepted_counts_as_it_was() -> None:
    assert ruled() is S.QUARANTINED
    assert ruled(resolve(ASIDE, "discard", n=3)) is S.GIVEN
    assert ruled(resolve(ASIDE, "accept", n=3)) is S.WITHDRAWN


def test_a_word_takes_force_at_the_later_of_being_said_and_recorded() -> None:
    for word in (resolve(ASIDE, "discard", n=3, recorded=4), resolve(ASIDE, "discard", n=4)):
        assert ruled(word, at=day(4) - TICK) is S.QUARANTINED
        assert ruled(word, at=day(4)) is S.GIVEN


def test_an_accepted_withdrawal_reaches_back_to_when_the_person_acted() -> None:
    """Before the word it is quarantined; between act and record it then denies as withdrawn."""
    late = event(Act.WITHDRAW, n=2, recorded=4, quarantined=True)
    word = resolve(late, "accept", n=3)
    assert ruled(word, aside=late, at=day(3)) is S.WITHDRAWN
    assert ruled(word, aside=late, at=day(3) - TICK) is S.GIVEN


def test_an_accepted_grant_takes_force_no_earlier_than_the_word() -> None:
    aside = event(Act.GRANT, n=1, quarantined=True)
    word = resolve(aside, "accept", n=3)
    for at, status in ((day(3) - TICK, S.QUARANTINED), (day(3), S.GIVEN)):
        assert decide(rules(), (HOME, aside, word), question(at=at)).status is status
    withdrawn = (HOME, aside, word, event(Act.WITHDRAW, n=2))
    assert decide(rules(), withdrawn, question()).status is S.WITHDRAWN  # still ordered by its act


def test_an_accepted_act_dated_ahead_is_never_set_aside_again_and_waits_for_its_time() -> None:
    ahead = event(Act.GRANT, event_time=day(5), record_time=day(2))
    word = resolve(ahead, "accept", n=3)
    assert decide(rules(), (HOME, ahead, word), question(at=day(4))).status is S.NEVER_ASKED
    assert decide(rules(), (HOME, ahead, word), question(at=day(5))).status is S.GIVEN
    withdrawn = event(Act.WITHDRAW, event_time=day(9), record_time=day(2))
    assert ruled(resolve(withdrawn, "accept", n=3), aside=withdrawn) is S.WITHDRAWN


def test_an_accepted_attestation_counts_and_a_discarded_one_does_not() -> None:
    moved = attest(GB, n=2, quarantined=True)
    child = born("2015-01-01", n=2, quarantined=True)
    for aside, place, accepted in ((moved, None, S.NEVER_ASKED), (child, CA, S.MISSING)):
        history = (attest(place or "DE"), aside)
        words = {w: (*history, resolve(aside, w, n=3)) for w in ("accept", "discard")}
        assert decide(rules(), history, question()).status is S.QUARANTINED
        assert decide(rules(), words["accept"], question()).status is accepted
        plain = decide(rules(), history[:1], question())
        assert decide(rules(), words["discard"], question()) == plain


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((("accept", 3), ("discard", 4)), S.GIVEN),
        ((("discard", 3), ("accept", 4)), S.WITHDRAWN),
        ((("discard", 3), ("accept", 4), ("discard", 4)), S.QUARANTINED),
        ((("discard", 4), ("discard", 4)), S.GIVEN),
        ((("accept", 3), ("discard", 6)), S.WITHDRAWN),
    ],
)
def test_of_several_words_the_newest_governs_and_two_minds_at_one_moment_settle_nothing(
    words: tuple[tuple[str, int], ...], status: S
) -> None:
    said = [resolve(ASIDE, word, n=n) for word, n in words]
    for order in permutations(said):
        assert ruled(*order) is status


def test_an_older_word_recorded_late_does_not_overrule_a_newer_one() -> None:
    newer, older = resolve(ASIDE, "accept", n=3), resolve(ASIDE, "discard", n=2, recorded=4)
    assert ruled(newer, older) is S.WITHDRAWN


@pytest.mark.parametrize(
    "vain",
    [
        {"subject": GRACE},
        {"controller": OTHER},
        {"target": ASIDE.position + 1},
        {"quarantined": True},
        {"event_time": day(3) + MAX_SKEW + TICK},
    ],
)
def test_a_word_about_something_else_or_set_aside_itself_settles_nothing(
    vain: dict[str, object],
) -> None:
    word = replace(resolve(ASIDE, "discard", n=3), **vain)  # type: ignore[arg-type]
    assert ruled(word) is S.QUARANTINED
    if word.subject == ASIDE.subject:
        accepted = resolve(word, "accept", n=4, controller=word.controller)
        assert ruled(word, accepted) is S.QUARANTINED  # nobody can bring it into effect


@pytest.mark.parametrize("authority", Authority)
@pytest.mark.parametrize("method", [Method.API, Method.SILENCE])
def test_anybodys_word_settles_it_however_it_was_recorded(
    authority: Authority, method: Method
) -> None:
    """Who may resolve is the engine's to say; the ledger holds only words of officers."""
    word = resolve(ASIDE, "discard", n=3, authority=authority, method=method)
    assert ruled(word) is S.GIVEN


def test_a_word_about_what_was_never_set_aside_changes_nothing() -> None:
    withdrawn = event(Act.WITHDRAW, n=2)
    for aside in (withdrawn, GRANT, HOME):
        history = (HOME, GRANT, withdrawn)
        plain = decide(rules(), history, question())
        for word in ("accept", "discard"):
            assert decide(rules(), (*history, resolve(aside, word, n=3)), question()) == plain


@settings(max_examples=200)
@given(st.integers(0, 2**63))
def test_discarding_all_that_is_set_aside_equals_its_absence(seed: int) -> None:
    """And before anybody says anything, what is set aside never adds an allow."""
    triple = random_triple(Random(seed))
    history = [
        replace(e, quarantined=False)
        for e in triple.history
        if e.act is not Act.RESOLVE and e.position != 0 and e.event_time.tzinfo
    ]
    rng = Random(seed)
    whole, asked = replace(triple.rules, max_skew=timedelta(days=99)), triple.question
    keys = {e.event_key for e in history if e.position > 1 and rng.random() < 0.5}
    without = [e for e in history if e.event_key not in keys]
    aside = [replace(e, quarantined=True) if e.event_key in keys else e for e in history]
    before = decide(whole, without, asked)
    is_known = any(e.subject == asked.subject for e in without)
    assert before.allowed or not decide(whole, aside, asked).allowed or not is_known
    if asked.at.tzinfo is None or not is_known:
        return
    words = [
        replace(
            resolve(e, "discard", position=2_000 + i),
            event_time=day(-90),
            record_time=day(-90),
        )
        for i, e in enumerate(aside)
        if e.quarantined
    ]
    all_known = replace(asked, known_at=question().known_at)
    settled = decide(whole, [*aside, *words], all_known)
    plain = decide(whole, without, all_known)
    odd = {ReasonCode.CONFLICTING_EVENTS, ReasonCode.MALFORMED_EVENT}
    if not odd & {*settled.reasons, *plain.reasons}:
        known = any(
            e.subject == asked.subject and e.controller == asked.controller for e in without
        )
        assert (settled.allowed, settled.reasons) == (plain.allowed, plain.reasons) or not known
