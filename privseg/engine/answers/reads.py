# SPDX-License-Identifier: Apache-2.0
"""Who read it: the part of an access answer that comes from the log, without staff's names.

The same fold that auditors ask. Where the index of reads cannot answer, the bodies do: slower, and
no less whole. No number of an entry leaves the house: the size of the log tells of other people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyroaring import FrozenBitMap

from privseg.audit.reads import Reads, fold, traces
from privseg.dsr import LookedUp, Participation, Read, StepKind
from privseg.engine.house import House
from privseg.engine.who.person import of_people, of_profiles
from privseg.engine.who.views import Named, PersonRead, WhoReadPerson
from privseg.store.touched_ports import ReadIndexBehindError, ReadIndexBrokenError
from privseg.terms import Ordinal

OWN, LINKED = "yours", "linked"
ENTRY = " by entry "  # what follows it stays inside
TOLD = {
    "consent-show": "looked at your consents",
    "consent-receipt": "made a receipt of your consents",
    "consent-evidence": "made a proof of a consent of yours",
    "consent-taint": "asked which runs a late change of yours concerns",
    "consents": "wrote consents into a file",
    "open": "opened a request of yours",
    "identity_tried": (
        "compared what you told of yourself with what we hold, to be sure that it is you"
    ),
    "running": "read your data, to do what you asked",
    "planned": "looked at what your request would change",
    "plan": "looked at what an erasure of your data would remove",
    "correct": "corrected your data",
    "disputed": "looked at corrections that an import brought into question",
    "dispute-keep": "settled a correction that an import had brought into question",
    "dispute-release": "settled a correction that an import had brought into question",
    "notify": "told those who had got your data from us",
    "who-person": "asked who had read your data",
    "who-notify": "listed your identifiers, to tell you of a breach",
}
STEP, OTHER = "worked on a request of yours", "looked at your record"


def reads_of_person(house: House, person: Ordinal | None) -> tuple[WhoReadPerson, frozenset[int]]:
    """Return the reads of a person and of every profile ever tied, and which are of their own.

    Of somebody unknown there are none that anybody could tell.

    Raises:
        MalformedEntryError, CommitmentError, MalformedPeopleError: the record does not hold.
    """
    if person is None:
        nobody = FrozenBitMap()
        return of_profiles(house, nobody, _folded(house, nobody)), frozenset()
    own = FrozenBitMap([person])
    profiles = house.ledger.linked(own)
    whole = of_profiles(house, profiles, _folded(house, profiles))
    if profiles == own:
        return whole, frozenset(read.run.entry for read in whole.reads)
    mine = of_profiles(house, own, _folded(house, own))
    return whole, frozenset(read.run.entry for read in mine.reads)


def told_reads(
    answer: WhoReadPerson, own: frozenset[int], published: Mapping[str, Participation]
) -> Iterator[Read]:
    """Yield what is told to the person of each run."""
    for read in answer.reads:
        yield _read(read, published, OWN if read.run.entry in own else LINKED)


def told_limits(answer: WhoReadPerson) -> tuple[str, ...]:
    """Return why something cannot be said, without numbers of entries."""
    return tuple(limit.partition(ENTRY)[0] for limit in answer.limits)


def told_lookups(answer: WhoReadPerson) -> Iterator[LookedUp]:
    """Yield the times when somebody looked the person up."""
    for named in answer.named:
        yield LookedUp(named.at.isoformat(), named.role, _what(named))


def _folded(house: House, people: FrozenBitMap) -> Reads[bool]:
    """Return all reads as they concern ``people``: by the index, else by the bodies."""
    try:
        return of_people(house, people)
    except (ReadIndexBehindError, ReadIndexBrokenError):
        entries = house.log.entries()
        return fold(traces(entries, lambda found: not people.isdisjoint(found)))


def _read(read: PersonRead, published: Mapping[str, Participation], profile: str) -> Read:
    """Return one run as the person is told of it."""
    run = read.run
    titles = [published[r].title for r in run.releases if r in published]
    return Read(
        at=run.began.isoformat(),
        ended=run.ended.isoformat() if run.ended else None,
        segmenter=run.segmenter,
        purpose=run.purpose,
        attributes=run.attributes,
        role=run.role,
        policy=run.policy,
        report=", ".join(titles) or None,
        completed=run.completed,
        concern=read.concern,
        found_in=read.found_in,
        profile=profile,
        because=read.because.partition(ENTRY)[0],
    )


def _what(named: Named) -> str:
    """Return what was done, in words: never a code."""
    other = STEP if named.verb in set(StepKind) else OTHER
    words = TOLD.get(named.verb, other)
    return f"{words} ({named.purpose})" if named.purpose else words
