# SPDX-License-Identifier: Apache-2.0
"""Binding: what each type reads, what it refuses, and that every mistake is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal

import pytest
from pydantic import Field, create_model, model_validator

from privseg.loaders.bind import Document, DocumentError, Verbatim, bind
from privseg.loaders.errors import SHOWN_FINDINGS
from privseg.loaders.strict_yaml import parse


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


def read(kind: Any, text: str) -> Any:
    model = create_model("One", __base__=Document, it=(kind, ...))
    return bind(parse(f"it: {text}", file="f"), model).it  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "NO", "NO"),
        (str, "012", "012"),
        (str, "true", "true"),
        (str, "'null'", "null"),
        (str, '""', ""),
        (str, "2026-11-21", "2026-11-21"),
        (int, "0", 0),
        (int, "-3", -3),
        (int, "9007199254740993", 9007199254740993),
        (bool, "true", True),
        (bool, "false", False),
        (Decimal, "0.10", Decimal("0.10")),
        (Fraction, "0.0125", Fraction(1, 80)),
        (Fraction, "1/3", Fraction(1, 3)),
        (date, "2024-02-29", date(2024, 2, 29)),
        (Colour, "red", Colour.RED),
        (Literal["a", "b"], "b", "b"),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (tuple[int, ...], "[]", ()),
        (Mapping[str, int], "{NO: 1, 2: 2}", {"NO": 1, "2": 2}),
        (Mapping[Colour, int], "{red: 1}", {Colour.RED: 1}),
        (int | str, "7", 7),
        (int | str, "'7'", "7"),
        (int | str, "007", "007"),
        (Literal["all"] | tuple[str, ...], "all", "all"),
        (Literal["all"] | tuple[str, ...], "[all]", ("all",)),
        (int | None, "7", 7),
    ],
)
def test_a_value_is_read_as_the_type_that_is_expected(kind: Any, text: str, value: Any) -> None:
    assert read(kind, text) == value
    assert type(read(kind, text)) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(int, t) for t in ("012", "1_000", "+1", "1.0", "1e3", "0x1", "'1'", "NO", "true", "-", "--1")]
    + [(int, t) for t in ("\uff11\uff12", "9" * 41, "-01", "[1]", "{a: 1}")]
    + [(bool, t) for t in ("yes", "NO", "on", "True", "1", "'true'")]
    + [(Decimal, t) for t in ("1e-6", ".5", "1.", "1,5", "NaN", ".nan", "Infinity", "1_0", "01.5")]
    + [(Fraction, t) for t in ("1e-6", "1/0", "1/02", "1 / 2", "0.1/2", ".inf", "'1/2'")]
    + [(date, t) for t in ("2023-02-29", "21.11.2026", "2026-1-1", "'2026-11-21'", "20261121")]
    + [(str, t) for t in ("null", "~", "", "Null", "NULL", "[a]", "{a: b}")]
    + [(kind, t) for kind in (int | None, Colour, Verbatim) for t in ("null", "~", "")]
    + [(Colour, "Red"), (Literal["a"], "b"), (Mapping[Colour, int], "{blue: 1}")]
    + [(tuple[int, ...], "1"), (tuple[int, ...], "{a: 1}"), (Mapping[str, int], "[1]")],
)
def test_a_value_of_another_kind_is_refused_where_it_stands(kind: Any, text: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read(kind, text)
    (finding,) = refused.value.findings
    assert finding.place.line == 1


def test_a_value_can_be_taken_as_it_was_written() -> None:
    plain, quoted = read(Verbatim, "012"), read(Verbatim, "'012'")
    assert (plain.text, plain.quoted, quoted.text, quoted.quoted) == ("012", False, "012", True)


class Inner(Document):
    count: int
    unless: bool = Field(False, alias="not")


class Outer(Document):
    inner: Inner
    named: Mapping[str, Inner] = {}
    listed: tuple[Inner, ...] = ()
    colour: Colour = Colour.RED

    @model_validator(mode="after")
    def _few(self) -> Outer:
        """Refuse many."""
        if self.inner.count > 9:
            raise ValueError("more than nine")
        return self


def test_every_mistake_is_told_each_at_its_place() -> None:
    text = (
        "inner: {count: x, not: maybe, extra: 1}\n"
        "named:\n  a: {}\n  b: {count: 1_0}\n"
        "listed:\n  - {count: 1}\n  - word\n"
        "color: red\n"
    )
    with pytest.raises(DocumentError) as refused:
        bind(parse(text, file="f"), Outer)
    assert [str(f) for f in refused.value.findings] == [
        "f:1:16: error: expected a whole number, such as 20",
        "f:1:24: error: expected true or false",
        "f:1:31: error: unknown key 'extra'; there are: count, not",
        "f:3:3: error: key 'count' is missing",
        "f:4:14: error: expected a whole number, such as 20",
        "f:7:5: error: expected keys and values (count, not)",
        "f:8:1: error: unknown key 'color'; did you mean 'colour'?",
    ]


def test_a_validators_own_refusal_stands_at_its_models_place() -> None:
    with pytest.raises(DocumentError) as refused:
        bind(parse("inner: {count: 10}", file="f"), Outer)
    assert str(refused.value) == "f:1:1: error: more than nine"


def test_an_unknown_word_gets_a_suggestion() -> None:
    with pytest.raises(
        DocumentError, match="f:1:5: error: unknown word 'gren'; did you mean 'green'"
    ):
        read(Colour, "gren")


def test_an_alias_is_the_only_spelling_of_its_field() -> None:
    assert bind(parse("{count: 1, not: true}", file="f"), Inner).unless is True
    with pytest.raises(DocumentError, match="unknown key 'unless'"):
        bind(parse("{count: 1, unless: true}", file="f"), Inner)


def test_places_are_found_by_path() -> None:
    text = "inner:\n  count: 1\nnamed:\n  a: {count: 2}\nlisted:\n  - {count: 3}\n"
    outer = bind(parse(text, file="f"), Outer)
    found = [
        outer.place("inner", "count"),
        outer.place("inner"),
        outer.inner.place(),
        outer.named["a"].place(),
        outer.named["a"].place("count"),
        outer.place("listed", 0, "count"),
        outer.place("listed", 7),
        outer.place("colour"),
    ]
    assert [(p.line, p.column) for p in found] == [
        (2, 10), (1, 1), (1, 1), (4, 3), (4, 14), (6, 13), (5, 1), (1, 1),
    ]  # fmt: skip


class Leaf(Document):
    attribute: str
    values: tuple[Verbatim, ...] = Field((), alias="in")


class Branch(Document):
    all: tuple[Condition, ...]


class Negation(Document):
    inner: Condition = Field(alias="not")


Condition = Branch | Negation | Leaf


class Root(Document):
    where: Condition


for _model in (Branch, Negation, Root):
    _model.model_rebuild()


def test_a_recursive_union_is_told_apart_by_its_heads() -> None:
    text = "where: {all: [{not: {attribute: country, in: [NO]}}, {attribute: age}]}"
    root = bind(parse(text, file="f"), Root)
    assert isinstance(root.where, Branch)
    first, second = root.where.all
    assert isinstance(first, Negation)
    assert isinstance(first.inner, Leaf)
    assert [v.text for v in first.inner.values] == ["NO"]
    assert isinstance(second, Leaf)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{atribute: x}",
            "f:1:1: error: expected one of: all, not, attribute; did you mean 'attribute'?",
        ),
        ("{all: [], not: {}}", "f:1:18: error: 'all' and 'not' cannot stand together; nest them"),
        ("{}", "f:1:1: error: expected one of: all, not, attribute"),
        ("country", "f:1:8: error: expected keys and values with one of: all, not, attribute"),
        ("{attribute: a, im: [b]}", "f:1:23: error: unknown key 'im'; there are: attribute, in"),
        ("{not: [a]}", "f:1:9: error: expected keys and values with one of: all, not, attribute"),
    ],
)
def test_a_condition_that_is_none_of_the_union_is_refused(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as refused:
        bind(parse(f"where: {text}", file="f"), Root)
    assert str(refused.value) == said


def test_a_message_shows_a_screenful_and_the_error_carries_the_rest() -> None:
    text = "\n".join(f"key{i}: 1" for i in range(100))
    with pytest.raises(DocumentError) as refused:
        bind(parse(text, file="f"), Inner)
    assert len(refused.value.findings) == 101
    assert str(refused.value).endswith(f"and {101 - SHOWN_FINDINGS} more")
