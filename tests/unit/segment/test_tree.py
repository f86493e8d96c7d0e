# SPDX-License-Identifier: Apache-2.0
"""The tree holds nothing that has no meaning, and reads what it says it reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.segment import (
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    Event,
    EventTest,
    Library,
    Not,
    Operator,
    Person,
    Scaled,
    Segment,
    SegmentCycleError,
    SegmentRef,
    SumTest,
    TooComplexError,
    UnknownAttributeError,
    UnknownSegmentError,
    WrongTypeError,
    clauses,
    explain,
    holds,
    read_set,
    why,
)
from privseg.segment.compile import ReservedNameError, compile_condition
from privseg.segment.library import MAX_DEPTH, MAX_NODES
from privseg.terms import Attribute, Currency, Money
from tests.twins.segment_data import Case, cases
from tests.twins.shop_catalogue import CATALOGUE, EUR, LOYALTY

Op, T = Operator, ColumnType
AT, ZONE = datetime(2026, 11, 1, tzinfo=UTC), ZoneInfo("UTC")


def _is(attribute: str, kind: ColumnType, operator: Operator, *values: object) -> AttributeTest:
    comparison = Comparison(operator, tuple(values))  # type: ignore[arg-type]
    return AttributeTest(Attribute(attribute), kind, (comparison,))


DE = _is("country", T.CATEGORY, Op.EQUALS, "DE")
BOUGHT = EventTest("purchase")


def _holds(condition: Condition, person: Person, *segments: Segment) -> bool:
    return holds(condition, person, at=AT, zone=ZONE, segments=Library(segments))


@pytest.mark.parametrize(
    "make",
    [
        lambda: All(()),
        lambda: Any_(()),
        lambda: _is("age", T.INTEGER, Op.BETWEEN, 1),
        lambda: _is("age", T.INTEGER, Op.IN),
        lambda: _is("age", T.INTEGER, Op.EQUALS, 1, 2),
        lambda: _is("age", T.INTEGER, Op.EQUALS, True),
        lambda: _is("age", T.INTEGER, Op.EQUALS, 2**63),
        lambda: _is("age", T.INTEGER, Op.EQUALS, "1"),
        lambda: _is("age", T.INTEGER, Op.IN, *range(1001)),
        lambda: _is("age", T.INTEGER, Op.STARTS_WITH, 1),
        lambda: _is("vip", T.BOOLEAN, Op.EQUALS, 1),
        lambda: _is("vip", T.BOOLEAN, Op.IS_KNOWN, 1),
        lambda: _is("city", T.TEXT, Op.OVER, "a"),
        lambda: _is("city", T.TEXT, Op.EQUALS, "\ud800"),
        lambda: _is("born", T.DATE, Op.EQUALS, datetime(2026, 1, 1, tzinfo=UTC)),
        lambda: _is("seen", T.TIME, Op.EQUALS, date(2026, 1, 1)),
        lambda: _is("rating", T.DECIMAL, Op.EQUALS, 1),
        lambda: _is("credit", T.MONEY, Op.EQUALS, 1),
        lambda: AttributeTest(Attribute("age"), T.INTEGER, ()),
        lambda: EventTest("purchase", (Comparison(Op.BETWEEN, (1, 2)),)),
        lambda: EventTest("purchase", (Comparison(Op.EQUALS, ("1",)),)),
        lambda: SumTest(Attribute("purchase.coupon"), T.TEXT, (Comparison(Op.EQUALS, ("1",)),)),
        lambda: EventTest(
            "email_open",
            sum=SumTest(Attribute("purchase.items"), T.INTEGER, (Comparison(Op.EQUALS, (1,)),)),
        ),
    ],
)
def test_what_has_no_meaning_cannot_be_written(make: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ; loaders say them in place
        make()  # type: ignore[operator]


def test_a_bare_event_is_at_least_one() -> None:
    assert EventTest("purchase", (Comparison(Op.AT_LEAST, (1,)),)) == BOUGHT


def test_a_missing_value_makes_every_comparison_false_and_not_flips_it() -> None:
    nobody = Person({})
    for condition in (DE, Not(DE)):
        assert _holds(condition, nobody) is isinstance(condition, Not)
    assert not _holds(_is("age", T.INTEGER, Op.AT_MOST, 0), nobody)
    assert _holds(_is("age", T.INTEGER, Op.IS_KNOWN, False), nobody)
    nan = Person({"age": float("nan")})
    assert not _holds(_is("age", T.INTEGER, Op.IS_KNOWN, True), nan)
    assert not _holds(_is("age", T.INTEGER, Op.IS_KNOWN, True), Person({"age": float("inf")}))


def test_an_empty_text_and_an_empty_set_are_known() -> None:
    person = Person({"city": "", "interests": frozenset()})
    assert _holds(_is("city", T.TEXT, Op.IS_KNOWN, True), person)
    assert _holds(_is("city", T.TEXT, Op.STARTS_WITH, ""), person)
    assert _holds(_is("interests", T.SET, Op.IS_KNOWN, True), person)
    assert not _holds(_is("interests", T.SET, Op.CONTAINS, "tea"), person)


def test_a_count_and_a_sum_over_nothing_are_zero() -> None:
    zero = Comparison(Op.EQUALS, (0,))
    total = SumTest(Attribute("purchase.items"), T.INTEGER, (zero,))
    assert _holds(EventTest("purchase", (zero,), total), Person({}))
    unknown = Event("purchase", b"0" * 16, datetime(2026, 1, 1, tzinfo=UTC), {"items": None})
    assert _holds(EventTest("purchase", sum=total), Person({}, (unknown,)))


def test_between_includes_both_ends() -> None:
    between = _is("age", T.INTEGER, Op.BETWEEN, 18, 34)
    held = [a for a in (17, 18, 34, 35) if _holds(between, Person({"age": a}))]
    assert held == [18, 34]


def test_several_comparisons_mean_each_of_them() -> None:
    both = AttributeTest(
        Attribute("age"), T.INTEGER, (Comparison(Op.OVER, (1,)), Comparison(Op.UNDER, (3,)))
    )
    assert [a for a in range(5) if _holds(both, Person({"age": a}))] == [2]


def test_a_reference_means_the_other_segments_condition() -> None:
    other = Segment("germans", "s", DE)
    for country in ("DE", "FR"):
        person = Person({"country": country})
        assert _holds(SegmentRef("germans"), person, other) == _holds(DE, person)
    with pytest.raises(UnknownSegmentError, match="germans"):
        _holds(SegmentRef("germans"), Person({}))


def test_the_read_set_is_every_attribute_and_event_fact_and_property_through_references() -> None:
    total = SumTest(Attribute("purchase.amount"), T.MONEY, (Comparison(Op.OVER, (Money(1, EUR),)),))
    library = Library([Segment("germans", "s", All((DE,)))])
    where = Not(Any_((SegmentRef("germans"), EventTest("purchase", sum=total))))
    assert read_set(where, CATALOGUE, library) == {"country", "purchase", "purchase.amount"}
    with pytest.raises(UnknownSegmentError):
        read_set(where, CATALOGUE)


@given(cases())
def test_the_read_set_of_a_whole_is_the_union_of_its_parts(case: Case) -> None:
    parts = [read_set(c, CATALOGUE) for c in case.conditions]
    assert read_set(Not(All(case.conditions)), CATALOGUE) == frozenset().union(*parts)
    assert all(parts)


@pytest.mark.parametrize(
    ("condition", "refusal"),
    [
        (_is("contry", T.CATEGORY, Op.EQUALS, "DE"), UnknownAttributeError),
        (_is("email", T.TEXT, Op.EQUALS, "a"), UnknownAttributeError),
        (EventTest("refund"), UnknownAttributeError),
        (EventTest("country"), WrongTypeError),
        (_is("purchase", T.TEXT, Op.EQUALS, "a"), WrongTypeError),
        (_is("purchase.coupon", T.TEXT, Op.EQUALS, "a"), WrongTypeError),
        (_is("age", T.TEXT, Op.EQUALS, "a"), WrongTypeError),
        (_is("credit", T.MONEY, Op.EQUALS, Money(1, Currency("USD"))), WrongTypeError),
        (_is("rating", T.DECIMAL, Op.EQUALS, Scaled(1, 3)), WrongTypeError),
        (_is("country", T.CATEGORY, Op.EQUALS, "XX"), WrongTypeError),
        (_is("interests", T.SET, Op.CONTAINS, "golf"), WrongTypeError),
    ],
)
def test_a_condition_that_does_not_fit_the_catalogue_is_refused_before_sql(
    condition: Condition, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        read_set(condition, CATALOGUE)
    with pytest.raises(refusal):
        compile_condition(condition, catalogue=CATALOGUE, at=AT, zone=ZONE)


def test_an_unknown_attribute_comes_with_a_suggestion() -> None:
    with pytest.raises(UnknownAttributeError, match="did you mean 'country'"):
        read_set(_is("contry", T.CATEGORY, Op.EQUALS, "DE"), CATALOGUE)


def test_no_source_may_be_called_like_the_table_of_people() -> None:
    sources = {"eligible": replace(LOYALTY, name="eligible")}
    with pytest.raises(ReservedNameError):
        compile_condition(
            _is("points", T.INTEGER, Op.OVER, 1), catalogue=Catalogue(sources), at=AT, zone=ZONE
        )


def _version(where: Condition, *others: Segment, **look: object) -> str:
    name = str(look.pop("name", "s"))
    segmenter = str(look.pop("segmenter", "m"))
    segment = Segment(name, segmenter, where, **look)  # type: ignore[arg-type]
    return Library([segment, *others]).version(name)


def test_looks_are_outside_the_version_and_meaning_is_inside() -> None:
    version = _version(DE)
    assert version == _version(DE, label={"en": "x"}, colour="#000000", note="n", name="t")
    assert version != _version(Not(DE))
    assert version != _version(DE, segmenter="other")
    assert len({_version(DE), _version(BOUGHT), _version(EventTest("email_open"))}) == 3


def test_a_version_is_the_same_on_every_machine() -> None:
    text = (
        '{"format":"privseg/segment/1","segmenter":"m","where":{"attribute":"country",'
        '"tests":[{"op":"equals","values":["DE"]}],"type":"category"}}'
    )
    assert _version(DE) == sha256(text.encode()).hexdigest()
    event = (
        '{"format":"privseg/segment/1","segmenter":"m","where":{"count":[{"op":"at_least",'
        '"values":[1]}],"event":"purchase","sum":{"of":"purchase.amount","tests":[{"op":"over",'
        '"values":[{"currency":"EUR","exponent":2,"minor":5}]}],"type":"money"},'
        '"window":{"ago":[3,"mo"]}}}'
    )
    total = SumTest(Attribute("purchase.amount"), T.MONEY, (Comparison(Op.OVER, (Money(5, EUR),)),))
    at_least = (Comparison(Op.AT_LEAST, (1,)),)
    condition = EventTest("purchase", at_least, total, Ago(3, AgoUnit.MONTHS))
    assert _version(condition) == sha256(event.encode()).hexdigest()


@given(cases())
def test_conditions_that_differ_have_different_versions(case: Case) -> None:
    assert len({_version(c) for c in case.conditions}) == len(set(case.conditions))


def test_an_edit_of_a_referred_segment_changes_the_versions_built_on_it() -> None:
    built = All((SegmentRef("other"), BOUGHT))
    first = _version(built, Segment("other", "m", DE))
    assert first == _version(built, Segment("other", "m", DE, note="new words"))
    assert first != _version(built, Segment("other", "m", Not(DE)))


def test_a_circle_of_references_is_refused_and_told() -> None:
    segments = [
        Segment("a", "m", Not(SegmentRef("b"))),
        Segment("b", "m", All((SegmentRef("c"), DE))),
        Segment("c", "m", SegmentRef("b")),
    ]
    with pytest.raises(SegmentCycleError, match="b -> c -> b"):
        Library(segments)
    with pytest.raises(SegmentCycleError):
        Library([Segment("a", "m", SegmentRef("a"))])


def test_a_reference_to_nothing_and_a_name_twice_are_refused() -> None:
    with pytest.raises(UnknownSegmentError, match="nowhere"):
        Library([Segment("a", "m", SegmentRef("nowhere"))])
    with pytest.raises(ValueError, match="share a name"):
        Library([Segment("a", "m", DE), Segment("a", "m", BOUGHT)])


def _nested(depth: int) -> Condition:
    condition: Condition = DE
    for _ in range(depth - 1):
        condition = Not(condition)
    return condition


def test_depth_and_size_are_limited_with_references_written_out() -> None:
    Library([Segment("a", "m", _nested(MAX_DEPTH))])
    with pytest.raises(TooComplexError):
        Library([Segment("a", "m", _nested(MAX_DEPTH + 1))])
    Library([Segment("a", "m", All((DE,) * (MAX_NODES - 1)))])
    with pytest.raises(TooComplexError):
        Library([Segment("a", "m", All((DE,) * MAX_NODES))])
    half = Segment("a", "m", _nested(MAX_DEPTH))
    with pytest.raises(TooComplexError, match="'b'"):
        Library([half, Segment("b", "m", Not(SegmentRef("a")))])


def test_references_that_double_at_each_step_are_refused_without_being_written_out() -> None:
    steps = [Segment("s0", "m", DE)]
    for n in range(1, 40):
        twice = (SegmentRef(f"s{n - 1}"), SegmentRef(f"s{n - 1}"))
        steps.append(Segment(f"s{n}", "m", All(twice)))
    with pytest.raises(TooComplexError):
        Library(steps)


def test_plain_words() -> None:
    total = SumTest(
        Attribute("purchase.amount"), T.MONEY, (Comparison(Op.OVER, (Money(20_050, EUR),)),)
    )
    where = All(
        (
            _is("country", T.CATEGORY, Op.IN, "DE", "FR"),
            EventTest("purchase", (Comparison(Op.AT_LEAST, (2,)),), total, Ago(365, AgoUnit.DAYS)),
            Not(EventTest("email_open", window=Ago(1, AgoUnit.MONTHS))),
            Any_((_is("city", T.TEXT, Op.EQUALS, ""), SegmentRef("lapsed"))),
        )
    )
    assert clauses(where) == (
        "country is DE or FR",
        (
            "at least 2 purchase events and the sum of purchase.amount is over 200.50 EUR "
            "in the 365 days before"
        ),
        "not: any email_open in the month before",
        "any of (city is the empty text; in the segment lapsed)",
    )
    assert explain(where) == "; ".join(clauses(where))


@given(cases())
def test_every_condition_has_words(case: Case) -> None:
    assert all(explain(c).strip() for c in case.conditions)


def test_a_person_is_told_which_parts_held() -> None:
    told = why(All((DE, Not(BOUGHT))), Person({"country": "FR"}), at=AT, zone=ZONE, segments={})
    assert [(c.text, c.held) for c in told] == [
        ("country is DE", False),
        ("not: any purchase at any time before", True),
    ]
