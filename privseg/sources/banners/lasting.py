# SPDX-License-Identifier: Apache-2.0
"""How long a consent lasts, as DPV says it: a span, a moment, an event, so many uses.

An endless duration, or none, ends nothing by itself; the policy's own bounds stay. A duration that
is there and cannot be read is refused: a consent must not last longer than it was given for.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from privseg.sources.banners.errors import BadValueError
from privseg.sources.moments import LATEST

_SPAN = re.compile(
    r"P(?=.)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
    r"(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?",
    re.ASCII,
)  # ISO 8601 durations of whole units
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII
)
_USES = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_PATH = "dpv:hasDuration"
_TOO_LATE = "it ends after the year 2299; a consent without an end says so"


@dataclass(frozen=True, slots=True)
class Lasting:
    """When a consent ends: at a moment, by an event, after so many uses; or not by itself."""

    expires_at: datetime | None = None
    until: str | None = None
    uses: int | None = None


def lasting(value: Any, since: datetime) -> Lasting:
    """Return how long a consent given at ``since`` lasts.

    Raises:
        BadValueError: the duration cannot be read.
    """
    match value:
        case None:
            return Lasting()
        case str(span):
            return Lasting(expires_at=_after(since, span))
        case {"@type": str(kind), **rest}:
            return _of_kind(kind.removeprefix("dpv:"), rest.get("rdf:value"), since)
    raise BadValueError("not a duration", path=_PATH)


def _of_kind(kind: str, value: Any, since: datetime) -> Lasting:
    """Return a typed duration."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    match kind:
        case "EndlessDuration":
            return Lasting()
        case "TemporalDuration":
            return Lasting(expires_at=_after(since, text))
        case "UntilTimeDuration":
            return Lasting(expires_at=_moment(text))
        case "UntilEventDuration" if text:
            return Lasting(until=text)
        case "FixedOccurrencesDuration" if _USES.fullmatch(text):
            return Lasting(uses=int(text))
    raise BadValueError("not a duration that can be read", path=_PATH)


def _after(since: datetime, span: str) -> datetime:
    """Return the end of a span: years and months by the calendar, the rest exactly.

    >>> _after(datetime(2026, 8, 31, tzinfo=UTC), "P6M").isoformat()
    '2027-02-28T00:00:00+00:00'
    """
    found = _SPAN.fullmatch(span)
    if not found:
        raise BadValueError("not an ISO 8601 duration, such as P6M", path=_PATH)
    years, months, weeks, days, hours, minutes, seconds = (int(n or 0) for n in found.groups())
    year, month = divmod(since.year * 12 + since.month - 1 + years * 12 + months, 12)
    if year >= LATEST.year:
        raise BadValueError(_TOO_LATE, path=_PATH)
    day = min(since.day, monthrange(year, month + 1)[1])
    return _bounded(
        since.replace(year=year, month=month + 1, day=day)
        + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    )


def _bounded(moment: datetime) -> datetime:
    """Return a moment that a ledger can hold.

    Raises:
        BadValueError: it is later than that.
    """
    if moment >= LATEST:
        raise BadValueError(_TOO_LATE, path=_PATH)
    return moment


def _moment(text: str) -> datetime:
    """Return a moment; without a zone it is UTC, a bare date ends with its first instant.

    Raises:
        BadValueError: it is none.
    """
    try:
        found = datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "")
    except ValueError:
        raise BadValueError("not a moment", path=_PATH) from None
    return _bounded(found.replace(tzinfo=UTC) if found.tzinfo is None else found)
