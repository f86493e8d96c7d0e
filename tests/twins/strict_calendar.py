# SPDX-License-Identifier: Apache-2.0
"""A strict reader of iCalendar (RFC 5545), for tests: what it does not know it refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

NAME = re.compile(r"([A-Z][A-Z0-9-]*)((?:;[A-Z-]+=[A-Z-]+)*):(.*)", re.DOTALL)
VALUES = {
    "VERSION": re.compile(r"2\.0"),
    "PRODID": re.compile(r"-//[^/]+//[^/]+//EN"),
    "CALSCALE": re.compile(r"GREGORIAN"),
    "METHOD": re.compile(r"PUBLISH"),
    "NAME": re.compile(r"[^\\;,\x00-\x1f]*"),
    "UID": re.compile(r"[a-z0-9-_.]+@[a-z0-9-.]+"),
    "DTSTAMP": re.compile(r"[0-9]{8}T[0-9]{6}Z"),
    "SEQUENCE": re.compile(r"0|[1-9][0-9]*"),
    "DTSTART": re.compile(r"[0-9]{8}"),
    "DTEND": re.compile(r"[0-9]{8}"),
    "SUMMARY": re.compile(r"(?:[^\\;,\x00-\x1f]|\\[\\;,n])*"),
    "DESCRIPTION": re.compile(r"(?:[^\\;,\x00-\x1f]|\\[\\;,n])*"),
    "TRANSP": re.compile(r"TRANSPARENT"),
    "CLASS": re.compile(r"CONFIDENTIAL"),
    "ACTION": re.compile(r"DISPLAY"),
    "TRIGGER": re.compile(r"-P[1-9][0-9]*D"),
}
ONCE = {
    "VCALENDAR": {"VERSION", "PRODID", "CALSCALE", "METHOD", "NAME"},
    "VEVENT": {"UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION",
               "TRANSP", "CLASS"},
    "VALARM": {"ACTION", "DESCRIPTION", "TRIGGER"},
}  # fmt: skip
INSIDE = {"VCALENDAR": {"VEVENT"}, "VEVENT": {"VALARM"}, "VALARM": set()}
OF_DATES = {"DTSTART", "DTEND"}


@dataclass
class Component:
    """A component: its properties, and the components in it."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    inside: list[Component] = field(default_factory=list)


def read(data: bytes) -> Component:
    """Return the calendar in a feed; raise AssertionError where it is none by the letter."""
    lines = _unfolded(data)
    assert lines.pop(0) == "BEGIN:VCALENDAR"
    calendar = _component("VCALENDAR", lines)
    assert lines == []
    return calendar


def unescaped(text: str) -> str:
    """Return a TEXT as people read it (§ 3.3.11)."""
    return re.sub(r"\\([\\;,n])", lambda m: "\n" if m[1] == "n" else m[1], text)


def _unfolded(data: bytes) -> list[str]:
    """Return content lines: every physical one ends in CRLF and has 75 octets at most (§ 3.1)."""
    assert data.endswith(b"\r\n")
    pieces = data[:-2].split(b"\r\n")
    assert all(b"\r" not in piece and b"\n" not in piece for piece in pieces)
    assert all(0 < len(piece) <= 75 for piece in pieces)
    lines: list[str] = []
    for piece in pieces:
        text = piece.decode("utf-8")  # folded between characters, never inside one
        if text.startswith(" "):
            lines[-1] += text[1:]
        else:
            lines.append(text)
    return lines


def _component(name: str, lines: list[str]) -> Component:
    """Return the component whose BEGIN was just read."""
    found = Component(name)
    while (line := lines.pop(0)) != f"END:{name}":
        match = NAME.fullmatch(line)
        assert match is not None, line
        key, parameters, value = match.groups()
        if key == "BEGIN":
            assert value in INSIDE[name], value
            found.inside.append(_component(value, lines))
            continue
        assert parameters == (";VALUE=DATE" if key in OF_DATES else ""), line
        assert key in ONCE[name], key
        assert key not in found.values, key
        assert VALUES[key].fullmatch(value), line
        found.values[key] = value
    assert found.values.keys() == ONCE[name], name
    return found
