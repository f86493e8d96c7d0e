# SPDX-License-Identifier: Apache-2.0
"""An erasure reaches every place there is, in an order that a kill cannot harm; and what stays.

Nora's orders are bills that a law keeps; she is in another system, was handed to a recipient, and
asks for a copy and for her erasure at once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import Kind
from privseg.dsr import (
    CaseState,
    ErasurePlanned,
    Fate,
    IdentityLevel,
    RequestKind,
    StepKind,
    check_receipt,
)
from privseg.dsr.due import Todo
from privseg.dsr.log_points import opens
from privseg.engine import Outside, Workspace
from privseg.engine.dsr.steps import take_step
from privseg.engine.erasure.freeze import AnswerFirstError
from privseg.engine.erasure.keep import GroundNotOfLawError
from privseg.engine.erasure.places import BESIDE_KEYS, TABLES, place_of
from privseg.engine.erasure.search import StillFoundError
from privseg.engine.errors import RoleError
from privseg.engine.keys.memory import ErasuresBehindError
from privseg.engine.notices.errors import NoticesWaitingError
from privseg.engine.outside import machine_ns
from privseg.errors import PrivsegError
from privseg.store import schema
from privseg.terms import Ordinal, Purpose, StaffRole, SubjectId
from privseg.vault import Ed25519Verifier
from tests.twins import club, leaving
from tests.twins.club import log_of, number, ordinal
from tests.twins.forensics import Traces
from tests.twins.leaving import CANARIES, COPY, ERASURE, KEEP, NORA, OTHERS, Leaving
from tests.twins.power_cut import PowerCut, cut_before

MARKETING = Purpose("marketing")


@dataclass
class Erased:
    """Nora's erasure, and what was known of her before."""

    world: Leaving
    planned: ErasurePlanned
    traces: Traces
    files: list[Path]
    document: dict[str, Any]
    was: Ordinal


def run(world: Leaving) -> list[Path]:
    with club.opened(world.ws) as ws:
        return ws.run_request(ERASURE, out=world.out)


@pytest.fixture(scope="module")
def world(database: str | None, tmp_path_factory: pytest.TempPathFactory) -> Leaving:
    made = leaving.found(tmp_path_factory.mktemp("leaving") / "world", database=database)
    with club.opened(made.ws) as ws:
        leaving.ask(ws)
    return made


@pytest.fixture(scope="module")
def erased(world: Leaving, tmp_path_factory: pytest.TempPathFactory) -> Erased:
    mine = world.copy_to(tmp_path_factory.mktemp("erased") / "world")
    if (server := mine.session()) is not None:
        with closing(server):
            server.execute("ANALYZE")  # as a server does by itself, which keeps some values
    with club.opened(mine.ws) as ws:
        was = ordinal(ws, NORA)
        traces = Traces.of(ws, was)
        planned = ws.plan_erasure(ERASURE)
        files = ws.run_request(ERASURE, out=mine.out)
        signer = ws._house.release_signer
        key = Ed25519Verifier(signer.name, signer.public_key)
    return Erased(mine, planned, traces, files, check_receipt(files[0].read_bytes(), [key]), was)


@pytest.fixture
def left(erased: Erased, tmp_path: Path) -> Iterator[Workspace]:
    """The club without Nora, to go on with."""
    mine = erased.world.copy_to(tmp_path / "world")
    with club.opened(mine.ws) as ws:
        yield ws


# --- the register of places -----------------------------------------------------------------------


def test_every_table_of_the_database_has_a_place_in_the_plan() -> None:
    assert {table.name for table in schema.tables()} == set(TABLES)


def test_every_file_of_a_workspace_and_beside_its_keys_has_a_place_in_the_plan(
    world: Leaving,
) -> None:
    private = world.ws / ".privseg"
    found = [str(p.relative_to(private)) for p in private.rglob("*") if p.is_file()]
    assert len(found) >= 4
    assert [path for path in found if place_of(path) is None] == []
    with club.opened(world.ws) as ws:
        names, key = ws._house.config.workspace_id, ws.key_file
    beside = {p.name.removeprefix(f"{names}.") for p in key.parent.iterdir() if p != key}
    assert {name for name in beside if not name.endswith(".lock")} <= set(BESIDE_KEYS)


def test_a_place_that_nobody_listed_is_noticed() -> None:
    assert place_of("columns/notes.txt") is None
    assert place_of("new-cache/people.bin") is None


# --- the plan and what became of it ---------------------------------------------------------------


def test_the_plan_counts_every_place_and_says_what_becomes_of_it(erased: Erased) -> None:
    items = {(item.place, item.fate): item for item in erased.planned.items}
    assert erased.planned.first == (COPY,)
    assert dict(erased.planned.erases).items() >= {
        "vault: identifiers": 3, "consent ledger: events": 2, "column store: members": 1,
        "column store: orders": 2, "crm: contacts": 1, "hand-overs to recipients": 1,
        "links of requests to the person": 3,
    }.items()  # fmt: skip
    kept = items["column store: purchase", Fate.KEEP]
    assert (kept.count, kept.ground, kept.until) == (2, "LegalObligationImpaired", "2036-02-20")
    assert ("archive", Fate.WORK_ORDER) in items
    assert ("broker", Fate.NOTIFY) in items
    assert erased.planned.others == ("is asked to erase: archive", "is told: broker")
    assert not any("archive" in line or "broker" in line for line in erased.planned.stays)


def test_no_byte_and_no_cell_of_any_place_tells_of_the_person(erased: Erased) -> None:
    left = erased.traces.left_in(*erased.world.places)
    assert [line for line in left if "request-3.work" not in line] == []
    assert left, "the archive has not proved its part: its order names whom it is about"
    assert NORA.email not in erased.world.contacts()
    assert len(erased.world.contacts()) == 3


def test_the_receipt_tells_it_all_and_is_provisional_until_the_archive_proves_its_part(
    erased: Erased,
) -> None:
    said = erased.document
    assert {e["store"]: e["records"] for e in said["erased"]}.items() >= {
        "identity": 3, "members": 1, "consent ledger": 2, "hand-overs to recipients": 1,
    }.items()  # fmt: skip
    assert "purchase" not in {e["store"] for e in said["erased"]}, "bills were kept, not erased"
    assert [(k["store"], k["records"], k["ground"], k["article"]) for k in said["kept"]] == [
        ("purchase", 2, "LegalObligationImpaired", "Art. 17(3)(b)")
    ]
    (crm,) = said["systems"]
    assert (crm["system"], crm["left"], crm["tables"][0]["records"]) == ("crm", 0, 1)
    assert said["work_orders"] == [{"system": "archive", "proof": None, "kept_by": None}]
    assert [(r["recipient"], r["how"]) for r in said["recipients"]] == [
        ("Example Broker", "letter_written")
    ]
    assert said["sealed_copies"] == [COPY]
    assert said["search"]["found"] == 0
    assert said["search"]["bytes"] > 100_000
    assert said["search"]["spellings"] > 40
    assert said["provisional"] is True
    assert not [canary for canary in CANARIES if canary in json.dumps(said)]


def test_the_letter_tells_what_was_erased_from_who_was_asked_and_the_order_is_a_sentence(
    erased: Erased,
) -> None:
    (file,) = [f for f in erased.files if f.name.endswith(".erased.html")]
    ours, _, others = file.read_text("utf-8").partition("Others who have, or may have, data")
    assert "crm, contacts: 1" in ours
    assert "archive" not in ours
    assert "archive: asked to erase" in others
    assert "Example Broker: a letter" in others
    (order,) = (erased.world.ws / "work-orders" / "archive").glob("*.html")
    page = order.read_text("utf-8")
    assert "Erase everything that the system holds about the person below." in page
    assert "<strong>erased</strong>" not in page


def test_an_erasure_with_something_kept_is_partly_done_and_the_log_says_on_which_ground(
    left: Workspace,
) -> None:
    assert left.request(ERASURE).state is CaseState.PARTLY_DONE
    (end,) = [e for e in log_of(left, Kind.DSR) if e.entry.header["verb"] == "partly_done"]
    assert end.entry.header["ground"] == "LegalObligationImpaired"
    assert left.audit_verify()["ok"]


def test_the_proof_of_the_archive_makes_the_receipt_final(left: Workspace, tmp_path: Path) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("boxes 7 and 9 were shredded", "utf-8")
    assert Todo.PROVE in {due.todo for due in left.due().dues}
    left.record_proof(ERASURE, "archive", proof)
    assert not any(due.todo is Todo.PROVE for due in left.due().dues)
    half = json.loads(left.erasure_receipt(ERASURE, out=tmp_path).read_bytes())["receipt"]
    assert half["provisional"] is True, "the broker's letter was not posted yet"
    ends = [due.todo for due in left.due().dues if due.number == ERASURE]
    assert ends == [Todo.POST]
    left.posted_notices(ERASURE)
    again = json.loads(left.erasure_receipt(ERASURE, out=tmp_path).read_bytes())["receipt"]
    assert again["provisional"] is False
    assert len(again["work_orders"][0]["proof"]["sha256"]) == 64
    assert left.audit_verify()["ok"]


def test_an_auditor_inside_can_open_how_far_the_log_had_come(
    erased: Erased, left: Workspace
) -> None:
    for which, opening in left.erasure_openings(ERASURE).items():
        assert opens(opening, erased.document["log"][which])


# --- what is kept ---------------------------------------------------------------------------------


def test_nobody_reads_what_is_kept_and_only_counsel_opens_it(
    left: Workspace, tmp_path: Path
) -> None:
    assert left._house.vault.resolve(number(NORA)) is None
    cells = {str(value) for _, _, value in left._house.columns.values()}
    assert "9876543" not in cells
    kept = left.kept()
    assert sum(each.rows for each in kept) == 2
    left.role = StaffRole.COMPLIANCE_OFFICER
    with pytest.raises(RoleError):
        left.open_kept(kept[0].number, out=tmp_path)
    left.role = None
    opened = json.loads(left.open_kept(kept[0].number, out=tmp_path).read_bytes())
    assert [kind for kind, _ in opened["identity"]] == ["customer_number"], "the bill's own alone"
    assert opened["rows"][0]["amount"] in {9876543, 12345}
    assert log_of(left, Kind.DSR)[-1].entry.header["verb"] == "kept-opened"


def test_what_is_kept_is_found_by_the_identifier_that_the_person_gives(left: Workspace) -> None:
    found = left.suppressed(number(NORA))
    assert found.is_suppressed
    assert found.requests == (ERASURE,)
    assert set(found.kept) == {each.number for each in left.kept()}
    other = left.suppressed(number(OTHERS[1]))
    assert (other.is_suppressed, other.requests, other.kept) == (False, (), ())


def test_what_is_kept_goes_with_its_key_when_the_time_is_over(
    erased: Erased, tmp_path: Path
) -> None:
    mine = erased.world.copy_to(tmp_path / "world")
    clock, started = club.Clock(), machine_ns()
    outside = Outside(
        clock=clock,
        machine_ns=lambda: started + (clock.now - club.NOW) // timedelta(microseconds=1) * 1_000,
    )
    clock.pass_(days=3_640)  # one of the two bills is past its day
    with Workspace.open(mine.ws, outside=outside) as ws:
        keys = set(ws._house.vault.keyring.names("kept"))
        ws.expire()
        assert [each.until.isoformat() for each in ws.kept()] == ["2036-02-20"]
        assert set(ws._house.vault.keyring.names("kept")) < keys
        clock.pass_(days=60)
        ws.expire()
        assert ws.kept() == []
        assert ws._house.vault.keyring.names("kept") == []


def test_an_older_copy_put_back_is_erased_again_and_keeps_what_must_stay(
    erased: Erased, world: Leaving, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "world")
    for memory in (erased.world.folder / "keys").glob("*.erasures"):
        shutil.copy(memory, mine.folder / "keys")
    with pytest.raises(ErasuresBehindError), club.opened(mine.ws):
        pass
    Workspace.recover_keys(mine.ws, outside=Outside(clock=club.Clock()), yes=True)
    with club.opened(mine.ws) as ws:
        assert ws._house.vault.resolve(number(NORA)) is None
        assert ws.suppressed(number(NORA)).is_suppressed
        assert sum(each.rows for each in ws.kept()) == 2
        assert ws.audit_verify()["ok"]


def test_a_ground_that_the_persons_law_does_not_have_refuses_and_changes_nothing(
    world: Leaving, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "world")
    rules = mine.ws / "policies" / "club.yaml"
    rules.write_text(rules.read_text("utf-8").replace("LegalObligationImpaired", "OurOwnWish"))
    with club.opened(mine.ws) as ws:
        size = ws._house.log.size
        with pytest.raises(GroundNotOfLawError):
            ws.run_request(ERASURE, out=mine.out)
        assert ws._house.log.size == size
        assert ws.request(ERASURE).state is CaseState.RECEIVED
        assert ws._house.vault.resolve(number(NORA)) is not None
    assert NORA.email in mine.contacts()


# --- a copy first ---------------------------------------------------------------------------------


def test_who_asked_for_both_has_a_sealed_copy_that_the_erasure_leaves_alone(
    erased: Erased,
) -> None:
    copies = [p for p in erased.files if p.name.startswith(f"request-{COPY}.")]
    assert copies
    assert all(path.is_file() for path in copies)
    assert not club.holding(CANARIES, erased.world.out)


def test_a_copy_that_cannot_be_made_yet_stops_the_erasure_before_anything_is_done(
    world: Leaving, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "world")
    with club.opened(mine.ws) as ws:
        kind, sure = RequestKind.PORTABILITY, IdentityLevel.ACCOUNT
        copy = ws.open_request(kind, number(NORA), identity=sure).number
        take_step(ws._house, copy, StepKind.IDENTITY_ASKED, role=StaffRole.COMPLIANCE_OFFICER)
        size = ws._house.log.size
        with pytest.raises(AnswerFirstError):
            ws.run_request(ERASURE, out=mine.out)
        assert ws._house.log.size == size
        assert ws._house.vault.resolve(number(NORA)) is not None
    assert NORA.email in mine.contacts()


def test_a_copy_that_somebody_unproved_asked_for_stops_no_erasure_and_is_not_made(
    world: Leaving, tmp_path: Path
) -> None:
    """Whoever knows an address can ask; the person's own proved copy is made before."""
    mine = world.copy_to(tmp_path / "world")
    with club.opened(mine.ws) as ws:
        strangers = ws.open_request(RequestKind.PORTABILITY, number(NORA)).number
        assert ws.plan_erasure(ERASURE).first == (COPY,)
        files = ws.run_request(ERASURE, out=mine.out)
        assert ws._house.vault.resolve(number(NORA)) is None
        assert not any(f"request-{strangers}." in path.name for path in files)
        assert ws.request(strangers).state is CaseState.RECEIVED


# --- recipients -----------------------------------------------------------------------------------


def test_a_recipient_that_was_not_told_stops_the_erasure_of_our_own_stores(
    world: Leaving, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "world")
    with club.opened(mine.ws) as ws:
        ws.export_audience("gardeners", to="mailer", out=mine.out / "mailer.csv")
        with pytest.raises(NoticesWaitingError) as refused:
            ws.run_request(ERASURE, out=mine.out)
        assert (refused.value.erased, refused.value.asked) == (("crm",), ("archive",))
        assert "but erased already in crm, ordered already from archive" in str(refused.value)
        assert ws._house.vault.resolve(number(NORA)) is not None
        assert ws.request(ERASURE).state is CaseState.RUNNING


# --- the search -----------------------------------------------------------------------------------


def test_files_that_people_put_into_the_folder_are_told_and_settled_once_they_are_gone(
    world: Leaving, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "world")
    theirs = mine.ws / "imports" / "members.csv"
    theirs.parent.mkdir()
    theirs.write_text(f"number,email\n{NORA.number},{NORA.email}\n", "utf-8")
    with club.opened(mine.ws) as ws:
        assert any("imports/members.csv" in line for line in ws.plan_erasure(ERASURE).stays)
        receipt = json.loads(ws.run_request(ERASURE, out=mine.out)[0].read_bytes())["receipt"]
        assert receipt["search"]["elsewhere"] == 1
        assert any("folder" in because for because in receipt["provisional_because"])
        with pytest.raises(PrivsegError):
            ws.search_erased(ERASURE, number(OTHERS[1]))
        assert ws.search_erased(ERASURE, number(NORA)).where == ("imports/members.csv",)
        theirs = theirs.rename(theirs.with_name(f"about-{NORA.number}.csv"))
        assert ws.search_erased(ERASURE, number(NORA)).where == ("imports/(names them)",)
        kept = ws.erasure_receipt(ERASURE, out=mine.out).read_text("utf-8")
        assert "members.csv" not in kept, "the receipt is the person's"
        theirs.unlink()
        assert ws.search_erased(ERASURE, number(NORA)).elsewhere == 0
        again = json.loads(ws.erasure_receipt(ERASURE, out=mine.out).read_bytes())["receipt"]
        assert not any("folder" in because for because in again["provisional_because"])
        assert ws.audit_verify()["ok"]


def test_something_left_in_a_place_of_ours_gives_no_receipt_until_it_is_gone(
    world: Leaving, tmp_path: Path
) -> None:
    mine = world.copy_to(tmp_path / "world")
    planted, said = mine.ws / ".privseg" / "left-over", b"..." + NORA.email.encode("utf-16-le")
    planted.write_bytes(said)
    places = (".privseg/left-over",)
    if (server := mine.session()) is not None:
        server.execute("INSERT INTO intake VALUES (%s, '', 1)", (said,))
        places = (".privseg/left-over", "the table intake")
    with club.opened(mine.ws) as ws:
        with pytest.raises(StillFoundError) as refused:
            ws.run_request(ERASURE, out=mine.out)
        assert refused.value.places == places
        assert ws.request(ERASURE).state is CaseState.RUNNING
        assert not (mine.out / f"request-{ERASURE}-receipt.json").exists()
        ((body,),) = ws._house.db.raw("SELECT body FROM dsr_case WHERE number = ?", (ERASURE,))
        assert not [canary for canary in CANARIES if canary.encode() in body], "sealed till then"
        planted.unlink()
        if server is not None:
            with closing(server):
                server.execute("DELETE FROM intake")
        assert ws.run_request(ERASURE, out=mine.out)[0].is_file()
        assert ws.request(ERASURE).state is CaseState.PARTLY_DONE


# --- coming back ----------------------------------------------------------------------------------


def test_an_import_that_names_the_person_is_shown_to_the_compliance_officer_alone(
    left: Workspace,
) -> None:
    assert left.suppression_matches() == []
    told = left.load(club.member_rows([NORA, *OTHERS]), source="members")
    left.load(club.order_rows([NORA, *OTHERS]), source="orders")
    left.consents(club.consent_rows([NORA, *OTHERS]))
    assert (told.rows, told.rejected) == (41, 0), "as if nobody had been passed over"
    found = left.suppression_matches()
    assert [(m.source, m.people, m.requests) for m in found] == [
        ("members", 1, (ERASURE,)), ("orders", 1, (ERASURE,)), ("consents", 1, (ERASURE,)),
    ]  # fmt: skip
    left.role = StaffRole.ENGINEER
    with pytest.raises(RoleError):
        left.suppression_matches()


def test_the_note_of_an_import_is_as_long_whomever_it_named(left: Workspace) -> None:
    left.load(club.member_rows([NORA, *OTHERS]), source="members")
    left.load(club.member_rows(OTHERS), source="members")
    lengths = {len(each.sealed) for each in left._house.matches.all()}
    assert len(lengths) == 1


def test_another_system_that_was_put_back_from_a_backup_is_noticed(
    erased: Erased, world: Leaving, tmp_path: Path
) -> None:
    mine = erased.world.copy_to(tmp_path / "world")
    shutil.copy(world.folder / "crm.db", mine.folder / "crm.db")
    with club.opened(mine.ws) as ws:
        found = ws.suppressed(SubjectId("email", NORA.email))
        assert dict(found.back or {}) == {"crm": 1}


def test_published_numbers_stay_and_nothing_of_the_budget_is_given_back(
    erased: Erased, world: Leaving
) -> None:
    with club.opened(world.ws) as before, club.opened(erased.world.ws) as after:
        assert after.budget_left(MARKETING) == before.budget_left(MARKETING)
        assert after._house.losses.history("people") == before._house.losses.history("people")
        assert list(after._house.releases.leaves()) == list(before._house.releases.leaves())


# --- cut short ------------------------------------------------------------------------------------


def settled(mine: Leaving) -> bool:
    """Return whether Nora is gone from us; a copy was made before, and running it again ends it."""
    with club.opened(mine.ws) as ws:
        assert ws.audit_verify()["ok"]
        gone = ws._house.vault.resolve(number(NORA)) is None
        if gone:
            assert not ws.request(COPY).state.is_open, "the copy first, never the other way round"
            assert NORA.email not in mine.contacts(), "the others first: we know whom to look for"
        ws.run_request(ERASURE, out=mine.out)
        assert ws.request(ERASURE).state is CaseState.PARTLY_DONE
        assert ws._house.vault.resolve(number(NORA)) is None
        assert sum(each.rows for each in ws.kept()) == 2
        assert ws._house.vault.keyring.names("erasure") == []
        assert ws.audit_verify()["ok"]
    assert not club.holding(CANARIES, mine.ws / ".privseg", mine.folder / "keys")
    assert list(mine.out.glob(f"request-{COPY}.*")) or list(
        mine.ws.glob(f"answers/request-{COPY}.*")
    )
    return gone


def cut_at_steps(
    world: Leaving, tmp_path: Path, patch: pytest.MonkeyPatch, *, first: int, every: int
) -> list[bool]:
    found: list[bool] = []
    for last in range(first, 2_000, every):
        mine = world.copy_to(tmp_path / str(last))
        with cut_before(last, patch) as taken:
            with suppress(PowerCut, PrivsegError):
                run(mine)
            steps = taken()
        found.append(settled(mine))
        mine.remove()
        if steps < last:
            return found
    raise AssertionError("an erasure has not so many steps")


def test_cut_at_some_steps_the_copy_comes_first_and_another_run_ends_it(
    world: Leaving, database: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server every transaction's beginning and end is a step, too."""
    first, every = (40, 110) if database is None else (200, 200)
    found = cut_at_steps(world, tmp_path, monkeypatch, first=first, every=every)
    assert found == sorted(found)
    assert set(found) == {False, True}


@pytest.mark.long
def test_cut_at_any_step_the_copy_comes_first_and_another_run_ends_it(
    world: Leaving, database: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = 2 if database is None else 5
    found = cut_at_steps(world, tmp_path, monkeypatch, first=1, every=every)
    assert found == sorted(found)
    assert set(found) == {False, True}


# --- the policy's word ----------------------------------------------------------------------------


def test_without_a_rule_nothing_is_kept(tmp_path: Path) -> None:
    with club.found(tmp_path, [NORA, *OTHERS], outside=Outside(clock=club.Clock())) as ws:
        assert KEEP not in (ws.folder / "policies" / "club.yaml").read_text("utf-8")
        asked = ws.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
        receipt = json.loads(ws.run_request(asked.number, out=tmp_path)[0].read_bytes())["receipt"]
        assert (receipt["kept"], ws.kept()) == ([], [])
        assert ws.request(asked.number).state is CaseState.DONE
