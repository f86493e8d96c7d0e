# SPDX-License-Identifier: Apache-2.0
"""Every public verb of a workspace, in every role: who may passes the gate, who may not changes
nothing and is on the log. The table in ``engine.roles`` is the one source, and nothing is missing.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.engine import Outside, Workspace
from privseg.engine.errors import RoleError
from privseg.engine.roles import ALLOWED, USUAL, Verb, role_for
from privseg.engine.verbs import COMMANDS, FREE, METHODS
from privseg.policy.reidentification import MAY_APPROVE, MAY_ASK
from privseg.terms import StaffRole
from tests.twins import club

R = StaffRole
REFUSED = 3
PUBLIC = sorted(name for name in dir(Workspace) if not name.startswith("_"))
ALONE = {n for n in METHODS if inspect.ismethod(getattr(Workspace, n))}  # they open it themselves
GATED = sorted(set(METHODS) - ALONE)

OUTSIDE = Outside(clock=club.Clock(), user=lambda: "ada")


class PassedError(Exception):
    """The gate let a verb through; the test goes no further."""


class Probe(Workspace):
    """A workspace whose verbs stop behind the gate, which is the real one."""

    def _acting(self, verb: Verb) -> StaffRole:
        role = super()._acting(verb)
        raise PassedError(verb, role)


class Untouchable:
    """An argument that nobody may look at before the gate has been passed."""

    def __getattribute__(self, name: str) -> object:
        if name == "__class__":
            return object.__getattribute__(self, name)
        raise AssertionError(f"an argument was looked at before the gate: {name}")

    def __iter__(self) -> Iterator[object]:
        raise AssertionError("an argument was read before the gate")

    def __bool__(self) -> bool:
        raise AssertionError("an argument was asked before the gate")

    def __str__(self) -> str:
        raise AssertionError("an argument was printed before the gate")


def call(ws: Workspace, name: str) -> None:
    """Call a method with arguments that must not be looked at."""
    given = inspect.signature(getattr(type(ws), name)).parameters.values()
    needed = [p for p in given if p.default is p.empty and p.name != "self"]
    positional = [Untouchable() for p in needed if p.kind is p.POSITIONAL_OR_KEYWORD]
    named = {p.name: Untouchable() for p in needed if p.kind is p.KEYWORD_ONLY}
    getattr(ws, name)(*positional, **named)


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    """An empty club whose maker holds every role one after the other."""
    folder = tmp_path_factory.mktemp("roles")
    club.create(folder, outside=OUTSIDE).close()
    with Probe.open(folder / "club", outside=OUTSIDE) as ws:
        yield ws


def holding(ws: Workspace, *roles: StaffRole) -> None:
    """Give the user at the keyboard these roles alone."""
    ws._role = None
    object.__setattr__(ws._house.config, "staff", {"ada": frozenset(roles)})


def kept(ws: Workspace) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table but those of the log, and of its keys."""
    db = ws._house.db
    names = [n for (n,) in db.raw("SELECT name FROM sqlite_master WHERE type = 'table'")]
    wanted = [n for n in names if not n.startswith(("audit_", "sqlite_", "touched"))]
    rows = {name: db.raw(f'SELECT * FROM "{name}"') for name in wanted}
    rows["wrapped_key"] = [r for r in rows["wrapped_key"] if not _is_of_the_log(str(r[1]))]
    return rows


def _is_of_the_log(secret: str) -> bool:
    """Return whether a key seals what the log, or the index of it, says."""
    return secret.startswith(("audit", "touched", "who"))


def beside(ws: Workspace) -> dict[Path, bytes]:
    """Return every file of the workspace but the database and what lies beside the log."""
    root, private = ws.folder, ws._house.config.private
    return {p: data for p, data in club.files(root) if p.parent != private}


# --- the table ---------------------------------------------------------------------------------


def test_every_public_verb_has_a_line_and_every_line_a_verb() -> None:
    assert sorted(METHODS.keys() | FREE.keys()) == PUBLIC
    assert not METHODS.keys() & FREE.keys()


def test_every_kind_of_work_has_a_usual_role_that_may_do_it() -> None:
    assert set(USUAL) == set(ALLOWED) == set(Verb)
    assert all(USUAL[verb] in ALLOWED[verb] for verb in Verb)
    assert set(METHODS.values()) | {Verb.RETAIN} >= set(Verb) - {Verb.KEYS}


def test_what_needs_no_role_says_why() -> None:
    assert all(len(why) > 10 for why in FREE.values())


def test_every_command_leads_to_a_verb_that_is_there() -> None:
    assert {m for m in COMMANDS.values() if m is not None} <= METHODS.keys() | FREE.keys()


@pytest.mark.parametrize("verb", Verb)
def test_who_keeps_the_keys_neither_reads_people_nor_judges_the_record(verb: Verb) -> None:
    """An administrator is not an auditor; neither makes reports or answers requests."""
    admins = {Verb.EXPIRE, Verb.RULES, Verb.RETAIN, Verb.KEYS, Verb.STAFF}
    auditors = {
        Verb.RULES, Verb.AUDIT, Verb.WHO_READ, Verb.STAFF, Verb.REIDENTIFICATIONS, Verb.REGISTER,
        Verb.HOLDS,
    }  # fmt: skip
    assert (R.ADMIN in ALLOWED[verb]) == (verb in admins)
    assert (R.AUDITOR in ALLOWED[verb]) == (verb in auditors)


@pytest.mark.parametrize("verb", [Verb.REQUEST, Verb.CONSENT, Verb.APPROVE, Verb.BREACH])
def test_people_are_answered_and_policies_approved_by_officers_alone(verb: Verb) -> None:
    assert ALLOWED[verb] == {R.COMPLIANCE_OFFICER}


def test_a_marketer_sees_protected_numbers_and_nothing_exact_or_personal() -> None:
    exact = {
        Verb.IMPORT, Verb.EXPIRE, Verb.CONSENT, Verb.RECORDS, Verb.REQUEST, Verb.AUDIT,
        Verb.WHO_READ, Verb.BREACH, Verb.REIDENTIFY, Verb.REIDENTIFICATIONS, Verb.STAFF,
    }  # fmt: skip
    assert not [verb for verb in exact if R.MARKETER in ALLOWED[verb]]


def test_a_policy_can_let_nobody_else_name_people() -> None:
    assert ALLOWED[Verb.REIDENTIFY] == MAY_ASK
    assert ALLOWED[Verb.APPROVE_REIDENTIFY] == MAY_APPROVE
    assert not {R.MARKETER, R.ADMIN, R.AUDITOR} & (MAY_ASK | MAY_APPROVE)


# --- every verb in every role ------------------------------------------------------------------


def outcome_of(ws: Workspace, name: str) -> object:
    """Return what became of calling a method: (verb, role) that passed the gate, or a word."""
    try:
        call(ws, name)
    except PassedError as passed:
        return passed.args
    except RoleError as error:
        return "refused" if error.exit_code == REFUSED else f"left with {error.exit_code}"
    return "did its work"


@pytest.mark.parametrize("chosen", [True, False], ids=["a role named", "none named"])
def test_each_verb_lets_those_in_who_may_and_refuses_the_others_and_changes_nothing(
    probe: Probe, *, chosen: bool
) -> None:
    """Whether the role is named or found, in Python as on the command line."""
    holding(probe, *StaffRole)
    before, files, since, refused, wrong = kept(probe), beside(probe), probe._house.log.size, [], []
    with probe._house.db.transaction():  # one commit for all the refusals
        for name, role in product(GATED, StaffRole):
            holding(probe, role)
            probe.role = role if chosen else None
            verb = METHODS[name]
            outcome = outcome_of(probe, name)
            if role not in ALLOWED[verb]:
                refused.append((str(verb), role))
            if outcome != ((verb, role) if role in ALLOWED[verb] else "refused"):
                wrong.append((name, role, outcome))
    assert wrong == []
    assert (kept(probe), beside(probe)) == (before, files)
    denied = club.log_of(probe)[since:]
    assert {(e.entry.kind, e.entry.outcome) for e in denied} == {(Kind.ACTOR, Outcome.DENIED)}
    assert [e.entry.header["verb"] for e in denied] == [verb for verb, _ in refused]
    if chosen:
        assert [e.entry.actor for e in denied] == [role for _, role in refused]


def test_somebody_without_any_role_does_none_of_it(probe: Probe) -> None:
    before = kept(probe)
    with probe._house.db.transaction():
        for name in GATED:
            holding(probe)
            with pytest.raises(RoleError, match="does not give it to ada"):
                call(probe, name)
    assert kept(probe) == before


@pytest.mark.parametrize("name", sorted(ALONE & METHODS.keys()))
def test_a_verb_that_opens_the_workspace_itself_is_refused_to_every_other_role(
    probe: Probe, name: str
) -> None:
    method = getattr(Workspace, name)
    needed = inspect.signature(method).parameters.values()
    given = {p.name: Untouchable() for p in needed if p.default is p.empty and p.name != "folder"}
    settings = probe.folder / "privseg.yaml"
    text, before = settings.read_text("utf-8"), kept(probe)
    for role in set(R) - ALLOWED[METHODS[name]]:
        settings.write_text(re.sub(r'"ada": .*', f'"ada": [{role}]', text), "utf-8")
        with pytest.raises(RoleError):
            method(probe.folder, outside=OUTSIDE, **given)
    settings.write_text(text, "utf-8")
    Workspace.open(probe.folder, outside=OUTSIDE).close()
    del before["staff_seen"]
    assert {name: rows for name, rows in kept(probe).items() if name in before} == before


def test_the_role_that_a_verb_finds_is_one_that_is_held_and_may() -> None:
    for verb, one, other in product(Verb, StaffRole, StaffRole):
        found, held = role_for(verb, frozenset({one, other})), {one, other}
        assert (found is None) == (not held & ALLOWED[verb])
        assert found is None or found in held & ALLOWED[verb]
