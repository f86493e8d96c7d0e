# SPDX-License-Identifier: Apache-2.0
"""What is kept of a definition is all of its meaning, and a comparison says when it changes."""

from __future__ import annotations

from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.engine.segment.definition_reading import Definition, read_definition
from privseg.engine.segment.diff import Mark, compare
from privseg.segment import FORMAT, Segment, resolve
from privseg.segment.canonical_form import segment_form, version_of
from privseg.segment.tree import All, Any_, Condition, Not, SegmentRef
from privseg.store import DefinitionError
from privseg.terms import Category
from privseg.tlog import canonical
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.segment_pools import ATS, WINDOWS, ZONES, Pool
from tests.twins.segment_trees import Trees

VERSIONS = {"base": "ab" * 32, "other": "cd" * 32}
NAMES = {version: name for name, version in VERSIONS.items()}
SEEDS = st.integers(0, 2**32)


def tree(seed: int, depth: int = 4) -> Condition:
    """Return a condition with every node of the language in its turn."""
    rng = Random(seed)
    at = rng.choice(ATS)
    bounds = [s for w in WINDOWS if (s := resolve(w, at=at, zone=ZONES[0]).start) is not None]
    pool = Pool.of(rng, at, bounds)
    trees = Trees(CATALOGUE, rng, pool, ("holdout",), tuple(VERSIONS), start=rng.randrange(9_999))
    return trees.tree(depth)


def text_of(where: Condition, segmenter: str = "marketing") -> tuple[str, bytes]:
    segment = Segment("any", segmenter, where, reveals=frozenset({Category("health")}))
    text = canonical(segment_form(segment, VERSIONS))
    assert version_of(segment, VERSIONS) == sha256(text).hexdigest()
    return sha256(text).hexdigest(), text


def read(where: Condition, segmenter: str = "marketing") -> Definition:
    return read_definition(*text_of(where, segmenter))


@given(SEEDS)
def test_a_definition_that_is_read_back_has_the_same_form(seed: int) -> None:
    version, text = text_of(tree(seed))
    found = read_definition(version, text)
    again = Segment("another-name", found.segmenter, found.where, reveals=found.reveals)
    names = {v: v for v in VERSIONS.values()}
    assert canonical(segment_form(again, names)) == text


@given(SEEDS)
def test_reading_back_twice_gives_the_same_tree(seed: int) -> None:
    """The tree itself is stable, not only its form: comparisons are of trees."""
    first = read(tree(seed))
    again = Segment("x", first.segmenter, first.where)
    text = canonical(segment_form(again, {v: v for v in VERSIONS.values()}))
    assert read_definition("", text).where == first.where


@given(SEEDS, SEEDS)
def test_a_comparison_is_empty_exactly_for_the_same_definition(one: int, other: int) -> None:
    old, new = read(tree(one)), read(tree(other))
    assert (compare(old, new, names=NAMES) == ()) == (old.version == new.version)
    assert compare(old, old, names=NAMES) == ()


@given(SEEDS, SEEDS)
def test_one_more_condition_is_one_line(seed: int, more: int) -> None:
    base, extra = tree(seed, 2), tree(more, 1)
    if not isinstance(base, All) or extra in base.parts:
        base = All((base, Not(base)))
    if extra in base.parts:
        return
    old, new = read(base), read(All((*base.parts, extra)))
    (change,) = compare(old, new, names=NAMES)
    assert (change.mark, change.old) == (Mark.NEW, "")
    (back,) = compare(new, old, names=NAMES)
    assert (back.mark, back.new, back.old) == (Mark.GONE, "", change.new)


@given(SEEDS)
def test_another_segmenter_is_a_change_of_its_own(seed: int) -> None:
    where = tree(seed)
    (change,) = compare(read(where), read(where, "analytics"), names=NAMES)
    assert (change.what, change.old, change.new) == ("segmenter", "marketing", "analytics")


def test_a_changed_definition_that_it_builds_on_is_told_by_name() -> None:
    old = Definition("1" * 64, "m", SegmentRef("ab" * 32))
    new = Definition("2" * 64, "m", SegmentRef("ef" * 32))
    names = {"ab" * 32: "base", "ef" * 32: "base"}
    (change,) = compare(old, new, names=names)
    assert change.what == "definition of base"


def test_any_for_all_is_told_as_a_change_of_the_whole() -> None:
    parts = (tree(1, 1), tree(2, 1))
    assert compare(read(All(parts)), read(Any_(parts)), names=NAMES)
    assert compare(read(Any_(parts)), read(All(parts)), names=NAMES)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"format": "privseg/segment/2", "segmenter": "m", "where": {}},
        {"format": FORMAT, "segmenter": "m", "where": {}},
        {"format": FORMAT, "segmenter": "m", "where": {"all": []}},
        {"format": FORMAT, "segmenter": "m", "where": {"sample": "x", "share": "2"}},
        {"format": FORMAT, "segmenter": "m", "where": {"attribute": "a", "type": "text"}},
        {
            "format": FORMAT,
            "segmenter": "m",
            "where": {"attribute": "a", "type": "odd", "tests": []},
        },
    ],
)
def test_what_is_no_definition_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(DefinitionError):
        read_definition("ab" * 32, canonical(body))
