# SPDX-License-Identifier: Apache-2.0
"""Law 7: "Purpose tree: refuse or withdraw on a parent covers all below; a grant on a parent covers
only the children listed in the notice that was shown; a grant on a child never lifts the parent.
Names match on dot boundaries (``user`` is not ``user_data``)."

"After a restriction on a parent, a newer affirmative grant that names a child allows that child
alone (after an objection it must be explicit); parent and siblings stay denied."
"""

from __future__ import annotations

import pytest

from privseg.consent import Act, ConsentStatus, decide
from tests.twins.consent_worlds import (
    ADS,
    EMAIL,
    LOCATION,
    LOOKALIKE,
    MARKETING,
    PURCHASES,
    RESTRICTING,
    attest,
    event,
    question,
    rules,
)

HOME = attest()
BOTH = frozenset({MARKETING, EMAIL, ADS})


def granted(*purposes: str, n: int = 1, **more: object) -> tuple:
    return tuple(event(Act.GRANT, n=n, purpose=p, **more) for p in purposes)


@pytest.mark.parametrize("act", RESTRICTING)
def test_a_restrictive_act_on_a_parent_covers_all_below(act: Act) -> None:
    acts = (HOME, *granted(MARKETING, ADS, LOOKALIKE), event(act, n=2, purpose=MARKETING))
    assert not decide(rules(), acts, question(purpose=ADS)).allowed
    assert decide(rules(), acts, question(purpose=LOOKALIKE)).allowed


@pytest.mark.parametrize("act", RESTRICTING)
def test_a_restrictive_act_on_a_child_leaves_the_parent(act: Act) -> None:
    acts = (HOME, *granted(MARKETING, ADS, EMAIL), event(act, n=2, purpose=ADS))
    assert not decide(rules(), acts, question(purpose=ADS)).allowed
    assert decide(rules(), acts, question(purpose=MARKETING)).allowed
    assert decide(rules(), acts, question(purpose=EMAIL)).allowed


def test_a_grant_on_a_parent_covers_only_the_children_its_notice_listed() -> None:
    acts = (HOME, *granted(MARKETING, notice_purposes=frozenset({MARKETING, EMAIL})))
    assert decide(rules(), acts, question(purpose=MARKETING)).allowed
    assert decide(rules(), acts, question(purpose=EMAIL)).allowed
    assert decide(rules(), acts, question(purpose=ADS)).status is ConsentStatus.NEVER_ASKED


def test_a_notice_that_lists_a_purpose_elsewhere_in_the_tree_does_not_grant_it() -> None:
    acts = (HOME, *granted(EMAIL, notice_purposes=frozenset({EMAIL, ADS, LOOKALIKE})))
    assert not decide(rules(), acts, question(purpose=ADS)).allowed
    assert not decide(rules(), acts, question(purpose=LOOKALIKE)).allowed


def test_a_grant_on_a_child_never_lifts_the_parent() -> None:
    acts = (HOME, event(Act.WITHDRAW, n=1, purpose=MARKETING), *granted(EMAIL, n=2))
    assert decide(rules(), acts, question(purpose=EMAIL)).allowed
    assert not decide(rules(), acts, question(purpose=MARKETING)).allowed
    assert not decide(rules(), (HOME, *granted(EMAIL)), question(purpose=MARKETING)).allowed


@pytest.mark.parametrize("act", [Act.RESTRICT, Act.OBJECT, Act.WITHDRAW, Act.REFUSE])
@pytest.mark.parametrize("explicit", [True, False])
def test_after_a_restriction_on_a_parent_a_newer_grant_allows_the_named_child_alone(
    act: Act, *, explicit: bool
) -> None:
    before = granted(MARKETING, EMAIL, ADS)
    acts = (
        HOME,
        *before,
        event(act, n=2, purpose=MARKETING),
        *granted(EMAIL, n=3, explicit=explicit),
    )
    is_enough = explicit or act is not Act.OBJECT
    assert decide(rules(), acts, question(purpose=EMAIL)).allowed is is_enough
    assert not decide(rules(), acts, question(purpose=ADS)).allowed
    assert not decide(rules(), acts, question(purpose=MARKETING)).allowed


def test_an_act_reaches_only_the_categories_it_names() -> None:
    both = frozenset({PURCHASES, LOCATION})
    acts = (
        HOME,
        *granted(EMAIL, categories=both),
        event(Act.WITHDRAW, n=2, categories=frozenset({LOCATION})),
    )
    assert decide(rules(), acts, question(category=PURCHASES)).allowed
    assert not decide(rules(), acts, question(category=LOCATION)).allowed
    everything = event(Act.WITHDRAW, n=2, purpose=None)
    assert not decide(rules(), (*acts[:2], everything), question()).allowed
