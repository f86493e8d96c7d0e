# SPDX-License-Identifier: Apache-2.0
"""A workspace on a server is one beside a file: same answers, same numbers, same record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from privseg.audit import Kind
from privseg.dsr import IdentityLevel, RequestKind
from privseg.dsr.erasure import OF_A_SERVER
from privseg.engine import Outside, Workspace
from privseg.engine.doctor import examine
from privseg.loaders import DocumentError
from privseg.store import DatabaseUnreachableError, UnsafeDatabaseError
from tests.twins import club
from tests.twins.club import Member, log_of, number

KINDS = ("sqlite", "postgresql")
NORA = Member(number="N7701", name="Nora", hobby="gardening", orders=((10, "98.43"), (40, "1.05")))
EVERYBODY = [NORA, *club.crowd(40)]


def founded(folder: Path, database: str | None) -> Workspace:
    """Make the club; its noise is always the same."""
    ws = Workspace.create(
        folder / "club",
        keys=folder / "keys" / "club.json",
        database=database,
        outside=Outside(clock=club.Clock(), randbits=Random(20).getrandbits),
    )
    club.lay(ws.folder)
    ws.load(club.member_rows(EVERYBODY), source="members")
    ws.load(club.order_rows(EVERYBODY), source="orders")
    ws.consents(club.consent_rows(EVERYBODY))
    return ws


@dataclass(frozen=True)
class Lived:
    """What became of a workspace of one kind."""

    report: bytes
    charges: list[str]
    access: dict[str, Any]
    receipt: dict[str, Any]
    verdict: dict[str, Any]
    entries: list[tuple[str, str]]
    again: str


def lived(folder: Path, database: str | None) -> Lived:
    """Lead the life of a workspace: import, consents, report, access, withdrawal, erasure."""
    with founded(folder, database) as ws:
        first = ws.report("overview")
        history = ws._house.losses.history("people")
        access = ws.open_request(RequestKind.ACCESS, number(NORA), identity=IdentityLevel.ACCOUNT)
        answers = ws.run_request(access.number, out=folder, plain=True)
        ws.record_consent(number(club.crowd(40)[3].number), act="withdraw", purpose="marketing")
        erasure = ws.open_request(RequestKind.ERASURE, number(NORA), identity=IdentityLevel.ACCOUNT)
        receipt, *_ = ws.run_request(erasure.number, out=folder)
        answer = next(each for each in answers if each.suffix == ".json")
        held, erased = json.loads(answer.read_bytes()), json.loads(receipt.read_bytes())
    with club.opened(folder / "club") as ws:
        verdict = dict(ws.audit_verify())
        entries = [
            (str(each.entry.kind), str(each.entry.header.get("verb"))) for each in log_of(ws)
        ]
        again = ws.report("overview").to_csv()
    return Lived(
        first.to_csv().encode(), [f"{c.loss} {c.kind}" for c in history], held, erased, verdict,
        entries, again,
    )  # fmt: skip


@pytest.fixture(scope="module")
def both(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lived, Lived]:
    beside, served = (tmp_path_factory.mktemp(kind) for kind in KINDS)
    return lived(beside, None), lived(served, postgres)


def test_the_same_noise_gives_the_same_bytes(both: tuple[Lived, Lived]) -> None:
    beside, served = both
    assert beside.report == served.report
    assert b"," in served.report
    assert beside.again == served.again
    assert beside.charges == served.charges


def test_a_person_is_told_the_same(both: tuple[Lived, Lived]) -> None:
    beside, served = both
    assert beside.access == served.access
    assert "Nora" in json.dumps(served.access)


def test_an_erasure_takes_the_same_away(both: tuple[Lived, Lived]) -> None:
    one, other = (each.receipt["receipt"] for each in both)
    assert one["erased"] == other["erased"]
    assert len(one["erased"]) > 2
    assert len(one["destroyed_keys"]) == len(other["destroyed_keys"])
    assert [*one["residues"], OF_A_SERVER] == other["residues"]
    assert one["kept"] == other["kept"] == []
    assert one["search"]["spellings"] == other["search"]["spellings"]
    assert other["search"]["cells"] > one["search"]["cells"], "on a server every cell is read"
    assert one["log"] != other["log"], "the salts are each workspace's own"


def test_the_record_is_the_same_and_holds(both: tuple[Lived, Lived]) -> None:
    beside, served = both
    assert served.entries == beside.entries
    assert (served.verdict["ok"], served.verdict["findings"]) == (True, [])
    assert served.verdict.keys() == beside.verdict.keys()
    for name in served.verdict.keys() - {"seconds"}:
        assert served.verdict[name] == beside.verdict[name]


# --- several processes, several machines


@pytest.fixture
def ready(postgres: str, tmp_path: Path) -> Iterator[Workspace]:
    """The club on a server, the day's edition open: so that everybody reads the same one."""
    with founded(tmp_path, postgres) as ws:
        ws.open_edition()
        yield ws


def test_processes_share_one_budget_and_read_nothing_without_its_entry(ready: Workspace) -> None:
    """There is budget for two of three reports; four processes ask for five answers at once."""
    policy = ready.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("rho_per_year: 2", "rho_per_year: 0.25"), "utf-8")
    buyers = club.REPORTS["sizes"].replace("sizes", "buying").replace("gardeners", "buyers")
    (ready.folder / "reports" / "buying.yaml").write_text(buyers, "utf-8")
    barrier = ready.folder.parent / "barrier"
    barrier.mkdir()
    wanted = [("overview",), ("sizes",), ("overview", "buying"), ("buying",)]
    workers = [
        club.worker("report_together", ready.folder, barrier, len(wanted), *names)
        for names in wanted
    ]
    done = [worker.communicate(timeout=120) for worker in workers]
    published = {line for out, _ in done for line in out.splitlines()}
    refused = [err for _, err in done if err]
    assert {name.split()[1] for name in published} == {"0", "1"}
    assert len(published) == 2
    assert [err[-500:] for err in refused if "BudgetExceededError" not in err] == []
    charged = ready._house.losses.history("people")
    assert sum((c.loss.rho for c in charged), Fraction(0)) == Fraction(1, 4)
    intents, outcomes = log_of(ready, Kind.ACCESS_INTENT), log_of(ready, Kind.ACCESS_OUTCOME)
    assert len(intents) == len(outcomes) >= 2
    verdict = ready.audit_verify()
    assert (verdict["ok"], verdict["findings"]) == (True, [])


# --- settings


def test_the_doctor_names_the_server(ready: Workspace) -> None:
    found = {check.name: check for check in examine(ready.folder)}
    assert found["database"].says.startswith("PostgreSQL ")
    assert found["database"].well


def test_production_refuses_a_server_that_can_lose_what_it_acknowledged(
    ready: Workspace, postgres: str
) -> None:
    settings, folder = ready.folder / "privseg.yaml", ready.folder
    said = settings.read_text("utf-8").replace(
        "environment: development", "environment: production"
    )
    ready.close()
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET full_page_writes = off")
        admin.execute("SELECT pg_reload_conf()")
        try:
            _until_off(admin)
            assert not {c.name: c for c in examine(folder)}["database"].well
            settings.write_text(said, "utf-8")
            with pytest.raises(UnsafeDatabaseError, match="full_page_writes is off"):
                Workspace.open(folder)
        finally:
            admin.execute("ALTER SYSTEM RESET full_page_writes")
            admin.execute("SELECT pg_reload_conf()")


def _until_off(admin: psycopg.Connection[Any]) -> None:
    """Wait until the server has read its settings again."""
    for _ in range(200):
        if admin.execute("SHOW full_page_writes").fetchone() == ("off",):
            return


def test_no_server_means_no_workspace_and_an_empty_folder(tmp_path: Path) -> None:
    folder = tmp_path / "club"
    with pytest.raises(DatabaseUnreachableError):
        Workspace.create(
            folder, keys=tmp_path / "key.json", database=f"postgresql:///x?host={tmp_path}"
        )
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "key.json").exists()


def test_a_password_is_refused_before_it_is_written_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "club"
    with pytest.raises(DocumentError, match="without a password") as refused:
        Workspace.create(folder, database="postgresql://ada:s3cret@db.example.com/x")
    assert "s3cret" not in str(refused.value)
    assert not folder.exists()
