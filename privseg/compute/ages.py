# SPDX-License-Identifier: Apache-2.0
"""How old a row or a cell may be before nobody can read it any more (GDPR Art. 5(1)(e)).

The clock of an event is its own time, that of a person's row the moment of its import: a value
that was not imported again within its retention is missing. What has no known time counts as
older than any retention.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from privseg.gate.columns import IMPORTED, TIME, names_of
from privseg.policy.catalogue import Catalogue, ColumnRole, Source
from privseg.terms import to_micros

MICROS = pa.timestamp("us", "UTC")  # how the column store writes a moment
UNKNOWN = np.iinfo(np.int64).min  # older than any retention


@dataclass(frozen=True, slots=True)
class Ages:
    """The limits of one table, in microseconds since 1970: what is not later is not read.

    ``clock`` is the column that tells the age. ``rows_after`` limits whole rows, ``cells_after``
    single columns, which are missing in the rows that are too old for them.
    """

    clock: str
    rows_after: int | None = None
    cells_after: Mapping[str, int] = field(default_factory=dict)

    def readable(self, batch: pa.RecordBatch) -> NDArray[np.bool_]:
        """Return which rows of a batch may be read at all."""
        if self.rows_after is None:
            return np.ones(len(batch), np.bool_)
        return self.moments(batch) > self.rows_after

    def faded(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return a batch whose cells that are too old are missing."""
        limits = {n: m for n, m in self.cells_after.items() if n in batch.schema.names}
        if not limits:
            return batch
        moments = self.moments(batch)
        for name, limit in limits.items():
            column, place = batch.column(name), batch.schema.get_field_index(name)
            old = pa.array(moments <= limit)
            missing = pa.nulls(len(batch), column.type)
            batch = batch.set_column(place, name, pc.if_else(old, missing, column))
        return batch

    def moments(self, batch: pa.RecordBatch) -> NDArray[np.int64]:
        """Return the clock of each row; ``UNKNOWN`` where there is none."""
        if self.clock not in batch.schema.names:
            return np.full(len(batch), UNKNOWN)
        micros = batch.column(self.clock).cast(MICROS).view(pa.int64())
        found: NDArray[np.int64] = pc.fill_null(micros, int(UNKNOWN)).to_numpy()
        return found


def ages_of(
    catalogue: Catalogue, *, at: datetime, purpose_days: int | None = None
) -> Mapping[str, Ages]:
    """Return the limits of every table that has any, for a read at ``at``.

    A row ends with the shortest retention of its source and of the purpose; a cell also with that
    of its column. What ends at ``at`` has ended.
    """
    found = {s.table: _ages(s, at, purpose_days) for s in catalogue.sources.values()}
    return {t: a for t, a in found.items() if a.rows_after is not None or a.cells_after}


def _ages(source: Source, at: datetime, purpose_days: int | None) -> Ages:
    """Return the limits of one source."""
    rows = _shortest(source.retention_days, purpose_days)
    cells = {
        name: _limit(at, column.retention_days)
        for column in source.columns
        if column.role is not ColumnRole.DIRECT_IDENTIFIER
        and column.retention_days is not None
        and (rows is None or column.retention_days < rows)
        for name in names_of(column)
    }
    clock = IMPORTED if source.event is None else TIME
    return Ages(clock, None if rows is None else _limit(at, rows), cells)


def _shortest(*days: int | None) -> int | None:
    """Return the shortest of what is said; None if nothing is."""
    return min((d for d in days if d is not None), default=None)


def _limit(at: datetime, days: int) -> int:
    """Return the last moment that is too old."""
    return to_micros(at) - timedelta(days=days) // timedelta(microseconds=1)
