# SPDX-License-Identifier: Apache-2.0
"""A club of 60 with an office: two compliance officers, counsel, an auditor, and a clock."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from privseg.audit import Kind, open_body, parse_entry
from privseg.audit.reads import NAMED
from privseg.engine import Outside, Workspace
from privseg.terms import StaffRole
from tests.twins import club

STAFF = {
    "grace": ["compliance_officer", "engineer"],
    "joan": ["compliance_officer"],
    "mary": ["counsel"],
    "edith": ["auditor"],
    "ada": ["admin", "marketer", "analyst"],
}


@dataclass
class Office:
    """An open club, its clock, and whoever sits at its keyboard."""

    ws: Workspace
    clock: club.Clock
    seat: list[str] = field(default_factory=lambda: ["grace"])

    def at(self, user: str, role: StaffRole | None = None) -> Workspace:
        """Let somebody sit down; what they do is done in ``role``, or in the usual one."""
        self.seat[0], self.ws._role = user, None
        self.ws.role = role
        return self.ws

    def verbs(self, number: int) -> list[str]:
        """Return what the log says of a case, without letters."""
        found = [parse_entry(e.entry_bytes) for e in self.ws._house.log.entries()]
        return [
            str(e.header["verb"])
            for e in found
            if e.kind is Kind.DSR
            and e.header.get("case") == str(number)
            and e.header["verb"] != "letter"
        ]

    def named(self, verb: str) -> list[object]:
        """Return whom the bodies of entries with a verb name, newest last."""
        found = [(e, parse_entry(e.entry_bytes)) for e in self.ws._house.log.entries()]
        return [
            open_body(entry, stored.salt, stored.body).get(NAMED)
            for stored, entry in found
            if entry.header.get("verb") == verb and stored.salt and stored.body
        ]

    def size(self) -> tuple[int, int]:
        """Return how much there is: entries of the log, steps of cases."""
        log = sum(1 for _ in self.ws._house.log.entries())
        return log, sum(len(case.steps) for case in self.ws._house.cases.all())


def opened(sixty: Path, folder: Path) -> Office:
    """Return an open copy of a club of 60, with the office's staff."""
    for part in ("club", "keys"):
        shutil.copytree(sixty / part, folder / part)
    settings = folder / "club" / "privseg.yaml"
    mapped = "\n".join(f'  "{user}": [{", ".join(roles)}]' for user, roles in STAFF.items())
    said = settings.read_text("utf-8").replace(str(sixty), str(folder))
    said = re.sub(r'(?m)^  "[^"]+": \[.*\]$', mapped, said, count=1)
    settings.write_text(said, "utf-8")
    seat, clock = ["grace"], club.Clock()
    outside = Outside(clock=clock, user=lambda: seat[0])
    return Office(Workspace.open(folder / "club", outside=outside), clock, seat)
