# SPDX-License-Identifier: Apache-2.0
"""A club from which Nora is to be erased, with something of her in every kind of place there is.

Orders are bills, which a law keeps for ten years. She is in two other systems, was handed to a
recipient, asked for a copy before, and asks for another one now.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.dsr.running import run_request
from privseg.terms import StaffRole
from tests.twins import club, postgres
from tests.twins.club import Member, number
from tests.twins.handing import hands_over

NORA = Member(
    number="NQX7701CANARY",
    name="Norazel Quibblecanary",
    hobby="gardening-with-wombatcanary",
    diary="diary-of-zebucanary",
    card_text="card-for-okapicanary",
    orders=((10, "98765.43"), (40, "123.45")),
)
OTHERS = club.crowd(40)
CANARIES = (NORA.number, NORA.email, NORA.name, str(NORA.hobby), str(NORA.diary), NORA.card_text)
KEEP = "    keep: {ground: [LegalObligationImpaired], for: 10y}\n"
AFTER = "    time: ordered\n"
SYSTEMS = """systems:
  crm:
    kind: sqlite
    where: ../crm.db
    tables:
      contacts: {person: email, identifier: email, columns: all, on_erasure: delete}
  archive:
    kind: work_order
    people: Example Archive
    tables:
      boxes: {person: number, identifier: customer_number, columns: all, on_erasure: delete}
"""
EARLIER, COPY, ERASURE = 1, 2, 3  # her requests


@dataclass(frozen=True)
class Leaving:
    """A folder with the club, its keys, the other system and what was handed out."""

    folder: Path

    @property
    def ws(self) -> Path:
        return self.folder / "club"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def places(self) -> tuple[Path, Path]:
        return self.ws, self.folder / "keys"

    def copy_to(self, folder: Path) -> Leaving:
        shutil.copytree(self.folder, folder)
        settings = folder / "club" / "privseg.yaml"
        said = settings.read_text("utf-8").replace(str(self.folder), str(folder))
        settings.write_text(postgres.apart(said), "utf-8")
        return Leaving(folder)

    def remove(self) -> None:
        """Leave nothing of it, on a server either."""
        postgres.drop((self.ws / "privseg.yaml").read_text("utf-8"))
        shutil.rmtree(self.folder)

    def session(self) -> psycopg.Connection[Any] | None:
        """Return a session in the club's database, if that is on a server."""
        return postgres.session((self.ws / "privseg.yaml").read_text("utf-8"))

    def contacts(self) -> list[str]:
        """Return who is in the other system."""
        with closing(sqlite3.connect(self.folder / "crm.db")) as direct:
            return [e for (e,) in direct.execute("SELECT email FROM contacts ORDER BY email")]


def found(folder: Path, *, database: str | None = None) -> Leaving:
    """Make the club; nobody has asked for an erasure yet."""
    made = Leaving(folder)
    with club.create(folder, outside=Outside(clock=club.Clock()), database=database) as ws:
        club.lay(ws.folder)
        everybody = [NORA, *OTHERS]
        ws.load(club.member_rows(everybody), source="members")
        ws.load(club.order_rows(everybody), source="orders")
        ws.consents(club.consent_rows(everybody))
        hands_over(ws)
        rules = ws.folder / "policies" / "club.yaml"
        rules.write_text(rules.read_text("utf-8").replace(AFTER, AFTER + KEEP), "utf-8")
    _other_system(folder / "crm.db")
    with (made.ws / "privseg.yaml").open("a", encoding="utf-8") as settings:
        settings.write(SYSTEMS)
    with club.opened(made.ws) as ws:
        _lived(ws, made.out)
    return made


def _lived(ws: Workspace, out: Path) -> None:
    ws.report("overview").write(out)
    ws.run_segments(["gardeners", "buyers"])
    ws.open_edition()
    ws.export_audience("gardeners", to="broker", out=out / "broker.jsonl")
    earlier = ws.open_request(RequestKind.ACCESS, number(NORA), identity=IdentityLevel.ACCOUNT)
    run_request(
        ws._house, earlier.number, out=ws.folder / "answers", role=StaffRole.COMPLIANCE_OFFICER,
        plain=True,
    )  # fmt: skip


def ask(ws: Workspace) -> None:
    """Let Nora ask for a copy, and to be erased."""
    for kind in (RequestKind.ACCESS, RequestKind.ERASURE):
        ws.open_request(kind, number(NORA), identity=IdentityLevel.ACCOUNT)


def _other_system(path: Path) -> None:
    with closing(sqlite3.connect(path)) as direct:
        direct.execute("CREATE TABLE contacts (email TEXT, note TEXT)")
        rows = [(m.email, "letters") for m in (NORA, *OTHERS[:3])]
        direct.executemany("INSERT INTO contacts VALUES (?, ?)", rows)
        direct.commit()
