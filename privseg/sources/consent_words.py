# SPDX-License-Identifier: Apache-2.0
"""The words of a consent file: how each is spelt, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from privseg.consent.event import Act, Authority, Method
from privseg.sources.convert import Converted, by_distinct, plain
from privseg.sources.faults import Fault
from privseg.sources.moments import day
from privseg.sources.words import SEPARATOR, identifiers, lists_as_text, parts
from privseg.terms import Category, Jurisdiction, Purpose

_PURPOSE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*")
_CATEGORY = re.compile(r"[a-z][a-z0-9_-]*")
_NOTICE = re.compile(r"[A-Za-z0-9][\w.-]{0,63}@[\w.-]{1,32}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")  # BCP 47, as policies write it
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HAPPENING = re.compile(r"[A-Za-z][\w.-]{0,63}", re.ASCII)
_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_PLACE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")  # ISO 3166-1 alpha-2, ISO 3166-2
_DIGITS = 9
_AUTHORITIES = {a.name.lower(): a for a in Authority}


def _words(
    array: pa.Array, *, parse: Callable[[str], object], type_: pa.DataType | None = None
) -> Converted:
    """Return words, each distinct one parsed once; an empty one is missing."""
    found = identifiers(array) if not pa.types.is_list(array.type) else lists_as_text(array)
    return by_distinct(found.values, parse, type_ or pa.string()).with_faults(found.faults)


def translated(array: pa.Array, words: Mapping[str, str]) -> pa.Array:
    """Return cells in our words; one that ``words`` does not name stays, to be judged as it is.

    Of a list each member is looked up by itself.
    """
    if pa.types.is_list(array.type):
        array = lists_as_text(array).values
    said = identifiers(plain(array)).values
    return by_distinct(said, partial(_meant, words=words), pa.string()).values


def _meant(text: str, *, words: Mapping[str, str]) -> str:
    """Return what a cell, or each member of a list in it, means."""
    if text in words:
        return words[text]
    members = parts(text)
    if isinstance(members, Fault) or not any(m in words for m in members):
        return text
    return SEPARATOR.join(words.get(m, m) for m in members)


def _act(text: str) -> str | Fault:
    """Return an act."""
    if text == Act.RESOLVE:
        return Fault.NOT_BY_FILE
    return text if text in set(Act) else Fault.NOT_ACT


def _count(text: str) -> int | Fault:
    """Return a number from 1; 9 digits are three million years of days."""
    fits = text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) >= 1
    return int(text) if fits else Fault.NOT_COUNT


def _days(text: str) -> int | Fault:
    """Return the days of a duration like ``730d``."""
    found = _DAYS.fullmatch(text)
    return int(found[1]) if found else Fault.NOT_DURATION


def _method(text: str) -> str | Fault:
    """Return a method."""
    return text if text in set(Method) else Fault.NOT_METHOD


def _authority(text: str) -> str | Fault:
    """Return whose word it is."""
    return text if text in _AUTHORITIES else Fault.NOT_AUTHORITY


def _categories(text: str) -> str | Fault:
    """Return category names, sorted, one a ``|``."""
    names = parts(text)
    if isinstance(names, Fault) or not all(map(_CATEGORY.fullmatch, names)):
        return Fault.NOT_CATEGORY
    return SEPARATOR.join(sorted(set(names)))


def _matching(pattern: re.Pattern[str], fault: Fault) -> Callable[[str], str | Fault]:
    """Return a parser of texts that match."""
    return lambda text: text if pattern.fullmatch(text) else fault


def born(text: str) -> str | Fault:
    """Return a date of birth."""
    found = day(text)
    if isinstance(found, Fault):
        return found
    return text if found.isoformat() == text else Fault.NOT_DATE


def happening(text: str) -> str | Fault:
    """Return the name of something that happened."""
    return text if _HAPPENING.fullmatch(text) else Fault.NOT_HAPPENING


def place(text: str) -> str | Fault:
    """Return an attested jurisdiction."""
    return text if _PLACE.fullmatch(text) else Fault.NOT_JURISDICTION


MEANING: Mapping[str, Callable[[str], Any]] = {
    "act": Act,
    "purpose": Purpose,
    "categories": lambda text: frozenset(map(Category, text.split(SEPARATOR) if text else [])),
    "notice": str,
    "method": Method,
    "authority": _AUTHORITIES.__getitem__,
    "jurisdiction": Jurisdiction,
    "value": str,
    "language": str,
    "notice_sha256": str,
    "until": str,
    "uses": int,
    "idle_days": int,
    "person": str,
    "target": str,
}
WORDS: Mapping[str, Callable[[pa.Array], Converted]] = {
    "act": partial(_words, parse=_act),
    "purpose": partial(_words, parse=_matching(_PURPOSE, Fault.NOT_PURPOSE)),
    "categories": partial(_words, parse=_categories),
    "notice": partial(_words, parse=_matching(_NOTICE, Fault.NOT_NOTICE)),
    "method": partial(_words, parse=_method),
    "authority": partial(_words, parse=_authority),
    "jurisdiction": partial(_words, parse=_matching(_PLACE, Fault.NOT_JURISDICTION)),
    "language": partial(_words, parse=_matching(_LANGUAGE, Fault.NOT_LANGUAGE)),
    "notice_sha256": partial(_words, parse=_matching(_SHA256, Fault.NOT_SHA256)),
    "until": partial(_words, parse=_matching(_HAPPENING, Fault.NOT_HAPPENING)),
    "uses": partial(_words, parse=_count, type_=pa.int64()),
    "idle_days": partial(_words, parse=_count, type_=pa.int64()),
    "expires_after": partial(_words, parse=_days, type_=pa.int64()),
}
