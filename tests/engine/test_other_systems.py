# SPDX-License-Identifier: Apache-2.0
"""An erasure reaches the other systems: one durable step each, work orders and their proof."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from privseg.audit import Kind
from privseg.dsr import Case, IdentityLevel, RequestKind, StepKind
from privseg.dsr.systems import Reach, SystemErased, WorkOrder
from privseg.dsr.work_order import OrderForgedError, check_order
from privseg.engine import Outside, Workspace
from privseg.engine.dsr.steps import take_step
from privseg.engine.staff.trust import StaffExposedError
from privseg.engine.systems.checking import UnknownSystemError
from privseg.engine.systems.erasing import (
    KeptWithoutGroundError,
    count_outside,
    erase_outside,
    impossible,
    unproved,
)
from privseg.engine.systems.erasing import (
    Outside as Ended,
)
from privseg.engine.systems.opened import systems_of
from privseg.engine.systems.proof import (
    Impossible,
    ProofUnusableError,
    UnknownGroundError,
    UnknownOrderError,
)
from privseg.errors import InputError
from privseg.loaders import Environment
from privseg.systems import NotInPlaceError
from privseg.systems.sqlite import SqliteSystem
from privseg.terms import StaffRole
from privseg.vault import Ed25519Verifier
from tests.twins import club
from tests.twins.club import Member, log_of, number
from tests.twins.other_systems import Csv, Sqlite, Table

NORA = Member(number="N7701", name="Nora Example")
OFFICER = StaffRole.COMPLIANCE_OFFICER
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "work-order.schema.json"
SETTINGS = """systems:
  crm:
    kind: sqlite
    where: ../crm/crm.db
    tables:
      contacts: {person: email, identifier: email, on_erasure: delete}
      bills: {person: email, identifier: email, keep: {ground: LegalObligationImpaired, for: 10y}}
  lake:
    kind: csv
    where: ../lake
    tables:
      visits: {person: member, identifier: customer_number, columns: [page], on_erasure: blank}
  archive:
    kind: work_order
    people: Example Archive Ltd
    tables:
      boxes: {person: number, identifier: customer_number, on_erasure: delete}
"""
CONTACTS = Table(("email", "note"), [(" N7701@Example.com", "tall"), ("m0001@example.com", "x")])
BILLS = Table(("email", "sum"), [("n7701@example.com", "10.00")])
VISITS = Table(("member", "page"), [("N7701", "home"), ("M0001", "home"), ("N7701", "shop")])


@dataclass
class Scene:
    """A folder with the club and the two systems beside it."""

    folder: Path

    @property
    def crm(self) -> Sqlite:
        return Sqlite(self.folder / "crm" / "crm.db")

    @property
    def lake(self) -> Csv:
        return Csv(self.folder / "lake")

    def left(self) -> tuple[int, int]:
        """Return how many contacts there are, and visits that say whose they are."""
        visits = self.lake.read("visits", VISITS.columns)
        return len(self.crm.read("contacts", ("email",))), sum(bool(v[0]) for v in visits)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    scene = Scene(tmp_path_factory.mktemp("systems") / "scene")
    scene.crm.lay({"contacts": CONTACTS, "bills": BILLS})
    scene.lake.lay({"visits": VISITS})
    with club.found(
        scene.folder, [NORA, *club.crowd(3)], outside=Outside(clock=club.Clock())
    ) as ws:
        settings = ws.folder / "privseg.yaml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    with club.opened(scene.folder / "club") as ws:
        case = ws.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
        take_step(ws._house, case.number, StepKind.RUNNING, role=OFFICER)
    return scene


@pytest.fixture
def scene(made: Scene, tmp_path: Path) -> Scene:
    mine = tmp_path / "scene"
    shutil.copytree(made.folder, mine)
    settings = mine / "club" / "privseg.yaml"
    settings.write_text(settings.read_text().replace(str(made.folder), str(mine)), "utf-8")
    return Scene(mine)


@pytest.fixture
def ws(scene: Scene) -> Iterator[Workspace]:
    with club.opened(scene.folder / "club") as opened:
        yield opened


def erase(ws: Workspace) -> Ended:
    house = ws._house
    person = house.cases.subject(1)
    assert person is not None
    return erase_outside(house, 1, house.vault.identity(person), OFFICER)


def steps(case: Case) -> list[tuple[str, str]]:
    told = (StepKind.SYSTEM_ERASING, StepKind.SYSTEM_ERASED, StepKind.WORK_ORDERED, StepKind.PROVED)
    return [(s.kind.value, s.facts["system"]) for s in case.steps if s.kind in told]


def test_every_system_is_a_step_of_its_own_on_the_log_before_and_after(
    ws: Workspace, scene: Scene
) -> None:
    ended = erase(ws)
    assert scene.left() == (1, 1)
    crm, lake = [e for e in ended if isinstance(e, SystemErased)]
    assert [(t.name, t.rows) for t in crm.tables] == [("contacts", 1)]
    assert [(k.name, k.rows, k.until) for k in crm.kept] == [("bills", 1, "10y")]
    assert [(t.name, t.rows, t.fields) for t in lake.tables] == [("visits", 2, ("member", "page"))]
    expected = [
        ("system_erasing", "crm"), ("system_erased", "crm"),
        ("system_erasing", "lake"), ("system_erased", "lake"), ("work_ordered", "archive"),
    ]  # fmt: skip
    assert steps(ws.request(1)) == expected
    headers = [e.entry.header for e in log_of(ws, Kind.DSR)]
    assert [(h["verb"], h["system"]) for h in headers if "system" in h] == expected
    facts = json.dumps([dict(s.facts) for s in ws.request(1).steps])
    assert not any(word in facts.lower() + str(headers).lower() for word in ("n7701", "nora"))


def test_what_is_done_is_not_done_again_and_what_is_not_is_finished(
    ws: Workspace, scene: Scene
) -> None:
    lake = scene.folder / "lake" / "visits.csv"
    kept = lake.read_bytes()
    real = SqliteSystem.erase

    def then_the_lake_breaks(self: SqliteSystem, ids: object) -> SystemErased:
        gone = real(self, ids)  # type: ignore[arg-type]
        lake.write_text("member,other\n", "utf-8")
        return gone

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteSystem, "erase", then_the_lake_breaks)
        with pytest.raises(InputError, match="lake, visits"):
            erase(ws)
    assert steps(ws.request(1)) == [("system_erasing", "crm"), ("system_erased", "crm")]
    lake.write_bytes(kept)
    ended = erase(ws)
    assert scene.left() == (1, 1)
    assert [t.rows for e in ended if isinstance(e, SystemErased) for t in e.tables] == [1, 2]
    assert steps(ws.request(1)).count(("system_erasing", "crm")) == 1


def test_a_system_that_cannot_be_erased_stops_it_before_any_is_touched(
    ws: Workspace, scene: Scene
) -> None:
    lake = scene.folder / "lake"
    lake.rename(scene.folder / "away")
    with pytest.raises(Exception, match="lake cannot be reached"):
        erase(ws)
    assert len(scene.crm.read("contacts", ("email",))) == 2
    assert steps(ws.request(1)) == []
    (failed,) = [e.entry for e in log_of(ws, Kind.DSR) if "system" in e.entry.header]
    assert (failed.header["system"], failed.outcome.value) == ("lake", "failed")


@pytest.mark.parametrize("act", ["count", "erase"])
def test_whatever_stands_against_an_erasure_is_on_the_log(ws: Workspace, act: str) -> None:
    def breaks(*_: object) -> None:
        raise OverflowError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteSystem, act, breaks)
        with pytest.raises(OverflowError):
            erase(ws)
    last = [e.entry for e in log_of(ws, Kind.DSR) if "system" in e.entry.header][-1]
    assert (last.header["system"], last.outcome.value) == ("crm", "failed")


def test_what_a_killed_attempt_had_erased_is_still_counted(ws: Workspace) -> None:
    real = SqliteSystem.erase

    def killed(self: SqliteSystem, ids: object) -> SystemErased:
        real(self, ids)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteSystem, "erase", killed)
        with pytest.raises(KeyboardInterrupt):
            erase(ws)
    crm = erase(ws)[0]
    assert isinstance(crm, SystemErased)
    assert [(t.name, t.rows) for t in crm.tables] == [("contacts", 1)]
    assert steps(ws.request(1)).count(("system_erasing", "crm")) == 2


def test_nothing_is_kept_on_a_ground_that_the_law_does_not_have(scene: Scene) -> None:
    settings = scene.folder / "club" / "privseg.yaml"
    settings.write_text(settings.read_text().replace("LegalObligationImpaired", "Convenience"))
    with club.opened(scene.folder / "club") as ws:
        assert "Convenience" in ws.check_systems("crm")[0].told[0]
        with pytest.raises(KeptWithoutGroundError):
            erase(ws)
    assert scene.left() == (2, 3)


def test_looking_beforehand_counts_and_changes_nothing(ws: Workspace, scene: Scene) -> None:
    person = ws._house.cases.subject(1)
    assert person is not None
    found = count_outside(ws._house, ws._house.vault.identity(person))
    assert [(n, [(t.name, t.rows) for t in each]) for n, each in found] == [
        ("crm", [("contacts", 1), ("bills", 1)]), ("lake", [("visits", 2)]),
    ]  # fmt: skip
    assert [(c.name, c.refused) for c in ws.check_systems()] == [
        ("crm", ""), ("lake", ""), ("archive", ""),
    ]  # fmt: skip
    assert scene.left() == (2, 3)
    with pytest.raises(UnknownSystemError, match="did you mean"):
        ws.check_systems("lakes")
    archive = ws._house.systems[2]
    assert archive.reach is Reach.WORK_ORDER
    for refused in (archive.erase, archive.count, archive.left, archive.rows):
        with pytest.raises(NotInPlaceError):
            refused([])  # type: ignore[operator]


# --- work orders ----------------------------------------------------------------------------------


def test_a_work_order_names_the_person_as_far_as_is_needed_and_is_signed(ws: Workspace) -> None:
    order = erase(ws)[2]
    assert isinstance(order, WorkOrder)
    machine, letter = (Path(f) for f in order.files)
    signer = ws._house.release_signer
    key = Ed25519Verifier(signer.name, signer.public_key)
    document = check_order(machine.read_bytes(), [key])
    assert document["identifiers"] == [{"kind": "customer_number", "value": "N7701"}]
    assert (document["to"], document["by"]) == ("Example Archive Ltd", "2026-04-02")
    assert "N7701" in letter.read_text("utf-8")
    assert "example.com" not in machine.read_text("utf-8") + letter.read_text("utf-8")
    assert [Path(f).stat().st_mode & 0o777 for f in order.files] == [0o600, 0o600]
    Draft202012Validator(json.loads(SCHEMA.read_bytes())).validate(json.loads(machine.read_bytes()))
    forged = machine.read_bytes().replace(b"N7701", b"M0001")
    with pytest.raises(OrderForgedError):
        check_order(forged, [key])


def test_a_proof_is_kept_and_hashed_and_the_letter_goes(ws: Workspace, tmp_path: Path) -> None:
    order = erase(ws)[2]
    assert isinstance(order, WorkOrder)
    assert unproved(ws.request(1)) == ("archive",)
    proof = tmp_path / "proof.txt"
    proof.write_bytes(b"boxes 7 and 9 were shredded")
    proved = ws.record_proof(1, "archive", proof)
    assert (proved.waiting, unproved(ws.request(1))) == ((), ())
    facts = ws.request(1).steps[-1].facts
    assert facts["sha256"] == sha256(proof.read_bytes()).hexdigest()
    assert [p.text for p in ws._house.cases.papers(1) if p.name == "proof.archive"] == [
        b"boxes 7 and 9 were shredded"
    ]
    assert not any(Path(f).exists() for f in order.files)
    with pytest.raises(UnknownOrderError):
        ws.record_proof(1, "archive", proof)


def test_a_system_whose_people_cannot_erase_needs_a_ground_of_the_law(ws: Workspace) -> None:
    erase(ws)
    with pytest.raises(UnknownGroundError):
        ws.record_proof(1, "archive", Impossible("TooMuchWork"))
    assert unproved(ws.request(1)) == ("archive",)
    ws.record_proof(1, "archive", Impossible("LegalObligationImpaired"))
    assert impossible(ws.request(1)) == {"archive": "LegalObligationImpaired"}
    last = [e.entry.header for e in log_of(ws, Kind.DSR)][-1]
    assert (last["verb"], last["ground"]) == ("proved", "LegalObligationImpaired")


def test_a_proof_that_is_none_records_nothing(ws: Workspace, tmp_path: Path) -> None:
    erase(ws)
    before = len(ws.request(1).steps)
    empty = tmp_path / "empty"
    empty.touch()
    for said, refusal in (
        ("archive", ProofUnusableError), ("crm", UnknownOrderError), ("nobody", UnknownOrderError),
    ):  # fmt: skip
        with pytest.raises(refusal):
            ws.record_proof(1, said, empty)
    with pytest.raises(ProofUnusableError):
        ws.record_proof(1, "archive", tmp_path / "nowhere")
    assert len(ws.request(1).steps) == before


def test_in_production_nobody_else_may_write_the_file_that_says_what_is_erased(
    scene: Scene,
) -> None:
    settings = scene.folder / "club" / "privseg.yaml"
    text = settings.read_text("utf-8").replace(SETTINGS, "systems: systems.yaml\n")
    settings.write_text(text, "utf-8")
    own = settings.with_name("systems.yaml")
    own.write_text("privseg: systems/1\n" + SETTINGS, "utf-8")
    own.chmod(0o666)
    with club.opened(scene.folder / "club") as ws:
        assert len(ws._house.systems) == 3  # development: nothing is asked
        config = replace(ws._house.config, environment=Environment.PRODUCTION)
        with pytest.raises(StaffExposedError, match=r"systems\.yaml"):
            systems_of(config)
