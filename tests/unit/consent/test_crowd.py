# SPDX-License-Identifier: Apache-2.0
"""Groups of linked profiles are the components of their ties, and parts never cut one."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from privseg.consent import Act, Event, EventColumns, eligible
from privseg.consent.crowd import Crowd, groups
from privseg.consent.links import linked
from privseg.consent.parts import parts
from privseg.terms import Ordinal
from tests.twins.consent_worlds import attest, event, everybody, merge, question, rules

SIZE = 12


@pytest.mark.parametrize("seed", range(200))
def test_a_group_is_everybody_that_ties_lead_to(seed: int) -> None:
    rng = Random(seed)
    ties = [(rng.randrange(SIZE), rng.randrange(SIZE)) for _ in range(rng.randrange(1, 14))]
    found = groups(SIZE, np.array(ties))
    assert found is not None
    for one in range(SIZE):
        assert found[one] == min(linked(Ordinal(one), ties))


def test_where_nothing_ties_anybody_there_are_no_groups() -> None:
    assert groups(SIZE, np.empty((0, 2), dtype=np.int64)) is None


def test_what_one_did_counts_for_all_who_are_tied_to_them() -> None:
    alone, tied = Crowd(4), Crowd(4, np.array([0, 1, 1, 3]))
    who, when = np.array([2, 3]), np.array([7, 9])
    assert alone.any_linked(who).tolist() == [False, False, True, True]
    assert tied.any_linked(who).tolist() == [False, True, True, True]
    assert tied.any_own(who).tolist() == [False, False, True, True]
    assert (tied.latest_linked(who, when) > 0).tolist() == [False, True, True, True]
    kept = tied.only(np.array([False, True, True, True]))
    assert kept.any_linked(np.array([0])).tolist() == [True, True, False]


def crowd(seed: int, people: int) -> list[Event]:
    """Return people who live somewhere and said yes or no, some of them tied to others."""
    rng = Random(seed)
    ledger: list[Event] = []
    for n in range(people):
        who = Ordinal(n)
        ledger += [attest(subject=who), event(Act.GRANT, n=1, subject=who)]
        if rng.random() < 0.2:
            ledger.append(event(Act.WITHDRAW, n=2, subject=who))
        if rng.random() < 0.1:
            ledger.append(merge(who, Ordinal((n + rng.randrange(1, people)) % people), n=2))
    return ledger


@pytest.mark.parametrize("seed", range(8))
def test_the_answer_does_not_depend_on_the_size_of_the_parts(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = EventColumns.from_events(crowd(seed, 60))
    asked = everybody(question())
    whole = eligible(rules(), columns, asked)
    for rows in (1, 7, 50):
        monkeypatch.setattr("privseg.consent.parts.ROWS", rows)
        cut = eligible(rules(), columns, asked)
        assert cut.people == whole.people
        assert np.array_equal(cut.due.people, whole.due.people)
        assert np.array_equal(cut.due.moments, whole.due.moments)
    assert 0 < len(whole.people) < 60


def test_every_row_is_in_one_part_and_whom_a_link_names_is_in_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("privseg.consent.parts.ROWS", 10)
    columns = EventColumns.from_events(crowd(3, 60))
    first, *others = parts(columns)
    tied = set(first[0].ordinal.tolist())
    merges = columns.target >= 0
    assert tied == {*columns.ordinal[merges].tolist(), *columns.target[merges].tolist()}
    read = [p for part, kept in (first, *others) for p in part.position[kept].tolist()]
    assert sorted(read) == sorted(columns.position.tolist())
    for part, kept in others:
        assert not tied.intersection(part.ordinal[kept].tolist())
