# SPDX-License-Identifier: Apache-2.0
"""Who may change by time alone is due at the first moment they may, and all they are tied to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from pyroaring import FrozenBitMap

from privseg.consent import (
    Act,
    AtPosition,
    Authority,
    Due,
    Eligible,
    Event,
    EventColumns,
    Rules,
    eligible,
)
from privseg.terms import from_micros
from tests.twins.consent_worlds import (
    ADA,
    CA,
    DAY,
    DE,
    GRACE,
    PHONE,
    attest,
    born,
    day,
    event,
    everybody,
    merge,
    question,
    resolve,
    rules,
    with_law,
    with_terms,
)

HOME, GRANT = attest(), event(Act.GRANT, n=1)
IDLE = with_law(rules(), DE, idle=9 * DAY)
BY_GUARDIAN = replace(GRANT, authority=Authority.GUARDIAN)
ASIDE = attest(position=700, quarantined=True)
NOON, EARLY = timedelta(hours=12), timedelta(hours=-14)


def dues(policy: Rules, *events: Event, **asked: object) -> dict[int, datetime]:
    """Return who is due after day 5, and when."""
    found = eligible(policy, EventColumns.from_events(events), everybody(question(**asked))).due
    return dict(zip(found.people.tolist(), map(from_micros, found.moments.tolist()), strict=True))


MOMENTS: dict[str, tuple[Rules, tuple[Event, ...], datetime]] = {
    "a law's idle time": (IDLE, (HOME, GRANT), day(10)),
    "idle time since the last activity": (
        IDLE,
        (HOME, GRANT, event(Act.ACTIVITY, n=4)),
        day(13),
    ),
    "the grant's own idle time": (rules(), (HOME, replace(GRANT, idle_days=7)), day(8)),
    "the policy's idle time": (with_terms(rules(), idle=6 * DAY), (HOME, GRANT), day(7)),
    "activity that is on record later": (
        IDLE,
        (HOME, GRANT, event(Act.ACTIVITY, n=4, recorded=8)),
        day(8),
    ),
    "what happens later": (
        rules(),
        (HOME, GRANT, event(Act.HAPPENED, n=6, value="shipped")),
        day(6),
    ),
    "a birthday": (rules(), (HOME, GRANT, born("2010-01-07")), day(6) + NOON),
    "the birthday that ends a guardian's word": (
        rules(),
        (HOME, BY_GUARDIAN, born("2010-01-07")),
        day(6) + EARLY,
    ),
    "a tie that is on record later": (rules(), (HOME, merge(n=8)), day(8)),
    "the word on what is set aside": (
        rules(),
        (ASIDE, GRANT, resolve(ASIDE, "accept", n=7)),
        day(7),
    ),
    "the idle time of a home set aside and accepted": (
        IDLE,
        (ASIDE, GRANT, resolve(ASIDE, "accept", n=2)),
        day(10),
    ),
    "the end of a grant that came twice": (
        rules(),
        (HOME, *(replace(GRANT, expires_at=day(8), idle_days=6),) * 2),
        day(7),
    ),
    "the birthday of somebody whose grant came twice": (
        rules(),
        (HOME, GRANT, GRANT, born("2010-01-07")),
        day(6) + EARLY,
    ),
}


@pytest.mark.parametrize("what", MOMENTS)
def test_somebody_is_due_at_the_first_moment_that_counts(what: str) -> None:
    policy, events, moment = MOMENTS[what]
    assert dues(policy, *events)[ADA] == moment


def test_nobody_is_due_whom_time_does_not_change() -> None:
    assert dues(rules(), HOME, GRANT, born("1980-01-07")) == {}
    assert dues(rules(), HOME, replace(GRANT, expires_at=day(4)), born("9990-01-07")) == {}


def test_who_is_tied_to_somebody_is_due_with_them() -> None:
    ends = replace(GRANT, expires_at=day(8))
    tied = dues(rules(), HOME, ends, attest(subject=PHONE), merge(), attest(subject=GRACE))
    assert tied == {ADA: day(8), PHONE: day(8)}


def test_everybody_is_due_when_the_ledger_is_no_longer_fresh() -> None:
    policy = rules(max_ledger_age=DAY)
    known_at = AtPosition(10**9, as_of=day(5))
    theirs = attest(subject=GRACE)
    found = dues(policy, HOME, theirs, theirs, known_at=known_at)
    assert found == dict.fromkeys((ADA, GRACE), day(6) + timedelta(microseconds=1))


def test_nobody_is_due_twice() -> None:
    known_at = AtPosition(10**9, as_of=day(5))
    tied = EventColumns.from_events((HOME, merge(), attest(subject=PHONE), attest(subject=GRACE)))
    asked = everybody(question(known_at=known_at))
    found = eligible(rules(max_ledger_age=DAY), tied, asked).due
    assert found.people.tolist() == sorted((ADA, PHONE, GRACE))


def test_a_notice_to_be_posted_is_due_only_where_people_must_opt_out() -> None:
    later = rules(opt_out_notice_since=day(9))
    assert dues(later, attest(CA)) == {ADA: day(9)}
    asked = with_terms(later, basis={DE: rules().purposes[question().purpose].basis[DE]})
    assert dues(asked, HOME) == {}


def test_a_set_without_dues_is_valid_for_good() -> None:
    assert Eligible(FrozenBitMap([1])).valid_until is None
    one = Due(np.array([1]), np.array([0]))
    assert Eligible(FrozenBitMap([1]), one).valid_until == from_micros(0)
