# SPDX-License-Identifier: Apache-2.0
"""Whose law and what age: attested events, read so that a late one never loosens (law 9)."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from privseg.consent.event import Act, Event
from privseg.consent.rules import STRICTEST_AGE
from privseg.terms import MICROSECOND, to_micros

LAST_MIDNIGHT = timedelta(hours=12)  # A day has begun everywhere 12 h after it began at UTC,
FIRST_MIDNIGHT = timedelta(hours=-14)  # and somewhere (UTC+14) 14 h before.
NEVER_OF_AGE = 2**63 - 1


def jurisdictions(events: Iterable[Event], at: datetime) -> tuple[Event, ...]:
    """Return the attestations of the jurisdictions that may apply at ``at``; every one must allow.

    The newest recorded by then is where the person lives; those of the same moment conflict with
    it. A move that had happened by ``at`` and was recorded later counts *beside* it, so it never
    loosens a day before its record. None recorded by then: unknown, and nothing is returned.
    """
    return _newest([e for e in events if e.act in _PLACES and e.event_time <= at], at)


@dataclass(frozen=True, slots=True)
class Births:
    """The attested dates of birth that may hold at a moment (microseconds), with the default.

    ``default`` is what somebody counts as of whom nothing is on record by then: True a child
    below every age, False an adult; None where something is.
    """

    at: int
    attested: tuple[Event, ...]
    default: bool | None

    def may_be_under(self, years: int) -> bool:
        """Return whether the person is, or may be, younger than ``years``."""
        return self.default is True or any(self.at < of_age_from(b, years) for b in self._dates())

    def may_be_of(self, years: int) -> bool:
        """Return whether the person has, or may have, reached ``years``."""
        return self.default is False or any(
            self.at >= may_be_of_age_from(b, years) for b in self._dates()
        )

    def _dates(self) -> list[date]:
        """Return the dates of birth."""
        return [b for e in self.attested if (b := e.born) is not None]


def births(
    own: Iterable[Event],
    others: Iterable[Iterable[Event]],
    at: datetime,
    *,
    unknown_is_child: bool,
) -> Births:
    """Return when the person may have been born, by their own word and every linked profile's.

    A date recorded late counts only against an earlier yes, beside what was known. A linked
    profile that says nothing adds nothing.
    """
    past = _ages(own, at)
    known = _newest(past, at)
    theirs = (_ages(events, at) for events in others)
    beside = [e for ages in theirs for e in _newest(ages, at) or ages]
    default = None if known else unknown_is_child
    return Births(to_micros(at), (*(known or past), *beside), default)


def of_age_from(born: date, years: int = STRICTEST_AGE) -> int:
    """Return the microsecond from which somebody is ``years`` old wherever they live.

    Born on 29 February, it is 1 March where that year has none. Beyond the calendar it is never.

    >>> of_age_from(date(1954, 1, 1)) == 12 * 3600 * 1_000_000
    True
    """
    return _midnight(born, years, (3, 1), LAST_MIDNIGHT)


def may_be_of_age_from(born: date, years: int = STRICTEST_AGE) -> int:
    """Return the microsecond from which somebody may be ``years`` old somewhere.

    Born on 29 February, it is 28 February where that year has none.

    >>> may_be_of_age_from(date(1954, 1, 1)) == -14 * 3600 * 1_000_000
    True
    """
    return _midnight(born, years, (2, 28), FIRST_MIDNIGHT)


def _midnight(born: date, years: int, instead: tuple[int, int], beside: timedelta) -> int:
    """Return ``beside`` the midnight (UTC) of a birthday; ``instead`` is for 29 February."""
    year = born.year + years
    if year > date.max.year:
        return NEVER_OF_AGE
    is_missing = (born.month, born.day) == (2, 29) and not isleap(year)
    day = date(year, *instead) if is_missing else born.replace(year=year)
    return to_micros(datetime.combine(day, time.min, UTC)) + beside // MICROSECOND


def _ages(events: Iterable[Event], at: datetime) -> list[Event]:
    """Return the dates of birth attested by ``at``."""
    return [e for e in events if e.act in _AGES and e.event_time <= at]


def _newest(past: Sequence[Event], at: datetime) -> tuple[Event, ...]:
    """Return what was attested newest by ``at``, with all that was recorded late beside it."""
    if not past:
        return ()
    settled = max((e.event_time for e in past if e.record_time <= at), default=None)
    return () if settled is None else tuple(e for e in past if e.event_time >= settled)


_AGES = frozenset({Act.ATTEST_AGE})
_PLACES = frozenset({Act.ATTEST_JURISDICTION})
