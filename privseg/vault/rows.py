# SPDX-License-Identifier: Apache-2.0
"""Rows on their way into the column store: checked, in the stored types, one per key."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import FrozenBitMap

from privseg.vault.pages import BUCKET
from privseg.vault.refusals import (
    ColumnSchemaError,
)

ORDINAL = "ordinal"
EVENT_ID = "event_id"
TIME = "time"
IMPORTED = "_imported"  # when a row about a person came in; no attribute can be called so
EVENT_ID_BYTES = 16
ACCOUNT = "account"  # of an accounts table: the keyed hash of its name; links hold the same
ACCOUNT_BYTES = 16

_MOMENT = pa.timestamp("us", tz="UTC")
_STORED = {
    *(pa.string(), pa.int64(), pa.bool_(), pa.date32(), _MOMENT, pa.list_(pa.string())),
    pa.binary(ACCOUNT_BYTES),
}
_TEXTS = {pa.large_string(), pa.string_view()}


class TableKind(StrEnum):
    """What one row of a table is, and by which column a later row replaces an earlier one."""

    PEOPLE = "people"
    EVENTS = "events"
    ACCOUNTS = "accounts"  # of companies: no row is about a person

    @property
    def key(self) -> str:
        """Return the column that no two rows of a snapshot share."""
        keys = {TableKind.PEOPLE: ORDINAL, TableKind.EVENTS: EVENT_ID, TableKind.ACCOUNTS: ACCOUNT}
        return keys[self]

    @property
    def structure(self) -> dict[str, pa.DataType]:
        """Return the columns that every such table has."""
        match self:
            case TableKind.PEOPLE:
                return {ORDINAL: pa.uint32()}
            case TableKind.EVENTS:
                return {ORDINAL: pa.uint32(), EVENT_ID: pa.binary(EVENT_ID_BYTES), TIME: _MOMENT}
            case TableKind.ACCOUNTS:
                return {ACCOUNT: pa.binary(ACCOUNT_BYTES)}


def checked(table: str, kind: TableKind, rows: pa.Table) -> pa.Table:
    """Return ``rows`` with exactly the stored types and without foreign metadata.

    Raises:
        ColumnSchemaError: a column is missing, twice there, of another type, or null where it
            says whom or what a row is about.
    """
    for name in rows.schema.names:
        if rows.schema.names.count(name) > 1:
            raise ColumnSchemaError(table, name, "it is there twice")
    for name, stored in kind.structure.items():
        _check_structure(table, rows, name, stored)
    fields = [_field(table, field, kind) for field in rows.schema]
    return rows.cast(pa.schema(fields))


def merged(table: str, old: pa.Schema, new: pa.Schema) -> pa.Schema:
    """Return the schema that holds both: columns may come, none may change its type.

    Raises:
        ColumnSchemaError: one did.
    """
    for field in new:
        if field.name in old.names and old.field(field.name).type != field.type:
            known = old.field(field.name).type
            raise ColumnSchemaError(table, field.name, f"it is {field.type} and was {known}")
    return pa.schema([*old, *(field for field in new if field.name not in old.names)])


def widened(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return ``rows`` with every column of ``schema``, in its order; what they lack is null."""
    columns = [
        rows.column(field.name)
        if field.name in rows.schema.names
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def stamped(rows: pa.Table, at: datetime) -> pa.Table:
    """Return ``rows`` that say when they came in: their retention runs from then."""
    return rows.append_column(IMPORTED, pa.repeat(pa.scalar(at, _MOMENT), len(rows)))


def without_stamp(rows: pa.Table) -> pa.Table:
    """Return ``rows`` as they were given, without when they came in."""
    return rows.drop_columns([n for n in rows.schema.names if n == IMPORTED])


def last_of_each(rows: pa.Table, key: str) -> pa.Table:
    """Return one row per key: the last one given."""
    numbers = pa.chunked_array([pa.array(np.arange(len(rows)))])
    numbered = pa.Table.from_arrays([rows.column(key), numbers], names=["key", "row"])
    last = numbered.group_by("key").aggregate([("row", "max")]).column("row_max")
    return rows if len(last) == len(rows) else rows.take(np.sort(last.to_numpy()))


def people_in(rows: pa.Table) -> FrozenBitMap:
    """Return whom the rows are about: nobody, if they are about accounts."""
    if ORDINAL not in rows.schema.names:
        return FrozenBitMap()
    return FrozenBitMap(pc.unique(rows.column(ORDINAL)).to_numpy())


def by_bucket(rows: pa.Table) -> dict[int, pa.Table]:
    """Return the rows of each bucket, ordered by person (events by time within).

    Accounts are nobody's: they are all in the first one.
    """
    if not len(rows):
        return {}
    if ORDINAL not in rows.schema.names:
        return {0: ordered(rows)}
    buckets = rows.column(ORDINAL).to_numpy() // BUCKET
    order = np.argsort(buckets.astype(np.uint16), kind="stable")
    found, starts = np.unique(buckets[order], return_index=True)
    pieces = np.split(order, starts[1:])
    return {int(b): ordered(rows.take(i)) for b, i in zip(found, pieces, strict=True)}


def ordered(rows: pa.Table) -> pa.Table:
    """Return rows by person, events of one person by time: neighbours compress well."""
    if ORDINAL not in rows.schema.names:
        return rows.sort_by([(ACCOUNT, "ascending")])
    keys = [ORDINAL, TIME] if EVENT_ID in rows.schema.names else [ORDINAL]
    return rows.sort_by([(key, "ascending") for key in keys])


def about(rows: pa.Table, ordinal: int) -> pa.Table:
    """Return the rows that are about a person."""
    return rows.filter(pc.equal(rows.column(ORDINAL), pa.scalar(ordinal, pa.uint32())))


def not_about(rows: pa.Table, ordinal: int) -> pa.Table:
    """Return the rows that are about others."""
    return rows.filter(pc.not_equal(rows.column(ORDINAL), pa.scalar(ordinal, pa.uint32())))


def distinct(values: pa.ChunkedArray[Any]) -> list[object]:
    """Return each value that stands in a column, once; of a set, its elements."""
    flat = pc.list_flatten(values) if pa.types.is_list(values.type) else values
    found: list[object] = pc.unique(flat).to_pylist()
    return found


def fields_held(rows: pa.Table) -> tuple[str, ...]:
    """Return the columns in which something stands."""
    names = (n for n in rows.schema.names if n != IMPORTED)
    return tuple(n for n in names if rows.column(n).null_count < len(rows))


def is_in(values: pa.ChunkedArray[Any], among: pa.Array[Any]) -> npt.NDArray[np.bool_]:
    """Return for each value whether it is ``among`` some others."""
    found: npt.NDArray[np.bool_] = pc.is_in(values, value_set=among).to_numpy()
    return found


def _check_structure(table: str, rows: pa.Table, name: str, stored: pa.DataType) -> None:
    """Check one structural column."""
    if name not in rows.schema.names:
        raise ColumnSchemaError(table, name, "it is missing")
    if rows.schema.field(name).type != stored:
        raise ColumnSchemaError(table, name, f"it is {rows.schema.field(name).type}, not {stored}")
    if rows.column(name).null_count:
        raise ColumnSchemaError(table, name, "it is null in some row")


def _field(table: str, field: pa.Field[Any], kind: TableKind) -> pa.Field[Any]:
    """Return a column's field as it is stored."""
    if field.name in kind.structure:
        return pa.field(field.name, field.type)
    stored = pa.string() if field.type in _TEXTS else field.type
    if pa.types.is_list(stored) and stored.value_type in _TEXTS | {pa.string()}:
        stored = pa.list_(pa.string())
    if stored not in _STORED:
        raise ColumnSchemaError(table, field.name, f"{field.type} is not a type that is stored")
    return pa.field(field.name, stored)
