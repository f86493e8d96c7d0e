# SPDX-License-Identifier: Apache-2.0
"""Clocks that jump: what has ended stays ended, order is the sequence, and the log says it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from privseg.engine import Outside, Workspace
from privseg.terms import SubjectId
from tests.faults import worlds
from tests.faults.state import DATABASE
from tests.faults.worlds import ADA, BASES, copied
from tests.twins import club

MEMBER = SubjectId("customer_number", ADA)  # has consented, for 730 days


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clock")
    BASES["club"](folder)
    return folder


@pytest.fixture
def world(founded: Path, tmp_path: Path) -> Path:
    return copied(founded, tmp_path / "world")


@contextmanager
def at(world: Path, **since: float) -> Iterator[Workspace]:
    """Open the club so much later than it was made, or earlier."""
    with worlds.opened(world, **since) as ws:
        yield ws


def allowed(ws: Workspace) -> int:
    """Return how much of a member may be read."""
    return sum(status.allowed for status in ws.consent_of(MEMBER).standing)


def times(world: Path) -> list[datetime]:
    with closing(sqlite3.connect(world / DATABASE)) as db:
        entries = db.execute("SELECT entry FROM audit_entry ORDER BY sequence").fetchall()
    return [datetime.fromisoformat(json.loads(entry)["time"]) for (entry,) in entries]


def test_what_expired_while_the_clock_was_ahead_stays_so_when_it_is_set_back(world: Path) -> None:
    with at(world) as ws:
        assert allowed(ws) > 0
    with at(world, days=800) as ws:
        assert allowed(ws) == 0
    with at(world) as ws:
        assert allowed(ws) == 0, "turning the clock back revives nothing"


def test_a_clock_set_back_is_on_the_log_in_the_order_things_happened(world: Path) -> None:
    with at(world, days=-3) as ws:
        ws.open_edition()
        said = ws.audit_verify()
    told = times(world)
    assert told != sorted(told)
    assert said["ok"]
    findings = said["findings"]
    assert isinstance(findings, list)
    assert any("clock.wall" in str(finding) for finding in findings)


def test_a_machine_whose_own_clock_begins_anew_within_a_boot_is_on_the_log(world: Path) -> None:
    outside = Outside(clock=club.Clock(), machine_ns=lambda: 1)
    with Workspace.open(world / "ws", outside=outside) as ws:
        ws.open_edition()
        said = ws.audit_verify()
    assert said["ok"]
    assert "monotonic" in str(said["findings"])


def test_a_year_that_is_not_the_budgets_pays_for_nothing_twice(world: Path) -> None:
    """What was charged in the year ahead is charged: going back does not ask it again for free."""
    with at(world) as ws:
        ws.report("sizes")
        spent = ws.budget().rho_lifetime
    with at(world, days=400) as ws:
        ws.report("sizes")
    with at(world) as ws:
        ws.open_edition()
        ws.report("sizes")
        assert ws.budget().rho_lifetime == 3 * spent


def test_a_clock_at_the_end_of_time_is_refused_or_told_and_changes_nothing_else(
    world: Path,
) -> None:
    far = datetime.max.replace(tzinfo=club.NOW.tzinfo) - club.NOW - timedelta(days=400)
    with at(world, days=far.days) as ws:
        assert allowed(ws) == 0
        assert ws.audit_verify()["ok"]
