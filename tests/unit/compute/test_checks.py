# SPDX-License-Identifier: Apache-2.0
"""What cannot be counted is refused from the plan alone, before anything is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.dataset as pads
import pytest
from pyroaring import FrozenBitMap

from privseg.compute import (
    BoundTooWideError,
    CrossesPeopleError,
    DuckScan,
    MarginOfSeveralError,
    NotABreakdownError,
    NotAFilterError,
    NotAGridError,
    NotARecordError,
    NotATableError,
    NotEligibleError,
    NotSummableError,
    OutsidePlanError,
    SetMissingError,
)
from privseg.frames import (
    EVERYBODY,
    TOTAL_KEY,
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
from privseg.policy.catalogue import Catalogue
from privseg.policy.scores import LifetimeValue, Score
from privseg.terms import Attribute, Category, Place
from tests.twins.memory_columns import MemoryColumns
from tests.twins.scans import duck, plan_of
from tests.twins.segment_catalogue import AMOUNT, EUR, TOPICS
from tests.twins.segment_catalogue import CATALOGUE as KNOWN

AT = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = (AT - 10 * DAY, AT)
PURCHASE, NUMBER, WORD = Attribute("purchase"), Attribute("number"), Attribute("word")
FITTED = Score(
    "fitted",
    LifetimeValue("purchase", AMOUNT, 7, 52, 100, EUR, "Europe/Berlin", None),
    Category("scores"),
    Place("catalogue.yaml", 1),
)
CATALOGUE = Catalogue(KNOWN.sources, scores={**KNOWN.scores, "fitted": FITTED})
RESULT = min(a for a in FITTED.outputs if "value" in a)
READS = frozenset(
    a for a in (*CATALOGUE.readables, RESULT, Attribute("interest.top")) if "." not in a
    or a.partition(".")[0] in {"purchase", "fitted", "interest"}
)  # fmt: skip
MEMBERS = {"s": FrozenBitMap((0, 1)), "t": FrozenBitMap((1,)), EVERYBODY: FrozenBitMap((0, 1))}
K = MeasureKind
SIZE = Measure("size", K.SIZE)


class Unread(MemoryColumns):
    """A column store that nobody may open."""

    def __init__(self) -> None:
        super().__init__({})

    def tables(self) -> frozenset[str]:
        raise AssertionError

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        raise AssertionError(table, snapshot)

    def accounts(self, table: str, *, snapshot: int) -> pa.Table:
        raise AssertionError(table, snapshot)


def refused(
    block: Block,
    refusal: type[Exception],
    *,
    members: dict[str, FrozenBitMap] = MEMBERS,
    opened: frozenset[Attribute] = READS,
) -> None:
    with opening(opened) as scan, pytest.raises(refusal):
        scan.tally(block, members, key=b"k")


def opening(opened: frozenset[Attribute] = READS) -> object:
    plan = plan_of(READS, (0, 1), at=AT)
    return duck(Unread(), now=AT, catalogue=CATALOGUE).open(plan, opened)


def block_of(*dimensions: Dimension, measure: Measure = SIZE) -> Block:
    return Block("b", ("s",), 1, (measure,), dimensions)


def total(amount: Amount | None, upper: int = 9) -> Measure:
    return Measure("x", K.TOTAL, amount, upper=upper)


def of(name: str) -> OfPerson:
    return OfPerson(Attribute(name))


def sum_of(name: str, *where: tuple[str, str]) -> SumOf:
    return SumOf(Attribute(name), WINDOW, where)


def periods(most: int = 1, **changed: object) -> ByPeriod:
    windows = ((AT - 9 * DAY, AT - 5 * DAY), (AT - 5 * DAY, AT))
    return replace(ByPeriod(PURCHASE, ("a", "b"), windows, most), **changed)  # type: ignore[arg-type]


CATEGORY = ByCategory(Attribute("channel"), ("web", "app"))
TOPIC = ByCategory(Attribute("topics"), TOPICS)
FIRST = ByFirst(Attribute("purchase.channel"), ("web",), WINDOW)


@pytest.mark.parametrize(
    "amount",
    [
        None,
        of("channel"),
        of("day"),
        of("moment"),
        of("topics"),
        of("company"),
        of("newsletter"),
        of("purchase"),
        of("purchase.amount"),
        of("interest.top"),
        sum_of("purchase.channel"),
        sum_of("purchase"),
        sum_of("number"),
        CountOf(Attribute("purchase.amount"), WINDOW),
        CountOf(Attribute("newsletter"), WINDOW),
        DaysSince(NUMBER, WINDOW),
    ],
)
def test_what_is_no_number_of_a_person_is_neither_measured_nor_cut(amount: Amount | None) -> None:
    for kind in (K.TOTAL, K.AVERAGE, K.QUANTILES):
        bounds = Measure("x", kind, amount, upper=9, events_per_person=1, grid=(1, 2))
        refused(block_of(measure=bounds), NotSummableError)
    if amount is not None:
        refused(block_of(ByCut(amount, (1,))), NotABreakdownError)
        with opening() as scan, pytest.raises(NotSummableError):
            scan.amounts([amount], MEMBERS["s"])


def test_single_events_are_averaged_and_nothing_else() -> None:
    each = EachOf(AMOUNT, WINDOW)
    refused(block_of(measure=total(each)), NotSummableError)
    refused(block_of(measure=Measure("x", K.QUANTILES, each, grid=(1,))), NotSummableError)
    refused(block_of(ByCut(each, (1,))), NotABreakdownError)
    no_number = EachOf(Attribute("purchase.channel"), WINDOW)
    mean = Measure("x", K.AVERAGE, no_number, upper=9, events_per_person=1)
    refused(block_of(measure=mean), NotSummableError)


@pytest.mark.parametrize(
    "dimension",
    [
        ByCategory(Attribute("purchase.channel"), ("web",)),
        ByCategory(Attribute("day"), ("1",)),
        ByCategory(Attribute("newsletter"), ("true",)),
        ByCategory(Attribute("channel"), ()),
        ByFound(Attribute("topics")),
        ByFound(NUMBER),
        ByFound(Attribute("purchase.word")),
        periods(event=NUMBER),
        periods(event=Attribute("purchase.amount")),
        ByFirst(Attribute("purchase.word"), ("a",), WINDOW),
        ByFirst(Attribute("purchase.topics"), ("tea",), WINDOW),
        ByFirst(PURCHASE, ("a",), WINDOW),
        ByFirst(Attribute("purchase.channel"), (), WINDOW),
        ByFirst(Attribute("channel"), ("web",), WINDOW),
    ],
)
def test_what_tells_nobody_apart_is_no_dimension(dimension: Dimension) -> None:
    refused(block_of(dimension), NotABreakdownError)


@pytest.mark.parametrize(
    "where", [("word", "a"), ("topics", "tea"), ("number", "1"), ("flag", "yes"), ("flag", "True")]
)
def test_events_are_filtered_by_their_categories_and_booleans_alone(where: tuple[str, str]) -> None:
    each = EachOf(AMOUNT, WINDOW, (where,))
    mean = Measure("x", K.AVERAGE, each, upper=9, events_per_person=1)
    for block in (
        block_of(measure=total(sum_of("purchase.amount", where))),
        block_of(measure=total(CountOf(PURCHASE, WINDOW, (where,)))),
        block_of(measure=mean),
        block_of(ByCut(DaysSince(PURCHASE, WINDOW, (where,)), (1,))),
        block_of(periods(where=(where,))),
        block_of(replace(FIRST, where=(where,))),
    ):
        refused(block, NotAFilterError)


@pytest.mark.parametrize("edges", [(), (2, 2), (3, 1), (0, 2**63), (-(2**63) - 1, 0)])
def test_edges_rise_and_are_numbers_that_can_be_stored(edges: tuple[int, ...]) -> None:
    refused(block_of(measure=Measure("x", K.QUANTILES, of("number"), grid=edges)), NotAGridError)
    if edges and edges[0] < edges[-1]:
        refused(block_of(ByCut(of("number"), edges)), NotAGridError)


@pytest.mark.parametrize(
    "measure",
    [
        total(of("number"), 0),
        total(of("number"), 2**62 + 1),
        Measure("x", K.AVERAGE, EachOf(AMOUNT, WINDOW), upper=9, events_per_person=0),
        Measure("x", K.AVERAGE, EachOf(AMOUNT, WINDOW), lower=9, upper=9, events_per_person=1),
        Measure("x", K.AVERAGE, EachOf(AMOUNT, WINDOW), upper=2**62, events_per_person=2),
        Measure("x", K.AVERAGE, of("number"), lower=-(2**63), upper=0, events_per_person=1),
    ],
)
def test_bounds_are_neither_empty_nor_too_wide_to_be_added_up(measure: Measure) -> None:
    refused(block_of(measure=measure), BoundTooWideError)


@pytest.mark.parametrize(
    ("dimensions", "margin"),
    [((TOPIC, CATEGORY), (1,)), ((TOPIC,), ()), ((CATEGORY, periods(2)), (0,))],
)
def test_a_margin_never_counts_a_person_more_than_once(
    dimensions: tuple[Dimension, ...], margin: tuple[int, ...]
) -> None:
    refused(replace(block_of(*dimensions), margins=(margin,)), MarginOfSeveralError)


@pytest.mark.parametrize(
    "block",
    [
        replace(block_of(), groups_per_person=0),
        replace(block_of(), segments=("s", "s")),
        replace(block_of(), measures=(SIZE, SIZE)),
        block_of(replace(CATEGORY, keys=("web", "web"))),
        block_of(ByFound(WORD), CATEGORY),
        replace(block_of(ByFound(WORD)), margins=((),)),
        replace(block_of(replace(CATEGORY, keys=("web", TOTAL_KEY))), margins=((),)),
        *(
            replace(block_of(CATEGORY, ByMember("t")), margins=levels)
            for levels in (((0, 1),), ((1, 0),), ((2,),), ((0, 0),), ((0,), (0,)), ((-1,),))
        ),
        block_of(periods(), periods()),
        block_of(periods(windows=((AT - DAY, AT), (AT - 9 * DAY, AT - DAY)))),
        block_of(periods(windows=((AT - 9 * DAY, AT), (AT - DAY, AT)))),
        block_of(periods(windows=((AT - DAY, AT - 2 * DAY), (AT - DAY, AT)))),
    ],
)
def test_cells_that_are_not_told_apart_or_bound_nobody_are_no_table(block: Block) -> None:
    refused(block, NotATableError)


def test_a_score_that_is_fitted_to_people_is_in_no_table() -> None:
    refused(block_of(measure=total(OfPerson(RESULT))), CrossesPeopleError)
    refused(block_of(ByCut(OfPerson(RESULT), (1,))), CrossesPeopleError)
    refused(block_of(ByCategory(RESULT, ("1",))), CrossesPeopleError)
    with opening() as scan, pytest.raises(CrossesPeopleError):
        scan.amounts([OfPerson(RESULT)], MEMBERS["s"])


def test_what_was_not_opened_is_refused_with_every_filter_and_every_dimension() -> None:
    where = (("channel", "web"),)
    for block in (
        block_of(measure=total(CountOf(PURCHASE, WINDOW, where))),
        block_of(measure=total(sum_of("purchase.amount"))),
        block_of(measure=total(of("number"))),
        block_of(CATEGORY),
        block_of(ByFound(WORD)),
        block_of(ByCut(of("number"), (1,))),
        block_of(periods(where=where)),
        block_of(FIRST),
    ):
        refused(block, OutsidePlanError, opened=frozenset({PURCHASE}))
    with opening(frozenset({PURCHASE})) as scan:
        with pytest.raises(OutsidePlanError):
            scan.amounts([CountOf(PURCHASE, WINDOW, where)], MEMBERS["s"])
        with pytest.raises(OutsidePlanError):
            scan.records([NUMBER], MEMBERS["s"])


def test_a_set_that_nobody_looked_for_is_not_nobody() -> None:
    refused(block_of(ByMember("u")), SetMissingError)
    refused(replace(block_of(), segments=("u",)), SetMissingError)


def test_nobody_is_counted_whom_the_plan_does_not_hold() -> None:
    more = {**MEMBERS, "u": FrozenBitMap((1, 77))}
    refused(block_of(ByMember("u")), NotEligibleError, members=more)
    refused(replace(block_of(), segments=("u",)), NotEligibleError, members=more)
    with opening() as scan:
        for ask in (_amounts, _records):
            with pytest.raises(NotEligibleError):
                ask(scan, more["u"])


def _amounts(scan: DuckScan, people: FrozenBitMap) -> object:
    return scan.amounts([of("number")], people)


def _records(scan: DuckScan, people: FrozenBitMap) -> object:
    return scan.records([NUMBER], people)


@pytest.mark.parametrize("name", ["purchase", "purchase.amount", "newsletter", "company"])
def test_only_attributes_of_people_are_in_a_record(name: str) -> None:
    with opening() as scan, pytest.raises(NotARecordError):
        scan.records([Attribute(name)], MEMBERS["s"])


def test_no_attribute_is_twice_in_a_record() -> None:
    with opening() as scan, pytest.raises(NotARecordError):
        scan.records([NUMBER, NUMBER], MEMBERS["s"])
