# SPDX-License-Identifier: Apache-2.0
"""Asking again: what only the rules lack is not asked for, and a wait may be longer than time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privseg.consent import Act, Rules, asking
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    CA,
    DE,
    RELIGION,
    attest,
    day,
    event,
    question,
    rules,
    with_law,
    with_terms,
)


def test_a_wait_beyond_the_calendar_never_ends() -> None:
    patient = with_law(rules(), DE, ask_again_after=timedelta.max)
    answer = asking(patient, (attest(), event(Act.REFUSE, n=1)), question(at=day(90_000)))
    assert (answer.may, answer.since_or_from) == (False, None)


def test_a_question_put_off_is_answered_by_a_newer_grant_that_has_run_out() -> None:
    patient = with_law(rules(), DE, ask_again_after=timedelta(days=99))
    deferred = event(Act.DEFER, n=1)
    over = event(Act.GRANT, n=2, expires_at=day(4))
    assert not asking(patient, (attest(), deferred), question()).may
    answer = asking(patient, (attest(), deferred, over), question())
    assert (answer.may, answer.since_or_from, answer.reason) == (True, None, "expired")


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        (rules(laws={}), {}),
        (with_terms(rules(), basis={}), {}),
        (with_law(rules(), DE, bases=frozenset()), {}),
        (with_terms(rules(), notice=None), {}),
        (with_terms(rules(), basis={DE: LawfulBasis.CONTRACT}), {"category": RELIGION}),
        (rules(), {"purpose": "undeclared"}),
    ],
)
def test_nobody_is_asked_for_what_the_rules_lack(policy: Rules, asked: dict[str, object]) -> None:
    answer = asking(policy, (attest(), event(Act.DEFER, n=1)), question(**asked))
    assert (answer.may, answer.since_or_from) == (False, None)


def test_a_guardian_may_be_asked_for_a_minor_and_anybody_while_no_notice_is_posted() -> None:
    minor = event(Act.ATTEST_AGE, n=0, value="2015-01-01", purpose=None)
    for policy, history in (
        (rules(), (attest(), event(Act.GRANT, n=1), minor)),
        (rules(), (attest(CA), minor)),
        (rules(opt_out_notice_since=None), (attest(CA),)),
    ):
        assert asking(policy, history, question()).may
