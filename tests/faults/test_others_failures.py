# SPDX-License-Identifier: Apache-2.0
"""What went wrong in other systems, tried on ours: one test for each, named after its report.

They go through the command line and whole workspaces; the parts have tests of their own, such as
``tests/unit/store/test_sql_audit_log.py`` and ``tests/engine/test_fail_closed.py``.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.errors import IntegrityError, PrivsegError, StorageError
from tests.cli.command_line import CALL, Shell
from tests.faults.commands import NotDoneError, all_done
from tests.faults.nursery import ROOT
from tests.faults.state import DATABASE
from tests.faults.worlds import ADA, BASES, copied, opened, person
from tests.twins.club import Counting

TAMPERED, UNWRITABLE = 5, 74
SECONDS = 5.0 + 5.0  # nothing hangs for longer than 5 s beyond what it takes anyway


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A club with a report made, and an access request that waits."""
    folder = tmp_path_factory.mktemp("others")
    BASES["club"](folder)
    with opened(folder) as ws:
        ws.report("sizes")
        ws.open_request(RequestKind.ACCESS, person(ADA), identity=IdentityLevel.ACCOUNT)
    return folder


@pytest.fixture
def world(founded: Path, tmp_path: Path) -> Path:
    return copied(founded, tmp_path / "world")


def audit_verify(world: Path) -> int:
    """Return the exit status of the command line."""
    return Shell(world / "ws")("audit", "verify").code


# --- immudb #2063: a stored value was edited, and the verifier stayed content --------------------


def edit(world: Path, *sql: str) -> None:
    """Change rows behind every guard, as whoever has the file can."""
    with closing(sqlite3.connect(world / DATABASE)) as db:
        db.create_function("leaf", 1, lambda entry: sha256(b"\0" + entry).digest())
        guards = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            db.execute(f'DROP TRIGGER "{name}"')
        for each in sql:
            assert db.execute(each).rowcount == 1, each
        db.commit()


FIRST = "(SELECT min(sequence) FROM audit_entry WHERE instr(CAST(entry AS TEXT), '{}') > 0)"
RENAME = "UPDATE audit_entry SET entry = CAST(replace(CAST(entry AS TEXT), '{}', '{}') AS BLOB)"
WIPE = "UPDATE {} SET body = zeroblob(length(body)) WHERE {}"
EDITS = {
    "entry": (f"{RENAME.format('members', 'rembers')} WHERE sequence = {FIRST.format('members')}",),
    "entry and its hash": (
        f"{RENAME.format('marketing', 'marketinh')} WHERE sequence = {FIRST.format('marketing')}",
        "UPDATE audit_entry SET leaf = leaf(entry) WHERE leaf <> leaf(entry)",
    ),
    "body": (WIPE.format("audit_body", "sequence = 3"),),
    "consent": (
        WIPE.format("consent_event", "position = (SELECT min(position) FROM consent_event)"),
    ),
    "charge": ("UPDATE loss SET rho = '0' WHERE number = 1",),
    "release": ("UPDATE release SET statement = leaf WHERE register_index = 0",),
    "policy": ("UPDATE policy SET text = CAST('{}' AS BLOB)",),
}


@pytest.mark.parametrize("edited", EDITS)
def test_immudb_2063_a_value_edited_under_the_log_is_not_verified(world: Path, edited: str) -> None:
    edit(world, *EDITS[edited])
    try:
        with opened(world) as ws:
            said = ws.audit_verify()
            refused = not said["ok"]
    except PrivsegError as error:
        refused = error.exit_code == TAMPERED
    assert refused


# --- Vault #31718: reads were served on after the audit log had been removed ---------------------


def reads(ws: Workspace, out: Path) -> None:
    """Try everything that reads people; nothing of it may be answered."""
    for ask in (
        lambda: ws.report("overview"),
        lambda: all_done(ws.run_segments(["gardeners"])),
        lambda: ws.preview_segment("gardeners"),
        lambda: ws.consent_of(person(ADA)),
        lambda: ws.run_request(1, out=out),
        ws.audit_tail,
    ):
        with pytest.raises(PrivsegError) as refused:
            ask()
        assert isinstance(refused.value, StorageError | IntegrityError | NotDoneError)


def test_vault_31718_nothing_is_served_after_the_log_was_removed_while_in_use(
    world: Path, tmp_path: Path
) -> None:
    with opened(world) as ws:
        ws.plan_report("overview")
        counting = Counting(ws._house)
        for path in (world / DATABASE).parent.glob("*.db*"):
            path.unlink()
        (world / DATABASE).with_name("head").unlink()
        reads(ws, tmp_path / "out")
        assert counting.opens == 0
    assert not (tmp_path / "out").exists()
    assert not (world / DATABASE).exists(), "no new log was begun in its place"


def test_vault_31718_a_log_emptied_to_nothing_is_not_taken_for_a_new_one(
    world: Path, tmp_path: Path
) -> None:
    with opened(world) as ws:
        ws.plan_report("overview")
        with closing(sqlite3.connect(world / DATABASE)) as db:
            for (name,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                db.execute(f'DROP TRIGGER "{name}"')
            db.execute("DELETE FROM audit_body")
            db.execute("DELETE FROM audit_entry")
            db.commit()
        reads(ws, tmp_path / "out")
    with pytest.raises(PrivsegError), opened(world):
        pass


# --- Vault #18943: a full audit device made every request hang -----------------------------------


def use_up(ws: Workspace) -> None:
    """Write until the last page has no room."""
    for _ in range(200):
        ws.open_edition()


def test_vault_18943_a_full_disk_refuses_at_once_and_does_not_hang(
    world: Path, tmp_path: Path
) -> None:
    with opened(world) as ws:
        ws.plan_report("overview")
        counting = Counting(ws._house)
        pages = ws._house.db.raw("PRAGMA page_count")[0][0]
        ws._house.db.raw(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(PrivsegError):
            use_up(ws)
        began = time.monotonic()
        reads(ws, tmp_path / "out")
        assert time.monotonic() - began < SECONDS
        assert counting.opens == 0


def test_vault_18943_a_log_that_somebody_holds_refuses_after_a_bounded_wait(
    world: Path,
) -> None:
    with (
        opened(world) as ws,
        closing(sqlite3.connect(world / DATABASE, isolation_level=None)) as other,
    ):
        ws.plan_report("overview")
        counting = Counting(ws._house)
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(PrivsegError) as refused:
            ws.report("overview")
        assert time.monotonic() - began < SECONDS
        assert refused.value.exit_code == UNWRITABLE
        assert counting.opens == 0


# --- pgaudit #78: auditing was switched off in a session, and nothing told of it -----------------

OFF = (
    "audit: off", "audit: false", "audit: none", "audit: {enabled: false}", "audit: {log: none}",
    "audit: {bodies: 0d}", "log: off", "no_audit: true",
)  # fmt: skip


@pytest.mark.parametrize("line", OFF)
def test_pgaudit_78_no_setting_switches_the_log_off(world: Path, line: str) -> None:
    settings = world / "ws" / "privseg.yaml"
    settings.write_text(f"{settings.read_text('utf-8')}{line}\n", "utf-8")
    with pytest.raises(PrivsegError), opened(world):
        pass


def test_pgaudit_78_no_variable_switches_the_log_off(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PRIVSEG_AUDIT", "PRIVSEG_LOG", "PRIVSEG_NO_AUDIT", "AUDIT"):
        monkeypatch.setenv(name, "off")
    with opened(world) as ws:
        before = ws._house.log.size
        ws.consent_of(person(ADA))
        assert ws._house.log.size == before + 1


def test_pgaudit_78_a_change_of_settings_is_on_the_log_before_anything_is_read_under_it(
    world: Path,
) -> None:
    with opened(world) as ws:
        before = ws._house.log.size
    settings = world / "ws" / "privseg.yaml"
    settings.write_text(f"{settings.read_text('utf-8')}audit: {{bodies: 1y}}\n", "utf-8")
    with opened(world) as ws:
        assert ws._house.log.size == before + 1


# --- a verifier that exits 0 although it has found tampering, or found nothing out at all --------


def exported(world: Path, to: Path) -> Path:
    with opened(world) as ws:
        ws.audit_export(to)
    return to


def alone(*arguments: object, **streams: object) -> int:
    """Run the stand-alone verifier as a stranger does; return its exit status."""
    how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams}
    done = subprocess.run(  # type: ignore[call-overload]
        [sys.executable, "-I", str(ROOT / "audit" / "verify.py"), *map(str, arguments)],
        check=False, timeout=60, **how,
    )  # fmt: skip
    return int(done.returncode)


def test_a_verifier_never_exits_0_on_a_failure(world: Path, tmp_path: Path) -> None:
    log = exported(world, tmp_path / "log")
    key = (log / "log.vkey").read_text("ascii").split()[0]
    assert alone(log, "--key", key) == 0
    (entries,) = (log / "tile" / "entries").rglob("[0-9]*.p/*")
    whole = entries.read_bytes()
    for at in (0, len(whole) // 2, len(whole) - 1):
        entries.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert alone(log, "--key", key) == TAMPERED
    entries.write_bytes(whole)
    (log / "checkpoint").rename(log / "elsewhere")
    assert alone(log, "--key", key) != 0
    assert alone(tmp_path / "nothing-here", "--key", key) != 0
    assert alone(log, "--key", "no key at all") != 0
    assert alone() != 0


def test_a_verifier_that_cannot_say_what_it_found_does_not_exit_0(
    world: Path, tmp_path: Path
) -> None:
    log = exported(world, tmp_path / "log")
    key = (log / "log.vkey").read_text("ascii").split()[0]
    with Path("/dev/full").open("wb") as full:
        assert alone(log, "--key", key, stdout=full) != 0


def test_audit_verify_never_exits_0_on_a_failure(world: Path) -> None:
    assert audit_verify(world) == 0
    edit(world, *EDITS["body"])
    assert audit_verify(world) == TAMPERED
    shutil.rmtree(world / "ws" / ".privseg")
    assert audit_verify(world) != 0


def test_audit_verify_that_cannot_say_what_it_found_does_not_exit_0(world: Path) -> None:
    edit(world, *EDITS["body"])
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*CALL, "audit", "verify", "--workspace", str(world / "ws")],
            stdout=full, stderr=subprocess.DEVNULL, check=False, timeout=120,
        )  # fmt: skip
    assert done.returncode != 0
