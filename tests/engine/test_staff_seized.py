# SPDX-License-Identifier: Apache-2.0
"""Nobody makes themselves administrator: not by a file of their own, nor by a folder of their own.

What counts is who was administrator in the mapping seen last, which lies sealed in the database.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.engine import Outside, Workspace
from privseg.engine.house import House
from privseg.engine.staff.trust import (
    StaffSeizedError,
    WorkspaceElsewhereError,
    faults,
    name_of,
)
from privseg.loaders.errors import DocumentError
from privseg.loaders.workspace import load_workspace
from privseg.terms import StaffRole
from tests.twins import club

NOBODY = 65534  # the id of a user who owns nothing, on every system in use
EVE, ME = name_of(NOBODY), name_of(os.getuid())
STAFF = {"mary": ["admin"], ME: ["admin"], EVE: ["engineer"]}
root_only = pytest.mark.skipif(os.getuid() != 0, reason="only root gives a file to somebody else")


def outside(user: str) -> Outside:
    return Outside(clock=club.Clock(), user=lambda: user)


def opened(root: Path, user: str) -> Workspace:
    return Workspace.open(root, outside=outside(user))


def appoint(root: Path, staff: dict[str, list[str]], owner: int = os.getuid()) -> None:
    """Let a file of ``owner`` say who may do what."""
    path = root / "privseg.yaml"
    text = re.sub(r"(?ms)^staff:.*?(?=^\S|\Z)", "", path.read_text("utf-8"))
    path.write_text(f"{text}staff: {json.dumps(staff)}\n", "utf-8")
    os.chown(path, owner, -1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a club in production, closed."""
    folder = tmp_path_factory.mktemp("made")
    club.create(folder, outside=outside("mary")).close()
    root = folder / "club"
    shutil.rmtree(root / ".privseg")
    shutil.rmtree(folder / "keys")
    settings = root / "privseg.yaml"
    text = settings.read_text("utf-8").replace(
        "environment: development", "environment: production"
    )
    settings.write_text(text, "utf-8")
    appoint(root, STAFF)
    house = House(load_workspace(root), outside("mary"), new=True)
    Workspace(house)
    house.db.close()
    return folder


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Iterator[Path]:
    """The club, in the folder where it was made: production notices a copy elsewhere."""
    shutil.copytree(made, tmp_path / "kept")
    yield made / "club"
    shutil.rmtree(made)
    shutil.copytree(tmp_path / "kept", made)


def told(root: Path, setting: str) -> list[str]:
    """Return what the log says of a setting, as the administrator opens it."""
    with opened(root, "mary") as ws:
        entries = club.log_of(ws, Kind.CONFIGURATION)
        return [
            str(e.entry.header["value"]) for e in entries if e.entry.header["setting"] == setting
        ]


def refusals(root: Path) -> list[tuple[str, str]]:
    """Return who was refused and why."""
    with opened(root, "mary") as ws:
        denied = [e for e in club.log_of(ws, Kind.ACTOR) if e.entry.outcome is Outcome.DENIED]
        return [(e.by["user"], str(e.entry.header["reason"])) for e in denied]


def forget(root: Path) -> None:
    """Cut out what was seen last, as whoever writes the database can."""
    with opened(root, "mary") as ws, ws._house.db.transaction():
        ws._house.db.bulk("DELETE FROM staff_seen WHERE number = ?", [(1,)])


@root_only
def test_a_file_that_makes_its_own_owner_administrator_is_refused(root: Path) -> None:
    before = told(root, "staff")
    seized = {**STAFF, EVE: ["admin", "engineer"]}
    appoint(root, seized, NOBODY)
    assert faults(load_workspace(root)) == ()  # by its own word it is safe
    for user in (EVE, "mary"):
        with pytest.raises(StaffSeizedError, match=f"belongs to {EVE}, who was no admin") as no:
            opened(root, user)
        assert no.value.exit_code == 3
    appoint(root, STAFF)
    assert told(root, "staff") == before  # nothing of it was ever in force
    why = "no administrator changed who may do what"
    assert refusals(root) == [(EVE, why), ("mary", why)]


@root_only
def test_a_file_of_somebody_whom_an_administrator_made_one_before_is_taken(root: Path) -> None:
    appoint(root, {**STAFF, EVE: ["admin"]})
    opened(root, "mary").close()
    appoint(root, {"mary": ["engineer"], EVE: ["admin"]}, NOBODY)
    with opened(root, "mary") as ws:
        assert set(ws.whoami().roles) == {StaffRole.ENGINEER}


@root_only
def test_who_cuts_out_what_was_seen_last_does_not_begin_anew(root: Path) -> None:
    """The log has told of a mapping: then only root says what it is now."""
    forget(root)
    appoint(root, {EVE: ["admin"]}, NOBODY)
    with pytest.raises(StaffSeizedError):
        opened(root, EVE)
    appoint(root, {**STAFF, EVE: ["admin"]})
    with pytest.raises(WorkspaceElsewhereError):  # nor is it known where it lay
        opened(root, EVE)
    opened(root, "root").close()
    opened(root, EVE).close()
    assert told(root, "staff") == ["first", "first"]


def test_a_workspace_in_another_folder_is_opened_by_its_administrator_first(root: Path) -> None:
    there = root.with_name("elsewhere")
    root.rename(there)
    with pytest.raises(WorkspaceElsewhereError, match="privseg whoami") as no:
        opened(there, EVE)
    assert no.value.exit_code == 3
    assert told(there, "folder") == ["changed"]
    opened(there, EVE).close()
    assert refusals(there) == [(EVE, "the workspace lay in another folder")]


@pytest.mark.parametrize("part", [".privseg", ".privseg/workspace.db"])
def test_a_folder_of_ones_own_over_anothers_data_is_refused_and_nothing_changes(
    root: Path, tmp_path: Path, part: str
) -> None:
    evil = tmp_path / "evil"
    (evil / part).parent.mkdir(parents=True)
    (evil / part).symlink_to(root / part)
    shutil.copy(root / "privseg.yaml", evil)
    appoint(evil, {EVE: ["auditor"]})
    before = dict(club.files(root))
    with pytest.raises(DocumentError, match="is a symbolic link, so another folder's"):
        opened(evil, EVE)
    assert dict(club.files(root)) == before
