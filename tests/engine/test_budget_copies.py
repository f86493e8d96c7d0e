# SPDX-License-Identifier: Apache-2.0
"""A copy of a workspace, an older one put back, or an edited ledger is no fresh budget.

Not promised: whoever puts back old copies of the workspace *and* of the folder with the root key
has turned time back, and no file can tell.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.engine import Workspace
from privseg.engine.errors import RoleError
from privseg.errors import IntegrityError
from privseg.store import (
    LossesBehindError,
    LossesForkedError,
    LossMemoryMissingError,
)
from privseg.terms import Purpose, StaffRole
from privseg.vault.note import NoteForgedError
from tests.twins import club
from tests.twins.club import Counting, log_of

ONE = Fraction(1, 8)  # what a report costs


def spent(ws: Workspace) -> Fraction:
    return ws.budget().rho_spent


# --- copies -------------------------------------------------------------------------------------


@contextmanager
def copied(ws: Workspace, to: Path) -> Iterator[Path]:
    """Close a workspace and copy its whole folder, the log's own remembered head with it."""
    ws.close()
    yield Path(shutil.copytree(ws.folder, to))


def test_what_a_copy_spends_stops_the_original_until_it_is_charged_there(
    small: Workspace, tmp_path: Path
) -> None:
    small.report("overview")
    with copied(small, tmp_path / "copy") as copy, club.opened(copy) as clone:
        clone.report("sizes")
        assert spent(clone) == 2 * ONE
    with pytest.raises(LossesBehindError) as refused, club.opened(small.folder):
        pass
    assert refused.value.exit_code == 5
    assert "privseg budget recover" in str(refused.value)
    done = Workspace.recover_budget(small.folder, yes=True)
    assert (done.owed.rho, done.charges) == (ONE, 1)
    with club.opened(small.folder) as original:
        assert spent(original) == 2 * ONE
        assert original.audit_verify()["ok"]


def test_an_older_folder_put_back_is_refused_and_changed_in_nothing(
    small: Workspace, tmp_path: Path
) -> None:
    """Every file of the workspace is of one older state: only what lies outside can tell."""
    with copied(small, tmp_path / "before") as before:
        with club.opened(small.folder) as ws:
            ws.report("sizes")
        shutil.rmtree(small.folder)
        shutil.copytree(before, small.folder)
    held = (small.folder / ".privseg" / "workspace.db").read_bytes()
    with pytest.raises(LossesBehindError), club.opened(small.folder):
        pass
    assert (small.folder / ".privseg" / "workspace.db").read_bytes() == held


def test_two_copies_that_both_went_on_are_both_charged_before_either_goes_on(
    small: Workspace, tmp_path: Path
) -> None:
    """The memory of the first was taken away, so the second could go on: now they have parted."""
    small.report("overview")
    note = small._house.losses._note
    assert note is not None
    early = note.path.read_bytes()
    with copied(small, tmp_path / "copy") as copy, club.opened(copy) as clone:
        clone.report("sizes")
        clone.report("gardeners")
    late = note.path.read_bytes()
    note.path.write_bytes(early)
    with club.opened(small.folder) as original:
        original.report("buyers")
    note.path.write_bytes(late)
    with pytest.raises(LossesForkedError) as refused, club.opened(small.folder):
        pass
    assert refused.value.common == 1
    assert Workspace.recover_budget(small.folder).owed.rho == 2 * ONE
    Workspace.recover_budget(small.folder, yes=True)
    with club.opened(small.folder) as original:
        assert spent(original) == 4 * ONE
        assert original.audit_verify()["ok"]
    with pytest.raises(IntegrityError), club.opened(copy):
        pass


def test_a_lost_memory_is_refused_and_going_on_is_on_the_log(small: Workspace) -> None:
    small.report("sizes")
    note = small._house.losses._note
    assert note is not None
    small.close()
    note.path.unlink()
    with pytest.raises(LossMemoryMissingError), club.opened(small.folder):
        pass
    found = Workspace.recover_budget(small.folder, yes=True)
    assert (found.unknown, found.owed.rho) == (True, 0)
    with club.opened(small.folder) as again:
        assert spent(again) == ONE
        verbs = [e.entry.header.get("verb") for e in log_of(again, Kind.CONFIGURATION)]
        assert "recover-budget" in verbs
        assert again.audit_verify()["ok"]


def test_a_memory_of_another_workspace_is_refused(small: Workspace, tmp_path: Path) -> None:
    small.report("sizes")
    note = small._house.losses._note
    assert note is not None
    with club.found(tmp_path / "other", club.crowd(20)) as other:
        theirs = other._house.losses._note
        assert theirs is not None
        shutil.copy(theirs.path, note.path)
    with pytest.raises(NoteForgedError), club.opened(small.folder):
        pass


def test_recovery_is_said_before_it_is_done(small: Workspace, tmp_path: Path) -> None:
    small.report("overview")
    with copied(small, tmp_path / "copy") as copy, club.opened(copy) as clone:
        clone.report("sizes")
    found = Workspace.recover_budget(small.folder)
    assert (found.done, found.here, found.owed.rho) == (False, 1, ONE)
    with pytest.raises(LossesBehindError), club.opened(small.folder):
        pass


def test_recovery_is_for_the_compliance_officer_and_only_where_something_is_missing(
    small: Workspace, tmp_path: Path
) -> None:
    whole = Workspace.recover_budget(small.folder, yes=True)
    assert (whole.why, whole.done, spent(small)) == ("", False, 0)
    small.report("overview")
    with copied(small, tmp_path / "copy") as copy, club.opened(copy) as clone:
        clone.report("sizes")
    for role in set(StaffRole) - {StaffRole.COMPLIANCE_OFFICER}:
        with pytest.raises(RoleError):
            Workspace.recover_budget(small.folder, role=role, yes=True)
    with pytest.raises(LossesBehindError), club.opened(small.folder):
        pass


def test_the_memory_is_moved_before_anything_is_read(small: Workspace) -> None:
    """So whatever was ever answered is remembered, even if the process dies right after."""
    seen: list[int] = []

    def look() -> None:
        known = small._house.losses.remembered()
        seen.append(0 if known is None else known.count)

    Counting(small._house, first=look)
    small.report("sizes")
    assert seen == [1]


def test_a_memory_that_cannot_be_written_reads_nothing(small: Workspace) -> None:
    small.open_edition()
    counting = Counting(small._house)
    note = small._house.losses._note
    assert note is not None
    note.path.with_name(f".{note.path.name}.new").mkdir()
    with pytest.raises(Exception, match="cannot be read or written"):
        small.report("sizes")
    assert counting.opens == 0


# --- the ledger edited behind our back ----------------------------------------------------------


def behind_our_back(ws: Workspace, *changes: str) -> None:
    with closing(sqlite3.connect(ws._house.db.place)) as direct:
        for (guard,) in direct.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            direct.execute(f'DROP TRIGGER "{guard}"')
        for change in changes:
            direct.execute(change)
        direct.commit()


ADDED = """INSERT INTO loss SELECT 3, population, at, rho, delta, plan_hash, edition_id, purpose,
actor, kind, name, link FROM loss WHERE number = 2"""


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE loss SET rho = '0' WHERE number = 1",
        "UPDATE loss SET population = 'nobody' WHERE number = 1",
        "UPDATE loss SET actor = 'analyst' WHERE number = 2",
        "DELETE FROM loss WHERE number = 2",
        "DELETE FROM loss",
        ADDED,
    ],
)
def test_a_charge_altered_removed_or_added_is_found_by_the_audit_and_stops_everything(
    small: Workspace, change: str
) -> None:
    small.report("sizes")
    small.report("overview")
    behind_our_back(small, change)
    report = small.audit_verify()
    assert not report["ok"]
    assert any("budget ledger" in str(finding) for finding in report["findings"])  # type: ignore[attr-defined]
    small.open_edition()
    with pytest.raises(IntegrityError):
        small.report("sizes")
    with pytest.raises(IntegrityError), club.opened(small.folder):
        pass


def test_a_ledger_forged_with_its_whole_chain_and_memory_is_still_not_what_the_log_says(
    small: Workspace,
) -> None:
    """Whoever has every key can write a chain anew; the log names each link, and is a tree."""
    small.report("sizes")
    losses = small._house.losses
    (charge,) = losses.history("people")
    behind_our_back(small, "DELETE FROM loss", "DELETE FROM sqlite_sequence WHERE name = 'loss'")
    with small._house.db.transaction():
        losses._book(replace(charge, purpose=Purpose("care")), losses.head(), agreed=False)
    assert losses.check().count == 1
    report = small.audit_verify()
    assert not report["ok"]
    assert any("budget ledger" in str(finding) for finding in report["findings"])  # type: ignore[attr-defined]
