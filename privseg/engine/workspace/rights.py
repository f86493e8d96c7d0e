# SPDX-License-Identifier: Apache-2.0
"""The verbs about rights that act, and about many requests at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from privseg.dsr import RequestKind
from privseg.engine.acting import Acting
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.rights import disputing, intake, opting_in, running_many
from privseg.engine.rights.disputing import Disputed
from privseg.engine.rights.intake import RequestsImported
from privseg.engine.rights.running_many import RanMany
from privseg.engine.roles import Verb


class RightsVerbs(Acting):
    """What compliance officers do for many people, and what a correction leaves to settle."""

    def import_requests(
        self,
        path: Path,
        *,
        dry_run: bool = False,
        quarantine: Path | None = None,
        report: Path | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> RequestsImported:
        """Open the requests of a CSV file: all of them or none; again opens nothing twice.

        Raises:
            RequestsFileError: rows cannot be taken; nothing was opened.
        """
        return intake.import_requests(
            self._house,
            path,
            role=self._acting(Verb.REQUEST),
            dry_run=dry_run,
            quarantine=quarantine,
            report=report,
            tell=tell,
        )

    def run_requests(
        self,
        *,
        kind: RequestKind | None = None,
        due_before: date | None = None,
        erases: bool = False,
        out: Path | None = None,
        dry_run: bool = False,
        tell: Callable[[str], None] = lambda _: None,
    ) -> tuple[RanMany, ...]:
        """Run every request that is ready; one failure does not stop the others."""
        return running_many.run_many(
            self._house,
            out=out or self._house.config.root / ANSWERS,
            role=self._acting(Verb.REQUEST),
            kind=kind,
            due_before=due_before,
            erases=erases,
            dry_run=dry_run,
            tell=tell,
        )

    def confirm_opt_in(self, number: int, code: str, *, out: Path | None = None) -> list[Path]:
        """Grant what the person confirmed with the code of the letter: the second step.

        Raises:
            WrongCodeError: it is not that code, or too late; nothing was granted.
        """
        role, folder = self._acting(Verb.REQUEST), out or self._house.config.root / ANSWERS
        return opting_in.confirm(self._house, number, code, out=folder, role=role).files

    def disputed(self) -> tuple[Disputed, ...]:
        """Return the corrections that a later import would have undone."""
        return disputing.disputed(self._house, role=self._acting(Verb.REQUEST))

    def settle_disputed(self, number: int, outcome: str) -> Disputed:
        """Settle one: ``keep`` the correction, or ``release`` it, so that imports count again."""
        return disputing.settle(self._house, number, outcome, role=self._acting(Verb.REQUEST))
