# SPDX-License-Identifier: Apache-2.0
"""The verbs about people's requests and about the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from privseg.dsr import Case, RequestKind
from privseg.engine import auditing, requests
from privseg.engine.acting import Acting
from privseg.engine.roles import Verb
from privseg.engine.views import ErasurePlanned
from privseg.terms import SubjectId
from privseg.tlog import vkey


class RecordVerbs(Acting):
    """What compliance officers do for people, and auditors with the log."""

    # --- people's requests -------------------------------------------------------------------

    def open_request(
        self, kind: RequestKind, subject: SubjectId, *, received_at: datetime | None = None
    ) -> Case:
        """Open a request and start its clock."""
        return requests.open_request(
            self._house, kind, subject, received_at=received_at, role=self._acting(Verb.REQUEST)
        )

    def requests(self) -> list[Case]:
        """Return every request, oldest first."""
        self._acting(Verb.REQUEST)
        return self._house.cases.all()

    def request(self, number: int) -> Case:
        """Return one request."""
        self._acting(Verb.REQUEST)
        return self._house.cases.case(number)

    def plan_erasure(self, number: int) -> ErasurePlanned:
        """Return what an erasure would remove, before anything is removed."""
        return requests.plan_erasure(self._house, number, role=self._acting(Verb.REQUEST))

    def run_request(self, number: int, *, out: Path | None = None) -> list[Path]:
        """Answer an access request, or erase; return the files written."""
        folder = out or self._house.config.root / requests.ANSWERS
        run = {
            RequestKind.ACCESS: requests.run_access,
            RequestKind.ERASURE: requests.run_erasure,
        }[self.request(number).kind]
        return run(self._house, number, out=folder, role=self._acting(Verb.REQUEST))

    # --- the record --------------------------------------------------------------------------

    def audit_tail(self, count: int = 10) -> list[dict[str, object]]:
        """Return the newest entries of the log."""
        return auditing.tail(self._house, count, role=self._acting(Verb.AUDIT))

    def audit_verify(self) -> dict[str, object]:
        """Check the whole log; the result names the first bad entry."""
        self._acting(Verb.AUDIT)
        return auditing.verify(self._house)

    def audit_export(self, out: Path) -> int:
        """Write the log as tiles into a new folder; return how many files."""
        return auditing.export_tiles(self._house, out, role=self._acting(Verb.AUDIT))

    def public_keys(self) -> Mapping[str, str]:
        """Return the verifier keys of the log and of the release register."""
        return {
            name: vkey(signer.name, signer.public_key)
            for name, signer in (
                ("audit", self._house.audit_signer),
                ("release", self._house.release_signer),
            )
        }
