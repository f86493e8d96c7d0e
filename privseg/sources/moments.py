# SPDX-License-Identifier: Apache-2.0
"""Days and moments in: ISO 8601, in UTC inside.

A moment with an offset is taken as it is; one without is local time in the source's zone. A local
time that the clock skipped or passed twice is a fault: nobody knows which moment it means. A bare
date where a moment is wanted is the first instant of that local day (midnight where there is
one). Digits beyond the microsecond are cut off.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from privseg.sources.convert import (
    Converted,
    Mask,
    by_distinct,
    checked_text,
    mask_of,
    merged,
    rows_where,
    without,
)
from privseg.sources.faults import Fault
from privseg.sources.numbers import folded_number
from privseg.sources.scan import Positions
from privseg.terms import EPOCH, MICROSECOND, to_micros

MOMENT = pa.timestamp("us", "UTC")
EARLIEST, LATEST = datetime(1800, 1, 1, tzinfo=UTC), datetime(2300, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000  # microseconds
_PEEK = 64  # rows
_PIECE = 4_096  # rows read one by one when one of them needs it
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?"
    r"(?:(Z)|([+-]\d{2})(?::?(\d{2}))?)?",
    re.ASCII,
)


def dates(array: pa.Array) -> Converted:
    """Return calendar days; a timestamp is one only at midnight."""
    if pa.types.is_timestamp(array.type):
        return _days_of(array)
    if pa.types.is_date(array.type):
        return _bounded(Converted(array.cast(pa.date32())))
    text = checked_text(array)
    return by_distinct(text.values, day, pa.date32()).with_faults(text.faults)


def moments(array: pa.Array, zone: ZoneInfo) -> Converted:
    """Return moments in UTC."""
    if pa.types.is_date(array.type):
        local = _bounded(Converted(array.cast(pa.date32())))
        midnight = local.values.cast(pa.timestamp("us"))
        return _then(local, from_local(midnight, np.ones(len(midnight), np.bool_), zone))
    if pa.types.is_timestamp(array.type):
        micros = _micros(array)
        if array.type.tz is not None:
            return _then(micros, Converted(micros.values.cast(MOMENT)))
        return _then(micros, from_local(micros.values, np.zeros(len(array), np.bool_), zone))
    text = checked_text(array)
    return _from_texts(text.values, zone).with_faults(text.faults)


def from_local(local: pa.Array, whole_days: Mask, zone: ZoneInfo) -> Converted:
    """Return UTC moments of naive timestamps in a zone.

    On a day with one offset all through, the offset is subtracted from the whole column; on the
    few others each time is looked up. ``whole_days`` marks dates, which are never impossible.
    """
    valid = mask_of(local.is_valid())
    micros = local.fill_null(0).cast(pa.int64()).to_numpy().copy()
    days, inverse = np.unique(micros // _DAY, return_inverse=True)
    offsets = [_steady_offset(int(d), zone) for d in days]
    known = np.array([o is not None for o in offsets], np.bool_)[inverse]
    shift = np.array([o or 0 for o in offsets], np.int64)[inverse]
    faults: dict[Fault, list[int]] = {}
    for row in np.flatnonzero(~known & valid):
        found = _lookup(int(micros[row]), zone, whole_day=bool(whole_days[row]))
        if isinstance(found, Fault):
            faults.setdefault(found, []).append(int(row))
        else:
            shift[row] = micros[row] - found
    bad = {f: np.array(rows, np.int64) for f, rows in faults.items()}
    for rows in bad.values():
        valid[rows] = False
    return Converted(pa.array(micros - shift, mask=~valid).cast(MOMENT), bad)


def _steady_offset(day: int, zone: ZoneInfo) -> int | None:
    """Return the offset in microseconds that holds all through a local day, None if none does.

    It is looked at on every hour, the next midnight included: a time that is skipped or comes
    twice lies between two offsets.
    """
    start = datetime(1970, 1, 1) + timedelta(days=day)  # noqa: DTZ001 - local time is the point
    found = {(start + timedelta(hours=h)).replace(tzinfo=zone).utcoffset() for h in range(25)}
    offset = found.pop()
    return None if found or offset is None else offset // MICROSECOND


def _lookup(micros: int, zone: ZoneInfo, *, whole_day: bool) -> int | Fault:
    """Return the UTC moment of one local time, or why there is none or two."""
    local = datetime(1970, 1, 1) + timedelta(microseconds=micros)  # noqa: DTZ001
    first, second = (to_micros(local.replace(tzinfo=zone, fold=f)) for f in (0, 1))
    if first == second:
        return first
    back = (EPOCH + timedelta(microseconds=first)).astimezone(zone).replace(tzinfo=None)
    if back == local:
        return first if whole_day else Fault.AMBIGUOUS_TIME
    return _after_gap(second, first, zone) if whole_day else Fault.IMPOSSIBLE_TIME


def _after_gap(low: int, high: int, zone: ZoneInfo) -> int:
    """Return the moment between two at which the offset changes: the day's first instant."""
    before = (EPOCH + timedelta(microseconds=low)).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        same = (EPOCH + timedelta(microseconds=middle)).astimezone(zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return high


def _from_texts(texts: pa.Array, zone: ZoneInfo) -> Converted:
    """Return moments of texts; where Arrow does not read all as one type, in smaller pieces."""
    type_ = _first_type(texts)
    if type_ is not None and (fast := _cast(texts, type_)) is not None:
        found = _bounded(Converted(fast))
        if type_ == MOMENT:
            return found
        return _then(found, from_local(found.values, _bare_dates(texts), zone))
    if len(texts) <= _PIECE:
        return _mixed(texts, zone)
    starts = range(0, len(texts), _PIECE)
    return _joined([_from_texts(texts.slice(s, _PIECE), zone) for s in starts])


def _first_type(texts: pa.Array) -> pa.DataType | None:
    """Return what the first text is written as; None for neither a moment nor a local time.

    Arrow makes a message for every text that it cannot cast, so a wrong try is slow.
    """
    first = next((t for t in texts[:_PEEK].to_pylist() if t is not None), "2026-11-21")
    found = _parsed(first)
    if isinstance(found, Fault):
        return None
    return MOMENT if found.tzinfo is not None else pa.timestamp("us")


def _mixed(texts: pa.Array, zone: ZoneInfo) -> Converted:
    """Return moments of texts, each on its own: some with an offset, some local, some neither."""
    utc = by_distinct(texts, _absolute, MOMENT)
    faulty = np.zeros(len(texts), np.bool_)
    faulty[np.concatenate([[], *utc.faults.values()]).astype(np.int64)] = True
    rest = mask_of(pc.and_(texts.is_valid(), utc.values.is_null())) & ~faulty
    local_texts = pc.if_else(pa.array(rest), texts, pa.scalar(None, pa.string()))
    naive = by_distinct(local_texts, _parsed, pa.timestamp("us"))
    local = from_local(naive.values, _bare_dates(local_texts), zone)
    return Converted(pc.coalesce(utc.values, local.values), merged(utc.faults, local.faults))


def _joined(pieces: list[Converted]) -> Converted:
    """Return the pieces of one array as one."""
    faults: dict[Fault, Positions] = {}
    start = 0
    for piece in pieces:
        faults = merged(faults, {f: rows + start for f, rows in piece.faults.items()})
        start += len(piece.values)
    return Converted(pa.concat_arrays([p.values for p in pieces]), faults)


def _then(first: Converted, second: Converted) -> Converted:
    """Return the second step's values with the faults of both."""
    return second.with_faults(first.faults)


def _micros(array: pa.Array) -> Converted:
    """Return timestamps in whole microseconds, within the years allowed."""
    if array.type.unit != "ns":  # nanoseconds cannot leave 1677 to 2262, nor overflow here
        array = (found := _bounded(Converted(array))).values
        return Converted(array.cast(pa.timestamp("us", array.type.tz)), found.faults)
    return _bounded(Converted(array.cast(pa.timestamp("us", array.type.tz), safe=False)))


def _cast(texts: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """Return Arrow's reading of ISO 8601, None when one text is not of that type."""
    try:
        return texts.cast(type_)
    except pa.ArrowInvalid:
        return None


def _bare_dates(texts: pa.Array) -> Mask:
    """Return which texts are as long as a date and no longer."""
    return mask_of(pc.equal(pc.binary_length(texts), len("2026-11-21")))


def _absolute(text: str) -> datetime | Fault | None:
    """Return a moment written with its offset; None for a local time."""
    found = _parsed(text)
    return None if isinstance(found, datetime) and found.tzinfo is None else found


def _parsed(text: str) -> datetime | Fault:
    """Return a moment or local time, or why it is none."""
    found = folded_number(text)
    if _DATE.fullmatch(found):
        found += "T00"
    if not (match := _TIME.fullmatch(found)):
        return Fault.NOT_TIME
    day, hour, minute, second, fraction, zulu, off_hour, off_minute = match.groups()
    micro = (fraction or "0").ljust(6, "0")[:6]
    offset = "+00:00" if zulu else f"{off_hour}:{off_minute or '00'}" if off_hour else ""
    try:
        moment = datetime.fromisoformat(
            f"{day}T{hour}:{minute or '00'}:{second or '00'}.{micro}{offset}"
        )
    except ValueError:
        return Fault.NOT_TIME
    inside = EARLIEST <= moment.replace(tzinfo=moment.tzinfo or UTC) < LATEST
    return moment if inside else Fault.OUTSIDE_YEARS


def day(text: str) -> date | Fault:
    """Return a calendar day, or why it is none."""
    found = folded_number(text)
    if not _DATE.fullmatch(found):
        return Fault.DATE_WITH_TIME if _TIME.fullmatch(found) else Fault.NOT_DATE
    try:
        calendar_day = date.fromisoformat(found)
    except ValueError:
        return Fault.NOT_DATE
    inside = EARLIEST.date() <= calendar_day < LATEST.date()
    return calendar_day if inside else Fault.OUTSIDE_YEARS


def _days_of(array: pa.Array) -> Converted:
    """Return the days of timestamps that stand at midnight, on their own wall clock."""
    local = pc.local_timestamp(array) if array.type.tz is not None else array
    days = local.cast(pa.date32(), safe=False)
    timed = rows_where(pc.not_equal(days.cast(local.type), local))
    return _bounded(_less(Converted(days), {Fault.DATE_WITH_TIME: timed}))


def _bounded(found: Converted) -> Converted:
    """Refuse what lies outside the years that a customer or an event can have."""
    low, high = (_bound(b, found.values.type) for b in (EARLIEST, LATEST))
    outside = pc.or_(pc.less(found.values, low), pc.greater_equal(found.values, high))
    return _less(found, {Fault.OUTSIDE_YEARS: rows_where(outside)})


def _bound(moment: datetime, type_: pa.DataType) -> pa.Scalar:
    """Return a bound in an array's own type."""
    if pa.types.is_date(type_):
        return pa.scalar(moment.date(), type_)
    return pa.scalar(moment if type_.tz is not None else moment.replace(tzinfo=None), type_)


def _less(found: Converted, faults: dict[Fault, Positions]) -> Converted:
    """Return it with null in some more faulty rows."""
    faults = merged(faults, {})
    return Converted(without(found.values, faults), merged(found.faults, faults))
