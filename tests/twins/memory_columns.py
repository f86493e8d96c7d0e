# SPDX-License-Identifier: Apache-2.0
"""The column store's twin: tables in memory, in its layout, made of people as Python values."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.dataset as pads

from privseg.policy.catalogue import Catalogue, Column, ColumnRole, ColumnType, Source
from privseg.segment import Person, fold_text, folded_name

ARROW: Mapping[ColumnType, pa.DataType] = {
    ColumnType.TEXT: pa.string(),
    ColumnType.CATEGORY: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DECIMAL: pa.int64(),
    ColumnType.MONEY: pa.int64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIME: pa.timestamp("us", "UTC"),
    ColumnType.SET: pa.list_(pa.string()),
}


class MemoryColumns:
    """Port ``Columns`` over Arrow tables; every snapshot is the same."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = dict(tables)

    def tables(self) -> frozenset[str]:
        return frozenset(self._tables)

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        assert snapshot >= 0
        return pads.dataset(self._tables[table])


def columns_from(people: Mapping[int, Person], catalogue: Catalogue) -> MemoryColumns:
    """Return the column store that holds ``people`` (by ordinal).

    A person none of whose attributes of a source is known has no row there.
    """
    return MemoryColumns(
        {s.table: _events(s, people) if s.event else _people(s, people) for s in _all(catalogue)}
    )


def _all(catalogue: Catalogue) -> list[Source]:
    return list(catalogue.sources.values())


def _people(source: Source, people: Mapping[int, Person]) -> pa.Table:
    names = [c.attribute for c in _stored(source)]
    rows = {o: p for o, p in people.items() if any(p.attributes.get(n) is not None for n in names)}
    arrays = {"ordinal": pa.array(list(rows), pa.uint32())}
    for column in _stored(source):
        arrays |= _cells(column, [p.attributes.get(column.attribute) for p in rows.values()])
    return pa.table(arrays)


def _events(source: Source, people: Mapping[int, Person]) -> pa.Table:
    rows = [(o, e) for o, p in people.items() for e in p.events if e.name == source.event]
    arrays = {
        "ordinal": pa.array([o for o, _ in rows], pa.uint32()),
        "event_id": pa.array([e.event_id for _, e in rows], pa.binary(16)),
        "time": pa.array([e.time for _, e in rows], pa.timestamp("us", "UTC")),
    }
    for column in _stored(source):
        arrays |= _cells(column, [e.properties.get(column.attribute) for _, e in rows])
    return pa.table(arrays)


def _stored(source: Source) -> list[Column]:
    return [c for c in source.columns if c.role is not ColumnRole.DIRECT_IDENTIFIER]


def _cells(column: Column, values: list[object]) -> dict[str, pa.Array]:
    if column.type is ColumnType.SET:
        values = [None if v is None else sorted(v) for v in values]  # type: ignore[call-overload]
    arrays = {column.attribute: pa.array(values, ARROW[column.type])}
    if column.type is ColumnType.TEXT:
        folded = [None if v is None else fold_text(str(v)) for v in values]
        arrays[folded_name(column.attribute)] = pa.array(folded, pa.string())
    return arrays
