# SPDX-License-Identifier: Apache-2.0
"""A query that the second gate refuses has read nothing: no table was so much as asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.dataset as pads
import pytest

from privseg.compute import DuckScan
from privseg.frames import Query
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.segment import Person
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.scans import duck, plan_of
from tests.twins.sql_shapes import SHAPES
from tests.twins.sql_shop import ALLOWED, CATALOGUE, PERMITTED
from tests.twins.sql_tricks import TEXTS, TRICKS, trick_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Watched(MemoryColumns):
    """A column store that notes every table that is asked for."""

    def __init__(self, inner: MemoryColumns) -> None:
        super().__init__(inner._tables)
        self.asked_for: list[str] = []

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        self.asked_for.append(table)
        return super().dataset(table, snapshot=snapshot)

    def accounts(self, table: str, *, snapshot: int) -> pa.Table:
        self.asked_for.append(table)
        return super().accounts(table, snapshot=snapshot)


@pytest.fixture(scope="module")
def watched() -> Watched:
    return Watched(columns_from({0: Person({"country": "DE"}), 1: Person({})}, CATALOGUE))


@pytest.fixture(scope="module")
def scan(watched: Watched) -> Iterator[DuckScan]:
    compute = duck(watched, now=AT, catalogue=CATALOGUE)
    with compute.open(plan_of(PERMITTED, range(2), at=AT), PERMITTED) as opened:
        yield opened


def test_a_query_that_passes_reads(scan: DuckScan, watched: Watched) -> None:
    found = scan.members(SHAPES["a category"].query())
    assert set(found["members"]) == {0}
    assert "crm" in watched.asked_for
    watched.asked_for.clear()


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_reads_nothing(name: str, scan: DuckScan, watched: Watched) -> None:
    watched.asked_for.clear()
    with pytest.raises(QueryRefusedError):
        scan.members(trick_of(TRICKS[name]))
    assert not watched.asked_for


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_that_is_no_question_reads_nothing(
    name: str, scan: DuckScan, watched: Watched
) -> None:
    watched.asked_for.clear()
    with pytest.raises(QueryRefusedError):
        scan.members(Query(TEXTS[name], {}, ALLOWED))
    assert not watched.asked_for
