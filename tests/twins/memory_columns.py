# SPDX-License-Identifier: Apache-2.0
"""The column store's twin: tables in memory, in its layout, made of people as Python values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.dataset as pads

from privseg.policy.catalogue import (
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Source,
    SourceKind,
)
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
    ColumnType.ACCOUNT: pa.binary(16),
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

    def accounts(self, table: str, *, snapshot: int) -> pa.Table:
        assert snapshot >= 0
        return self._tables[table]


def columns_from(people: Mapping[int, Person], catalogue: Catalogue) -> MemoryColumns:
    """Return the column store that holds ``people`` (by ordinal).

    A person none of whose attributes of a source is known has no row there, and an account none of
    whose attributes are known has none either.
    """
    return MemoryColumns(
        {s.table: _table(s, people, catalogue) for s in catalogue.sources.values()}
    )


def _table(source: Source, people: Mapping[int, Person], catalogue: Catalogue) -> pa.Table:
    match source.kind:
        case SourceKind.EVENTS:
            return _events(source, people)
        case SourceKind.PEOPLE:
            return _people(source, people)
        case SourceKind.ACCOUNTS:
            return _accounts(source, people, catalogue)
        case SourceKind.LIST:
            there = [o for o, p in people.items() if p.attributes.get(source.name) is True]
            return pa.table({"ordinal": pa.array(there, pa.uint32())})


def _accounts(source: Source, people: Mapping[int, Person], catalogue: Catalogue) -> pa.Table:
    link = catalogue.link_to(source.name)
    assert link is not None
    columns = [c for c in _stored(source) if c.type is not ColumnType.ACCOUNT]
    known = {
        str(p.attributes[link]): p
        for p in people.values()
        if p.attributes.get(link) is not None
        and any(p.attributes.get(c.attribute) is not None for c in columns)
    }
    names = [p.attributes[link] for p in known.values()]
    arrays: dict[str, pa.Array] = {"account": pa.array(names, pa.binary(16))}
    for column in columns:
        arrays |= _cells(column, [p.attributes.get(column.attribute) for p in known.values()])
    return pa.table(arrays)


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


def _cells(column: Column, given: Sequence[object]) -> dict[str, pa.Array]:
    values = [None if isinstance(v, float) else v for v in given]  # NaN is missing
    if column.type is ColumnType.SET:
        values = [None if v is None else sorted(v) for v in values]  # type: ignore[call-overload]
    arrays = {column.attribute: pa.array(values, ARROW[column.type])}
    if column.type is ColumnType.TEXT:
        folded = [None if v is None else fold_text(str(v)) for v in values]
        arrays[folded_name(column.attribute)] = pa.array(folded, pa.string())
    return arrays
