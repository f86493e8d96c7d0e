# SPDX-License-Identifier: Apache-2.0
"""A table as its readers may see it: chosen columns, chosen people, nothing from ``at`` on.

Columns are projected in the Parquet reader, people and what is too old are masked batch by batch
before an engine is handed anything: a forbidden cell never reaches DuckDB, not even to be thrown
away there. Every moment leaves as whole microseconds since 1970, without a copy.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.ages import MICROS, Ages
from privseg.compute.errors import NotImportedError
from privseg.gate.columns import ORDINAL, TIME
from privseg.terms import to_micros

Span = tuple[datetime | None, datetime]
"""[from, until) of an event's time; from None is from the beginning."""


class Streamed:
    """Rows that an engine may be handed: batch by batch, from the first at each call."""

    __slots__ = ()

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of its batches; the ordinal is the first."""
        raise NotImplementedError

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the permitted cells."""
        raise NotImplementedError

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the batches to an engine (the Arrow C stream interface), anew at each call."""
        reader: Any = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True)
class PermittedTable(Streamed):
    """What may be read of one table. Each pass over it reads the data set anew."""

    name: str
    dataset: pads.Dataset = field(repr=False)
    columns: tuple[str, ...]  # besides the ordinal, and of an event its time
    people: NDArray[np.bool_] = field(repr=False)
    span: Span | None = None  # events only
    ages: Ages | None = None  # what is too old to be read

    def __post_init__(self) -> None:
        """Refuse columns that have not been imported."""
        for column in self._given():
            if column not in self.dataset.schema.names:
                raise NotImportedError(self.name, column)

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of its batches."""
        return for_engines(self.dataset.scanner(columns=self._given()).projected_schema)

    def only(self, columns: frozenset[str]) -> PermittedTable:
        """Return the same rows, without columns other than these."""
        return replace(self, columns=tuple(c for c in self.columns if c in columns))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the permitted cells; the ordinal is the first column."""
        for batch in self.dataset.scanner(columns=self._read()).to_batches():
            kept = batch.filter(pa.array(self._permitted(batch)))
            read = kept if self.ages is None else self.ages.faded(kept).select(self._given())
            yield in_micros(read)

    def _permitted(self, batch: pa.RecordBatch) -> NDArray[np.bool_]:
        """Return which rows are about the people, in the span, and not too old."""
        # The mask ends with a False that every ordinal beyond it falls on.
        permitted: NDArray[np.bool_] = np.take(self.people, batch.column(0).to_numpy(), mode="clip")
        if self.ages is not None:
            permitted &= self.ages.readable(batch)
        if self.span is not None:
            # NumPy, not a filter of the scanner: that took as long as the scan itself.
            start, end = (None if m is None else to_micros(m) for m in self.span)
            micros = batch.column(TIME).cast(MICROS).view(pa.int64()).to_numpy()
            permitted &= micros < end
            if start is not None:
                permitted &= micros >= start
        return permitted

    def _given(self) -> list[str]:
        """Return the columns that readers get: the ordinal first, and of an event its time."""
        structural = {ORDINAL} if self.span is None else {ORDINAL, TIME}
        return [ORDINAL, *sorted((structural | set(self.columns)) - {ORDINAL})]

    def _read(self) -> list[str]:
        """Return the columns that are read: those given, and the one that tells the age."""
        given = self._given()
        clock = None if self.ages is None else self.ages.clock
        known = clock is not None and clock in self.dataset.schema.names
        return [*given, clock] if clock is not None and known and clock not in given else given


def for_engines(schema: pa.Schema) -> pa.Schema:
    """Return a schema whose moments are whole microseconds."""
    return pa.schema(
        [f.with_type(pa.int64()) if pa.types.is_timestamp(f.type) else f for f in schema]
    )


def in_micros(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose moments are whole microseconds since 1970: the same memory, renamed."""
    for place, known in enumerate(batch.schema):
        if pa.types.is_timestamp(known.type):
            micros = batch.column(place).cast(MICROS).view(pa.int64())
            batch = batch.set_column(place, known.name, micros)
    return batch


def mask_of(people: FrozenBitMap) -> NDArray[np.bool_]:
    """Return a positional mask of ``people`` that ends with one False."""
    size = people.max() + 1 if people else 0
    mask = np.zeros(size + 1, np.bool_)
    mask[ordinals_of(people)] = True
    return mask


def ordinals_of(people: FrozenBitMap) -> NDArray[np.uint32]:
    """Return the ordinals of a bitmap, ascending."""
    return np.asarray(people.to_array(), np.uint32)


def bitmap_of(ordinals: NDArray[np.uint32]) -> FrozenBitMap:
    """Return the set of ``ordinals``; through ``array``, ten times faster than from NumPy."""
    return FrozenBitMap(array("I", np.asarray(ordinals, np.uint32).tobytes()))
