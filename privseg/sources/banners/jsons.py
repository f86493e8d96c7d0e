# SPDX-License-Identifier: Apache-2.0
"""JSON from outside, bounded: no key twice, no NaN, no NUL or half character, nothing too deep.

Numbers: whole ones of up to 18 digits are ints, any other keeps its text. What a path leads to is
told by type; a wrong type is refused with the path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from privseg.sources.banners.errors import BadValueError
from privseg.sources.faults import MAX_CELL, Fault
from privseg.sources.moments import EARLIEST, LATEST

MAX_DEPTH = 24  # lists and objects inside each other; a consent record has 6
MAX_VALUES = 50_000  # in one record
_MAX_DIGITS = 18  # fits 64 bits
_UNUSABLE = re.compile("[\0\ud800-\udfff]")
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII
)
_FRACTION = re.compile(r"(\.\d{6})\d+")
_MILLISECONDS_FROM = 10**11  # as seconds that is the year 5138


def loads(text: str, *, most: int = MAX_VALUES) -> Any:
    """Return the value of a JSON text of at most so many values.

    Raises:
        BadValueError: it is none, or not within the bounds.
    """
    try:
        found = _DECODER.decode(text)
    except (ValueError, RecursionError):
        found = _NOTHING
    if found is _NOTHING:
        raise BadValueError("not JSON")
    if not _is_plain(text, most):
        _check(found, most)
    return found


def at(value: Any, path: str) -> Any:
    """Return what a dotted path leads to, None where it ends in nothing.

    A key that has dots itself is found first.

    >>> at({"user": {"id": "C1"}, "a.b": 2}, "user.id"), at({"a.b": 2}, "a.b"), at({}, "x.y")
    ('C1', 2, None)
    """
    if not isinstance(value, dict | Mapping):  # a dict by its type is faster told
        return None
    if path in value:
        return value[path]
    head, _, rest = path.partition(".")
    return at(value.get(head), rest) if rest else None


def text_at(record: Mapping[str, Any], path: str) -> str | None:
    """Return a text; a whole number counts as its digits, an empty text as missing.

    Raises:
        BadValueError: something else stands there.
    """
    found = at(record, path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if found is not None and not isinstance(found, str):
        raise BadValueError("not a text", path=path)
    return found or None


def object_at(record: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Return an object, empty where there is none; a text may hold it as JSON.

    Raises:
        BadValueError: something else stands there.
    """
    found = at(record, path)
    if isinstance(found, str) and found:
        found = loads(found)
    if found is not None and found != "" and not isinstance(found, Mapping):
        raise BadValueError("not an object", path=path)
    return found or {}


def list_at(record: Mapping[str, Any], path: str) -> list[Any]:
    """Return a list, empty where there is none; a single object is a list of it (JSON-LD).

    Raises:
        BadValueError: something else stands there.
    """
    found = at(record, path)
    if isinstance(found, Mapping):
        return [found]
    if found is not None and not isinstance(found, list):
        raise BadValueError("not a list", path=path)
    return found or []


def moment_at(record: Mapping[str, Any], path: str) -> datetime | None:
    """Return a moment with its offset, or seconds or milliseconds since 1970.

    Raises:
        BadValueError: something else stands there, or a moment outside the years 1800 to 2299.
    """
    found = at(record, path)
    if found is None or found == "":
        return None
    if isinstance(found, int) and not isinstance(found, bool):
        return _within(_since_1970(found), path)
    if not isinstance(found, str) or not _TIME.fullmatch(found):
        raise BadValueError("not a moment with its offset, like 2026-11-21T21:04:00Z", path=path)
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", found))
    except ValueError:
        moment = None
    return _within(moment, path)


def person_at(record: Mapping[str, Any], path: str) -> str:
    """Return who a record is about.

    Raises:
        BadValueError: nobody stands there.
    """
    found = text_at(record, path)
    if found is None:
        raise BadValueError("nothing says whom the record is about", path=path)
    return found


def time_at(record: Mapping[str, Any], path: str) -> datetime:
    """Return a record's time.

    Raises:
        BadValueError: none stands there.
    """
    found = moment_at(record, path)
    if found is None:
        raise BadValueError("nothing says when it happened", path=path)
    return found


def flag(value: Any) -> bool | None:
    """Return a truth value, also as the texts that CSV exports have; None is anything else.

    >>> flag(True), flag("false"), flag("Auto"), flag(1)
    (True, False, None, None)
    """
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def as_proof(record: Mapping[str, Any]) -> str | None:
    """Return a record as the text that proves what it says; None for one too long to seal."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True)
    return text if len(text.encode()) <= MAX_CELL else None


def _within(moment: datetime | None, path: str) -> datetime:
    """Return a moment in UTC.

    Raises:
        BadValueError: it is none, or out of bounds.
    """
    if moment is None or not EARLIEST <= moment < LATEST:
        raise BadValueError("no possible moment", path=path)
    return moment.astimezone(UTC)


def _since_1970(number: int) -> datetime | None:
    """Return the moment of seconds, or of milliseconds when there are too many."""
    seconds, rest = divmod(number, 1000) if abs(number) >= _MILLISECONDS_FROM else (number, 0)
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, refusing a key that stands twice (RFC 8259 §4 leaves its meaning open)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadValueError(Fault.DUPLICATE_KEY)
    return found


def _constant(_: str) -> Any:
    """Refuse NaN and Infinity, which are not JSON (RFC 8259 §6)."""
    raise BadValueError(Fault.NOT_FINITE)


def _whole(digits: str) -> int:
    """Return a whole number of bounded length."""
    if len(digits.lstrip("-")) > _MAX_DIGITS:
        raise BadValueError(Fault.BEYOND_64_BITS)
    return int(digits)


_NOTHING = object()
_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=str, parse_int=_whole, parse_constant=_constant
)


def _is_plain(text: str, most: int) -> bool:
    """Return whether a JSON text is within the bounds at sight: no escape, few brackets, short.

    Every value and key takes a character at least, every level a bracket.
    """
    is_short = len(text) <= min(most, MAX_CELL)
    is_flat = text.count("{") + text.count("[") < MAX_DEPTH
    return is_short and is_flat and "\\u" not in text and not _UNUSABLE.search(text)


def _check(value: Any, most: int) -> None:
    """Refuse what is too deep, too much, or has characters that no text can hold.

    Raises:
        BadValueError: it is.
    """
    level, depth, count = [value], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > MAX_DEPTH or count > most:
            why = f"deeper than {MAX_DEPTH} or more than {most:,} values"
            raise BadValueError(why)
        level = [inner for outer in level for inner in _inside(outer)]


def _inside(value: Any) -> Iterator[Any]:
    """Yield what stands directly in a value.

    Raises:
        BadValueError: it is a text that is not usable.
    """
    match value:
        case str():
            if _UNUSABLE.search(value) or len(value) > MAX_CELL:
                raise BadValueError("a text with NUL or half a character, or a very long one")
        case dict():
            yield from value.keys()
            yield from value.values()
        case list():
            yield from value
