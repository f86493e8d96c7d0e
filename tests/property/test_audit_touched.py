# SPDX-License-Identifier: Apache-2.0
"""Sets in parts: nobody is lost, nobody is added, and a page is read as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.audit import MalformedPeopleError
from privseg.audit.touched import BUCKET, Page, Parts, cut, looked_up, packed, part_of, unpacked

people = st.lists(
    st.one_of(
        st.integers(0, 2**32 - 1),
        st.sampled_from([0, BUCKET - 1, BUCKET, 2 * BUCKET - 1, 2**32 - BUCKET, 2**32 - 1]),
    ),
    max_size=60,
).map(FrozenBitMap)
runs = st.tuples(st.integers(0, 2**32 - 200_000), st.integers(0, 200_000)).map(
    lambda pair: FrozenBitMap(range(pair[0], pair[0] + pair[1]))
)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
parts = st.dictionaries(st.integers(0, 65_535), st.integers(0, 2**63 - 1), max_size=6).map(
    lambda d: Parts(tuple(sorted(d)), tuple(d[b] for b in sorted(d)), len(d))
)
pages = st.builds(
    Page, names, st.lists(names, max_size=3).map(tuple), st.dictionaries(names, parts, max_size=4)
)


@given(people | runs)
def test_the_parts_of_a_set_are_the_set(whole: FrozenBitMap) -> None:
    found = [(bucket, part_of(data)) for bucket, data in cut(whole)]
    assert FrozenBitMap.union(FrozenBitMap(), *(part for _, part in found)) == whole
    assert all(part for _, part in found)
    assert [bucket for bucket, _ in found] == sorted({p // BUCKET for p in whole})
    for bucket, part in found:
        assert {part.min() // BUCKET, part.max() // BUCKET} == {bucket}


@given(people, people)
def test_equal_parts_are_equal_bytes_and_others_are_not(
    one: FrozenBitMap, other: FrozenBitMap
) -> None:
    first, second = dict(cut(one)), dict(cut(FrozenBitMap(list(other))))
    for bucket in first.keys() & second.keys():
        assert (first[bucket] == second[bucket]) is (
            part_of(first[bucket]) == part_of(second[bucket])
        )


@given(pages)
def test_a_page_is_read_as_it_was_written(page: Page) -> None:
    again = unpacked(packed(page))
    assert (again.user, again.reveals) == (page.user, page.reveals)
    assert list(again.sets) == list(page.sets)
    for name, told in page.sets.items():
        found = again.sets[name]
        assert (tuple(found.buckets), tuple(found.numbers), found.people) == (
            told.buckets, told.numbers, told.people,
        )  # fmt: skip
        for bucket in (*told.buckets, 7, 65_535):
            assert found.number(bucket) == told.number(bucket)


@given(pages, st.lists(st.integers(0, 65_535), unique=True, max_size=5).map(sorted))
def test_a_look_up_finds_what_the_whole_page_says(page: Page, more: list[int]) -> None:
    some = sorted({*more, *(b for parts in page.sets.values() for b in parts.buckets[:2])})
    user, reveals, sets = looked_up(packed(page), some)
    assert (user, reveals) == (page.user, page.reveals)
    assert sets == {
        name: [n for n in map(parts.number, some) if n is not None]
        for name, parts in page.sets.items()
    }


@given(pages, st.data())
def test_a_cut_page_is_refused(page: Page, data: st.DataObject) -> None:
    whole = packed(page)
    with pytest.raises(MalformedPeopleError):
        unpacked(whole[: data.draw(st.integers(0, len(whole) - 1))])
