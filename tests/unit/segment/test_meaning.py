# SPDX-License-Identifier: Apache-2.0
"""What a condition on a person's own values means: the traps of the field, one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from privseg.segment import (
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    Library,
    Not,
    Person,
    Relation,
    Sample,
    Scaled,
    Segment,
    SegmentRef,
    UnknownSegmentError,
    holds,
)
from privseg.terms import Attribute, Money
from tests.twins.segment_nodes import DE, EUR, NODES, Op, T, U, attribute, compared, lies

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def true(condition: Condition, person: Person, *segments: Segment, at: datetime = AT) -> bool:
    return holds(condition, person, at=at, zone=BERLIN, segments=Library(segments))


def of(name: str, value: object) -> Person:
    return Person({name: value})  # type: ignore[dict-item]


# --- negation and nesting


@pytest.mark.parametrize("name", [n for n in NODES if "lapsed" not in str(NODES[n])])
def test_of_a_person_without_any_data_a_test_or_its_not_is_true_and_never_both(name: str) -> None:
    nobody = Person({})
    assert true(NODES[name], nobody) is not true(Not(NODES[name]), nobody)


def test_not_finds_whoever_has_no_value_too() -> None:
    assert [true(Not(DE), of("country", c)) for c in ("DE", "FR", None)] == [False, True, True]


def test_an_unsubscribed_person_is_not_let_in_by_an_any_beside_an_all() -> None:
    """The precedence of and over or, by which others mailed people who had unsubscribed."""
    subscribed = attribute("vip", T.BOOLEAN, Op.EQUALS, True)
    young = attribute("age", T.INTEGER, Op.UNDER, 30)
    unsubscribed = Person({"vip": False, "country": "DE", "age": 20})
    assert not true(All((subscribed, Any_((DE, young)))), unsubscribed)
    assert true(Any_((All((subscribed, DE)), young)), unsubscribed)  # must be asked for


def test_not_all_is_any_not_and_not_any_is_all_not() -> None:
    old = attribute("age", T.INTEGER, Op.OVER, 65)
    people = [Person({"country": c, "age": a}) for c in ("DE", None) for a in (70, 20, None)]
    for person in people:
        assert true(Not(All((DE, old))), person) == true(Any_((Not(DE), Not(old))), person)
        assert true(Not(Any_((DE, old))), person) == true(All((Not(DE), Not(old))), person)


def test_a_reference_means_the_other_segments_condition() -> None:
    other = Segment("germans", "s", DE)
    for country in ("DE", "FR"):
        person = of("country", country)
        assert true(SegmentRef("germans"), person, other) == true(DE, person)
        assert true(Not(SegmentRef("germans")), person, other) == (not true(DE, person))
    with pytest.raises(UnknownSegmentError, match="germans"):
        true(SegmentRef("germans"), Person({}))


# --- values


def test_a_missing_value_makes_every_test_false_but_is_not_known() -> None:
    nobody = Person({})
    assert not true(attribute("age", T.INTEGER, Op.AT_MOST, 0), nobody)
    assert not true(attribute("age", T.INTEGER, Op.EQUALS, 0), nobody)
    assert true(attribute("age", T.INTEGER, Op.IS_KNOWN, False), nobody)
    assert not true(attribute("age", T.INTEGER, Op.IS_KNOWN, True), nobody)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.INTEGER, float("nan")),
        (T.INTEGER, float("inf")),
        (T.INTEGER, True),
        (T.INTEGER, "1"),
        (T.MONEY, float("-inf")),
        (T.DECIMAL, 1.5),
        (T.BOOLEAN, 1),
        (T.DATE, datetime(2026, 1, 1, tzinfo=UTC)),
        (T.TIME, date(2026, 1, 1)),
        (T.TIME, datetime(2026, 1, 1)),  # noqa: DTZ001 - a moment without zone is none
        (T.SET, "tea"),
        (T.TEXT, b"tea"),
        (T.CATEGORY, ["DE"]),
        (T.ACCOUNT, "Example Ltd"),
    ],
)
def test_what_a_type_cannot_be_is_missing_and_no_failure(kind: T, value: object) -> None:
    known = attribute("x", kind, Op.IS_KNOWN, True)
    assert not true(known, of("x", value))
    assert true(Not(known), of("x", value))


def test_an_empty_text_and_an_empty_set_are_known() -> None:
    person = Person({"city": "", "interests": frozenset()})
    assert true(attribute("city", T.TEXT, Op.IS_KNOWN, True), person)
    assert true(attribute("city", T.TEXT, Op.EQUALS, ""), person)
    assert true(attribute("city", T.TEXT, Op.STARTS_WITH, ""), person)
    assert true(attribute("interests", T.SET, Op.IS_KNOWN, True), person)
    assert not true(attribute("interests", T.SET, Op.CONTAINS, "tea"), person)


def test_contains_is_a_part_of_a_text_and_a_member_of_a_set() -> None:
    assert true(attribute("city", T.TEXT, Op.CONTAINS, "STRASSE"), of("city", "Lange Straße 1"))
    tea = attribute("interests", T.SET, Op.CONTAINS, "tea")
    for of_it in (["tea"], ("music", "tea"), frozenset({"tea"}), ["tea", None, 3]):
        assert true(tea, of("interests", of_it))
    assert not true(tea, of("interests", ["green tea"]))


def test_text_is_matched_folded_and_a_category_exactly() -> None:
    assert true(attribute("city", T.TEXT, Op.IN, "KÖLN", "x"), of("city", "Ko\u0308ln"))
    assert not true(DE, of("country", "de"))


def test_between_includes_both_ends() -> None:
    between = attribute("age", T.INTEGER, Op.BETWEEN, 18, 34)
    assert [a for a in (17, 18, 34, 35) if true(between, of("age", a))] == [18, 34]
    none = attribute("age", T.INTEGER, Op.BETWEEN, 34, 18)
    assert not any(true(none, of("age", a)) for a in (17, 18, 20, 34))


def test_several_tests_of_one_value_mean_each_of_them() -> None:
    both = AttributeTest(Attribute("age"), T.INTEGER, (compared(Op.OVER, 1), compared(Op.UNDER, 3)))
    assert [a for a in range(5) if true(both, of("age", a))] == [2]


@pytest.mark.parametrize(
    ("operator", "held"),
    [
        (Op.EQUALS, [5]),
        (Op.AT_LEAST, [5, 6]),
        (Op.OVER, [6]),
        (Op.AT_MOST, [4, 5]),
        (Op.UNDER, [4]),
    ],
)
def test_numbers_are_compared_exactly(operator: Op, held: list[int]) -> None:
    tests = [
        attribute("x", T.INTEGER, operator, 5),
        attribute("x", T.MONEY, operator, Money(5, EUR)),
        attribute("x", T.DECIMAL, operator, Scaled(5, 2)),
    ]
    for test in tests:
        assert [n for n in (4, 5, 6) if true(test, of("x", n))] == held
    huge = 2**63 - 1
    assert not true(attribute("x", T.INTEGER, Op.EQUALS, huge), of("x", huge - 1))


def test_a_moment_is_the_same_in_every_zone() -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)  # comes twice: this is the first pass
    later = attribute("seen", T.TIME, Op.OVER, twice)
    assert not true(later, of("seen", twice.astimezone(timezone(timedelta(hours=9)))))
    assert true(later, of("seen", twice.replace(fold=1)))
    assert true(attribute("seen", T.TIME, Op.EQUALS, twice), of("seen", twice.astimezone(UTC)))


# --- lists, samples, scores, accounts


def test_being_on_a_list_is_a_plain_yes() -> None:
    on = CohortTest(Attribute("newsletter-2026"))
    assert [true(on, of("newsletter-2026", v)) for v in (True, False, None, 1)] == [
        True, False, False, False,
    ]  # fmt: skip
    assert true(Not(on), Person({}))


def test_a_sample_is_whoever_drew_less_than_its_share() -> None:
    tenth = Sample("holdout", Fraction(1, 10))
    below = 2**32 // 10
    assert tenth.below == below
    drawn = {d: true(tenth, Person({}, draws={"holdout": d})) for d in (0, below - 1, below)}
    assert drawn == {0: True, below - 1: True, below: False}
    assert not true(tenth, Person({}, draws={"other": 0}))  # who has drawn nothing is in none


def test_scores_and_attributes_of_accounts_are_values_like_others() -> None:
    person = Person({"rfm.recency": 2, "industry": "retail"})
    assert true(NODES["score"], person)
    assert true(NODES["account"], person)
    assert not true(NODES["score"], Person({}))  # who has no score is missing
    assert not true(NODES["account"], Person({}))  # who belongs to no account, too


# --- relative dates


def born(day: date, relation: Relation, number: int, unit: U = U.DAYS, at: datetime = AT) -> bool:
    test = AttributeTest(Attribute("born"), T.DATE, (lies(relation, number, unit),))
    return true(test, of("born", day), at=at)


def seen(moment: datetime, relation: Relation, number: int, unit: U = U.DAYS) -> bool:
    test = AttributeTest(Attribute("seen"), T.TIME, (lies(relation, number, unit),))
    return true(test, of("seen", moment))


def test_within_older_and_next_part_all_of_time_between_them() -> None:
    tick = timedelta(microseconds=1)
    start, end = AT - timedelta(days=3), AT + timedelta(days=3)
    moments = [start - tick, start, AT - tick, AT, end - tick, end]
    held = [
        [r.value for r in (Relation.WITHIN, Relation.OLDER_THAN, Relation.WITHIN_NEXT)
         if seen(m, r, 3)]
        for m in moments
    ]  # fmt: skip
    assert held == [["older_than"], ["within"], ["within"], ["within_next"], ["within_next"], []]


def test_a_date_counts_from_its_local_midnight() -> None:
    """At noon UTC of 1 November it is 13:00 in Berlin: today has begun, tomorrow has not."""
    days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2)]
    assert [born(d, Relation.WITHIN, 1) for d in days] == [False, False, True, False]
    assert [born(d, Relation.OLDER_THAN, 1) for d in days] == [True, True, False, False]
    assert [born(d, Relation.WITHIN_NEXT, 1) for d in days] == [False, False, False, True]
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # half past midnight of 1 November
    assert [born(d, Relation.WITHIN, 1, at=late) for d in days] == [False, False, True, False]


def birthday(day: date, number: int, at: datetime, unit: U = U.DAYS) -> bool:
    return born(day, Relation.ANNIVERSARY_WITHIN_NEXT, number, unit, at)


def test_a_birthday_today_counts_at_every_hour_and_the_day_of_birth_is_none() -> None:
    for hour in (0, 12, 22):
        at = datetime(2026, 11, 1, hour, tzinfo=UTC)
        assert birthday(date(1990, 11, 1), 1, at)
        assert not birthday(date(1990, 10, 31), 1, at)
        assert not birthday(date(2026, 11, 1), 1, at)
    assert not birthday(date(2030, 11, 1), 1, AT)  # nobody has a birthday before birth


def test_who_is_born_on_29_february_has_a_birthday_on_the_28th_of_other_years() -> None:
    leapling = date(2004, 2, 29)
    days = {
        date(2026, 2, 27): False,
        date(2026, 2, 28): True,
        date(2026, 3, 1): False,
        date(2028, 2, 28): False,
        date(2028, 2, 29): True,
        date(2028, 3, 1): False,
    }
    noons = {d: datetime(d.year, d.month, d.day, 0, tzinfo=BERLIN) for d in days}
    assert {d: birthday(leapling, 1, noons[d]) for d in days} == days


def test_birthdays_are_found_across_new_year_and_almost_a_year_ahead() -> None:
    at = datetime(2026, 12, 30, 12, tzinfo=UTC)
    assert [d for d in range(1, 32) if birthday(date(1990, 1, d), 5, at)] == [1, 2, 3, 4]
    assert birthday(date(1990, 12, 31), 5, at)
    assert not birthday(date(1990, 12, 29), 5, at)
    assert birthday(date(1990, 11, 29), 11, at, U.MONTHS)
    assert not birthday(date(1990, 12, 15), 11, at, U.MONTHS)


@pytest.mark.parametrize("year", [1, 9999])
def test_at_the_calendars_ends_an_answer_is_given(year: int) -> None:
    ends = [date.min, date.max]
    moments = [datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)]
    for at in moments:
        for unit in (U.DAYS, U.WEEKS, U.MONTHS, U.YEARS):
            for relation in (Relation.WITHIN, Relation.OLDER_THAN, Relation.WITHIN_NEXT):
                assert {born(d, relation, 999_999, unit, at) for d in ends} <= {True, False}
        assert {birthday(d, 300, at) for d in ends} <= {True, False}
