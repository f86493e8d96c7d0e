# SPDX-License-Identifier: Apache-2.0
"""Rectification: the right value everywhere, the wrong one kept for proof, and never read again.

GDPR Art. 16, 19; Cal. Civ. Code § 1798.106; 11 CCR § 7023.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.dsr import Asked, CaseState, Correction, IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.errors import AnswerNotWrittenError
from privseg.engine.rights.correcting import CorrectionError
from privseg.engine.rights.meanwhile import NothingAskedError
from privseg.engine.rights.rectifying import corrections_of
from privseg.store.corrections import UnknownCorrectionError
from privseg.terms import StaffRole, SubjectId
from privseg.vault import NothingIdentifiesError
from privseg.vault.refusals import IdentifierTakenError
from tests.twins import club
from tests.twins.club import Clock, Member, number, ordinal

CANARY = "Zymurgy Canary"
PEOPLE = [Member(number=f"M{n:04d}", hobby=CANARY if n < 12 else "gardening") for n in range(20)]


class World:
    """A club with hobbies that are wrong."""

    def __init__(self, ws: Workspace, clock: Clock) -> None:
        self.ws, self.clock = ws, clock

    def ask(self, who: str, *wanted: Correction) -> int:
        self.clock.pass_(seconds=1)
        asked = Asked(corrections=wanted)
        return self.ws.open_request(
            RequestKind.RECTIFICATION, number(who), identity=IdentityLevel.ACCOUNT, asked=asked
        ).number

    def correct(self, who: str, *wanted: Correction) -> int:
        made = self.ask(who, *wanted)
        self.ws.run_request(made)
        return made

    def rows(self, who: str, table: str = "members") -> list[dict[str, object]]:
        """Return what every snapshot still holds of somebody."""
        house = self.ws._house
        mine = ordinal(self.ws, who)
        return [
            row
            for snapshot in sorted(house.columns._manifest.snapshots())
            for row in house.columns.rows_of(mine, table, snapshot=snapshot)
        ]

    def load(self, *members: Member) -> None:
        self.ws.load(club.member_rows(members), source="members")


@pytest.fixture(scope="module")
def world(database: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    outside = Outside(clock=(clock := Clock()))
    folder = tmp_path_factory.mktemp("rectifying")
    with club.found(folder, PEOPLE, outside=outside, database=database) as ws:
        ws.open_edition()
        ws.load(club.member_rows(PEOPLE), source="members")  # an edition reads the older snapshot
        yield World(ws, clock)


def hobby(value: str | None) -> Correction:
    return Correction("members", "hobby", value)


def test_the_right_value_stands_in_every_snapshot_and_is_found_folded(world: World) -> None:
    made = world.correct("M0000", hobby("Gärten  und Garden"))
    rows = world.rows("M0000")
    assert len(rows) >= 2
    assert {r["hobby"] for r in rows} == {"Gärten  und Garden"}
    assert all("garden" in str(r["hobby__folded"]) for r in rows)
    assert world.ws.request(made).state is CaseState.DONE
    assert {r["hobby"] for r in world.rows("M0001")} == {CANARY}


def test_the_wrong_value_is_in_no_file_of_the_column_store_any_more(world: World) -> None:
    world.correct("M0001", hobby("chess"))
    mine = int(ordinal(world.ws, "M0001"))
    for file in world.ws._house.columns._files.listed("members"):
        for row in world.ws._house.columns._files.read(file).to_pylist():
            assert row["ordinal"] != mine or row["hobby"] == "chess"


def test_both_values_are_kept_in_time_for_the_person_and_for_nobody_else(world: World) -> None:
    made = world.correct("M0002", hobby("chess"))
    house, who = world.ws._house, ordinal(world.ws, "M0002")
    (kept,) = corrections_of(house, who)
    assert (kept.case, kept.source, kept.attribute) == (made, "members", "hobby")
    assert (kept.old, kept.new) == (CANARY, "chess")
    assert CANARY not in repr(house.corrections.of(who))
    assert not club.holding([CANARY], world.ws.folder)


def test_stored_memberships_are_decided_anew(world: World) -> None:
    world.ws.role = StaffRole.MARKETER
    world.ws.run_segments(["gardeners"])
    world.ws.role = None
    runs, who, out = world.ws._house.runs, ordinal(world.ws, "M0003"), ordinal(world.ws, "M0012")
    before = runs.newest("gardeners")
    assert before is not None
    assert who not in before.people
    assert out in before.people
    world.correct("M0003", hobby("gardening"))
    world.correct("M0012", hobby("sailing"))
    after = runs.newest("gardeners")
    assert after is not None
    assert set(after.people) == (set(before.people) | {who}) - {out}


def test_whoever_may_not_be_read_is_put_into_no_segment(world: World) -> None:
    world.ws.record_consent(number("M0004"), act="withdraw")
    world.correct("M0004", hobby("gardening"))
    found = world.ws._house.runs.newest("gardeners")
    assert found is not None
    assert ordinal(world.ws, "M0004") not in found.people


def test_one_event_is_corrected_and_no_other(world: World) -> None:
    world.correct("M0005", Correction("orders", "amount", "12.50", "M0005-0"))
    assert {r["amount"] for r in world.rows("M0005", "purchase")} == {1250}
    assert {r["amount"] for r in world.rows("M0006", "purchase")} == {8000}


def test_a_later_import_does_not_bring_the_wrong_value_back(world: World) -> None:
    world.correct("M0006", hobby("chess"))
    world.load(Member(number="M0006", hobby=CANARY))
    assert world.rows("M0006")[-1]["hobby"] == "chess"
    assert world.rows("M0006")[-1]["hobby__folded"] == "chess"
    (seen,) = [d for d in world.ws.disputed() if d.attribute == "hobby"]
    assert seen.seen == 1
    assert CANARY not in repr(seen)
    world.load(Member(number="M0006", hobby="sailing"))  # something new is no wrong value
    assert world.rows("M0006")[-1]["hobby"] == "sailing"
    world.ws.settle_disputed(seen.number, "release")
    world.load(Member(number="M0006", hobby=CANARY))
    assert world.rows("M0006")[-1]["hobby"] == CANARY
    with pytest.raises(UnknownCorrectionError):
        world.ws.settle_disputed(seen.number, "keep")


def test_an_event_that_comes_again_keeps_its_correction(world: World) -> None:
    late = Member(number="M0007")
    world.correct("M0007", Correction("orders", "amount", "9.99", "M0007-0"))
    world.ws.load(club.order_rows([late]), source="orders")
    assert world.rows("M0007", "purchase")[-1]["amount"] == 999


def test_an_identifier_is_corrected_in_the_vault_and_its_old_one_leads_to_nobody(
    world: World,
) -> None:
    who = ordinal(world.ws, "M0008")
    world.correct("M0008", Correction("members", "email", "grace@example.com"))
    vault = world.ws._house.vault
    assert vault.resolve(SubjectId("email", "Grace@example.com")) == who
    assert vault.resolve(SubjectId("email", "m0008@example.com")) is None
    world.load(Member(number="M0008"))  # the source still has the wrong address
    assert vault.resolve(SubjectId("email", "m0008@example.com")) is None
    assert [s.value for s in vault.identity(who) if s.kind == "email"] == ["grace@example.com"]
    assert any(d.attribute == "email" for d in world.ws.disputed())
    (kept,) = corrections_of(world.ws._house, who)
    assert (kept.old, kept.new) == ("m0008@example.com", "grace@example.com")


def test_the_wrong_identifier_of_one_is_the_right_one_of_another(world: World) -> None:
    """Beside another person's number the address is theirs: they are imported as they are."""
    world.correct("M0009", Correction("members", "email", "nine@example.com"))
    other = club.member_rows([Member(number="M7777")])
    other["email"] = "m0009@example.com"
    world.ws.load(other, source="members")
    found = world.ws._house.vault.resolve(SubjectId("email", "m0009@example.com"))
    assert found == ordinal(world.ws, "M7777")


@pytest.mark.parametrize(
    "wanted",
    [
        Correction("nowhere", "hobby", CANARY),
        Correction("members", "nothing", CANARY),
        Correction("members", "country", CANARY),
        Correction("members", "hobby", " "),
        Correction("orders", "amount", CANARY, "M0000-0"),
        Correction("orders", "amount", "1.005", "M0000-0"),
        Correction("orders", "amount", "1.00"),
        Correction("members", "hobby", "chess", "row"),
        Correction("members", "email", "no address"),
    ],
    ids=str,
)
def test_what_the_catalogue_cannot_read_opens_nothing(world: World, wanted: Correction) -> None:
    before = len(world.ws.requests())
    with pytest.raises(CorrectionError) as refused:
        world.ask("M0010", wanted)
    assert CANARY not in str(refused.value)
    assert len(world.ws.requests()) == before


def test_a_rectification_says_what_is_to_be_corrected(world: World) -> None:
    with pytest.raises(NothingAskedError):
        world.ask("M0010")


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Correction("orders", "amount", "1.00", "M0001-0"), CorrectionError),  # another's order
        (Correction("members", "email", "m0011@example.com"), IdentifierTakenError),
        (Correction("members", "number", "M0011"), IdentifierTakenError),
    ],
    ids=str,
)
def test_one_correction_that_cannot_be_made_undoes_all_of_the_request(
    world: World, wanted: Correction, error: type[Exception]
) -> None:
    made = world.ask("M0010", hobby("chess"), wanted)
    with pytest.raises(error):
        world.ws.run_request(made)
    assert {r["hobby"] for r in world.rows("M0010")} == {CANARY}
    assert not world.ws._house.corrections.of_case(made)
    assert world.ws.request(made).state is CaseState.RUNNING  # it was read: it can be run again


def test_nobody_is_left_without_an_identifier(world: World) -> None:
    world.correct("M0010", Correction("members", "email", None))
    made = world.ask("M0010", Correction("members", "number", None))
    with pytest.raises(NothingIdentifiesError):
        world.ws.run_request(made)
    assert ordinal(world.ws, "M0010") is not None


def test_a_run_that_was_cut_short_corrects_once(world: World, tmp_path: Path) -> None:
    made = world.ask("M0011", hobby("chess"))
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder should be")
    with pytest.raises(AnswerNotWrittenError):
        world.ws.run_request(made, out=taken)
    world.ws.run_request(made)
    assert len(world.ws._house.corrections.of_case(made)) == 1
    (kept,) = corrections_of(world.ws._house, ordinal(world.ws, "M0011"))
    assert kept.old == CANARY
    assert not world.ws.audit_verify()["findings"]


def test_an_erasure_takes_both_values_with_it(world: World, tmp_path: Path) -> None:
    world.correct("M0013", hobby("chess"))
    who = ordinal(world.ws, "M0013")
    case = world.ws.open_request(
        RequestKind.ERASURE, number("M0013"), identity=IdentityLevel.ACCOUNT
    )
    world.ws.run_request(case.number, out=tmp_path)
    assert not world.ws._house.corrections.of(who)
