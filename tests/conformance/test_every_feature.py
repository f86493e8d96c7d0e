# SPDX-License-Identifier: Apache-2.0
"""What the suite asks: everything the language has, true of somebody and false of somebody else.

Counted over the very conditions that the engines are asked, by the evaluator of record.
"""

from __future__ import annotations

from collections.abc import Iterator

from privseg.segment import Person, holds
from privseg.segment.tree import Condition
from privseg.segment.tree_events import EventTest, Filter, FilterAll, FilterAny, FilterNot, Sequence
from privseg.segment.walk import steps_of
from tests.conformance.test_engines_agree import TESTS, TREES, WORLDS, parts_of
from tests.twins.segment_features import (
    ALL_FEATURES,
    Feature,
    features_of,
    features_of_filter,
)
from tests.twins.segment_worlds import World, world

Seen = dict[Feature, set[bool]]


def test_every_node_kind_and_operator_occurs_with_both_truth_values() -> None:
    seen: Seen = {}
    for seed in range(TESTS * WORLDS):
        asked = world(seed, conditions=TREES)
        for condition in asked.conditions.values():
            note(condition, asked, seen)
        if not missing(seen):
            break
    assert seen.keys() == ALL_FEATURES
    assert missing(seen) == []


def test_the_suite_asks_thousands_of_conditions() -> None:
    assert TESTS * WORLDS * TREES >= 2_000


def missing(seen: Seen) -> list[Feature]:
    """Return the features that held for nobody or failed for nobody."""
    return sorted(f for f in ALL_FEATURES if len(seen.get(f, ())) < 2)


def note(condition: Condition, asked: World, seen: Seen) -> None:
    """Add what the nodes of a condition were true and false of."""
    truths = set(answers(condition, asked))
    for feature in features_of(condition):
        seen.setdefault(feature, set()).update(truths)
    for event, where in filters_of(condition):
        note_filter(event, where, asked, seen)
    for part in parts_of(condition, asked):
        note(part, asked, seen)


def note_filter(event: str, where: Filter, asked: World, seen: Seen) -> None:
    """Add whether some event passes a filter, and whether some does not."""
    passed = any(answers(EventTest(event, where=where), asked))
    failed = any(answers(EventTest(event, where=FilterNot(where)), asked))
    for feature in features_of_filter(where):
        seen.setdefault(feature, set()).update(
            {t for t, it in ((True, passed), (False, failed)) if it}
        )
    match where:
        case FilterAll(parts) | FilterAny(parts):
            for part in parts:
                note_filter(event, part, asked, seen)
        case FilterNot(part):
            note_filter(event, part, asked, seen)
        case _:
            pass


def filters_of(condition: Condition) -> Iterator[tuple[str, Filter]]:
    """Yield the filters that stand in a node itself, with their events."""
    match condition:
        case EventTest(event, _, _, where) if where is not None:
            yield event, where
        case Sequence():
            yield from ((s.event, s.where) for s in steps_of(condition) if s.where is not None)
        case _:
            pass


def answers(condition: Condition, asked: World) -> Iterator[bool]:
    """Yield whether a condition holds, for one eligible person after the other."""
    for ordinal in asked.eligible:
        person = asked.people.get(ordinal, Person({}))
        yield holds(condition, person, at=asked.at, zone=asked.zone, segments=asked.library)
