# SPDX-License-Identifier: Apache-2.0
"""The verbs about the clocks of requests: what is due, its calendar, yearly numbers, retention."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from privseg.dsr.due import Agenda
from privseg.dsr.metrics import YearNumbers
from privseg.engine.acting import Acting
from privseg.engine.dsr import due as dues
from privseg.engine.dsr import keeping, metrics
from privseg.engine.dsr.keeping import RecordOver
from privseg.engine.roles import Verb


class DueVerbs(Acting):
    """What compliance officers keep an eye on."""

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the workspace's days: those of requests are told in it."""
        return self._house.zone

    def due(self, *, within: timedelta | None = None) -> Agenda:
        """Return what is to be done about open requests, the most urgent first."""
        self._acting(Verb.REQUEST)
        return dues.due(self._house, within=within)

    def deadline_calendar(self, out: Path) -> int:
        """Write the deadlines as an iCalendar feed (RFC 5545); return how many events it has."""
        self._acting(Verb.REQUEST)
        return dues.write_calendar(self._house, out)

    def request_metrics(self, year: int, *, everybody: bool = False) -> YearNumbers:
        """Return the yearly numbers of requests (11 CCR § 7102): Californians', or everybody's."""
        self._acting(Verb.REQUEST)
        return metrics.year_numbers(self._house, year, everybody=everybody)

    def expire_requests(self, *, dry_run: bool = False) -> list[RecordOver]:
        """Forget what is personal in requests whose record is over, but for legal holds."""
        role = self._acting(Verb.REQUEST)
        return keeping.expire_requests(self._house, role=role, dry_run=dry_run)
