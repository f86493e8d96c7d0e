# SPDX-License-Identifier: Apache-2.0
"""The tables of one scan inside DuckDB: read once into memory where they fit, else streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.ages import Ages
from privseg.compute.errors import NotImportedError, ScanFailedError
from privseg.compute.ports import Columns
from privseg.compute.reader import PermittedTable, mask_of, ordinals_of
from privseg.frames import Edition
from privseg.gate.columns import ORDINAL, PEOPLE_TABLE

CELLS_IN_MEMORY = 100_000_000  # of one table: about 1 GB; a larger one is streamed at each use

_ELIGIBLE = "eligible_given"  # stands for the table of people while it is made

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Need:
    """What must be readable of a table: columns, from when on, of whom."""

    columns: frozenset[str]
    people: FrozenBitMap = field(repr=False)
    since: datetime | None = None

    def covers(self, other: Need) -> bool:
        """Return whether whoever has this has ``other``."""
        early = self.since is None or (other.since is not None and self.since <= other.since)
        return early and other.columns <= self.columns and other.people <= self.people


@dataclass(frozen=True, slots=True)
class Held:
    """A table that was read into memory, for whoever reads it again."""

    table: pa.Table = field(repr=False)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows."""
        yield from self.table.to_batches()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the rows to an engine, from the first at each call.

        As a stream and not as a table: DuckDB would have Arrow filter a table, at twice the time.
        """
        held: Any = self.table
        return held.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True)
class _There:
    """What answers for a table, what it covers, and whether it fits into memory."""

    source: PermittedTable | Held
    need: Need
    fits: bool


class Tables:
    """The permitted tables of one edition, and the connection that queries them by name."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        columns: Columns,
        *,
        edition: Edition,
        events: frozenset[str],
        people: FrozenBitMap,
        ages: Mapping[str, Ages],
    ) -> None:
        """Make the table of everybody eligible; read nothing yet."""
        self._connection = connection
        self._columns = columns
        self._edition = edition
        self._events = events
        self._ages = ages
        self._there: dict[str, _There] = {}
        with withheld():
            connection.register(_ELIGIBLE, pa.table({ORDINAL: pa.array(ordinals_of(people))}))
            # A table of DuckDB's own tells the planner how many people there are.
            name = quoted(PEOPLE_TABLE)
            connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {_ELIGIBLE}")  # noqa: S608
            connection.unregister(_ELIGIBLE)

    def permitted(self, table: str, need: Need, *, until: datetime | None = None) -> PermittedTable:
        """Return a reader of ``table`` over what is needed, nothing too old or from ``at`` on.

        ``until`` ends an event's reader earlier than ``at``.

        Raises:
            NotImportedError: the column store has no such table or column.
        """
        if table not in self._columns.tables():
            raise NotImportedError(table)
        dataset = self._columns.dataset(table, snapshot=self._edition.snapshot)
        columns = tuple(sorted(need.columns - {ORDINAL}))
        at = self._edition.at.astimezone(UTC)
        span = (need.since, min(at, until or at)) if table in self._events else None
        ages = self._ages.get(table)
        return PermittedTable(table, dataset, columns, mask_of(need.people), span, ages)

    def ensure(self, table: str, need: Need, *, uses: int = 1) -> PermittedTable | Held:
        """Return a source that covers ``need``, and let queries find it by the table's name.

        What is used once is streamed; what is used again is read into memory, where it fits.

        Raises:
            NotImportedError: the column store has no such table or column.
            ScanFailedError: the read failed.
        """
        there = self._there.get(table)
        covered = there is not None and there.need.covers(need)
        if there is not None and covered and (isinstance(there.source, Held) or not there.fits):
            return there.source
        wanted = there.need if there is not None and covered else need
        source: PermittedTable | Held
        source = reader = self.permitted(table, wanted)
        with withheld():
            fits = reader.dataset.count_rows() * (2 + len(reader.columns)) <= CELLS_IN_MEMORY
            if fits and (covered or uses > 1):
                source = Held(pa.Table.from_batches(reader.batches(), reader.schema))
            self._connection.register(table, source)
        self._there[table] = _There(source, wanted, fits)
        return source

    def arrays(self, sql: str, parameters: Mapping[str, object]) -> Arrays:
        """Return a whole result as one array a column; nothing is left open.

        Raises:
            ScanFailedError: the engine failed.
        """
        with withheld():
            found = self._connection.execute(sql, dict(parameters)).fetchnumpy()
        return {name: np.asarray(column) for name, column in found.items()}


def quoted(name: str) -> str:
    """Return a name as SQL reads it, whatever is in it.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def withheld() -> Iterator[None]:
    """Let no text of the engine out: it may quote the value it failed on."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as failure:
        raise ScanFailedError(type(failure).__name__) from None
