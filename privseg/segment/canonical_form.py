# SPDX-License-Identifier: Apache-2.0
"""The canonical form of a condition, from which a segment's version is made.

Law: two conditions have one form exactly if they are the same tree; what does not change the
meaning (labels, colour, note, the schedule, the segment's own name) is not in it. Times are text in
UTC, durations whole microseconds, shares fractions; nothing is a float. A form never changes: what
the language learns later stands in keys that earlier forms do not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256

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
from privseg.segment.tree_events import (
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
    Step,
)
from privseg.segment.values import Ago, Comparison, Fixed, Relative, Scaled, Test, Value, Window
from privseg.terms import MICROSECOND, Money
from privseg.tlog.canonical import canonical

FORMAT = "privseg/segment/1"

Json = dict[str, object]


def version_of(segment: Segment, versions: Mapping[str, str]) -> str:
    """Return the version of a segment; ``versions`` has those of what it refers to."""
    return sha256(canonical(segment_form(segment, versions))).hexdigest()


def segment_form(segment: Segment, versions: Mapping[str, str]) -> Json:
    """Return what is hashed: segmenter, condition, and what it says it reveals (where it does)."""
    where = form(segment.where, versions)
    body: Json = {"format": FORMAT, "segmenter": segment.segmenter, "where": where}
    return body | ({"reveals": sorted(segment.reveals)} if segment.reveals else {})


def form(condition: Condition, versions: Mapping[str, str]) -> Json:
    """Return the canonical form of a condition, references standing as the version they mean."""
    match condition:
        case All(parts):
            return {"all": [form(p, versions) for p in parts]}
        case Any_(parts):
            return {"any": [form(p, versions) for p in parts]}
        case Not(part):
            return {"not": form(part, versions)}
        case SegmentRef(name):
            return {"segment": versions[name]}
        case _:
            return _leaf(condition)


def _leaf(test: Leaf) -> Json:  # noqa: PLR0911 - one for each node
    match test:
        case AttributeTest(attribute):
            return {"attribute": attribute, **_typed(test)}
        case AccountTest(attribute, link):
            return {"account": attribute, "link": link, **_typed(test)}
        case ScoreTest(score):
            return {"score": score, "definition": test.definition, **_typed(test)}
        case CohortTest(cohort):
            return {"cohort": cohort}
        case Sample(name, share):
            return {"sample": name, "share": str(share)}
        case EventTest():
            return _event(test)
        case Sequence():
            return _sequence(test)


def _typed(test: AttributeTest | AccountTest | ScoreTest | PropertyTest) -> Json:
    return {"type": test.type, "tests": _tests(test.tests)}


def _event(test: EventTest) -> Json:
    """Return the form of an event test: by kind of aggregate, whose order means nothing."""
    by_kind: dict[AggregateKind, list[Aggregate]] = {}
    for aggregate in test.aggregates:
        by_kind.setdefault(aggregate.kind, []).append(aggregate)
    counts = by_kind.pop(AggregateKind.COUNT, [])
    sums = [_aggregate(a) for a in by_kind.pop(AggregateKind.SUM, [])]
    body: Json = {
        "event": test.event,
        "count": [t for a in counts for t in _tests(a.tests)],
        "sum": sums if len(sums) > 1 else next(iter(sums), None),
        "window": _window(test.window),
    }
    body |= {kind.value: [_aggregate(a) for a in many] for kind, many in by_kind.items()}
    return body | _where(test.where)


def _aggregate(aggregate: Aggregate) -> Json:
    return {"of": aggregate.of, "type": aggregate.type, "tests": _tests(aggregate.tests)}


def _sequence(test: Sequence) -> Json:
    return {
        "sequence": [_step(s) for s in test.steps],
        "span": None if test.span is None else test.span // MICROSECOND,
        "without": None if test.without is None else _step(test.without),
        "window": _window(test.window),
    }


def _step(step: Step) -> Json:
    return {"event": step.event, **_where(step.where)}


def _where(where: Filter | None) -> Json:
    return {} if where is None else {"where": _filter(where)}


def _filter(where: Filter) -> Json:
    match where:
        case FilterAll(parts):
            return {"all": [_filter(p) for p in parts]}
        case FilterAny(parts):
            return {"any": [_filter(p) for p in parts]}
        case FilterNot(part):
            return {"not": _filter(part)}
        case PropertyTest(name):
            return {"property": name, **_typed(where)}
        case SameAs(name, other):
            other_form = {"property": other, "window": _window(where.window)}
            return {"property": name, "type": where.type, "same_as": other_form}


def _window(window: Window | None) -> object:
    match window:
        case Ago():
            return {"ago": _ago(window)}
        case Fixed(start, end):
            return {"from": _value(start), "to": _value(end)}
        case None:
            return None


def _ago(ago: Ago) -> list[object]:
    return [ago.number, ago.unit]


def _tests(tests: tuple[Test, ...]) -> list[object]:
    return [_test(t) for t in tests]


def _test(test: Test) -> Json:
    match test:
        case Comparison(operator, values):
            return {"op": operator, "values": [_value(v) for v in values]}
        case Relative(relation, span):
            return {"relation": relation, "span": _ago(span)}


def _value(value: Value) -> object:
    match value:
        case Money(minor, currency):
            return {"minor": minor, "currency": currency.code, "exponent": currency.exponent}
        case Scaled(units, decimals):
            return {"units": units, "decimals": decimals}
        case datetime():
            wall = value.astimezone(UTC).replace(tzinfo=None)
            return f"{wall.isoformat(timespec='microseconds')}Z"
        case date():
            return value.isoformat()
        case _:
            return value
