# SPDX-License-Identifier: Apache-2.0
"""The documented example of each node is, once loaded, the tree that it means."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from privseg.loaders.policy import load_policy
from privseg.loaders.segment_event_file import FilterEntry
from privseg.loaders.segment_file import ConditionEntry
from privseg.loaders.segments import load_segment, load_segments, segment_schema
from privseg.loaders.shapes import keys
from privseg.policy.catalogue import ColumnType
from privseg.policy.digest import score_digest
from privseg.segment.tree import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    Not,
    Sample,
    ScoreTest,
    Segment,
    SegmentRef,
)
from privseg.segment.tree_events import (
    Aggregate,
    AggregateKind,
    EventTest,
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
    Value,
)
from privseg.terms import Attribute, Category, Currency, Money

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs/reference/segment-language"
POLICY = load_policy(ROOT / "policies/shop/policies")
EUR = Currency("EUR")
K, Op, T = AggregateKind, Operator, ColumnType


def _is(operator: Operator, *values: Value) -> tuple[Comparison]:
    return (Comparison(operator, values),)


def _eur(whole: int) -> Money:
    return Money(whole * 100, EUR)


def _days(number: int) -> Ago:
    return Ago(number, AgoUnit.DAYS)


def _attribute(name: str, kind: ColumnType, operator: Operator, *values: Value) -> AttributeTest:
    return AttributeTest(Attribute(name), kind, _is(operator, *values))


def _account(name: str, kind: ColumnType, operator: Operator, *values: Value) -> AccountTest:
    return AccountTest(Attribute(name), Attribute("company"), kind, _is(operator, *values))


def _property(name: str, kind: ColumnType, operator: Operator, *values: Value) -> PropertyTest:
    return PropertyTest(Attribute(name), kind, _is(operator, *values))


AMOUNT, CHANNEL = Attribute("purchase.amount"), Attribute("purchase.channel")
BOUGHT = EventTest("purchase", window=_days(365))
SHOES = _property("page_view.section", T.CATEGORY, Op.EQUALS, "shoes")
SEARCHED = _property("page_view.referrer", T.CATEGORY, Op.EQUALS, "search")
MEANT: dict[str, Condition] = {
    "all": All((_attribute("country", T.CATEGORY, Op.IN, "DE", "FR"), BOUGHT)),
    "any": Any_(
        (EventTest("email_open", window=_days(30)), EventTest("app_visit", window=_days(30)))
    ),
    "not": Not(EventTest("email_open", window=_days(30))),
    "attribute": All(
        (
            _attribute("age", T.INTEGER, Op.BETWEEN, 18, 34),
            _attribute("looks_for", T.SET, Op.CONTAINS, "quality"),
            AttributeTest(
                Attribute("customer_since"),
                T.DATE,
                (Relative(Relation.OLDER_THAN, Ago(2, AgoUnit.YEARS)),),
            ),
            _attribute("income", T.CATEGORY, Op.IS_KNOWN, True),
        )
    ),
    "anniversary": AttributeTest(
        Attribute("birthday"), T.DATE, (Relative(Relation.ANNIVERSARY_WITHIN_NEXT, _days(30)),)
    ),
    "event": EventTest(
        "purchase",
        (
            Aggregate(K.COUNT, _is(Op.AT_LEAST, 2)),
            Aggregate(K.SUM, _is(Op.OVER, _eur(200)), AMOUNT, T.MONEY),
        ),
        _days(365),
        _property("purchase.channel", T.CATEGORY, Op.IN, "web", "app"),
    ),
    "number-tests": EventTest(
        "purchase", (Aggregate(K.COUNT, _is(Op.BETWEEN, 2, 4)),), Ago(3, AgoUnit.MONTHS)
    ),
    "number-of": EventTest(
        "purchase",
        (
            Aggregate(K.AVERAGE, _is(Op.BETWEEN, _eur(20), _eur(50)), AMOUNT, T.MONEY),
            Aggregate(K.DISTINCT, _is(Op.AT_LEAST, 2), CHANNEL, T.CATEGORY),
        ),
    ),
    "value-of": EventTest(
        "purchase",
        (
            Aggregate(K.MIN, _is(Op.AT_LEAST, _eur(5)), AMOUNT, T.MONEY),
            Aggregate(K.FIRST, _is(Op.EQUALS, "web"), CHANNEL, T.CATEGORY),
            Aggregate(
                K.LAST,
                (Relative(Relation.WITHIN, _days(7)),),
                Attribute("purchase.time"),
                T.TIME,
            ),
        ),
    ),
    "fixed": EventTest("purchase", window=Fixed(date(2026, 1, 1), date(2026, 2, 1))),
    "property": EventTest(
        "purchase", where=_property("purchase.amount", T.MONEY, Op.AT_LEAST, _eur(100))
    ),
    "filter-all": EventTest(
        "page_view",
        (Aggregate(K.COUNT, _is(Op.AT_LEAST, 3)),),
        _days(30),
        FilterAll((SHOES, SEARCHED)),
    ),
    "filter-any": EventTest(
        "page_view",
        window=_days(30),
        where=FilterAny(
            (
                _property("page_view.section", T.CATEGORY, Op.EQUALS, "sale"),
                _property("page_view.referrer", T.CATEGORY, Op.EQUALS, "ad"),
            )
        ),
    ),
    "filter-not": EventTest(
        "purchase",
        where=FilterNot(_property("purchase.channel", T.CATEGORY, Op.EQUALS, "store")),
    ),
    "same-as": EventTest(
        "purchase", where=SameAs(AMOUNT, Attribute("add_to_cart.worth"), T.MONEY, _days(30))
    ),
    "sequence": Sequence(
        (Step("add_to_cart"), Step("checkout_start")),
        timedelta(hours=1),
        Step("purchase"),
        _days(30),
    ),
    "step": Sequence(
        (
            Step("add_to_cart", _property("add_to_cart.worth", T.MONEY, Op.AT_LEAST, _eur(50))),
            Step("purchase"),
        ),
        timedelta(days=7),
    ),
    "score": ScoreTest(
        Attribute("rfm.recency"),
        T.INTEGER,
        _is(Op.AT_LEAST, 4),
        score_digest(POLICY.catalogue.scores["rfm"]),
    ),
    "segment": All((SegmentRef("example-sequence"), Not(SegmentRef("example-score")))),
    "cohort": CohortTest(Attribute("spring_letter")),
    "account": All(
        (
            _account("industry", T.CATEGORY, Op.IN, "software", "retail"),
            _account("employees", T.INTEGER, Op.AT_LEAST, 50),
        )
    ),
    "sample": All((BOUGHT, Sample("campaign-holdout", Fraction(1, 10)))),
    "segment-file": _attribute("loyalty_tier", T.CATEGORY, Op.IN, "silver", "gold"),
}


@pytest.mark.parametrize("name", MEANT)
def test_the_example_of_a_node_is_the_tree_that_it_means(name: str) -> None:
    loaded = load_segment(EXAMPLES / f"{name}.yaml", POLICY.catalogue)
    assert loaded.name == f"example-{name}"
    assert loaded.where == MEANT[name]


def test_there_is_an_example_of_every_part_of_the_file_and_of_nothing_else() -> None:
    schema = segment_schema()
    parts = {schema["title"], *(n for n, p in schema["$defs"].items() if "properties" in p)}
    assert len(parts) == len(MEANT)
    assert {p.stem for p in EXAMPLES.iterdir()} == set(MEANT)


def test_every_key_that_begins_a_condition_or_a_filter_has_an_example() -> None:
    text = "\n".join(p.read_text("utf-8") for p in EXAMPLES.iterdir())
    for model in (*ConditionEntry.__args__, *FilterEntry.__args__):
        assert f"{keys(model)[0]}: " in text or f"{keys(model)[0]}:\n" in text


def test_what_stands_beside_the_condition_is_read_too() -> None:
    loaded = load_segment(EXAMPLES / "segment-file.yaml", POLICY.catalogue)
    assert loaded == Segment(
        name="example-segment-file",
        segmenter="lifecycle-marketing",
        where=MEANT["segment-file"],
        label={"en": "Faithful to the brand", "ar": "أوفياء"},
        colour="#7a5195",
        note="Silver and gold members.",
        reveals=frozenset({Category("loyalty")}),
        every=timedelta(days=1),
    )


def test_the_examples_together_are_a_library_of_different_segments() -> None:
    library = load_segments(EXAMPLES, POLICY.catalogue)
    assert len({library.version(name) for name in library}) == len(MEANT)


@pytest.mark.parametrize("name", MEANT)
def test_editors_take_every_example(name: str) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
    document = json.loads(json.dumps(YAML(typ="safe").load(text), default=str))  # days are text
    jsonschema.Draft202012Validator(segment_schema()).validate(document)
