# SPDX-License-Identifier: Apache-2.0
"""Every command is somebody's: in a role that may not it is refused, says so, and does nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import Kind, Outcome, parse_entry
from privseg.cli.app import command as command_line
from privseg.engine import Workspace
from privseg.engine.roles import ALLOWED
from privseg.engine.verbs import COMMANDS, METHODS
from privseg.terms import StaffRole
from tests.cli.command_line import Shell
from tests.cli.every_verb import DAY, verb_of, verbs

ADA = "C0000001\n"
DAYS = {verb_of(line): (line, given) for line, given in reversed(DAY)}
OWN = {
    "consent resolve": ("consent resolve 1 accept", ""),
    "dsr decide": ("dsr decide 1 upheld --reasons-from privseg.yaml", ""),
    "dsr hold place": (
        "dsr hold place --id-from - --review 2999-01-01 --why-from privseg.yaml",
        ADA,
    ),
    "dsr import": ("dsr import privseg.yaml", ""),
    "dsr opt-in": ("dsr opt-in 1 --code-from -", "ABCDE-FGHJK-LMNPQ-RSTUV\n"),
    "dsr write": ("dsr write 1 received", ""),  # its dry run only says what a letter needs
    "keys rotate-audit": ("keys rotate-audit --reason yearly --yes", ""),  # else it only shows
}
ONLY_PLANNED = {"policy impact"}  # its dry run is a look at rules; see below for the real one
GATED = sorted(c for c, m in COMMANDS.items() if m in METHODS)
OWNER = re.compile(r"(?m)^  \"[^\"]+\": \[.*\]$")


@pytest.fixture(scope="module")
def denied(ours: Shell) -> Iterator[Shell]:
    """The shop, whose maker's roles each test chooses."""
    settings = ours.folder / "privseg.yaml"
    text = settings.read_text("utf-8")
    yield ours
    settings.write_text(text, "utf-8")


def hold(shop: Shell, role: StaffRole) -> None:
    """Give whoever runs the tests one role alone."""
    settings = shop.folder / "privseg.yaml"
    text = settings.read_text("utf-8")
    (line,) = OWNER.findall(text)
    settings.write_text(text.replace(line, f"{line.partition(':')[0]}: [{role}]"), "utf-8")


def line_of(command: str) -> tuple[str, str]:
    """Return a command with all that it must be given, and what is on standard input."""
    if (known := {**DAYS, **OWN}.get(command)) is not None:
        return known
    found: Any = command_line()
    for word in command.split():
        found = found.commands[word]
    words = [command]
    for name in (p.opts[-1] for p in found.params if p.required):
        value = "-" if name in {"--pseudonyms", "--id-from"} else "12345678"
        words.append(f"{name} {value}" if name.startswith("-") else value)
    return " ".join(words), ADA


def files(shop: Shell) -> dict[Path, bytes]:
    """Return every file but the settings, and the database with what lies beside it."""
    found = (p for p in shop.folder.rglob("*") if p.is_file())
    left_out = {shop.folder / ".privseg", shop.folder}
    return {p: p.read_bytes() for p in found if p.parent not in left_out}


def test_every_command_has_a_line_in_the_table() -> None:
    assert sorted(COMMANDS) == sorted(verbs())


@pytest.mark.parametrize("command", GATED)
def test_a_command_is_refused_in_a_role_that_may_not_and_does_nothing(
    denied: Shell, command: str
) -> None:
    verb = METHODS[str(COMMANDS[command])]
    others = [role for role in StaffRole if role not in ALLOWED[verb]]
    if not others:
        return  # everybody on the staff may look at rules
    line, given = line_of(command)
    if command in ONLY_PLANNED:
        line = line.replace(" --dry-run", "")
    role = others[sum(map(ord, command)) % len(others)]  # another one for each command
    hold(denied, role)
    before = files(denied)
    answer = denied(*line.split(), given=given)
    assert (answer.code, answer.out) == (3, ""), answer.err
    assert answer.err.startswith("refused: role ")
    assert files(denied) == before


def test_each_refusal_is_on_the_log(denied: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(denied, StaffRole.MARKETER)
    assert denied("dsr", "list").code == 3
    hold(denied, StaffRole.ENGINEER)
    monkeypatch.setenv("PRIVSEG_KEYS", str(denied.keys))
    with Workspace.open(denied.folder) as ws:
        (last,) = (
            e
            for s in list(ws._house.log.entries())[-3:]
            for e in (parse_entry(s.entry_bytes),)
            if (e.kind, e.outcome) == (Kind.ACTOR, Outcome.DENIED)
        )
    assert last.header["verb"] == "request"


def test_who_one_is_and_what_one_may_do_is_told_to_anybody(denied: Shell) -> None:
    hold(denied, StaffRole.AUDITOR)
    answer = denied("whoami", "--json")
    assert answer.code == 0
    assert answer.document["roles"] == ["auditor"]
    assert answer.document["sign_in"] == "operating system"
    assert "audit" in answer.document["verbs"]


def test_whom_the_settings_do_not_name_gets_nothing_at_all(denied: Shell) -> None:
    settings = denied.folder / "privseg.yaml"
    text = settings.read_text("utf-8")
    settings.write_text(OWNER.sub('  "somebody-else": [admin]', text), "utf-8")
    for line in ("whoami", "source list", "segment guide", "budget show", "audit tail"):
        answer = denied(*line.split())
        assert answer.code == 3, answer.out
        assert "any role, so nothing here is for them" in answer.err
    settings.write_text(text, "utf-8")
