# SPDX-License-Identifier: Apache-2.0
"""Segments together: circles and holes are refused, and so is what is too deep, large or dear."""

from __future__ import annotations

import pytest

from privseg.segment import (
    MAX_COST,
    MAX_DEPTH,
    MAX_NODES,
    All,
    Any_,
    Condition,
    FilterAll,
    FilterNot,
    Library,
    Not,
    Segment,
    SegmentCycleError,
    SegmentRef,
    Sequence,
    Size,
    Step,
    TooComplexError,
    UnknownSegmentError,
    references,
)
from tests.twins.segment_nodes import (
    BOUGHT,
    DE,
    NODES,
    ON_THE_WEB,
    SAME_ARTICLE,
    happened,
)


def size(condition: Condition, *others: Segment) -> Size:
    return Library(others).size(condition)


def nested(depth: int) -> Condition:
    condition: Condition = DE
    for _ in range(depth - 1):
        condition = Not(condition)
    return condition


def test_a_circle_of_references_is_refused_and_told() -> None:
    segments = [
        Segment("a", "m", Not(SegmentRef("b"))),
        Segment("b", "m", All((SegmentRef("c"), DE))),
        Segment("c", "m", SegmentRef("b")),
    ]
    with pytest.raises(SegmentCycleError, match="b -> c -> b"):
        Library(segments)
    with pytest.raises(SegmentCycleError):
        Library([Segment("a", "m", SegmentRef("a"))])


def test_a_reference_to_nothing_and_a_name_twice_are_refused() -> None:
    with pytest.raises(UnknownSegmentError, match="nowhere"):
        Library([Segment("a", "m", SegmentRef("nowhere"))])
    with pytest.raises(UnknownSegmentError, match="nowhere"):
        Library().size(Not(SegmentRef("nowhere")))
    with pytest.raises(ValueError, match="share a name"):
        Library([Segment("a", "m", DE), Segment("a", "m", BOUGHT)])


def test_references_are_told_once_each_in_their_order() -> None:
    twice = All((SegmentRef("b"), Any_((SegmentRef("a"), Not(SegmentRef("b"))))))
    assert references(twice) == ("b", "a")


def test_references_are_written_out_as_the_condition_they_mean() -> None:
    library = Library([Segment("a", "m", Not(SegmentRef("b"))), Segment("b", "m", DE)])
    assert library.expand(All((SegmentRef("a"), BOUGHT))) == All((Not(DE), BOUGHT))


# --- limits

COSTS = {
    "equals": (1, 1, 1),
    "account": (1, 1, 1),
    "score": (1, 1, 1),
    "cohort": (1, 1, 1),
    "sample": (1, 1, 1),
    "event": (1, 1, 7),
    "count and sum": (1, 1, 9),
    "distinct": (1, 1, 10),
    "first": (1, 1, 10),
    "last": (1, 1, 7),  # of the time: it is one number a person
    "filter": (2, 2, 7),
    "filters": (5, 10, 17),
    "the same as another event's": (2, 2, 17),
    "sequence": (2, 3, 40),
    "sequence without": (2, 4, 60),
    "sequence with everything": (4, 8, 80),
    "several aggregates": (3, 3, 15),
    "not": (2, 2, 7),
    "any": (3, 6, 9),
}


@pytest.mark.parametrize("name", COSTS)
def test_depth_nodes_and_cost_of_each_node(name: str) -> None:
    assert size(NODES[name]) == Size(*COSTS[name])


def test_a_reference_costs_what_it_means() -> None:
    lapsed = Segment("lapsed", "m", Not(BOUGHT))
    assert size(SegmentRef("lapsed"), lapsed) == size(Not(BOUGHT))
    assert size(All((SegmentRef("lapsed"), DE)), lapsed) == Size(3, 4, 8)


def test_depth_and_nodes_are_limited_with_references_written_out() -> None:
    Library([Segment("a", "m", nested(MAX_DEPTH))])
    with pytest.raises(TooComplexError, match="'a' is 17 levels deep"):
        Library([Segment("a", "m", nested(MAX_DEPTH + 1))])
    Library([Segment("a", "m", All((DE,) * (MAX_NODES - 1)))])
    with pytest.raises(TooComplexError, match="has 501 nodes"):
        Library([Segment("a", "m", All((DE,) * MAX_NODES))])
    deepest = Segment("a", "m", nested(MAX_DEPTH))
    with pytest.raises(TooComplexError, match="'b'"):
        Library([deepest, Segment("b", "m", Not(SegmentRef("a")))])


def test_filters_and_steps_count_as_deep_and_as_nodes() -> None:
    filters: object = ON_THE_WEB
    for _ in range(MAX_DEPTH - 1):
        filters = FilterNot(filters)  # type: ignore[arg-type]
    deep = happened("page_view", where=filters)  # type: ignore[arg-type]
    with pytest.raises(TooComplexError):
        size(deep)
    with pytest.raises(TooComplexError):
        size(Sequence((Step("page_view", filters), Step("purchase"))))  # type: ignore[arg-type]
    wide = happened("page_view", where=FilterAll((ON_THE_WEB,) * MAX_NODES))
    with pytest.raises(TooComplexError):
        size(wide)


def test_what_costs_too_much_is_refused_with_its_cost() -> None:
    dear = happened("page_view", where=FilterAll((SAME_ARTICLE,) * 199))
    assert size(dear) == Size(3, 201, 1997)
    assert size(All((dear, DE, DE, DE))).cost == MAX_COST
    with pytest.raises(TooComplexError, match="costs 2001") as refused:
        size(All((dear, DE, DE, DE, DE)))
    assert (refused.value.cost, refused.value.nodes, refused.value.depth) == (2001, 206, 4)
    assert refused.value.segment is None


def test_references_that_double_at_each_step_are_refused_without_being_written_out() -> None:
    steps = [Segment("s0", "m", DE)]
    for n in range(1, 40):
        twice = (SegmentRef(f"s{n - 1}"), SegmentRef(f"s{n - 1}"))
        steps.append(Segment(f"s{n}", "m", All(twice)))
    with pytest.raises(TooComplexError):
        Library(steps)
