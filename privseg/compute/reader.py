# SPDX-License-Identifier: Apache-2.0
"""A table as its readers may see it: chosen columns, chosen people, nothing from ``at`` on.

Columns are projected in the Parquet reader and people are masked batch by batch before an engine
is handed anything: a forbidden cell never reaches DuckDB, not even to be thrown away there.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.errors import NotImportedError
from privseg.gate.columns import ORDINAL, TIME

Span = tuple[datetime | None, datetime]
"""[from, until) of an event's time; from None is from the beginning."""


@dataclass(frozen=True, slots=True)
class PermittedTable:
    """What may be read of one table. Each pass over it reads the data set anew."""

    name: str
    dataset: pads.Dataset = field(repr=False)
    columns: tuple[str, ...]  # besides the ordinal
    people: NDArray[np.bool_] = field(repr=False)
    span: Span | None = None  # events only

    def __post_init__(self) -> None:
        """Refuse columns that have not been imported."""
        for column in (ORDINAL, *self.columns):
            if column not in self.dataset.schema.names:
                raise NotImportedError(self.name, column)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the permitted cells; the ordinal is the first column."""
        for batch in self._scanner().to_batches():
            ordinals = batch.column(0).to_numpy()
            # The mask ends with a False that every ordinal beyond it falls on.
            permitted = np.take(self.people, ordinals, mode="clip")
            yield batch.filter(pa.array(permitted))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the batches to an engine (the Arrow C stream interface), anew at each call."""
        schema = self._scanner().projected_schema
        reader = pa.RecordBatchReader.from_batches(schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]

    def _scanner(self) -> pads.Scanner:
        columns = [ORDINAL, *(c for c in self.columns if c != ORDINAL)]
        return self.dataset.scanner(columns=columns, filter=self._when())

    def _when(self) -> pc.Expression | None:
        if self.span is None:
            return None
        start, end = self.span
        before = pc.field(TIME) < pa.scalar(end, pa.timestamp("us", "UTC"))
        if start is None:
            return before
        return before & (pc.field(TIME) >= pa.scalar(start, pa.timestamp("us", "UTC")))


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
