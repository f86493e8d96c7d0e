# SPDX-License-Identifier: Apache-2.0
"""Parquet files and pandas DataFrames in: columns that already have a type.

In a DataFrame NaN and NaT are missing, as pandas means them. In a Parquet file missing is null,
and a NaN is refused like any number that is not finite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from privseg.sources.faults import Fault, FileError
from privseg.sources.reader import UNREADABLE, require_names
from privseg.sources.scan import Positions

ROWS = 131_072
MAX_ROWS = 2**31 - 1  # a small file can claim to hold more than any disk


class ParquetReader:
    """One Parquet file, not nested but for lists of texts."""

    def __init__(self, handle: BinaryIO, file: str) -> None:
        """Read the footer.

        Raises:
            FileError: it is no Parquet file, encrypted, empty, or claims too many rows.
        """
        self.file = file
        self._parquet = _parquet(handle, file)
        self.columns = tuple(self._parquet.schema_arrow.names)
        require_names(file, self.columns)
        rows = self._parquet.metadata.num_rows
        if not 0 < rows <= MAX_ROWS:
            why = "it has no rows" if rows <= 0 else f"it claims more than {MAX_ROWS:,} rows"
            raise FileError(file=file, why=why, hint="export it again, in parts if need be")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in their types.

        Raises:
            FileError: a page is damaged.
        """
        with suppress(pa.ArrowException, OSError):
            yield from self._parquet.iter_batches(batch_size=ROWS)
            return
        raise FileError(file=self.file, why="a page of it is damaged", hint="export it again")

    @property
    def broken(self) -> Mapping[Fault, Positions]:
        """Return nothing: a Parquet row is whole."""
        return {}

    def lines(self, records: Positions) -> Positions:
        """Return row numbers, from 1."""
        return records + 1

    @property
    def layout(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self.columns

    def cells(self, records: Positions) -> list[list[str]]:
        """Return rows as text."""
        return picked(self.batches(), records)


class FrameReader:
    """One pandas DataFrame; its index is not read."""

    def __init__(self, frame: pd.DataFrame, file: str = "DataFrame") -> None:
        """Look at the columns' names.

        Raises:
            FileError: a name is no text or stands twice, or there are no rows.
        """
        self.file = file
        self._frame = frame
        if not all(isinstance(name, str) for name in frame.columns):
            why, hint = "a column's name is not text", "rename the columns of the DataFrame"
            raise FileError(file=file, why=why, hint=hint)
        self.columns = tuple(map(str, frame.columns))
        require_names(file, self.columns)
        if frame.empty:
            raise FileError(file=file, why="it has no rows", hint="hand over one with rows")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows; NaN and NaT become null."""
        for start in range(0, len(self._frame), ROWS):
            part = self._frame.iloc[start : start + ROWS]
            yield pa.RecordBatch.from_pydict({c: _array(part[c]) for c in self.columns})

    @property
    def broken(self) -> Mapping[Fault, Positions]:
        """Return nothing: a row of a DataFrame is whole."""
        return {}

    def lines(self, records: Positions) -> Positions:
        """Return row numbers, from 1."""
        return records + 1

    @property
    def layout(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self.columns

    def cells(self, records: Positions) -> list[list[str]]:
        """Return rows as text."""
        return picked(self.batches(), records)


def picked(batches: Iterator[pa.RecordBatch], records: Positions) -> list[list[str]]:
    """Return some rows of all batches as text, in the order asked for; missing is empty."""
    found: dict[int, list[str]] = {}
    start = 0
    for batch in batches:
        rows = records[(records >= start) & (records < start + len(batch))]
        columns = [c.take(pa.array(rows - start)).to_pylist() for c in batch.columns]
        texts = zip(*([("" if v is None else str(v)) for v in c] for c in columns), strict=True)
        found.update(zip(rows.tolist(), map(list, texts), strict=True))
        start += len(batch)
    return [found[int(r)] for r in records]


def _parquet(handle: BinaryIO, file: str) -> pq.ParquetFile:
    """Open a Parquet file.

    Raises:
        FileError: it is none that can be read.
    """
    handle.seek(0)
    if handle.read(4) == b"PARE":
        why = "it is encrypted"
        raise FileError(file=file, why=why, hint="decrypt it first; privseg encrypts what it keeps")
    try:
        handle.seek(0)
        return pq.ParquetFile(handle)
    except (pa.ArrowException, OSError):
        why = "it is not a Parquet file, or its footer is damaged"
    raise FileError(file=file, why=why, hint="export it again")


def _array(series: pd.Series[Any]) -> pa.Array:
    """Return a series as Arrow; mixed objects value by value, as exact text."""
    try:
        found = pa.Array.from_pandas(series)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        found = None
    mixed_zones = series.dtype == object and found is not None and pa.types.is_temporal(found.type)
    if found is None or mixed_zones:
        found = pa.array([_text(v) for v in series.tolist()], pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _text(value: Any) -> str | None:  # noqa: PLR0911 - one return per type
    """Return an object's exact text; floats by ``repr``, the shortest that reads back the same.

    Anything unknown becomes a text that no type accepts, so that its row is refused.
    """
    match value:
        case None:
            return None
        case bool() | np.bool_():
            return "true" if value else "false"
        case str():
            return value if _encodes(value) else UNREADABLE
        case float() | np.floating() if math.isnan(value):
            return None
        case int() | Decimal() | np.integer():
            return str(value)
        case float() | np.floating():
            return repr(float(value))
        case datetime() | date():
            return None if value is pd.NaT else value.isoformat()
        case list() | tuple() | set() | frozenset() if all(isinstance(v, str) for v in value):
            return json.dumps(sorted(value), ensure_ascii=False)
    return None if value is pd.NA else UNREADABLE


def _encodes(text: str) -> bool:
    """Return whether a text is Unicode (half of a surrogate pair is not)."""
    return not any("\ud800" <= c <= "\udfff" for c in text)
