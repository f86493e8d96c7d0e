# SPDX-License-Identifier: Apache-2.0
"""A person's row keeps the moment it came in: its retention runs from then, not from a rewrite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from privseg.terms import Ordinal
from privseg.vault.merge import FILES_PER_BUCKET
from privseg.vault.rows import IMPORTED
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import Opened, create, enrol_nameless, people_rows

T0 = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "sql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    made = create(tmp_path, MemoryVault() if request.param == "memory" else None)
    enrol_nameless(made, 100)
    yield made
    if request.param == "sql":
        made.close()


def write(opened: Opened, rows: dict[int, str | None], at: datetime | None) -> int:
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        opened.columns.write_people("crm", people_rows(rows), snapshot=snapshot, at=at)
    return snapshot


def times(opened: Opened, snapshot: int) -> dict[int, datetime | None]:
    rows = opened.columns.dataset("crm", snapshot=snapshot).to_table().to_pylist()
    return {r["ordinal"]: r.get(IMPORTED) for r in rows}


def test_a_row_keeps_its_time_when_others_are_imported_and_files_are_merged(
    opened: Opened,
) -> None:
    write(opened, {1: "DE", 2: "DE"}, T0)
    for n in range(3 * FILES_PER_BUCKET):
        snapshot = write(opened, {2: "FR", 10 + n: "DE"}, T0 + timedelta(days=1 + n))
    found = times(opened, snapshot)
    assert found[1] == T0
    assert found[2] == T0 + timedelta(days=3 * FILES_PER_BUCKET)
    assert found[10] == T0 + timedelta(days=1)


def test_an_erasure_of_somebody_else_renews_nobodys_time(opened: Opened) -> None:
    snapshot = write(opened, {1: "DE", 2: "DE"}, T0)
    expelled = opened.columns.expel(Ordinal(2))
    assert times(opened, snapshot) == {1: T0}
    assert expelled.stores[0].fields == ("country", "ordinal")


def test_a_row_without_a_time_has_none_even_beside_rows_that_have(opened: Opened) -> None:
    write(opened, {1: "DE"}, None)
    write(opened, {2: "DE"}, T0)
    assert times(opened, write(opened, {3: "FR"}, None)) == {1: None, 2: T0, 3: None}


def test_the_time_is_no_attribute_of_a_person(opened: Opened) -> None:
    snapshot = write(opened, {1: "DE"}, T0)
    assert opened.columns.rows_of(Ordinal(1), "crm", snapshot=snapshot) == [
        {"ordinal": 1, "country": "DE"}
    ]
