# SPDX-License-Identifier: Apache-2.0
"""DuckDB as the port ``Compute``: runs a plan once, over nothing but what it permits.

The connection is in memory, reaches no file, no network, no extension and no Python variable, and
its configuration is locked. Every query passes the second gate here, so that none can go around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import duckdb
import numpy as np
from pyroaring import FrozenBitMap

from privseg.compute.ages import ages_of
from privseg.compute.cells import Pairs, by_attribute, everybody, place
from privseg.compute.contribution import check_measure, contribution
from privseg.compute.errors import (
    NotABreakdownError,
    NotEligibleError,
    OutsidePlanError,
    PlanExpiredError,
    PlanUsedError,
)
from privseg.compute.ports import Columns
from privseg.compute.reader import bitmap_of
from privseg.compute.tables import Need, Tables, withheld
from privseg.compute.tally import bounded, tallies
from privseg.frames import Block, Consented, MeasureKind, Query, Tally
from privseg.gate.columns import ORDINAL, PEOPLE_TABLE, columns_of, schema_of
from privseg.gate.second_gate import recheck
from privseg.policy.catalogue import Catalogue, ColumnType, SourceKind
from privseg.terms import Attribute

LOCKED: Mapping[str, str] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",  # a name in SQL never means a Python variable
    "temp_directory": "",  # nothing is spilled to disk
    "lock_configuration": "true",
}
BREAKDOWNS = frozenset(
    {
        ColumnType.CATEGORY,
        ColumnType.SET,
        ColumnType.BOOLEAN,
        ColumnType.INTEGER,
        ColumnType.TEXT,
    }
)


class DuckCompute:
    """Port ``Compute``: the only thing here that turns a ``Consented`` plan into reads."""

    def __init__(
        self,
        columns: Columns,
        catalogue: Catalogue,
        *,
        clock: Callable[[], datetime],
        memory_limit: str = "4GB",
        threads: int | None = None,
    ) -> None:
        """Take the column store, what its columns mean, and the clock that plans expire by."""
        self._columns = columns
        self._catalogue = catalogue
        self._clock = clock
        self._config: dict[str, str | bool | int | float | list[str]] = {
            **LOCKED,
            "memory_limit": memory_limit,
            **({} if threads is None else {"threads": threads}),
        }
        self._used: set[str] = set()

    @contextmanager
    def open(self, plan: Consented, attributes: frozenset[Attribute]) -> Iterator[DuckScan]:
        """Open a scan over ``attributes`` and the plan's eligible people; closed with its block.

        Raises:
            PlanUsedError, PlanExpiredError: a plan is for one run, in time.
            OutsidePlanError: an attribute is not in the plan's read-set.
        """
        if plan.run_id in self._used:
            raise PlanUsedError(plan.run_id)
        self._used.add(plan.run_id)
        if self._clock() >= plan.expires_at:
            raise PlanExpiredError(plan.run_id)
        if outside := attributes - plan.read_set:
            raise OutsidePlanError(outside)
        connection = duckdb.connect(":memory:", config=self._config)
        try:
            yield DuckScan(connection, plan, attributes, self._columns, self._catalogue)
        finally:
            connection.close()


class DuckScan:
    """Port ``Scan`` over one connection."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        plan: Consented,
        attributes: frozenset[Attribute],
        columns: Columns,
        catalogue: Catalogue,
    ) -> None:
        """Make the table of eligible people; read nothing else yet."""
        self._plan = plan
        self._attributes = attributes
        self._catalogue = catalogue
        self._allowed = columns_of(attributes, catalogue)
        self._schema = schema_of(catalogue)
        self._tables = Tables(
            connection,
            columns,
            edition=plan.edition,
            events=frozenset(catalogue.events()),
            people=plan.eligible,
            ages=ages_of(catalogue, at=plan.edition.at, purpose_days=plan.retention_days),
        )

    def members(self, queries: Mapping[str, Query]) -> Mapping[str, FrozenBitMap]:
        """Return who was found by each query, among the eligible.

        Raises:
            QueryRefusedError: a query is not what the plan allows (the second gate); none was run.
            NotImportedError: a table or column has no data yet.
            ScanFailedError: the engine failed.
        """
        for query in queries.values():
            recheck(query, allowed=self._allowed, schema=self._schema)
        for table, need in self._needs(queries).items():
            uses = sum(any(t == table for t, _ in q.reads) for q in queries.values())
            self._tables.ensure(table, need, uses=uses)
        return {name: self._found(query) for name, query in queries.items()}

    def tally(
        self, block: Block, members: Mapping[str, FrozenBitMap], *, key: bytes
    ) -> Mapping[tuple[str, str], Tally]:
        """Return the exact bounded tally of every cell of ``block``, empty ones too.

        Raises:
            OutsidePlanError: the block reads what was not opened.
            NotEligibleError: ``members`` holds somebody whom the plan does not.
            NotSummableError, BoundTooWideError: a measure cannot be added up.
            NotABreakdownError: the block cannot be broken down by its attribute.
            NotImportedError, ScanFailedError: as in ``members``.
        """
        self._check(block)
        counted = FrozenBitMap.union(FrozenBitMap(), *(members[s] for s in block.segments))
        if not counted <= self._plan.eligible:
            raise NotEligibleError
        size = (self._plan.eligible.max() if self._plan.eligible else 0) + 1
        with withheld():
            kept = bounded(block, place(block, members, self._keys(block, counted)), key=key)
        added = {
            m.name: contribution(self._tables, m, counted, size=size, key=key)
            for m in block.measures
            if m.kind is not MeasureKind.SIZE
        }
        return tallies(block, kept, added)

    def _needs(self, queries: Mapping[str, Query]) -> dict[str, Need]:
        """Return what all queries together read of each table, and from when on."""
        reads = frozenset().union(*(q.reads for q in queries.values()))
        return {
            table: Need(
                frozenset(c for t, c in reads if t == table and c != ORDINAL),
                self._plan.eligible,
                self._since(table, queries),
            )
            for table in sorted({t for t, _ in reads} - {PEOPLE_TABLE})
        }

    @staticmethod
    def _since(table: str, queries: Mapping[str, Query]) -> datetime | None:
        """Return the earliest moment that matters to any query that reads ``table``."""
        users = [q for q in queries.values() if any(t == table for t, _ in q.reads)]
        starts = [q.since[table] for q in users if table in q.since]
        return min(starts) if len(starts) == len(users) else None

    def _found(self, query: Query) -> FrozenBitMap:
        found = self._tables.arrays(query.sql, query.parameters)[ORDINAL]
        return bitmap_of(np.asarray(found, np.uint32)) & self._plan.eligible

    def _check(self, block: Block) -> None:
        """Refuse a block before anything of it is read."""
        asked = {m.attribute for m in block.measures if m.attribute} | {block.by}
        if outside := {a for a in asked if a is not None} - self._attributes:
            raise OutsidePlanError(frozenset(outside))
        for measure in block.measures:
            check_measure(measure, self._catalogue)

    def _keys(self, block: Block, people: FrozenBitMap) -> Pairs:
        """Return every (person, key) of the block's breakdown."""
        if block.by is None:
            return everybody(people)
        readable = self._catalogue.readables[block.by]
        column = readable.column
        if column is None or readable.source.kind is SourceKind.EVENTS:
            raise NotABreakdownError(block.by)
        if column.type not in BREAKDOWNS:
            raise NotABreakdownError(block.by)
        need = Need(frozenset({column.attribute}), people)
        table = self._tables.permitted(readable.source.table, need)
        return by_attribute(table, column.attribute, block.keys, people)
