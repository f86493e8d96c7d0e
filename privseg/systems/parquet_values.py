# SPDX-License-Identifier: Apache-2.0
"""A person's rows in Arrow tables: found, taken out, and out of the dictionaries of categories.

A column of categories is written with its whole dictionary: a value that no row has any more would
stay in the file. So what only the person had is taken out of the dictionary as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from privseg.dsr.system_rules import TableRules
from privseg.dsr.systems import OnErasure
from privseg.systems.person import DOUBLE, HALF, SINGLE, Match

Dropped = dict[str, frozenset[Any]]
"""By column of categories, the values that leave its dictionary."""
_COMPARABLE = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_binary,
    pa.types.is_large_binary, pa.types.is_binary_view,
    pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null,
)  # fmt: skip


def theirs(column: pa.ChunkedArray, match: Match) -> pa.BooleanArray:
    """Return which values are a person's identifier; each value is judged once."""
    plain = pa.chunked_array([_decoded(c) for c in column.chunks], type=_value_type(column.type))
    bits = _bits(plain.type)
    found = [value for value in plain.unique().to_pylist() if match(value, bits)]
    mask = pc.is_in(plain, value_set=pa.array(found, plain.type))
    whole = mask.combine_chunks()
    return whole if isinstance(whole, pa.BooleanArray) else pa.concat_arrays(whole.chunks)


def is_comparable(kind: pa.DataType) -> bool:
    """Return whether identifiers are found among values of a type."""
    plain = _value_type(kind)
    return isinstance(plain, pa.UuidType) or any(is_kind(plain) for is_kind in _COMPARABLE)


def dropped(file: pq.ParquetFile, table: TableRules, match: Match) -> Dropped:
    """Return what leaves the dictionaries: what the person's rows have and no other row has."""
    names = [f.name for f in file.schema_arrow if pa.types.is_dictionary(f.type)]
    if not names:
        return {}
    gone: dict[str, set[Any]] = {name: set() for name in names}
    stays: dict[str, set[Any]] = {name: set() for name in names}
    for group in range(file.num_row_groups):
        rows = file.read_row_group(group, columns=sorted({*names, table.person}))
        mask = theirs(rows.column(table.person), match)
        for name in names:
            is_blank = table.on_erasure is OnErasure.BLANK
            emptied = not is_blank or name == table.person or name in table.columns
            column = rows.column(name)
            for chunk in column.chunks if name == table.person else []:
                bits = _bits(chunk.dictionary.type)
                gone[name] |= {v for v in chunk.dictionary.to_pylist() if match(v, bits)}
            gone[name] |= _values(column.filter(mask)) if emptied else set()
            stays[name] |= _values(column.filter(pc.invert(mask)) if emptied else column)
    return {n: frozenset(gone[n] - stays[n]) for n in names if gone[n] - stays[n]}


def blanked(rows: pa.Table, mask: pa.Array, names: Sequence[str]) -> pa.Table:
    """Return rows with the columns ``names`` empty where ``mask`` says."""
    for name in names:
        at = rows.schema.get_field_index(name)
        field = rows.schema.field(at)
        column = pa.chunked_array(
            [_emptied(c) for c in _split(rows.column(name), mask)], type=field.type
        )
        rows = rows.set_column(at, field, column)
    return rows


def pruned(rows: pa.Table, drop: Dropped) -> pa.Table:
    """Return rows with values taken out of the dictionaries; no row has them any more."""
    for name, values in drop.items():
        at = rows.schema.get_field_index(name)
        field = rows.schema.field(at)
        chunks = [_without(chunk, values) for chunk in rows.column(name).chunks]
        rows = rows.set_column(at, field, pa.chunked_array(chunks, type=field.type))
    return rows


def same(one: pa.Table, other: pa.Table) -> bool:
    """Return whether two tables say the same: every value, NaN included, every type and name."""
    return bool(one.schema.equals(other.schema)) and all(
        _plain(a).equals(_plain(b)) for a, b in zip(one.columns, other.columns, strict=True)
    )


def _split(column: pa.ChunkedArray, mask: pa.Array) -> list[tuple[pa.Array, pa.Array]]:
    """Return the chunks of a column with their part of a mask."""
    parts, start = [], 0
    for chunk in column.chunks:
        parts.append((chunk, mask.slice(start, len(chunk))))
        start += len(chunk)
    return parts


def _emptied(part: tuple[pa.Array, pa.Array]) -> pa.Array:
    """Return a chunk with nulls where the mask says; every type has a null."""
    chunk, mask = part
    places = pc.if_else(mask, pa.scalar(None, pa.int64()), pa.array(range(len(chunk)), pa.int64()))
    return chunk.take(places)


def _without(chunk: pa.DictionaryArray, values: frozenset[Any]) -> pa.DictionaryArray:
    """Return a chunk whose dictionary has lost ``values``."""
    entries = chunk.dictionary.to_pylist()
    stays = [i for i, value in enumerate(entries) if value not in values]
    places = {old: new for new, old in enumerate(stays)}
    indices = [None if i is None else places[i] for i in chunk.indices.to_pylist()]
    return pa.DictionaryArray.from_arrays(
        pa.array(indices, chunk.type.index_type),
        chunk.dictionary.take(pa.array(stays, pa.int64())),
        ordered=chunk.type.ordered,
    )


def _values(column: pa.ChunkedArray) -> set[Any]:
    """Return the values that rows of a column of categories have."""
    return {value for chunk in column.chunks for value in _decoded(chunk).unique().to_pylist()}


def _decoded(chunk: pa.Array) -> pa.Array:
    return chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else chunk


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _bits(kind: pa.DataType) -> int:
    """Return how many bits a floating-point type holds."""
    if pa.types.is_float32(kind):
        return SINGLE
    return HALF if pa.types.is_float16(kind) else DOUBLE


def _plain(column: pa.ChunkedArray) -> Any:
    """Return a column in a form in which equal values are equal."""
    kind = _value_type(column.type)
    plain = pa.chunked_array([_decoded(c) for c in column.chunks], type=kind)
    if pa.types.is_float64(kind) or pa.types.is_float32(kind):
        bits = pa.int64() if pa.types.is_float64(kind) else pa.int32()
        return pa.chunked_array([c.view(bits) for c in plain.chunks], type=bits)
    if pa.types.is_nested(kind) or pa.types.is_floating(kind):
        return pa.array([repr(value) for value in plain.to_pylist()], pa.string())
    return plain
