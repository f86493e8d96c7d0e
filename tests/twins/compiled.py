# SPDX-License-Identifier: Apache-2.0
"""Compiled segments run on small tables in DuckDB itself: no plan, no gate, no masked reading.

What the SQL means is then seen alone; every answer is compared with the evaluator of record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from privseg.frames import Query
from privseg.policy.catalogue import SourceKind
from privseg.segment import Condition, Library, Person, fold_text, holds
from privseg.segment.compile import compile_segments
from tests.twins.memory_columns import columns_from
from tests.twins.segment_catalogue import CATALOGUE

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
People = Mapping[int, Person]


def compiled(at: datetime = AT, zone: ZoneInfo = BERLIN, **conditions: Condition) -> Query:
    """Return the query of some conditions."""
    return compile_segments(conditions, catalogue=CATALOGUE, at=at, zone=zone)


def found(
    people: People,
    *,
    at: datetime = AT,
    zone: ZoneInfo = BERLIN,
    eligible: Collection[int] | None = None,
    **conditions: Condition,
) -> dict[str, set[int]]:
    """Return whom each condition finds, asserted to be whom the evaluator of record holds."""
    asked = set(people) if eligible is None else set(eligible)
    made = run(compiled(at, zone, **conditions), people, asked)
    held = {
        name: {
            o
            for o in asked
            if holds(c, people.get(o, Person({})), at=at, zone=zone, segments=Library())
        }
        for name, c in conditions.items()
    }
    assert made == held
    return made


def run(query: Query, people: People, eligible: Collection[int]) -> dict[str, set[int]]:
    """Return whom a query finds among ``eligible``, by name."""
    with duckdb.connect(":memory:") as connection:
        ordinals = pa.table({"ordinal": pa.array(sorted(eligible), pa.uint32())})
        connection.register("eligible", ordinals)
        for name, table in _tables(query, people).items():
            connection.register(name, table)
        rows = connection.execute(query.sql, dict(query.parameters)).fetchall()
    assert len(rows) == len({r[0] for r in rows})  # nobody is found twice
    if len(query.finds) == 1:
        return {query.finds[0]: {r[0] for r in rows}}
    assert {r[0] for r in rows} == set(eligible)
    return {name: {r[0] for r in rows if r[n]} for n, name in enumerate(query.finds, start=1)}


def _tables(query: Query, people: People) -> dict[str, pa.Table]:
    """Return the tables that a query reads, with the columns that it says it reads and no more."""
    stored = columns_from(people, CATALOGUE)
    accounts = {s.name for s in CATALOGUE.sources.values() if s.kind is SourceKind.ACCOUNTS}
    tables: dict[str, pa.Table] = {}
    for name in {t for t, _ in query.reads} - {"eligible"}:
        columns = sorted(c for t, c in query.reads if t == name)
        if name in accounts | {"scores", "samples"}:
            tables[name] = _row_a_person(columns, people)
        else:
            tables[name] = _in_micros(stored.dataset(name, snapshot=0).to_table(columns=columns))
    return tables


def _row_a_person(columns: list[str], people: People) -> pa.Table:
    """Return what is made for a run: values by person, texts folded where that is asked for."""
    cells = {o: {**p.attributes, **p.draws} for o, p in people.items()}
    arrays = {"ordinal": pa.array(list(cells), pa.uint32())}
    for column in set(columns) - {"ordinal"}:
        name = column.removesuffix("__folded")
        values = [row.get(name) for row in cells.values()]
        folded = [v if name == column or v is None else fold_text(str(v)) for v in values]
        arrays[column] = pa.array(folded)
    return _in_micros(pa.table(arrays))


def _in_micros(table: pa.Table) -> pa.Table:
    """Return moments as engines get them."""
    for n, name in enumerate(table.column_names):
        if pa.types.is_timestamp(table.schema.field(name).type):
            micros = table.column(name).cast(pa.timestamp("us")).cast(pa.int64())
            table = table.set_column(n, name, micros)
    return table
