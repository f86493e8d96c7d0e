# SPDX-License-Identifier: Apache-2.0
"""People sets in bodies."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap, FrozenBitMap

from privseg.audit import MalformedPeopleError, people_to_text, text_to_people

ordinals = st.frozensets(st.integers(0, 2**32 - 1) | st.integers(65_500, 65_600), max_size=60)


@given(ordinals, st.integers(0, 2**31), st.integers(0, 200_000))
def test_a_people_set_comes_back(people: frozenset[int], start: int, length: int) -> None:
    both = FrozenBitMap(people | set(range(start, start + min(length, 500))))
    assert text_to_people(people_to_text(both)) == both


@given(ordinals)
def test_a_people_set_has_one_spelling(people: frozenset[int]) -> None:
    grown = BitMap()
    for person in sorted(people, reverse=True):
        grown.add(person)
    assert people_to_text(FrozenBitMap(grown)) == people_to_text(FrozenBitMap(people))


def test_everybody_is_a_few_bytes() -> None:
    assert len(people_to_text(FrozenBitMap(range(10_000_000)))) < 4_000


@given(st.binary(max_size=60))
def test_any_bytes_are_a_people_set_or_refused(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    try:
        people = text_to_people(text)
    except MalformedPeopleError:
        return
    assert people_to_text(people) == text


@pytest.mark.parametrize(
    "text", ["", "====", "OjAAAAAAAAA", " OjAAAAAAAAA=", 7, None, ["OjAAAAAAAAA="]]
)
def test_what_is_no_people_set_is_refused(text: object) -> None:
    with pytest.raises(MalformedPeopleError):
        text_to_people(text)


def test_a_set_that_was_not_compressed_is_another_spelling() -> None:
    grown = BitMap()
    for person in range(1_000):
        grown.add(person)
    loose = base64.b64encode(grown.serialize()).decode()
    compact = people_to_text(FrozenBitMap(range(1_000)))
    assert loose != compact
    with pytest.raises(MalformedPeopleError):
        text_to_people(loose)
