# SPDX-License-Identifier: Apache-2.0
"""The record read, checked, proved, handed out and anchored: each use of it is on it first."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.audit import parse_entry, text_to_people
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.audit.anchoring import NoAnchorFolderError
from privseg.engine.audit.export import ExportFailedError
from privseg.engine.audit.reading import NoEntryError
from privseg.engine.errors import WorkspaceExistsError
from privseg.terms import SubjectId
from tests.twins.club import Clock
from tests.twins.stand_alone import AUDIT, verify

CLEAN, TAMPERED = 0, 5


def _verbs(ws: Workspace) -> list[str]:
    return [
        str(parse_entry(stored.entry_bytes).header.get("verb"))
        for stored in ws._house.log.entries()
    ]


@contextmanager
def _with_settings(ws: Workspace, more: str, clock: Clock) -> Iterator[Workspace]:
    """Close a workspace, add to its settings, and open it again."""
    folder = ws.folder
    ws.close()
    settings = folder / "privseg.yaml"
    settings.write_text(settings.read_text("utf-8") + more, "utf-8")
    with Workspace.open(folder, outside=Outside(clock=clock)) as opened:
        yield opened


def _intent(ws: Workspace) -> int:
    """Return the number of an entry whose body has a set of people."""
    ws.report("overview")
    kinds = [parse_entry(each.entry_bytes).kind for each in ws._house.log.entries()]
    return next(i for i, kind in enumerate(kinds) if kind == "access.intent")


def test_an_entry_is_shown_with_counts_and_with_sets_only_when_asked(small: Workspace) -> None:
    number = _intent(small)
    shown = small.audit_show(number)
    assert shown["body_state"] == "intact"
    body: Any = shown["body"]
    assert set(body["eligible"]) == {"count"}
    assert body["by"]["sign_in"] == "operating system"
    sets: Any = small.audit_show(number, sets=True)["body"]
    assert len(text_to_people(sets["eligible"])) == body["eligible"]["count"]
    assert _verbs(small)[-2:] == ["audit-show", "audit-show-sets"]


def test_what_is_not_there_is_asked_for_on_the_record_all_the_same(
    small: Workspace, tmp_path: Path
) -> None:
    before = small._house.log.size
    with pytest.raises(NoEntryError):
        small.audit_show(10**9)
    with pytest.raises(NoEntryError):
        small.audit_prove(10**9, tmp_path / "proof")
    assert _verbs(small)[before:] == ["audit-show", "audit-prove"]
    assert not (tmp_path / "proof").exists()


def test_a_proof_is_checked_without_the_log(small: Workspace, tmp_path: Path) -> None:
    made = small.audit_prove(2, tmp_path / "proof")
    key = small.public_keys()["audit"]
    assert verify.main(["--proof", str(made.proof), "--key", key]) == CLEAN
    made.entry.chmod(0o600)
    made.entry.write_bytes(made.entry.read_bytes().replace(b'"sequence":2', b'"sequence":3'))
    assert verify.main(["--proof", str(made.proof), "--key", key]) == TAMPERED


def test_a_proof_of_a_hundred_million_entries_is_1_5_kb_at_most(small: Workspace) -> None:
    """Computed: the longest path of such a tree under this workspace's own head."""
    head = small._house.log.head().replace("\n", f"\n{10**8 - 1}", 1)
    text = verify.base64.b64encode(bytes(32)).decode() + "\n"
    hashes = (10**8 - 1).bit_length()
    proof = f"c2sp.org/tlog-proof@v1\nindex {10**8 - 1}\n{text * hashes}\n{head}"
    assert hashes == 27
    assert len(proof.encode()) <= 1_536


def test_checking_is_on_the_record_and_tells_what_nobody_else_has_seen(
    small: Workspace, tmp_path: Path
) -> None:
    report = small.audit_verify()
    assert (report["ok"], report["state"]) == (True, "intact")
    assert _verbs(small)[-1] == "audit-verify"
    assert (report["anchored"], report["unanchored"]) == (0, report["size"])
    (tmp_path / "away").mkdir()
    (kept,) = small.audit_anchor(tmp_path / "away")
    assert kept.size == small._house.log.size
    report = small.audit_verify(anchors=[tmp_path / "away"])
    assert (report["anchored"], report["unanchored"]) == (kept.size, 1)


def test_heads_are_kept_by_themselves_where_the_settings_say(
    small: Workspace, tmp_path: Path, clock: Clock
) -> None:
    with pytest.raises(NoAnchorFolderError):
        small.audit_anchor()
    away = tmp_path / "away"
    away.mkdir()
    with _with_settings(small, f"audit:\n  anchors: [{away}]\n", clock) as ws:
        assert len(list(away.iterdir())) == 1
        report = ws.audit_verify()
        assert (report["ok"], report["anchor_folders"], report["anchor_failures"]) == (True, 1, [])
        assert report["anchored"] == int(next(away.iterdir()).stem)
        shutil.rmtree(away)
        ws.audit_anchor()
        report = ws.audit_verify()
        assert report["ok"]
        failures: Any = report["anchor_failures"]
        assert all("away" in each for each in failures)
        assert len(failures) == 2
        assert ws.audit_window().failures


def test_a_log_put_back_to_an_older_state_is_found_by_its_anchors(
    small: Workspace, tmp_path: Path, clock: Clock
) -> None:
    older = shutil.copytree(small.folder, tmp_path / "older")
    away = tmp_path / "away"
    away.mkdir()
    small.audit_tail()
    small.audit_anchor(away)
    small.close()
    shutil.rmtree(small.folder)
    shutil.copytree(older, small.folder)  # log, head and all: only the anchor knows
    with Workspace.open(small.folder, outside=Outside(clock=clock)) as ws:
        assert ws.audit_verify()["ok"]
        report = ws.audit_verify(anchors=[away])
        assert report["state"] == "tampered"
        assert any("fork" in str(f) or "rollback" in str(f) for f in report["findings"])  # type: ignore[attr-defined]


def test_half_an_export_has_no_name(small: Workspace, tmp_path: Path) -> None:
    small.audit_export(tmp_path / "log")
    assert verify.main([str(tmp_path / "log"), "--key", small.public_keys()["audit"]]) == CLEAN
    with pytest.raises(WorkspaceExistsError):
        small.audit_export(tmp_path / "log")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportFailedError):
        small.audit_export(tmp_path / "file" / "log")
    leaves = small._house.log._rows.read

    def broken(start: int, end: int) -> Iterator[Any]:
        yield from list(leaves(start, end))[:2]
        raise KeyboardInterrupt

    small._house.log._rows.read = broken  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        small.audit_export(tmp_path / "cut")
    assert sorted(p.name for p in tmp_path.iterdir() if "cut" in p.name) == []
    (tmp_path / "killed.partial").mkdir()  # what a killed run leaves is in nobody's way
    (tmp_path / "killed.partial" / "checkpoint").write_text("half")
    small._house.log._rows.read = leaves  # type: ignore[method-assign]
    small.audit_export(tmp_path / "killed")
    assert not (tmp_path / "killed.partial").exists()
    assert verify.main([str(tmp_path / "killed")]) == CLEAN


@pytest.fixture
def kit(small: Workspace, tmp_path: Path) -> Path:
    small.report("overview")
    small.report("gardeners")
    small.rotate_audit_key(reason="yearly")
    (tmp_path / "away").mkdir()
    small.audit_anchor(tmp_path / "away")
    small.audit_kit(tmp_path / "kit")
    return tmp_path / "kit"


def _alone(kit: Path, small: Workspace, *more: str) -> int:
    keys = small.public_keys()
    return int(
        verify.main([str(kit), "--key", keys["audit"], "--release-key", keys["release"], *more])
    )


def test_a_kit_is_checked_by_what_lies_in_it_and_holds_no_body(
    kit: Path, small: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _alone(kit, small, "--anchors", str(kit.parent / "away")) == CLEAN
    said = capsys.readouterr().out
    assert "releases   2, as in the log" in said
    assert "2, each handed over to by the one before" in said
    assert not (kit / "log/bodies").exists()
    done = subprocess.run(
        [sys.executable, "-I", kit / "verify.py", kit], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (CLEAN, "")
    manifest = json.loads((kit / "manifest.json").read_text())
    Draft202012Validator(json.loads((AUDIT / "kit.schema.json").read_text())).validate(manifest)
    assert (kit / "SPEC.md").read_bytes() == (AUDIT / "SPEC.md").read_bytes()


BAD: dict[str, Callable[[Path], object]] = {
    "a release left out": lambda kit: (kit / "releases/000001.json").unlink(),
    "a release of another place": lambda kit: shutil.copy(
        kit / "releases/000000.json", kit / "releases/000001.json"
    ),
    "a file added": lambda kit: (kit / "note.txt").write_text("x"),
    "a file changed": lambda kit: (kit / "README.md").write_text("x"),
    "a manifest that is none": lambda kit: (kit / "manifest.json").write_text("[]"),
    "an older register": lambda kit: (kit / "register/checkpoint").write_text(""),
    "a cut log": lambda kit: next((kit / "log/tile/0").rglob("*.p/*")).write_bytes(b""),
}


def test_a_kit_in_which_anything_was_changed_is_tampered_with(
    kit: Path, small: Workspace, tmp_path: Path
) -> None:
    for name, change in BAD.items():
        copy = Path(shutil.copytree(kit, tmp_path / "changed"))
        change(copy)
        assert _alone(copy, small) == TAMPERED, name
        shutil.rmtree(copy)


def test_a_kit_has_bodies_when_they_are_asked_for_and_a_dry_run_writes_nothing(
    small: Workspace, tmp_path: Path
) -> None:
    planned = small.plan_audit_kit(bodies=True)
    assert planned.bodies == planned.entries
    assert not list(tmp_path.glob("kit*"))
    small.audit_kit(tmp_path / "kit", bodies=True)
    assert (tmp_path / "kit/log/bodies").is_dir()
    assert _alone(tmp_path / "kit", small) == CLEAN
    assert _verbs(small)[-2:] == ["audit-kit-plan", "audit-kit"]


STEPS: dict[str, tuple[str, str]] = {
    "an edition reads other data": ("UPDATE edition SET snapshot = snapshot + 1", "editions"),
    "an edition is gone": ("DELETE FROM edition", "editions"),
    "a request is gone": ("DELETE FROM dsr_step; DELETE FROM dsr_case", "requests"),
    "a request of another kind": ("UPDATE dsr_case SET kind = 'erasure'", "requests"),
    "a step that nobody took": (
        "INSERT INTO dsr_step (case_number, kind, at, facts) VALUES (1, 'running', 0, '{}')",
        "requests",
    ),
    "a membership of no run": (
        "UPDATE membership SET run_id = 'a1' WHERE segment = 'buyers'",
        "memberships",
    ),
    "a page of a membership is gone": ("DELETE FROM membership_page", "memberships"),
    "the key of a bucket is gone": ("DELETE FROM membership_bucket", "memberships"),
    "a page that was changed": ("UPDATE membership_page SET people = x'00'", "memberships"),
    "a membership in other buckets": ("UPDATE membership SET buckets = x'00'", "memberships"),
    "pages of no membership": ("DELETE FROM membership", "memberships"),
}


def test_histories_beside_the_log_are_compared_with_it(small: Workspace) -> None:
    small.report("overview")
    small.open_request(
        RequestKind.ACCESS, SubjectId("customer_number", "7"), identity=IdentityLevel.ACCOUNT
    )
    assert small.audit_verify()["ok"]
    place = Path(str(small._house.db.place))
    whole = place.read_bytes()
    for name, (sql, history) in STEPS.items():
        with sqlite3.connect(place) as connection:
            _without_guards(connection)
            connection.executescript(sql)
        report = small.audit_verify()
        assert not report["ok"], name
        assert any(f"the history of {history}" in str(f) for f in report["findings"]), name  # type: ignore[attr-defined]
        _put_back(place, whole, small)


def _without_guards(connection: sqlite3.Connection) -> None:
    """Drop the triggers that keep rows from being changed, as who has the file can."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        connection.execute(f'DROP TRIGGER "{name}"')


def _put_back(place: Path, whole: bytes, ws: Workspace) -> None:
    """Undo an attack, keeping the log as long as it is now."""
    with sqlite3.connect(":memory:") as before, sqlite3.connect(place) as now:
        before.deserialize(whole)
        for table in (
            "edition", "dsr_case", "dsr_step", "membership", "membership_page", "membership_bucket"
        ):  # fmt: skip
            now.execute(f"DELETE FROM {table}")
            rows = before.execute(f"SELECT * FROM {table}").fetchall()
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                now.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    assert ws.audit_verify()["ok"]
