# SPDX-License-Identifier: Apache-2.0
"""When a restriction may end: never before the person was told, and had days to answer.

GDPR Art. 18(3): whoever obtained a restriction is informed before it is lifted. The law names no
number of days; seven are ours, as many as a letter and its answer take. The day is told in the
letter and kept in the case; nothing is lifted before it.
"""

from __future__ import annotations

from datetime import date, timedelta

from privseg.dsr import Case, RequestKind
from privseg.dsr.clock import local_day
from privseg.engine.house import House
from privseg.errors import InputError

TOLD_BEFORE = timedelta(days=7)


class LiftTooSoonError(InputError):
    """A restriction would end before the person could answer the letter; nothing was changed."""

    def __init__(self, number: int, first: date) -> None:
        super().__init__(
            f"the person has to hear of it before: request {number} can lift on {first} at the "
            "earliest; nothing was changed: give a later day, or none"
        )
        self.number = number
        self.first = first


class LiftWaitsError(InputError):
    """The person was told of a day that has not come, or that cannot be changed any more."""

    def __init__(self, case: Case, day: date) -> None:
        back = f"take it back (privseg dsr withdraw {case.number})"
        stays = "open a restriction" if case.kind is RequestKind.OBJECTION else back
        super().__init__(
            f"the person was told that the restriction ends on {day}; nothing was changed: run "
            f"request {case.number} on that day or later, without --on; if they want it to stay, "
            f"{stays}"
        )
        self.number = case.number
        self.day = day


class LiftDayError(InputError):
    """A day was given for what takes effect at once; nothing was changed."""

    def __init__(self, number: int, kind: RequestKind) -> None:
        super().__init__(
            f"request {number} is {kind.value.replace('_', ' ')}, which is carried out at once: "
            "--on is for lift_restriction; nothing was changed: leave it out"
        )
        self.number = number


def day_of_lift(house: House, number: int, asked: date | None = None) -> date:
    """Return the day on which a restriction will end, by the workspace's clock.

    Raises:
        LiftTooSoonError: the day that is asked for is too near.
    """
    first = _today(house) + TOLD_BEFORE
    if asked is not None and asked < first:
        raise LiftTooSoonError(number, first)
    return asked or first


def require_day_come(house: House, case: Case, asked: date | None = None) -> None:
    """Refuse to lift before the day that the person was told; and to change that day.

    Raises:
        LiftWaitsError: it has not come, or another one is asked for.
    """
    if case.lifts_on is not None and (asked is not None or _today(house) < case.lifts_on):
        raise LiftWaitsError(case, case.lifts_on)


def _today(house: House) -> date:
    """Return the day it is where the workspace is."""
    return local_day(house.now(), house.zone)
