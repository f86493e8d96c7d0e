# SPDX-License-Identifier: Apache-2.0
"""A person's values in SQL: attributes, their company's, scores, lists, samples; missing or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from privseg.policy.catalogue import ColumnType
from privseg.policy.digest import score_digest
from privseg.segment import (
    AccountTest,
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Comparison,
    Condition,
    Not,
    Operator,
    Person,
    Relation,
    Relative,
    Sample,
    ScoreTest,
    Test,
)
from privseg.terms import Attribute
from tests.twins.compiled import AT, compiled, found
from tests.twins.segment_catalogue import CATALOGUE

Op, T, R = Operator, ColumnType, Relation
LEVEL = score_digest(CATALOGUE.scores["rfm"])
COMPANY = bytes(16)


def is_(operator: Operator, *values: object) -> Comparison:
    return Comparison(operator, values)  # type: ignore[arg-type]


def attribute(name: str, kind: ColumnType, *tests: Test) -> AttributeTest:
    return AttributeTest(Attribute(name), kind, tests)


def born(relation: Relation, number: int, unit: AgoUnit = AgoUnit.DAYS) -> AttributeTest:
    return attribute("day", T.DATE, Relative(relation, Ago(number, unit)))


GERMAN = attribute("channel", T.CATEGORY, is_(Op.EQUALS, "web"))
PEOPLE = {
    1: Person({"channel": "web", "number": 3, "topics": {"tea"}, "flag": True, "word": "Straße"}),
    2: Person({"channel": "app", "number": None, "topics": set(), "flag": False, "word": ""}),
    3: Person({}),
}


@pytest.mark.parametrize(
    ("condition", "members"),
    [
        (GERMAN, {1}),
        (Not(GERMAN), {2, 3}),
        (Not(Not(GERMAN)), {1}),
        (Any_((GERMAN, Not(GERMAN))), {1, 2, 3}),
        (All((GERMAN, Not(GERMAN))), set()),
        (Not(Any_((GERMAN, attribute("number", T.INTEGER, is_(Op.AT_MOST, 9))))), {2, 3}),
        (attribute("number", T.INTEGER, is_(Op.IS_KNOWN, False)), {2, 3}),
        (Not(attribute("number", T.INTEGER, is_(Op.IS_KNOWN, True))), {2, 3}),
        (attribute("number", T.INTEGER, is_(Op.OVER, 1), is_(Op.IN, 2, 3)), {1}),
        (attribute("topics", T.SET, is_(Op.CONTAINS, "tea")), {1}),
        (attribute("topics", T.SET, is_(Op.IS_KNOWN, True)), {1, 2}),
        (Not(attribute("topics", T.SET, is_(Op.CONTAINS, "tea"))), {2, 3}),
        (attribute("flag", T.BOOLEAN, is_(Op.EQUALS, False)), {2}),
        (attribute("word", T.TEXT, is_(Op.STARTS_WITH, "STRASS")), {1}),
        (attribute("word", T.TEXT, is_(Op.CONTAINS, "")), {1, 2}),
    ],
)
def test_a_missing_value_makes_a_test_false_and_not_flips_it(
    condition: Condition, members: set[int]
) -> None:
    assert found(PEOPLE, it=condition)["it"] == members


def test_who_has_no_data_at_all_is_found_by_a_not_and_who_is_not_eligible_never() -> None:
    assert found(PEOPLE, eligible={1, 9}, it=Not(GERMAN)) == {"it": {9}}


def test_a_condition_finds_the_same_alone_and_beside_others() -> None:
    young = attribute("number", T.INTEGER, is_(Op.UNDER, 9))
    beside = found(PEOPLE, one=GERMAN, other=Not(young), both=All((GERMAN, young)))
    assert beside == {"one": {1}, "other": {2, 3}, "both": {1}}
    assert found(PEOPLE, one=GERMAN) == {"one": {1}}


@pytest.mark.parametrize(
    ("test", "day", "true"),
    [
        (born(R.WITHIN, 1), date(2026, 11, 1), True),  # midnight was twelve hours ago
        (born(R.WITHIN, 1), date(2026, 11, 2), False),
        (born(R.WITHIN, 1), date(2026, 10, 31), False),
        (born(R.OLDER_THAN, 1), date(2026, 10, 31), True),
        (born(R.WITHIN_NEXT, 1), date(2026, 11, 2), True),
        (born(R.WITHIN_NEXT, 1), date(2026, 11, 1), False),
        (born(R.OLDER_THAN, 9999, AgoUnit.YEARS), date(1, 1, 1), False),
        (born(R.WITHIN, 9999, AgoUnit.YEARS), date(1, 1, 1), True),
        (born(R.WITHIN_NEXT, 9999, AgoUnit.YEARS), date(9999, 12, 31), True),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 1), date(1990, 11, 1), True),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 1), date(2026, 11, 1), False),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 30), date(1990, 11, 30), True),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 30), date(1990, 12, 2), False),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 90), date(1990, 1, 29), True),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 90), date(1990, 2, 28), False),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 365), date(1990, 10, 31), True),
        (born(R.ANNIVERSARY_WITHIN_NEXT, 10, AgoUnit.MONTHS), date(1992, 2, 29), True),
    ],
)
def test_a_date_is_compared_with_days_and_an_anniversary_by_month_and_day(
    test: Condition, day: date, *, true: bool
) -> None:
    people = {1: Person({"day": day}), 2: Person({})}
    assert found(people, it=test, other=Not(test)) == {
        "it": {1} if true else set(),
        "other": {2} if true else {1, 2},
    }


@pytest.mark.parametrize("day", [28, 29])
def test_whoever_was_born_on_29_february_has_the_anniversary_on_the_28th(day: int) -> None:
    people = {1: Person({"day": date(1992, 2, day)})}
    last = datetime(2027, 2, 28, 12, tzinfo=UTC)
    leap = datetime(2028, 2, 28, 12, tzinfo=UTC)
    today = born(R.ANNIVERSARY_WITHIN_NEXT, 1, AgoUnit.DAYS)
    zone = ZoneInfo("UTC")
    assert found(people, at=last, zone=zone, it=today)["it"] == {1}
    # At noon a day ahead ends at noon of the 29th, whose midnight is within.
    assert found(people, at=leap, zone=zone, it=today)["it"] == {1}
    before = leap - timedelta(hours=12)
    assert found(people, at=before, zone=zone, it=today)["it"] == ({1} if day == 28 else set())


def test_a_moment_is_compared_in_whole_microseconds() -> None:
    within = attribute("moment", T.TIME, Relative(R.WITHIN, Ago(1, AgoUnit.HOURS)))
    ahead = attribute("moment", T.TIME, Relative(R.WITHIN_NEXT, Ago(1, AgoUnit.HOURS)))
    hour, tick = timedelta(hours=1), timedelta(microseconds=1)
    moments = (AT - hour - tick, AT - hour, AT - tick, AT, AT + hour - tick, AT + hour)
    people = {n: Person({"moment": m}) for n, m in enumerate(moments)}
    assert found(people, within=within, ahead=ahead) == {"within": {1, 2}, "ahead": {3, 4}}
    exact = attribute("moment", T.TIME, is_(Op.EQUALS, AT - tick))
    assert found(people, it=exact) == {"it": {2}}


def test_an_account_a_score_a_list_and_a_sample_are_values_of_the_person() -> None:
    software = AccountTest(
        Attribute("firm_word"), Attribute("company"), T.TEXT, (is_(Op.EQUALS, "SOFT"),)
    )
    high = ScoreTest(Attribute("rfm.recency"), T.INTEGER, (is_(Op.AT_LEAST, 2),), LEVEL)
    listed, tenth = CohortTest(Attribute("newsletter")), Sample("holdout", Fraction(1, 10))
    people = {
        1: Person({"company": COMPANY, "firm_word": "soft"}, draws={"holdout": tenth.below - 1}),
        2: Person({"newsletter": True, "rfm.recency": 2}, draws={"holdout": tenth.below}),
        3: Person({"rfm.recency": 1}, draws={"holdout": 2**32 - 1}),
    }
    sampled = All((Not(tenth), Any_((listed, Not(listed)))))
    assert found(people, a=software, b=Not(software), c=high, d=Not(high)) == {
        "a": {1},
        "b": {2, 3},
        "c": {2},
        "d": {1, 3},
    }
    assert found(people, a=listed, b=Not(listed), c=sampled) == {"a": {2}, "b": {1, 3}, "c": {2, 3}}
    query = compiled(a=sampled)
    assert query.samples == {"holdout"}
    assert query.reads == {
        ("eligible", "ordinal"),
        ("newsletter", "ordinal"),
        ("samples", "ordinal"),
        ("samples", "holdout"),
    }
