# SPDX-License-Identifier: Apache-2.0
"""Law: what a table asks for reads back as it was, whatever it is; and its hash follows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from privseg.frames import (
    Amount,
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    CountOf,
    DaysSince,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
)
from privseg.protect.formula import Combined, Derived, Lift, Part, Quotient, Term, Top
from privseg.release import Caption, DimensionCaption, Unit
from privseg.release import decode_block as back
from privseg.release.decode_formula import derived as derived_back
from privseg.release.decode_node import Node
from privseg.release.encode_block import Spelling
from privseg.release.encode_formula import derived_facts
from privseg.release.plan import DerivedCaption, window_of
from privseg.terms import Attribute
from privseg.tlog import canonical, parse_canonical

AT = datetime(2026, 11, 1, tzinfo=UTC)
IN_FULL, FOR_HASH = Spelling(AT), Spelling(AT, in_full=False)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
names = st.sampled_from(["purchase", "visit", "exposure"])
attributes = st.builds("{}.{}".format, names, st.sampled_from(["amount", "arm"])).map(Attribute)
days = st.none() | st.integers(1, 10**6)
where = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
windows = days.map(lambda d: (window_of(d, AT), d)) | st.tuples(
    st.integers(1, 900), st.integers(1, 900)
).map(lambda ab: ((AT - timedelta(hours=sum(ab)), AT - timedelta(hours=ab[0])), None))
units = st.builds(Unit, texts, st.integers(0, 6))
labels = st.none() | texts
rising = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=5, unique=True).map(
    lambda numbers: tuple(sorted(numbers))
)
keys = st.lists(texts.filter(lambda t: t != "(all)"), min_size=1, max_size=4, unique=True).map(
    tuple
)


@st.composite
def amounts(draw: st.DrawFn) -> tuple[Amount, int | None]:
    """Draw an amount and the days that its caption states."""
    window, stated = draw(windows)
    attribute, event = draw(attributes), Attribute(draw(names))
    made: list[Amount] = [
        CountOf(event, window, draw(where), draw(st.booleans())),
        SumOf(attribute, window, draw(where), draw(st.booleans())),
        DaysSince(event, window, draw(where)),
        EachOf(attribute, window, draw(where)),
    ]
    if draw(st.booleans()):
        return OfPerson(attribute), None
    return draw(st.sampled_from(made)), stated


@st.composite
def dimensions(draw: st.DrawFn) -> tuple[Dimension, DimensionCaption]:
    """Draw a dimension of any kind and its caption."""
    amount, stated = draw(amounts())
    window, since = draw(windows)
    attribute, named = draw(attributes), draw(keys)
    ends = [AT - timedelta(days=7 * i) for i in range(len(named), -1, -1)]
    period = ByPeriod(
        Attribute(draw(names)), named, tuple(pairwise(ends)), draw(st.integers(1, 9)), draw(where)
    )
    made, said = draw(
        st.sampled_from(
            [
                (ByCategory(attribute, named), None),
                (ByFound(attribute), None),
                (ByCut(amount, draw(rising)), stated),
                (period, None),
                (ByFirst(attribute, named, window, draw(where)), since),
                (ByMember(draw(texts)), None),
            ]
        )
    )
    return made, DimensionCaption(draw(labels), draw(units), said)


@st.composite
def measures(draw: st.DrawFn) -> tuple[Measure, Caption]:
    """Draw a measure, whether it makes sense or not: that is for the plan to judge."""
    amount, stated = draw(st.just((None, None)) | amounts())
    bounds = [draw(st.integers(-(10**30), 10**30)) for _ in range(3)]
    ranks = tuple(draw(st.lists(st.fractions(0, 1), max_size=3)))
    kind, name = draw(st.sampled_from(MeasureKind)), draw(texts)
    made = Measure(name, kind, amount, *bounds, draw(rising), ranks, draw(st.booleans()))
    return made, Caption(draw(labels), draw(units), stated)


def through_text(value: object) -> Node:
    return Node(parse_canonical(canonical(value)), "it")


@given(dimensions())
def test_a_dimension_of_any_kind_reads_back(drawn: tuple[Dimension, DimensionCaption]) -> None:
    node = through_text(IN_FULL.dimension(*drawn))
    assert (back.dimension(node, AT), back.dimension_caption(node)) == drawn


@given(measures())
def test_a_measure_of_anything_reads_back(drawn: tuple[Measure, Caption]) -> None:
    node = through_text(IN_FULL.measure(*drawn))
    assert (back.measure(node, AT), back.caption(node)) == drawn


cells = st.tuples(texts, st.lists(texts, max_size=3).map(tuple))
parts = st.sampled_from([Part.COUNT, Part.SUM, Part.AT_LIMIT, Part.CENTRED_SUM, Part.EVENTS])
terms = st.lists(
    st.builds(Term, st.integers(-9, 9).filter(bool), cells, texts, parts), max_size=4
).map(tuple)
formulas: st.SearchStrategy[Derived] = st.one_of(
    st.builds(Combined, texts, terms, st.booleans()),
    st.builds(
        Quotient, texts, terms, terms, st.integers(1, 100), st.none() | st.integers(-100, 0),
        st.none() | st.integers(1, 100),
    ),
    st.builds(Lift, texts, texts, cells, cells, st.booleans()),
    st.builds(Top, texts, texts, texts, st.integers(1, 9)),
)  # fmt: skip


@given(formulas, units)
def test_a_formula_of_any_kind_reads_back(formula: Derived, unit: Unit) -> None:
    node = through_text(derived_facts(formula, DerivedCaption(None, unit)))
    assert derived_back(node) == formula
    assert back.unit(node["unit"]) == unit


@given(dimensions(), dimensions())
def test_dimensions_that_differ_are_hashed_apart(
    one: tuple[Dimension, DimensionCaption], other: tuple[Dimension, DimensionCaption]
) -> None:
    """But for labels, and for windows in days whose ends are before all time alike."""
    spelled = [canonical(FOR_HASH.dimension(d, replace(c, label=None))) for d, c in (one, other)]
    bare = [(d, replace(c, label=None)) for d, c in (one, other)]
    assert (bare[0] == bare[1]) is (spelled[0] == spelled[1])


@given(measures(), measures())
def test_measures_that_differ_are_hashed_apart(
    one: tuple[Measure, Caption], other: tuple[Measure, Caption]
) -> None:
    spelled = [canonical(FOR_HASH.measure(m, c)) for m, c in (one, other)]
    bare = [(m, replace(c, label=None)) for m, c in (one, other)]
    assert (bare[0] == bare[1]) is (spelled[0] == spelled[1])


@given(dimensions())
def test_a_window_in_days_is_hashed_alike_at_every_moment(
    drawn: tuple[Dimension, DimensionCaption],
) -> None:
    """So the same question has the same plan in every edition."""
    dimension, caption = drawn
    if not isinstance(dimension, ByFirst) or dimension.window != window_of(caption.days, AT):
        return
    later = AT + timedelta(days=1)
    moved = replace(dimension, window=window_of(caption.days, later))
    assert FOR_HASH.dimension(dimension, caption) == Spelling(later, in_full=False).dimension(
        moved, caption
    )


@given(st.lists(dimensions(), max_size=3), st.lists(measures(), min_size=1, max_size=3))
def test_a_whole_block_reads_back(
    kinds: list[tuple[Dimension, DimensionCaption]], asked: list[tuple[Measure, Caption]]
) -> None:
    named = tuple(replace(m, name=f"m{i}") for i, (m, _) in enumerate(asked))
    made = Block("t", ("s", "u"), 2, named, tuple(d for d, _ in kinds))
    said = {
        "name": "t",
        "segments": ["s", "u"],
        "groups_per_person": 2,
        "measures": [IN_FULL.measure(m, c) for m, (_, c) in zip(named, asked, strict=True)],
        "dimensions": [IN_FULL.dimension(d, c) for d, c in kinds],
        "margins": [],
    }
    assert back.block(through_text(said), AT) == made


def test_a_rank_is_exact() -> None:
    rank = Fraction(1, 3)
    made = Measure("m", MeasureKind.QUANTILES, OfPerson(Attribute("age")), ranks=(rank,))
    node = through_text(IN_FULL.measure(made, Caption(None, Unit(""))))
    assert back.measure(node, AT).ranks == (rank,)
