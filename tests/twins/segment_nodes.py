# SPDX-License-Identifier: Apache-2.0
"""One example of every node and operator of the segment language, by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from privseg.policy.catalogue import ColumnType
from privseg.policy.digest import score_digest
from privseg.segment import (
    AccountTest,
    Aggregate,
    AggregateKind,
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Comparison,
    Condition,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    Fixed,
    Not,
    Operator,
    PropertyTest,
    Relation,
    Relative,
    SameAs,
    Sample,
    Scaled,
    ScoreTest,
    SegmentRef,
    Sequence,
    Step,
    Test,
    Window,
)
from privseg.terms import Attribute, Money
from tests.twins.language_catalogue import EUR, RFM, T

Op, Kind, U = Operator, AggregateKind, AgoUnit
YEAR, MONTH = Ago(365, U.DAYS), Ago(30, U.DAYS)


def compared(operator: Operator, *values: object) -> Comparison:
    """Return a comparison; tests also try what the types forbid."""
    return Comparison(operator, tuple(values))  # type: ignore[arg-type]


def attribute(name: str, kind: ColumnType, operator: Operator, *values: object) -> AttributeTest:
    """Return a test of an attribute by one operator."""
    return AttributeTest(Attribute(name), kind, (compared(operator, *values),))


def lies(relation: Relation, number: int, unit: AgoUnit = U.DAYS) -> Relative:
    """Return a relative test."""
    return Relative(relation, Ago(number, unit))


def prop(name: str, kind: ColumnType, *tests: Test) -> PropertyTest:
    """Return a test of an event's property."""
    return PropertyTest(Attribute(name), kind, tests)


def count(operator: Operator, *numbers: int) -> Aggregate:
    """Return a count's test."""
    return Aggregate(Kind.COUNT, (compared(operator, *numbers),))


def over(
    kind: AggregateKind, of: str, column: ColumnType, operator: Operator, *values: object
) -> Aggregate:
    """Return an aggregate of a property by one operator."""
    return Aggregate(kind, (compared(operator, *values),), Attribute(of), column)


def happened(
    event: str, *aggregates: Aggregate, window: Window | None = None, where: Filter | None = None
) -> EventTest:
    """Return a test of an event."""
    return EventTest(event, aggregates, window, where)


def euros(units: int) -> Money:
    """Return whole euros."""
    return Money(100 * units, EUR)


DE = attribute("country", T.CATEGORY, Op.EQUALS, "DE")
BOUGHT = EventTest("purchase")
ON_THE_WEB = prop("page_view.section", T.CATEGORY, compared(Op.IN, "shoes", "sale"))
SAME_ARTICLE = SameAs(
    Attribute("page_view.article"), Attribute("purchase.coupon"), T.TEXT, Ago(2, U.WEEKS)
)

NODES: Mapping[str, Condition] = {
    "equals": DE,
    "in": attribute("country", T.CATEGORY, Op.IN, "DE", "FR"),
    "between": attribute("age", T.INTEGER, Op.BETWEEN, 18, 34),
    "at least": attribute("rating", T.DECIMAL, Op.AT_LEAST, Scaled(450, 2)),
    "over": attribute("credit", T.MONEY, Op.OVER, Money(20_050, EUR)),
    "at most": attribute("born", T.DATE, Op.AT_MOST, date(2000, 2, 29)),
    "under": attribute("seen", T.TIME, Op.UNDER, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    "starts with": attribute("city", T.TEXT, Op.STARTS_WITH, "Köln"),
    "contains a text": attribute("city", T.TEXT, Op.CONTAINS, "New York; all of ("),
    "contains a member": attribute("interests", T.SET, Op.CONTAINS, "tea"),
    "is known": attribute("vip", T.BOOLEAN, Op.IS_KNOWN, True),
    "is not known": attribute("vip", T.BOOLEAN, Op.IS_KNOWN, False),
    "yes": attribute("vip", T.BOOLEAN, Op.EQUALS, True),
    "an empty text": attribute("city", T.TEXT, Op.EQUALS, ""),
    "an account that is known": attribute("company", T.ACCOUNT, Op.IS_KNOWN, True),
    "several tests": AttributeTest(
        Attribute("age"), T.INTEGER, (compared(Op.OVER, 17), compared(Op.UNDER, 35))
    ),
    "within": AttributeTest(Attribute("seen"), T.TIME, (lies(Relation.WITHIN, 12, U.HOURS),)),
    "older than": AttributeTest(
        Attribute("born"), T.DATE, (lies(Relation.OLDER_THAN, 18, U.YEARS),)
    ),
    "within next": AttributeTest(
        Attribute("born"), T.DATE, (lies(Relation.WITHIN_NEXT, 3, U.MONTHS),)
    ),
    "an anniversary": AttributeTest(
        Attribute("born"), T.DATE, (lies(Relation.ANNIVERSARY_WITHIN_NEXT, 1, U.WEEKS),)
    ),
    "account": AccountTest(
        Attribute("industry"),
        Attribute("company"),
        T.CATEGORY,
        (compared(Op.IN, "software", "retail"),),
    ),
    "score": ScoreTest(
        Attribute("rfm.recency"), T.INTEGER, (compared(Op.AT_MOST, 2),), score_digest(RFM)
    ),
    "cohort": CohortTest(Attribute("newsletter-2026")),
    "sample": Sample("holdout", Fraction(1, 10)),
    "event": BOUGHT,
    "event in a window": happened("purchase", window=MONTH),
    "event between days": happened("purchase", window=Fixed(date(2026, 1, 1), date(2026, 2, 1))),
    "event between moments": happened(
        "purchase",
        window=Fixed(
            datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)
        ),
    ),
    "count": happened("purchase", count(Op.BETWEEN, 2, 5), window=YEAR),
    "sum": happened("purchase", over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, euros(200))),
    "count and sum": happened(
        "purchase",
        count(Op.AT_LEAST, 2),
        over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, euros(200)),
        window=YEAR,
    ),
    "average": happened(
        "purchase", over(Kind.AVERAGE, "purchase.amount", T.MONEY, Op.BETWEEN, euros(20), euros(50))
    ),
    "min": happened("purchase", over(Kind.MIN, "purchase.items", T.INTEGER, Op.AT_LEAST, 2)),
    "max": happened("page_view", over(Kind.MAX, "page_view.delivery", T.DATE, Op.IS_KNOWN, True)),
    "first": happened(
        "page_view", over(Kind.FIRST, "page_view.section", T.CATEGORY, Op.EQUALS, "shoes")
    ),
    "last": happened(
        "purchase",
        Aggregate(Kind.LAST, (lies(Relation.WITHIN, 7),), Attribute("purchase.time"), T.TIME),
        window=YEAR,
    ),
    "distinct": happened(
        "page_view", over(Kind.DISTINCT, "page_view.section", T.CATEGORY, Op.AT_LEAST, 2)
    ),
    "several aggregates": happened(
        "purchase",
        count(Op.AT_LEAST, 2),
        count(Op.UNDER, 9),
        over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, euros(200)),
        over(Kind.SUM, "purchase.items", T.INTEGER, Op.OVER, 3),
        over(Kind.MAX, "purchase.amount", T.MONEY, Op.UNDER, euros(90)),
        window=YEAR,
        where=FilterNot(prop("purchase.items", T.INTEGER, compared(Op.EQUALS, 0))),
    ),
    "filter": happened("page_view", window=MONTH, where=ON_THE_WEB),
    "filters": happened(
        "page_view",
        where=FilterAll(
            (
                FilterAny(
                    (ON_THE_WEB, prop("page_view.logged_in", T.BOOLEAN, compared(Op.EQUALS, True)))
                ),
                FilterNot(ON_THE_WEB),
                FilterNot(FilterAny((SAME_ARTICLE,))),
            )
        ),
    ),
    "the same as another event's": happened("page_view", where=SAME_ARTICLE),
    "sequence": Sequence((Step("page_view"), Step("purchase"))),
    "sequence with everything": Sequence(
        (Step("page_view", ON_THE_WEB), Step("email_open"), Step("purchase")),
        span=timedelta(hours=36),
        without=Step("page_view", FilterNot(ON_THE_WEB)),
        window=MONTH,
    ),
    "sequence without": Sequence(
        (Step("page_view"), Step("email_open")), without=Step("purchase"), window=MONTH
    ),
    "segment": SegmentRef("lapsed"),
    "all": All((DE, Any_((BOUGHT, SegmentRef("lapsed"))))),
    "any": Any_((All((DE, BOUGHT)), Not(DE))),
    "not": Not(BOUGHT),
}
