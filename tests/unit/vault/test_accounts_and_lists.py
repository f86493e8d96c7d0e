# SPDX-License-Identifier: Apache-2.0
"""Accounts and lists in the column store: whose rows they are, and what replaces what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from privseg.terms import Ordinal, to_micros
from privseg.vault import ColumnSchemaError, UnknownPersonError, UnknownTableError
from privseg.vault.pages import BUCKET
from privseg.vault.purging import Limits
from privseg.vault.rows import IMPORTED
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import (
    Opened,
    create,
    enrol_nameless,
    give_numbers,
    people_rows,
    undone,
)

THEN = datetime(2026, 1, 2, tzinfo=UTC)
FAR = 2 * BUCKET + 7


@pytest.fixture(params=["memory", "sql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    made = create(tmp_path, MemoryVault() if request.param == "memory" else None)
    give_numbers(made, 3 * BUCKET)
    yield made
    if request.param == "sql":
        made.close()


def key(number: int) -> bytes:
    return number.to_bytes(16)


def account_rows(rows: Mapping[int, str | None]) -> pa.Table:
    return pa.table(
        {
            "account": pa.array(map(key, rows), pa.binary(16)),
            "industry": pa.array(rows.values(), pa.string()),
        }
    )


def write_accounts(opened: Opened, rows: Mapping[int, str | None], at: datetime = THEN) -> int:
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_accounts("companies", account_rows(rows), snapshot=snapshot, at=at)
    return snapshot


def write_list(opened: Opened, people: list[int]) -> int:
    rows = pa.table({"ordinal": pa.array(people, pa.uint32())})
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_list("spring", rows, snapshot=snapshot, at=THEN)
    return snapshot


def industries(opened: Opened, snapshot: int) -> dict[bytes, str | None]:
    rows = opened.columns.accounts("companies", snapshot=snapshot).to_pylist()
    return {r["account"]: r["industry"] for r in rows}


def on_it(opened: Opened, snapshot: int) -> set[int]:
    rows = opened.columns.dataset("spring", snapshot=snapshot).to_table()
    return set(rows.column("ordinal").to_pylist())


def test_a_later_row_replaces_an_accounts_row_and_absent_accounts_keep_theirs(
    opened: Opened,
) -> None:
    first = write_accounts(opened, {1: "retail", 2: "health"})
    second = write_accounts(opened, {2: None, 3: "building"})
    assert industries(opened, first) == {key(1): "retail", key(2): "health"}
    assert industries(opened, second) == {key(1): "retail", key(2): None, key(3): "building"}


def test_an_account_says_when_its_row_came_in(opened: Opened) -> None:
    snapshot = write_accounts(opened, {1: "retail"})
    assert opened.columns.accounts("companies", snapshot=snapshot).column(IMPORTED).to_pylist() == [
        THEN
    ]


def test_no_accounts_are_an_empty_table_and_unknown_ones_are_refused(opened: Opened) -> None:
    with pytest.raises(UnknownTableError):
        opened.columns.accounts("companies", snapshot=0)
    snapshot = write_accounts(opened, {})
    assert len(opened.columns.accounts("companies", snapshot=snapshot)) == 0


def test_people_are_no_accounts(opened: Opened) -> None:
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_people("crm", people_rows({1: "DE"}), snapshot=snapshot)
    with pytest.raises(UnknownTableError):
        opened.columns.accounts("crm", snapshot=snapshot)
    with pytest.raises(ColumnSchemaError), opened.storage.transaction():
        opened.columns.write_accounts(
            "crm", account_rows({1: "retail"}), snapshot=opened.columns.begin_snapshot()
        )


def test_an_account_without_a_key_is_refused(opened: Opened) -> None:
    rows = pa.table({"account": pa.array([None], pa.binary(16))})
    with pytest.raises(ColumnSchemaError, match="null"), opened.storage.transaction():
        opened.columns.write_accounts("companies", rows, snapshot=opened.columns.begin_snapshot())
    assert opened.columns.tables() == ()


def test_accounts_make_nobody_known(opened: Opened) -> None:
    snapshot = write_accounts(opened, {1: "retail"})
    assert not opened.vault.people(snapshot)


def test_no_row_of_an_account_is_about_a_person(opened: Opened) -> None:
    snapshot = write_accounts(opened, {0: "retail", 1: "health"})
    assert opened.columns.rows_of(Ordinal(0), "companies", snapshot=snapshot) == []


def test_erasing_a_person_leaves_every_account_and_no_link(opened: Opened) -> None:
    enrol_nameless(opened, 3)
    write_accounts(opened, {0: "retail"})
    linked = people_rows({0: "DE", 1: "FR"}).append_column(
        "company", pa.array([key(0), key(0)], pa.binary(16))
    )
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_people("crm", linked, snapshot=snapshot)
    opened.vault.erase(Ordinal(0), opened.columns)
    assert industries(opened, snapshot) == {key(0): "retail"}
    left = opened.columns.dataset("crm", snapshot=snapshot).to_table()
    assert left.column("ordinal").to_pylist() == [1]
    assert [v for _, c, v in opened.columns.values() if c == "company"] == [key(0)]


def test_accounts_that_are_too_old_are_purged(opened: Opened) -> None:
    write_accounts(opened, {1: "retail"})
    snapshot = write_accounts(opened, {2: "health"}, THEN + timedelta(days=9))
    limits = Limits(IMPORTED, to_micros(THEN))
    assert opened.columns.purge("companies", limits).rows == 1
    assert industries(opened, snapshot) == {key(2): "health"}


def test_no_industry_or_key_stands_in_a_file_in_clear(opened: Opened) -> None:
    with opened.storage.transaction():
        rows = pa.table(
            {
                "account": pa.array([b"sixteen-bytes-ok"], pa.binary(16)),
                "industry": ["unmistakable-industry"],
            }
        )
        opened.columns.write_accounts("companies", rows, snapshot=opened.columns.begin_snapshot())
    stored = b"".join(p.read_bytes() for p in opened.place.columns.iterdir())
    assert stored
    assert b"unmistakable-industry" not in stored
    assert b"sixteen-bytes-ok" not in stored


def test_who_is_not_in_a_lists_new_file_is_off_it(opened: Opened) -> None:
    first = write_list(opened, [1, 5, FAR])
    second = write_list(opened, [5, 6])
    assert on_it(opened, first) == {1, 5, FAR}
    assert on_it(opened, second) == {5, 6}
    assert on_it(opened, write_list(opened, [])) == set()


def test_who_stands_on_a_list_twice_is_on_it_once(opened: Opened) -> None:
    snapshot = write_list(opened, [5, 5, 1])
    rows = opened.columns.dataset("spring", snapshot=snapshot).to_table()
    assert rows.column("ordinal").to_pylist() == [1, 5]


def test_a_list_that_is_not_taken_leaves_the_old_one(opened: Opened) -> None:
    first = write_list(opened, [1, 5])
    with undone(opened.storage):
        write_list(opened, [6])
    with pytest.raises(UnknownPersonError):
        write_list(opened, [4 * BUCKET])
    assert opened.columns.snapshot() == first
    assert on_it(opened, first) == {1, 5}


def test_who_is_erased_is_on_no_list_of_any_snapshot(opened: Opened) -> None:
    enrol_nameless(opened, 3)
    first, second = write_list(opened, [0, 1]), write_list(opened, [0])
    opened.vault.erase(Ordinal(0), opened.columns)
    assert on_it(opened, first) == {1}
    assert on_it(opened, second) == set()
