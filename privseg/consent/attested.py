# SPDX-License-Identifier: Apache-2.0
"""Whose law and what age: attested events, read so that a late one never loosens (law 9)."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from privseg.consent.event import Act, Event
from privseg.terms import to_micros

ADULT_YEARS = 16  # Cal. Civ. Code §1798.120(c): sale and sharing need an opt-in below this age.
LAST_MIDNIGHT = timedelta(hours=12)  # A day has begun everywhere 12 h after it began at UTC.


def jurisdictions(events: Iterable[Event], at: datetime) -> tuple[Event, ...]:
    """Return the attestations of the jurisdictions that may apply at ``at``; every one must allow.

    The newest recorded by then is where the person lives; those of the same moment conflict with
    it. A move that had happened by ``at`` and was recorded later counts *beside* it, so it never
    loosens a day before its record. None recorded by then: unknown, and nothing is returned.
    """
    return _newest([e for e in events if e.act is Act.ATTEST_JURISDICTION], at)


def is_under_age(events: Iterable[Event], at: datetime, *, unknown_is_child: bool) -> bool:
    """Return whether the person is, or may be, under 16 at ``at``.

    Unknown is adult unless the policy is directed to children. Of several dates of birth that
    may hold, the youngest counts; one recorded late counts only against an earlier yes.
    """
    attested = [e for e in events if e.act is Act.ATTEST_AGE]
    known = _newest(attested, at)
    born = [e.born for e in known or attested if e.event_time <= at]
    young = any(b is not None and to_micros(at) < of_age_from(b) for b in born)
    return young or (unknown_is_child and not known)


def of_age_from(born: date) -> int:
    """Return the microsecond from which somebody is 16 wherever they live.

    Born on 29 February, it is 1 March where that year has none. Beyond the calendar it is never.

    >>> of_age_from(date(1954, 1, 1)) == 12 * 3600 * 1_000_000
    True
    """
    year = born.year + ADULT_YEARS
    if year > date.max.year:
        return 2**63 - 1
    is_missing = (born.month, born.day) == (2, 29) and not isleap(year)
    day = date(year, 3, 1) if is_missing else born.replace(year=year)
    return to_micros(datetime.combine(day, time.min, UTC) + LAST_MIDNIGHT)


def _newest(attested: list[Event], at: datetime) -> tuple[Event, ...]:
    """Return what was attested newest by ``at``, with all that was recorded late beside it."""
    past = [e for e in attested if e.event_time <= at]
    settled = max((e.event_time for e in past if e.record_time <= at), default=None)
    return () if settled is None else tuple(e for e in past if e.event_time >= settled)
