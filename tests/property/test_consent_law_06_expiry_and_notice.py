# SPDX-License-Identifier: Apache-2.0
"""Law 6: "Expiry is computed when read. A material change of notice makes older grants *stale*
(deny) for what changed only."

"*Expiry* is exclusive (``at >= expires_at`` is expired); the newest grant governs." "A parent's
changed notice makes stale the children it lists."
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.consent import Act, ConsentStatus, ReasonCode, decide
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    BANNER,
    CHANGED,
    DAY,
    EMAIL,
    MARKETING,
    TEXT,
    TRANSLATED,
    attest,
    day,
    event,
    question,
    rules,
    with_terms,
)

HOME = attest()
TICK = timedelta(microseconds=1)


@given(st.integers(1, 10**12), st.integers(-2, 2))
def test_expiry_is_exclusive(lasts: int, beside: int) -> None:
    ends = day(1) + timedelta(microseconds=lasts)
    grant = event(Act.GRANT, n=1, expires_at=ends)
    at = ends + beside * TICK
    answer = decide(rules(), (HOME, grant), question(at=at))
    assert answer.allowed is (day(1) <= at < ends)
    if at >= ends:
        assert answer.status is ConsentStatus.EXPIRED


@pytest.mark.parametrize("recorded", [1, 3])
def test_the_policys_duration_counts_from_the_act_and_ends_exclusively(recorded: int) -> None:
    lasting = with_terms(rules(), consent_lasts=3 * DAY)
    history = (HOME, event(Act.GRANT, n=1, recorded=recorded, expires_at=day(9)))
    assert decide(lasting, history, question(at=day(4) - TICK)).allowed
    assert decide(lasting, history, question(at=day(4))).status is ConsentStatus.EXPIRED


def test_the_earlier_of_both_expiries_holds() -> None:
    lasting = with_terms(rules(), consent_lasts=30 * DAY)
    history = (HOME, event(Act.GRANT, n=1, expires_at=day(4)))
    assert decide(lasting, history, question()).status is ConsentStatus.EXPIRED


def test_the_newest_grant_governs_even_when_it_lapses_first() -> None:
    history = (HOME, event(Act.GRANT, n=1), event(Act.GRANT, n=2, expires_at=day(3)))
    assert decide(rules(), history, question()).status is ConsentStatus.EXPIRED
    renewed = (*history, event(Act.GRANT, n=4))
    assert decide(rules(), renewed, question()).allowed


@pytest.mark.parametrize(
    ("shown", "stands"), [("banner@2", True), ("banner@1", True), ("banner@0", False)]
)
def test_a_grant_stands_under_the_notice_in_force_and_those_that_changed_nothing(
    shown: str, *, stands: bool
) -> None:
    answer = decide(rules(), (HOME, event(Act.GRANT, n=1, notice=shown)), question())
    assert answer.allowed is stands
    assert answer.status is (ConsentStatus.GIVEN if stands else ConsentStatus.STALE)


def test_a_changed_notice_makes_stale_what_changed_only() -> None:
    grant = event(Act.GRANT, n=1, purpose=MARKETING, notice="banner@1", notice_purposes=BANNER)
    changed = with_terms(rules(), EMAIL, older_notices=frozenset())
    assert decide(changed, (HOME, grant), question(purpose=MARKETING)).allowed
    assert decide(changed, (HOME, grant), question()).status is ConsentStatus.STALE


def test_a_parents_changed_notice_makes_stale_the_children_it_lists() -> None:
    by_parent = event(Act.GRANT, n=1, purpose=MARKETING, notice="banner@1")
    by_child = event(Act.GRANT, n=1, notice="banner@1")
    changed = with_terms(rules(), MARKETING, older_notices=frozenset())
    assert decide(changed, (HOME, by_parent), question()).status is ConsentStatus.STALE
    assert decide(changed, (HOME, by_child), question()).allowed


def test_a_grant_of_a_purpose_the_policy_does_not_have_is_stale() -> None:
    less = rules()
    gone = {p: t for p, t in less.purposes.items() if p != MARKETING}
    grant = event(Act.GRANT, n=1, purpose=MARKETING)
    answer = decide(rules(purposes=gone), (HOME, grant), question())
    assert answer.status is ConsentStatus.STALE


def test_what_an_expired_or_stale_grant_had_lifted_stands_again() -> None:
    """Else an objection would be gone once the consent that overrode it lapsed (law 10)."""
    objected = event(Act.OBJECT, n=0)
    explicit = event(Act.GRANT, n=1, explicit=True, expires_at=day(4))
    history = (HOME, objected, explicit)
    assert decide(rules(), history, question(at=day(3))).allowed
    assert decide(rules(), history, question()).status is ConsentStatus.OBJECTED


# --- the text of a notice ---------------------------------------------------------------------

PINNED = with_terms(rules(), notice_texts=frozenset({TEXT, TRANSLATED}))


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (TEXT, ReasonCode.GIVEN),
        (TRANSLATED, ReasonCode.GIVEN),
        (CHANGED, ReasonCode.NOTICE_TEXT_CHANGED),
        (None, ReasonCode.NO_NOTICE_SHOWN),
    ],
)
def test_a_grant_under_a_pinned_notice_names_one_of_its_texts(
    shown: str | None, reason: ReasonCode
) -> None:
    """Else "banner@2" could be edited under people who said yes to it."""
    answer = decide(PINNED, (HOME, event(Act.GRANT, n=1, notice_sha256=shown)), question())
    assert (answer.allowed, answer.reasons) == (reason is ReasonCode.GIVEN, (reason,))


def test_a_changed_text_makes_stale_and_no_text_is_missing() -> None:
    for shown, status in ((CHANGED, ConsentStatus.STALE), (None, ConsentStatus.MISSING)):
        grant = event(Act.GRANT, n=1, notice_sha256=shown)
        assert decide(PINNED, (HOME, grant), question()).status is status


def test_where_no_text_is_pinned_none_may_be_named() -> None:
    grant = event(Act.GRANT, n=1, notice_sha256=TEXT)
    answer = decide(rules(), (HOME, grant), question())
    assert answer.reasons == (ReasonCode.NOTICE_TEXT_CHANGED,)


@pytest.mark.parametrize("shown", [TEXT, CHANGED, None])
def test_a_grant_under_an_older_notice_is_not_compared_with_the_text_in_force(
    shown: str | None,
) -> None:
    older = event(Act.GRANT, n=1, notice="banner@1", notice_sha256=shown)
    assert decide(PINNED, (HOME, older), question()).allowed


@pytest.mark.parametrize("pinned", [EMAIL, MARKETING])
def test_the_texts_of_child_and_parent_must_both_be_those_shown(pinned: str) -> None:
    policy = with_terms(rules(), pinned, notice_texts=frozenset({TEXT}))
    for shown in (TEXT, None):
        by_parent = event(Act.GRANT, n=1, purpose=MARKETING, notice_sha256=shown)
        assert not decide(policy, (HOME, by_parent), question()).allowed
    both = with_terms(
        with_terms(rules(), EMAIL, notice_texts=frozenset({TEXT})),
        MARKETING,
        notice_texts=frozenset({TEXT, TRANSLATED}),
    )
    for shown, holds in ((TEXT, True), (TRANSLATED, False)):
        by_parent = event(Act.GRANT, n=1, purpose=MARKETING, notice_sha256=shown)
        assert decide(both, (HOME, by_parent), question()).allowed is holds


def test_what_a_grant_under_another_text_had_lifted_stands_again() -> None:
    history = (HOME, event(Act.OBJECT, n=0), event(Act.GRANT, n=1, explicit=True))
    assert decide(rules(), history, question()).allowed
    assert decide(PINNED, history, question()).status is ConsentStatus.MISSING
    interest = with_terms(PINNED, basis={"DE": LawfulBasis.LEGITIMATE_INTEREST})
    assert decide(interest, history, question()).status is ConsentStatus.OBJECTED
