# SPDX-License-Identifier: Apache-2.0
"""Everything that can be asked of a person, one thing at a time: the checklist of the language.

A *feature* is a kind of node with what distinguishes it (a type, an operator, a relation, a unit of
a window). Trees are made of features in turn, and the suite shows that each of them held for
somebody and failed for somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.catalogue import ColumnType
from privseg.segment.tree import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    Not,
    Sample,
    ScoreTest,
    SegmentRef,
)
from privseg.segment.tree_events import (
    AGGREGATED,
    Aggregate,
    AggregateKind,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
    Sequence,
    operators_of,
)
from privseg.segment.values import OPERATORS, Ago, AgoUnit, Comparison, Relation, Test, Window

T = ColumnType
Feature = tuple[str, ...]
"""A kind of node, then what distinguishes it."""

SCORE_TYPES = (T.INTEGER, T.CATEGORY, T.DECIMAL, T.MONEY)
WINDOWS = ("none", "fixed", *(u.value for u in AgoUnit))
LEAVES = ("attribute", "account", "property", "score")


def types_of(leaf: str) -> tuple[ColumnType, ...]:
    """Return the types that a kind of leaf can have."""
    if leaf == "score":
        return SCORE_TYPES
    return tuple(t for t in T if t is not T.ACCOUNT or leaf == "attribute")


def tests_of(kind: ColumnType) -> tuple[str, ...]:
    """Return every operator and relation that a value of this type can be tested by."""
    relative = {T.DATE: tuple(Relation), T.TIME: tuple(Relation)[:3]}.get(kind, ())
    return (*sorted(OPERATORS[kind]), *relative)


def asked_of(kind: AggregateKind, of: ColumnType) -> tuple[str, ...]:
    """Return every operator and relation that an aggregate can be tested by."""
    if kind in {AggregateKind.FIRST, AggregateKind.LAST}:
        return tests_of(of)
    return tuple(sorted(operators_of(kind, of)))


def simple() -> Iterator[Feature]:
    """Yield what is asked of one value."""
    for leaf in LEAVES:
        for kind in types_of(leaf):
            yield from ((leaf, kind, test) for test in tests_of(kind))
    yield from (("aggregate", "count", "-", o) for o in asked_of(AggregateKind.COUNT, T.INTEGER))
    for made, kinds in AGGREGATED.items():
        for kind in sorted(kinds):
            yield from (("aggregate", made, kind, test) for test in asked_of(made, kind))


def structural() -> Iterator[Feature]:
    """Yield everything else."""
    yield from (("cohort",), ("sample",), ("all",), ("any",), ("not",), ("segment",))
    yield from (("filter all",), ("filter any",), ("filter not",))
    yield from (("same as", k) for k in T if k not in {T.SET, T.ACCOUNT})
    yield from (("same as window", w) for w in WINDOWS)
    yield from (("event window", w) for w in WINDOWS)
    yield from (("sequence window", w) for w in WINDOWS)
    yield from (("sequence", n) for n in ("2", "3", "4", "8"))
    yield from (("sequence", n) for n in ("span", "no span", "without", "same event", "filtered"))
    yield from (("event", n) for n in ("once", "several aggregates", "filtered"))


ALL_FEATURES = frozenset(simple()) | frozenset(structural())


def window_of(window: Window | None) -> str:
    """Return the name of a kind of window."""
    match window:
        case None:
            return "none"
        case Ago(_, unit):
            return unit.value
        case _:
            return "fixed"


def features_of(node: Condition) -> Iterator[Feature]:
    """Yield the features of a node itself, not of its parts."""
    match node:
        case AttributeTest(_, kind, tests):
            yield from (("attribute", kind, name_of(t)) for t in tests)
        case AccountTest(_, _, kind, tests):
            yield from (("account", kind, name_of(t)) for t in tests)
        case ScoreTest(_, kind, tests):
            yield from (("score", kind, name_of(t)) for t in tests)
        case EventTest():
            yield from _of_event(node)
        case Sequence():
            yield from _of_sequence(node)
        case _:
            yield (_PLAIN[type(node)],)


_PLAIN: dict[type, str] = {
    All: "all",
    Any_: "any",
    Not: "not",
    SegmentRef: "segment",
    CohortTest: "cohort",
    Sample: "sample",
}


def features_of_filter(where: Filter) -> Iterator[Feature]:
    """Yield the features of a filter itself, not of its parts."""
    match where:
        case FilterAll():
            yield ("filter all",)
        case FilterAny():
            yield ("filter any",)
        case FilterNot():
            yield ("filter not",)
        case PropertyTest(_, kind, tests):
            yield from (("property", kind, name_of(t)) for t in tests)
        case SameAs(_, _, kind, window):
            yield ("same as", kind)
            yield ("same as window", window_of(window))


def name_of(test: Test) -> str:
    """Return the name of an operator or a relation."""
    return test.operator if isinstance(test, Comparison) else test.relation


def _of_event(node: EventTest) -> Iterator[Feature]:
    for one in node.aggregates:
        yield from (("aggregate", *_asked(one), name_of(t)) for t in one.tests)
    yield ("event window", window_of(node.window))
    if len(node.aggregates) > 1:
        yield ("event", "several aggregates")
    if node.where is not None:
        yield ("event", "filtered")
    if node == EventTest(node.event, window=node.window, where=node.where):
        yield ("event", "once")


def _asked(one: Aggregate) -> tuple[str, str]:
    return one.kind, "-" if one.of is None else one.type


def _of_sequence(node: Sequence) -> Iterator[Feature]:
    yield ("sequence", str(len(node.steps)))
    yield ("sequence", "span" if node.span else "no span")
    yield ("sequence window", window_of(node.window))
    if node.without is not None:
        yield ("sequence", "without")
    if len({s.event for s in node.steps}) < len(node.steps):
        yield ("sequence", "same event")
    if any(s.where is not None for s in node.steps):
        yield ("sequence", "filtered")
