# SPDX-License-Identifier: Apache-2.0
"""Who read somebody, once more and slowly: every body opened, nothing indexed, nothing folded.

For each run, by its id: what it had to do with them, and the segments that it found them in (None
where nobody can say). It uses no code of the room beyond the parsing of entries and sets.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import FrozenBitMap

from privseg.audit import StoredEntry, open_body, parse_entry, text_to_people
from privseg.engine.who.views import WhoReadPerson

Told = dict[str, tuple[str, tuple[str, ...] | None]]


def concerns(answer: WhoReadPerson) -> Told:
    """Return the same of an answer."""
    return {read.run.run: (read.concern, read.found_in) for read in answer.reads}


def naive_person(entries: Iterable[StoredEntry], people: FrozenBitMap) -> Told:
    """Return what runs had to do with anybody of ``people``."""
    opened = []
    for stored in entries:
        entry = parse_entry(stored.entry_bytes)
        body = None
        if stored.body is not None and stored.salt is not None:
            body = open_body(entry, stored.salt, stored.body)
        opened.append((entry, body))
    told: Told = {}
    for entry, body in opened:
        if entry.kind == "access.intent":
            run = entry.header["run"]
            ends = [
                e for e in opened if e[0].kind == "access.outcome" and e[0].header["run"] == run
            ]
            found = _one(body, ends[0] if ends else None, people)
            if found is not None:
                told[str(run)] = found
    return told


def _one(body, end, people):  # type: ignore[no-untyped-def]
    could = None if body is None else bool(text_to_people(body["eligible"]) & people)
    done = end is not None and end[0].outcome == "ok"
    later = end[1] if end is not None else None
    if could is None and later is not None and "eligible" in later:
        could = bool(text_to_people(later["eligible"]) & people) or None
    if could is False:
        return None
    found: tuple[str, ...] | None = ()
    if done:
        sets = None if later is None else later["members"]
        found = (
            None
            if sets is None
            else tuple(sorted(name for name in sets if text_to_people(sets[name]) & people))
        )
    word = "unknown" if could is None else "read" if done else "possibly read"
    return word, found
