# SPDX-License-Identifier: Apache-2.0
"""Literals and windows of a segment file: read as the type that the catalogue declares."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from privseg.loaders.segments import load_segment
from privseg.policy.catalogue import ColumnType
from privseg.segment.tree import AttributeTest, Condition
from privseg.segment.tree_events import EventTest
from privseg.segment.values import OPERATORS, Ago, AgoUnit, Comparison, Fixed, Operator, Scaled
from privseg.terms import Money
from tests.twins.language_catalogue import CATALOGUE
from tests.twins.shop_catalogue import EUR

Op, T = Operator, ColumnType


def _where(folder: Path, where: str) -> Condition:
    path = folder / "s.yaml"
    path.write_text(f"segment: s\nsegmenter: t\nwhere: {where}\n", encoding="utf-8")
    return load_segment(path, CATALOGUE).where


@pytest.mark.parametrize(
    ("where", "kind", "operator", "values"),
    [
        ("{attribute: city, equals: NO}", T.TEXT, Op.EQUALS, ("NO",)),
        ("{attribute: city, equals: '012'}", T.TEXT, Op.EQUALS, ("012",)),
        ("{attribute: city, in: [true, 1e3]}", T.TEXT, Op.IN, ("true", "1e3")),
        ("{attribute: city, equals: ''}", T.TEXT, Op.EQUALS, ("",)),
        ("{attribute: city, is_known: false}", T.TEXT, Op.IS_KNOWN, (False,)),
        ("{attribute: age, between: [18, 34]}", T.INTEGER, Op.BETWEEN, (18, 34)),
        ("{attribute: age, under: -3}", T.INTEGER, Op.UNDER, (-3,)),
        ("{attribute: rating, at_least: 4.5}", T.DECIMAL, Op.AT_LEAST, (Scaled(450, 2),)),
        ("{attribute: credit, at_most: 0.01 EUR}", T.MONEY, Op.AT_MOST, (Money(1, EUR),)),
        ("{attribute: vip, equals: true}", T.BOOLEAN, Op.EQUALS, (True,)),
        ("{attribute: born, over: 2000-02-29}", T.DATE, Op.OVER, (date(2000, 2, 29),)),
        (
            '{attribute: seen, over: "2026-11-21T22:04:00+01:00"}',
            T.TIME,
            Op.OVER,
            (datetime(2026, 11, 21, 21, 4, tzinfo=UTC),),
        ),
        ("{attribute: interests, contains: tea}", T.SET, Op.CONTAINS, ("tea",)),
    ],
)
def test_a_literal_is_read_as_the_attributes_type(
    tmp_path: Path, where: str, kind: ColumnType, operator: Operator, values: tuple[object, ...]
) -> None:
    read = _where(tmp_path, where)
    assert isinstance(read, AttributeTest)
    assert read.type is kind
    assert read.tests == (Comparison(operator, values),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("within", "window"),
    [
        ("12h", Ago(12, AgoUnit.HOURS)),
        ("4w", Ago(4, AgoUnit.WEEKS)),
        ("6mo", Ago(6, AgoUnit.MONTHS)),
        ("2y", Ago(2, AgoUnit.YEARS)),
        ("{from: 2026-01-01, to: 2026-02-01}", Fixed(date(2026, 1, 1), date(2026, 2, 1))),
        (
            '{from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:00:00.000001Z"}',
            Fixed(
                datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)
            ),
        ),
    ],
)
def test_windows(tmp_path: Path, within: str, window: object) -> None:
    read = _where(tmp_path, f"{{event: purchase, within: {within}}}")
    assert read == EventTest("purchase", window=window)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", OPERATORS, ids=lambda k: k.value)
def test_each_type_takes_each_of_its_operators(tmp_path: Path, kind: ColumnType) -> None:
    names = {
        T.TEXT: ("city", "x"),
        T.CATEGORY: ("country", "DE"),
        T.INTEGER: ("age", "3"),
        T.DECIMAL: ("rating", "1.5"),
        T.BOOLEAN: ("vip", "true"),
        T.DATE: ("born", "2000-01-01"),
        T.TIME: ("seen", "2000-01-01T00:00:00Z"),
        T.MONEY: ("credit", "1 EUR"),
        T.SET: ("interests", "tea"),
        T.ACCOUNT: ("company", "x"),
    }
    name, literal = names[kind]
    for operator in OPERATORS[kind]:
        several = {
            Op.IN: f"[{literal}]",
            Op.BETWEEN: f"[{literal}, {literal}]",
            Op.IS_KNOWN: "true",
        }
        value = several.get(operator, literal)
        read = _where(tmp_path, f"{{attribute: {name}, {operator}: {value}}}")
        assert isinstance(read, AttributeTest)
        (test,) = read.tests
        assert isinstance(test, Comparison)
        assert test.operator is operator
