# SPDX-License-Identifier: Apache-2.0
"""How long and since when: windows, spans and schedules as a segment file writes them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from privseg.loaders.errors import Mistakes
from privseg.loaders.nodes import Scalar
from privseg.loaders.segment_test_file import FixedEntry
from privseg.loaders.segment_values import moment
from privseg.loaders.values import VALUES
from privseg.segment.values import Ago, AgoUnit, Fixed
from privseg.terms import Place

MAX_LENGTH = timedelta(days=36_525)  # a hundred years, as for every span of days in a document

_AGO = re.compile(r"([1-9][0-9]{0,5})(h|d|w|mo|y)")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
_SPELT_AGO = "expected 12h, 365d, 4w, 6mo or 2y"
_SPELT_WINDOW = f"{_SPELT_AGO}, or {{from: 2026-01-01, to: 2026-02-01}}"


def window(within: str | FixedEntry | None, place: Place, mistakes: Mistakes) -> Ago | Fixed | None:
    """Return a window; note what is none, or has no length. None is also: not asked for."""
    match within:
        case None:
            return None
        case FixedEntry():
            return _fixed(within, mistakes)
        case str():
            return ago(within, place, mistakes, spelt=_SPELT_WINDOW)


def ago(text: str, place: Place, mistakes: Mistakes, *, spelt: str = _SPELT_AGO) -> Ago | None:
    """Return so many hours, days, weeks, months or years; note what is none, or no length."""
    match = _AGO.fullmatch(text)
    if match is None:
        mistakes.note(spelt, place)
        return None
    return Ago(int(match[1]), AgoUnit(match[2]))


def length(text: str, units: str, place: Place, mistakes: Mistakes) -> timedelta | None:
    """Return an exact length in one of ``units`` (letters of h, d, w); note what is none.

    >>> length("2w", "hdw", Place("a.yaml", 1), Mistakes())
    datetime.timedelta(days=14)
    """
    match = _AGO.fullmatch(text)
    hours = 0 if match is None or match[2] not in units else int(match[1]) * _HOURS[match[2]]
    if not 0 < hours <= MAX_LENGTH // timedelta(hours=1):
        examples = {"h": "12h", "d": "7d", "w": "2w"}
        spelt = " or ".join(examples[u] for u in units)
        mistakes.note(f"expected a length, such as {spelt}, at most {MAX_LENGTH.days}d", place)
        return None
    return timedelta(hours=hours)


def _fixed(entry: FixedEntry, mistakes: Mistakes) -> Fixed | None:
    start, end = (_bound(b, mistakes) for b in (entry.from_, entry.to))
    if start is None or end is None:
        return None
    try:
        return Fixed(start, end)
    except ValueError as error:
        mistakes.note(f"{error}: `from` must lie before `to`", entry.place("to"))
        return None


def _bound(written: Scalar, mistakes: Mistakes) -> date | datetime | None:
    """Return a day or a moment."""
    if VALUES[date].reads(written):
        day: date = VALUES[date].read(written)
        return day
    return moment(written, mistakes)
