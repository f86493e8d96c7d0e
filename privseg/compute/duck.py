# SPDX-License-Identifier: Apache-2.0
"""DuckDB as the port ``Compute``: runs a plan once, over nothing but what it permits.

The connection is in memory, reaches no file, no network, no extension and no Python variable, and
its configuration is locked. Every query passes the second gate here, so that none can go around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
from pyroaring import BitMap, FrozenBitMap

from privseg.compute.ages import ages_of
from privseg.compute.checks import check_block
from privseg.compute.counting import Counting
from privseg.compute.errors import (
    NotEligibleError,
    OutsidePlanError,
    PlanExpiredError,
    PlanUsedError,
    SetMissingError,
)
from privseg.compute.events import Events
from privseg.compute.needs import made_of
from privseg.compute.ports import Columns
from privseg.compute.reader import bitmap_of
from privseg.compute.records import amounts_of, check_amounts, check_records, records_of
from privseg.compute.stand import Stand
from privseg.compute.tables import Tables, withheld
from privseg.frames import Amount, Block, ByMember, Cell, Consented, Query, Tally, reads_of
from privseg.gate.columns import ORDINAL, columns_of, schema_of
from privseg.gate.ports import PersonAmounts
from privseg.gate.second_gate import recheck
from privseg.policy.catalogue import Catalogue
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


class DuckCompute:
    """Port ``Compute``: the only thing here that turns a ``Consented`` plan into reads."""

    def __init__(
        self,
        columns: Columns,
        catalogue: Catalogue,
        *,
        clock: Callable[[], datetime],
        sample_key: bytes | None = None,
        memory_limit: str = "4GB",
        threads: int | None = None,
    ) -> None:
        """Take the column store, what its columns mean, and the clock that plans expire by.

        ``sample_key`` is the workspace's secret that samples are drawn by; without it a query with
        a sample is refused.
        """
        self._columns = columns
        self._catalogue = catalogue
        self._clock = clock
        self._sample_key = sample_key
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
            OutsidePlanError: an attribute is not in the plan's read-set, or what it is made of is
                not among ``attributes``.
        """
        if plan.run_id in self._used:
            raise PlanUsedError(plan.run_id)
        self._used.add(plan.run_id)
        if self._clock() >= plan.expires_at:
            raise PlanExpiredError(plan.run_id)
        if outside := (attributes | made_of(attributes, self._catalogue)) - (
            attributes & plan.read_set
        ):
            raise OutsidePlanError(outside)
        connection = duckdb.connect(":memory:", config=self._config)
        try:
            yield DuckScan(
                connection, plan, attributes, self._columns, self._catalogue, self._sample_key
            )
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
        sample_key: bytes | None = None,
    ) -> None:
        """Make the table of eligible people; read nothing else yet."""
        self._plan = plan
        self._attributes = attributes
        self._catalogue = catalogue
        self._allowed = columns_of(attributes, catalogue)
        self._schema = schema_of(catalogue)
        self._sample_key = sample_key
        ages = ages_of(catalogue, at=plan.edition.at, purpose_days=plan.retention_days)
        events = frozenset(catalogue.events())
        self._tables = Tables(connection, columns, edition=plan.edition, events=events, ages=ages)
        self._stand = Stand(self._tables, catalogue, plan, sample_key)
        self._events = Events(self._tables, plan.eligible)
        self._counting = Counting(self._stand, self._events)
        self._tables.admit(plan.eligible)

    def members(self, query: Query) -> Mapping[str, FrozenBitMap]:
        """Return who was found in each of the query's segments, among the eligible.

        A query over more than fits into memory is answered for one portion of the people after the
        other: what holds of a person rests on that person's rows.

        Raises:
            QueryRefusedError: the query is not what the plan allows (the second gate); it was not
                run.
            SampleKeyMissingError: it has a sample, and no key was given.
            NotImportedError: a table or column has no data yet.
            NotFittedError: a score's model does not fit the people.
            ScanFailedError: the engine failed.
        """
        recheck(query, allowed=self._allowed, schema=self._schema)
        found: dict[str, BitMap] = {name: BitMap() for name in query.finds}
        with self._tables.opened():
            for people in self._stand.portions(query):
                for name, members in self._found(query).items():
                    found[name] |= members & people
        return {name: FrozenBitMap(members) for name, members in found.items()}

    def tally(
        self, block: Block, members: Mapping[str, FrozenBitMap], *, key: bytes
    ) -> Mapping[Cell, Tally]:
        """Return the exact bounded tally of every cell of ``block``, empty ones too.

        Of a block whose keys are found in the data: of every cell that has people.

        Raises:
            OutsidePlanError: the block reads what was not opened.
            SetMissingError, NotEligibleError: a set that the block names is not in ``members``, or
                holds somebody whom the plan does not.
            NotATableError, MarginOfSeveralError, NotABreakdownError, NotAFilterError,
            NotAGridError, NotSummableError, BoundTooWideError, CrossesPeopleError: the block
                cannot be counted (``check_block``).
            NotImportedError, ScanFailedError: as in ``members``.
        """
        self._check_opened(block.reads)
        check_block(block, self._catalogue)
        named = {d.member for d in block.dimensions if isinstance(d, ByMember)}
        named |= set(block.segments)
        if missing := named - set(members):
            raise SetMissingError(frozenset(missing))
        self._check_eligible(*(members[name] for name in named))
        with withheld():
            return self._counting.tally(block, members, key=key)

    def amounts(self, amounts: Sequence[Amount], people: FrozenBitMap) -> PersonAmounts:
        """Return each person's amounts.

        Raises:
            OutsidePlanError: they read what was not opened.
            NotSummableError, NotAFilterError, CrossesPeopleError: one is no number of a person.
            NotEligibleError: somebody is asked for whom the plan does not hold.
            NotImportedError, ScanFailedError: as in ``members``.
        """
        self._check_opened(frozenset().union(*(reads_of(a) for a in amounts)))
        check_amounts(amounts, self._catalogue)
        self._check_eligible(people)
        with withheld():
            return amounts_of(amounts, people, stand=self._stand, events=self._events)

    def records(self, attributes: Sequence[Attribute], people: FrozenBitMap) -> pa.Table:
        """Return each person's attributes, by ordinal; missing ones are null.

        Raises:
            OutsidePlanError: one of them was not opened.
            NotARecordError: one is nothing that a person has one of.
            NotEligibleError: somebody is asked for whom the plan does not hold.
            NotImportedError, NotFittedError, ScanFailedError: as in ``members``.
        """
        self._check_opened(frozenset(attributes))
        check_records(attributes, self._catalogue)
        self._check_eligible(people)
        with withheld():
            return records_of(attributes, people, stand=self._stand)

    def _found(self, query: Query) -> Mapping[str, FrozenBitMap]:
        """Run a query over the tables that stand; NULL is no."""
        columns = self._tables.arrays(query.sql, query.parameters)
        ordinals = np.asarray(columns[ORDINAL], np.uint32)
        if len(query.finds) == 1:
            return {query.finds[0]: bitmap_of(ordinals)}
        flags = {name: columns[f"s{n}"] for n, name in enumerate(query.finds)}
        return {name: bitmap_of(ordinals[f.astype(np.bool_)]) for name, f in flags.items()}

    def _check_opened(self, reads: frozenset[Attribute]) -> None:
        """Refuse what was not opened, before anything of it is read."""
        if outside := reads - self._attributes:
            raise OutsidePlanError(outside)

    def _check_eligible(self, *sets: FrozenBitMap) -> None:
        """Refuse sets that hold somebody whom the plan does not."""
        if not all(people <= self._plan.eligible for people in sets):
            raise NotEligibleError
