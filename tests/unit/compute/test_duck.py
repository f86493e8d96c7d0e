# SPDX-License-Identifier: Apache-2.0
"""DuckDB runs a plan once, in time, over nothing but what it permits."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads
import pytest
from pyroaring import FrozenBitMap

from privseg.compute import (
    DuckCompute,
    DuckScan,
    NotImportedError,
    OutsidePlanError,
    PlanExpiredError,
    PlanUsedError,
    ScanFailedError,
    tables,
)
from privseg.frames import Query
from privseg.gate.second_gate import QueryRefusedError
from privseg.policy.catalogue import ColumnType
from privseg.segment import (
    Ago,
    AgoUnit,
    All,
    AttributeTest,
    Comparison,
    Condition,
    Event,
    EventTest,
    Not,
    Operator,
    Person,
    PropertyTest,
    SameAs,
    Sequence,
    Step,
)
from privseg.segment.compile import compile_condition, compile_segments
from privseg.terms import Attribute, Money, to_micros
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.scans import duck, plan_of
from tests.twins.shop_catalogue import CATALOGUE, EUR

AT = datetime(2026, 11, 1, tzinfo=UTC)
COUNTRY, PURCHASE, AMOUNT = (Attribute(a) for a in ("country", "purchase", "purchase.amount"))
CANARY = "canary-7f3a"
IN_GERMANY = AttributeTest(COUNTRY, ColumnType.CATEGORY, (Comparison(Operator.EQUALS, ("DE",)),))
BOUGHT = EventTest("purchase")
DEAR = PropertyTest(AMOUNT, ColumnType.MONEY, (Comparison(Operator.OVER, (Money(50, EUR),)),))


def _event(number: int, *, days: int = 1, amount: int = 100) -> Event:
    properties = {"amount": amount, "coupon": CANARY}
    return Event("purchase", number.to_bytes(16, "big"), AT - timedelta(days=days), properties)


ALL = {
    0: Person({"country": "DE", "city": CANARY, "religion": "a"}, (_event(0), _event(1, days=40))),
    1: Person({"country": "DE", "religion": "b"}, (_event(2, days=40),)),
    2: Person({"country": "FR"}, (_event(3), _event(4))),
    3: Person({}, (_event(5, days=0), _event(6, days=-1))),
    9: Person({"country": "DE"}, (_event(7),)),
}


class Recorded(MemoryColumns):
    """The column store's twin, noting which tables were opened."""

    def __init__(self, tables: dict[str, pa.Table]) -> None:
        super().__init__(tables)
        self.opened: list[str] = []

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        self.opened.append(table)
        return super().dataset(table, snapshot=snapshot)


def _store() -> Recorded:
    return Recorded(columns_from(ALL, CATALOGUE)._tables)


def _query(condition: Condition) -> Query:
    return compile_condition(condition, catalogue=CATALOGUE, at=AT, zone=ZoneInfo("UTC"))


def _queries(conditions: dict[str, Condition]) -> Query:
    return compile_segments(conditions, catalogue=CATALOGUE, at=AT, zone=ZoneInfo("UTC"))


def _members(
    condition: Condition, *reads: str, eligible: tuple[int, ...] = (0, 1, 2, 3, 5)
) -> set[int]:
    plan = plan_of(reads, eligible, at=AT)
    with duck(_store(), now=AT).open(plan, plan.read_set) as scan:
        return set(scan.members(_query(condition))["members"])


def test_only_eligible_people_are_found() -> None:
    assert _members(IN_GERMANY, COUNTRY) == {0, 1}
    assert _members(IN_GERMANY, COUNTRY, eligible=(1, 9)) == {1, 9}
    assert _members(IN_GERMANY, COUNTRY, eligible=()) == set()


def test_somebody_without_any_row_is_found_by_a_negation() -> None:
    assert _members(Not(IN_GERMANY), COUNTRY) == {2, 3, 5}
    assert _members(Not(BOUGHT), PURCHASE) == {3, 5}


def test_events_at_and_after_the_edition_do_not_exist() -> None:
    assert 3 not in _members(BOUGHT, PURCHASE)
    plan = plan_of({PURCHASE}, ALL, at=AT)
    with duck(_store(), now=AT).open(plan, plan.read_set) as scan:
        scan.members(_query(BOUGHT))
        times = scan._tables.arrays('SELECT MAX("time") AS t FROM "purchase"', {})["t"]
    assert times[0] < to_micros(AT)


def test_a_plan_is_run_once() -> None:
    compute = duck(_store(), now=AT)
    plan = plan_of({COUNTRY}, ALL, at=AT)
    with compute.open(plan, plan.read_set):
        pass
    with pytest.raises(PlanUsedError), compute.open(plan, plan.read_set):
        raise AssertionError


def test_a_plan_that_has_expired_is_not_run_and_is_used_up() -> None:
    now = [AT + timedelta(hours=1)]
    store = _store()
    compute = DuckCompute(store, CATALOGUE, clock=lambda: now[0])
    plan = plan_of({COUNTRY}, ALL, at=AT)
    with pytest.raises(PlanExpiredError), compute.open(plan, plan.read_set):
        raise AssertionError
    now[0] = AT
    with pytest.raises(PlanUsedError), compute.open(plan, plan.read_set):
        raise AssertionError
    assert store.opened == []


def test_an_attribute_outside_the_plan_is_not_opened() -> None:
    store = _store()
    plan = plan_of({COUNTRY}, ALL, at=AT)
    with (
        pytest.raises(OutsidePlanError, match="religion"),
        duck(store, now=AT).open(plan, frozenset({COUNTRY, Attribute("religion")})),
    ):
        raise AssertionError
    assert store.opened == []


def test_a_query_beyond_what_was_opened_is_refused_and_no_query_of_the_batch_is_run() -> None:
    store = _store()
    plan = plan_of({COUNTRY, PURCHASE}, ALL, at=AT)
    both = _queries({"fine": IN_GERMANY, "not": BOUGHT})
    with duck(store, now=AT).open(plan, frozenset({COUNTRY})) as scan:
        with pytest.raises(QueryRefusedError):
            scan.members(both)
        with pytest.raises(QueryRefusedError):
            scan.members(Query("SELECT * FROM read_csv('/etc/passwd')", {}, frozenset()))
    assert store.opened == []


def test_a_table_that_was_not_imported_is_a_refusal_and_not_nobody() -> None:
    plan = plan_of({PURCHASE}, ALL, at=AT)
    with (
        duck(MemoryColumns({}), now=AT).open(plan, plan.read_set) as scan,
        pytest.raises(NotImportedError, match="purchase"),
    ):
        scan.members(_query(Not(BOUGHT)))


def test_a_column_that_was_not_imported_is_a_refusal_and_not_missing_values() -> None:
    plan = plan_of({COUNTRY}, ALL, at=AT)
    bare = MemoryColumns({"crm": pa.table({"ordinal": pa.array([0], pa.uint32())})})
    with (
        duck(bare, now=AT).open(plan, plan.read_set) as scan,
        pytest.raises(NotImportedError, match=r"crm\.country"),
    ):
        scan.members(_query(IN_GERMANY))


def _everything_in(scan: DuckScan) -> str:
    """Return all cells that the connection holds, as text."""
    connection = scan._tables._connection
    names = [r[0] for r in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    names += [  # what is registered is a view
        r[0]
        for r in connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
    ]
    as_text = "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM"
    rows = [connection.execute(f'{as_text} "{n}"').fetchall() for n in names]
    assert "eligible" in names
    return repr(rows)


@pytest.mark.parametrize("cells", [0, 10**9], ids=["streamed", "in memory"])
def test_no_forbidden_cell_and_no_ineligible_person_reaches_the_engine(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CELLS_IN_MEMORY", cells)
    plan = plan_of({COUNTRY, PURCHASE, "city"}, (0, 1, 2), at=AT)
    query = _queries({"a": IN_GERMANY, "b": BOUGHT})
    with duck(_store(), now=AT).open(plan, frozenset({COUNTRY, PURCHASE})) as scan:
        assert set(scan.members(query)["a"]) == {0, 1}
        held = _everything_in(scan)
    assert CANARY not in held
    assert "'a'" not in held  # a religion
    assert "'9'" not in held  # somebody who is not eligible
    assert "'2'" in held


def test_the_search_for_canaries_finds_one_that_is_permitted() -> None:
    known = AttributeTest(
        Attribute("city"), ColumnType.TEXT, (Comparison(Operator.EQUALS, (CANARY,)),)
    )
    plan = plan_of({"city"}, ALL, at=AT)
    with duck(_store(), now=AT).open(plan, plan.read_set) as scan:
        scan.members(_query(known))
        assert CANARY in _everything_in(scan)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "COPY (SELECT 1) TO '{file}.out'",
        "ATTACH '{file}.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET temp_directory = '/tmp'",
        "SET threads = 1",
        "SELECT * FROM secret_rows",
    ],
)
def test_the_connection_reaches_no_file_no_extension_no_setting_and_no_variable(
    statement: str, tmp_path: Path
) -> None:
    secret_rows = pa.table({"x": [1]})  # what a replacement scan would find
    file = tmp_path / "people.csv"
    file.write_text("a\n1\n")
    plan = plan_of({COUNTRY}, ALL, at=AT)
    with (
        duck(_store(), now=AT).open(plan, plan.read_set) as scan,
        pytest.raises(duckdb.Error),
    ):
        scan._tables._connection.execute(statement.format(file=file)).fetchall()
    assert secret_rows.num_rows == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["people.csv"]


def test_what_the_engine_says_of_a_failure_does_not_get_out() -> None:
    plan = plan_of({COUNTRY}, ALL, at=AT)
    with duck(_store(), now=AT).open(plan, plan.read_set) as scan:
        scan.members(_query(IN_GERMANY))
        with pytest.raises(ScanFailedError) as failure:
            scan._tables.arrays("SELECT CAST($x AS INTEGER)", {"x": CANARY})
    assert CANARY not in str(failure.value)
    assert failure.value.__suppress_context__


def test_a_scan_ends_with_its_block() -> None:
    plan = plan_of({COUNTRY}, ALL, at=AT)
    with duck(_store(), now=AT).open(plan, plan.read_set) as scan:
        scan.members(_query(IN_GERMANY))
    with pytest.raises(ScanFailedError):
        scan.members(_query(IN_GERMANY))
    gc.collect()


def test_a_failure_in_the_block_closes_the_scan_too() -> None:
    plan = plan_of({COUNTRY}, ALL, at=AT)
    with pytest.raises(KeyError), duck(_store(), now=AT).open(plan, plan.read_set) as scan:
        raise KeyError
    with pytest.raises(ScanFailedError):
        scan.members(_query(IN_GERMANY))


def test_a_table_is_read_once_for_all_segments_of_a_query_and_again_only_for_more() -> None:
    store = _store()
    near, far = (EventTest("purchase", window=Ago(n, AgoUnit.DAYS)) for n in (2, 50))
    dear = EventTest("purchase", where=DEAR)
    plan = plan_of({PURCHASE, AMOUNT}, ALL, at=AT)
    with duck(store, now=AT).open(plan, plan.read_set) as scan:
        both = scan.members(_queries({"near": near, "not": Not(near), "dear": dear}))
        assert set(both["near"]) == {0, 2, 9}
        assert set(both["not"]) == {1, 3}
        assert set(both["dear"]) == {0, 1, 2, 9}
        assert store.opened == ["purchase"]
        for _ in range(3):  # held from its second use
            assert set(scan.members(_query(near))["members"]) == {0, 2, 9}
            assert store.opened == ["purchase"] * 2
        assert set(scan.members(_query(far))["members"]) == {0, 1, 2, 9}
        assert store.opened == ["purchase"] * 2


def test_a_table_that_one_query_reads_twice_is_read_into_memory_once() -> None:
    store = _store()
    asked = EventTest("purchase", where=SameAs(AMOUNT, AMOUNT, ColumnType.MONEY))
    query = _query(All((asked, Sequence((Step("purchase"), Step("purchase"))))))
    assert query.sql.count('"purchase" AS') > 2
    plan = plan_of({PURCHASE, AMOUNT}, ALL, at=AT)
    with duck(store, now=AT).open(plan, plan.read_set) as scan:
        assert set(scan.members(query)["members"]) == {0}
        assert isinstance(
            scan._tables.ensure("purchase", tables.Need(frozenset(), FrozenBitMap())), tables.Held
        )
    assert store.opened == ["purchase"]


def test_a_table_used_once_is_streamed_and_kept_in_memory_from_its_second_use() -> None:
    store = _store()
    plan = plan_of({PURCHASE}, ALL, at=AT)
    with duck(store, now=AT).open(plan, plan.read_set) as scan:
        for opened in (1, 2, 2, 2):
            assert set(scan.members(_query(BOUGHT))["members"]) == {0, 1, 2, 9}
            assert len(store.opened) == opened
