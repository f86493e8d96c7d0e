# SPDX-License-Identifier: Apache-2.0
"""A query over more than fits into memory finds the same people, portion by portion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest
from pyroaring import FrozenBitMap

from privseg.compute import (
    shards,
    tables,
)
from privseg.vault import ColumnStore
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.scans import duck
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.segment_made import (
    AT,
    EVERY_KIND,
    PEOPLE,
    found,
    plan_for,
    query_of,
)
from tests.twins.vault_workspace import create, enrol_nameless


class Filed(MemoryColumns):
    """A store of one Parquet file for each bucket, as on a disk; tells which files are open."""

    def __init__(self, folder: Path, given: dict[str, pa.Table]) -> None:
        super().__init__(given)
        self._folder = folder
        for name, table in given.items():
            if "ordinal" in table.schema.names:
                self._write(name, table)

    def _write(self, name: str, table: pa.Table) -> None:
        (self._folder / name).mkdir()
        for bucket in (0, 1):
            rows = [o // shards.BUCKET == bucket for o in table.column("ordinal").to_pylist()]
            pq.write_table(
                table.filter(pa.array(rows, pa.bool_())), self._folder / name / f"{bucket}.parquet"
            )

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        assert snapshot >= 0
        return pads.dataset(self._folder / table, schema=self._tables[table].schema)


def test_a_query_over_more_than_fits_is_answered_in_portions_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = found(EVERY_KIND)
    store = Filed(tmp_path, columns_from(PEOPLE, CATALOGUE)._tables)
    monkeypatch.setattr(tables, "CELLS_IN_MEMORY", 10)
    plan = plan_for(*EVERY_KIND.values())
    query = query_of(EVERY_KIND)
    with duck(store, now=AT, catalogue=CATALOGUE).open(plan, plan.read_set) as scan:
        portions = [set(p) for p in scan._stand.portions(query)]
        assert portions == [{0, 1, 2, 3, 4}, {65_540}]
        members = scan.members(query)
        assert {n: set(m) for n, m in members.items()} == whole
        again = scan.members(query)
    assert again == members


def test_a_portion_reads_only_the_files_of_its_people(tmp_path: Path) -> None:
    store = Filed(tmp_path, columns_from(PEOPLE, CATALOGUE)._tables)
    files = shards.Files(store.dataset("purchase", snapshot=0))
    read = {
        people: [Path(f).name for f in files.about(FrozenBitMap(people)).files]
        for people in ((0, 4), (65_540,), (0, 65_540))
    }
    assert read == {
        (0, 4): ["0.parquet"],
        (65_540,): ["1.parquet"],
        (0, 65_540): ["0.parquet", "1.parquet"],
    }
    assert files.about(FrozenBitMap([200_000])).count_rows() == 0


def encrypted(folder: Path, given: dict[str, pa.Table]) -> tuple[ColumnStore, int]:
    """Return the real column store with the same rows."""
    opened = create(folder)
    enrol_nameless(opened, 65_600, keys_per_bucket=64)
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        for name, table in given.items():
            if "event_id" in table.schema.names:
                opened.columns.upsert_events(name, table, snapshot=snapshot)
            elif "account" in table.schema.names:
                opened.columns.write_accounts(name, table, snapshot=snapshot)
            else:
                opened.columns.write_people(name, table, snapshot=snapshot)
    return opened.columns, snapshot


@pytest.mark.parametrize("cells", [10, 10**8], ids=["in portions", "at once"])
def test_over_the_encrypted_store_it_is_the_same(
    cells: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CELLS_IN_MEMORY", cells)
    store, snapshot = encrypted(tmp_path, columns_from(PEOPLE, CATALOGUE)._tables)
    files = shards.Files(store.dataset("purchase", snapshot=snapshot))
    assert [len(files.about(FrozenBitMap([o])).files) for o in (0, 65_540)] == [1, 1]
    assert len(files.about(FrozenBitMap([0, 65_540])).files) == 2
    plan = plan_for(*EVERY_KIND.values())
    plan = replace(plan, edition=replace(plan.edition, snapshot=snapshot))
    with duck(store, now=AT, catalogue=CATALOGUE).open(plan, plan.read_set) as scan:
        members = scan.members(query_of(EVERY_KIND))
    monkeypatch.undo()
    assert {n: set(m) for n, m in members.items()} == found(EVERY_KIND)
