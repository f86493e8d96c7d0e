# SPDX-License-Identifier: Apache-2.0
"""How long requests themselves are kept: as the law says, and then nothing personal of them stays.

11 CCR § 7101 keeps them for 24 months at least, for nothing else. The link to the person, what
they asked in their words and every paper go; the number, the kind, the dates and the steps stay,
which name nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from privseg.dsr.case import Case
from privseg.dsr.clock import kept_until, local_day
from privseg.dsr.law import Span, Unit
from privseg.engine.answers.delivering import remove_answers
from privseg.engine.dsr.due import held_requests, today_of
from privseg.engine.dsr.laws import holidays_of
from privseg.engine.dsr.steps import entry_of
from privseg.engine.house import House
from privseg.terms import StaffRole

EXPIRE = "expire"  # the verb of the entry in the log
CALIFORNIA = "US-CA"
AT_LEAST = Span(24, Unit.MONTHS)  # 11 CCR § 7101(a), whatever a pack of one's own says


@dataclass(frozen=True, slots=True)
class RecordOver:
    """A request whose record is over, the last day on which it was kept, and whether it is held."""

    number: int
    kept_until: date
    held: bool = False


def expire_requests(house: House, *, role: StaffRole, dry_run: bool) -> list[RecordOver]:
    """Forget what is personal in every request whose record is over; return them all.

    A legal hold on the person stops it. All of them go in one transaction, each with its entry in
    the log; a dry run changes and says nothing.
    """
    over = records_over(house)
    gone = [] if dry_run else [one.number for one in over if not one.held]
    if gone:
        with house.db.transaction():
            for number in gone:
                house.log.append(entry_of(EXPIRE, house.cases.case(number), role))
                house.cases.forget_case(number)
                house.intake.forget(number)
            remove_answers(house, gone)  # now: cut short here, it is all done again
    if not dry_run:
        house.db.empty_journal()  # a write-ahead log would still hold what went
    return over


def records_over(house: House) -> list[RecordOver]:
    """Return the requests that are answered, hold something personal, and are kept long enough."""
    held, today = held_requests(house), today_of(house)
    found = (
        RecordOver(case.number, last, case.number in held)
        for case in house.cases.all()
        if not case.forgotten and (last := last_day(house, case)) is not None
    )
    return [one for one in found if one.kept_until < today]


def last_day(house: House, case: Case) -> date | None:
    """Return the last day on which a request's record is kept; None while it is not answered.

    Where California's law applies, or may, never before 24 months.
    """
    if case.state.is_open or case.answered_at is None:
        return None
    answered = local_day(case.answered_at, house.zone)
    is_holiday = holidays_of(case.where)
    last = kept_until(answered, house.request_law(case.where).keep_records, is_holiday)
    if _may_be_californian(case):
        return max(last, kept_until(answered, AT_LEAST, is_holiday))
    return last


def _may_be_californian(case: Case) -> bool:
    """Return whether the person lives, or may live, in California: as attested or as they say."""
    places = (case.jurisdiction,) if case.places is None else case.places.all
    return bool({None, CALIFORNIA} & set(places))
