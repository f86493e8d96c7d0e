# SPDX-License-Identifier: Apache-2.0
"""What was attested newest, and how old everybody may be (law 9); one by one in ``attested``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from privseg.consent.attested import may_be_of_age_from, of_age_from
from privseg.consent.columns import EventColumns
from privseg.consent.crowd import BEFORE_ALL, Crowd, Days, Mask, Numbers
from privseg.consent.event import Act
from privseg.consent.relevant import Docket
from privseg.consent.rows import Rows, acts_table


def newest(attested: Rows, crowd: Crowd, at: int) -> tuple[Rows, Mask]:
    """Return the attestations that may hold at ``at``, and who has one recorded by then.

    Without one recorded by then all that happened may hold; see ``attested``.
    """
    past = attested.where(attested.event_time <= at)
    settled = past.where(past.record_time <= at)
    base = crowd.latest_own(settled.person, settled.event_time)
    return past.where(past.event_time >= base[past.person]), base > BEFORE_ALL


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """The dates of birth that may hold, and who counts as what without one of their own.

    ``born`` are days as ``date.toordinal`` counts them, of ``person`` each.
    """

    crowd: Crowd
    person: Numbers
    born: Days
    is_known: Mask
    at: int
    unknown_is_child: bool

    @classmethod
    def of(cls, docket: Docket, at: int, *, unknown_is_child: bool) -> Ages:
        """Return everybody's."""
        dates, is_known = newest(docket.ages, docket.crowd, at)
        born = docket.days[dates.value]
        return cls(docket.crowd, dates.person, born, is_known, at, unknown_is_child)

    def may_be_under(self, years: int) -> Mask:
        """Return who is, or may be, younger than ``years``."""
        first = first_not_yet(partial(of_age_from, years=years), self.at)
        young = self.crowd.any_linked(self.person[self.born >= first])
        return young | ~self.is_known if self.unknown_is_child else young

    def may_be_of(self, years: int) -> Mask:
        """Return who has, or may have, reached ``years``."""
        first = first_not_yet(partial(may_be_of_age_from, years=years), self.at)
        old = self.crowd.any_linked(self.person[self.born < first])
        return old if self.unknown_is_child else old | ~self.is_known


def first_not_yet(birthday: Callable[[date], int], at: int) -> int:
    """Return the first day on which whoever was born has their ``birthday`` later than ``at``.

    By bisection: nobody born later has it earlier.
    """
    days = range(1, date.max.toordinal() + 1)
    return 1 + bisect_right(days, at, key=lambda day: birthday(date.fromordinal(day)))


def days_of(events: EventColumns) -> Days:
    """Return the day that each word is which somebody was born on; 0 for any other word."""
    days = np.zeros(len(events.values) + 1, dtype=np.int32)
    used = np.zeros(len(events.values) + 1, dtype=np.bool_)
    used[events.value[acts_table({Act.ATTEST_AGE})[events.act]]] = True
    for code in np.flatnonzero(used[:-1]):
        days[code] = date.fromisoformat(events.values[code]).toordinal()
    return days
