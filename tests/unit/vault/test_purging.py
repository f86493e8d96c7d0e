# SPDX-License-Identifier: Apache-2.0
"""A purge leaves what is young enough and nothing else, in every snapshot and on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from privseg.terms import to_micros
from privseg.vault import UnknownTableError
from privseg.vault.pages import BUCKET
from privseg.vault.purging import Limits, left
from privseg.vault.rows import IMPORTED
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import (
    START,
    Opened,
    countries,
    create,
    enrol_nameless,
    import_rows,
    people_rows,
    purchases,
    undone,
)

FAR = BUCKET + 7


@pytest.fixture(params=["memory", "sql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    made = create(tmp_path, MemoryVault() if request.param == "memory" else None)
    enrol_nameless(made, 2 * BUCKET, keys_per_bucket=10)
    yield made
    if request.param == "sql":
        made.close()


def hours(number: int) -> int:
    """Return the moment of an event of ``event_rows``."""
    return to_micros(START + timedelta(hours=number))


def files(opened: Opened) -> set[str]:
    return {p.name for p in opened.place.columns.iterdir()}


EVENTS = [(1, 5, 10), (2, 5, 20), (3, FAR, 30)]
OLD = Limits("time", rows_after=hours(1))


def test_rows_that_are_too_old_go_from_every_snapshot(opened: Opened) -> None:
    first = import_rows(opened, events=EVENTS)
    second = import_rows(opened, events=[(4, 5, 40)])
    done = opened.columns.purge("purchase", OLD)
    assert (done.rows, done.cells, done.files) == (1, 0, 1)
    assert purchases(opened, first) == {2: (5, 20), 3: (FAR, 30)}
    assert purchases(opened, second) == {2: (5, 20), 3: (FAR, 30), 4: (5, 40)}


def test_only_files_that_hold_something_old_are_written_anew(opened: Opened) -> None:
    import_rows(opened, events=EVENTS)
    before = files(opened)
    opened.columns.purge("purchase", OLD)
    after = files(opened)
    assert (len(before - after), len(after - before), len(after)) == (1, 1, 2)
    opened.columns.purge("purchase", OLD)
    assert files(opened) == after


def test_cells_that_are_too_old_are_missing_and_others_stay(opened: Opened) -> None:
    snapshot = import_rows(opened, events=EVENTS)
    limits = Limits("time", cells_after={"amount": hours(2), "nothing": hours(9)})
    done = opened.columns.purge("purchase", limits)
    assert (done.rows, done.cells, done.files) == (0, 2, 1)
    assert purchases(opened, snapshot) == {1: (5, None), 2: (5, None), 3: (FAR, 30)}


def test_a_dry_run_tells_the_same_and_changes_nothing(opened: Opened) -> None:
    snapshot = import_rows(opened, events=EVENTS)
    before = files(opened)
    told = opened.columns.purge("purchase", OLD, dry_run=True)
    assert files(opened) == before
    assert len(purchases(opened, snapshot)) == 3
    assert opened.columns.purge("purchase", OLD) == told


def test_an_interrupted_purge_changes_nothing(opened: Opened) -> None:
    snapshot = import_rows(opened, events=EVENTS)
    with undone(opened.storage):
        opened.columns.purge("purchase", OLD)
    assert len(purchases(opened, snapshot)) == 3


def test_rows_of_no_known_time_are_older_than_any_limit(opened: Opened) -> None:
    snapshot = import_rows(opened, {1: "DE"})
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_people("crm", people_rows({2: "FR"}), snapshot=snapshot, at=START)
    assert opened.columns.purge("crm", Limits(IMPORTED, rows_after=0)).rows == 1
    assert countries(opened, snapshot) == {2: "FR"}


def test_a_file_of_which_nothing_is_left_goes(opened: Opened) -> None:
    snapshot = import_rows(opened, {1: "DE"})
    opened.columns.purge("crm", Limits(IMPORTED, rows_after=0))
    assert countries(opened, snapshot) == {}
    assert files(opened) == set()


def test_a_limit_of_cells_alone_keeps_every_row() -> None:
    rows = pa.table({"ordinal": pa.array([1], pa.uint32()), "country": ["DE"]})
    kept, gone, cells = left(rows, Limits(IMPORTED, cells_after={"country": 0}))
    assert (kept.to_pylist(), gone, cells) == ([{"ordinal": 1, "country": None}], 0, 1)


def test_a_table_that_was_never_imported_has_nothing_to_purge(opened: Opened) -> None:
    assert opened.columns.purge("nothing", OLD).files == 0
    with pytest.raises(UnknownTableError):
        opened.columns.schema("nothing")
