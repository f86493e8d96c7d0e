# SPDX-License-Identifier: Apache-2.0
"""What each way to write a condition means, beyond the documented examples."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.segments import load_segment
from privseg.policy.catalogue import ColumnType
from privseg.policy.digest import score_digest
from privseg.segment.tree import AccountTest, AttributeTest, Condition, Sample, ScoreTest
from privseg.segment.tree_events import (
    AGGREGATED,
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
from privseg.segment.values import (
    Ago,
    AgoUnit,
    Comparison,
    Fixed,
    Operator,
    Relation,
    Relative,
    Scaled,
    Value,
)
from privseg.terms import Attribute, Currency, Money
from tests.twins.language_catalogue import CATALOGUE, RFM, VALUE

K, Op, R, T, U = AggregateKind, Operator, Relation, ColumnType, AgoUnit
A = Attribute
EUR, YEN = Currency("EUR"), Currency("JPY", 0)


def _where(folder: Path, where: str) -> Condition:
    path = folder / "s.yaml"
    path.write_text(f"segment: s\nsegmenter: t\nwhere: {where}\n", encoding="utf-8")
    return load_segment(path, CATALOGUE).where


def _is(operator: Operator, *values: Value) -> Comparison:
    return Comparison(operator, values)


def _near(relation: Relation, number: int, unit: AgoUnit = U.DAYS) -> Relative:
    return Relative(relation, Ago(number, unit))


ANNIVERSARY = R.ANNIVERSARY_WITHIN_NEXT
WORTH = score_digest(VALUE)
KNOWN, UNKNOWN = _is(Op.IS_KNOWN, True), _is(Op.IS_KNOWN, False)
MILLENNIUM = datetime(2000, 1, 1, tzinfo=UTC)
OF_A_PERSON: list[tuple[str, Condition]] = [
    (
        "{attribute: born, older_than: 18y, is_known: true, anniversary: {within_next: 2mo}}",
        AttributeTest(
            A("born"),
            T.DATE,
            (KNOWN, _near(R.OLDER_THAN, 18, U.YEARS), _near(ANNIVERSARY, 2, U.MONTHS)),
        ),
    ),
    (
        "{attribute: seen, within: 12h, within_next: 4w}",
        AttributeTest(
            A("seen"), T.TIME, (_near(R.WITHIN, 12, U.HOURS), _near(R.WITHIN_NEXT, 4, U.WEEKS))
        ),
    ),
    ("{attribute: company, is_known: false}", AttributeTest(A("company"), T.ACCOUNT, (UNKNOWN,))),
    (
        "{account: turnover, over: 5000 JPY}",
        AccountTest(A("turnover"), A("company"), T.MONEY, (_is(Op.OVER, Money(5_000, YEN)),)),
    ),
    (
        "{account: founded, within: 5y}",
        AccountTest(A("founded"), A("company"), T.DATE, (_near(R.WITHIN, 5, U.YEARS),)),
    ),
    (
        "{score: value.purchases, at_least: 2.5}",
        ScoreTest(
            A("value.purchases"), T.DECIMAL, (_is(Op.AT_LEAST, Scaled(250, 2)),), WORTH
        ),
    ),
    (
        "{score: value.value, over: 100 EUR}",
        ScoreTest(A("value.value"), T.MONEY, (_is(Op.OVER, Money(10_000, EUR)),), WORTH),
    ),
    (
        "{score: rfm.total, between: [9, 15]}",
        ScoreTest(A("rfm.total"), T.INTEGER, (_is(Op.BETWEEN, 9, 15),), score_digest(RFM)),
    ),
    ("{sample: a-b_1, share: 12.5%}", Sample("a-b_1", Fraction(1, 8))),
    ("{sample: a, share: 0.00000001}", Sample("a", Fraction(1, 10**8))),
    ('{sample: a, share: "99.999%"}', Sample("a", Fraction(99_999, 100_000))),
]  # fmt: skip


@pytest.mark.parametrize(("where", "meant"), OF_A_PERSON, ids=[w for w, _ in OF_A_PERSON])
def test_a_test_of_a_person_is_the_tree_that_it_means(
    tmp_path: Path, where: str, meant: Condition
) -> None:
    assert _where(tmp_path, where) == meant


def test_a_share_is_the_same_as_a_part_and_in_percent(tmp_path: Path) -> None:
    assert _where(tmp_path, "{sample: a, share: 10%}") == _where(
        tmp_path, "{sample: a, share: 0.1}"
    )


def test_a_score_carries_the_formula_that_it_was_read_with(tmp_path: Path) -> None:
    read = _where(tmp_path, "{score: rfm.total, over: 3}")
    assert isinstance(read, ScoreTest)
    assert read.definition == score_digest(RFM) != score_digest(VALUE)


AMOUNT, TIME = A("purchase.amount"), A("purchase.time")
AGGREGATES: list[tuple[str, Aggregate]] = [
    ("count: {equals: 0}", Aggregate(K.COUNT, (_is(Op.EQUALS, 0),))),
    (
        "sum: {of: items, at_least: 3, under: 9}",
        Aggregate(K.SUM, (_is(Op.AT_LEAST, 3), _is(Op.UNDER, 9)), A("purchase.items"), T.INTEGER),
    ),
    (
        "average: {of: weight, over: 1.250}",
        Aggregate(K.AVERAGE, (_is(Op.OVER, Scaled(1_250, 3)),), A("purchase.weight"), T.DECIMAL),
    ),
    ("min: {of: amount, is_known: true}", Aggregate(K.MIN, (KNOWN,), AMOUNT, T.MONEY)),
    (
        "max: {of: time, older_than: 30d}",
        Aggregate(K.MAX, (_near(R.OLDER_THAN, 30),), TIME, T.TIME),
    ),
    (
        'min: {of: time, at_least: "2000-01-01T00:00:00Z"}',
        Aggregate(K.MIN, (_is(Op.AT_LEAST, MILLENNIUM),), TIME, T.TIME),
    ),
    (
        "first: {of: coupon, in: [A, b], starts_with: a}",
        Aggregate(
            K.FIRST,
            (_is(Op.IN, "A", "b"), _is(Op.STARTS_WITH, "a")),
            A("purchase.coupon"),
            T.TEXT,
        ),
    ),
    ("last: {of: time, within: 7d}", Aggregate(K.LAST, (_near(R.WITHIN, 7),), TIME, T.TIME)),
    (
        "distinct: {of: time, at_most: 3}",
        Aggregate(K.DISTINCT, (_is(Op.AT_MOST, 3),), TIME, T.TIME),
    ),
]


@pytest.mark.parametrize(("asked", "meant"), AGGREGATES, ids=[a for a, _ in AGGREGATES])
def test_what_is_asked_of_the_events_that_count(
    tmp_path: Path, asked: str, meant: Aggregate
) -> None:
    assert _where(tmp_path, f"{{event: purchase, {asked}}}") == EventTest("purchase", (meant,))


@pytest.mark.parametrize(
    "kind", [k for k in AggregateKind if k is not K.COUNT], ids=lambda k: k.value
)
def test_an_aggregate_takes_the_types_that_it_can_be_asked_of_and_no_other(
    tmp_path: Path, kind: AggregateKind
) -> None:
    written = {
        T.INTEGER: ("purchase", "items", "1"),
        T.DECIMAL: ("purchase", "weight", "1.5"),
        T.MONEY: ("purchase", "amount", "1 EUR"),
        T.TEXT: ("purchase", "coupon", "x"),
        T.TIME: ("purchase", "time", "2000-01-01T00:00:00Z"),
        T.CATEGORY: ("page_view", "section", "sale"),
        T.BOOLEAN: ("page_view", "logged_in", "true"),
        T.DATE: ("page_view", "delivery", "2000-01-01"),
        T.SET: ("page_view", "tags", "new"),
    }
    assert set(written) == AGGREGATED[K.FIRST]
    for column, (event, name, literal) in written.items():
        value = "1" if kind is K.DISTINCT else literal
        how = "contains" if column is T.SET else "equals"
        where = f"{{event: {event}, {kind}: {{of: {name}, {how}: {value}}}}}"
        if column not in AGGREGATED[kind]:
            with pytest.raises(DocumentError):
                _where(tmp_path, where)
            continue
        read = _where(tmp_path, where)
        assert isinstance(read, EventTest)
        assert [(a.kind, a.of) for a in read.aggregates] == [(kind, f"{event}.{name}")]


def test_the_order_of_keys_changes_nothing(tmp_path: Path) -> None:
    one = "{event: purchase, sum: {of: items, over: 1, under: 9}, count: {over: 1, under: 9}}"
    two = "{count: {under: 9, over: 1}, sum: {under: 9, over: 1, of: items}, event: purchase}"
    assert _where(tmp_path, one) == _where(tmp_path, two)
    one = "{attribute: age, over: 1, under: 9}"
    assert _where(tmp_path, one) == _where(tmp_path, "{under: 9, over: 1, attribute: age}")


def _filtered(where: Filter) -> EventTest:
    return EventTest("page_view", where=where)


SALE = PropertyTest(A("page_view.section"), T.CATEGORY, (_is(Op.EQUALS, "sale"),))
DAY = "{from: 2026-01-01, to: 2026-01-02}"
FILTERS: list[tuple[str, Filter]] = [
    ("{property: section, equals: sale}", SALE),
    ("{not: {not: {property: section, equals: sale}}}", FilterNot(FilterNot(SALE))),
    (
        "{all: [{property: section, equals: sale}, {any: [{property: section, equals: sale}]}]}",
        FilterAll((SALE, FilterAny((SALE,)))),
    ),
    (
        "{property: time, within: 3d}",
        PropertyTest(A("page_view.time"), T.TIME, (_near(R.WITHIN, 3),)),
    ),
    (
        "{property: delivery, within_next: 3d, over: 2026-01-01}",
        PropertyTest(
            A("page_view.delivery"),
            T.DATE,
            (_is(Op.OVER, date(2026, 1, 1)), _near(R.WITHIN_NEXT, 3)),
        ),
    ),
    (
        "{property: tags, contains: new}",
        PropertyTest(A("page_view.tags"), T.SET, (_is(Op.CONTAINS, "new"),)),
    ),
    (
        "{property: article, same_as: {event: purchase, property: coupon}}",
        SameAs(A("page_view.article"), A("purchase.coupon"), T.TEXT),
    ),
    (
        "{property: time, same_as: {event: purchase, property: time, within: 3d}}",
        SameAs(A("page_view.time"), TIME, T.TIME, Ago(3, U.DAYS)),
    ),
    (
        f"{{property: price, same_as: {{event: purchase, property: amount, within: {DAY}}}}}",
        SameAs(A("page_view.price"), AMOUNT, T.MONEY, Fixed(date(2026, 1, 1), date(2026, 1, 2))),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("where", "meant"), FILTERS, ids=[w for w, _ in FILTERS])
def test_a_filter_is_the_tree_that_it_means(tmp_path: Path, where: str, meant: Filter) -> None:
    assert _where(tmp_path, f"{{event: page_view, where: {where}}}") == _filtered(meant)


SALES = "{event: page_view, where: {property: section, equals: sale}}"
SEQUENCES: list[tuple[str, Sequence]] = [
    ("{sequence: [purchase, purchase]}", Sequence((Step("purchase"), Step("purchase")))),
    (
        "{sequence: [purchase, {event: email_open}], span: 48h}",
        Sequence((Step("purchase"), Step("email_open")), timedelta(days=2)),
    ),
    (
        f"{{sequence: [purchase, email_open, purchase], within: 6mo, without: {SALES}}}",
        Sequence(
            (Step("purchase"), Step("email_open"), Step("purchase")),
            without=Step("page_view", SALE),
            window=Ago(6, U.MONTHS),
        ),
    ),
]


@pytest.mark.parametrize(("where", "meant"), SEQUENCES, ids=[w for w, _ in SEQUENCES])
def test_a_sequence_is_the_tree_that_it_means(tmp_path: Path, where: str, meant: Sequence) -> None:
    assert _where(tmp_path, where) == meant
