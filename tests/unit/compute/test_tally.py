# SPDX-License-Identifier: Apache-2.0
"""Tallies by example: what each dimension and each measure makes of a few people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.dataset as pads
import pytest
from pyroaring import FrozenBitMap

from privseg.compute import tables
from privseg.frames import (
    EVERYBODY,
    MISSING_KEY,
    TOTAL_KEY,
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Cell,
    CountOf,
    DaysSince,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
    Tally,
)
from privseg.segment import Event, Person
from privseg.terms import Attribute
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.scans import duck, plan_of
from tests.twins.segment_catalogue import CATALOGUE, TOPICS

AT = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = (AT - 10 * DAY, AT)
PURCHASE, AMOUNT = Attribute("purchase"), Attribute("purchase.amount")
K = MeasureKind
SIZE = Measure("size", K.SIZE)
READS = {
    "purchase", "purchase.amount", "purchase.channel", "purchase.flag", "wish",
    "channel", "topics", "flag", "word", "number", "amount",
}  # fmt: skip


def bought(number: int, days: float, **cells: object) -> Event:
    return Event("purchase", number.to_bytes(16, "big"), AT - days * DAY, cells)


PEOPLE = {
    0: Person(
        {"channel": "web", "topics": ("tea", "tea", "chess"), "flag": True, "word": "Köln",
         "number": 2**62},
        (bought(0x0201, 2, amount=100, channel="app"), bought(0x0102, 2, amount=500, channel="web"),
         bought(1, 12, amount=999)),
    ),
    1: Person(
        {"channel": "app", "topics": (), "flag": False, "word": "Bonn", "number": -(2**62)},
        (bought(4, 1, amount=2**62, flag=True), bought(5, 1, amount=2**62),
         bought(1 << 64, 1, amount=2**62, channel="shop"), bought(7, 9, amount=None, flag=False)),
    ),
    2: Person({"channel": None, "word": "Bonn", "number": 7}, ()),
    3: Person({}, (bought(8, 0, amount=50), bought(9, 3, amount=-20, channel="app"))),
    9: Person({"channel": "web", "number": 1}, (bought(10, 1, amount=1),)),  # not eligible
}  # fmt: skip
ELIGIBLE = (0, 1, 2, 3)
MEMBERS = {
    "s": FrozenBitMap(ELIGIBLE),
    "t": FrozenBitMap((0, 1)),
    EVERYBODY: FrozenBitMap(ELIGIBLE),
}


def tally(block: Block) -> dict[Cell, Tally]:
    plan = plan_of(READS, ELIGIBLE, at=AT)
    compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
    with compute.open(plan, plan.read_set) as scan:
        return dict(scan.tally(block, MEMBERS, key=b"k"))


def by(*dimensions: Dimension, most: int = 9, margins: tuple[tuple[int, ...], ...] = ()) -> object:
    """Return the people of each cell that has any, by keys."""
    block = Block("b", ("s",), most, (SIZE,), dimensions, margins)
    return {keys: t.people for (_, keys), t in tally(block).items() if t.people}


def measured(measure: Measure) -> Tally:
    return tally(Block("b", ("s",), 1, (SIZE, measure)))["s", ()]


def test_a_category_tells_whose_value_is_missing_or_who_has_no_row() -> None:
    channel = ByCategory(Attribute("channel"), ("web", "app", MISSING_KEY))
    assert by(channel) == {("web",): 1, ("app",): 1, (MISSING_KEY,): 2}
    assert by(ByCategory(Attribute("channel"), ("web",))) == {("web",): 1}


def test_a_set_puts_a_person_once_under_each_of_its_values() -> None:
    topics = ByCategory(Attribute("topics"), (*TOPICS, MISSING_KEY))
    assert by(topics) == {("tea",): 1, ("chess",): 1, (MISSING_KEY,): 2}


def test_a_boolean_has_the_keys_false_and_true() -> None:
    assert by(ByCategory(Attribute("flag"), ("false", "true"))) == {("false",): 1, ("true",): 1}


def test_keys_that_are_found_stand_in_order_and_only_where_people_are() -> None:
    found = tally(Block("b", ("s", "t"), 2, (SIZE,), (ByFound(Attribute("word")),)))
    assert {cell: t.people for cell, t in found.items()} == {
        ("s", ("Bonn",)): 2, ("s", ("Köln",)): 1, ("t", ("Bonn",)): 1, ("t", ("Köln",)): 1,
    }  # fmt: skip
    assert list(found) == sorted(found)


def test_cut_points_belong_to_the_bin_above_them() -> None:
    number = ByCut(OfPerson(Attribute("number")), (-(2**62), 7, 2**62))
    assert by(number) == {
        (f"[{-(2**62)},7)",): 1, (f"[7,{2**62})",): 1, (f"[{2**62},)",): 1, (MISSING_KEY,): 1,
    }  # fmt: skip


def test_an_amount_of_events_can_be_cut_and_is_missing_only_if_asked_to_be() -> None:
    counts = CountOf(PURCHASE, WINDOW)
    assert by(ByCut(counts, (1, 3))) == {("[,1)",): 1, ("[1,3)",): 2, ("[3,)",): 1}
    only = CountOf(PURCHASE, WINDOW, only_with=True)
    assert by(ByCut(only, (1, 3))) == {(MISSING_KEY,): 1, ("[1,3)",): 2, ("[3,)",): 1}


def test_days_since_are_whole_days_to_the_end_of_the_window() -> None:
    days = DaysSince(PURCHASE, WINDOW)
    assert by(ByCut(days, (1, 2, 3, 4))) == {
        ("[1,2)",): 1, ("[2,3)",): 1, ("[3,4)",): 1, (MISSING_KEY,): 1,
    }  # fmt: skip


def test_periods_hold_whoever_has_an_event_in_them_and_at_most_so_many_of_a_person() -> None:
    windows = ((AT - 10 * DAY, AT - 5 * DAY), (AT - 5 * DAY, AT - DAY), (AT - DAY, AT))
    weeks = ByPeriod(PURCHASE, ("a", "b", "c"), windows, 3)
    assert by(weeks) == {("a",): 1, ("b",): 2, ("c",): 1}
    one = ByPeriod(PURCHASE, ("a", "b", "c"), windows, 1)
    found = by(one)
    assert isinstance(found, dict)
    assert sum(found.values()) == 3


def test_a_period_ends_before_its_end_even_where_none_begins_there() -> None:
    windows = ((AT - 10 * DAY, AT - DAY), (AT - DAY / 2, AT))
    weeks = ByPeriod(PURCHASE, ("a", "b"), windows, 2)
    assert by(weeks) == {("a",): 3}
    total = Measure("x", K.TOTAL, SumOf(AMOUNT, WINDOW), upper=1000)
    found = tally(Block("b", ("s",), 2, (SIZE, total), (weeks,)))
    assert found["s", ("a",)].sums == {"x": 600}  # not what somebody bought as it ended


def test_who_has_no_event_in_the_window_is_under_no_first_one() -> None:
    first = ByFirst(Attribute("purchase.channel"), ("web", "app", "shop", MISSING_KEY), WINDOW)
    assert by(first) == {("web",): 1, ("app",): 1, (MISSING_KEY,): 1}


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [(1, 2), (0x0102, 0x0201), (0x0102 << 64, 0x0201 << 64), (0xFFFF, 1 << 64), (1, 1 << 127)],
)
def test_of_first_events_at_one_moment_the_one_with_the_smallest_id_counts(
    smaller: int, larger: int
) -> None:
    first = ByFirst(Attribute("purchase.channel"), ("web", "app"), WINDOW)
    web, app = ({"channel": c} for c in ("web", "app"))
    for events in (
        (bought(larger, 2, **app), bought(smaller, 2, **web), bought(0, 1, **app)),
        (bought(0, 1, **app), bought(smaller, 2, **web), bought(larger, 2, **app)),
    ):
        columns = columns_from({0: Person({}, events)}, CATALOGUE)
        plan = plan_of(READS, (0,), at=AT)
        with duck(columns, now=AT, catalogue=CATALOGUE).open(plan, plan.read_set) as scan:
            block = Block("b", ("s",), 1, (SIZE,), (first,))
            found = scan.tally(block, {"s": FrozenBitMap((0,))}, key=b"k")
        assert found["s", ("web",)].people == 1
        assert found["s", ("app",)].people == 0


def test_a_first_event_is_the_first_of_those_that_pass_the_filter() -> None:
    flagged = (("flag", "true"),)
    first = ByFirst(Attribute("purchase.channel"), ("web", MISSING_KEY), WINDOW, flagged)
    assert by(first) == {(MISSING_KEY,): 1}


def test_a_set_of_the_report_has_people_in_it_and_out_of_it() -> None:
    assert by(ByMember("t")) == {("in",): 2, ("out",): 2}


def test_a_person_with_several_keys_is_under_each_combination() -> None:
    topics = ByCategory(Attribute("topics"), TOPICS)
    assert by(topics, ByMember("t")) == {("tea", "in"): 1, ("chess", "in"): 1}


def test_margins_are_the_sums_of_the_finest_cells() -> None:
    flag = ByCategory(Attribute("flag"), ("false", "true", MISSING_KEY))
    found = by(flag, ByMember("t"), margins=((0,), (1,), ()))
    assert found == {
        ("false", "in"): 1, ("true", "in"): 1, (MISSING_KEY, "out"): 2,
        ("false", TOTAL_KEY): 1, ("true", TOTAL_KEY): 1, (MISSING_KEY, TOTAL_KEY): 2,
        (TOTAL_KEY, "in"): 2, (TOTAL_KEY, "out"): 2,
        (TOTAL_KEY, TOTAL_KEY): 4,
    }  # fmt: skip


def test_a_total_is_clamped_for_each_person_and_counts_whom_the_clamp_cut_down() -> None:
    found = measured(Measure("x", K.TOTAL, SumOf(AMOUNT, WINDOW), upper=500))
    assert (found.sums, found.counts) == ({"x": 500 + 500}, {"x": 2})


def test_sums_saturate_at_the_ends_of_64_bits_and_do_not_wrap_round() -> None:
    grid = (-(2**63), 0, 2**63 - 1)
    found = measured(Measure("x", K.QUANTILES, SumOf(AMOUNT, WINDOW), grid=grid))
    assert found.bins == {"x": (0, 1, 2, 1)}


def test_a_boolean_property_is_summed_as_0_and_1() -> None:
    flags = SumOf(Attribute("purchase.flag"), WINDOW)
    assert measured(Measure("x", K.TOTAL, flags, upper=9)).sums == {"x": 1}


def test_an_average_over_events_takes_those_that_have_a_value() -> None:
    each = Measure("x", K.AVERAGE, EachOf(AMOUNT, WINDOW), lower=-5, upper=90, events_per_person=9)
    found = measured(each)
    assert (found.sums, found.counts) == ({"x": 5 * 95 + 0}, {"x": 6})


def test_an_average_over_people_leaves_out_whose_amount_is_missing() -> None:
    number = OfPerson(Attribute("number"))
    mean = Measure("x", K.AVERAGE, number, lower=0, upper=10, events_per_person=1)
    found = measured(mean)
    assert (found.sums, found.counts) == ({"x": 10 + 0 + 7}, {"x": 3})


def test_in_a_period_a_measure_is_taken_of_the_events_of_the_period() -> None:
    windows = ((AT - 10 * DAY, AT - 5 * DAY), (AT - 5 * DAY, AT - DAY), (AT - DAY, AT))
    weeks = ByPeriod(PURCHASE, ("a", "b", "c"), windows, 3)
    total = Measure("x", K.TOTAL, SumOf(AMOUNT, WINDOW), upper=1000)
    days = Measure("d", K.AVERAGE, DaysSince(PURCHASE, WINDOW), upper=9, events_per_person=1)
    found = tally(Block("b", ("s",), 3, (SIZE, total, days), (weeks,)))
    sums = {keys: t.sums for (_, keys), t in found.items()}
    assert sums == {
        ("a",): {"x": 0, "d": 4},
        ("b",): {"x": 600, "d": 1 + 2},
        ("c",): {"x": 1000, "d": 1},
    }


def test_a_tally_says_nothing_of_itself() -> None:
    found = tally(Block("b", ("s",), 1, (Measure("x", K.TOTAL, SumOf(AMOUNT, WINDOW), upper=500),)))
    assert "500" not in repr(found)
    assert "Tally(secret)" in repr(found)


def test_people_of_another_block_are_counted_although_the_last_had_fewer() -> None:
    total = Measure("x", K.TOTAL, SumOf(AMOUNT, WINDOW), upper=500)
    block = Block("b", ("s",), 1, (total,))
    plan = plan_of(READS, ELIGIBLE, at=AT)
    compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
    with compute.open(plan, plan.read_set) as scan:
        few = scan.tally(block, {"s": FrozenBitMap([0])}, key=b"k")
        many = scan.tally(block, MEMBERS, key=b"k")
    assert (few["s", ()].sums, many["s", ()].sums) == ({"x": 500}, {"x": 1000})


def test_nobody_in_any_set_is_a_tally_of_zeros() -> None:
    measures = (
        SIZE,
        Measure("t", K.TOTAL, SumOf(AMOUNT, WINDOW), upper=500),
        Measure("e", K.AVERAGE, EachOf(AMOUNT, WINDOW), upper=5, events_per_person=1),
        Measure("q", K.QUANTILES, OfPerson(Attribute("number")), grid=(1, 2)),
    )
    weeks = ByPeriod(PURCHASE, ("a",), (WINDOW,), 1)
    plan = plan_of(READS, ELIGIBLE, at=AT)
    for dimensions in ((), (weeks,), (ByFirst(Attribute("purchase.channel"), ("web",), WINDOW),)):
        compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
        anew = plan_of(plan.read_set, ELIGIBLE, at=AT)
        with compute.open(anew, anew.read_set) as scan:
            found = scan.tally(
                Block("b", ("s",), 1, measures, dimensions), {"s": FrozenBitMap()}, key=b"k"
            )
        for one in found.values():
            assert (one.people, one.sums, one.bins) == (0, {"t": 0, "e": 0}, {"q": (0, 0, 0)})


class Noted(MemoryColumns):
    """A column store that notes which tables were read."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        super().__init__(tables)
        self.opened: list[str] = []

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        self.opened.append(table)
        return super().dataset(table, snapshot=snapshot)


def test_a_table_that_fits_into_memory_is_read_once_for_all_that_a_block_asks_of_it() -> None:
    store = Noted(columns_from(PEOPLE, CATALOGUE)._tables)
    measures = (
        Measure("t", K.TOTAL, SumOf(AMOUNT, WINDOW), upper=500),
        Measure("q", K.QUANTILES, SumOf(AMOUNT, WINDOW), grid=(1, 2)),
        Measure("d", K.AVERAGE, DaysSince(PURCHASE, WINDOW), upper=9, events_per_person=1),
        Measure("n", K.AVERAGE, OfPerson(Attribute("number")), upper=9, events_per_person=1),
    )
    cut = ByCut(CountOf(PURCHASE, WINDOW, (("flag", "true"),)), (1,))
    block = Block("b", ("s",), 9, measures, (cut, ByCategory(Attribute("flag"), ("true",))))
    plan = plan_of(READS, ELIGIBLE, at=AT)
    with duck(store, now=AT, catalogue=CATALOGUE).open(plan, plan.read_set) as scan:
        first = scan.tally(block, MEMBERS, key=b"k")
        held = scan._tables.ensure("purchase", tables.Need(frozenset(), FrozenBitMap(), AT))
        assert isinstance(held, tables.Held)
        assert sorted(store.opened) == ["crm", "purchase"]
        assert scan.tally(block, MEMBERS, key=b"k").keys() == first.keys()
        assert store.opened.count("purchase") == 1


def test_a_score_is_computed_once_for_all_dimensions_that_are_results_of_it() -> None:
    levels = [ByCut(OfPerson(Attribute(f"rfm.{n}")), (2,)) for n in ("recency", "frequency")]
    block = Block("b", ("s",), 1, (SIZE,), tuple(levels))
    store = Noted(columns_from(PEOPLE, CATALOGUE)._tables)
    plan = plan_of({*READS, "rfm.recency", "rfm.frequency"}, ELIGIBLE, at=AT)
    with duck(store, now=AT, catalogue=CATALOGUE).open(plan, plan.read_set) as scan:
        found = scan.tally(block, MEMBERS, key=b"k")
    assert sum(t.people for t in found.values()) == len(ELIGIBLE)
    assert found["s", (MISSING_KEY, MISSING_KEY)].people == 1
    assert store.opened == ["purchase", "purchase"]  # how many rows there are, and the rows
