# SPDX-License-Identifier: Apache-2.0
"""What takes somebody out of a segment, by example: the smallest changes come first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from privseg.dsr.changes import ChangeKind, Changes, applied
from privseg.dsr.reasons import Asked, flips
from privseg.policy.catalogue import ColumnType
from privseg.segment import (
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Comparison,
    Condition,
    Event,
    EventTest,
    Not,
    Operator,
    Person,
    Sample,
)
from privseg.segment.tree_events import Aggregate, AggregateKind
from privseg.terms import Attribute

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
OTHERS = {"country": ("DE", "FR"), "likes": ("tea", "sport")}


def is_(name: str, kind: ColumnType, operator: Operator, *values: object) -> AttributeTest:
    return AttributeTest(Attribute(name), kind, (Comparison(operator, values),))  # type: ignore[arg-type]


GERMAN = is_("country", ColumnType.CATEGORY, Operator.IN, "DE")
ADULT = is_("age", ColumnType.INTEGER, Operator.AT_LEAST, 18)
MONTH = Ago(30, AgoUnit.DAYS)
OFTEN = EventTest(
    "purchase",
    (Aggregate(AggregateKind.COUNT, (Comparison(Operator.AT_LEAST, (2,)),)),),
    window=MONTH,
)
SPENT = EventTest(
    "purchase",
    (Aggregate(AggregateKind.SUM, (Comparison(Operator.AT_LEAST, (50,)),),
               Attribute("purchase.amount")),),
)  # fmt: skip


def bought(*amounts: int) -> tuple[Event, ...]:
    """Return a purchase a day, the last one yesterday."""
    return tuple(
        Event("purchase", bytes([n]), AT - timedelta(days=len(amounts) - n), {"amount": amount})
        for n, amount in enumerate(amounts)
    )


ADA = Person({"country": "DE", "age": 30, "likes": ["tea"], "club": True}, bought(40, 5, 20))


def told(where: Condition, person: Person = ADA) -> list[list[tuple[str, str, object, int]]]:
    """Return what is told, after it was tried."""
    asked = Asked(where, AT, ZoneInfo("UTC"), OTHERS)
    assert asked.holds(where, person)
    found = flips(asked, person)
    for way in found:
        assert not asked.holds(where, applied(person, way))
    return [_shown(way) for way in found]


def _shown(way: Changes) -> list[tuple[str, str, object, int]]:
    return [(str(c.kind), c.of, c.to, c.size) for c in way]


EXAMPLES: Mapping[str, tuple[Condition, list[tuple[str, str, object, int]]]] = {
    "another declared value": (GERMAN, [("value", "country", "FR", 1)]),
    "a number beside the threshold": (ADULT, [("value", "age", 17, 1)]),
    "not being on a list": (CohortTest(Attribute("club")), [("listed", "club", None, 1)]),
    "as few events as needed": (OFTEN, [("fewer", "purchase", None, 2)]),
    "the largest events first": (SPENT, [("fewer", "purchase", None, 1)]),
    "an event that a rule forbids": (
        Not(EventTest("visit", window=MONTH)), [("more", "visit", None, 1)],
    ),
    "all parts of an alternative together": (
        Any_((GERMAN, ADULT)), [("value", "country", "FR", 1), ("value", "age", 17, 1)],
    ),
    "one part of a conjunction": (All((GERMAN, OFTEN)), [("value", "country", "FR", 1)]),
    "chance": (Sample("half", Fraction(1, 2)), [("draw", "half", None, 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_smallest_change_is_told_first(name: str) -> None:
    where, first = EXAMPLES[name]
    person = Person(ADA.attributes, ADA.events, {"half": 0})
    assert told(where, person)[0] == first


def test_what_is_not_known_would_take_out_too() -> None:
    ways = told(All((GERMAN, ADULT)))
    assert [("value", "country", "FR", 1)] in ways
    assert [("value", "age", 17, 1)] in ways
    assert len(ways) == 3


def test_a_rule_that_holds_for_everybody_has_no_way_out() -> None:
    where = Any_((GERMAN, Not(GERMAN)))
    asked = Asked(where, AT, ZoneInfo("UTC"), OTHERS)
    assert flips(asked, ADA) == ()


def test_of_somebody_outside_it_tells_the_way_in() -> None:
    asked = Asked(All((GERMAN, ADULT)), AT, ZoneInfo("UTC"), OTHERS)
    person = Person({"country": "FR", "age": 30})
    (way, *_) = flips(asked, person)
    assert [(c.kind, c.of, c.to) for c in way] == [(ChangeKind.VALUE, "country", "DE")]
