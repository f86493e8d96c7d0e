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
import pyarrow.dataset as pads
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.ages import Ages
from privseg.compute.errors import NotImportedError, ScanFailedError
from privseg.compute.ports import Columns
from privseg.compute.reader import (
    PermittedTable,
    Streamed,
    for_engines,
    in_micros,
    mask_of,
    ordinals_of,
)
from privseg.compute.shards import Files
from privseg.frames import Edition
from privseg.gate.columns import IMPORTED, ORDINAL, PEOPLE_TABLE, TIME

CELLS_IN_MEMORY = 100_000_000  # of one table: about 1 GB; a larger one is read in portions
ACCOUNT = "account"  # the column of an accounts table that people's links point to

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

    def __or__(self, other: Need) -> Need:
        """Return what serves both."""
        known = self.since is not None and other.since is not None
        since = min(self.since, other.since) if known else None  # type: ignore[type-var]
        return Need(self.columns | other.columns, self.people | other.people, since)


@dataclass(frozen=True, slots=True)
class Held:
    """A table that was read into memory, for whoever reads it again."""

    table: pa.Table = field(repr=False)

    @property
    def schema(self) -> pa.Schema:
        """Return the columns of its batches."""
        return self.table.schema

    def only(self, columns: frozenset[str]) -> Held:
        """Return the same rows, without columns other than these."""
        return Held(self.table.select([n for n in self.table.schema.names if n in columns]))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield its rows."""
        yield from self.table.to_batches()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Give the rows to an engine, from the first at each call.

        As a stream and not as a table: DuckDB would have Arrow filter a table, at twice the time.
        """
        held: Any = self.table
        return held.__arrow_c_stream__(requested_schema)


Rows = Streamed | Held
"""What an engine can be handed."""


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
        ages: Mapping[str, Ages],
    ) -> None:
        """Take what there is; read nothing yet."""
        self._connection = connection
        self._columns = columns
        self._edition = edition
        self._events = events
        self._ages = ages
        self._files: dict[str, Files] | None = None
        self._there: dict[str, _There] = {}
        self._offered: set[str] = set()

    def admit(self, people: FrozenBitMap) -> None:
        """Make the table of eligible people: a table of DuckDB's own tells the planner how many.

        Raises:
            ScanFailedError: the engine failed.
        """
        with withheld():
            given = pa.table({ORDINAL: pa.array(ordinals_of(people))})
            self._connection.register(_ELIGIBLE, given)
            name = quoted(PEOPLE_TABLE)
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {_ELIGIBLE}"  # noqa: S608
            )
            self._connection.unregister(_ELIGIBLE)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Open each table's files once within the block, and not again until it ends."""
        self._files = {}
        try:
            yield
        finally:
            self._files = None

    def drop(self) -> None:
        """Let go of every table but that of the eligible people."""
        with withheld():
            for name in self._offered:
                self._connection.unregister(name)
        self._offered.clear()
        self._there.clear()

    def permitted(self, table: str, need: Need, *, until: datetime | None = None) -> PermittedTable:
        """Return a reader of ``table`` over what is needed, nothing too old or from ``at`` on.

        ``until`` ends an event's reader earlier than ``at``.

        Raises:
            NotImportedError: the column store has no such table or column.
            ScanFailedError: a file cannot be opened.
        """
        dataset = self._dataset(table, need.people)
        columns = tuple(sorted(need.columns - {ORDINAL}))
        at = self._edition.at.astimezone(UTC)
        span = (need.since, min(at, until or at)) if table in self._events else None
        ages = self._ages.get(table)
        return PermittedTable(table, dataset, columns, mask_of(need.people), span, ages)

    def accounts(self, table: str, columns: frozenset[str]) -> pa.Table:
        """Return ``account`` and ``columns`` of an accounts source, nothing that is too old.

        Raises:
            NotImportedError: the column store has no such table or column.
        """
        self._check_imported(table)
        with withheld():
            given = self._columns.accounts(table, snapshot=self._edition.snapshot)
        names = [ACCOUNT, *sorted(columns - {ORDINAL})]
        for name in names:
            if name not in given.schema.names:
                raise NotImportedError(table, name)
        ages = self._ages.get(table) or Ages(IMPORTED)
        with withheld():
            batches = [ages.faded(b.filter(ages.readable(b))) for b in given.to_batches()]
            schema = for_engines(pa.schema([given.schema.field(n) for n in names]))
            return pa.Table.from_batches([in_micros(b.select(names)) for b in batches], schema)

    def cells(self, table: str, need: Need) -> int:
        """Return how many cells of ``table`` are still to be read: what it takes in memory."""
        there = self._there.get(table)
        if there is not None and isinstance(there.source, Held) and there.need.covers(need):
            return 0
        with withheld():
            rows: int = self._opened(table).dataset.count_rows()
        return rows * _width(need.columns)

    def ensure(self, table: str, need: Need, *, uses: int = 1) -> PermittedTable | Held:
        """Return a source that covers ``need``, for queries (``offer``) and whoever else reads it.

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
            cells = reader.dataset.count_rows() * _width(need.columns)
            fits = cells <= CELLS_IN_MEMORY
            if fits and (covered or uses > 1):
                source = Held(pa.Table.from_batches(reader.batches(), reader.schema))
        self._there[table] = _There(source, wanted, fits)
        return source

    def offer(self, name: str, source: Rows) -> None:
        """Let queries find ``source`` by a name."""
        with withheld():
            self._connection.register(name, source)
        self._offered.add(name)

    def arrays(self, sql: str, parameters: Mapping[str, object]) -> Arrays:
        """Return a whole result as one array a column, NULL as 0; nothing is left open.

        Raises:
            ScanFailedError: the engine failed.
        """
        with withheld():
            found = self._connection.execute(sql, dict(parameters)).fetchnumpy()
        return {name: np.ma.filled(column, 0) for name, column in found.items()}

    def _dataset(self, table: str, people: FrozenBitMap) -> pads.Dataset:
        with withheld():
            return self._opened(table).about(people)

    def _opened(self, table: str) -> Files:
        """Return the files of a table; anew each time, but within ``opened``."""
        if self._files is not None and table in self._files:
            return self._files[table]
        self._check_imported(table)
        files = Files(self._columns.dataset(table, snapshot=self._edition.snapshot))
        if self._files is not None:
            self._files[table] = files
        return files

    def _check_imported(self, table: str) -> None:
        if table not in self._columns.tables():
            raise NotImportedError(table)


def _width(columns: frozenset[str]) -> int:
    return 2 + len(columns - {ORDINAL, TIME})  # the ordinal and the time are always there


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
