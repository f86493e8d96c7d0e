# SPDX-License-Identifier: Apache-2.0
"""The verbs of a workspace about its budget: what is left, what was charged, what a plan costs."""

from __future__ import annotations

from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.budget import line as budgeting
from privseg.engine.budget.forecast import Forecast, forecast
from privseg.engine.budget.foresee import Affordable, affordable
from privseg.engine.budget.history import ChargeView, Month, history
from privseg.engine.budget.recovery import Recovery, recover
from privseg.engine.roles import Verb
from privseg.engine.views import BudgetView
from privseg.loaders.budget_plan import load_budget_plan
from privseg.protect import PrivacyLoss
from privseg.terms import Purpose


class BudgetVerbs(Acting):
    """What has been spent on the people of a workspace, and what can be asked yet."""

    def budget(self) -> BudgetView:
        """Return what may be lost, has been lost this year, and over all years."""
        return budgeting.budget(self._house)

    def budget_left(self, purpose: Purpose) -> PrivacyLoss:
        """Return what may still be spent for a purpose in this role, by the line and every quota.

        The role is that of reports.
        """
        return budgeting.left(self._house, purpose, role=self._acting(Verb.REPORT))

    def budget_buys(self) -> tuple[Affordable, ...]:
        """Return what each report of the workspace costs; reads no data."""
        return affordable(self._house)

    def budget_history(self, *, month: Month | None = None) -> tuple[ChargeView, ...]:
        """Return every charge with the sums up to it, or those of one month: (2026, 11)."""
        return history(self._house, month=month)

    def budget_plan(self, path: Path) -> Forecast:
        """Return what a year's plan of reports would cost; reads no data and charges nothing.

        Raises:
            DocumentError: the file is no plan.
            PlanOverError: its year is over.
            UnknownReportError, ReportRefusedError: a report is not there, or not allowed.
        """
        return forecast(self._house, load_budget_plan(path))

    def _recover_budget(self, *, yes: bool) -> Recovery:
        """Go on with this copy of a workspace: see ``budget.recovery``."""
        return recover(self._house, role=self._acting(Verb.RECOVER), yes=yes)
