# SPDX-License-Identifier: Apache-2.0
"""The life of a request, written down apart from the code: which step is possible when."""

from __future__ import annotations

from dataclasses import dataclass, field

BEFORE = "confirmed extended identity_tried identity_failed verified refused withdrawn notified"
LIFE = {  # state: the steps that can be taken in it
    "received": f"{BEFORE} identity_asked assessed planned running",
    "waiting_for_identity": BEFORE,
    "assessed": f"{BEFORE} identity_asked assessed planned running",
    "planned": f"{BEFORE} identity_asked assessed planned running",
    "running": "confirmed extended notified running system_erasing system_erased work_ordered "
    "proved done partly_done",
    "done": "notified proved lifted closed",
    "partly_done": "notified proved lifted closed",
    "refused": "notified proved lifted closed",
    "withdrawn": "notified proved lifted closed",
    "closed": "proved lifted",
}
LEADS_TO = {  # what a step makes of a request; others leave it as it is
    "identity_asked": "waiting_for_identity", "verified": "received", "assessed": "assessed",
    "planned": "planned", "running": "running", "done": "done", "partly_done": "partly_done",
    "refused": "refused", "withdrawn": "withdrawn", "closed": "closed",
}  # fmt: skip


@dataclass
class NaiveCase:
    """One request as a list of words."""

    kind: str
    person: int | None
    state: str = "received"
    level: str | None = None
    answer_by: str = ""
    steps: list[str] = field(default_factory=list)
    papers: list[bytes] = field(default_factory=list)

    def may(self, step: str) -> bool:
        """Return whether a step can be taken."""
        return step in LIFE[self.state].split()

    def take(self, step: str, facts: dict[str, str]) -> None:
        """Take it."""
        self.steps.append(step)
        self.state = LEADS_TO.get(step, self.state)
        self.answer_by = facts.get("answer_by", self.answer_by)
        if step == "verified":
            self.level = facts["level"]

    def forget(self) -> None:
        """Forget whose it is and what was in it."""
        self.person, self.papers = None, []
