# SPDX-License-Identifier: Apache-2.0
"""A budget plan (``privseg: budget-plan/1``): which reports a year is to have, and how often.

::

    privseg: budget-plan/1
    year: 2027
    entries:
      - {report: weekly, every: week}
      - {report: deep-dive, every: month, from: 2027-03-01, until: 2027-11-30, rho: 1/40}

A report's first day is ``from``; the next ones follow by the calendar, up to ``until``.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import Field

from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document
from privseg.terms import Place

MONTHS = 12
FIRST_YEAR, LAST_YEAR = 2000, 9998


class Every(StrEnum):
    """How often a report is made."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """One report of a plan; ``rho`` is None for what the policy gives it."""

    report: str
    every: Every
    first: date
    last: date
    rho: Fraction | None
    place: Place = field(compare=False)

    def days(self) -> tuple[date, ...]:
        """Return the days on which it is made.

        >>> first, last = date(2027, 1, 31), date(2027, 4, 30)
        >>> planned = PlannedReport("r", Every.MONTH, first, last, None, Place("p.yaml", 1))
        >>> [str(day) for day in planned.days()]
        ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30']
        """
        days, turn = [self.first], 1
        while (day := _later(self.first, self.every, turn)) <= self.last:
            days.append(day)
            turn += 1
        return tuple(days)


@dataclass(frozen=True, slots=True)
class BudgetPlan:
    """The reports of one calendar year."""

    year: int
    entries: tuple[PlannedReport, ...]


class PlanEntry(Document):
    """One report, and how often."""

    report: str = Field(description="A report or segment of the workspace.")
    every: Every
    from_: date | None = Field(None, alias="from", description="Its first day; default: January 1.")
    until: date | None = Field(None, description="The last day it may be made on; December 31.")
    rho: Fraction | None = Field(
        None, description="What one would cost if policy said so; default: what policy says."
    )


class BudgetPlanFile(Document):
    """A year's plan of reports. Nothing is read or charged for it."""

    privseg: Literal["budget-plan/1"] = Field(description="Kind and version; first key.")
    year: int = Field(description="The calendar year, in UTC.")
    entries: tuple[PlanEntry, ...]


def load_budget_plan(path: Path | Traversable, *, name: str | None = None) -> BudgetPlan:
    """Return the plan in a file; ``name`` is how places call it (default: the path).

    Raises:
        DocumentError: it says what a plan cannot say; ``findings`` tells every mistake.
    """
    entry = read_document(path, BudgetPlanFile, file=name)
    mistakes = Mistakes()
    if not FIRST_YEAR <= entry.year <= LAST_YEAR:
        mistakes.note("a year, such as 2027", entry.place("year"))
        mistakes.refuse()
    if not entry.entries:
        mistakes.note("name at least one report", entry.place("entries"))
    planned = tuple(_planned(each, entry.year, mistakes) for each in entry.entries)
    mistakes.refuse()
    return BudgetPlan(entry.year, planned)


def _planned(entry: PlanEntry, year: int, mistakes: Mistakes) -> PlannedReport:
    """Return one entry; its days lie in the plan's year."""
    first, last = entry.from_ or date(year, 1, 1), entry.until or date(year, 12, 31)
    for key, day in (("from", first), ("until", last)):
        if day.year != year:
            mistakes.note(f"a day of the plan's year, {year}", entry.place(key))
    if first > last:
        mistakes.note("not after its last day", entry.place("from"))
    if entry.rho is not None and entry.rho <= 0:
        mistakes.note("more than 0", entry.place("rho"))
    return PlannedReport(entry.report, entry.every, first, last, entry.rho, entry.place())


def _later(first: date, every: Every, turn: int) -> date:
    """Return the day of the ``turn``-th report after the first."""
    match every:
        case Every.DAY:
            return first + timedelta(days=turn)
        case Every.WEEK:
            return first + timedelta(weeks=turn)
        case Every.MONTH:
            return _months(first, turn)
        case Every.QUARTER:
            return _months(first, 3 * turn)


def _months(day: date, count: int) -> date:
    """Return the same day some months later, or that month's last where it has no such day."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + count, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
