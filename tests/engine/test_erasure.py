# SPDX-License-Identifier: Apache-2.0
"""Promise 8: erasure reaches old copies of the workspace; and nothing else is lost by it.

Nora is erased from a club of 41; what is hers is searched in every file, in every decrypted cell
and in a copy of the workspace that was taken before.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import Kind
from privseg.consent import Act
from privseg.dsr import (
    CaseState,
    IdentityLevel,
    ReceiptForgedError,
    RequestKind,
    check_receipt,
    is_claimed,
    read_secret,
)
from privseg.dsr.log_points import commitment
from privseg.engine import Outside, Workspace, verify_report
from privseg.engine.consent.act import IncompleteActError
from privseg.errors import IntegrityError, KeyAccessError, PrivsegError
from privseg.terms import Category, Ordinal, Purpose
from privseg.tlog import root_hash
from privseg.vault import Ed25519Verifier, KeyDestroyedError, parquet
from tests.twins import club
from tests.twins.club import Member, log_of, number, ordinal

VERIFY = Path(__file__).parents[2] / "audit" / "verify.py"
NORA = Member(
    number="NQX7701CANARY",
    name="Norazel Quibblecanary",
    hobby="gardening-with-wombatcanary",
    diary="diary-of-zebucanary",
    card_text="card-for-okapicanary",
    orders=((10, "98765.43"), (40, "123.45")),
)
CANARIES = (
    *(NORA.number, NORA.email, NORA.name, str(NORA.hobby), str(NORA.diary), NORA.card_text),
    *("98765.43", "9876543"),
)
OTHERS = club.crowd(40)
MARKETING = Purpose("marketing")
GIVEN = frozenset(Category(c) for c in club.ALLOWED.split("|"))


@dataclass
class Erasure:
    """A club from which Nora was erased, what she was in it, and a copy of before."""

    ws: Workspace
    folder: Path
    before: Path  # the workspace, as it was
    old_key: Path
    was: Ordinal
    receipt: bytes
    release: Path


def founded(folder: Path) -> Workspace:
    return club.found(folder, [NORA, *OTHERS], outside=Outside(clock=club.Clock()))


def erase(ws: Workspace, out: Path) -> Path:
    """Open Nora's request and run it; return the receipt."""
    case = ws.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
    receipt, *_ = ws.run_request(case.number, out=out)
    return receipt


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erasure]:
    folder = tmp_path_factory.mktemp("erasure")
    ws = founded(folder)
    _, release = ws.report("overview").write(folder / "out")
    assert ordinal(ws, NORA) in log_of(ws, Kind.ACCESS_OUTCOME)[0].eligible
    was = ordinal(ws, NORA)
    before = shutil.copytree(ws.folder, folder / "before")
    old_key = Path(shutil.copy(ws.key_file, folder / "old-key.json"))
    for kept in ("*.budget", "*.erasures"):  # what was charged and erased, kept beside the key
        for memory in ws.key_file.parent.glob(kept):
            shutil.copy(memory, folder)
    receipt = erase(ws, folder / "out")
    yield Erasure(ws, folder, before, old_key, was, receipt.read_bytes(), release)
    ws.close()


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[Workspace]:
    """A club from which Nora was erased, to go on with."""
    ws = founded(tmp_path)
    erase(ws, tmp_path / "out")
    yield ws
    ws.close()


# --- nothing of the person is left ---------------------------------------------------------------


def test_no_file_and_no_decrypted_cell_holds_anything_of_the_person(erased: Erasure) -> None:
    assert not club.holding(CANARIES, erased.ws.folder, erased.folder / "out")
    cells = [str(value) for _, _, value in erased.ws._house.columns.values()]
    assert not [c for c in cells if any(canary in c for canary in CANARIES)]
    assert any("gardening" in c for c in cells), "the others' cells are read all the same"


def test_nothing_leads_to_the_person_any_more(erased: Erasure) -> None:
    house, was = erased.ws._house, erased.was
    assert house.vault.resolve(number(NORA)) is None
    assert house.vault.suppressed(number(NORA))
    assert not erased.ws.consent_of(number(NORA)).known
    assert [e.act for e in house.ledger.history(was)] == [Act.ERASE]
    assert not house.runs.containing(was)
    assert house.cases.of_subject(was) == []
    with pytest.raises(PrivsegError):
        house.vault.identity(was)
    for snapshot in house.columns._manifest.snapshots():
        assert was not in house.vault.people(snapshot)
        for table in house.columns.tables():
            assert house.columns.rows_of(was, table, snapshot=snapshot) == []


def test_the_residues_are_those_that_the_receipt_names(erased: Erasure) -> None:
    """The person's bit in the people sets of earlier runs stays, and the receipt says so."""
    outcome = log_of(erased.ws, Kind.ACCESS_OUTCOME)[0]
    assert erased.was in outcome.eligible
    named = " ".join(json.loads(erased.receipt)["receipt"]["residues"])
    for words in ("people sets", "suppression list", "consent ledger", "this case", "published"):
        assert words in named


def test_nobody_else_loses_anything(erased: Erasure) -> None:
    house = erased.ws._house
    everybody = club.ordinals(erased.ws, [m.number for m in OTHERS])
    assert house.vault.people(house.columns.snapshot()) == everybody
    for member in OTHERS:
        assert {s.value for s in house.vault.identity(ordinal(erased.ws, member))} == {
            member.number, member.email, member.name
        }  # fmt: skip


def test_the_next_report_is_made_without_the_person(gone: Workspace) -> None:
    gone.open_edition()
    gone.report("overview")
    granted = [m.number for m in OTHERS if m.consent == "granted"]
    assert log_of(gone, Kind.ACCESS_OUTCOME)[-1].eligible == club.ordinals(gone, granted)


def test_an_edition_of_before_the_erasure_is_read_without_the_person(tmp_path: Path) -> None:
    with founded(tmp_path) as ws:
        ws.open_edition()
        was = ordinal(ws, NORA)
        erase(ws, tmp_path / "out")
        ws.report("overview")
        assert was not in log_of(ws, Kind.ACCESS_OUTCOME)[-1].eligible


def test_an_answer_of_before_does_not_stay_in_the_workspace(tmp_path: Path) -> None:
    """Answers to access requests are written into the workspace's own folder by default."""
    with founded(tmp_path) as ws:
        case = ws.open_request(RequestKind.ACCESS, number(NORA), identity=IdentityLevel.ACCOUNT)
        ws.run_request(case.number, plain=True)
        assert club.holding([NORA.email], ws.folder)
        other = ws.open_request(
            RequestKind.ACCESS, number(OTHERS[1]), identity=IdentityLevel.ACCOUNT
        )
        ws.run_request(other.number, plain=True)
        erase(ws, tmp_path / "out")
        assert not club.holding(CANARIES, ws.folder)
        assert club.holding([OTHERS[1].email], ws.folder), "other people's answers stay"


# --- old copies ---------------------------------------------------------------------------------


def test_a_copy_of_before_opens_with_the_old_key_alone(erased: Erasure, tmp_path: Path) -> None:
    """With the key that is left it does not open; with the old one, put back, it does."""
    copy = shutil.copytree(erased.before, tmp_path / "copy")
    with pytest.raises(KeyAccessError), club.opened(copy):
        pass
    settings = copy / "privseg.yaml"
    settings.write_text(
        settings.read_text().replace(str(erased.ws.key_file), str(erased.old_key)), "utf-8"
    )
    with club.opened(copy) as old:
        assert ordinal(old, NORA) == erased.was
        house = old._house
        rows = house.columns.rows_of(erased.was, "members", snapshot=house.columns.snapshot())
        assert [row["diary"] for row in rows] == [NORA.diary]
        assert {s.value for s in house.vault.identity(erased.was)} >= {NORA.email}


def test_no_key_that_is_left_opens_an_old_file_of_the_persons_bucket(erased: Erasure) -> None:
    keyring = erased.ws._house.vault.keyring
    left = [(kind, name) for kind, name, *_ in keyring._shelf.all_wrapped()]
    keys = [keyring.get(kind, name) for kind, name in left]
    old = sorted((erased.before / ".privseg" / "columns").glob("*.parquet"))
    assert len(old) == 2  # the members and their orders, one bucket of each
    assert len(keys) >= 6
    for path in old:
        with pytest.raises(KeyDestroyedError):
            keyring.get("file", path.name)
        for key in keys:
            with pytest.raises(PrivsegError):
                parquet.read(path, key)


def test_the_old_database_with_the_new_key_file_unwraps_nothing(
    erased: Erasure, tmp_path: Path
) -> None:
    """Somebody who edits the copy so that it names the new root gets no further."""
    import sqlite3  # noqa: PLC0415
    from contextlib import closing  # noqa: PLC0415

    copy = shutil.copytree(erased.before, tmp_path / "copy")
    root = erased.ws._house.vault.keyring.root_id()
    with closing(sqlite3.connect(copy / ".privseg" / "workspace.db")) as direct:
        tables = [t for (t,) in direct.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            columns = [c[1] for c in direct.execute(f"PRAGMA table_info({table})")]
            if "root_id" in columns:
                direct.execute(f"UPDATE {table} SET root_id = ?", (root,))
        direct.commit()
    with pytest.raises(PrivsegError), club.opened(copy):
        pass


# --- proofs hold --------------------------------------------------------------------------------


def test_the_log_still_verifies_with_both_verifiers(erased: Erasure, tmp_path: Path) -> None:
    report = erased.ws.audit_verify()
    assert (report["ok"], report["findings"]) == (True, [])
    erased.ws.audit_export(tmp_path / "log")
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFY), str(tmp_path / "log")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "RESULT" in done.stdout


def test_a_release_of_before_still_holds_and_is_still_the_answer(erased: Erasure) -> None:
    key = erased.ws.public_keys()["release"]
    assert verify_report(erased.release, key=key, workspace=erased.folder)
    with club.opened(erased.ws.folder) as ws:
        assert ws.report("overview").document == erased.release.read_bytes()


def test_the_receipt_holds_and_says_what_was_erased(erased: Erasure) -> None:
    signer = erased.ws._house.release_signer
    document = check_receipt(erased.receipt, [Ed25519Verifier(signer.name, signer.public_key)])
    counts = {e["store"]: e["records"] for e in document["erased"]}  # type: ignore[attr-defined]
    assert counts == {
        "identity": 3, "members": 1, "purchase": 2, "consent ledger": 2, "segment memberships": 2,
    }  # fmt: skip
    assert document["destroyed_keys"]
    assert document["provisional"] is False  # no backup of the keys is outstanding: test_keys.py
    assert "made outside privseg" in str(document["not_covered"])
    assert document["residues_end"] == {"people sets of earlier runs": "2029-03-31"}
    (step,) = [e for e in log_of(erased.ws, Kind.DSR) if e.entry.header["verb"] == "done"]
    opened = erased.ws.erasure_openings(1)
    assert document["log"] == {which: commitment(said) for which, said in opened.items()}
    assert opened["before"].size < opened["after"].size <= step.entry.sequence
    leaves = list(erased.ws._house.log.leaves())
    for said in opened.values():
        assert root_hash(leaves[: said.size]) == said.root
    assert "checkpoint" not in document  # a head would tell how much is done here


@pytest.mark.parametrize("old", [b'"records": 1', b'"provisional": false', b"privseg.erasure/2"])
def test_a_changed_receipt_is_refused(erased: Erasure, old: bytes) -> None:
    signer = erased.ws._house.release_signer
    assert old in erased.receipt
    forged = erased.receipt.replace(
        old, old.replace(b"1", b"7").replace(b"/2", b"/3").replace(b"false", b"true"), 1
    )
    with pytest.raises(ReceiptForgedError):
        check_receipt(forged, [Ed25519Verifier(signer.name, signer.public_key)])


def test_a_receipt_of_another_publisher_is_refused(erased: Erasure, tmp_path: Path) -> None:
    with club.create(tmp_path) as other:
        signer = other._house.release_signer
        with pytest.raises(ReceiptForgedError):
            check_receipt(erased.receipt, [Ed25519Verifier(signer.name, signer.public_key)])


# --- coming back --------------------------------------------------------------------------------


def test_an_old_file_does_not_bring_the_person_back_nor_tell_that_they_were_here(
    gone: Workspace,
) -> None:
    everybody = [NORA, *OTHERS]
    members = gone.load(club.member_rows(everybody), source="members")
    orders = gone.load(club.order_rows(everybody), source="orders")
    consents = gone.consents(club.consent_rows(everybody))
    assert (members.rows, members.rejected) == (41, 0)
    assert orders.rows == len(club.order_rows(everybody))
    assert consents.rows == len(club.consent_rows(everybody))
    assert gone._house.vault.resolve(number(NORA)) is None
    assert not club.holding(CANARIES, gone.folder)
    cells = [str(value) for _, _, value in gone._house.columns.values()]
    assert not [c for c in cells if any(canary in c for canary in CANARIES)]


@pytest.mark.parametrize("act", ["withdraw", "object", "refuse"])
def test_a_no_of_somebody_erased_is_accepted_and_makes_nobody(gone: Workspace, act: str) -> None:
    assert gone.record_consent(number(NORA), act=act, purpose=MARKETING) is None
    assert gone._house.vault.resolve(number(NORA)) is None


def grant(ws: Workspace) -> Ordinal:
    """Let Nora consent anew, of her own accord."""
    ws.record_consent(number(NORA), act="attest_jurisdiction", value="DE")
    ws.record_consent(number(NORA), act="grant", purpose=MARKETING, categories=GIVEN)
    ws.record_consent(number(NORA), act="attest_jurisdiction", value="DE")
    return ordinal(ws, NORA)


def test_a_fresh_grant_makes_a_new_person_without_the_old_ones_past(
    gone: Workspace,
) -> None:
    old = log_of(gone)[-1]
    was = FrozenBitMap(range(gone._house.vault._storage.next_ordinal()))
    new = grant(gone)
    assert new not in was
    view = gone.consent_of(number(NORA))
    assert {h["act"] for h in view.history} == {"grant", "attest_jurisdiction"}
    assert all(s.allowed for s in view.standing if s.purpose == MARKETING)
    assert old.entry.sequence < log_of(gone)[-1].entry.sequence


@pytest.mark.parametrize(
    "hollow",
    [
        {"event_time": club.NOW + timedelta(days=9_000)},
        {"expires_at": club.NOW - timedelta(days=900)},
        {"notice": "no-such-notice@7"},
        {"authority": "staff"},
    ],
    ids=lambda h: next(iter(h)),
)
def test_a_grant_that_can_never_count_brings_nobody_back(
    gone: Workspace, hollow: dict[str, Any]
) -> None:
    with suppress(IncompleteActError):
        gone.record_consent(
            number(NORA), act="grant", purpose=MARKETING, categories=GIVEN, **hollow
        )
    gone.load(club.member_rows([NORA]), source="members")
    assert gone._house.vault.resolve(number(NORA)) is None


def test_whoever_came_back_can_have_data_again(gone: Workspace) -> None:
    new = grant(gone)
    gone.load(club.member_rows([NORA]), source="members")
    rows = gone._house.columns.rows_of(new, "members", snapshot=gone._house.columns.snapshot())
    assert [row["hobby"] for row in rows] == [NORA.hobby]


def test_a_plan_says_that_linked_profiles_stay_and_nothing_of_them_is_read(
    small: Workspace, tmp_path: Path
) -> None:
    small.record_consent(number("M0006"), act="merge", other=number("M0005"))
    case = small.open_request(RequestKind.ERASURE, number("M0006"), identity=IdentityLevel.ACCOUNT)
    stays = small.plan_erasure(case.number).stays
    assert stays[0].startswith("1 linked profile, with identifiers")
    small.run_request(case.number, out=tmp_path / "answers")
    assert not any(s.allowed for s in small.consent_of(number("M0005")).standing)
    alone = small.open_request(RequestKind.ERASURE, number("M0001"), identity=IdentityLevel.ACCOUNT)
    assert not [s for s in small.plan_erasure(alone.number).stays if "linked profile" in s]


# --- cut short ----------------------------------------------------------------------------------


class PowerCut(BaseException):
    """Nothing in the code under test handles it."""


class Tripping:
    """A part of the house that lets calls through and is cut off at the n-th one of all parts."""

    def __init__(self, part: Any, step: Callable[[], None]) -> None:
        self._part, self._step = part, step

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            return found

        def stepping(*args: Any, **more: Any) -> Any:
            self._step()
            return found(*args, **more)

        return stepping


PARTS = ("cases", "runs", "ledger", "log", "columns", "vault", "db")


def cut_at(ws: Workspace, case: int, last: int, out: Path) -> bool:
    """Run the erasure and cut it before its ``last`` call; return whether it got to the end."""
    house, taken = ws._house, 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken == last:
            raise PowerCut

    real = {name: getattr(house, name) for name in PARTS}
    for name, part in real.items():
        setattr(house, name, Tripping(part, step))
    try:
        ws.run_request(case, out=out)
    except PowerCut:
        return False
    finally:
        for name, part in real.items():
            setattr(house, name, part)
    return True


def is_whole(ws: Workspace) -> bool:
    """Return whether Nora is there with all that is hers; if not, none of it may be."""
    house = ws._house
    known = house.vault.resolve(number(NORA))
    if known is None:
        assert not club.holding(CANARIES, ws.folder)
        assert not [v for *_, v in house.columns.values() if str(v) in CANARIES]
        return False
    assert len(house.vault.identity(known)) == 3
    assert len(house.ledger.history(known)) == 2
    snapshot = house.columns.snapshot()
    assert len(house.columns.rows_of(known, "members", snapshot=snapshot)) == 1
    assert len(house.columns.rows_of(known, "purchase", snapshot=snapshot)) == 2
    return True


def cut_at_steps(folder: Path, every: int) -> list[bool]:
    """Cut an erasure before its steps, one after the other; return whether Nora was still there."""
    with founded(folder) as ws:
        access = ws.open_request(RequestKind.ACCESS, number(NORA), identity=IdentityLevel.ACCOUNT)
        ws.run_request(access.number, plain=True)
        asked = ws.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
        case, there, last = asked.number, [], 1
        while not cut_at(ws, case, last, folder / "out"):
            assert ws.audit_verify()["ok"]
            there.append(club.holding([NORA.email], ws.folder) != {} or is_whole(ws))
            assert ws.request(case).state is not CaseState.DONE or not there[-1]
            last += every
        assert not is_whole(ws)
        assert not club.holding(CANARIES, ws.folder), "no answer of before is left"
        receipt, letter = sorted((folder / "out").iterdir())
        signer = ws._house.release_signer
        document = check_receipt(
            receipt.read_bytes(), [Ed25519Verifier(signer.name, signer.public_key)]
        )
        assert is_claimed(document, secret_on(letter)), "the letter that is left is the receipt's"
    return there


def secret_on(letter: Path) -> bytes:
    """Return the secret that a letter shows."""
    (printed,) = set(re.findall(r"(?:[A-Z2-7]{4}-){6}[A-Z2-7]{2}", letter.read_text("utf-8")))
    return read_secret(printed)


def test_cut_before_some_steps_an_erasure_happened_or_not_and_is_run_again(tmp_path: Path) -> None:
    there = cut_at_steps(tmp_path, every=11)
    assert set(there) == {False, True}
    assert there == sorted(there, reverse=True), "once it happened, it stays so"


@pytest.mark.long
def test_cut_before_any_step_an_erasure_happened_or_not_and_is_run_again(tmp_path: Path) -> None:
    there = cut_at_steps(tmp_path, every=1)
    assert len(there) > 40
    assert there == sorted(there, reverse=True), "once it happened, it stays so"


def test_an_erasure_whose_receipt_cannot_be_written_can_still_give_one(tmp_path: Path) -> None:
    """The folder for the receipt turns out to be a file, or the disk is full there."""
    (tmp_path / "out").write_text("in the way")
    with founded(tmp_path) as ws:
        case = ws.open_request(
            RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT
        ).number
        with pytest.raises((PrivsegError, OSError)):
            ws.run_request(case, out=tmp_path / "out")
        assert not is_whole(ws)
        receipt, *_ = ws.run_request(case, out=tmp_path / "elsewhere")
        signer = ws._house.release_signer
        verifier = Ed25519Verifier(signer.name, signer.public_key)
        assert check_receipt(receipt.read_bytes(), [verifier])


def test_an_erasure_is_planned_before_anything_is_removed(tmp_path: Path) -> None:
    with founded(tmp_path) as ws:
        ws.report("overview")
        case = ws.open_request(
            RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT
        ).number
        planned = dict(ws.plan_erasure(case).erases)
        assert is_whole(ws)
        assert planned == {
            "vault: identifiers": 3, "consent ledger: events": 2, "segment memberships": 2,
            "column store: members": 1, "column store: orders": 2,
            "links of requests to the person": 1,
        }  # fmt: skip


def test_an_erasure_that_was_done_only_hands_out_its_receipt_again(
    gone: Workspace, tmp_path: Path
) -> None:
    size = gone._house.log.size
    (first,) = gone.run_request(1, out=tmp_path / "again")
    (second,) = gone.run_request(1, out=tmp_path / "and again")
    assert first.read_bytes() == second.read_bytes()
    assert gone._house.log.size == size


def test_a_receipt_is_checked_with_the_publishers_key_alone_and_a_changed_one_is_caught(
    gone: Workspace, tmp_path: Path
) -> None:
    (receipt,) = gone.run_request(1, out=tmp_path)
    key = gone.public_keys()["release"]
    assert verify_report(receipt, key=key, workspace=tmp_path)
    forged = tmp_path / "forged.json"
    forged.write_bytes(
        receipt.read_bytes().replace(b'"provisional": false', b'"provisional": true')
    )
    with pytest.raises(IntegrityError):
        verify_report(forged, key=key, workspace=tmp_path)


def test_a_kept_receipt_that_is_not_the_logs_is_found(erased: Erasure) -> None:
    house = erased.ws._house
    kept = house.cases.body(1)
    assert kept is not None
    assert erased.ws.audit_verify()["ok"]
    changed = json.loads(kept)
    changed["receipt"]["log"]["after"] = "0" * 64
    house.cases.keep_body(1, json.dumps(changed).encode())
    found = erased.ws.audit_verify()
    house.cases.keep_body(1, kept)
    assert not found["ok"]
    assert "the kept receipt of request 1" in str(found["findings"])
