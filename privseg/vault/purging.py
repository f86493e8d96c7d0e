# SPDX-License-Identifier: Apache-2.0
"""What is left of stored rows once the time is over for which they are kept.

Nobody could read the rest any more; this takes it off the disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyroaring import FrozenBitMap

from privseg.terms import to_micros

NOBODY: FrozenBitMap = FrozenBitMap()
ORDINAL = "ordinal"  # the column of whom a row is about
_MICROS = pa.timestamp("us", tz="UTC")
_NEVER = int(np.iinfo(np.int64).max)  # a row that is spared is younger than any limit
_UNKNOWN = int(np.iinfo(np.int64).min)  # a row of no known time is older than any limit


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too old in one table, in microseconds since 1970: what is not later goes.

    ``clock`` is the column that tells a row's age; ``cells_after`` are limits of single columns.
    Nothing of ``spared`` people goes, however old: a legal hold keeps it.
    """

    clock: str
    rows_after: int | None = None
    cells_after: Mapping[str, int] = field(default_factory=dict)
    spared: FrozenBitMap = field(default=NOBODY, repr=False)


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or would go; of a row of several snapshots each copy counts."""

    table: str
    rows: int = 0
    cells: int = 0
    files: int = 0


def left(rows: pa.Table, limits: Limits) -> tuple[pa.Table, int, int]:
    """Return the rows that stay, and how many rows and further cells do not."""
    moments = _moments(rows, limits.clock)
    moments[_spared(rows, limits.spared)] = _NEVER
    if limits.rows_after is not None:
        young = moments > limits.rows_after
        kept, moments = rows.filter(pa.array(young)), moments[young]
    else:
        kept = rows
    cells = 0
    for name in (n for n in limits.cells_after if n in kept.schema.names):
        column, place = kept.column(name), kept.schema.get_field_index(name)
        old = pa.array(moments <= limits.cells_after[name])
        gone = pc.sum(pc.and_(old, column.is_valid()), min_count=0).as_py()
        if gone:
            cells += gone
            missing = pa.nulls(len(kept), column.type)
            faded = pc.if_else(old, missing, column)
            kept = kept.set_column(place, kept.schema.field(place), faded)
    return kept, len(rows) - len(kept), cells


def is_over(file: pq.ParquetFile, limits: Limits) -> bool:
    """Return whether ``left`` would take anything of a file; what is surely young is not read."""
    names = file.schema_arrow.names
    wanted = (limits.clock, ORDINAL, *limits.cells_after)
    columns = [n for n in wanted if n in names] if limits.clock in names else None
    for group in range(file.num_row_groups):
        if _is_young(file.metadata.row_group(group), limits):
            continue
        _, gone, faded = left(file.read_row_group(group, columns=columns), limits)
        if gone or faded:
            return True
    return False


def _is_young(group: pq.RowGroupMetaData, limits: Limits) -> bool:
    """Return whether every row of a group is younger than every limit, by its statistics alone."""
    ends = [m for m in (limits.rows_after, *limits.cells_after.values()) if m is not None]
    if not ends:
        return True
    columns = map(group.column, range(group.num_columns))
    clock = next((c for c in columns if c.path_in_schema == limits.clock), None)
    said = None if clock is None else clock.statistics
    if said is None or not said.has_min_max or not said.has_null_count or said.null_count:
        return False
    return to_micros(said.min) > max(ends)


def _moments(rows: pa.Table, clock: str) -> npt.NDArray[np.int64]:
    """Return the clock of each row."""
    if clock not in rows.schema.names:
        return np.full(len(rows), _UNKNOWN)
    micros = rows.column(clock).cast(_MICROS).cast(pa.int64())
    found: npt.NDArray[np.int64] = pc.fill_null(micros, _UNKNOWN).to_numpy().copy()
    return found


def _spared(rows: pa.Table, people: FrozenBitMap) -> npt.NDArray[np.bool_]:
    """Return which rows are about people that are spared."""
    if not people or ORDINAL not in rows.schema.names:
        return np.zeros(len(rows), dtype=np.bool_)
    about = rows.column(ORDINAL).to_numpy()
    return np.isin(about, np.asarray(people.to_array(), dtype=about.dtype))
