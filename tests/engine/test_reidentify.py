# SPDX-License-Identifier: Apache-2.0
"""Who is behind a pseudonym is told to one person, after another agreed, in time, on the record."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.engine.errors import AnswerThereError, RoleError
from privseg.engine.reidentify import matching as reidentify_match
from privseg.engine.reidentify.errors import (
    NoReidentificationError,
    OwnReidentificationError,
    PseudonymListError,
    ReasonCodeError,
    ReidentificationClosedError,
)
from privseg.engine.reidentify.life import State
from privseg.errors import PolicyError
from privseg.pseudonym import Domain
from privseg.store.reidentify import UnknownReidentificationError
from privseg.terms import Ordinal, StaffRole
from tests.twins import club
from tests.twins.named_club import (
    DOMAIN,
    MARKETING,
    OTHER,
    RULE,
    UNKNOWN,
    NamedClub,
    may_be_named,
    members,
)

R = StaffRole


def denials(here: NamedClub) -> list[tuple[str, str]]:
    """Return the refusals on the log: the verb and why."""
    entries = (e.entry for e in club.log_of(here.ws, Kind.ACTOR))
    return [
        (str(e.header["verb"]), str(e.header["reason"]))
        for e in entries
        if e.outcome is Outcome.DENIED
    ]


# --- the whole way -------------------------------------------------------------------------------


def test_the_people_who_may_be_named_are_and_all_others_are_counted_alone(here: NamedClub) -> None:
    everybody = range(10)
    number = here.asked_and_approved(everybody, UNKNOWN)
    named = here.open(number)
    pseudonyms = here.pseudonyms(everybody)
    expected = {
        pseudonyms[n]: {
            "customer_number": [members()[n].number], "email": [members()[n].email],
        }
        for n in everybody if may_be_named(n)
    }  # fmt: skip
    assert {p["pseudonym"]: p["identifiers"] for p in named["people"]} == expected  # type: ignore[attr-defined]
    assert 0 < len(expected) < 10
    assert (named["not_eligible"], named["not_found"]) == (10 - len(expected), 1)
    assert here.at("ada").reidentifications()[0].state is State.SPENT


def test_the_file_is_its_owners_alone_and_new(here: NamedClub) -> None:
    number, folder = here.asked_and_approved(), here.ws.folder.parent
    (folder / "there.json").write_text("mine", "utf-8")
    with pytest.raises(AnswerThereError):
        here.open(number, name="there.json")
    assert (folder / "there.json").read_text("utf-8") == "mine"
    here.open(number)  # that was not counted
    assert stat.S_IMODE((folder / "named.json").stat().st_mode) == 0o600


def test_only_the_kinds_of_identifier_that_were_asked_for_are_named(here: NamedClub) -> None:
    number = here.ask([0], identifiers=["email"]).number
    here.at("grace").approve_reidentification(number)
    (person,) = here.open(number)["people"]  # type: ignore[misc]
    assert person["identifiers"] == {"email": [members()[0].email]}


def test_pseudonyms_of_another_domain_are_found_nowhere(here: NamedClub) -> None:
    """Nor are invented ones, and nothing tells the two apart."""
    number = here.ask([], *here.pseudonyms(range(4), OTHER), UNKNOWN).number
    here.at("grace").approve_reidentification(number)
    named = here.open(number)
    assert (named["people"], named["not_eligible"], named["not_found"]) == ([], 0, 5)


def test_asking_looks_nobody_up(here: NamedClub) -> None:
    """What is told of a known and of an invented pseudonym is the same."""
    one, other = here.ask([0]), here.ask([], UNKNOWN)
    assert (one.people, one.state, one.until) == (other.people, other.state, other.until)


def test_who_is_who_is_found_across_the_buckets_of_people(
    here: NamedClub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reidentify_match, "BUCKET", 5)
    house, wanted = here.ws._house, [3, 4, 5, 9, 10, 23]
    made = house.vault.pseudonyms([Ordinal(p) for p in wanted], DOMAIN)
    found_ = reidentify_match.matched(house, DOMAIN, frozenset(made))
    assert found_ == dict(zip(wanted, made, strict=True))


# --- two people ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [R.COMPLIANCE_OFFICER, R.ENGINEER])
@pytest.mark.parametrize("verb", ["approve_reidentification", "refuse_reidentification"])
def test_who_asked_does_not_decide_in_whatever_role(
    here: NamedClub, role: StaffRole, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = here.ask().number
    for variable in ("LOGNAME", "USER", "SUDO_USER", "SUDO_UID"):
        monkeypatch.setenv(variable, "grace")
    with pytest.raises(OwnReidentificationError, match="who asked does not decide"):
        getattr(here.at("ada", role), verb)(number)
    assert denials(here)[-1][1] == "it needs another person"
    assert here.at("grace").reidentifications()[0].state is State.WAITING


@pytest.mark.parametrize(("user", "role"), [("grace", R.COMPLIANCE_OFFICER), ("mary", R.ENGINEER)])
def test_who_approved_does_not_open(here: NamedClub, user: str, role: StaffRole) -> None:
    number = here.ask().number
    here.at(user, role).approve_reidentification(number)
    out = here.ws.folder.parent / "named.json"
    with pytest.raises(OwnReidentificationError, match="only who asked opens it"):
        here.ws.open_reidentification(number, out=out)
    assert not out.exists()
    here.open(number)


def test_nor_does_anybody_else_who_could_have_asked(here: NamedClub) -> None:
    number = here.asked_and_approved()
    with pytest.raises(OwnReidentificationError):
        here.open(number, user="bob")
    assert denials(here)[-1] == ("reidentify-open", "it needs another person")


def test_only_who_asked_or_approved_takes_it_back(here: NamedClub) -> None:
    for user in ("ada", "grace"):
        number = here.asked_and_approved()
        with pytest.raises(OwnReidentificationError):
            here.at("mary").withdraw_reidentification(number)
        here.at(user).withdraw_reidentification(number)
        with pytest.raises(ReidentificationClosedError, match="is withdrawn"):
            here.open(number)


def test_nothing_is_opened_that_nobody_approved(here: NamedClub) -> None:
    number = here.ask().number
    with pytest.raises(ReidentificationClosedError, match="is waiting"):
        here.open(number)
    here.at("grace").refuse_reidentification(number)
    with pytest.raises(ReidentificationClosedError, match="is refused"):
        here.open(number)
    with pytest.raises(ReidentificationClosedError):
        here.at("grace").approve_reidentification(number)


def test_an_auditor_sees_that_it_was_asked_and_never_whom_it_is_about(here: NamedClub) -> None:
    here.ask()
    seen = here.at("joan").reidentifications()[0]
    assert (seen.asked_by, seen.reason_code, seen.people) == ("ada", "FR-2026-17", 4)
    assert not set(here.pseudonyms(range(4))) & set(str(seen).split("'"))
    for verb in ("approve_reidentification", "withdraw_reidentification"):
        with pytest.raises(RoleError):
            getattr(here.ws, verb)(seen.number)


# --- what the policy says --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (RULE, "", "the purpose does not allow it"),
        ("asked_by: [analyst]", "asked_by: [engineer]", "role analyst may not ask"),
        ("people: 12", "people: 3", "names up to 3 people, not 4"),
        ("[customer_number, email]", "[email]", "customer_number may not be named"),
    ],
)
@pytest.mark.parametrize("when", ["when asked", "when approved", "when opened"])
def test_what_the_policy_does_not_allow_is_refused_whenever_it_says_so(
    here: NamedClub, old: str, new: str, why: str, when: str
) -> None:
    kinds, number = ["customer_number", "email"], 0
    read = len(club.log_of(here.ws, Kind.ACCESS_INTENT))
    if when != "when asked":
        number = here.ask(identifiers=kinds).number
    if when == "when opened":
        here.at("grace").approve_reidentification(number)
    here.write(old, new)
    verbs: dict[str, Callable[[], object]] = {
        "when asked": lambda: here.ask(identifiers=kinds),
        "when approved": lambda: here.at("grace").approve_reidentification(number),
        "when opened": lambda: here.open(number),
    }
    with pytest.raises(NoReidentificationError) as refused:
        verbs[when]()
    assert why in str(refused.value) or (when == "when approved" and old == RULE)
    assert refused.value.exit_code == 3
    assert denials(here)[-1][1] == "the policy does not allow it"
    assert not (here.ws.folder.parent / "named.json").exists()
    assert len(club.log_of(here.ws, Kind.ACCESS_INTENT)) == read


def test_a_role_that_the_policy_does_not_name_does_not_decide(here: NamedClub) -> None:
    here.write("[compliance_officer, engineer]", "[compliance_officer]")
    number = here.ask().number
    with pytest.raises(NoReidentificationError, match="role engineer may not decide"):
        here.at("mary", R.ENGINEER).approve_reidentification(number)


def test_under_a_policy_that_waits_for_its_approval_nobody_asks_or_opens(own: NamedClub) -> None:
    number = own.asked_and_approved()
    own.write("controller: club\n", "controller: club\napproval: second_person\n")
    with pytest.raises(PolicyError, match="is not approved by a second person"):
        own.open(number)
    with pytest.raises(PolicyError, match="is not approved by a second person"):
        own.ask()
    assert denials(own)[-1] == ("reidentify-ask", "approval")


@pytest.mark.parametrize(
    ("pseudonyms", "line"),
    [([], None), (["", "  "], None), (["x" * 32], 1), (["0" * 32, "ada@example.com"], 2),
     (["0" * 31], 1), (["0" * 33], 1)],
)  # fmt: skip
def test_a_list_that_is_none_is_refused_by_its_line_and_never_by_its_text(
    here: NamedClub, pseudonyms: list[str], line: int | None
) -> None:
    before = here.at("ada").reidentifications()
    with pytest.raises(PseudonymListError) as refused:
        here.ask([], *pseudonyms)
    assert refused.value.line == line
    assert "ada@" not in str(refused.value)
    assert here.at("ada").reidentifications() == before


@pytest.mark.parametrize("code", ["", "a b", "ada@example.com", "-x", "x" * 41, "FR/17"])
def test_a_reason_code_is_a_code(here: NamedClub, code: str) -> None:
    with pytest.raises(ReasonCodeError):
        here.at("ada", R.ANALYST).ask_reidentification(
            MARKETING, [UNKNOWN], domain=DOMAIN, reason_code=code
        )


@pytest.mark.parametrize("verb", ["approve", "refuse", "withdraw", "open"])
def test_a_number_that_no_request_has_is_said(here: NamedClub, verb: str, tmp_path: Path) -> None:
    given = {"out": tmp_path / "x"} if verb == "open" else {}
    with pytest.raises(UnknownReidentificationError, match="privseg reidentify list"):
        getattr(here.at("ada"), f"{verb}_reidentification")(999, **given)


def test_a_domain_is_told_by_all_its_three_parts(here: NamedClub) -> None:
    for domain in (
        Domain(MARKETING, recipient="mailer", epoch="2027"),
        Domain(MARKETING, recipient="mailer2", epoch="2026"),
    ):
        number = here.ask([0], domain=domain).number
        here.at("grace").approve_reidentification(number)
        assert here.open(number, name=f"{domain.epoch}.json")["not_found"] == 1
