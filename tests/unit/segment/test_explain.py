# SPDX-License-Identifier: Apache-2.0
"""A condition in plain words: one text for each node, and only one way to read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from privseg.segment import (
    Ago,
    All,
    Any_,
    Condition,
    Event,
    FilterNot,
    Not,
    Person,
    Sequence,
    Step,
    clauses,
    explain,
    why,
)
from tests.twins.segment_nodes import (
    BOUGHT,
    DE,
    MONTH,
    NODES,
    ON_THE_WEB,
    Kind,
    Op,
    T,
    U,
    attribute,
    count,
    euros,
    happened,
    over,
    prop,
)

AT, ZONE = datetime(2026, 11, 1, tzinfo=UTC), ZoneInfo("UTC")

WORDS = {
    "equals": "country is DE",
    "in": "country is DE or FR",
    "between": "age is from 18 to 34",
    "at least": "rating is at least 4.50",
    "over": "credit is over 200.50 EUR",
    "at most": "born is 2000-02-29 or earlier",
    "under": "seen is before 2026-03-29 01:30:00 UTC",
    "starts with": "city starts with Köln",
    "contains a text": 'city contains "New York; all of ("',
    "contains a member": "interests includes tea",
    "is known": "vip is known",
    "is not known": "vip is not known",
    "yes": "vip is yes",
    "an empty text": "city is the empty text",
    "an account that is known": "company is known",
    "several tests": "age is over 17 and is under 35",
    "within": "seen lies in the 12 hours before",
    "older than": "born lies more than 18 years before",
    "within next": "born lies less than 3 months ahead",
    "an anniversary": "born has an anniversary today or less than 1 week ahead",
    "account": "industry of the account is software or retail",
    "score": "the score rfm.recency is at most 2",
    "cohort": "on the list newsletter-2026",
    "sample": "in the sample holdout of 10%",
    "event": "any purchase at any time before",
    "event in a window": "any purchase in the 30 days before",
    "event between days": "any purchase from 2026-01-01 up to, not including, 2026-02-01",
    "event between moments": (
        "any purchase from 2026-01-01 00:00:00 UTC up to, not including, "
        "2026-01-01 00:00:00.000005 UTC"
    ),
    "count": "2 to 5 purchase events in the 365 days before",
    "sum": "the sum of purchase.amount is over 200.00 EUR at any time before",
    "count and sum": (
        "at least 2 purchase events and the sum of purchase.amount is over 200.00 EUR in "
        "the 365 days before"
    ),
    "average": (
        "among purchase events at any time before: the average of purchase.amount is "
        "from 20.00 EUR to 50.00 EUR"
    ),
    "min": ("among purchase events at any time before: the smallest purchase.items is at least 2"),
    "max": ("among page_view events at any time before: the latest page_view.delivery is known"),
    "first": (
        "among page_view events at any time before: the page_view.section of the first "
        "event is shoes"
    ),
    "last": (
        "among purchase events in the 365 days before: the purchase.time of the last "
        "event lies in the 7 days before"
    ),
    "distinct": (
        "among page_view events at any time before: the number of different "
        "page_view.section is at least 2"
    ),
    "several aggregates": (
        "among purchase events in the 365 days before where (not: purchase.items is 0): "
        "at least 2 purchase events and fewer than 9 purchase events and the sum of "
        "purchase.amount is over 200.00 EUR and the sum of purchase.items is over 3 and "
        "the largest purchase.amount is under 90.00 EUR"
    ),
    "filter": ("any page_view in the 30 days before where (page_view.section is shoes or sale)"),
    "filters": (
        "any page_view at any time before where all of (any of (page_view.section is "
        "shoes or sale; page_view.logged_in is yes); not: (page_view.section is shoes or "
        "sale); not: any of (page_view.article is the purchase.coupon of some purchase "
        "event in the 2 weeks before))"
    ),
    "the same as another event's": (
        "any page_view at any time before where (page_view.article is the "
        "purchase.coupon of some purchase event in the 2 weeks before)"
    ),
    "sequence": ("one after the other (page_view; then purchase), each at any time before"),
    "sequence with everything": (
        "one after the other (page_view where (page_view.section is shoes or sale); then "
        "email_open; then purchase), each in the 30 days before, the last less than 36 "
        "hours after the first, and no page_view where (not: (page_view.section is shoes "
        "or sale)) from the first until 36 hours after it"
    ),
    "sequence without": (
        "one after the other (page_view; then email_open), each in the 30 days before, "
        "and no purchase from the first on"
    ),
    "segment": "in the segment lapsed",
    "all": ("country is DE; any of (any purchase at any time before; in the segment lapsed)"),
    "any": ("any of (all of (country is DE; any purchase at any time before); not: country is DE)"),
    "not": "not: any purchase at any time before",
}


@pytest.mark.parametrize("name", NODES)
def test_each_node_in_plain_words(name: str) -> None:
    assert explain(NODES[name]) == WORDS[name]


def test_every_node_says_something_else() -> None:
    assert set(WORDS) == set(NODES)
    assert len(set(WORDS.values())) == len(WORDS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Not(All((DE, BOUGHT))), All((Not(DE), BOUGHT))),
        (Any_((All((DE, BOUGHT)), DE)), All((Any_((DE, BOUGHT)), DE))),
        (Any_((DE, Not(Any_((BOUGHT, DE))))), Any_((DE, Not(BOUGHT), DE))),
        (Not(NODES["several tests"]), All((Not(NODES["several tests"]), DE))),
        (Not(NODES["in"]), Any_((Not(DE), attribute("country", T.CATEGORY, Op.EQUALS, "FR")))),
        (Not(NODES["count and sum"]), All((Not(NODES["count"]), NODES["sum"]))),
        (Not(NODES["filter"]), happened("page_view", window=MONTH, where=FilterNot(ON_THE_WEB))),
    ],
)
def test_what_is_nested_otherwise_reads_otherwise(one: Condition, other: Condition) -> None:
    assert explain(one) != explain(other)
    assert explain(one).count("(") == explain(one).count(")")


def test_a_not_says_how_far_it_goes() -> None:
    assert explain(Not(NODES["in"])) == "not: (country is DE or FR)"
    assert explain(Not(NODES["several tests"])) == "not: (age is over 17 and is under 35)"
    assert explain(Not(NODES["sequence"])).startswith("not: (one after the other (page_view; ")
    assert explain(Not(Any_((DE, BOUGHT)))).startswith("not: any of (country is DE; ")
    assert explain(Not(Not(DE))) == "not: not: country is DE"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("DE; not: any of (", '"DE; not: any of ("'),
        ('a"b', '"a\\"b"'),
        ("a\nb", '"a\\nb"'),
        ("a\u202eb", '"a\\u202eb"'),
        ("a\x00b", '"a\\u0000b"'),
        (" ", '" "'),
        ("علی", "علی"),
        ("نمی\u200cشود", '"نمی\u200cشود"'),
        ("Zoë-Ann+1", "Zoë-Ann+1"),
    ],
)
def test_no_value_passes_for_words_of_the_explanation(text: str, shown: str) -> None:
    assert explain(attribute("city", T.TEXT, Op.EQUALS, text)) == f"city is {shown}"


@pytest.mark.parametrize(
    ("aggregate", "words"),
    [
        (count(Op.AT_LEAST, 1), "any purchase"),
        (count(Op.OVER, 1), "more than 1 purchase event"),
        (count(Op.AT_MOST, 2), "at most 2 purchase events"),
        (count(Op.UNDER, 1), "fewer than 1 purchase event"),
        (count(Op.EQUALS, 0), "exactly 0 purchase events"),
        (over(Kind.SUM, "purchase.items", T.INTEGER, Op.AT_MOST, 1), None),
    ],
)
def test_counts_in_words(aggregate: object, words: str | None) -> None:
    told = explain(happened("purchase", aggregate))  # type: ignore[arg-type]
    assert told == f"{words or 'the sum of purchase.items is at most 1'} at any time before"


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        (Op.AT_LEAST, "is 2026-01-31 or later"),
        (Op.OVER, "is after 2026-01-31"),
        (Op.AT_MOST, "is 2026-01-31 or earlier"),
        (Op.UNDER, "is before 2026-01-31"),
        (Op.EQUALS, "is 2026-01-31"),
    ],
)
def test_days_come_before_and_after_one_another(operator: Op, words: str) -> None:
    assert explain(attribute("born", T.DATE, operator, date(2026, 1, 31))) == f"born {words}"


@pytest.mark.parametrize("unit", U)
def test_lengths_have_a_singular_and_a_plural(unit: U) -> None:
    one, many = (explain(happened("purchase", window=Ago(n, unit))) for n in (1, 2))
    noun = {"h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}[unit]
    assert one == f"any purchase in the {noun} before"
    assert many == f"any purchase in the 2 {noun}s before"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=24), "1 day"),
        (timedelta(hours=25), "25 hours"),
        (timedelta(seconds=90, microseconds=500_000), "90.5 seconds"),
    ],
)
def test_a_span_is_told_exactly(span: timedelta, words: str) -> None:
    told = explain(Sequence((Step("page_view"), Step("purchase")), span))
    assert told.endswith(f", the last less than {words} after the first")


def test_a_condition_with_parts_is_told_part_by_part() -> None:
    whole = All((NODES["in"], NODES["count and sum"], Not(BOUGHT)))
    assert clauses(whole) == (WORDS["in"], WORDS["count and sum"], WORDS["not"])
    assert explain(whole) == "; ".join(clauses(whole))


def test_a_person_is_told_which_parts_held() -> None:
    told = why(All((DE, Not(BOUGHT))), Person({"country": "FR"}), at=AT, zone=ZONE, segments={})
    assert [(c.text, c.held) for c in told] == [
        ("country is DE", False),
        ("not: any purchase at any time before", True),
    ]


def test_a_person_is_told_of_a_filter_and_a_sequence_too() -> None:
    seen = Event("page_view", b"1", AT - timedelta(days=2), {"section": "shoes"})
    bought = Event("purchase", b"2", AT - timedelta(days=1), {"amount": 10})
    person = Person({}, (seen, bought))
    web = happened("page_view", where=prop("page_view.section", T.CATEGORY, ON_THE_WEB.tests[0]))
    spent = happened("purchase", over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, euros(1)))
    asked = All((web, NODES["sequence"], spent))
    told = why(asked, person, at=AT, zone=ZONE, segments={})
    assert [c.held for c in told] == [True, True, False]
