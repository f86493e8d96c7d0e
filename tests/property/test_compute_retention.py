# SPDX-License-Identifier: Apache-2.0
"""An expired value is unreadable: what compute hands out is what a naive filter leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.compute.ages import ages_of
from privseg.compute.reader import PermittedTable, mask_of
from privseg.gate.columns import IMPORTED
from privseg.policy.catalogue import Catalogue
from privseg.terms import to_micros
from tests.twins.memory_columns import MemoryColumns
from tests.twins.shop_catalogue import PEOPLE, PURCHASES

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
DAYS = st.none() | st.sampled_from([1, 2, 5])
MOMENTS = st.sampled_from(
    [AT - n * DAY + tick for n in (1, 2, 3, 5, 9) for tick in (-TICK, 0 * TICK, TICK)]
)
EVERYBODY = mask_of(FrozenBitMap(range(10)))
Row = dict[str, object]


def shortest(*days: int | None) -> int | None:
    return min((d for d in days if d is not None), default=None)


def over(moment: object, days: int | None) -> bool:
    """Return whether something of ``moment`` (or of no known one) has expired at AT."""
    if days is None:
        return False
    return not isinstance(moment, datetime) or moment + timedelta(days=days) <= AT


def naive(rows: list[Row], clock: str, whole: int | None, own: dict[str, int | None]) -> list[Row]:
    """Return what is left to read of the rows, cell by cell."""
    return [
        {n: None if over(row[clock], own.get(n)) else v for n, v in row.items() if n != IMPORTED}
        for row in rows
        if not over(row[clock], whole)
    ]


def catalogue(source: int | None, column: int | None, text: int | None) -> Catalogue:
    days = {"amount": column, "coupon": text, "country": column, "city": text}
    kept = [
        replace(
            s,
            retention_days=source,
            columns=tuple(replace(c, retention_days=days.get(c.attribute)) for c in s.columns),
        )
        for s in (PEOPLE, PURCHASES)
    ]
    return Catalogue({s.name: s for s in kept})


def readable(table: pa.Table, name: str, known: Catalogue, purpose: int | None) -> list[Row]:
    dataset = MemoryColumns({name: table}).dataset(name, snapshot=0)
    columns = tuple(n for n in table.schema.names if n not in {"ordinal", "time", IMPORTED})
    span = (None, AT) if name == "purchase" else None
    ages = ages_of(known, at=AT, purpose_days=purpose).get(name)
    permitted = PermittedTable(name, dataset, columns, EVERYBODY, span, ages)
    found = pa.Table.from_batches(permitted.batches(), permitted.schema)
    return found.to_pylist()


@given(
    st.lists(st.tuples(MOMENTS, st.none() | st.integers(0, 9))), DAYS, DAYS, DAYS, DAYS
)  # fmt: skip
def test_an_event_is_read_until_its_shortest_retention_is_over(
    events: list[tuple[datetime, int | None]],
    source: int | None,
    column: int | None,
    text: int | None,
    purpose: int | None,
) -> None:
    rows: list[Row] = [
        {"ordinal": n % 10, "time": t, "amount": a, "coupon": "C", "coupon__folded": "c"}
        for n, (t, a) in enumerate(events)
    ]
    schema = pa.schema(
        {"ordinal": pa.uint32(), "time": pa.timestamp("us", "UTC"), "amount": pa.int64(),
         "coupon": pa.string(), "coupon__folded": pa.string()}
    )  # fmt: skip
    whole = shortest(source, purpose)
    own = {"amount": column, "coupon": text, "coupon__folded": text}
    expected = naive(rows, "time", whole, own)
    known = catalogue(source, column, text)
    found = readable(pa.Table.from_pylist(rows, schema), "purchase", known, purpose)
    assert found == [{n: told(row[n]) for n in sorted(row, key=order)} for row in expected]


@given(
    st.lists(st.none() | MOMENTS, max_size=10), DAYS, DAYS, DAYS, DAYS, st.booleans()
)  # fmt: skip
def test_a_persons_value_is_read_until_it_was_not_imported_again_in_time(
    imports: list[datetime | None],
    source: int | None,
    column: int | None,
    text: int | None,
    purpose: int | None,
    stamped: bool,  # noqa: FBT001 - drawn
) -> None:
    rows: list[Row] = [
        {"ordinal": n, "country": "DE", "city": "B", "city__folded": "b", "interests": ["tea"],
         IMPORTED: t if stamped else None}
        for n, t in enumerate(imports)
    ]  # fmt: skip
    schema = pa.schema(
        {"ordinal": pa.uint32(), "country": pa.string(), "city": pa.string(),
         "city__folded": pa.string(), "interests": pa.list_(pa.string()),
         IMPORTED: pa.timestamp("us", "UTC")}
    )  # fmt: skip
    table = pa.Table.from_pylist(rows, schema)
    given_table = table if stamped else table.drop_columns([IMPORTED])
    own = {"country": column, "city": text, "city__folded": text}
    expected = naive(rows, IMPORTED, shortest(source, purpose), own)
    known = catalogue(source, column, text)
    found = readable(given_table, "crm", known, purpose)
    assert found == [{n: row[n] for n in sorted(row, key=order)} for row in expected]


def told(cell: object) -> object:
    """Return a cell as an engine gets it: a moment in microseconds since 1970."""
    return to_micros(cell) if isinstance(cell, datetime) else cell


def order(name: str) -> tuple[bool, str]:
    """Return the order of a batch's columns: the ordinal, then by name."""
    return name != "ordinal", name
