# SPDX-License-Identifier: Apache-2.0
"""What is too old is in no count, sum, breakdown or membership."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pyroaring import FrozenBitMap

from privseg.compute import DuckCompute
from privseg.compute.ages import ages_of
from privseg.frames import (
    MISSING_KEY,
    Block,
    ByCategory,
    ByCut,
    ByPeriod,
    CountOf,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    SumOf,
    Tally,
)
from privseg.gate.columns import IMPORTED
from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.segment import (
    Aggregate,
    AggregateKind,
    Ago,
    AgoUnit,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
    Not,
    Operator,
    Person,
)
from privseg.segment import Event as Happened
from privseg.segment.compile import compile_condition
from privseg.terms import Attribute, Money
from privseg.vault import rows as vault_rows
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.scans import plan_of
from tests.twins.shop_catalogue import CATALOGUE, EUR

AT = datetime(2026, 11, 1, tzinfo=UTC)
AMOUNT = Attribute("purchase.amount")
READS = ("country", "purchase", AMOUNT)
SIZE = Measure("size", MeasureKind.SIZE)
ALWAYS = (datetime(1, 1, 1, tzinfo=UTC), AT)
COUNTRY = ByCategory(Attribute("country"), ("DE", "FR", MISSING_KEY))
TOTAL = Measure("total", MeasureKind.TOTAL, SumOf(AMOUNT, ALWAYS), upper=10_000)
MEAN = Measure("mean", MeasureKind.AVERAGE, EachOf(AMOUNT, ALWAYS), upper=500, events_per_person=5)


def bought(number: int, days: int, amount: int) -> Happened:
    return Happened(
        "purchase", number.to_bytes(16, "big"), AT - timedelta(days=days), {"amount": amount}
    )


ALL = {
    0: Person({"country": "DE"}, (bought(0, 1, 100), bought(1, 40, 100))),
    1: Person({"country": "DE"}, (bought(2, 40, 100),)),
    2: Person({"country": "FR"}, (bought(3, 10, 100), bought(4, 11, 100))),
}
IMPORTS = {0: AT - timedelta(days=1), 1: AT - timedelta(days=10), 2: None}


def store(*, stamped: bool = True) -> MemoryColumns:
    made = columns_from(ALL, CATALOGUE)
    tables = dict(made._tables)
    if stamped:
        moments = [IMPORTS[o] for o in tables["crm"]["ordinal"].to_pylist()]
        stamps = pa.array(moments, pa.timestamp("us", "UTC"))
        tables["crm"] = tables["crm"].append_column(IMPORTED, stamps)
    return MemoryColumns(tables)


def kept(**days: int | None) -> Catalogue:
    """Return the catalogue with retentions: of crm, of orders, and of the amount."""
    sources = dict(CATALOGUE.sources)
    sources["crm"] = replace(sources["crm"], retention_days=days.get("crm"))
    orders = sources["orders"]
    columns = tuple(
        replace(c, retention_days=days.get("amount")) if c.attribute == "amount" else c
        for c in orders.columns
    )
    sources["orders"] = replace(orders, retention_days=days.get("orders"), columns=columns)
    return Catalogue(sources)


def members(
    catalogue: Catalogue, where: Condition, *, purpose: int | None = None, stamped: bool = True
) -> set[int]:
    plan = replace(plan_of(READS, ALL, at=AT), retention_days=purpose)
    compute = DuckCompute(store(stamped=stamped), catalogue, clock=lambda: AT, threads=1)
    query = compile_condition(where, catalogue=catalogue, at=AT, zone=ZoneInfo("UTC"))
    with compute.open(plan, plan.read_set) as scan:
        return set(scan.members(query)["members"])


def tallied(
    catalogue: Catalogue, *measures: Measure, by: tuple[Dimension, ...] = ()
) -> dict[tuple[str, ...], Tally]:
    plan = plan_of(READS, ALL, at=AT)
    compute = DuckCompute(store(), catalogue, clock=lambda: AT, threads=1)
    with compute.open(plan, plan.read_set) as scan:
        block = Block("b", ("s",), 2, measures, by)
        found = scan.tally(block, {"s": FrozenBitMap(ALL)}, key=b"k")
    return {keys: tally for (_, keys), tally in found.items()}


IN_GERMANY = AttributeTest(
    Attribute("country"), ColumnType.CATEGORY, (Comparison(Operator.EQUALS, ("DE",)),)
)
KNOWN = AttributeTest(
    Attribute("country"), ColumnType.CATEGORY, (Comparison(Operator.IS_KNOWN, (True,)),)
)
BOUGHT = EventTest("purchase")
MUCH = (Comparison(Operator.AT_LEAST, (Money(150, EUR),)),)
SPENT = EventTest("purchase", (Aggregate(AggregateKind.SUM, MUCH, AMOUNT, ColumnType.MONEY),))


def test_an_event_older_than_its_source_keeps_it_did_not_happen() -> None:
    assert members(kept(), BOUGHT) == {0, 1, 2}
    assert members(kept(orders=20), BOUGHT) == {0, 2}
    assert members(kept(orders=20), Not(BOUGHT)) == {1}


def test_retention_is_exclusive() -> None:
    assert members(kept(orders=40), BOUGHT) == {0, 2}
    assert members(kept(orders=41), BOUGHT) == {0, 1, 2}


def test_the_shortest_of_source_and_purpose_counts() -> None:
    assert members(kept(), BOUGHT, purpose=20) == {0, 2}
    assert members(kept(orders=100), BOUGHT, purpose=20) == {0, 2}
    assert members(kept(orders=20), BOUGHT, purpose=100) == {0, 2}


def test_a_window_that_reaches_further_back_is_not_widened() -> None:
    far = EventTest("purchase", window=Ago(365, AgoUnit.DAYS))
    assert members(kept(orders=20), far) == {0, 2}


def test_a_property_kept_shorter_than_its_event_is_missing_from_the_sum() -> None:
    assert members(kept(), SPENT) == {0, 2}
    assert members(kept(amount=20), SPENT) == {2}
    assert members(kept(amount=20), BOUGHT) == {0, 1, 2}


def test_expired_values_are_in_no_total_and_no_average() -> None:
    whole = tallied(kept(), SIZE, TOTAL, MEAN)[()]
    for catalogue in (kept(orders=20), kept(amount=20)):
        less = tallied(catalogue, SIZE, TOTAL, MEAN)[()]
        assert less.people == whole.people == 3
        assert (whole.sums["total"], less.sums["total"]) == (500, 300)
        assert (whole.counts["mean"], less.counts["mean"]) == (5, 3)


def test_an_attribute_not_imported_again_in_time_is_missing() -> None:
    assert members(kept(), IN_GERMANY) == {0, 1}
    assert members(kept(crm=5), IN_GERMANY) == {0}
    assert members(kept(crm=5), Not(KNOWN)) == {1, 2}
    assert members(kept(), IN_GERMANY, purpose=5) == {0}


def test_a_breakdown_counts_an_expired_value_as_missing() -> None:
    found = tallied(kept(crm=5), SIZE, by=(COUNTRY,))
    people = {k: t.people for (k,), t in found.items()}
    assert people == {"DE": 1, "FR": 0, MISSING_KEY: 2}


def test_an_expired_event_is_in_no_period_is_not_counted() -> None:
    days = ByPeriod(
        Attribute("purchase"),
        ("old", "new"),
        (
            (AT - timedelta(days=60), AT - timedelta(days=20)),
            (AT - timedelta(days=20), AT),
        ),
        2,
    )
    counts = ByCut(CountOf(Attribute("purchase"), ALWAYS), (1,))
    for dimension, whole, less in (
        (days, {"old": 2, "new": 2}, {"old": 0, "new": 2}),
        (counts, {"[,1)": 0, "[1,)": 3}, {"[,1)": 1, "[1,)": 2}),
    ):
        for catalogue, expected in ((kept(), whole), (kept(orders=20), less)):
            block = tallied(catalogue, SIZE, by=(dimension,))
            assert {k: t.people for (k,), t in block.items() if k in expected} == expected


def test_what_has_no_known_time_of_import_is_expired_where_a_retention_is_set() -> None:
    assert members(kept(crm=36_500), KNOWN) == {0, 1}
    assert members(kept(crm=36_500), KNOWN, stamped=False) == set()
    assert members(kept(), KNOWN, stamped=False) == {0, 1, 2}


def test_the_time_of_import_reaches_no_engine() -> None:
    plan = plan_of(READS, ALL, at=AT)
    compute = DuckCompute(store(), kept(crm=5), clock=lambda: AT, threads=1)
    query = compile_condition(IN_GERMANY, catalogue=CATALOGUE, at=AT, zone=ZoneInfo("UTC"))
    with compute.open(plan, plan.read_set) as scan:
        scan.members(query)
        columns = scan._tables._connection.execute('SELECT * FROM "crm"').description
    assert [c[0] for c in columns] == ["ordinal", "country"]


def test_without_any_retention_nothing_has_a_limit() -> None:
    assert ages_of(kept(), at=AT) == {}
    assert set(ages_of(kept(amount=3), at=AT)) == {"purchase"}
    assert set(ages_of(kept(), at=AT, purpose_days=1)) == {
        "crm",
        "loyalty",
        "purchase",
        "email_open",
    }


def test_a_columns_longer_retention_is_not_its_own() -> None:
    (limits,) = ages_of(kept(orders=20, amount=30), at=AT).values()
    assert limits.cells_after == {}


@pytest.mark.parametrize("at", [AT, AT.astimezone(ZoneInfo("Asia/Tokyo"))])
def test_a_limit_is_a_moment_whatever_zone_it_is_told_in(at: datetime) -> None:
    assert ages_of(kept(orders=20), at=at) == ages_of(kept(orders=20), at=AT)


def test_store_and_reader_call_the_time_of_import_alike() -> None:
    assert vault_rows.IMPORTED == IMPORTED
