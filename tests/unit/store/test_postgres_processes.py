# SPDX-License-Identifier: Apache-2.0
"""Several processes on one server: nothing is lost or there twice, no budget is spent twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from privseg.audit import Outcome, open_body, parse_entry
from privseg.protect.loss import BudgetExceededError, PrivacyLoss
from privseg.store import Database, Shared, SqlAuditLog, SqlLosses
from privseg.tlog import open_checkpoint, root_hash
from tests.twins import postgres_worker, store_worker
from tests.twins.postgres import workspace

MANY = [4, pytest.param(16, marks=pytest.mark.long)]


@pytest.fixture
def place(postgres: str, tmp_path: Path) -> Shared:
    found = workspace(postgres, tmp_path / ".privseg")
    Database.create(found).close()
    db, _ = store_worker.open_log(found)  # type: ignore[arg-type]  # it passes it on
    db.close()
    return found


def start(place: Shared, verb: str, *, times: int, processes: int) -> subprocess.Popen[str]:
    where = (place.url, place.workspace, str(place.private))
    return subprocess.Popen(
        [sys.executable, postgres_worker.__file__, *where, verb, str(times), str(processes)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def opened(place: Shared) -> tuple[Database, SqlAuditLog]:
    return store_worker.open_log(place)  # type: ignore[arg-type]


def said(log: SqlAuditLog) -> list[tuple[int, int]]:
    """Return who wrote each entry, and which of theirs it is; the tree is checked on the way."""
    stored = list(log.entries())
    head = open_checkpoint(log.head(), [store_worker.KEY])
    assert (head.size, head.root) == (len(stored), root_hash([each.leaf for each in stored]))
    found = []
    for number, each in enumerate(stored):
        entry = parse_entry(each.entry_bytes)
        assert (entry.sequence, entry.outcome) == (number, Outcome.OK)
        assert each.salt is not None
        assert each.body is not None
        body = open_body(entry, each.salt, each.body)
        found.append((int(body["who"]), int(body["number"])))
    return found


@pytest.mark.parametrize("processes", MANY)
def test_processes_lose_no_entry_and_write_none_twice(place: Shared, processes: int) -> None:
    worker = start(place, "append_many_times", times=12, processes=processes)
    assert worker.communicate(timeout=120)[0].split() == ["done"] * processes
    db, log = opened(place)
    with db:
        entries = said(log)
        assert sorted(entries) == [(who, n) for who in range(processes) for n in range(12)]
        changes = {n for (n,) in db.raw("SELECT position FROM consent_evidence")}
        assert changes == {who * 1_000 + n for who, n in entries}


@pytest.mark.parametrize("processes", MANY)
def test_processes_cannot_spend_a_budget_twice(place: Shared, processes: int) -> None:
    """The budget allows ten charges; each process tries to make as many alone."""
    worker = start(place, "spend", times=10, processes=processes)
    spent = worker.communicate(timeout=120)[0].split()
    assert len(spent) == processes
    assert sum(map(int, spent)) == 10
    with Database.open(place) as db:
        losses = SqlLosses(db)
        assert losses.head().count == 10
        assert losses.lifetime("workspace") == PrivacyLoss.of("1")
        limit = PrivacyLoss.of("1")
        with pytest.raises(BudgetExceededError):
            losses.charge(store_worker.tenth(), limit=limit, since=store_worker.START)


def test_processes_that_are_killed_leave_whole_changes_only(place: Shared) -> None:
    worker = start(place, "append_many_times", times=10_000, processes=4)
    with Database.open(place) as db:
        while db.raw("SELECT count(*) FROM consent_evidence")[0][0] < 40:
            time.sleep(0.02)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.communicate()
    db, log = opened(place)  # at once, without a manual step
    with db:
        entries = said(log)
        assert len(entries) == len(set(entries)) >= 40
        changes = {n for (n,) in db.raw("SELECT position FROM consent_evidence")}
        assert changes == {who * 1_000 + n for who, n in entries if n < 1_000}
        log.append(store_worker.event(9, 9))
