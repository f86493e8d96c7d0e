# SPDX-License-Identifier: Apache-2.0
"""Law 9 and its law packs, as they bear on children: "under opt-out regimes allow only what is not
sensitive, for people of 16 or more". "*Age*: unknown is adult, unless policy marks the source as
directed to children."

Below the age of consent only a guardian says yes (GDPR Art. 8), and only until then; a minor's
opt-in after silence needs both steps (Cal. Civ. Code §1798.120(c)).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.consent import (
    Act,
    Authority,
    ConsentStatus,
    Event,
    Method,
    ReasonCode,
    Rules,
    decide,
)
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    CA,
    DE,
    GB,
    LOCATION,
    attest,
    born,
    day,
    event,
    question,
    rules,
    with_law,
    with_terms,
)

TICK = timedelta(microseconds=1)
LONG_AGO = {"n": -40_000}
CHILD, GROWN = born("2015-01-01"), born("1980-05-05")


def said_by(authority: Authority, **more: object) -> Event:
    return event(Act.GRANT, n=1, authority=authority, **more)


def why(*events: Event, policy: Rules | None = None, **asked: object) -> tuple[ReasonCode, ...]:
    answer = decide(policy or rules(), (attest(), *events), question(**asked))
    assert answer.allowed is (answer.status is ConsentStatus.GIVEN)
    return answer.reasons


GIVEN = (ReasonCode.GIVEN,)
UNDER_AGE = (ReasonCode.UNDER_AGE,)
LAPSED = (ReasonCode.GUARDIAN_LAPSED,)


# --- who can say yes where the basis is consent -------------------------------------------------


@pytest.mark.parametrize("authority", Authority)
def test_below_the_age_of_consent_only_a_guardian_says_yes(authority: Authority) -> None:
    reasons = why(CHILD, said_by(authority))
    match authority:
        case Authority.GUARDIAN:
            assert reasons == GIVEN
        case Authority.STAFF:
            assert reasons == (ReasonCode.NEVER_ASKED,)
        case _:
            assert reasons == UNDER_AGE


@pytest.mark.parametrize("age", [(), (GROWN,)])
@pytest.mark.parametrize("authority", Authority)
def test_nobody_is_guardian_of_an_adult(authority: Authority, age: tuple[Event, ...]) -> None:
    reasons = why(*age, said_by(authority))
    match authority:
        case Authority.GUARDIAN:
            assert reasons == LAPSED
        case Authority.STAFF:
            assert reasons == (ReasonCode.NEVER_ASKED,)
        case _:
            assert reasons == GIVEN


@pytest.mark.parametrize("years", [13, 16, 18])
@given(st.dates(date(1970, 1, 1), date(2030, 1, 1)), st.integers(-2, 2))
def test_a_guardians_yes_lapses_with_the_first_hour_of_the_birthday_anywhere(
    years: int, birth: date, beside: int
) -> None:
    """And the person's own counts from when the birthday has begun everywhere; between, nobody's.

    Born on 29 February: from 28 February on the one, from 1 March on the other.
    """
    policy = with_law(rules(), guardian_below=years)
    year = birth.year + years
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    leapling = (birth.month, birth.day) == (2, 29) and not is_leap
    early = date(year, 2, 28) if leapling else birth.replace(year=year)
    late = date(year, 3, 1) if leapling else birth.replace(year=year)
    lapses = datetime.combine(early, datetime.min.time(), UTC) - timedelta(hours=14)
    begins = datetime.combine(late, datetime.min.time(), UTC) + timedelta(hours=12)
    history = (attest(**LONG_AGO), born(birth.isoformat(), **LONG_AGO))
    for authority, edge, holds in (
        (Authority.GUARDIAN, lapses, beside < 0),
        (Authority.SUBJECT, begins, beside >= 0),
    ):
        grant = event(Act.GRANT, authority=authority, **LONG_AGO)
        answer = decide(policy, (*history, grant), question(at=edge + beside * TICK))
        assert answer.allowed is holds
        reason = ReasonCode.UNDER_AGE
        if authority is Authority.GUARDIAN:
            reason = ReasonCode.GUARDIAN_LAPSED
        assert (reason in answer.reasons) is not holds


def test_the_age_of_consent_is_that_of_the_law_that_applies() -> None:
    """Spain 14, Germany 16: whoever may live in either needs a guardian until both allow."""
    policy = with_law(with_terms(rules(), basis=dict.fromkeys((DE, GB), LawfulBasis.CONSENT)), GB)
    policy = with_law(policy, GB, guardian_below=13)
    fourteen = born("2011-06-01")
    own, by_guardian = said_by(Authority.SUBJECT), said_by(Authority.GUARDIAN)
    assert why(fourteen, own, policy=policy) == UNDER_AGE
    assert decide(policy, (attest(GB), fourteen, own), question()).allowed
    assert decide(policy, (attest(GB), fourteen, by_guardian), question()).reasons == LAPSED
    both = (attest(GB), attest(DE), fourteen)
    assert decide(policy, (*both, own), question()).reasons == UNDER_AGE
    assert decide(policy, (*both, by_guardian), question()).reasons == LAPSED


def test_an_older_grant_never_steps_in_for_one_that_age_disqualifies() -> None:
    older = event(Act.GRANT, n=0, authority=Authority.GUARDIAN)
    assert why(CHILD, older, said_by(Authority.SUBJECT)) == UNDER_AGE
    assert why(GROWN, event(Act.GRANT, n=0), said_by(Authority.GUARDIAN)) == LAPSED


def test_who_grew_up_must_be_asked_themselves_and_may_withdraw_what_a_guardian_said() -> None:
    turned = born("2010-01-03")
    by_guardian = event(Act.GRANT, n=0, authority=Authority.GUARDIAN)
    assert why(turned, by_guardian, at=day(1)) == GIVEN
    assert why(turned, by_guardian) == LAPSED
    assert why(turned, by_guardian, event(Act.GRANT, n=4)) == GIVEN
    withdrawn = event(Act.WITHDRAW, n=1, authority=Authority.SUBJECT)
    assert why(turned, by_guardian, withdrawn, at=day(1)) == (ReasonCode.WITHDRAWN,)


def test_a_guardians_yes_never_lifts_what_the_child_imposed() -> None:
    """Guardians and agents rank alike, below the person."""
    for imposed, lifts in ((Authority.SUBJECT, False), (Authority.AGENT, True)):
        objected = event(Act.OBJECT, n=0, authority=imposed)
        grant = said_by(Authority.GUARDIAN, explicit=True)
        answer = decide(rules(), (attest(), CHILD, objected, grant), question())
        assert answer.allowed is lifts


def test_age_plays_no_part_where_nobody_is_asked() -> None:
    for basis in set(LawfulBasis) - {LawfulBasis.CONSENT, LawfulBasis.OPT_OUT}:
        policy = with_terms(rules(), basis={DE: basis})
        for age in (CHILD, GROWN):
            assert decide(policy, (attest(), age), question()).allowed
            objected = event(Act.OBJECT, n=0, authority=Authority.AGENT)
            for authority in (Authority.SUBJECT, Authority.GUARDIAN):
                grant = said_by(authority, explicit=True)
                assert decide(policy, (attest(), age, objected, grant), question()).allowed


# --- what is not known of somebody's age ----------------------------------------------------------


def test_an_unknown_age_is_a_childs_where_the_source_is_directed_to_children() -> None:
    directed = rules(directed_to_children=True)
    assert why(said_by(Authority.SUBJECT), policy=directed) == UNDER_AGE
    assert why(said_by(Authority.GUARDIAN), policy=directed) == GIVEN
    assert why(GROWN, said_by(Authority.SUBJECT), policy=directed) == GIVEN


def test_of_two_dates_of_birth_at_one_moment_both_may_hold_and_nobody_can_say_yes() -> None:
    both = (CHILD, born("1980-05-05"))
    assert why(*both, said_by(Authority.SUBJECT)) == UNDER_AGE
    assert why(*both, said_by(Authority.GUARDIAN)) == LAPSED


def test_a_date_of_birth_recorded_later_counts_only_against_a_yes() -> None:
    late_child = replace(CHILD, record_time=day(6))
    assert why(late_child, said_by(Authority.SUBJECT)) == UNDER_AGE
    assert why(late_child, said_by(Authority.GUARDIAN)) == LAPSED  # unknown is adult, beside it
    late_adult = born("1980-05-05", n=1, recorded=6)
    assert why(CHILD, late_adult, said_by(Authority.SUBJECT)) == UNDER_AGE
    assert why(CHILD, late_adult, said_by(Authority.GUARDIAN)) == LAPSED
    assert why(CHILD, late_adult, said_by(Authority.GUARDIAN), at=day(6)) == LAPSED
    assert why(CHILD, late_adult, said_by(Authority.SUBJECT), at=day(6)) == GIVEN


def test_a_newer_date_of_birth_corrects_an_older_one() -> None:
    corrected = (born("2015-01-01", n=0), born("1980-05-05", n=1))
    assert why(*corrected, said_by(Authority.SUBJECT)) == GIVEN
    assert why(*corrected, said_by(Authority.SUBJECT), at=day(1) - TICK) != GIVEN


# --- where people must opt out -------------------------------------------------------------------

CALIFORNIA = with_law(rules(), CA, guardian_below=13, opt_in_below=16)
TEENAGER, SMALL = born("2011-06-01"), born("2015-01-01")


def opted(*events: Event, policy: Rules = CALIFORNIA, **asked: object) -> tuple[ReasonCode, ...]:
    return decide(policy, (attest(CA), *events), question(**asked)).reasons


@pytest.mark.parametrize("act", [Act.OPT_IN, Act.GRANT])
@pytest.mark.parametrize("method", [Method.FORM, Method.DOUBLE_OPT_IN])
@pytest.mark.parametrize("authority", [Authority.SUBJECT, Authority.AGENT, Authority.GUARDIAN])
def test_a_minors_opt_in_needs_both_steps_and_a_small_childs_its_guardian(
    act: Act, method: Method, authority: Authority
) -> None:
    opt_in = event(act, n=1, method=method, authority=authority)
    is_whole = method is Method.DOUBLE_OPT_IN
    is_guardian = authority is Authority.GUARDIAN
    assert (opted(SMALL, opt_in) == GIVEN) is (is_whole and is_guardian)
    assert (opted(TEENAGER, opt_in) == GIVEN) is (is_whole and not is_guardian)
    assert (opted(GROWN, opt_in) == GIVEN) is not is_guardian
    for child in (SMALL, TEENAGER):
        assert opted(child, opt_in) in (GIVEN, UNDER_AGE)


def test_silence_is_enough_for_adults_only_and_what_is_sensitive_for_nobody() -> None:
    assert opted(GROWN) == opted() == (ReasonCode.NOT_OPTED_OUT,)
    assert opted(TEENAGER) == opted(SMALL) == UNDER_AGE
    asked = {"category": LOCATION}
    assert opted(GROWN, **asked) == (ReasonCode.SENSITIVE_NEEDS_OPT_IN,)
    assert set(opted(SMALL, **asked)) == {*UNDER_AGE, ReasonCode.SENSITIVE_NEEDS_OPT_IN}


def test_a_guardians_opt_in_lapses_when_the_child_can_opt_in_alone() -> None:
    opt_in = event(Act.OPT_IN, n=1, method=Method.DOUBLE_OPT_IN, authority=Authority.GUARDIAN)
    turns_13 = born("2013-01-05")
    before = day(4) - timedelta(hours=14)
    assert opted(turns_13, opt_in, at=before - TICK) == GIVEN
    assert opted(turns_13, opt_in, at=before) == UNDER_AGE
    sensitive = replace(opt_in, categories=frozenset({LOCATION}))
    assert opted(GROWN, sensitive, category=LOCATION) == (ReasonCode.SENSITIVE_NEEDS_OPT_IN,)


def test_the_ages_are_those_of_each_law() -> None:
    strict = with_law(CALIFORNIA, CA, opt_in_below=18)
    seventeen = born("2008-06-01")
    assert opted(seventeen) == (ReasonCode.NOT_OPTED_OUT,)
    assert opted(seventeen, policy=strict) == UNDER_AGE
    opt_in = event(Act.OPT_IN, n=1, method=Method.DOUBLE_OPT_IN)
    assert opted(seventeen, opt_in, policy=strict) == GIVEN
