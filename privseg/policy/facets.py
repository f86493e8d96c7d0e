# SPDX-License-Identifier: Apache-2.0
"""A policy taken apart: every single thing that it says, by its path, with where it stands.

Nothing that decides can be missed: what is here is what the digest is made of, value by value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime

from privseg.policy.digest import ORDERED, parts
from privseg.policy.rules import Policy
from privseg.terms import Place

Path = tuple[str, ...]
"""Where something stands in a policy: ``("purposes", "marketing", "basis", "DE")``."""

SAID = ""
"""The text of what is just there: a member of a set, a purpose, a segmenter."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that a policy says."""

    text: str
    place: Place | None


def facets(policy: Policy) -> dict[Path, Facet]:
    """Return everything that ``policy`` says. Law: equal for two policies iff their digests are.

    (But for the order of lists that decide by their order, which is part of their text.)
    """
    return dict(_facets(policy, (), None))


def _facets(value: object, path: Path, place: Place | None) -> Iterator[tuple[Path, Facet]]:
    """Yield what ``value`` says, each with the nearest place above it."""
    match value:
        case None:
            return
        case Place():
            yield path, Facet(SAID, value)
        case Mapping():
            for key, inner in value.items():
                yield from _facets(inner, (*path, str(key)), place)
        case frozenset():
            for member in value:
                yield (*path, str(member)), Facet(SAID, place)
        case tuple():
            yield from _listed(value, path, place)
        case _ if is_dataclass(value):
            yield from _record(value, path, place)
        case _:
            yield path, Facet(_text(value), place)


def _record(value: object, path: Path, place: Place | None) -> Iterator[tuple[Path, Facet]]:
    """Yield that a record is there, and what its fields say."""
    own = getattr(value, "place", None)
    where = own if isinstance(own, Place) else place
    if path:
        yield path, Facet(SAID, where)
    for name, part in parts(value):
        if name in ORDERED and isinstance(part, Mapping):
            yield (*path, name), Facet(", ".join(map(_text, part)), where)
        yield from _facets(part, (*path, name), where)


def _listed(
    values: tuple[object, ...], path: Path, place: Place | None
) -> Iterator[tuple[Path, Facet]]:
    """Yield named things each on its own, and any other list as one text, its order included."""
    names = [str(getattr(v, "name", "")) for v in values]
    if all(names) and len(set(names)) == len(names):
        for name, value in zip(names, values, strict=True):
            yield from _facets(value, (*path, name), place)
    elif values:
        yield path, Facet(", ".join(map(_text, values)), place)


def _text(value: object) -> str:
    """Return a single value as people write it; two values never look alike."""
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime() | date():
            return value.isoformat()
        case str() if "," in value or not value or '"' in value:
            return json.dumps(str(value), ensure_ascii=False)
        case _:
            return str(value)
