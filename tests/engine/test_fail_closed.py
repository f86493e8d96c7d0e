# SPDX-License-Identifier: Apache-2.0
"""Promise 2: no log, no read. Whatever stops a run, nothing is read or charged that is not said.

What was opened is counted by a ``Compute`` that lets everything through (``club.Counting``); the
real one stands behind it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.engine.errors import RunFailedError
from privseg.errors import (
    AuditWriteError,
    BudgetError,
    PolicyError,
    PrivsegError,
    StorageError,
)
from privseg.store import AuditLogTamperedError
from privseg.terms import StaffRole
from tests.twins import club
from tests.twins.club import Counting, log_of

AUDIT_LOG_NOT_WRITABLE = 74


@pytest.fixture
def counting(small: Workspace) -> Counting:
    """The club's compute, watched, with the day's edition open and the rules loaded."""
    small.open_edition()
    small.plan_report("overview")
    return Counting(small._house)


def spent(ws: Workspace) -> Fraction:
    return ws.budget().rho_spent


def damaged(ws: Workspace, sql: str) -> None:
    """Change the database behind the workspace's back."""
    with closing(sqlite3.connect(ws._house.db.place)) as direct:
        direct.execute(sql)
        direct.commit()


# --- a log that cannot be written ---------------------------------------------------------------


def drop_entries(ws: Workspace) -> None:
    damaged(ws, "DROP TABLE audit_entry")


def drop_bodies(ws: Workspace) -> None:
    damaged(ws, "ALTER TABLE audit_body RENAME TO elsewhere")


def refuse_entries(ws: Workspace) -> None:
    refuse = "CREATE TRIGGER no BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(FAIL, 'no'); END"
    damaged(ws, refuse)


def lose_the_head_file(ws: Workspace) -> None:
    (ws._house.db.private / "head").unlink()


def cut_the_last_entry(ws: Workspace) -> None:
    """Drop the guard of the history first, as whoever forges it would."""
    with closing(sqlite3.connect(ws._house.db.place)) as direct:
        guards = direct.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            direct.execute(f'DROP TRIGGER "{name}"')
        last = "(SELECT max(sequence) FROM audit_entry)"
        direct.execute(f"DELETE FROM audit_body WHERE sequence = {last}")
        direct.execute(f"DELETE FROM audit_entry WHERE sequence = {last}")
        direct.commit()


def roll_the_head_back(ws: Workspace) -> None:
    damaged(ws, "UPDATE audit_head SET size = size - 1")


@pytest.mark.parametrize(
    ("harm", "exit_code"),
    [
        (drop_entries, 74),
        (drop_bodies, 74),
        (refuse_entries, 74),
        (roll_the_head_back, 5),
    ],
)
def test_without_a_log_that_can_be_written_nothing_is_read_or_charged(
    small: Workspace, counting: Counting, harm: Callable[[Workspace], None], exit_code: int
) -> None:
    harm(small)
    with pytest.raises(PrivsegError) as refused:
        small.report("overview")
    assert refused.value.exit_code == exit_code
    assert counting.opens == 0
    assert not small._house.losses.history("people")


@pytest.mark.parametrize("harm", [lose_the_head_file, roll_the_head_back])
def test_a_log_changed_behind_our_back_is_noticed_when_the_workspace_is_opened(
    small: Workspace, harm: Callable[[Workspace], None]
) -> None:
    small.report("overview")
    small.close()
    harm(small)
    with pytest.raises(AuditLogTamperedError) as refused, club.opened(small.folder):
        pass
    assert refused.value.exit_code == 5


def test_a_database_put_back_while_it_is_open_is_noticed_before_anything_is_read(
    small: Workspace, counting: Counting
) -> None:
    """Every table is of one older state, so nothing in the file contradicts itself."""
    path = small._house.db.place
    before = path.read_bytes()
    small.report("sizes")
    path.write_bytes(before)
    with pytest.raises(AuditLogTamperedError):
        small.report("overview")
    assert counting.opens == 1


def test_a_log_whose_last_entry_was_cut_out_is_not_opened(small: Workspace) -> None:
    small.report("overview")
    small.close()
    cut_the_last_entry(small)
    with pytest.raises(AuditLogTamperedError) as refused, club.opened(small.folder):
        pass
    assert refused.value.exit_code == 5


@contextmanager
def removed(ws: Workspace) -> Iterator[None]:
    ws._house.db.place.rename(ws._house.db.place.with_suffix(".away"))
    yield
    ws._house.db.place.with_suffix(".away").rename(ws._house.db.place)


@contextmanager
def being_written(ws: Workspace) -> Iterator[None]:
    with closing(sqlite3.connect(ws._house.db.place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize("harm", [removed, being_written])
def test_without_the_database_that_holds_the_log_nothing_is_read_or_charged(
    small: Workspace,
    counting: Counting,
    harm: Callable[[Workspace], AbstractContextManager[None]],
) -> None:
    with harm(small), pytest.raises(StorageError) as refused:
        small.report("overview")
    assert counting.opens == 0
    assert spent(small) == 0
    assert refused.value.exit_code == AUDIT_LOG_NOT_WRITABLE


def test_on_a_full_disk_nothing_is_read(small: Workspace, counting: Counting) -> None:
    """The database may not grow by a page (SQLite's own limit, as a full disk has it)."""
    pages = small._house.db.raw("PRAGMA page_count")[0][0]
    small._house.db.raw(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(AuditWriteError):
        use_up_what_is_left(small)
    with pytest.raises(AuditWriteError) as refused:
        small.report("overview")
    assert refused.value.exit_code == AUDIT_LOG_NOT_WRITABLE
    assert counting.opens == 0
    assert spent(small) == 0


def use_up_what_is_left(ws: Workspace) -> None:
    """Write until the last pages have no room."""
    for _ in range(200):
        ws.open_edition()


def test_an_access_answer_is_not_read_either_when_it_cannot_be_logged(small: Workspace) -> None:
    case = small.open_request(
        RequestKind.ACCESS, club.number("M0001"), identity=IdentityLevel.ACCOUNT
    )
    refuse_entries(small)
    read: list[str] = []
    columns = small._house.columns
    real = columns.rows_of
    columns.rows_of = lambda *a, **k: read.append("read") or real(*a, **k)  # type: ignore[method-assign]
    with pytest.raises(AuditWriteError):
        small.run_request(case.number, out=small.folder / "answers")
    assert not read
    assert not (small.folder / "answers").exists()


# --- refused by policy and by the budget --------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "role", "attribute"),
    [
        ("forbidden", StaffRole.MARKETER, "diary"),  # the segmenter may not read it
        ("carers", StaffRole.MARKETER, "diary"),  # the policy lets another role run it
    ],
)
def test_what_the_policy_refuses_is_on_the_log_and_not_read(
    small: Workspace, counting: Counting, report: str, role: StaffRole, attribute: str
) -> None:
    small.role = role
    with pytest.raises(PolicyError) as refused:
        small.report(report)
    assert refused.value.exit_code == 3
    (denied,) = log_of(small, Kind.ACCESS_DENIED)
    assert denied.entry.outcome is Outcome.DENIED
    assert denied.entry.actor is role
    assert attribute in denied.entry.header["attributes"]
    assert not log_of(small, Kind.ACCESS_INTENT)
    assert counting.opens == 0
    assert spent(small) == 0


NO_REPORTS = set(StaffRole) - {
    StaffRole.MARKETER,
    StaffRole.ANALYST,
    StaffRole.AUDITOR,  # is never the administrator who made the workspace: test_roles.py
}


@pytest.mark.parametrize("role", sorted(NO_REPORTS))
def test_a_role_that_makes_no_reports_reads_nothing_and_is_on_the_log(
    small: Workspace, counting: Counting, role: StaffRole
) -> None:
    small.role = role
    with pytest.raises(PolicyError):
        small.report("overview")
    small.role = None
    (denied,) = [e.entry for e in log_of(small) if e.entry.outcome is Outcome.DENIED]
    assert denied.actor is role
    assert counting.opens == 0
    assert spent(small) == 0


def test_a_breakdown_by_what_may_not_be_read_is_refused_and_on_the_log(
    small: Workspace, counting: Counting
) -> None:
    with pytest.raises(PrivsegError):
        small.report("overview", by="diary")
    with pytest.raises(PrivsegError):
        small.report("overview", by="email")
    assert counting.opens == 0
    assert spent(small) == 0


@pytest.fixture
def poor(small: Workspace) -> Iterator[Workspace]:
    """The club with a budget for two reports, of 1/8 each."""
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("rho_per_year: 2", "rho_per_year: 0.3"))
    with club.opened(small.folder) as ws:
        for _ in range(2):
            ws.open_edition()
            ws.report("overview")
        yield ws


def test_when_the_budget_is_used_up_a_report_is_refused_unread(poor: Workspace) -> None:
    intents = len(log_of(poor, Kind.ACCESS_INTENT))
    counting = Counting(poor._house)
    with pytest.raises(BudgetError) as refused:
        poor.report("sizes")
    assert refused.value.exit_code == 4
    assert counting.opens == 0
    assert spent(poor) == Fraction(2, 8)
    assert len(log_of(poor, Kind.ACCESS_INTENT)) == intents == 2


def test_what_is_published_is_still_answered_when_the_budget_is_used_up(poor: Workspace) -> None:
    assert poor.report("overview").statement.plan.name == "overview"


def test_a_refusal_for_lack_of_budget_is_on_the_log(poor: Workspace) -> None:
    with pytest.raises(BudgetError):
        poor.report("sizes")
    (denied,) = [e.entry for e in log_of(poor) if e.entry.outcome is Outcome.DENIED]
    assert (denied.kind, denied.header["reason"]) == (Kind.ACCESS_DENIED, "budget")


# --- cut short after the charge -----------------------------------------------------------------


class PowerCut(BaseException):
    """Nothing in the code under test handles it, as nothing would run."""


def test_a_run_that_fails_while_reading_stays_charged_and_says_so(
    small: Workspace, counting: Counting
) -> None:
    counting.fail = ValueError("a message that quotes CANARY-OF-THE-ENGINE")
    with pytest.raises(RunFailedError) as failed:
        small.report("overview")
    assert "CANARY" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert spent(small) == Fraction(1, 8)
    (outcome,) = log_of(small, Kind.ACCESS_OUTCOME)
    assert outcome.entry.outcome is Outcome.FAILED
    assert not log_of(small, Kind.RELEASE)
    assert small.audit_verify()["ok"]


def test_a_run_that_is_killed_while_reading_shows_as_an_intent_without_an_end(
    small: Workspace, counting: Counting
) -> None:
    counting.fail = PowerCut()
    with pytest.raises(PowerCut):
        small.report("overview")
    assert spent(small) == Fraction(1, 8)
    report = small.audit_verify()
    assert report["ok"]
    (warning,) = report["findings"]  # type: ignore[misc]
    assert "no outcome" in warning
    assert warning.startswith("warning")
    with club.opened(small.folder) as again:
        assert spent(again) == Fraction(1, 8)
        again.report("overview")
        assert spent(again) == Fraction(2, 8)


def test_a_run_killed_by_the_operating_system_stays_charged(small: Workspace) -> None:
    """A process of its own, ended by ``os._exit`` inside the scan."""
    worker = club.worker("die_while_reading", small.folder)
    worker.communicate(timeout=60)
    assert worker.returncode == 9
    assert spent(small) == Fraction(1, 8)
    findings = small.audit_verify()["findings"]
    assert isinstance(findings, list)
    assert any("no outcome" in finding for finding in findings)


def test_a_failed_run_may_be_run_again_and_pays_again(small: Workspace, counting: Counting) -> None:
    counting.fail = ValueError()
    with pytest.raises(RunFailedError):
        small.report("overview")
    counting.fail = None
    small.report("overview")
    assert spent(small) == Fraction(2, 8)


def test_a_source_that_was_never_imported_costs_nothing(tmp_path: Path) -> None:
    """Whether there are data of a source does not depend on a person: it is known beforehand."""
    with club.create(tmp_path) as ws:
        ws.load(club.member_rows(club.crowd(30)), source="members")
        ws.consents(club.consent_rows(club.crowd(30)))
        with pytest.raises(PrivsegError) as refused:
            ws.report("overview")
        assert not isinstance(refused.value, RunFailedError)
        assert spent(ws) == 0


def test_a_column_that_was_never_imported_costs_nothing(small: Workspace) -> None:
    """The catalogue got a column since the last import: known beforehand, as above."""
    policy = small.folder / "policies" / "club.yaml"
    text = policy.read_text().replace(
        "      hobby: {type: text",
        "      rank: {type: integer, category: interests}\n      hobby: {type: text",
    )
    policy.write_text(text.replace("reads: [country,", "reads: [rank, country,"))
    (small.folder / "segments" / "ranked.yaml").write_text(
        "segment: ranked\nlabel: {en: R}\nsegmenter: letters\n"
        "where: {attribute: rank, is_known: true}\n"
    )
    with club.opened(small.folder) as ws:
        with pytest.raises(PrivsegError) as refused:
            ws.report("ranked")
        assert not isinstance(refused.value, RunFailedError)
        assert spent(ws) == 0
