# SPDX-License-Identifier: Apache-2.0
"""The words of a consent file: how each is spelt, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from privseg.consent.event import Act, Authority, Method
from privseg.sources.convert import Converted, by_distinct
from privseg.sources.faults import Fault
from privseg.sources.moments import day
from privseg.sources.words import SEPARATOR, identifiers, lists_as_text, parts
from privseg.terms import Category, Jurisdiction, Purpose

_PURPOSE = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*")
_CATEGORY = re.compile(r"[a-z][a-z0-9_-]*")
_NOTICE = re.compile(r"[A-Za-z0-9][\w.-]{0,63}@[\w.-]{1,32}", re.ASCII)
_PLACE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")  # ISO 3166-1 alpha-2, ISO 3166-2
_AUTHORITIES = {a.name.lower(): a for a in Authority}


def _words(array: pa.Array, *, parse: Callable[[str], object]) -> Converted:
    """Return words, each distinct one parsed once; an empty one is missing."""
    found = identifiers(array) if not pa.types.is_list(array.type) else lists_as_text(array)
    return by_distinct(found.values, parse, pa.string()).with_faults(found.faults)


def _act(text: str) -> str | Fault:
    """Return an act."""
    return text if text in set(Act) else Fault.NOT_ACT


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
}
WORDS: Mapping[str, Callable[[pa.Array], Converted]] = {
    "act": partial(_words, parse=_act),
    "purpose": partial(_words, parse=_matching(_PURPOSE, Fault.NOT_PURPOSE)),
    "categories": partial(_words, parse=_categories),
    "notice": partial(_words, parse=_matching(_NOTICE, Fault.NOT_NOTICE)),
    "method": partial(_words, parse=_method),
    "authority": partial(_words, parse=_authority),
    "jurisdiction": partial(_words, parse=_matching(_PLACE, Fault.NOT_JURISDICTION)),
}
