# SPDX-License-Identifier: Apache-2.0
"""Two processes on one workspace at once: sums are right, the log holds, noise is drawn once."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.release import verify_release
from privseg.vault import verifier
from tests.twins import club
from tests.twins.club import Counting, last_outcome, log_of, number, ordinal

ONE = Fraction(1, 8)


@pytest.fixture
def ready(small: Workspace) -> Workspace:
    """The club with the day's edition open, so that both read the same one."""
    small.open_edition()
    return small


def together(root: Path, *names: tuple[str, ...]) -> list[subprocess.Popen[str]]:
    """Start a process for each tuple of reports; none begins before all are ready."""
    barrier = root.parent / "barrier"
    barrier.mkdir()
    return [
        club.worker("report_together", root, barrier, len(names), *reports) for reports in names
    ]


def said(worker: subprocess.Popen[str]) -> dict[str, int]:
    """Return what a worker published: the register index by report."""
    out, err = worker.communicate(timeout=120)
    assert worker.returncode == 0, err[-2000:]
    return {name: int(index) for name, index in map(str.split, out.splitlines())}


def check(ws: Workspace, *, runs: int, charged: int | None = None) -> None:
    """Budget, register and log agree on how many runs there were, and all of it holds."""
    assert ws.budget().rho_spent == (runs if charged is None else charged) * ONE
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


def test_two_processes_cannot_spend_more_than_there_is(ready: Workspace) -> None:
    """There is budget for one report, and two processes ask for different ones at once."""
    policy = ready.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("rho_per_year: 2", "rho_per_year: 0.2"))
    workers = together(ready.folder, ("overview",), ("sizes",))
    done = [worker.communicate(timeout=120) for worker in workers]
    assert sorted(worker.returncode for worker in workers) == [0, 1]
    assert sum("BudgetExceededError" in err for _, err in done) == 1
    check(ready, runs=1)


# --- one run in the middle of another, at a moment that the test chooses -------------------------


@pytest.fixture
def second(ready: Workspace) -> Iterator[Workspace]:
    """The same workspace, opened once more."""
    with club.opened(ready.folder) as ws:
        yield ws


def test_the_same_report_run_in_the_middle_of_itself_is_one_answer(
    ready: Workspace, second: Workspace
) -> None:
    """The second finds the first one's charge and that it is alive: one charge, one answer."""
    answers = []
    Counting(ready._house, first=lambda: answers.append(second.report("overview").document))
    answers.append(ready.report("overview").document)
    assert answers[0] == answers[1]
    assert len(second._house.releases.all()) == 1
    assert ready.report("overview").document == answers[0]
    check(ready, runs=2, charged=1)


def test_identical_reports_at_once_are_charged_once(ready: Workspace) -> None:
    """In two processes, begun together: whichever way they meet, one charge and one answer."""
    one, other = map(said, together(ready.folder, ("overview",), ("overview",)))
    assert one == other == {"overview": 0}
    runs = len(log_of(ready, Kind.ACCESS_INTENT))
    assert runs in {1, 2}
    check(ready, runs=runs, charged=1)


def test_a_new_edition_opened_meanwhile_does_not_pull_the_data_from_under_a_run(
    ready: Workspace, second: Workspace
) -> None:
    def renew() -> None:
        second.load(club.member_rows(club.crowd(60)), source="members")
        second.open_edition()

    Counting(ready._house, first=renew)
    ready.report("overview")
    check(ready, runs=1)


GARDENER = "M0006"


def test_somebody_erased_while_numbers_are_made_is_named_by_no_set_afterwards(
    ready: Workspace, second: Workspace, tmp_path: Path
) -> None:
    """They were read before, which the intent says; no set is written with them any more."""
    who = ordinal(ready, GARDENER)
    case = second.open_request(
        RequestKind.ERASURE, number(GARDENER), identity=IdentityLevel.ACCOUNT
    )
    Counting(ready._house, last=lambda: second.run_request(case.number, out=tmp_path))
    ready.report("overview")
    assert who in log_of(ready, Kind.ACCESS_INTENT)[-1].eligible
    assert who not in last_outcome(ready).eligible
    assert who not in last_outcome(ready).members["gardeners"]
    assert not ready._house.runs.containing(who)
    check(ready, runs=1)


def test_somebody_erased_while_a_run_reads_is_not_in_its_outcome(
    ready: Workspace, second: Workspace, tmp_path: Path
) -> None:
    who = ordinal(ready, GARDENER)
    case = second.open_request(
        RequestKind.ERASURE, number(GARDENER), identity=IdentityLevel.ACCOUNT
    )
    Counting(ready._house, first=lambda: second.run_request(case.number, out=tmp_path))
    ready.report("overview")
    assert who not in last_outcome(ready).eligible
    assert not ready._house.runs.containing(who)
    check(ready, runs=1)
