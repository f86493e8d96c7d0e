# SPDX-License-Identifier: Apache-2.0
"""Author is not approver: by the system's user, whatever role they take and whatever they are
called in the environment; wherever something needs a second person.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privseg.audit import Outcome
from privseg.engine import Outside, Workspace
from privseg.engine.outside import user_name
from privseg.engine.policy.approving import OwnPolicyError
from privseg.engine.reidentify.errors import OwnReidentificationError
from privseg.engine.roles import ALLOWED, Verb
from privseg.engine.segment.refusals import OwnSegmentError
from privseg.terms import StaffRole
from tests.twins import club
from tests.twins.named_club import DOMAIN, MARKETING, UNKNOWN, NamedClub, copied, found

R = StaffRole
EVERY = frozenset(R) - {R.AUDITOR}  # as many as one user can hold
NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER", "SUDO_UID", "PKEXEC_UID", "DOAS_USER")
IS_ROOT = os.getuid() == 0


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamedClub]:
    """A club where one user holds every role that one user can, and segments need approval."""
    folder = tmp_path_factory.mktemp("apart")
    found(folder / "founded", people=2)
    made = copied(folder / "founded", folder)
    made.write("controller: club\n", "controller: club\nsegments: {approval: true}\n")
    staff = {"ada": EVERY, "grace": EVERY}
    object.__setattr__(made.ws._house.config, "staff", staff)
    yield made
    made.ws.close()


def propose_policy(here: NamedClub) -> str:
    here.write("    title: Letters that fit\n", "    title: Letters that fit well\n")
    here.write("rho_per_year: 2", "rho_per_year: 3")
    return here.at("ada", R.ENGINEER).propose().digest


def propose_segment(here: NamedClub) -> str:
    path = here.ws.folder / "segments" / "buyers.yaml"
    path.write_text(path.read_text("utf-8").replace("50 EUR", "60 EUR"), "utf-8")
    here.ws._house.__dict__.pop("segments", None)
    (standing,) = here.at("ada", R.MARKETER).propose_segment("buyers")
    return standing.version


def ask(here: NamedClub) -> str:
    made = here.at("ada", R.ANALYST).ask_reidentification(
        MARKETING, [UNKNOWN], domain=DOMAIN, reason_code="FR-1"
    )
    return str(made.number)


APPROVALS: dict[
    str,
    tuple[
        Verb, Callable[[NamedClub], str], Callable[[Workspace, str], object], type[Exception]
    ],
] = {
    "a policy": (
        Verb.APPROVE, propose_policy, lambda ws, which: ws.approve(which), OwnPolicyError,
    ),
    "a segment": (
        Verb.APPROVE_SEGMENT, propose_segment,
        lambda ws, which: ws.approve_segment("buyers", which), OwnSegmentError,
    ),
    "a re-identification": (
        Verb.APPROVE_REIDENTIFY, ask,
        lambda ws, which: ws.approve_reidentification(int(which)), OwnReidentificationError,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", APPROVALS)
def test_nobody_approves_their_own_in_any_role_or_under_any_name(
    here: NamedClub, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verb, propose, approve, own = APPROVALS[what]
    which = propose(here)
    for variable in NAMES:
        monkeypatch.setenv(variable, "grace")
    for role in sorted(ALLOWED[verb] & EVERY):
        ws = here.at("ada", role)
        before = ws.budget(), len(club.log_of(ws))
        with pytest.raises(own):
            approve(ws, which)
        denied = club.log_of(ws)[before[1] :]
        assert [(e.entry.outcome, e.entry.actor, e.by["user"]) for e in denied] == [
            (Outcome.DENIED, role, "ada")
        ]
    approve(here.at("grace", R.COMPLIANCE_OFFICER), which)  # another person does


def test_every_verb_that_approves_is_among_them() -> None:
    assert {verb for verb in Verb if "approve" in verb} == {v for v, *_ in APPROVALS.values()}


def test_the_user_is_the_processs_own_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = user_name()
    for variable in NAMES:
        monkeypatch.setenv(variable, "grace")
    assert user_name() == before == Outside().user()
    assert Outside().by() == {"sign_in": "operating system", "user": before}


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
@pytest.mark.parametrize("uid", [65534, 54321])
def test_who_became_somebody_else_is_that_user_and_not_whom_sudo_names(uid: int) -> None:
    """As with sudo -u: the real user id counts; one without a name goes by its number."""
    text = (
        "from privseg.engine.outside import user_name as u; "
        f"import os; os.setuid({uid}); print(u())"
    )
    environment = {**os.environ, **dict.fromkeys(NAMES, "root")}
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == {65534: "nobody"}.get(uid, str(uid))


def test_a_copy_of_the_workspace_knows_its_authors_too(here: NamedClub, tmp_path: Path) -> None:
    """The history lies in the database and on the log, so a copy forgets nobody."""
    which = ask(here)
    for part in ("club", "keys"):
        shutil.copytree(here.ws.folder.parent / part, tmp_path / part)
    settings = tmp_path / "club" / "privseg.yaml"
    text = settings.read_text("utf-8").replace(str(here.ws.folder.parent), str(tmp_path))
    settings.write_text(text, "utf-8")
    outside = Outside(clock=here.clock, user=lambda: "ada")
    with (
        Workspace.open(tmp_path / "club", outside=outside) as copy,
        pytest.raises(OwnReidentificationError),
    ):
        copy.approve_reidentification(int(which))
