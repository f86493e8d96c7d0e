# SPDX-License-Identifier: Apache-2.0
"""The tree holds nothing that has no meaning: what cannot be asked cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from privseg.segment import (
    AccountTest,
    Aggregate,
    Ago,
    All,
    Any_,
    AttributeTest,
    EventTest,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    Relation,
    Relative,
    SameAs,
    Sample,
    ScoreTest,
    Sequence,
    Step,
    operators_of,
    properties_of,
    same_as_of,
)
from privseg.terms import Attribute
from tests.twins.segment_nodes import (
    BOUGHT,
    NODES,
    ON_THE_WEB,
    SAME_ARTICLE,
    Kind,
    Op,
    T,
    U,
    attribute,
    compared,
    count,
    euros,
    happened,
    lies,
    over,
    prop,
)

A = Attribute
KNOWN = compared(Op.IS_KNOWN, True)
ANNIVERSARY = lies(Relation.ANNIVERSARY_WITHIN_NEXT, 7)


def relative(kind: T, test: Relative) -> AttributeTest:
    return AttributeTest(A("x"), kind, (test,))


def aggregate(kind: Kind, of: T, *asked: object) -> Aggregate:
    operator, value = asked or (Op.IS_KNOWN, True)
    return over(kind, "purchase.x", of, Op(operator), value)


MEANINGLESS: dict[str, Callable[[], object]] = {
    "all of nothing": lambda: All(()),
    "any of nothing": lambda: Any_(()),
    "all filters of nothing": lambda: FilterAll(()),
    "any filter of nothing": lambda: FilterAny(()),
    "between one end": lambda: attribute("age", T.INTEGER, Op.BETWEEN, 1),
    "in nothing": lambda: attribute("age", T.INTEGER, Op.IN),
    "equal to two": lambda: attribute("age", T.INTEGER, Op.EQUALS, 1, 2),
    "an integer that is a boolean": lambda: attribute("age", T.INTEGER, Op.EQUALS, True),
    "an integer beyond 64 bits": lambda: attribute("age", T.INTEGER, Op.EQUALS, 2**63),
    "an integer that is a text": lambda: attribute("age", T.INTEGER, Op.EQUALS, "1"),
    "an integer that is a float": lambda: attribute("age", T.INTEGER, Op.EQUALS, 1.0),
    "in too many": lambda: attribute("age", T.INTEGER, Op.IN, *range(1001)),
    "a number that starts with": lambda: attribute("age", T.INTEGER, Op.STARTS_WITH, 1),
    "a boolean that is a number": lambda: attribute("vip", T.BOOLEAN, Op.EQUALS, 1),
    "known or not by a number": lambda: attribute("vip", T.BOOLEAN, Op.IS_KNOWN, 1),
    "a text that is over": lambda: attribute("city", T.TEXT, Op.OVER, "a"),
    "a text with a lone surrogate": lambda: attribute("city", T.TEXT, Op.EQUALS, "\ud800"),
    "a day that is a moment": lambda: attribute(
        "born", T.DATE, Op.EQUALS, datetime(2026, 1, 1, tzinfo=UTC)
    ),
    "a moment that is a day": lambda: attribute("seen", T.TIME, Op.EQUALS, date(2026, 1, 1)),
    "a decimal that is an integer": lambda: attribute("rating", T.DECIMAL, Op.EQUALS, 1),
    "money without currency": lambda: attribute("credit", T.MONEY, Op.EQUALS, 1),
    "a set that equals": lambda: attribute("interests", T.SET, Op.EQUALS, "tea"),
    "an account that equals": lambda: attribute("company", T.ACCOUNT, Op.EQUALS, "x"),
    "no test of an attribute": lambda: AttributeTest(A("age"), T.INTEGER, ()),
    "no test of an account": lambda: AccountTest(A("industry"), A("company"), T.CATEGORY, ()),
    "no test of a score": lambda: ScoreTest(A("rfm.total"), T.INTEGER, (), "0"),
    "no test of a property": lambda: PropertyTest(A("page_view.section"), T.CATEGORY, ()),
    "a number within the last days": lambda: relative(T.INTEGER, lies(Relation.WITHIN, 7)),
    "a text within the next days": lambda: relative(T.TEXT, lies(Relation.WITHIN_NEXT, 7)),
    "an anniversary of a moment": lambda: relative(T.TIME, ANNIVERSARY),
    "an anniversary in hours": lambda: lies(Relation.ANNIVERSARY_WITHIN_NEXT, 7, U.HOURS),
    "an anniversary within a year": lambda: lies(Relation.ANNIVERSARY_WITHIN_NEXT, 1, U.YEARS),
    "a window of no length": lambda: Ago(0, U.DAYS),
    "a window of a negative length": lambda: Ago(-1, U.DAYS),
    "a sample of nobody": lambda: Sample("s", Fraction(0)),
    "a sample of everybody": lambda: Sample("s", Fraction(1)),
    "a count of something": lambda: Aggregate(Kind.COUNT, (compared(Op.OVER, 1),), A("p.x")),
    "a sum of nothing": lambda: Aggregate(Kind.SUM, (compared(Op.OVER, 1),)),
    "a count that equals a text": lambda: count(Op.EQUALS, "1"),  # type: ignore[arg-type]
    "a count that is known": lambda: Aggregate(Kind.COUNT, (KNOWN,)),
    "a sum that is known": lambda: aggregate(Kind.SUM, T.INTEGER),
    "an average that is known": lambda: aggregate(Kind.AVERAGE, T.INTEGER),
    "an average in a list": lambda: aggregate(Kind.AVERAGE, T.INTEGER, Op.IN, 1),
    "an average of days": lambda: aggregate(Kind.AVERAGE, T.DATE, Op.OVER, date(2026, 1, 1)),
    "a sum of texts": lambda: aggregate(Kind.SUM, T.TEXT),
    "a sum of days": lambda: aggregate(Kind.SUM, T.DATE),
    "a sum that lies in time": lambda: Aggregate(
        Kind.SUM, (lies(Relation.WITHIN, 1),), A("purchase.x"), T.INTEGER
    ),
    "the smallest text": lambda: aggregate(Kind.MIN, T.TEXT),
    "the largest boolean": lambda: aggregate(Kind.MAX, T.BOOLEAN),
    "different sets": lambda: aggregate(Kind.DISTINCT, T.SET, Op.OVER, 1),
    "different texts by a text": lambda: aggregate(Kind.DISTINCT, T.TEXT, Op.EQUALS, "a"),
    "the first account": lambda: aggregate(Kind.FIRST, T.ACCOUNT),
    "a sum of another event's property": lambda: happened(
        "email_open", over(Kind.SUM, "purchase.items", T.INTEGER, Op.OVER, 1)
    ),
    "a filter on another event's property": lambda: happened("email_open", where=ON_THE_WEB),
    "a step with another event's property": lambda: Step("purchase", FilterNot(ON_THE_WEB)),
    "an event that begins like another": lambda: happened("page", where=ON_THE_WEB),
    "sets compared with each other": lambda: SameAs(
        A("page_view.tags"), A("page_view.tags"), T.SET
    ),
    "a sequence of one step": lambda: Sequence((Step("purchase"),)),
    "a sequence of too many steps": lambda: Sequence((Step("purchase"),) * 9),
    "a span without length": lambda: Sequence((Step("a"), Step("b")), timedelta(0)),
    "a negative span": lambda: Sequence((Step("a"), Step("b")), timedelta(hours=-1)),
}


@pytest.mark.parametrize("name", MEANINGLESS)
def test_what_has_no_meaning_cannot_be_written(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ; loaders say them in place
        MEANINGLESS[name]()


def test_a_bare_event_is_at_least_one() -> None:
    assert EventTest("purchase", (count(Op.AT_LEAST, 1),)) == BOUGHT == happened("purchase")


@pytest.mark.parametrize("name", NODES)
def test_a_condition_is_a_value_that_nothing_changes(name: str) -> None:
    node = NODES[name]
    first = next(f.name for f in fields(node))
    assert {node: name}[replace(node)] == name
    with pytest.raises(FrozenInstanceError):
        setattr(node, first, None)


@pytest.mark.parametrize("kind", Kind)
def test_an_aggregate_is_compared_as_what_it_is_of_and_counts_as_numbers(kind: Kind) -> None:
    operators = operators_of(kind, T.DATE)
    assert (Op.IS_KNOWN in operators) is (kind in {Kind.MIN, Kind.MAX, Kind.FIRST, Kind.LAST})
    assert (Op.IN in operators) is (kind in {Kind.FIRST, Kind.LAST})
    assert Op.BETWEEN in operators
    assert Op.STARTS_WITH in operators_of(Kind.FIRST, T.TEXT)


def test_a_filter_tells_its_properties_and_its_other_events() -> None:
    section = prop("page_view.colour", T.CATEGORY, KNOWN)
    where = FilterAll((ON_THE_WEB, FilterNot(FilterAny((SAME_ARTICLE, section)))))
    assert properties_of(where) == ("page_view.section", "page_view.article", "page_view.colour")
    assert same_as_of(where) == (SAME_ARTICLE,)
    assert properties_of(None) == same_as_of(None) == ()


def test_literals_are_in_the_units_of_the_store() -> None:
    assert compared(Op.BETWEEN, euros(2), euros(3)).cells == (200, 300)
    elsewhere = datetime.fromisoformat("2026-01-01T01:00:00+01:00")
    assert compared(Op.OVER, elsewhere).cells == (datetime(2026, 1, 1, tzinfo=UTC),)
