# SPDX-License-Identifier: Apache-2.0
"""A club whose policy lets people behind pseudonyms be named, and the staff who may do so."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from privseg.engine import Outside, Workspace
from privseg.engine.reidentify.asking import ReidentificationView
from privseg.pseudonym import Domain
from privseg.terms import Ordinal, Purpose, StaffRole
from tests.twins import club

PEOPLE = 24
MARKETING = Purpose("marketing")
DOMAIN = Domain(MARKETING, recipient="mailer", epoch="2026")
OTHER = Domain(MARKETING, recipient="printer", epoch="2026")
RULE = """\
    reidentification:
      asked_by: [analyst]
      approved_by: [compliance_officer, engineer]
      within: 8h
      people: 12
      identifiers: [customer_number, email]
"""
AFTER = "    consent_lasts: 730d\n"
STAFF = {
    "ada": ["analyst", "engineer", "compliance_officer"],  # asks; may not decide on her own
    "bob": ["analyst"],
    "grace": ["compliance_officer"],
    "mary": ["engineer"],
    "joan": ["auditor"],
}
UNKNOWN = "0" * 32  # nobody's: pseudonyms are random


@dataclass
class NamedClub:
    """A club, its clock, and whoever sits at its keyboard."""

    ws: Workspace
    clock: club.Clock
    seat: list[str] = field(default_factory=lambda: ["ada"])

    def at(self, user: str, role: StaffRole | None = None) -> Workspace:
        """Let somebody sit down; what they do is done in ``role``, or in the usual one."""
        self.seat[0], self.ws._role = user, None
        self.ws.role = role
        return self.ws

    def pseudonyms(self, people: Iterable[int], domain: Domain = DOMAIN) -> list[str]:
        """Return the pseudonyms of people as a recipient has them."""
        made = self.ws._house.vault.pseudonyms([Ordinal(p) for p in people], domain)
        return [pseudonym.hex() for pseudonym in made]

    def ask(
        self,
        people: Iterable[int] = (0, 1, 2, 3),
        *more: str,
        user: str = "ada",
        domain: Domain = DOMAIN,
        identifiers: Iterable[str] = (),
        role: StaffRole = StaffRole.ANALYST,
    ) -> ReidentificationView:
        """Ask who is behind the pseudonyms of people, and behind ``more``."""
        return self.at(user, role).ask_reidentification(
            MARKETING,
            [*self.pseudonyms(people), *more],
            domain=domain,
            reason_code="FR-2026-17",
            identifiers=identifiers,
        )

    def asked_and_approved(self, people: Iterable[int] = (0, 1, 2, 3), *more: str) -> int:
        """Return the number of a request that was approved."""
        number = self.ask(people, *more).number
        self.at("grace").approve_reidentification(number)
        return number

    def open(self, number: int, user: str = "ada", name: str = "named.json") -> dict[str, object]:
        """Open a request; return what stands in the file."""
        out = self.ws.folder.parent / name
        self.at(user, StaffRole.ANALYST).open_reidentification(number, out=out)
        found: dict[str, object] = json.loads(out.read_text("utf-8"))
        return found

    def write(self, old: str, new: str) -> None:
        """Change the policy's file."""
        path = self.ws.folder / "policies" / "club.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        self.ws._house.forget_rules()


def members(people: int = PEOPLE) -> list[club.Member]:
    """Return the members of the club that ``found`` makes, in their order."""
    return club.crowd(people)


def may_be_named(number: int) -> bool:
    """Return whether a member allowed the purpose all its data."""
    return members()[number].consent == "granted"


def found(folder: Path, people: int = PEOPLE) -> None:
    """Make the club with its policy and staff; closed."""
    outside = Outside(clock=club.Clock(), user=lambda: "ada")
    with club.found(folder, members(people), outside=outside) as ws:
        settings, policy = ws.folder / "privseg.yaml", ws.folder / "policies" / "club.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(text.replace(AFTER, AFTER + RULE, 1), "utf-8")
    mapped = "\n".join(f'  "{user}": [{", ".join(roles)}]' for user, roles in STAFF.items())
    said = settings.read_text("utf-8")
    settings.write_text(re.sub(r'(?m)^  "ada": .*$', mapped, said, count=1), "utf-8")


def copied(founded: Path, folder: Path) -> NamedClub:
    """Return an open copy of a club that ``found`` made."""
    for part in ("club", "keys"):
        shutil.copytree(founded / part, folder / part)
    settings = folder / "club" / "privseg.yaml"
    settings.write_text(settings.read_text("utf-8").replace(str(founded), str(folder)), "utf-8")
    seat, clock = ["ada"], club.Clock()
    outside = Outside(clock=clock, user=lambda: seat[0])
    return NamedClub(Workspace.open(folder / "club", outside=outside), clock, seat)
