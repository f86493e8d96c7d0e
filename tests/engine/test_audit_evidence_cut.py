# SPDX-License-Identifier: Apache-2.0
"""What was cut out of a kit, or forged beside the log, is told: nobody signs either."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from privseg.engine import Outside, Workspace
from privseg.engine.audit.anchoring import Window, missed
from privseg.engine.doctor import examine
from privseg.store.anchors import EVERY
from tests.twins.club import Clock
from tests.twins.stand_alone import verify

CLEAN, TAMPERED = 0, 5


@pytest.fixture
def away(small: Workspace, tmp_path: Path) -> Path:
    """Return a folder of anchors that the settings of ``small`` name."""
    folder = tmp_path / "away"
    folder.mkdir()
    small.close()
    settings = small.folder / "privseg.yaml"
    settings.write_text(f"{settings.read_text('utf-8')}audit:\n  anchors: [{folder}]\n", "utf-8")
    return folder


def _mend_manifest(kit: Path) -> None:
    """Make the manifest name what is there: nobody signs it."""
    manifest = json.loads((kit / "manifest.json").read_text())
    files = (path for path in kit.rglob("*") if path.is_file() and path.name != "manifest.json")
    manifest["files"] = {
        path.relative_to(kit).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files
    }
    (kit / "manifest.json").write_text(json.dumps(manifest))


def _cut_register(kit: Path) -> None:
    shutil.rmtree(kit / "register")
    shutil.rmtree(kit / "releases")


def _change_release(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def changed(kit: Path) -> None:
        file = kit / "releases/000000.json"
        release = json.loads(file.read_text())
        change(release)
        file.chmod(0o600)
        file.write_text(json.dumps(release))

    return changed


CUT: dict[str, Callable[[Path], object]] = {
    "the register and its releases": _cut_register,
    "the register": lambda kit: shutil.rmtree(kit / "register"),
    "a statement": _change_release(lambda release: release.pop("statement")),
    "a statement renamed": _change_release(
        lambda release: release.update({"statement ": release.pop("statement")})
    ),
    "numbers beside a statement": _change_release(lambda release: release.update({"sum": 7})),
    "records that are none of its": _change_release(lambda release: release.update({"data": "7"})),
}


def test_a_kit_from_which_something_was_cut_does_not_hold(
    small: Workspace, away: Path, clock: Clock, tmp_path: Path
) -> None:
    with Workspace.open(small.folder, outside=Outside(clock=clock)) as ws:
        ws.report("overview")
        ws.audit_kit(tmp_path / "kit")
        keys = ws.public_keys()
    flags = ["--key", keys["audit"], "--release-key", keys["release"]]
    assert list((tmp_path / "kit/anchors").iterdir())
    assert verify.main([str(tmp_path / "kit"), *flags]) == CLEAN
    assert verify.main([str(tmp_path / "kit")]) == CLEAN
    for name, cut in CUT.items():
        kit = Path(shutil.copytree(tmp_path / "kit", tmp_path / "cut"))
        cut(kit)
        _mend_manifest(kit)
        assert verify.main([str(kit), *flags]) == TAMPERED, name
        assert verify.main([str(kit)]) == TAMPERED, name
        shutil.rmtree(kit)
    assert list(away.iterdir())


def _forge(ws: Workspace, away: Path) -> None:
    """Remember an anchor that nobody kept, for long."""
    row = {"folder": str(away), "size": 10**15, "at": 4_102_444_800 * 10**6, "failure": ""}
    (ws._house.config.private / "anchored").write_text(json.dumps([row]))


def test_a_forged_memory_of_anchors_is_told_and_does_not_stop_them(
    small: Workspace, away: Path, clock: Clock
) -> None:
    with Workspace.open(small.folder, outside=Outside(clock=clock)) as ws:
        _forge(ws, away)
    (found,) = [each for each in examine(small.folder) if each.name == "anchors"]
    assert not found.well
    assert "does not" in found.says
    with Workspace.open(small.folder, outside=Outside(clock=clock)) as ws:
        _forge(ws, away)
        kept = len(list(away.iterdir()))
        report = ws.audit_verify()
        assert report["ok"]
        failures: Any = report["anchor_failures"]
        assert any("does not" in each for each in failures)
        assert len(list(away.iterdir())) == kept + 1
        assert ws.audit_verify()["anchor_failures"] == []


def test_a_log_that_is_not_anchored_in_time_is_told(
    small: Workspace, away: Path, clock: Clock
) -> None:
    with Workspace.open(small.folder, outside=Outside(clock=clock)) as ws:
        away.rename(away.with_name("unplugged"))
        clock.now += timedelta(days=1)
        failures: Any = ws.audit_verify()["anchor_failures"]
        assert any("over the goal" in each for each in failures)
    (found,) = [each for each in examine(small.folder) if each.name == "anchors"]
    assert not found.well


def test_the_doctor_keeps_a_head_that_is_due_since_the_last_entry(
    small: Workspace, away: Path, clock: Clock
) -> None:
    with Workspace.open(small.folder, outside=Outside(clock=clock)) as ws:
        ws.audit_tail()
        size = ws._house.log.size
        assert max(int(each.stem) for each in away.iterdir()) < size
    (found,) = [each for each in examine(small.folder) if each.name == "anchors"]
    assert found.well
    assert max(int(each.stem) for each in away.iterdir()) >= size


def test_a_window_over_the_goal_is_a_failure_where_there_are_folders() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    late = Window(1, now - EVERY - timedelta(microseconds=1), 1)
    assert "over the goal of 1,000 entries or 60 seconds" in missed(late, now)[0]
    assert missed(Window(1_001, now, 1), now)
    assert missed(Window(1_000, now - EVERY, 1), now) == []
    assert missed(Window(1_001, now, 0), now) == []
