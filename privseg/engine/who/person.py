# SPDX-License-Identifier: Apache-2.0
"""Who read one person's data: every run that did or may have, by any profile ever theirs.

A question about a person is on the log before anything is looked up, and its body commits to who
that was: whoever is curious about somebody leaves a trace that the person's own answer shows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pyroaring import FrozenBitMap

from privseg.audit import parse_entry
from privseg.audit.reads import NAMED, Reads, Run, Trace, concern, fold
from privseg.audit.wanted import Categories
from privseg.dsr import RequestKind
from privseg.engine.dsr.looking import look, profiles_of
from privseg.engine.house import House
from privseg.engine.who.read import each_once, told, why_unknown
from privseg.engine.who.then import categories_then
from privseg.engine.who.views import Named, PersonRead, WhoReadPerson
from privseg.terms import StaffRole, SubjectId

NOBODY = (
    "the identifier leads to nobody here now: never known, or erased. What runs read of somebody "
    "erased stands under a number that nothing leads to any more, so nobody can look it up"
)
ERASED = (
    "somebody was erased here: if it was this person, under an earlier record, what was read of "
    "that record cannot be found any more"
)


def who_read_person(house: House, subject: SubjectId, *, role: StaffRole) -> WhoReadPerson:
    """Return every run that read, or may have read, a person: by any profile that is or was theirs.

    Raises:
        ReadIndexBehindError, ReadIndexBrokenError: the index cannot answer; the bodies can.
        AuditWriteError: the question cannot be recorded; nothing was looked up.
    """
    profiles = profiles_of(house, subject)
    look(house, "who-person", profiles, role=role)
    return of_profiles(house, profiles)


def of_profiles(
    house: House, profiles: FrozenBitMap, reads: Reads[bool] | None = None
) -> WhoReadPerson:
    """Return what the log says about reads of some profiles; ``reads`` if folded already."""
    found = of_people(house, profiles) if reads is None else reads
    categories = categories_then(house)
    told = [_person_read(run, found, categories) for run in found.runs if profiles]
    listed = tuple(read for read in told if read is not None)
    limits = (
        *(() if profiles else (NOBODY,)),
        *each_once(found, (read.because for read in listed)),
        *((ERASED,) if _erased_somebody(house) else ()),
    )
    broken = any(read.because for read in listed) or bool(found.orphans) or not profiles
    return WhoReadPerson(
        asked_at=house.now(),
        is_known=bool(profiles),
        profiles=len(profiles),
        since=_since(house),
        reads=listed,
        named=tuple(_named(t) for t in found.named if t.said and t.said.sets[NAMED]),
        whole=not broken,
        limits=limits,
    )


def of_people(house: House, people: FrozenBitMap) -> Reads[bool]:
    """Return all reads, asked whether anybody of ``people`` is in their sets.

    Raises:
        ReadIndexBehindError, ReadIndexBrokenError: the index cannot answer.
    """
    with house.db.reading():
        return fold(house.touched.of_people(people, size=house.log.size))


def _person_read(run: Run[bool], reads: Reads[bool], categories: Categories) -> PersonRead | None:
    """Return what a run had to do with a person; None if surely nothing."""
    what = concern(run)
    if what is None:
        return None
    lost = run.completed and run.end is not None and run.end.said is None
    return PersonRead(
        run=told(run, categories),
        concern=str(what),
        found_in=None if lost else tuple(sorted(n for n, found in run.members.items() if found)),
        because=why_unknown(reads, run),
    )


def _named(trace: Trace[Any]) -> Named:
    """Return an entry that names a person."""
    return Named(
        entry=trace.sequence,
        at=trace.time,
        role=str(trace.read().actor),
        user=trace.said.user if trace.said else None,
        verb=trace.one("verb"),
        purpose=trace.one("purpose"),
        reason=trace.one("reason"),
    )


def _erased_somebody(house: House) -> bool:
    """Return whether anybody was ever erased: then an identifier may have led elsewhere before."""
    cases = house.cases.all()
    return any(c.kind is RequestKind.ERASURE and c.is_done for c in cases)


def _since(house: House) -> datetime | None:
    """Return when the log begins: before that nobody can say."""
    return next((parse_entry(e.entry_bytes).time for e in house.log.entries(0, 1)), None)
