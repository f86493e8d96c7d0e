# SPDX-License-Identifier: Apache-2.0
"""Who is behind a pseudonym is told in time, by the people's own word, and on the record first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import Kind, Outcome, parse_entry
from privseg.engine.errors import AnswerNotWrittenError
from privseg.engine.reidentify.check import check_reidentifications
from privseg.engine.reidentify.errors import (
    ReidentificationClosedError,
    ReidentificationTamperedError,
)
from privseg.engine.reidentify.forget import forget_lapsed, reidentify_forget
from privseg.engine.reidentify.life import State
from privseg.engine.reidentify.record import SEGMENTER, Record
from privseg.errors import AuditWriteError
from privseg.terms import Ordinal, StaffRole
from tests.twins import club
from tests.twins.named_club import MARKETING, NamedClub, copied, may_be_named, members

R = StaffRole


@pytest.fixture(scope="module")
def opened(named_founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A club with a request that was opened once and may be once more, and another one; closed."""
    folder = tmp_path_factory.mktemp("opened")
    made = copied(named_founded, folder)
    made.write("people: 12\n", "people: 12\n      opens: 2\n")
    number = made.asked_and_approved([0])
    made.asked_and_approved([1])
    made.open(number, name="first.json")
    made.ws.close()
    return folder


def damage(here: NamedClub, *statements: str) -> None:
    """Change the database behind the workspace's back, guards first, as a forger would."""
    with closing(sqlite3.connect(here.ws._house.db.place)) as direct, direct:
        guards = direct.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            direct.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            direct.execute(statement)


# --- in time, and as often as was approved ---------------------------------------------------


def test_it_lapses_when_its_time_is_over_and_no_clock_brings_it_back(here: NamedClub) -> None:
    number = here.asked_and_approved()
    here.clock.pass_(hours=8)
    with pytest.raises(ReidentificationClosedError, match="is lapsed"):
        here.open(number)
    here.clock.pass_(hours=-20)
    with pytest.raises(ReidentificationClosedError, match="is lapsed"):
        here.open(number)
    here.clock.pass_(hours=20)


def test_just_before_it_can_be_opened(here: NamedClub) -> None:
    number = here.asked_and_approved()
    here.clock.pass_(hours=7, minutes=59)
    here.open(number)


def test_a_request_on_which_nobody_decides_lapses(here: NamedClub) -> None:
    number = here.ask().number
    here.clock.pass_(days=7)
    with pytest.raises(ReidentificationClosedError, match="is lapsed"):
        here.at("grace").approve_reidentification(number)


def test_it_is_opened_once_unless_the_policy_says_more(here: NamedClub) -> None:
    once = here.asked_and_approved()
    here.write("people: 12\n", "people: 12\n      opens: 2\n")
    twice = here.asked_and_approved()
    here.open(once, name="a.json")
    with pytest.raises(ReidentificationClosedError, match="is spent"):
        here.open(once, name="b.json")  # what was approved is not made more by a later policy
    here.open(twice, name="c.json")
    here.open(twice, name="d.json")
    with pytest.raises(ReidentificationClosedError, match="is spent"):
        here.open(twice, name="e.json")


@pytest.mark.parametrize(
    ("old", "new", "hours"), [("within: 8h", "within: 2h", 3), ("within: 8h", "within: 20h", 9)]
)
def test_whichever_is_shorter_the_time_approved_or_the_time_allowed_now_counts(
    here: NamedClub, old: str, new: str, hours: int
) -> None:
    number = here.asked_and_approved()
    here.write(old, new)
    here.clock.pass_(hours=hours)
    with pytest.raises(ReidentificationClosedError, match="is lapsed"):
        here.open(number)


# --- the people's own word -------------------------------------------------------------------


def no(here: NamedClub, person: int, act: str) -> None:
    """Let a member say no."""
    more: dict[str, Any] = {} if act == "restrict" else {"purpose": MARKETING}
    subject = club.number(members()[person])
    here.at("grace").record_consent(subject, act=act, **more)


@pytest.mark.parametrize(("person", "act"), [(12, "withdraw"), (13, "object"), (14, "restrict")])
def test_a_no_between_approval_and_opening_is_honoured(
    here: NamedClub, person: int, act: str
) -> None:
    number = here.asked_and_approved([person, 15])
    assert may_be_named(person)
    assert may_be_named(15)
    no(here, person, act)
    named = here.open(number)
    told = [p["identifiers"]["email"] for p in named["people"]]  # type: ignore[attr-defined]
    assert told == [[members()[15].email]]
    assert (named["not_eligible"], named["not_found"]) == (1, 0)


def test_somebody_who_was_erased_meanwhile_is_nobody(own: NamedClub) -> None:
    number = own.asked_and_approved([0, 1])
    house = own.ws._house
    house.vault.erase(Ordinal(0), house.columns)
    named = own.open(number)
    assert (len(named["people"]), named["not_found"]) == (1, 1)  # type: ignore[arg-type]


def test_an_erasure_takes_a_person_out_of_every_open_request(here: NamedClub) -> None:
    one, other = here.asked_and_approved([0, 18]), here.ask([18, 2]).number
    record, house = Record(here.ws._house), here.ws._house
    with house.db.transaction():
        assert reidentify_forget(house, Ordinal(18)) == 2
    assert {p.hex() for p in record.people(one)} == set(here.pseudonyms([0]))
    assert {p.hex() for p in record.people(other)} == set(here.pseudonyms([2]))


# --- the record ------------------------------------------------------------------------------


def test_every_step_is_on_the_log_and_the_opening_before_anybody_is_named(here: NamedClub) -> None:
    number = here.asked_and_approved([0, 3])
    here.open(number)
    case = f"reidentify/{number}"
    entries = [e for e in club.log_of(here.ws) if e.entry.header.get("case") == case]
    assert [(e.entry.kind, e.entry.header.get("verb"), e.by["user"]) for e in entries] == [
        (Kind.ACTOR, "reidentify-ask", "ada"),
        (Kind.ACTOR, "reidentify-approve", "grace"),
        (Kind.ACCESS_INTENT, None, "ada"),
        (Kind.ACCESS_OUTCOME, None, "ada"),
    ]
    _, _, intent, outcome = entries
    assert intent.entry.header["attributes"] == ["customer_number", "email"]
    assert intent.entry.header["purpose"] == MARKETING
    assert set(intent.eligible) == set(outcome.members["named"]) == {0, 3}
    assert entries[0].body["reason_code"] == "FR-2026-17"


def test_who_was_named_is_told_so_from_the_record(here: NamedClub) -> None:
    number = here.asked_and_approved([17])
    here.open(number)
    told = [here.at("joan").who_read_person(club.number(members()[n])) for n in (17, 19)]
    (mine,) = told[0].reads
    assert (mine.run.segmenter, mine.found_in, mine.run.user) == (SEGMENTER, ("named",), "ada")
    assert mine.run.attributes == ("customer_number", "email")
    assert told[1].reads == ()


def test_a_late_no_taints_an_opening_as_it_does_any_read(here: NamedClub) -> None:
    number = here.asked_and_approved([16])
    here.open(number)
    here.clock.pass_(days=1)
    here.at("grace").record_consent(
        club.number(members()[16]), act="withdraw", purpose=MARKETING,
        event_time=club.NOW.replace(day=1),
    )  # fmt: skip
    (run,) = here.ws.taint(club.number(members()[16]))
    assert (run.segmenter, run.people) == (SEGMENTER, 1)


def test_without_a_log_nobody_is_named(own: NamedClub, tmp_path: Path) -> None:
    number = own.asked_and_approved()
    refuse = "CREATE TRIGGER no BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(FAIL, 'no'); END"
    damage(own, refuse)
    with pytest.raises(AuditWriteError):
        own.open(number)
    assert not (tmp_path / "named.json").exists()


def test_a_file_that_cannot_be_written_is_counted_and_said(here: NamedClub) -> None:
    """Identifiers were unsealed for it: to try again takes another approval."""
    number = here.asked_and_approved([0])
    with pytest.raises(AnswerNotWrittenError):
        here.at("ada", R.ANALYST).open_reidentification(number, out=Path("/proc/named.json"))
    assert here.ws.reidentifications()[0].state is State.SPENT
    last = club.log_of(here.ws, Kind.ACCESS_OUTCOME)[-1]
    assert last.entry.outcome is Outcome.FAILED
    assert set(last.members["named"]) == {0}


def test_nothing_of_a_request_lies_in_the_database_in_clear(here: NamedClub) -> None:
    here.asked_and_approved([0, 1])
    pseudonyms = here.pseudonyms([0, 1])
    private = here.ws._house.config.private
    assert not club.holding(["FR-2026-17", "grace", *pseudonyms], private)
    raw = [bytes.fromhex(p) for p in pseudonyms]
    assert not [p for p, data in club.files(private) if any(r in data for r in raw)]


def test_a_list_is_deleted_when_nobody_can_be_named_by_it_any_more(own: NamedClub) -> None:
    record = Record(own.ws._house)
    spent, withdrawn, lapsed = (own.asked_and_approved([n]) for n in (0, 1, 2))
    waiting, refused = own.ask([5]).number, own.ask([6]).number
    assert record.with_people() == [spent, withdrawn, lapsed, waiting, refused]
    own.at("grace").refuse_reidentification(refused)
    own.open(spent)
    own.at("ada").withdraw_reidentification(withdrawn)
    assert record.with_people() == [lapsed, waiting]
    own.clock.pass_(hours=9)
    assert forget_lapsed(own.ws._house) == 1
    assert record.with_people() == [waiting]
    own.clock.pass_(days=7)
    own.at("mary").expire()
    assert record.with_people() == []


# --- what somebody changes behind the program's back -----------------------------------------

STEPS, ASKS = "reidentification_step", "reidentification"
OF = f"SELECT sealed FROM {STEPS} WHERE number = 2"
FORGED = {
    "an opening is taken out": f"DELETE FROM {STEPS} WHERE step = 2",
    "an approval is taken out": f"DELETE FROM {STEPS} WHERE step = 1",
    "a step is put in once more": f"INSERT INTO {STEPS} SELECT number, 3, audit_index, sealed "
    f"FROM {STEPS} WHERE step = 1",
    "a step is another request's": f"UPDATE {STEPS} SET sealed = ({OF}) WHERE number = 1",
    "a step names another entry": f"UPDATE {STEPS} SET audit_index = 0 WHERE number = 1",
    "what was asked is another request's": f"UPDATE {ASKS} SET sealed = "
    f"(SELECT sealed FROM {ASKS} WHERE number = 2) WHERE number = 1",
    "it was asked elsewhere on the log": f"UPDATE {ASKS} SET audit_index = 0",
}


@pytest.mark.parametrize("how", FORGED)
def test_what_the_log_does_not_bear_out_names_nobody_and_is_found(
    opened: Path, tmp_path: Path, how: str
) -> None:
    here = copied(opened, tmp_path)
    house = here.ws._house
    entries = [parse_entry(s.entry_bytes) for s in house.log.entries()]
    assert check_reidentifications(house, entries) == []
    damage(here, FORGED[how])
    with pytest.raises((ReidentificationTamperedError, ReidentificationClosedError)):
        here.open(1, name="second.json")
    assert not (here.ws.folder.parent / "second.json").exists()
    assert any("re-identification 1 " in line for line in check_reidentifications(house, entries))
    here.ws.close()


def test_a_list_that_was_changed_names_nobody(opened: Path, tmp_path: Path) -> None:
    here = copied(opened, tmp_path)
    damage(here, "UPDATE reidentification_list SET sealed = x'01'")
    with pytest.raises(ReidentificationTamperedError):
        here.open(1)
    here.ws.close()
