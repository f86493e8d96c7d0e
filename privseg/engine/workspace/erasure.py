# SPDX-License-Identifier: Apache-2.0
"""The verbs about erasures: what one would do, its receipt, and what may come back after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from privseg.dsr import ErasurePlanned, Search
from privseg.dsr.log_points import Opening
from privseg.engine.acting import Acting
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.erasure import after as erasure_after
from privseg.engine.erasure import matches, receipts
from privseg.engine.erasure import plan as erasure_plan
from privseg.engine.erasure.after import Suppressed
from privseg.engine.erasure.matches import Match
from privseg.engine.roles import Verb
from privseg.store.kept import KeptRows
from privseg.terms import SubjectId


class ErasureVerbs(Acting):
    """What compliance officers do before and after an erasure."""

    def plan_erasure(self, number: int) -> ErasurePlanned:
        """Return what an erasure would do, before anything is done."""
        return erasure_plan.plan_erasure(self._house, number, role=self._acting(Verb.REQUEST))

    def erasure_receipt(self, number: int, *, out: Path | None = None) -> Path:
        """Write the receipt of an erasure once more; the secret of the letter nobody here has."""
        self._acting(Verb.REQUEST)
        folder = out or self._house.config.root / ANSWERS
        return receipts.hand_out(self._house, number, folder)

    def erasure_openings(self, number: int) -> Mapping[str, Opening]:
        """Return what opens a receipt's commitments to the log, for an auditor inside."""
        self._acting(Verb.AUDIT)
        return receipts.openings(self._house, number)

    def search_erased(self, number: int, subject: SubjectId) -> Search:
        """Search again for somebody erased, by an identifier that they gave; settle the receipt."""
        role = self._acting(Verb.REQUEST)
        return erasure_after.search_again(self._house, number, subject, role=role)

    def suppressed(self, subject: SubjectId) -> Suppressed:
        """Return whether somebody was erased, by which requests, and whether they are back."""
        role = self._acting(Verb.REQUEST)
        return erasure_after.suppressed(self._house, subject, role=role)

    def suppression_matches(self) -> list[Match]:
        """Return the imports that named people who were erased; no import's report says so."""
        return matches.matches(self._house, role=self._acting(Verb.REQUEST))

    def kept(self) -> list[KeptRows]:
        """Return what stays of erased people on a ground of the law, without what it says."""
        self._acting(Verb.REQUEST)
        return self._house.kept.all()

    def open_kept(self, number: int, *, out: Path | None = None) -> Path:
        """Write what is kept under a number into a file, for a legal claim: counsel's alone."""
        role = self._acting(Verb.HOLD)
        folder = out or self._house.config.root / ANSWERS
        return erasure_after.open_kept(self._house, number, out=folder, role=role)
