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

from privseg.compute.errors import NotImportedError, ScanFailedError
from privseg.compute.ports import Columns
from privseg.compute.reader import PermittedTable, mask_of, ordinals_of
from privseg.frames import Edition
from privseg.gate.columns import ORDINAL, PEOPLE_TABLE

CELLS_IN_MEMORY = 100_000_000  # of one table: about 1 GB; a larger one is streamed at each use

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


class Tables:
    """The permitted tables of one edition in one connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        columns: Columns,
        *,
        edition: Edition,
        events: frozenset[str],
        people: FrozenBitMap,
    ) -> None:
        """Hold ``people`` as the table of everybody eligible; read nothing yet."""
        self._connection = connection
        self._columns = columns
        self._edition = edition
        self._events = events
        self._there: dict[str, tuple[str, Need]] = {}
        self._create("TABLE", PEOPLE_TABLE, pa.table({ORDINAL: pa.array(ordinals_of(people))}))

    def permitted(self, table: str, need: Need, *, until: datetime | None = None) -> PermittedTable:
        """Return a reader of ``table`` over exactly what is needed, and nothing from ``at`` on.

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
        return PermittedTable(table, dataset, columns, mask_of(need.people), span)

    def ensure(self, table: str, need: Need) -> None:
        """Make ``table`` answer queries within ``need``; what is there already is used again.

        Raises:
            NotImportedError: the column store has no such table or column.
            ScanFailedError: the engine failed.
        """
        if table in self._there and self._there[table][1].covers(need):
            return
        reader = self.permitted(table, need)
        cells = reader.dataset.count_rows() * (1 + len(reader.columns))
        if table in self._there:
            self.run(f"DROP {self._there.pop(table)[0]} {quoted(table)}")
        kind = "TABLE" if cells <= CELLS_IN_MEMORY else "VIEW"
        self._create(kind, table, reader)
        self._there[table] = (kind, need)

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Execute a statement without result.

        Raises:
            ScanFailedError: the engine failed.
        """
        with _withheld():
            self._connection.execute(sql, dict(parameters or {}))

    def arrays(self, sql: str, parameters: Mapping[str, object]) -> Arrays:
        """Return a whole result as one array a column; nothing is left open.

        Raises:
            ScanFailedError: the engine failed.
        """
        with _withheld():
            found = self._connection.execute(sql, dict(parameters)).fetchnumpy()
        return {name: np.asarray(column) for name, column in found.items()}

    def _create(self, kind: str, name: str, source: PermittedTable | pa.Table) -> None:
        with _withheld():
            self._connection.register(f"source of {name}", source)
        origin = quoted(f"source of {name}")
        self.run(f"CREATE TEMP {kind} {quoted(name)} AS SELECT * FROM {origin}")  # noqa: S608
        if kind == "TABLE":
            with _withheld():
                self._connection.unregister(f"source of {name}")


def quoted(name: str) -> str:
    """Return a name as SQL reads it, whatever is in it.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _withheld() -> Iterator[None]:
    """Let no text of the engine out: it may quote the value it failed on."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as failure:
        raise ScanFailedError(type(failure).__name__) from None
