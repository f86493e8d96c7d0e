# SPDX-License-Identifier: Apache-2.0
"""A purge leaves what is young enough and nothing else, in every snapshot and on the disk."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.terms import to_micros
from privseg.vault import ColumnFileBrokenError, UnknownTableError, parquet, wrap
from privseg.vault.pages import BUCKET
from privseg.vault.purging import Limits, is_over, left
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


# --- whether anything is over ---------------------------------------------------------------------

HOURS = st.integers(0, 6)
ROWS = st.lists(st.tuples(st.none() | HOURS, st.none() | st.just(7), st.integers(0, 3)))
LIMITS = st.builds(
    lambda rows_after, cells, spared: Limits(
        "time", rows_after, {} if cells is None else {"amount": cells}, FrozenBitMap(spared)
    ),
    st.none() | HOURS.map(hours),
    st.none() | HOURS.map(hours),
    st.sets(st.integers(0, 3)),
)


@given(rows=ROWS, limits=LIMITS, has_clock=st.booleans())
@example(rows=[(None, 7, 0), (5, 7, 1)], limits=Limits("time", hours(1)), has_clock=True)
@example(rows=[(5, 7, 0), (1, 7, 1)], limits=Limits("time", hours(1)), has_clock=True)
def test_something_is_over_exactly_where_a_purge_would_take_something(
    rows: list[tuple[int | None, int | None, int]],
    limits: Limits,
    *,
    has_clock: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    times = [None if h is None else START + timedelta(hours=h) for h, _, _ in rows]
    table = pa.table(
        {
            "ordinal": pa.array([o for _, _, o in rows], pa.uint32()),
            "time": pa.array(times, pa.timestamp("us", tz="UTC")),
            "amount": pa.array([a for _, a, _ in rows], pa.int64()),
        }
    )
    table = table if has_clock else table.drop_columns("time")
    _, gone, faded = left(table, limits)
    path, key = tmp_path_factory.getbasetemp() / secrets.token_hex(8), wrap.new_key()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "ROWS_PER_GROUP", 2)
        parquet.write(path, table, key)
    with parquet.opened(path, key) as file:
        assert is_over(file, limits) == bool(gone or faded)


def test_a_table_is_asked_whole_whether_anything_is_over(opened: Opened) -> None:
    import_rows(opened, {1: "DE"}, events=EVENTS)
    before = files(opened)
    assert opened.columns.is_over("purchase", OLD)
    assert not opened.columns.is_over("purchase", Limits("time", rows_after=hours(1) - 1))
    assert opened.columns.is_over("crm", Limits(IMPORTED, rows_after=0))  # of no known time
    assert not opened.columns.is_over("nothing", OLD)
    assert files(opened) == before
    opened.columns.purge("purchase", OLD)
    assert not opened.columns.is_over("purchase", OLD)


def test_what_is_surely_young_is_not_read_to_be_asked(opened: Opened) -> None:
    import_rows(opened, events=[(2, 5, 20)])
    (name,) = files(opened)
    path = opened.place.columns / name
    spoilt = bytearray(path.read_bytes())
    spoilt[40] ^= 1  # of a page: the footer at the end, which has the statistics, stays
    path.write_bytes(spoilt)
    young = Limits("time", rows_after=hours(1), cells_after={"amount": hours(1)})
    assert not opened.columns.is_over("purchase", young)
    with pytest.raises(ColumnFileBrokenError):
        opened.columns.is_over("purchase", Limits("time", rows_after=hours(2)))
