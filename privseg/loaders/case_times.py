# SPDX-License-Identifier: Apache-2.0
"""Moments as cases write them: a day, a moment, or so long before or after the one asked about."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from privseg.loaders.errors import Mistakes
from privseg.terms import EPOCH, Place

NOON = time(12, tzinfo=UTC)
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1)}
MOST = 40_000  # days, about a century: everything stays within the calendar

_RELATIVE = re.compile(r"(0|[1-9][0-9]{0,7})(d|h|min) (ago|later)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z")


def absolute(text: str, place: Place, mistakes: Mistakes) -> datetime:
    """Return the moment of a day (its noon) or of a moment in UTC; note anything else.

    >>> absolute("2026-03-03", Place("a.yaml", 1), Mistakes()).isoformat()
    '2026-03-03T12:00:00+00:00'
    """
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), NOON)
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    mistakes.note("expected a moment, such as 2026-03-03 or 2026-03-03T14:30Z", place)
    return EPOCH


def moment(text: str, at: datetime, place: Place, mistakes: Mistakes) -> datetime:
    """Return a moment, which may be told by how long it lies from ``at``; note anything else.

    >>> noon = datetime(2026, 3, 3, 12, tzinfo=UTC)
    >>> moment("30d ago", noon, Place("a.yaml", 1), Mistakes()).isoformat()
    '2026-02-01T12:00:00+00:00'
    """
    if not (match := _RELATIVE.fullmatch(text)):
        if _DAY.fullmatch(text) or _MOMENT.fullmatch(text):
            return absolute(text, place, mistakes)
        mistakes.note("expected a moment, such as 30d ago, 12h later or 2026-03-03", place)
        return at
    span = int(match[1]) * UNITS[match[2]]
    if span > timedelta(days=MOST):
        mistakes.note(f"further off than {MOST} days", place)
        return at
    try:
        return at - span if match[3] == "ago" else at + span
    except OverflowError:
        mistakes.note("beyond the calendar", place)
        return at


def born(age: int, at: datetime) -> date:
    """Return a date of birth of somebody who is ``age`` at ``at``, half a year from a birthday.

    >>> born(15, datetime(2026, 6, 1, tzinfo=UTC)).isoformat()
    '2010-12-02'
    """
    return (at - timedelta(days=365 * age + age // 4 + 182)).date()
