# SPDX-License-Identifier: Apache-2.0
"""The bytes of a kept set, and the digest of what it was folded under."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.consent import LawTerms
from privseg.consent.encoding import NEVER
from privseg.gate.due import HOUR, DueIndex
from privseg.gate.eligible_format import MAGIC, from_bytes, to_bytes
from privseg.gate.eligible_state import About, State
from privseg.gate.rules_digest import rules_digest
from privseg.terms import LawfulBasis
from tests.twins.consent_shop import DE, EMAIL, PURCHASES, START, day, rules, with_terms

ABOUT = About("ab" * 32, EMAIL, PURCHASES)
AT = 1_767_225_600_000_000


def state(seed: int) -> State:
    """Return an invented state that lived for a while."""
    rng = Random(seed)
    due = DueIndex.of(np.array([], np.int64), np.array([], np.int64), at=AT)
    for step in range(rng.randrange(5)):
        people = np.array(sorted(rng.sample(range(1_000), rng.randrange(300))), np.int64)
        moments = np.array([AT + rng.randrange(1, 400 * HOUR) for _ in people], np.int64)
        at = AT + step * HOUR // 2
        due = due.judged(due.due(at) | FrozenBitMap(people.tolist()), people, moments, at=at)
    people = FrozenBitMap(rng.sample(range(2**32), rng.randrange(300)))
    return State(ABOUT, 7, 9, AT - rng.randrange(2) * 2 * AT, people, due, of=400, judged=3)


@given(st.integers(0, 2**63))
def test_a_state_comes_back_from_its_bytes(seed: int) -> None:
    kept = state(seed)
    read = from_bytes(to_bytes(kept), ABOUT)
    assert read is not None
    for name in ("about", "position", "checked", "at", "of", "people"):
        assert getattr(read, name) == getattr(kept, name)
    assert read.judged == 0
    assert to_bytes(read) == to_bytes(kept)
    for ahead in (0, 1, HOUR, 77 * HOUR, 500 * HOUR):
        assert read.due.due(AT + ahead) == kept.due.due(AT + ahead)


def test_bytes_of_another_set_version_or_length_are_no_state() -> None:
    data = to_bytes(state(2))
    assert from_bytes(data, ABOUT) is not None
    assert from_bytes(data, replace(ABOUT, purpose="other")) is None
    assert from_bytes(data.replace(b"eligible/1", b"eligible/2"), ABOUT) is None
    for size in range(0, len(data), 7):
        assert from_bytes(data[:size], ABOUT) is None
    assert from_bytes(data + b"\0", ABOUT) is None
    assert from_bytes(MAGIC + (5).to_bytes(8, "little") + b"null ", ABOUT) is None


def test_ten_million_due_people_take_about_four_bytes_each() -> None:
    people = np.arange(200_000)
    due = DueIndex.of(people, AT + (people * 7_919 % 17_520) * HOUR, at=AT)
    kept = State(ABOUT, 7, 7, AT, FrozenBitMap(people.tolist()), due, of=200_000, judged=0)
    assert len(to_bytes(kept)) < 4.1 * 200_000 + 17_520 * 16 + 30_000


def test_every_part_of_the_rules_is_in_their_digest() -> None:
    others = [
        rules(controller="other"),
        rules(special_categories=frozenset()),
        rules(sensitive_categories=frozenset()),
        rules(opt_out_notice_since=None),
        rules(signals_bind_all=True),
        rules(directed_to_children=True),
        rules(max_skew=timedelta(0)),
        rules(max_ledger_age=timedelta(days=1)),
        rules(laws={DE: LawTerms(idle=timedelta(days=1))}),
        rules(laws={DE: LawTerms(bases=frozenset({LawfulBasis.CONSENT}))}),
        with_terms(rules(), notice="banner@3"),
        with_terms(rules(), basis={DE: LawfulBasis.CONTRACT}),
        with_terms(rules(), consent_lasts=timedelta(days=7)),
        with_terms(rules(), categories=frozenset({PURCHASES})),
    ]
    digests = {rules_digest(r, START) for r in (rules(), *others)} | {rules_digest(rules(), day(1))}
    assert len(digests) == len(others) + 2
    changed = {
        f.name
        for f in fields(rules())
        for r in others
        if getattr(r, f.name) != getattr(rules(), f.name)
    }
    assert changed == {f.name for f in fields(rules())}


def test_the_order_in_which_rules_are_written_changes_no_digest() -> None:
    turned = rules(purposes=dict(reversed(rules().purposes.items())))
    assert rules_digest(turned, START) == rules_digest(rules(), START)


def test_rules_of_an_unknown_type_have_no_digest() -> None:
    with pytest.raises(TypeError, match="float"):
        rules_digest(with_terms(rules(), notice=1.5), START)


def test_never_is_not_a_moment() -> None:
    due = DueIndex.of(np.array([5]), np.array([NEVER]), at=AT)
    assert len(due) == 0
