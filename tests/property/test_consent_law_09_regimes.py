# SPDX-License-Identifier: Apache-2.0
"""Law 9: "Never asked: deny under opt-in regimes; under opt-out regimes allow only what is not
sensitive, for people of 16 or more, with no opt-out signal, while a notice was posted. Unknown or
conflicting jurisdiction: the strictest candidate. Moving house is an event; the law of the time
applies."

"*Jurisdiction*: none attested is a deny (``unknown_jurisdiction``); of several, every candidate
must allow; one without a law pack denies. A move recorded late never loosens a day before its
record. The event's own ``jurisdiction`` field is evidence of where the act happened; the attested
one decides. *Age*: unknown is adult, unless policy marks the source as directed to children."
"*Signals* bind purposes marked as sale, sharing or targeted advertising (policy may widen to all)."
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, ConsentStatus, Event, ReasonCode, decide
from privseg.consent.attested import of_age_from
from privseg.terms import from_micros
from tests.twins.consent_worlds import (
    ADS,
    CA,
    DAY,
    DE,
    EMAIL,
    GB,
    LOCATION,
    RELIGION,
    START,
    XX,
    attest,
    day,
    event,
    question,
    random_triple,
    rules,
)

TICK = timedelta(microseconds=1)


def test_never_asked_denies_under_opt_in_and_allows_under_opt_out() -> None:
    assert decide(rules(), (attest(DE),), question()).status is ConsentStatus.NEVER_ASKED
    answer = decide(rules(), (attest(CA),), question())
    assert (answer.allowed, answer.status) == (True, ConsentStatus.NEVER_ASKED)
    assert answer.reasons == (ReasonCode.NOT_OPTED_OUT,)


@pytest.mark.parametrize("category", [LOCATION, RELIGION])
def test_an_opt_out_regime_needs_an_opt_in_for_what_is_sensitive(category: str) -> None:
    asked = question(category=category)
    answer = decide(rules(), (attest(CA),), asked)
    assert (answer.allowed, answer.status) == (False, ConsentStatus.NEVER_ASKED)
    assert answer.reasons == (ReasonCode.SENSITIVE_NEEDS_OPT_IN,)
    opted_in = event(Act.OPT_IN, n=1, categories=frozenset({category}), explicit=True)
    assert decide(rules(), (attest(CA), opted_in), asked).status is ConsentStatus.GIVEN


@pytest.mark.parametrize(
    ("posted", "collected", "allowed"),
    [
        (None, None, False),
        (day(5), None, True),
        (day(5) + TICK, None, False),
        (day(4), day(4), True),
        (day(4), day(4) - TICK, False),
    ],
)
def test_an_opt_out_regime_needs_a_notice_posted_at_collection(
    posted: datetime | None, collected: datetime | None, *, allowed: bool
) -> None:
    policy = rules(opt_out_notice_since=posted)
    asked = question(collected_from=collected)
    answer = decide(policy, (attest(CA),), asked)
    assert answer.allowed is allowed
    assert (ReasonCode.NO_OPT_OUT_NOTICE in answer.reasons) is not allowed
    assert decide(policy, (attest(CA), event(Act.OPT_IN, n=1)), asked).allowed


@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.integers(-2, 2))
def test_a_person_is_of_age_once_the_sixteenth_birthday_has_begun_everywhere(
    born: date, beside: int
) -> None:
    at = from_micros(of_age_from(born)) + beside * TICK
    history = (attest(CA, n=-80_000), event(Act.ATTEST_AGE, n=-70_000, value=born.isoformat()))
    policy = rules(opt_out_notice_since=datetime(1900, 1, 1, tzinfo=UTC))
    answer = decide(policy, history, question(at=at))
    assert answer.allowed is (beside >= 0)
    assert (ReasonCode.UNDER_AGE in answer.reasons) is (beside < 0)


def test_a_birthday_on_29_february_falls_on_1_march_where_there_is_none() -> None:
    assert from_micros(of_age_from(date(2084, 2, 29))) == datetime(2100, 3, 1, 12, tzinfo=UTC)
    assert from_micros(of_age_from(date(2000, 2, 29))) == datetime(2016, 2, 29, 12, tzinfo=UTC)
    assert of_age_from(date(9990, 1, 1)) > 10**18


@pytest.mark.parametrize("directed", [True, False])
def test_an_unknown_age_is_adult_unless_the_source_is_directed_to_children(
    *, directed: bool
) -> None:
    policy = rules(directed_to_children=directed)
    assert decide(policy, (attest(CA),), question()).allowed is not directed
    adult = event(Act.ATTEST_AGE, n=1, value="1980-05-05")
    assert decide(policy, (attest(CA), adult), question()).allowed


def test_of_several_attested_ages_the_newest_counts_and_at_one_moment_the_youngest() -> None:
    child = event(Act.ATTEST_AGE, n=1, value="2015-01-01")
    adult = event(Act.ATTEST_AGE, n=2, value="1980-05-05")
    assert decide(rules(), (attest(CA), child, adult), question()).allowed
    same = replace(adult, event_time=day(1), record_time=day(1))
    for order in permutations((child, same)):
        assert not decide(rules(), (attest(CA), *order), question()).allowed


def test_a_late_age_counts_against_an_earlier_yes_and_never_for_one() -> None:
    child = event(Act.ATTEST_AGE, n=1, recorded=4, value="2015-01-01")
    assert not decide(rules(), (attest(CA), child), question(at=day(2))).allowed
    earlier = event(Act.ATTEST_AGE, n=0, value="2015-01-01")
    adult = event(Act.ATTEST_AGE, n=1, recorded=4, value="1980-05-05")
    assert not decide(rules(), (attest(CA), earlier, adult), question(at=day(2))).allowed
    assert decide(rules(), (attest(CA), earlier, adult), question(at=day(4))).allowed


def test_minors_and_age_do_not_enter_where_the_basis_is_no_opt_out() -> None:
    child = event(Act.ATTEST_AGE, n=1, value="2015-01-01")
    assert decide(rules(), (attest(GB), child), question()).allowed


@pytest.mark.parametrize("first", [DE, CA])
def test_of_conflicting_jurisdictions_every_one_must_allow(first: str) -> None:
    second = CA if first == DE else DE
    history = (attest(first), attest(second))
    assert decide(rules(), history, question()).status is ConsentStatus.NEVER_ASKED
    granted = (*history, event(Act.GRANT, n=1))
    answer = decide(rules(), granted, question())
    assert answer.allowed
    assert answer.witness is not None
    assert [j for j, _ in answer.witness.bases] == sorted([DE, CA])
    lawless = (*granted, attest(XX))
    assert ReasonCode.NO_LAW_PACK in decide(rules(), lawless, question()).reasons


def test_moving_house_is_an_event_and_the_law_of_the_time_applies() -> None:
    history = (attest(DE, n=0), attest(CA, n=3))
    assert not decide(rules(), history, question(at=day(3) - TICK)).allowed
    assert decide(rules(), history, question(at=day(3))).allowed
    back = (*history, attest(DE, n=5))
    assert decide(rules(), back, question(at=day(5) - TICK)).allowed
    assert not decide(rules(), back, question(at=day(5))).allowed


def test_a_move_recorded_late_never_loosens_a_day_before_its_record() -> None:
    history = (attest(DE), attest(CA, n=2, recorded=4))
    assert not decide(rules(), history, question(at=day(3))).allowed
    assert decide(rules(), history, question(at=day(4))).allowed
    stricter = (attest(CA), attest(DE, n=2, recorded=4))
    assert decide(rules(), stricter, question(at=day(2) - TICK)).allowed
    assert not decide(rules(), stricter, question(at=day(3))).allowed
    first_word = (attest(CA, n=1, recorded=4),)
    answer = decide(rules(), first_word, question(at=day(3)))
    assert answer.reasons == (ReasonCode.UNKNOWN_JURISDICTION,)


@settings(max_examples=200)
@given(st.integers(0, 2**63), st.sampled_from([DE, CA, GB]))
def test_no_late_move_turns_any_no_into_a_yes(seed: int, place: str) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    at = triple.question.at
    late = attest(
        place,
        n=rng.randrange(-4, 9),
        record_time=at + TICK,
        position=900,
        subject=triple.question.subject,
        controller=triple.question.controller,
    )
    before = decide(triple.rules, triple.history, triple.question).allowed
    assert before or not decide(triple.rules, (*triple.history, late), triple.question).allowed


def test_the_place_of_an_act_is_evidence_and_decides_nothing() -> None:
    abroad = event(Act.GRANT, n=1, jurisdiction=CA)
    assert decide(rules(), (attest(DE), abroad), question()).allowed
    assert not decide(rules(), (abroad,), question()).allowed


def signal(**more: object) -> Event:
    return event(Act.SIGNAL, n=1, purpose=None, **more)


def test_a_signal_binds_advertising_and_no_more_unless_policy_widens_it() -> None:
    history = (attest(CA), signal())
    answer = decide(rules(), history, question(purpose=ADS))
    assert (answer.allowed, answer.status) == (False, ConsentStatus.OPTED_OUT)
    assert answer.reasons == (ReasonCode.SIGNALLED,)
    assert decide(rules(), history, question(purpose=EMAIL)).allowed
    assert not decide(rules(signals_bind_all=True), history, question(purpose=EMAIL)).allowed


def test_the_law_of_a_day_needs_an_attestation_by_that_day() -> None:
    assert not decide(rules(), (attest(CA, n=3),), question(at=day(3) - TICK)).allowed
    assert decide(rules(), (attest(CA, n=3),), question(at=START + 3 * DAY)).allowed
