# SPDX-License-Identifier: Apache-2.0
"""What must be done next about people's requests; the same as a calendar's feed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from privseg.dsr.calendar import feed
from privseg.dsr.clock import local_day
from privseg.dsr.due import Agenda, all_due, by_urgency
from privseg.engine.dsr.holds import held_people
from privseg.engine.dsr.laws import holidays_of
from privseg.engine.dsr.open_ends import open_ends
from privseg.engine.dsr.unsent_mail import mail_waiting
from privseg.engine.house import House
from privseg.engine.private_files import write_over
from privseg.store.case_subjects import case_subjects


def due(house: House, *, within: timedelta | None = None) -> Agenda:
    """Return what is to be done about open requests, the most urgent first, late ones always.

    ``within`` leaves out what is due later than so many days from today, and no mail.
    """
    today, cases = today_of(house), house.cases.all()
    found = all_due(
        cases,
        rule=lambda case: house.request_law(case.where).clock(case.kind),
        holidays=lambda case: holidays_of(case.where),
        held=held_requests(house),
        zone=house.zone,
        today=today,
    )
    found = sorted([*found, *open_ends(house)], key=by_urgency)
    last = date.max if within is None else today + within
    return Agenda(today, tuple(one for one in found if one.by <= last), mail_waiting(house, cases))


def write_calendar(house: House, out: Path) -> int:
    """Write every deadline of open requests into a feed; return how many events it has.

    The file is its owner's alone, whole or not there at all: a calendar may read it meanwhile.
    """
    found = due(house).dues
    write_over(out, feed(found, stamp=house.now(), workspace=house.config.workspace_id))
    return len(found)


def today_of(house: House) -> date:
    """Return the day it is where the workspace is."""
    return local_day(house.now(), house.zone)


def held_requests(house: House) -> frozenset[int]:
    """Return the requests whose person, or a profile ever tied to theirs, is under a legal hold."""
    if not (people := held_people(house)):
        return frozenset()
    subjects = case_subjects(house.db)
    return frozenset(number for number, person in subjects.items() if person in people)
