# SPDX-License-Identifier: Apache-2.0
"""Deadlines of requests as an iCalendar feed (RFC 5545): numbers, kinds and dates, nobody's name.

One event for each deadline, under a UID that stays the same however often the date is moved, so
that a calendar moves it instead of keeping two. Who subscribes learns how many requests there are
and of what kind, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from privseg.dsr.due import Due, Todo

PRODUCT = "-//privseg//deadlines of requests//EN"
LINE_BYTES = 75  # RFC 5545 § 3.1: of a line, without its end, in octets
ALARMS = (timedelta(days=7), timedelta(days=1))  # before the day begins
WORDS = {
    Todo.CONFIRM: "confirm that it arrived",
    Todo.EXTEND: "last day to tell an extension",
    Todo.ANSWER: "answer",
    Todo.HELD: "held: answer with the hold's ground",
    Todo.LIFT: "the restriction ends: run it",
    Todo.REVIEW: "does the hold still have to be?",
    Todo.TELL: "a recipient was not told yet",
    Todo.POST: "letters to recipients: posted?",
    Todo.PROVE: "a system's proof of erasure is missing",
    Todo.SETTLE: "something was found elsewhere after the erasure",
    Todo.BACKUP: "a backup of old keys is to be destroyed",
}


def feed(dues: Sequence[Due], *, stamp: datetime, workspace: str) -> bytes:
    """Return the feed, in UTF-8 with CRLF; ``workspace`` makes its UIDs unlike another's.

    >>> stamp = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> feed([], stamp=stamp, workspace="w").splitlines()[0]
    b'BEGIN:VCALENDAR'

    Raises:
        ValueError: the stamp has no time zone.
    """
    if stamp.tzinfo is None:
        raise ValueError("a stamp needs a time zone")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Deadlines of requests",  # RFC 7986 § 5.1
        *(line for due in dues for line in _event(due, stamp, workspace)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def uid(due: Due, workspace: str) -> str:
    """Return an event's UID: of the request and what is to be done, never of its date."""
    todo = Todo.ANSWER if due.todo is Todo.HELD else due.todo
    return f"request-{due.number}-{todo}@{workspace}.privseg"


def _event(due: Due, stamp: datetime, workspace: str) -> Iterator[str]:
    """Yield the lines of one event, which lasts a whole day and blocks nobody's time."""
    summary = f"Request {due.number} ({due.kind.value.replace('_', ' ')}): {WORDS[due.todo]}"
    yield from (
        "BEGIN:VEVENT",
        f"UID:{uid(due, workspace)}",
        f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{due.moves}",
        f"DTSTART;VALUE=DATE:{_day(due.by)}",
        f"DTEND;VALUE=DATE:{_day(due.by + timedelta(days=1))}",  # not in it: § 3.6.1
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(_description(due))}",
        "TRANSP:TRANSPARENT",
        "CLASS:CONFIDENTIAL",
    )
    for before in ALARMS:
        yield from (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(summary)}",
            f"TRIGGER:-P{before.days}D",
            "END:VALARM",
        )
    yield "END:VEVENT"


def _description(due: Due) -> str:
    """Return what stands below an event's summary."""
    said: Iterable[str] = (
        f"By {due.law}.",
        *([f"The law's last day is {due.limit}."] if due.limit != due.by else []),
        *(["The clock stands still until proof of identity comes."] if due.stands_still else []),
        f"See: privseg dsr show {due.number}",
    )
    return "\n".join(said)


def _day(day: date) -> str:
    """Return a DATE."""
    return f"{day:%Y%m%d}"


def _text(text: str) -> str:
    r"""Return a TEXT with what has a meaning in it escaped (RFC 5545 § 3.3.11).

    >>> _text("a, b; c\nd")
    'a\\, b\\; c\\nd'
    """
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> bytes:
    """Return a line of at most 75 octets a piece, never cut inside a character."""
    if len(line.encode()) <= LINE_BYTES:
        return line.encode() + b"\r\n"
    pieces, piece = [], b""
    for character in line:
        more = character.encode()
        if len(piece) + len(more) > LINE_BYTES:
            pieces.append(piece)
            piece = b" "  # the next piece begins with a space, which counts
        piece += more
    return b"\r\n".join((*pieces, piece)) + b"\r\n"
