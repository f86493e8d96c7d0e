# SPDX-License-Identifier: Apache-2.0
"""The report verbs of a workspace: open an edition, ask what a report costs, run it."""

from __future__ import annotations

from privseg.engine import editions
from privseg.engine.acting import Acting
from privseg.engine.budget.advice import advised
from privseg.engine.report import foreseeing
from privseg.engine.report import running as reporting
from privseg.engine.report.published import Asks, Published, find_request
from privseg.engine.roles import Verb
from privseg.frames import Edition
from privseg.release import ExpectedError, ReportPlan, expected_error


class ReportVerbs(Acting):
    """What marketers and analysts do to get protected numbers."""

    def open_edition(self) -> Edition:
        """Open a new edition: the next reports read data and consents as they are now."""
        return editions.open_edition(self._house, role=self._acting(Verb.EDITION))

    def plan_report(
        self, name: Asks, *, by: str | None = None
    ) -> tuple[ReportPlan, tuple[ExpectedError, ...]]:
        """Return what a report would cost and how precise it would be; nothing is changed or read.

        Raises:
            ReadRefusedError, ReportRefusedError: the policy would not allow it.
        """
        role = self._acting(Verb.REPORT)
        request = find_request(self._house, name, by=by)
        plan = foreseeing.foresee(self._house, request, role=role)
        return plan, expected_error(plan)

    def report_warnings(self, name: Asks, *, by: str | None = None) -> tuple[str, ...]:
        """Return what a report asks about times from which nothing is kept any more."""
        return foreseeing.beyond_kept(self._house, find_request(self._house, name, by=by))

    def report(self, name: Asks, *, by: str | None = None) -> Published:
        """Run a report and return what is published.

        It is a report's name, a file, just a segment, or a mapping that says what a file would.

        Raises:
            ReadRefusedError, ReportRefusedError: the policy does not allow it.
            BudgetExceededError: the budget does not cover it.
            AuditWriteError: the log cannot be written; nothing was read.
        """
        role = self._acting(Verb.REPORT)
        request = find_request(self._house, name, by=by)
        with advised(self._house, request):
            made = reporting.run_report(self._house, request, role=role)
        return Published(made)
