# SPDX-License-Identifier: Apache-2.0
"""The evaluator of record: what a condition means, for one person, in plain Python.

Every engine must find the same people. Two-valued logic: a missing value makes a test false,
``not`` flips it, a count or sum over nothing is 0. Total: whatever the data are, the answer is yes
or no.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from privseg.segment.errors import UnknownSegmentError
from privseg.segment.evaluate_events import event_test_holds, sequence_holds
from privseg.segment.evaluate_values import Event, Moment, Person, Stored, known, satisfies
from privseg.segment.tree import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    Leaf,
    Not,
    Sample,
    ScoreTest,
    Segment,
    SegmentRef,
)
from privseg.segment.tree_events import EventTest, Sequence

__all__ = ["Event", "Person", "Stored", "holds"]


def holds(
    condition: Condition,
    person: Person,
    *,
    at: datetime,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
) -> bool:
    """Return whether ``condition`` is true of ``person`` at ``at``; total: it never fails on data.

    Law: "A or not A" is everybody, and "A and not A" nobody.

    Raises:
        UnknownSegmentError: a reference names a segment that ``segments`` does not have.
    """

    def true(part: Condition) -> bool:
        return holds(part, person, at=at, zone=zone, segments=segments)

    match condition:
        case All(parts):
            return all(true(p) for p in parts)
        case Any_(parts):
            return any(true(p) for p in parts)
        case Not(part):
            return not true(part)
        case SegmentRef(name):
            if name not in segments:
                raise UnknownSegmentError(name)
            return true(segments[name].where)
        case _:
            return _leaf_holds(condition, person, Moment(at, zone))


def _leaf_holds(test: Leaf, person: Person, moment: Moment) -> bool:
    match test:
        case AttributeTest(name, kind) | AccountTest(name, _, kind) | ScoreTest(name, kind):
            return satisfies(known(person.attributes.get(name), kind), test.tests, kind, moment)
        case CohortTest(name):
            return person.attributes.get(name) is True
        case Sample(name):
            return person.draws.get(name, test.below) < test.below
        case EventTest():
            return event_test_holds(test, person, moment)
        case Sequence():
            return sequence_holds(test, person, moment)
