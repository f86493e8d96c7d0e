# SPDX-License-Identifier: Apache-2.0
"""Who may do what: a change is on the log before it takes effect, and who is not named is out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import Kind, Outcome
from privseg.engine import Outside, Workspace, examine
from privseg.engine.errors import NotOnStaffError, RoleError
from privseg.engine.roles import ALLOWED, Verb
from privseg.engine.staff.trust import StaffExposedError, StaffMissingError
from privseg.terms import StaffRole
from tests.twins import club

STAFF: Mapping[str, list[str]] = {
    "ada": ["marketer", "analyst", "engineer"],
    "grace": ["compliance_officer"],
    "joan": ["auditor"],
    "mary": ["admin"],
}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty club, closed: to be copied."""
    folder = tmp_path_factory.mktemp("founded")
    club.create(folder, outside=Outside(clock=club.Clock(), user=lambda: "ada")).close()
    return folder


@pytest.fixture
def root(founded: Path, tmp_path: Path) -> Path:
    for part in ("club", "keys"):
        shutil.copytree(founded / part, tmp_path / part)
    found = tmp_path / "club"
    edit(found, str(founded), str(tmp_path))
    return found


def edit(root: Path, old: str, new: str) -> None:
    """Change the settings."""
    path = root / "privseg.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def appoint(root: Path, staff: Mapping[str, list[str]]) -> None:
    """Say who may do what."""
    path = root / "privseg.yaml"
    text = re.sub(r"(?ms)^staff:.*?(?=^\S|\Z)", "", path.read_text("utf-8"))
    path.write_text(f"{text}staff: {json.dumps(staff)}\n", "utf-8")


def opened(root: Path, user: str, role: StaffRole | None = None) -> Workspace:
    return Workspace.open(root, role=role, outside=Outside(clock=club.Clock(), user=lambda: user))


def changes(ws: Workspace) -> list[club.Logged]:
    """Return what the log says of changes of staff."""
    entries = club.log_of(ws, Kind.CONFIGURATION)
    return [e for e in entries if e.entry.header.get("verb") == "staff"]


# --- the log ---------------------------------------------------------------------------------


def test_the_first_mapping_and_each_change_are_on_the_log_once(root: Path) -> None:
    with opened(root, "ada") as ws:
        (first,) = changes(ws)
        assert first.entry.header["value"] == "first"
        assert "auditor" not in first.body["added"]["ada"]
    opened(root, "ada").close()
    appoint(root, STAFF)
    with opened(root, "mary") as ws:
        assert [c.entry.header["value"] for c in changes(ws)] == ["first", "changed"]
        told = changes(ws)[-1].body
        assert told["added"] == {u: r for u, r in STAFF.items() if u != "ada"}
        assert told["removed"] == {"ada": ["admin", "compliance_officer", "counsel"]}
        assert changes(ws)[-1].by == {"sign_in": "operating system", "user": "mary"}


def test_no_header_names_a_user_or_holds_anything_computed_from_one(root: Path) -> None:
    appoint(root, STAFF)
    with opened(root, "mary") as ws:
        (_, changed) = changes(ws)
        assert dict(changed.entry.header) == {
            "verb": "staff", "setting": "staff", "value": "changed",
        }  # fmt: skip


def test_no_user_of_the_mapping_stands_in_the_database_in_clear(root: Path) -> None:
    appoint(root, {"ada-canary": ["admin"], "grace-canary": ["compliance_officer"]})
    opened(root, "ada-canary").close()
    assert not club.holding(["ada-canary", "grace-canary"], root / ".privseg")


def test_a_change_is_on_the_log_before_anything_that_is_done_under_it(root: Path) -> None:
    appoint(root, STAFF)
    with opened(root, "joan") as ws:
        ws.audit_tail()
        done = [e for e in club.log_of(ws) if e.entry.header.get("verb") in {"staff", "audit-tail"}]
    assert [e.entry.header["verb"] for e in done] == ["staff", "staff", "audit-tail"]


def test_what_was_seen_last_and_was_tampered_with_is_told_anew(root: Path) -> None:
    opened(root, "ada").close()
    with opened(root, "ada") as ws, ws._house.db.transaction():
        ws._house.db.bulk("UPDATE staff_seen SET sealed = ?", [(b"x" * 64,)])
    with opened(root, "ada") as ws:
        assert [c.entry.header["value"] for c in changes(ws)] == ["first", "first"]


# --- who is not named --------------------------------------------------------------------------


def test_somebody_in_nobodys_list_cannot_even_open_it_and_the_log_says_so(root: Path) -> None:
    with pytest.raises(NotOnStaffError, match="does not give eve any role") as refused:
        opened(root, "eve")
    assert refused.value.exit_code == 3
    with pytest.raises(RoleError):
        opened(root, "eve", StaffRole.AUDITOR)
    with opened(root, "ada") as ws:
        denied = [e for e in club.log_of(ws, Kind.ACTOR) if e.entry.outcome is Outcome.DENIED]
        assert [e.entry.header for e in denied] == [
            {"verb": "open", "role": "none", "reason": "not on the staff"},
            {"verb": "open", "role": "auditor", "reason": "not on the staff"},
        ]
        assert [e.by["user"] for e in denied] == ["eve", "eve"]


@pytest.mark.parametrize("variable", ["LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"])
def test_a_name_in_the_environment_is_nobodys_word(
    root: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    appoint(root, STAFF)
    for each in (variable, "SUDO_UID"):
        monkeypatch.setenv(each, "mary")
    with pytest.raises(NotOnStaffError):
        Workspace.open(root)  # as whoever runs the tests, who is none of them


def test_a_role_that_one_does_not_hold_is_refused_and_the_log_says_so(root: Path) -> None:
    appoint(root, STAFF)
    with pytest.raises(RoleError, match="does not give it to ada"):
        opened(root, "ada", StaffRole.ADMIN)
    with opened(root, "ada") as ws:
        with pytest.raises(RoleError):
            ws.role = StaffRole.AUDITOR
        assert ws.role is None
        reasons = [e.entry.header.get("reason") for e in club.log_of(ws, Kind.ACTOR)]
        assert reasons == ["the role is not held"] * 2


def test_without_a_chosen_role_a_verb_is_done_in_one_that_may(root: Path) -> None:
    """Its usual one where the user holds it, else another; never one that they do not hold."""
    appoint(root, {**STAFF, "ada": ["analyst"]})
    with opened(root, "ada") as ws:
        ws.open_edition()
    with opened(root, "grace") as ws:
        ws.audit_tail()
    with opened(root, "joan") as ws:
        actors = {e.entry.header.get("verb"): e.entry.actor for e in club.log_of(ws)}
        assert actors["audit-tail"] is StaffRole.COMPLIANCE_OFFICER
        with pytest.raises(RoleError, match="does not give"):
            ws.requests()


# --- production --------------------------------------------------------------------------------


def snapshot(root: Path) -> dict[Path, bytes]:
    return dict(club.files(root, root.parent / "keys"))


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda root: (root / "privseg.yaml").chmod(0o666), StaffExposedError),
        (lambda root: root.chmod(0o777), StaffExposedError),
        (lambda root: appoint(root, {}), StaffMissingError),
    ],
)
def test_in_production_nothing_is_done_and_nothing_changes_while_others_could_change_it(
    root: Path, spoil: Callable[[Path], Any], error: type[Exception]
) -> None:
    appoint(root, {"ada": ["admin", "engineer"]})
    edit(root, "environment: development", "environment: production")
    spoil(root)
    before = snapshot(root)
    with pytest.raises(error):
        opened(root, "ada")
    with pytest.raises(error):
        Workspace.recover_budget(root, outside=Outside(clock=club.Clock(), user=lambda: "ada"))
    (ill,) = [c for c in examine(root) if c.name == "workspace"]
    assert not ill.well
    root.chmod(0o755)
    assert snapshot(root) == before


def test_the_doctor_says_in_development_what_production_would_refuse(root: Path) -> None:
    appoint(root, {"root": ["admin"], club_user(): ["admin", "engineer"]})
    assert {c.name: c.well for c in examine(root)}["staff"]
    (root / "privseg.yaml").chmod(0o666)
    (found,) = [c for c in examine(root) if c.name == "staff"]
    assert found.well
    assert "production would refuse this" in found.says


def club_user() -> str:
    """Return whoever runs the tests."""
    return Outside().user()


# --- looking -----------------------------------------------------------------------------------


def test_administrator_and_auditor_see_who_may_do_what_and_that_is_on_the_log(root: Path) -> None:
    appoint(root, STAFF)
    for user in ("mary", "joan"):
        with opened(root, user) as ws:
            found = ws.staff()
            assert {m.user: set(m.roles) for m in found.members} == {
                u: set(map(StaffRole, roles)) for u, roles in STAFF.items()
            }
            for member in found.members:
                assert set(member.verbs) == {v for v in Verb if ALLOWED[v] & set(member.roles)}
            assert club.log_of(ws)[-1].entry.header["verb"] == "staff-show"


def test_what_nobody_could_do_is_told(root: Path) -> None:
    appoint(root, {"mary": ["admin"], "ada": ["engineer"]})
    with opened(root, "mary") as ws:
        told = [f.message for f in ws.check_staff() if not f.is_refused]
    assert told == ["nobody is compliance_officer"]


def test_anybody_may_ask_who_they_are(root: Path) -> None:
    appoint(root, STAFF)
    for user, roles in STAFF.items():
        with opened(root, user) as ws:
            found = ws.whoami()
            assert (found.user, found.sign_in) == (user, "operating system")
            assert set(found.roles) == set(map(StaffRole, roles))
