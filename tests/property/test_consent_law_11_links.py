# SPDX-License-Identifier: Apache-2.0
"""Law 11: "Merging identities never adds an allow; un-merge restores each side. A device's opt-out
signal (GPC) binds its pseudonymous profile at once and the person when linked later; its later
absence is not an opt-in."

"*Merge*: each linked profile's data is readable under its own grants and everybody's restrictions;
the merged person's rows are those of the profiles that are allowed. So linking a never-asked
device adds nothing and takes nothing from the rest."
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
from privseg.terms import LawfulBasis, Ordinal
from tests.twins.consent_worlds import (
    ADA,
    ADS,
    CA,
    DAY,
    DE,
    GB,
    GRACE,
    OTHER,
    PHONE,
    RESTRICTING,
    TABLET,
    XX,
    Triple,
    attest,
    born,
    day,
    event,
    merge,
    question,
    random_history,
    random_triple,
    resolve,
    rules,
    unmerge,
    with_law,
    with_terms,
)

S = ConsentStatus
TICK = timedelta(microseconds=1)
GRANTED = (attest(), event(Act.GRANT, n=1))
seeds = st.integers(0, 2**63)


def of_phone(act: Act, n: int = 2, **more: object) -> Event:
    return event(act, n=n, subject=PHONE, **more)


# --- everybody's restrictions, one's own grants -------------------------------------------------


@pytest.mark.parametrize("act", [*RESTRICTING, Act.HOLD, Act.ERASE])
@pytest.mark.parametrize("pair", [(ADA, PHONE), (PHONE, ADA)])
def test_what_a_linked_profile_restricts_binds_the_person_from_the_link_on(
    act: Act, pair: tuple[Ordinal, Ordinal]
) -> None:
    """In both directions, however old the act is."""
    policy = with_terms(rules(), advertising=True)
    history = (*GRANTED, of_phone(act, n=0))
    assert decide(policy, history, question()).allowed
    linked = (*history, merge(*pair, n=3))
    assert decide(policy, linked, question(at=day(3) - TICK)).allowed
    alone = decide(policy, (*GRANTED, replace(history[-1], subject=ADA)), question())
    answer = decide(policy, linked, question(at=day(3)))
    lifted_by_the_grant = act not in {Act.HOLD, Act.ERASE, Act.OBJECT}
    assert answer.allowed is alone.allowed is lifted_by_the_grant
    newer = (*linked, of_phone(act, n=2))
    assert not decide(policy, newer, question(at=day(3))).allowed


def test_a_devices_signal_binds_the_device_at_once_and_the_person_when_linked_later() -> None:
    signal = of_phone(Act.SIGNAL, n=0, purpose=None)
    device = (attest(CA, subject=PHONE), signal)
    asked = question(purpose=ADS)
    assert decide(rules(), device, replace(asked, subject=PHONE, at=day(0))).status is S.OPTED_OUT
    person = (attest(CA), *device)
    assert decide(rules(), person, asked).allowed
    answer = decide(rules(), (*person, merge(n=4)), asked)
    assert (answer.allowed, answer.status) == (False, S.OPTED_OUT)
    assert answer.reasons == (ReasonCode.SIGNALLED,)
    assert answer.evidence == (signal.position,)


def test_a_signals_later_absence_is_not_an_opt_in() -> None:
    visits = [of_phone(Act.ACTIVITY, n) for n in (2, 3, 4)]
    history = (attest(CA), of_phone(Act.SIGNAL, n=0, purpose=None), merge(n=1), *visits)
    assert decide(rules(), history, question(purpose=ADS)).status is S.OPTED_OUT


@pytest.mark.parametrize("act", [Act.GRANT, Act.OPT_IN])
@pytest.mark.parametrize("place", [DE, CA])
def test_a_linked_profiles_grant_grants_the_person_nothing(act: Act, place: str) -> None:
    policy = rules(opt_out_notice_since=None)
    yes = of_phone(act, explicit=True, method=Method.DOUBLE_OPT_IN)
    history = (attest(place), attest(place, subject=PHONE), yes, merge(n=3))
    assert not decide(policy, history, question()).allowed
    theirs = decide(policy, history, question(subject=PHONE)).allowed
    assert theirs is (act is Act.GRANT or place == CA)  # the phone's own rows, by its own grant


def test_a_linked_profiles_grant_lifts_nothing_of_the_persons() -> None:
    history = (*GRANTED, event(Act.OBJECT, n=2), of_phone(Act.GRANT, 3, explicit=True), merge())
    assert decide(rules(), history, question()).status is S.OBJECTED


def test_linking_a_never_asked_device_adds_nothing_and_takes_nothing() -> None:
    for place in (DE, CA, GB):
        person = (attest(place), event(Act.GRANT, n=1))
        device = (attest(place, subject=PHONE), of_phone(Act.DEFER), of_phone(Act.ACTIVITY))
        alone = decide(rules(), person, question())
        assert decide(rules(), (*person, merge(n=2)), question()) == alone
        linked = decide(rules(), (*person, *device, merge(n=2)), question())
        assert (linked.status, linked.reasons) == (alone.status, alone.reasons)
    on_device = question(subject=PHONE)
    history = (*GRANTED, attest(DE, subject=PHONE), merge(n=2))
    assert decide(rules(), history, on_device).status is S.NEVER_ASKED


def test_a_linked_profiles_activity_keeps_no_consent_alive_but_its_uses_use_it_up() -> None:
    grant = event(Act.GRANT, n=1, idle_days=3)
    assert decide(
        rules(), (attest(), grant, of_phone(Act.ACTIVITY, 3), merge()), question()
    ).reasons == (ReasonCode.IDLE,)
    counted = event(Act.GRANT, n=1, uses=2)
    uses = (event(Act.USE, n=2), of_phone(Act.USE, 2), merge())
    answer = decide(rules(), (attest(), counted, *uses), question())
    assert answer.reasons == (ReasonCode.USED_UP,)
    assert decide(rules(), (attest(), counted, *uses[:2]), question()).allowed


def test_what_happened_to_a_linked_profile_ends_a_grant_that_names_it() -> None:
    grant = event(Act.GRANT, n=1, until="moved")
    history = (attest(), grant, of_phone(Act.HAPPENED, value="moved"), merge(n=4))
    assert decide(rules(), history, question(at=day(4) - TICK)).allowed
    assert decide(rules(), history, question(at=day(4))).reasons == (ReasonCode.ENDED_BY_EVENT,)


# --- who lifts ----------------------------------------------------------------------------------


def test_the_persons_own_newer_grant_lifts_what_a_linked_profile_suspended() -> None:
    for act in RESTRICTING:
        history = (attest(), of_phone(act, 2), merge(), event(Act.GRANT, n=3, explicit=True))
        assert decide(rules(), history, question()).allowed
        same_time = (*history[:3], event(Act.GRANT, n=2, explicit=True))
        is_bound = act is not Act.SIGNAL  # no advertising
        assert decide(rules(), same_time, question()).allowed is not is_bound


@pytest.mark.parametrize(("bar", "undo"), [(Act.RESTRICT, Act.LIFT), (Act.HOLD, Act.RELEASE_HOLD)])
def test_a_linked_profiles_lift_reaches_its_own_acts_only(bar: Act, undo: Act) -> None:
    tie = merge()
    own = (*GRANTED, tie, event(bar, n=2), of_phone(undo, 3))
    assert not decide(rules(), own, question()).allowed
    theirs = (*GRANTED, tie, of_phone(bar, 2), of_phone(undo, 3))
    assert decide(rules(), theirs, question()).allowed
    by_person = (*GRANTED, tie, of_phone(bar, 2), event(undo, n=3))
    assert decide(rules(), by_person, question()).allowed
    third = (*GRANTED, tie, merge(ADA, TABLET), event(bar, n=2, subject=TABLET), of_phone(undo, 3))
    assert not decide(rules(), third, question()).allowed


def test_a_linked_profiles_withdrawal_ends_the_persons_older_grants() -> None:
    history = (*GRANTED, of_phone(Act.WITHDRAW, 2), merge(n=3))
    answer = decide(rules(), history, question())
    assert (answer.status, answer.reasons) == (S.WITHDRAWN, (ReasonCode.WITHDRAWN,))
    assert decide(rules(), (*history, event(Act.GRANT, n=4)), question()).allowed


# --- ties and their end -------------------------------------------------------------------------

OBJECTED = of_phone(Act.OBJECT, 2)


def test_an_unmerge_restores_each_side() -> None:
    theirs = (attest(subject=PHONE), of_phone(Act.GRANT, 1), OBJECTED)
    own = (*GRANTED, event(Act.RESTRICT, n=3, purpose=ADS))
    apart = (*own, *theirs)
    together = (*apart, merge(n=3))
    restored = (*together, unmerge(n=4))
    for person in (ADA, PHONE):
        for purpose in (ADS, question().purpose):
            asked = question(subject=person, purpose=purpose)
            assert decide(rules(), restored, asked) == decide(rules(), apart, asked)
    assert decide(rules(), together, question()).status is S.OBJECTED
    assert decide(rules(), restored, question(at=day(4) - TICK)).status is S.OBJECTED


@pytest.mark.parametrize(
    ("end", "restores"),
    [
        (unmerge(n=4), True),
        (unmerge(PHONE, ADA, n=4), True),
        (unmerge(n=3, recorded=4), False),  # not newer
        (unmerge(n=4, recorded=6), False),  # not yet on record
        (unmerge(n=4, method=Method.SILENCE), False),
        (unmerge(n=4, authority=Authority.STAFF), False),
        (unmerge(n=4, controller=OTHER), False),
        (unmerge(n=4, quarantined=True, recorded=6), False),
        (unmerge(ADA, TABLET, n=4), False),
    ],
)
def test_only_a_newer_affirmative_unmerge_by_as_high_an_authority_unties(
    end: Event, *, restores: bool
) -> None:
    history = (*GRANTED, OBJECTED, merge(n=3), end)
    assert decide(rules(), history, question()).allowed is restores


@pytest.mark.parametrize("made", Authority)
@pytest.mark.parametrize("undone", Authority)
def test_staff_may_untie_what_staff_tied_and_the_person_anything(
    made: Authority, undone: Authority
) -> None:
    history = (
        *GRANTED,
        OBJECTED,
        merge(n=3, authority=made),
        unmerge(n=4, authority=undone),
    )
    assert decide(rules(), history, question()).allowed is (undone.level >= made.level)


def test_profiles_may_be_tied_again_and_every_tie_needs_its_own_end() -> None:
    chain = (merge(n=1), unmerge(n=2), merge(PHONE, ADA, n=3), unmerge(n=4))
    history = (*GRANTED, of_phone(Act.OBJECT, 1))
    for n, is_tied in ((1, True), (2, False), (3, True), (4, False)):
        asked = question(at=day(n))
        for order in permutations(chain):
            assert decide(rules(), (*history, *order), asked).allowed is not is_tied
    held = (*history, merge(n=1), merge(n=1, authority=Authority.STAFF), unmerge(n=2))
    assert decide(rules(), held, question()).allowed
    by_staff = (*history, merge(n=1), merge(n=1), unmerge(n=2, authority=Authority.STAFF))
    assert not decide(rules(), by_staff, question()).allowed


def test_links_are_transitive_and_end_where_the_chain_is_cut() -> None:
    far = event(Act.OBJECT, n=2, subject=GRACE)
    chain = (merge(ADA, PHONE), merge(TABLET, PHONE), merge(TABLET, GRACE))
    assert decide(rules(), (*GRANTED, far, *chain), question()).status is S.OBJECTED
    for gone in range(3):
        short = [tie for i, tie in enumerate(chain) if i != gone]
        assert decide(rules(), (*GRANTED, far, *short), question()).allowed
    cut = (*GRANTED, far, *chain, unmerge(PHONE, TABLET, n=3))
    assert decide(rules(), cut, question()).allowed
    assert not decide(rules(), cut, question(at=day(3) - TICK)).allowed


def test_a_late_tie_counts_from_the_act_and_a_late_end_from_its_record() -> None:
    history = (*GRANTED, OBJECTED, merge(n=3, recorded=5))
    assert decide(rules(), history, question(at=day(3) - TICK)).allowed
    assert not decide(rules(), history, question(at=day(3))).allowed
    ended = (*history, unmerge(n=4, recorded=6))
    assert not decide(rules(), ended, question(at=day(6) - TICK)).allowed
    assert decide(rules(), ended, question(at=day(6))).allowed


def test_ties_of_another_controller_tie_nothing_here() -> None:
    assert decide(rules(), (*GRANTED, OBJECTED, merge(controller=OTHER)), question()).allowed


# --- whose law and what age ---------------------------------------------------------------------


def test_the_law_of_every_linked_profile_is_a_candidate_beside_the_persons() -> None:
    device = attest(DE, subject=PHONE)
    person = (attest(CA), device)
    assert decide(rules(), person, question()).allowed
    answer = decide(rules(), (*person, merge()), question())
    assert (answer.allowed, answer.status) == (False, S.NEVER_ASKED)
    lawless = (*GRANTED, attest(XX, subject=PHONE), merge())
    assert ReasonCode.NO_LAW_PACK in decide(rules(), lawless, question()).reasons


def test_where_the_person_lives_is_unknown_until_they_say_so_themselves() -> None:
    history = (attest(CA, subject=PHONE), event(Act.GRANT, n=1), merge())
    assert decide(rules(), history, question()).reasons == (ReasonCode.UNKNOWN_JURISDICTION,)


def test_a_person_known_only_by_a_linked_profile_is_unknown() -> None:
    history = (attest(CA, subject=PHONE), merge(PHONE, ADA))
    assert decide(rules(), history, question()).reasons == (ReasonCode.UNKNOWN_PERSON,)


def test_the_youngest_of_all_linked_profiles_counts_and_one_without_age_says_nothing() -> None:
    policy = with_terms(rules(), basis={DE: LawfulBasis.OPT_OUT})
    grown = (attest(), born("1980-05-05"))
    child = born("2015-01-01", subject=PHONE)
    assert decide(policy, (*grown, child), question()).allowed
    assert decide(policy, (*grown, child, merge()), question()).reasons == (ReasonCode.UNDER_AGE,)
    for strict in (policy, replace(policy, directed_to_children=True)):
        assert decide(strict, (*grown, of_phone(Act.ACTIVITY), merge()), question()).allowed


def test_who_may_be_a_child_and_may_be_grown_can_give_no_valid_consent() -> None:
    """One profile says 2015, the other 1980: neither the person's nor a guardian's grant holds."""
    ages = (attest(), born("2015-01-01"), born("1980-05-05", subject=PHONE))
    for authority, reason in (
        (Authority.SUBJECT, ReasonCode.UNDER_AGE),
        (Authority.GUARDIAN, ReasonCode.GUARDIAN_LAPSED),
    ):
        grant = event(Act.GRANT, n=1, authority=authority)
        answer = decide(with_law(rules()), (*ages, grant, merge()), question())
        assert answer.reasons == (reason,)


# --- what is set aside, malformed or contradictory ----------------------------------------------


@pytest.mark.parametrize("tie", [merge, unmerge])
@pytest.mark.parametrize("pair", [(ADA, PHONE), (PHONE, ADA), (PHONE, TABLET)])
def test_a_link_set_aside_denies_both_sides_until_it_is_settled(
    tie: object, pair: tuple[Ordinal, Ordinal]
) -> None:
    aside = tie(*pair, n=3, quarantined=True)  # type: ignore[operator]
    history = (*GRANTED, aside)
    answer = decide(rules(), history, question())
    is_concerned = ADA in pair
    assert answer.status is (S.QUARANTINED if is_concerned else S.GIVEN)
    assert decide(rules(), history, question(at=day(3) - TICK)).allowed
    through_phone = (*history, merge(ADA, PHONE))
    assert decide(rules(), through_phone, question()).status is S.QUARANTINED
    for word in ("accept", "discard"):
        settled = (*history, resolve(aside, word, n=4))
        assert decide(rules(), settled, question()).allowed


def test_an_accepted_tie_ties_and_a_discarded_one_does_not() -> None:
    aside = merge(n=3, quarantined=True)
    history = (*GRANTED, OBJECTED, aside)
    accepted = decide(rules(), (*history, resolve(aside, "accept", n=4)), question())
    assert accepted.status is S.OBJECTED
    assert decide(rules(), (*history, resolve(aside, "discard", n=4)), question()).allowed


def test_an_officers_word_about_a_linked_profiles_event_settles_it() -> None:
    aside = of_phone(Act.WITHDRAW, 2, quarantined=True)
    history = (*GRANTED, merge(), aside)
    assert decide(rules(), history, question()).status is S.QUARANTINED
    for word, status in (("accept", S.WITHDRAWN), ("discard", S.GIVEN)):
        ruled = (*history, resolve(aside, word, n=4))
        assert decide(rules(), ruled, question()).status is status
        misfiled = (*history, replace(ruled[-1], subject=ADA))
        assert decide(rules(), misfiled, question()).status is S.QUARANTINED


@pytest.mark.parametrize("target", [None, ADA, -1])
def test_a_tie_to_nobody_is_an_error(target: int | None) -> None:
    broken = replace(merge(), target=target)
    answer = decide(rules(), (*GRANTED, broken), question())
    assert (answer.status, answer.reasons) == (S.ERROR, (ReasonCode.MALFORMED_EVENT,))


def test_a_tie_that_cannot_be_read_is_an_error_for_both_sides_for_ever() -> None:
    broken = merge(PHONE, ADA, event_time=day(3).replace(tzinfo=None))
    for extra in ((), (unmerge(n=4),)):
        history = (*GRANTED, attest(subject=PHONE), broken, *extra)
        for person in (ADA, PHONE):
            answer = decide(rules(), history, question(subject=person))
            assert answer.reasons == (ReasonCode.MALFORMED_EVENT,)
    assert decide(rules(), (*GRANTED, broken), question(subject=GRACE)).status is S.MISSING


def test_a_linked_profiles_contradictions_and_faults_are_the_persons_too() -> None:
    theirs = of_phone(Act.ACTIVITY)
    forged = replace(theirs, position=theirs.position + 500, explicit=True)
    naive = replace(theirs, event_key=b"x", event_time=day(2).replace(tzinfo=None))
    for odd, reason in (
        ((theirs, forged), ReasonCode.CONFLICTING_EVENTS),
        ((naive,), ReasonCode.MALFORMED_EVENT),
    ):
        assert decide(rules(), (*GRANTED, *odd), question()).allowed
        answer = decide(rules(), (*GRANTED, *odd, merge()), question())
        assert (answer.status, answer.reasons) == (S.ERROR, (reason,))


# --- the laws, of any histories -----------------------------------------------------------------


def answers(triple: Triple, *more: Event) -> bool:
    return decide(triple.rules, (*triple.history, *more), triple.question).allowed


def a_tie(rng: Random, triple: Triple, n: int | None = None, **more: object) -> Event:
    """Return a tie between the person asked about and a profile with a history of its own."""
    facts: dict[str, object] = {"controller": triple.question.controller, "event_key": b"tie"}
    facts |= {"position": rng.choice((1, 990)), "authority": rng.choice(tuple(Authority))}
    pair = rng.sample((triple.question.subject, Ordinal(50)), 2)
    return merge(*pair, n=rng.randrange(-2, 9) if n is None else n, **(facts | more))


def with_a_stranger(rng: Random) -> Triple:
    """Return a random triple in which somebody unlinked has a history too."""
    triple = random_triple(rng)
    theirs = [
        replace(e, event_key=e.event_key + b"theirs", controller=triple.question.controller)
        for e in random_history(rng, subjects=(Ordinal(50),), odd=0.1)
    ]
    return replace(triple, history=(*triple.history, *theirs))


@settings(max_examples=400)
@given(seeds)
def test_merging_never_adds_an_allow(seed: int) -> None:
    rng = Random(seed)
    triple = with_a_stranger(rng)
    before = decide(triple.rules, triple.history, triple.question)
    after = answers(triple, a_tie(rng, triple, quarantined=rng.random() < 0.1))
    assert before.allowed or not after


@settings(max_examples=200)
@given(seeds)
def test_a_tie_and_its_newer_end_leave_every_later_answer_as_it_was(seed: int) -> None:
    rng = Random(seed)
    triple = with_a_stranger(rng)
    at = triple.question.at
    if at.tzinfo is None:
        return
    made = a_tie(rng, triple, event_time=at - 2 * DAY, record_time=at - 2 * DAY)
    undone = replace(
        made,
        act=Act.UNMERGE,
        event_key=b"untie",
        position=991,
        event_time=at - DAY,
        record_time=at - rng.choice((0, 1)) * DAY,
        authority=Authority.SUBJECT,
    )
    known = replace(triple.question, known_at=question().known_at)
    if not any(
        (e.subject, e.controller) == (known.subject, known.controller) for e in triple.history
    ):
        return  # a tie of somebody nobody knew makes them known
    before = decide(triple.rules, triple.history, known)
    after = decide(triple.rules, (*triple.history, made, undone), known)
    assert (after.allowed, after.status, after.reasons) == (
        before.allowed,
        before.status,
        before.reasons,
    )


@settings(max_examples=200)
@given(seeds)
def test_nothing_a_linked_profile_does_adds_an_allow(seed: int) -> None:
    """But its own lift of its own act, and what ends or settles a tie."""
    rng = Random(seed)
    triple = random_triple(rng)
    theirs = [
        replace(
            e,
            position=e.position + 900,
            event_key=e.event_key + b"theirs",
            controller=triple.question.controller,
        )
        for e in random_history(rng, subjects=(PHONE,), odd=0.1)
        if e.act not in {Act.LIFT, Act.RELEASE_HOLD, Act.RESOLVE, Act.UNMERGE}
        and e.act not in {Act.ATTEST_AGE, Act.ATTEST_JURISDICTION}
    ]
    if triple.question.subject != PHONE:
        assert answers(triple) or not answers(triple, *theirs)
