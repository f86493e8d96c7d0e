# SPDX-License-Identifier: Apache-2.0
"""A club with everything that an answer must tell: secrets, systems, recipients, decisions.

Nobody in it exists.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pandas as pd
from pyroaring import FrozenBitMap

from privseg.dsr import RequestKind
from privseg.dsr.identity import IdentityLevel
from privseg.engine import Workspace
from privseg.store.disclosures import Disclosed
from privseg.terms import Purpose
from tests.twins import club
from tests.twins.club import Member

ADA = Member(
    number="A1001", name="Ada Example", hobby='=HYPERLINK("http://evil.example")',
    diary="-5", card_text="=1+1", orders=((10, "98.76"), (40, "0.05"), (200, "12.00")),
)  # fmt: skip
GRACE = Member(number="G1002", name="Grace Example", hobby="gardening", orders=((10, "80.00"),))
ALAN = Member(number="A1003", name="Alan Example", country="FR", consent="refused")
PASSPORT, IBAN, PASSWORD = "X9988776", "DE00111122223333", "correct horse"
CROWD = club.crowd(20)
EVERYBODY = [ADA, GRACE, ALAN, *CROWD]
SHOES = "walking boots"

MORE = """  papers:
    holds: people
    person: number
    retention: 730d
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      passport: {type: text, role: sensitive, category: papers, nature: government_id}
      iban: {type: text, role: sensitive, category: papers, nature: financial_account}
      password: {type: text, role: sensitive, category: papers, nature: account_login}
      points: {type: integer, category: interests}
      likes: {type: set, category: interests, values: [sport, tea, chess]}
      since: {type: date, category: interests}
      weight: {type: decimal, decimals: 2, category: interests}
      active: {type: boolean, category: interests}
      firm: {type: account, of: firms, category: interests}
  firms:
    holds: accounts
    account: firm
    columns:
      firm: {type: account, category: interests}
      size: {type: integer, category: interests}
  spring:
    holds: list
    person: number
    category: interests
    columns:
      number: {role: direct_identifier, identifier: customer_number}
purposes:
  credit:
    title: Deciding on credit
    kind: service
    basis: {contract: [DE, FR]}
    categories: [interests]
    significant: true
    human_review: write to the desk
    dpia: DPIA-7
"""
RECIPIENTS = """recipients:
  post-house:
    title: The post house
    role: processor
    country: DE
    gets: {marketing: {identifier: customer_number, attributes: [country]}}
"""
SEGMENTS = {
    "creditworthy": """segment: creditworthy
label: {en: Creditworthy, de: Kreditwürdig}
segmenter: credit
where:
  all:
    - {attribute: points, at_least: 10}
    - {attribute: likes, contains: tea}
""",
    "frequent": """segment: frequent
label: {en: Often here}
segmenter: letters
where:
  all:
    - {event: purchase, within: 90d, count: {at_least: 2}}
    - {attribute: country, in: [DE]}
""",
}
SEGMENTER = """  credit:
    purpose: credit
    reads: [points, likes]
    run_by: [analyst]
    releases: {guarantee: dp, min_people: 5, rho: 1/8, groups_per_person: 1}
"""
SYSTEMS = """systems:
  webshop:
    kind: sqlite
    where: {where}
    tables:
      accounts: {{person: login, identifier: email, columns: [login, shoes], on_erasure: delete}}
  call-centre:
    kind: work_order
    people: the desk of the call centre
    tables:
      calls: {{person: number, identifier: customer_number, columns: [number], on_erasure: delete}}
"""


def policy() -> str:
    """Return the club's policy with all that."""
    text = club.POLICY.replace("purposes:\n", MORE, 1).replace(
        "title: Letters that fit\n", "title: Letters that fit\n    recipients: [post-house]\n"
    )
    return text.replace("segmenters:\n", f"{RECIPIENTS}segmenters:\n{SEGMENTER}", 1)


def lay(root: Path) -> None:
    """Write policy, segments and another system."""
    (root / "policies" / "club.yaml").write_text(policy(), "utf-8")
    for name, text in SEGMENTS.items():
        (root / "segments" / f"{name}.yaml").write_text(text, "utf-8")
    shop = root.parent / "webshop.db"
    connection = sqlite3.connect(shop)
    with connection:
        connection.execute("CREATE TABLE accounts (login TEXT, shoes TEXT, note TEXT)")
        rows = [(ADA.email, SHOES, "staff note"), (GRACE.email, "sandals", None)]
        connection.executemany("INSERT INTO accounts VALUES (?, ?, ?)", rows)
    connection.close()
    settings = root / "privseg.yaml"
    text = settings.read_text("utf-8") + SYSTEMS.format(where=shop)
    settings.write_text(text, "utf-8")


def paper_rows() -> pd.DataFrame:
    """Return the file of papers."""
    return pd.DataFrame(
        {
            "number": [ADA.number, GRACE.number], "passport": [PASSPORT, None],
            "iban": [IBAN, None], "password": [PASSWORD, None], "points": [12, 3],
            "likes": ["tea|chess", "sport"], "since": ["2020-02-29", "2021-01-01"],
            "weight": ["-1.25", None], "active": [True, False], "firm": ["Works", None],
        }
    )  # fmt: skip


@contextmanager
def busy(folder: Path) -> Iterator[Workspace]:
    """Yield the club with runs, a report, a hand-over and everybody's consents."""
    built = Path(_built().name)
    shutil.copytree(built, folder, dirs_exist_ok=True)
    settings = folder / "club" / "privseg.yaml"
    settings.write_text(settings.read_text("utf-8").replace(str(built), str(folder)), "utf-8")
    with club.opened(folder / "club") as ws:
        yield ws


@cache
def _built() -> tempfile.TemporaryDirectory[str]:
    """Return where it lies, closed: made once in a process, to be copied, never opened."""
    made = tempfile.TemporaryDirectory(prefix="answering-club-")
    folder = Path(made.name)
    club.create(folder).close()
    lay(folder / "club")
    with club.opened(folder / "club") as ws:
        ws.load(club.member_rows(EVERYBODY), source="members")
        ws.load(club.order_rows(EVERYBODY), source="orders")
        ws.load(pd.DataFrame({"firm": ["Works"], "size": [7]}), source="firms")
        ws.load(paper_rows(), source="papers")
        ws.load(pd.DataFrame({"number": [ADA.number]}), source="spring")
        ws.consents(club.consent_rows(EVERYBODY))
        ws.report("overview")
        ws.run_segments(["frequent", "buyers"])
        hand_over(ws, [ADA, CROWD[1]])
    return made


def hand_over(ws: Workspace, members: list[Member]) -> None:
    """Note that people were handed to the post house."""
    house = ws._house
    people = FrozenBitMap([club.ordinal(ws, m) for m in members])
    with house.db.transaction():
        house.disclosures.add(
            Disclosed(
                number=0, recipient="post-house", purpose=Purpose("marketing"), segment="buyers",
                version="5e" * 32, run_id="0a" * 16, at=house.now(),
                identifier="customer_number", epoch="1",
                fields=("customer_number", "country"), audit_index=0,
            ),
            people,
        )  # fmt: skip


def asked(
    ws: Workspace, who: Member | str, out: Path, kind: RequestKind = RequestKind.ACCESS,
    *, plain: bool = True,
) -> list[Path]:  # fmt: skip
    """Open and run a request; return the files."""
    case = ws.open_request(kind, club.number(who), identity=IdentityLevel.ACCOUNT)
    return ws.run_request(case.number, out=out, plain=plain)
