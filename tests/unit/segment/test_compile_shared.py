# SPDX-License-Identifier: Apache-2.0
"""One query for many segments: what they share is read once; no value is written into its text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
import sqlglot

from privseg.policy.catalogue import Catalogue, ColumnType, Source, SourceKind
from privseg.segment import (
    Aggregate,
    AggregateKind,
    Ago,
    AgoUnit,
    All,
    AttributeTest,
    Comparison,
    Condition,
    EmptyReadSetError,
    EventTest,
    Not,
    Operator,
    PropertyTest,
    SameAs,
    Sample,
    SegmentError,
    Sequence,
    Step,
    UnknownAttributeError,
    WrongTypeError,
)
from privseg.segment.compile import ReservedNameError, compile_segments
from privseg.segment.sql import SPARK
from privseg.terms import Attribute
from tests.twins.compiled import AT, BERLIN, compiled
from tests.twins.segment_catalogue import CATALOGUE

Op, T, K = Operator, ColumnType, AggregateKind
SECRET = "'; DROP TABLE eligible; --"


def is_(operator: Operator, *values: object) -> Comparison:
    return Comparison(operator, values)  # type: ignore[arg-type]


def attribute(name: str, kind: ColumnType, *tests: Comparison) -> AttributeTest:
    return AttributeTest(Attribute(name), kind, tests)


def bought(days: int, at_least: int, where: PropertyTest | None = None) -> EventTest:
    total = Aggregate(K.SUM, (is_(Op.OVER, at_least),), Attribute("purchase.number"), T.INTEGER)
    count = Aggregate(K.COUNT, (is_(Op.AT_LEAST, at_least),))
    return EventTest("purchase", (count, total), Ago(days, AgoUnit.DAYS), where)


WEB = PropertyTest(Attribute("purchase.channel"), T.CATEGORY, (is_(Op.EQUALS, "web"),))
TOLD = PropertyTest(Attribute("purchase.word"), T.TEXT, (is_(Op.CONTAINS, SECRET),))
CART = Sequence((Step("wish"), Step("purchase", TOLD)), span=timedelta(hours=1))


def test_twenty_segments_read_an_event_once_and_compute_each_aggregate_once() -> None:
    conditions: dict[str, Condition] = {
        f"c{n}": All((attribute("number", T.INTEGER, is_(Op.OVER, n)), bought(30 + n % 2, n)))
        for n in range(20)
    }
    query = compiled(**conditions)
    assert query.finds == tuple(conditions)
    assert query.sql.count('FROM "purchase"') == 1
    assert query.sql.count('JOIN "crm"') == 1
    assert query.sql.count("COUNT(") == query.sql.count("SUM(") == 2
    assert " WHERE " not in query.sql.rpartition(' AS "g0"')[2]


def test_what_every_test_of_an_event_asks_stands_in_the_where() -> None:
    same = compiled(a=bought(30, 1, WEB), b=bought(30, 2, WEB)).sql
    assert "CASE" not in same
    assert same.count('"t"."channel"') == 1
    longer = compiled(a=bought(30, 1, WEB), b=bought(7, 2, WEB)).sql
    assert longer.count("CASE") == 2  # the shorter window's
    assert longer.count('"t"."channel"') == 1


def test_rows_that_no_aggregate_is_of_are_left_out_before_they_are_grouped() -> None:
    some = compiled(a=bought(30, 1, WEB), b=bought(7, 2)).sql
    assert some.count("CASE") == 4
    assert some.count('"t"."channel" = $v2 OR "t"."time" >= $v3') == 1
    everything = compiled(a=bought(30, 1, WEB), b=bought(30, 2)).sql
    assert everything.count("CASE") == 2
    assert " OR " not in everything


def test_an_equal_sequence_is_looked_for_once() -> None:
    again = replace(CART)
    assert compiled(a=CART, b=Not(again)).sql.count("UNION ALL") == 1
    other = replace(CART, span=timedelta(hours=2))
    assert compiled(a=CART, b=other).sql.count("UNION ALL") == 2
    chain = replace(CART, span=None)
    assert compiled(a=chain, b=Not(replace(chain))).sql.count('FROM "wish"') == 1


def test_equal_values_of_one_type_are_one_parameter_and_a_flag_is_no_number() -> None:
    query = compiled(
        a=attribute("number", T.INTEGER, is_(Op.IN, 1, 2), is_(Op.OVER, 1)),
        b=attribute("flag", T.BOOLEAN, is_(Op.EQUALS, True)),
    )
    assert sorted(map(repr, query.parameters.values())) == ["1", "2", "True"]


def everything() -> dict[str, Condition]:
    """Return a condition of every kind, with a hostile text in each place that takes one."""
    city = attribute("word", T.TEXT, is_(Op.STARTS_WITH, SECRET), is_(Op.IN, SECRET, "x"))
    born = attribute("day", T.DATE, is_(Op.BETWEEN, date(1990, 1, 1), date(2000, 1, 1)))
    first = Aggregate(K.FIRST, (is_(Op.EQUALS, SECRET),), Attribute("purchase.word"), T.TEXT)
    mean = Aggregate(K.AVERAGE, (is_(Op.BETWEEN, 1, 2),), Attribute("purchase.number"), T.INTEGER)
    kinds = Aggregate(K.DISTINCT, (is_(Op.OVER, 2),), Attribute("purchase.day"), T.DATE)
    wished = SameAs(Attribute("purchase.word"), Attribute("wish.word"), T.TEXT)
    return {
        SECRET: Not(All((city, born))),
        "b": EventTest("purchase", (first, mean, kinds), where=wished),
        "c": replace(CART, without=Step("open")),
        "e": replace(CART, span=None, without=Step("open")),
        "d": attribute("topics", T.SET, is_(Op.CONTAINS, "tea")),
    }


def test_no_literal_and_no_name_that_a_person_wrote_is_in_the_text() -> None:
    query = compile_segments(everything(), catalogue=CATALOGUE, at=AT, zone=BERLIN)
    assert "DROP" not in query.sql.upper()
    assert "'" not in query.sql
    without_names = re.sub(r'"[^"]*"|\$v\d+|INT128', "", query.sql)
    assert set(re.findall(r"\d+", without_names)) <= {"0", "1"}
    words = set(re.findall(r"[A-Za-z_]+", without_names))
    assert not {w for w in words if w != w.upper()}  # every name is quoted
    asked = {str(p.this) for p in sqlglot.parse_one(query.sql, dialect="duckdb").find_all(
        sqlglot.exp.Placeholder
    )}  # fmt: skip
    assert asked == set(query.parameters)


def test_it_says_exactly_which_columns_it_reads() -> None:
    first = Aggregate(K.LAST, (is_(Op.EQUALS, "web"),), Attribute("purchase.channel"), T.CATEGORY)
    last = Aggregate(K.LAST, (is_(Op.IS_KNOWN, True),), Attribute("purchase.time"), T.TIME)
    people = {("eligible", "ordinal")}
    event = people | {("purchase", "ordinal"), ("purchase", "time")}
    assert compiled(it=EventTest("purchase")).reads == event
    assert compiled(it=EventTest("purchase", (last,))).reads == event
    assert compiled(it=EventTest("purchase", (first,))).reads == event | {
        ("purchase", "event_id"),
        ("purchase", "channel"),
    }
    assert compiled(it=CART).reads == event | {
        ("purchase", "word__folded"),
        ("wish", "ordinal"),
        ("wish", "time"),
    }
    city = attribute("word", T.TEXT, is_(Op.EQUALS, "x"))
    assert compiled(it=city).reads == people | {("crm", "ordinal"), ("crm", "word__folded")}


def test_another_engine_is_another_dialect_and_nothing_of_the_language() -> None:
    query = compile_segments(everything(), catalogue=CATALOGUE, at=AT, zone=BERLIN, dialect=SPARK)
    assert isinstance(sqlglot.parse_one(query.sql, dialect="spark"), sqlglot.exp.Select)
    assert "MIN_BY(`t`.`word__folded`, STRUCT(`t`.`time`, `t`.`event_id`))" in query.sql
    assert "SUM(CAST(`t`.`number` AS DECIMAL(38, 0)))" in query.sql
    assert "CAST(`g0`.`a2` AS DECIMAL(38, 0)) * :" in query.sql
    assert "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING" in query.sql
    for foreign in ("ARG_MIN", "INT128", '"', "$"):
        assert foreign not in query.sql
    duck = compile_segments(everything(), catalogue=CATALOGUE, at=AT, zone=BERLIN)
    assert (duck.parameters, duck.reads, duck.since) == (query.parameters, query.reads, query.since)


@pytest.mark.parametrize("name", ["eligible", "scores", "samples"])
def test_a_source_that_hides_a_made_table_is_refused(name: str) -> None:
    source = CATALOGUE.sources["loyalty"]
    own = Source(name, SourceKind.PEOPLE, source.person, source.columns, source.place)
    with pytest.raises(ReservedNameError) as refused:
        compile_segments(
            {"it": attribute("points", T.INTEGER, is_(Op.OVER, 1))},
            catalogue=Catalogue({name: own}),
            at=AT,
            zone=BERLIN,
        )
    assert refused.value.name == name


def test_what_reads_nothing_or_what_is_not_there_is_refused_whole() -> None:
    sample = Sample("pilot", Fraction(1, 2))
    with pytest.raises(EmptyReadSetError):
        compiled(a=bought(1, 1), b=sample)
    with pytest.raises(UnknownAttributeError):
        compiled(a=bought(1, 1), b=attribute("nobody", T.INTEGER, is_(Op.OVER, 1)))
    with pytest.raises(ValueError, match="no condition"):
        compiled()


@pytest.mark.parametrize(
    ("misfit", "error"),
    [
        (attribute("emial", T.TEXT, is_(Op.EQUALS, "x")), UnknownAttributeError),
        (attribute("number", T.DATE, is_(Op.IS_KNOWN, True)), WrongTypeError),
        (attribute("channel", T.CATEGORY, is_(Op.EQUALS, "fax")), WrongTypeError),
        (EventTest("purchases"), UnknownAttributeError),
        (EventTest("crm"), UnknownAttributeError),
        (EventTest("newsletter"), WrongTypeError),
        (replace(CART, without=Step("refund")), UnknownAttributeError),
    ],
)
def test_what_does_not_fit_the_catalogue_is_not_compiled(
    misfit: Condition, error: type[SegmentError]
) -> None:
    with pytest.raises(error):
        compiled(a=EventTest("purchase"), b=All((EventTest("purchase"), Not(misfit))))
