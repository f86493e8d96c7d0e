# SPDX-License-Identifier: Apache-2.0
"""A version is a hash of the meaning: the same on every machine, another for every other meaning.

``tests/vectors/segment-form.json`` holds the form and the version of one example of every node. A
form that was ever written never changes: results of the past name its hash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from privseg.policy.digest import score_digest
from privseg.policy.scores import Rfm
from privseg.segment import (
    Ago,
    All,
    Condition,
    EventTest,
    Fixed,
    Library,
    Not,
    Relative,
    Sample,
    Scaled,
    ScoreTest,
    Segment,
    SegmentRef,
    form,
)
from privseg.terms import Category, Currency, Money
from privseg.tlog.canonical import canonical
from tests.twins.language_catalogue import RFM, T
from tests.twins.segment_nodes import (
    BOUGHT,
    DE,
    NODES,
    Kind,
    Op,
    U,
    attribute,
    count,
    euros,
    happened,
    over,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/segment-form.json").read_text("utf-8"))
LAPSED = Segment("lapsed", "m", Not(BOUGHT))


def version(where: Condition, *others: Segment, **look: object) -> str:
    name = str(look.pop("name", "s"))
    segmenter = str(look.pop("segmenter", "m"))
    segment = Segment(name, segmenter, where, **look)  # type: ignore[arg-type]
    return Library([segment, *(others or (LAPSED,))]).version(name)


@pytest.mark.parametrize("name", NODES)
def test_each_node_has_the_form_and_the_version_of_the_vectors(name: str) -> None:
    vector = VECTORS["nodes"][name]
    body = {"format": VECTORS["format"], "segmenter": "m", "where": vector["form"]}
    assert form(NODES[name], {"lapsed": VECTORS["lapsed"]}) == vector["form"]
    assert version(NODES[name]) == vector["version"] == sha256(canonical(body)).hexdigest()


def test_there_is_a_vector_for_every_node_and_no_two_have_one_version() -> None:
    assert set(VECTORS["nodes"]) == set(NODES)
    assert version(LAPSED.where) == VECTORS["lapsed"]
    assert len({v["version"] for v in VECTORS["nodes"].values()}) == len(NODES)


def test_what_is_shown_and_when_it_runs_are_outside_the_version() -> None:
    assert version(DE) == version(
        DE, label={"en": "x"}, colour="#000000", note="n", name="t", every=timedelta(days=1)
    )


def test_segmenter_and_what_is_revealed_are_inside() -> None:
    found = {
        version(DE),
        version(DE, segmenter="other"),
        version(DE, reveals=frozenset({Category("health")})),
        version(DE, reveals=frozenset({Category("health"), Category("faith")})),
    }
    assert len(found) == 4


def test_an_edit_of_a_referred_segment_changes_the_versions_built_on_it() -> None:
    built = All((SegmentRef("other"), BOUGHT))
    first = version(built, Segment("other", "m", DE))
    assert first == version(built, Segment("other", "m", DE, note="new words"))
    assert first != version(built, Segment("other", "m", Not(DE)))


def test_a_renamed_segment_changes_no_version_built_on_it() -> None:
    one = version(SegmentRef("other"), Segment("other", "m", DE))
    assert one == version(SegmentRef("renamed"), Segment("renamed", "m", DE))


AT_LEAST_ONE = count(Op.AT_LEAST, 1)
TWO, SPENT = count(Op.AT_LEAST, 2), over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, euros(1))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EventTest("purchase"), EventTest("purchase", (AT_LEAST_ONE,))),
        (happened("purchase", TWO, SPENT), happened("purchase", SPENT, TWO)),
        (
            attribute("seen", T.TIME, Op.OVER, NOON),
            attribute("seen", T.TIME, Op.OVER, NOON.astimezone(timezone(timedelta(hours=5)))),
        ),
        (Sample("a", Fraction(1, 10)), Sample("a", Fraction("0.10"))),
    ],
)
def test_two_spellings_of_one_condition_are_one_version(one: Condition, other: Condition) -> None:
    assert version(one) == version(other)


def _changed(value: Any) -> Iterator[Any]:
    """Yield values of the same type that mean something else."""
    for kind, others in _OTHERS.items():
        if isinstance(value, kind):
            yield from others(value)
            return
    if is_dataclass(value):
        yield from _changed_node(value)


def _changed_tuple(value: tuple[Any, ...]) -> Iterator[Any]:
    for n, part in enumerate(value):
        yield from ((*value[:n], new, *value[n + 1 :]) for new in _changed(part))
        yield value[:n] + value[n + 1 :]
    yield (*value, *value[:1])


_OTHERS: dict[type, Callable[[Any], Iterable[Any]]] = {  # the narrower type first
    bool: lambda v: [not v],
    StrEnum: lambda v: [other for other in type(v) if other is not v],
    str: lambda v: [v + "x"],
    int: lambda v: [v + 1],
    Fraction: lambda v: [v / 2],
    timedelta: lambda v: [v + timedelta(microseconds=1)],
    datetime: lambda v: [v - timedelta(microseconds=1)],
    date: lambda v: [v - timedelta(days=1)],
    tuple: _changed_tuple,
}


def _changed_node(node: Any) -> Iterator[Any]:
    for field in fields(node):
        if field.name == "type" and getattr(node, "kind", None) is Kind.COUNT:
            continue  # a count is of nothing, so there is no type of what it counts
        given = getattr(node, field.name)
        instead = [None] if given is not None and "None" in str(field.type) else []
        for new in [*_changed(given), *instead]:
            try:
                yield replace(node, **{field.name: new})
            except (ValueError, KeyError):
                continue  # it has no meaning, so it needs no version


@pytest.mark.parametrize("name", NODES)
def test_whatever_changes_the_tree_changes_the_version(name: str) -> None:
    node = NODES[name]
    others = [other for other in _changed_node(node) if other != node and _usable(other)]
    versions = [_own_version(other) for other in others]
    assert others
    assert _own_version(node) not in versions


def _usable(node: Condition) -> bool:
    return not (isinstance(node, SegmentRef) and node.name == "lapsed")


def _own_version(node: Condition) -> str:
    """Return a version in which every name that is referred to has one of its own."""
    return sha256(canonical(form(node, _AnyName()))).hexdigest()


class _AnyName(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return name


@pytest.mark.parametrize(
    "window",
    [
        Ago(1, U.MONTHS),
        Ago(30, U.DAYS),
        Ago(4, U.WEEKS),
        Fixed(date(2026, 1, 1), date(2026, 1, 31)),
        Fixed(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)),
        None,
    ],
)
def test_windows_that_are_alike_are_not_the_same(window: object) -> None:
    versions = {
        version(happened("purchase", window=w))  # type: ignore[arg-type]
        for w in (window, Ago(31, U.DAYS))
    }
    assert len(versions) == 2


def test_another_formula_of_a_score_is_another_version() -> None:
    asked = NODES["score"]
    assert isinstance(asked, ScoreTest)
    assert isinstance(RFM.formula, Rfm)
    other = replace(RFM, formula=replace(RFM.formula, recency_days=(30, 91)))
    changed = replace(asked, definition=score_digest(other))
    assert version(changed) != version(asked)
    assert asked.definition == score_digest(RFM)


def test_literals_of_other_units_are_other_literals() -> None:
    def over_money(money: Money) -> str:
        return version(attribute("credit", T.MONEY, Op.OVER, money))

    euro, franc, fine = Currency("EUR"), Currency("CHF"), Currency("EUR", 3)
    assert len({over_money(Money(5, c)) for c in (euro, franc, fine)}) == 3
    scaled = {version(attribute("rating", T.DECIMAL, Op.OVER, Scaled(5, n))) for n in (1, 2)}
    assert len(scaled) == 2


def test_a_relative_day_is_none_of_the_windows() -> None:
    relative = NODES["within"].tests[0]  # type: ignore[union-attr]
    assert isinstance(relative, Relative)
    assert form(NODES["within"], {})["tests"] == [
        {"relation": "within", "span": [relative.span.number, relative.span.unit]}
    ]
