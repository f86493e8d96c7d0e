# SPDX-License-Identifier: Apache-2.0
"""Law 8: "Never asked, deferred, refused, withdrawn, expired, stale, objected, opted out, limited,
restricted, erased are different states: all deny under opt-in, but differ in default regimes, in
who may lift them, and in when we may ask again."

"On another basis never asked, deferred, expired and stale count as never asked; refused,
withdrawn, objected, opted out, limited, restricted and erased deny." "*Who lifts*: only the same or
a higher authority. Staff cannot grant or lift on their own. [...] California's opt-in after opt-out
needs both steps recorded. ``opt_in`` is a grant in an opt-out regime. ``defer`` ends nothing."
"""

from __future__ import annotations

from itertools import combinations

import pytest

from privseg.consent import Act, Authority, ConsentStatus, Event, Method, decide
from privseg.terms import LawfulBasis, Purpose
from tests.twins.consent_worlds import (
    ADS,
    CA,
    DE,
    GB,
    PURCHASES,
    attest,
    day,
    event,
    question,
    rules,
    with_terms,
)

S = ConsentStatus
ALL = frozenset({PURCHASES})


def ads(act: Act, n: int, **more: object) -> Event:
    return event(act, n=n, purpose=ADS, **more)


PATHS: dict[ConsentStatus, tuple[Event, ...]] = {
    S.NEVER_ASKED: (),
    S.DEFERRED: (ads(Act.DEFER, 1),),
    S.EXPIRED: (ads(Act.GRANT, 1, expires_at=day(2)),),
    S.STALE: (ads(Act.GRANT, 1, notice="banner@0"),),
    S.REFUSED: (ads(Act.REFUSE, 1),),
    S.WITHDRAWN: (ads(Act.GRANT, 1), ads(Act.WITHDRAW, 2)),
    S.LIMITED: (ads(Act.GRANT, 1), ads(Act.LIMIT, 2)),
    S.OPTED_OUT: (ads(Act.GRANT, 1), ads(Act.OPT_OUT, 2)),
    S.OBJECTED: (ads(Act.GRANT, 1), ads(Act.OBJECT, 2)),
    S.RESTRICTED: (ads(Act.GRANT, 1), ads(Act.RESTRICT, 2)),
    S.HELD: (ads(Act.GRANT, 1), ads(Act.HOLD, 2)),
    S.ERASED: (ads(Act.GRANT, 1), ads(Act.ERASE, 2)),
    S.QUARANTINED: (ads(Act.GRANT, 1), ads(Act.WITHDRAW, 2, quarantined=True)),
    S.ERROR: (ads(Act.GRANT, 1), ads(Act.MERGE, 2, target=None)),
    S.GIVEN: (ads(Act.GRANT, 1),),
}
DEFAULTS = {S.NEVER_ASKED, S.DEFERRED, S.EXPIRED, S.STALE}


@pytest.mark.parametrize("status", PATHS)
def test_under_opt_in_every_state_but_given_denies_under_its_own_name(status: S) -> None:
    answer = decide(rules(), (attest(DE), *PATHS[status]), question(purpose=ADS))
    assert answer.status is status
    assert answer.allowed is (status is S.GIVEN)


@pytest.mark.parametrize("place", [CA, GB])
@pytest.mark.parametrize("status", PATHS)
def test_on_another_basis_what_was_never_settled_counts_as_never_asked(
    status: S, place: str
) -> None:
    answer = decide(rules(), (attest(place), *PATHS[status]), question(purpose=ADS))
    counts_as = S.NEVER_ASKED if status in DEFAULTS else status
    assert answer.status is counts_as
    assert answer.allowed is (counts_as in {S.NEVER_ASKED, S.GIVEN})


BARRED = [status for status in PATHS if status not in {*DEFAULTS, S.GIVEN}]


@pytest.mark.parametrize(("one", "other"), list(combinations(BARRED, 2)))
def test_of_two_states_the_stricter_is_the_status(one: S, other: S) -> None:
    acts = [e for e in (*PATHS[one], *PATHS[other]) if e.act is not Act.GRANT]
    answer = decide(rules(), (attest(DE), ads(Act.GRANT, 1), *acts), question(purpose=ADS))
    assert answer.status is min(one, other, key=lambda s: s.rank)
    assert len(answer.reasons) == (1 if S.ERROR in {one, other} else 2)


def test_a_deferral_ends_nothing() -> None:
    for n in (1, 2, 3):
        history = (attest(DE), ads(Act.GRANT, 2), ads(Act.DEFER, n))
        assert decide(rules(), history, question(purpose=ADS)).status is S.GIVEN


LIFTED_BY_LIFT = {Act.RESTRICT: True, Act.LIMIT: True, Act.OBJECT: True}
BARS = (
    Act.REFUSE,
    Act.WITHDRAW,
    Act.OBJECT,
    Act.RESTRICT,
    Act.OPT_OUT,
    Act.SIGNAL,
    Act.LIMIT,
    Act.ERASE,
    Act.HOLD,
)


@pytest.mark.parametrize("act", BARS)
def test_a_lift_lifts_restriction_limit_and_objection_and_nothing_else(act: Act) -> None:
    history = (attest(DE), ads(Act.GRANT, 1), ads(act, 2), ads(Act.LIFT, 3))
    answer = decide(rules(), history, question(purpose=ADS))
    assert answer.allowed is (act in LIFTED_BY_LIFT)


@pytest.mark.parametrize("act", BARS)
def test_a_newer_explicit_grant_lifts_all_but_hold_and_erasure(act: Act) -> None:
    history = (attest(DE), ads(act, 2), ads(Act.GRANT, 3, explicit=True))
    answer = decide(rules(), history, question(purpose=ADS))
    assert answer.allowed is (act not in {Act.HOLD, Act.ERASE})


@pytest.mark.parametrize("imposed", Authority)
@pytest.mark.parametrize("by", Authority)
@pytest.mark.parametrize("undo", [Act.GRANT, Act.LIFT])
def test_only_the_same_or_a_higher_authority_lifts_and_staff_never_does(
    imposed: Authority, by: Authority, undo: Act
) -> None:
    history = (
        attest(DE),
        ads(Act.GRANT, 1),
        ads(Act.RESTRICT, 2, authority=imposed),
        ads(undo, 3, authority=by),
    )
    answer = decide(rules(), history, question(purpose=ADS))
    assert answer.allowed is (
        by.level >= imposed.level and by in {Authority.SUBJECT, Authority.AGENT}
    ) or (undo is Act.LIFT and by is Authority.GUARDIAN and by.level >= imposed.level)


@pytest.mark.parametrize("by", Authority)
def test_staff_cannot_grant_on_their_own(by: Authority) -> None:
    history = (attest(DE), ads(Act.GRANT, 1, authority=by))
    answer = decide(rules(), history, question(purpose=ADS))
    assert answer.allowed is (
        by in {Authority.SUBJECT, Authority.AGENT}  # a guardian only for a child: law 9
    )


@pytest.mark.parametrize("imposed", Authority)
@pytest.mark.parametrize("by", Authority)
def test_a_hold_is_released_by_the_same_or_a_higher_authority(
    imposed: Authority, by: Authority
) -> None:
    history = (
        attest(DE),
        ads(Act.GRANT, 1),
        ads(Act.HOLD, 2, authority=imposed),
        ads(Act.RELEASE_HOLD, 3, authority=by),
    )
    assert decide(rules(), history, question(purpose=ADS)).allowed is (by.level >= imposed.level)


@pytest.mark.parametrize("undo", [Act.LIFT, Act.RELEASE_HOLD])
def test_what_is_not_affirmative_lifts_nothing(undo: Act) -> None:
    bar = Act.RESTRICT if undo is Act.LIFT else Act.HOLD
    history = (attest(DE), ads(Act.GRANT, 1), ads(bar, 2), ads(undo, 3, method=Method.DISMISS))
    assert not decide(rules(), history, question(purpose=ADS)).allowed


@pytest.mark.parametrize(("bar", "undo"), [(Act.RESTRICT, Act.LIFT), (Act.HOLD, Act.RELEASE_HOLD)])
def test_a_lift_reaches_what_it_is_about(bar: Act, undo: Act) -> None:
    given_ = (attest(DE), ads(Act.GRANT, 1), event(bar, n=2, purpose=None))
    for purpose, is_enough in (
        (None, True),
        (Purpose("marketing"), True),
        (ADS, True),
        ("x", False),
    ):
        history = (*given_, event(undo, n=3, purpose=purpose))
        assert decide(rules(), history, question(purpose=ADS)).allowed is is_enough


@pytest.mark.parametrize("bar", [Act.OPT_OUT, Act.SIGNAL, Act.LIMIT])
@pytest.mark.parametrize("act", [Act.OPT_IN, Act.GRANT])
@pytest.mark.parametrize("method", [Method.FORM, Method.DOUBLE_OPT_IN])
def test_opting_in_after_opting_out_needs_both_steps_in_an_opt_out_regime(
    bar: Act, act: Act, method: Method
) -> None:
    """11 CCR §7028: the request to opt in, then a separate confirmation."""
    history = (attest(CA), ads(bar, 2), ads(act, 3, method=method))
    answer = decide(rules(), history, question(purpose=ADS))
    assert answer.allowed is (method is Method.DOUBLE_OPT_IN)


def test_an_opt_in_is_a_grant_only_in_an_opt_out_regime() -> None:
    history = (attest(DE), ads(Act.OPT_IN, 1, method=Method.DOUBLE_OPT_IN, explicit=True))
    assert decide(rules(), history, question(purpose=ADS)).status is S.NEVER_ASKED
    by_interest = with_terms(rules(), ADS, basis={DE: LawfulBasis.LEGITIMATE_INTEREST})
    opted = (attest(DE), ads(Act.OPT_OUT, 0), history[1])
    assert decide(by_interest, opted, question(purpose=ADS)).status is S.OPTED_OUT


@pytest.mark.parametrize("act", [Act.OPT_OUT, Act.SIGNAL, Act.LIMIT])
def test_not_opting_out_again_is_no_opt_in(act: Act) -> None:
    """11 CCR §7025(c)(5): a signal's later absence is not an opt-in, however often one returns."""
    visits = [ads(Act.ACTIVITY, n) for n in range(2, 5)]
    history = (attest(CA), ads(act, 1), *visits)
    assert not decide(rules(), history, question(purpose=ADS)).allowed
