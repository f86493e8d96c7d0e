# SPDX-License-Identifier: Apache-2.0
"""Law: a release in which anything was changed is refused, and the field is named.

Over every field of a release of every kind of table: each value in several ways, keys added and
taken away, lists turned round, cut and lengthened.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.release import ReleaseForgedError, verify_release
from tests.twins import release_world as world
from tests.twins.tampering import Path, at, changes, one_of_each, places, put, some_changes

VERIFIERS = [world.KEY.public]
TABLES = list(world.TABLES)


@cache
def document(name: str) -> dict[str, Any]:
    """Return a release with one table; its number of people left out stands in the first."""
    plan = world.plan(name, not_included=name == TABLES[0])
    made: dict[str, Any] = world.release(world.statement(plan)).document
    return made


def is_refused(forged: Any) -> bool:
    try:
        verify_release(forged, VERIFIERS)
    except ReleaseForgedError as refusal:
        return str(refusal).startswith(
            f"this release does not hold at {refusal.field or 'nowhere'}"
        )
    return False


@cache
def new_sorts(name: str) -> dict[str, Path]:
    """Return a field of every sort that no table before this one has."""
    earlier = TABLES[: TABLES.index(name)]
    known = {sort for other in earlier for sort in one_of_each(document(other))}
    return {s: path for s, path in one_of_each(document(name)).items() if s not in known}


@pytest.mark.parametrize("name", TABLES)
def test_every_sort_of_field_changed_is_caught(name: str) -> None:
    whole = document(name)
    for sort, path in new_sorts(name).items():
        for other in some_changes(at(whole, path), path):
            assert is_refused(put(whole, path, other)), (sort, other)


@pytest.mark.long
@pytest.mark.parametrize("name", TABLES)
def test_every_single_field_changed_in_any_way_is_caught(name: str) -> None:
    whole = document(name)
    for path in places(whole):
        for other in changes(at(whole, path)):
            assert is_refused(put(whole, path, other)), (path, other)


@given(st.sampled_from(TABLES), st.data())
def test_any_field_changed_in_any_way_is_caught(name: str, data: st.DataObject) -> None:
    whole = document(name)
    path = data.draw(st.sampled_from(list(places(whole))))
    other = data.draw(st.sampled_from(changes(at(whole, path))))
    assert is_refused(put(whole, path, other))


@given(st.sampled_from(TABLES), st.data())
def test_two_values_that_change_places_are_caught(name: str, data: st.DataObject) -> None:
    whole = document(name)
    paths = list(places(whole))
    here, there = data.draw(st.sampled_from(paths)), data.draw(st.sampled_from(paths))
    outer, inner = sorted((here, there), key=len)
    if inner[: len(outer)] == outer or at(whole, here) == at(whole, there):
        return
    swapped = put(put(whole, here, at(whole, there)), there, at(whole, here))
    assert is_refused(swapped)
