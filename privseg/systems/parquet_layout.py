# SPDX-License-Identifier: Apache-2.0
"""How a Parquet file was written, as far as a file tells it, so that the new one is like it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

PLAIN = frozenset({"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"})
CODECS = {"UNCOMPRESSED": "NONE"}


def layout(file: pq.ParquetFile) -> dict[str, Any]:
    """Return what the writer is told: per column, where the format has it per column."""
    columns = list(_columns(file))
    by_dictionary = sorted({c.path_in_schema for c in columns if c.has_dictionary_page})
    told: dict[str, Any] = {
        "version": file.metadata.format_version,
        "compression": {c.path_in_schema: CODECS.get(c.compression, c.compression) for c in columns}
        or "NONE",
        "use_dictionary": by_dictionary or False,
        "write_statistics": sorted({c.path_in_schema for c in columns if c.is_stats_set}) or False,
        "store_schema": b"ARROW:schema" in (file.metadata.metadata or {}),
        "write_page_index": any(c.has_column_index for c in columns),
        "use_deprecated_int96_timestamps": any(c.physical_type == "INT96" for c in columns),
        "store_decimal_as_integer": _has_short_decimals(file),
        "sorting_columns": _sorted_by(file),
    }
    encodings = {c.path_in_schema: e for c in columns for e in set(c.encodings) - PLAIN}
    if encodings and not by_dictionary:  # the writer takes them with no dictionary alone
        told["column_encoding"] = encodings
    return told


def lost(file: pq.ParquetFile) -> str:
    """Return what of a file could not be written anew, in words; nothing where all can."""
    if any(c.bloom_filter_offset is not None for c in _columns(file)):
        return "it has Bloom filters, which would be lost"
    if any(_has_inner_dictionary(field.type) for field in file.schema_arrow):
        return "it has lists of categories, whose dictionaries cannot be cleaned"
    return ""


def _columns(file: pq.ParquetFile) -> Iterator[Any]:
    """Yield what the footer says of each column in each row group."""
    for group in range(file.num_row_groups):
        row_group = file.metadata.row_group(group)
        for column in range(row_group.num_columns):
            yield row_group.column(column)


def _sorted_by(file: pq.ParquetFile) -> Any:
    """Return by what row groups say they are sorted; nothing where they differ."""
    said = {tuple(file.metadata.row_group(g).sorting_columns) for g in range(file.num_row_groups)}
    return list(said.pop()) or None if len(said) == 1 else None


def _has_short_decimals(file: pq.ParquetFile) -> bool:
    """Return whether decimals are stored as integers, as Spark does."""
    schema = file.schema
    found = (schema.column(i) for i in range(len(schema)))
    return any(
        c.logical_type.type == "DECIMAL" and c.physical_type in {"INT32", "INT64"} for c in found
    )


def _has_inner_dictionary(kind: pa.DataType) -> bool:
    """Return whether a type has a dictionary somewhere inside of it."""
    inner = [kind.field(i).type for i in range(kind.num_fields)]
    return any(pa.types.is_dictionary(t) or _has_inner_dictionary(t) for t in inner)
