# SPDX-License-Identifier: Apache-2.0
"""IAB Global Privacy Platform strings: the header, the sections, and their values.

Taken from "Global Privacy Platform String" (Core/Consent String Specification.md, version 1.0) of
IAB Tech Lab's repository Global-Privacy-Platform, and the US Privacy string of its section 6.
Sections: 2 (EU TCF), 6 (US Privacy), 7 to 23 (US national and states); any other is kept as text
and never read. No Python package that decodes and encodes GPP was found on PyPI (``cb-gwi-gpp`` has
only pre-releases for Python 3.12 and later), so this is written from the specification.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from privseg.sources.banners.bits import SEXTET, BitReader, BitWriter, Filling
from privseg.sources.banners.errors import MalformedStringError
from privseg.sources.banners.gpp_sections import LAYOUTS, NATIONAL_1, Layout, Meaning
from privseg.sources.banners.tcf import TcString, decode_tc, encode_tc

WHAT = "GPP string"
TCF_EU, US_PRIVACY, NATIONAL = 2, 6, 7
MAX_SECTIONS = 63  # there are 27
_NATIONAL_1_CHARACTERS = (10, 11)  # 60 bits, filled to 6 or to 8 and then 6
_US_PRIVACY = re.compile(r"1[YN-]{3}")
_HEADER = (3, 1)  # Type, Version
_GPC = 1  # SubsectionType


@dataclass(frozen=True, slots=True)
class UsPrivacy:
    """The US Privacy string, such as 1YNN: each ``Y``, ``N`` or ``-`` (not applicable)."""

    notice: str
    opt_out_sale: str
    covered: str  # by the Limited Service Provider Agreement


@dataclass(frozen=True, slots=True)
class UsSection:
    """A US section: values by field name; ``gpc`` None if there is no GPC segment."""

    layout: Layout = field(repr=False)
    values: Mapping[str, int | tuple[int, ...]]
    gpc: bool | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A section that is not read, as it stands."""

    text: str


Section = TcString | UsPrivacy | UsSection | Unread


@dataclass(frozen=True, slots=True)
class GppString:
    """The sections of a GPP string by their ids, in the string's order."""

    sections: Mapping[int, Section]


def decode_gpp(text: str) -> GppString:
    """Return what a GPP string says.

    Raises:
        MalformedStringError: it is none; the error says where.
    """
    parts = text.split("~")
    ids = _header(parts[0])
    if len(ids) != len(parts) - 1:
        why = f"the header names {len(ids)} sections, and {len(parts) - 1} follow"
        raise MalformedStringError(what=WHAT, why=why, character=1)
    found: dict[int, Section] = {}
    at = len(parts[0]) + 1
    for section, part in zip(ids, parts[1:], strict=True):
        found[section] = _section(section, part, at)
        at += len(part) + 1
    return GppString(found)


def encode_gpp(gpp: GppString, *, filling: Filling = Filling.SEXTETS) -> str:
    """Return the GPP string that says ``gpp``; the sections in the order of their ids.

    Raises:
        ValueError: a value does not fit its field.
    """
    ids = sorted(gpp.sections)
    parts = [_write_header(ids).text(filling)]
    parts += [_write_section(gpp.sections[i], filling) for i in ids]
    return "~".join(parts)


def decode_us_privacy(text: str, *, before: int = 0) -> UsPrivacy:
    """Return what a US Privacy string says.

    Raises:
        MalformedStringError: it is none.
    """
    if not _US_PRIVACY.fullmatch(text):
        why = "a US Privacy string is 1 and three of Y, N and -"
        raise MalformedStringError(what="US Privacy string", why=why, character=before + 1)
    return UsPrivacy(*text[1:])


def _header(text: str) -> list[int]:
    """Return the ids of the sections, in order."""
    bits = BitReader(text, what=WHAT)
    for name, wanted in zip(("Type", "Version"), _HEADER, strict=True):
        bits.one_of(6, f"{name} of the header", range(wanted, wanted + 1))
    ids: list[int] = []
    last = 0
    for _ in range(bits.integer(12, "the number of ranges")):
        is_run = bits.flag("a range")
        first = last + bits.fibonacci("a section's id")
        last = first + (bits.fibonacci("a run of sections") if is_run else 0)
        if len(ids) + last - first >= MAX_SECTIONS:
            raise bits.refusal(f"more than {MAX_SECTIONS} sections")
        ids += range(first, last + 1)
    bits.finish()
    return ids


def _section(section: int, text: str, before: int) -> Section:
    """Return one section."""
    if section == TCF_EU:
        return decode_tc(text, before=before)
    if section == US_PRIVACY:
        return decode_us_privacy(text, before=before)
    if section in LAYOUTS:
        return _us(section, text, before)
    if not text:
        raise MalformedStringError(what=WHAT, why="a section is empty", character=before + 1)
    return Unread(text)


def _us(section: int, text: str, before: int) -> UsSection:
    """Return a US section: its core segment, and the GPC segment if there is one."""
    core, dot, rest = text.partition(".")
    layout = LAYOUTS[section]
    if section == NATIONAL and len(core) in _NATIONAL_1_CHARACTERS:
        layout = NATIONAL_1
    bits = BitReader(core, what=WHAT, before=before)
    values = {f.name: _values(bits, f.name, f.meaning, f.values) for f in layout.fields}
    bits.finish()
    gpc = _gpc(rest, layout, before + len(core) + 1) if dot else None
    return UsSection(layout, values, gpc)


def _values(
    bits: BitReader, name: str, meaning: Meaning, count: int | None
) -> int | tuple[int, ...]:
    """Return a field's value, or values."""
    if meaning is Meaning.VERSION:
        return bits.one_of(6, name, range(1, 3))
    if count is None:
        return bits.one_of(2, name, range(3))
    return tuple(bits.one_of(2, name, range(3)) for _ in range(count))


def _gpc(text: str, layout: Layout, before: int) -> bool:
    """Return the value of a GPC segment."""
    bits = BitReader(text, what=WHAT, before=before)
    if not layout.has_gpc:
        raise bits.refusal(f"{layout.prefix} has no second segment")
    bits.one_of(2, "SubsectionType", range(_GPC, _GPC + 1))
    found = bits.flag("Gpc")
    bits.finish()
    return found


def _write_header(ids: list[int]) -> BitWriter:
    """Return the header."""
    bits = BitWriter()
    for value in _HEADER:
        bits.integer(value, SEXTET)
    firsts = [i for i in ids if i - 1 not in ids]
    lasts = [i for i in ids if i + 1 not in ids]
    bits.integer(len(firsts), 12)
    before = 0
    for first, last in zip(firsts, lasts, strict=True):
        bits.flag(value=last > first)
        bits.fibonacci(first - before)
        if last > first:
            bits.fibonacci(last - first)
        before = last
    return bits


def _write_section(section: Section, filling: Filling) -> str:
    """Return a section's text."""
    match section:
        case TcString():
            return encode_tc(section, filling=filling)
        case UsPrivacy():
            return f"1{section.notice}{section.opt_out_sale}{section.covered}"
        case Unread():
            return section.text
        case UsSection():
            return _write_us(section, filling)


def _write_us(section: UsSection, filling: Filling) -> str:
    """Return a US section's text."""
    core = BitWriter()
    for one in section.layout.fields:
        value = section.values[one.name]
        for number in value if isinstance(value, tuple) else (value,):
            core.integer(number, SEXTET if one.meaning is Meaning.VERSION else 2)
    if section.gpc is None:
        return core.text(filling)
    gpc = BitWriter()
    gpc.integer(_GPC, 2)
    gpc.flag(value=section.gpc)
    return f"{core.text(filling)}.{gpc.text(filling)}"
