# SPDX-License-Identifier: Apache-2.0
"""Imports that named somebody erased: noted sealed, and shown to the compliance officer alone.

Whoever imports a file must not learn from it that somebody was a customer once; so an import's
report, and how long it takes, are the same. One note is made for every import, sealed and of a
length that tells little.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from privseg.engine.dsr.looking import look
from privseg.engine.dsr.steps import NOBODY
from privseg.engine.house import House
from privseg.store.matches import SealedMatch
from privseg.terms import StaffRole, SubjectId
from privseg.tlog import canonical
from privseg.vault import wrap
from privseg.vault.padding import padded, unpadded

SECRET = "suppression-match"  # noqa: S105  # a secret's name
LOOK = "dsr-matches"  # the log's verb
MOST = 10_000  # marks that one note holds: a whole old file of people is a mistake of another kind


@dataclass(frozen=True, slots=True)
class Match:
    """An import that named erased people: when, of which source, and how many of them.

    ``requests`` are the erasures of theirs, as far as they are remembered.
    """

    at: datetime
    source: str
    people: int
    requests: tuple[int, ...]


def note_matches(house: House, source: str, people: Iterable[Sequence[SubjectId]]) -> None:
    """Note an import with whom it passed over, in its transaction; also where that is nobody.

    ``people`` are the identifiers of each of them, as the file had them.
    """
    rows = [house.vault.tags_of(row) for row in people]
    marks = sorted({tag.hex() for tags in rows for tag in tags})[:MOST]
    said = padded(canonical({"people": len(rows), "marks": marks}))
    sealed = wrap.seal(house.vault.secret(SECRET), said, _at(house, source))
    house.matches.add(at=house.now(), source=source, sealed=sealed)


def matches(house: House, *, role: StaffRole) -> list[Match]:
    """Return the imports that named erased people, oldest first; that somebody looks is on the log.

    Raises:
        SealBrokenError: a note was changed.
    """
    look(house, LOOK, NOBODY, role=role)
    erased = requests_by_mark(house)
    opened = [(each, _opened(house, each)) for each in house.matches.all()]
    return [
        Match(each.at, each.source, said["people"], _requests(said["marks"], erased))
        for each, said in opened
        if said["people"]
    ]


def requests_by_mark(house: House) -> Mapping[str, int]:
    """Return by keyed hash the erasure in which it was put on the suppression list."""
    told = house.erasures.told.all() or {}
    return {tag: each.case for each in told.values() for tag in each.tags if each.case}


def _requests(marks: Iterable[str], erased: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sorted({erased[mark] for mark in marks if mark in erased}))


def _opened(house: House, note: SealedMatch) -> dict[str, Any]:
    key, at = house.vault.secret(SECRET), _at(house, note.source)
    text = unpadded(wrap.unseal(key, note.sealed, at, what="a note of an import"))
    found: dict[str, Any] = json.loads(text)
    return found


def _at(house: House, source: str) -> bytes:
    return wrap.place(SECRET, house.vault.keyring.workspace, source)
