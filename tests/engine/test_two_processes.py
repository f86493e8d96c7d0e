# SPDX-License-Identifier: Apache-2.0
"""Two processes on one workspace at once: sums are right, the log holds, nobody gets fresh noise."""

from __future__ import annotations

import subprocess
import time
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.engine import Workspace
from privseg.release import verify_release
from privseg.vault import verifier
from tests.twins import club
from tests.twins.club import log_of

ONE = Fraction(1, 8)
HEAD_START = 6.0  # seconds in which both processes load what they need; they wait for the moment


@pytest.fixture
def ready(small: Workspace) -> Workspace:
    """The club with the day's edition open, so that both read the same one."""
    small.open_edition()
    return small


def together(root: Path, *names: tuple[str, ...]) -> list[subprocess.Popen[str]]:
    """Start a process for each tuple of reports; all run them from the same moment on."""
    start = time.time() + HEAD_START
    return [club.worker("report_at", root, start, *reports) for reports in names]


def said(worker: subprocess.Popen[str]) -> dict[str, int]:
    """Return what a worker published: the register index by report."""
    out, err = worker.communicate(timeout=120)
    assert worker.returncode == 0, err[-2000:]
    return {name: int(index) for name, index in map(str.split, out.splitlines())}


def check(ws: Workspace, *, runs: int) -> None:
    """Budget, register and log agree on how many runs there were, and all of it holds."""
    assert ws.budget().rho_spent == runs * ONE
    assert len(log_of(ws, Kind.ACCESS_INTENT)) == runs
    report = ws.audit_verify()
    assert (report["ok"], report["findings"]) == (True, [])
    publisher = [verifier(ws.public_keys()["release"])]
    for index, release in enumerate(ws._house.releases.all()):
        assert release.register_index == index
        assert verify_release(release.statement, publisher)


def test_different_reports_at_once_are_both_charged_and_both_published(ready: Workspace) -> None:
    one, other = map(said, together(ready.folder, ("overview",), ("sizes",)))
    assert sorted((one | other).values()) == [0, 1]
    check(ready, runs=2)


def test_the_same_report_at_once_is_one_answer(ready: Workspace) -> None:
    workers = together(ready.folder, ("overview",), ("overview",))
    done = [worker.communicate(timeout=120) for worker in workers]
    answers = {out for out, _ in done if out}
    assert answers == {"overview 0\n"}
    assert len(ready._house.releases.all()) == 1
    assert ready.audit_verify()["ok"]
    if any(worker.returncode for worker in workers):
        assert ready.budget().rho_spent == 2 * ONE
        pytest.xfail("the second one is charged and ends in an error, not in the answer")
    check(ready, runs=len(log_of(ready, Kind.ACCESS_INTENT)))


def test_two_processes_cannot_spend_more_than_there_is(ready: Workspace) -> None:
    """There is budget for one report, and two processes ask for different ones at once."""
    policy = ready.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("rho_per_year: 2", "rho_per_year: 0.2"))
    workers = together(ready.folder, ("overview",), ("sizes",))
    done = [worker.communicate(timeout=120) for worker in workers]
    assert sorted(worker.returncode for worker in workers) == [0, 1]
    assert sum("BudgetExceededError" in err for _, err in done) == 1
    check(ready, runs=1)
