# SPDX-License-Identifier: Apache-2.0
"""A small workspace to try the vault on: a database, a column store, a key file outside both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from privseg.store.database import Database
from privseg.store.people import VaultTables
from privseg.vault import ColumnStore, Environment, Vault
from privseg.vault.bound import People
from privseg.vault.pages import BUCKET, KeyPage, Pages
from privseg.vault.ports import Transactions, VaultStorage

WORKSPACE = "7d3f0a52"
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """Where a workspace and its key file lie; both can be copied."""

    folder: Path

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def key_file(self) -> Path:
        return self.folder / "keys" / "root.key"

    @property
    def columns(self) -> Path:
        return self.workspace / "columns"

    def copy_to(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder)
        return Place(folder)


@dataclass(frozen=True)
class Opened:
    """An open workspace."""

    place: Place
    storage: VaultStorage
    vault: Vault
    columns: ColumnStore

    def close(self) -> None:
        self.storage._db.close()


class Interruption(BaseException):
    """Nothing in the code under test handles it."""


@contextmanager
def undone(storage: Transactions) -> Iterator[None]:
    """Run a block in a transaction that is interrupted at its end."""
    try:
        with storage.transaction():
            yield
            raise Interruption  # noqa: TRY301 - it must pass through the transaction
    except Interruption:
        return


def create(
    folder: Path, storage: VaultStorage | None = None, environment: str = "production"
) -> Opened:
    """Make a workspace, on SQLite unless another storage is given."""
    place = Place(folder)
    used = storage or VaultTables(Database.create(place.workspace / "privseg.sqlite"))
    vault = Vault.create(
        used, place.key_file, workspace=WORKSPACE, environment=Environment(environment)
    )
    return Opened(place, used, vault, ColumnStore.open(place.columns, used, vault))


def reopen(place: Place, storage: VaultStorage | None = None) -> Opened:
    """Open a workspace that was made before."""
    used = storage or VaultTables(Database.open(place.workspace / "privseg.sqlite"))
    vault = Vault.open(used, place.key_file, workspace=WORKSPACE)
    return Opened(place, used, vault, ColumnStore.open(place.columns, used, vault))


def give_numbers(opened: Opened, people: int) -> None:
    """Give the first ``people`` ordinals, and nothing else."""
    with opened.vault.bound.changing(People.NUMBERS):
        opened.storage.set_next_ordinal(people)


def enrol_nameless(opened: Opened, people: int, *, keys_per_bucket: int = BUCKET) -> None:
    """Give the first ``people`` ordinals, without identifiers: quick, for many buckets.

    Only the first ``keys_per_bucket`` of each bucket get keys.
    """
    pages = Pages(opened.storage, opened.vault.keyring)
    with opened.storage.transaction():
        for bucket in range((people - 1) // BUCKET + 1):
            page = KeyPage(bucket)
            page.enrol(min(keys_per_bucket, people - bucket * BUCKET))
            pages.save(page)
        give_numbers(opened, people)


def people_rows(rows: dict[int, str | None]) -> pa.Table:
    """Return a people table with one attribute."""
    return pa.table(
        {
            "ordinal": pa.array(list(rows), pa.uint32()),
            "country": pa.array(list(rows.values()), pa.string()),
        }
    )


def event_rows(rows: list[tuple[int, int, int]]) -> pa.Table:
    """Return an events table from (event number, ordinal, amount)."""
    return pa.table(
        {
            "ordinal": pa.array([o for _, o, _ in rows], pa.uint32()),
            "event_id": pa.array([e.to_bytes(16, "big") for e, _, _ in rows], pa.binary(16)),
            "time": pa.array(
                [START + timedelta(hours=e) for e, _, _ in rows], pa.timestamp("us", tz="UTC")
            ),
            "amount": pa.array([a for _, _, a in rows], pa.int64()),
        }
    )


def import_rows(
    opened: Opened,
    people: dict[int, str | None] | None = None,
    events: list[tuple[int, int, int]] | None = None,
) -> int:
    """Write rows in a snapshot of their own; return its number."""
    with opened.storage.transaction():
        snapshot = opened.columns.begin_snapshot()
        if people:
            opened.columns.write_people("crm", people_rows(people), snapshot=snapshot)
        if events:
            opened.columns.upsert_events("purchase", event_rows(events), snapshot=snapshot)
    return snapshot


def countries(opened: Opened, snapshot: int) -> dict[int, str | None]:
    """Return the attribute of everybody in a snapshot."""
    rows = opened.columns.dataset("crm", snapshot=snapshot).to_table().to_pylist()
    assert len({r["ordinal"] for r in rows}) == len(rows)
    return {r["ordinal"]: r["country"] for r in rows}


def purchases(opened: Opened, snapshot: int) -> dict[int, tuple[int, int]]:
    """Return (ordinal, amount) of every event in a snapshot."""
    rows = opened.columns.dataset("purchase", snapshot=snapshot).to_table().to_pylist()
    found = {int.from_bytes(r["event_id"], "big"): (r["ordinal"], r["amount"]) for r in rows}
    assert len(found) == len(rows)
    return found
