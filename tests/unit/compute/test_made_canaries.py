# SPDX-License-Identifier: Apache-2.0
"""Nothing forbidden reaches the engine through a table that is made, nor an error's text."""

from __future__ import annotations

import pyarrow as pa
import pytest

from privseg.compute import (
    DuckCompute,
    NotImportedError,
    ScanFailedError,
)
from privseg.frames import Consented
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.scans import duck
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.segment_made import (
    AT,
    CANARY,
    EVERY_KIND,
    LARGE,
    NUMBER_CANARY,
    PEOPLE,
    WEB,
    plan_for,
    query_of,
)


def everything_in(compute: DuckCompute, plan: Consented) -> str:
    """Return all cells that the engine holds while its query is run, as text."""
    with compute.open(plan, plan.read_set) as scan:
        query, cells, names = query_of(EVERY_KIND), [], set[str]()
        for _ in scan._stand.portions(query):
            engine = scan._tables._connection
            for listed in (
                "table_name FROM duckdb_tables()",
                "view_name FROM duckdb_views() WHERE NOT internal",
            ):
                for (name,) in engine.execute(f"SELECT {listed}").fetchall():
                    names.add(name)
                    as_text = f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "{name}"'
                    cells += engine.execute(as_text).fetchall()
        assert names >= {"eligible", "scores", "samples", "companies", "newsletter", "purchase"}
    return repr(cells)


def test_no_forbidden_cell_reaches_the_engine_through_a_made_table() -> None:
    compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
    held = everything_in(compute, plan_for(*EVERY_KIND.values()))
    assert CANARY not in held  # a text of people, accounts and events, which nobody reads
    assert str(NUMBER_CANARY) not in held  # a number of the one who is not eligible
    assert "'9'" not in held
    assert "account-canary" not in held
    assert repr(WEB.decode()) not in held  # which account it is does not reach the engine
    assert "'65540'" in held


def test_the_search_for_canaries_finds_one_that_is_permitted() -> None:
    compute = duck(columns_from(PEOPLE, CATALOGUE), now=AT, catalogue=CATALOGUE)
    plan = plan_for(*EVERY_KIND.values(), eligible=frozenset(PEOPLE))
    held = everything_in(compute, plan)
    assert str(NUMBER_CANARY) in held
    assert "'9'" in held


class Broken(MemoryColumns):
    """A store whose accounts cannot be read, and which says so with a value."""

    def accounts(self, table: str, *, snapshot: int) -> pa.Table:
        raise pa.ArrowInvalid(f"{table} {snapshot} {CANARY}")


def test_a_failure_while_a_table_is_made_tells_no_value() -> None:
    made = columns_from(PEOPLE, CATALOGUE)._tables
    wrong = {**made, "companies": made["companies"].drop_columns(["account"])}
    for store, refusal in (
        (Broken(made), ScanFailedError),
        (MemoryColumns(wrong), NotImportedError),
    ):
        plan = plan_for(LARGE)
        with (
            duck(store, now=AT, catalogue=CATALOGUE).open(plan, plan.read_set) as scan,
            pytest.raises(refusal) as refused,
        ):
            scan.members(query_of({"it": LARGE}))
        assert CANARY not in str(refused.value)
