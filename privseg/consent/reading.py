# SPDX-License-Identifier: Apache-2.0
"""Reading a history: what is known of a person and of every profile tied to them.

Laws 1-3 (what can be believed, each event once), 11 (linked profiles), 13 (one controller's).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privseg.consent.asked import is_sound
from privseg.consent.decision import ReasonCode
from privseg.consent.event import Event
from privseg.consent.history import each_once, is_malformed
from privseg.consent.links import MERGING, Tie, linked, tie_of, ties
from privseg.consent.quarantine import settle
from privseg.consent.question import Question
from privseg.consent.rules import Rules
from privseg.consent.scope import LINKING
from privseg.terms import Ordinal


@dataclass(frozen=True, slots=True)
class Reading:
    """What counts of a person's own events, of each linked profile's, and what is set aside."""

    own: Sequence[Event]
    others: Sequence[Sequence[Event]]
    aside: Sequence[Event]
    is_known: bool  # whether the person has an event of their own, set aside or not


@dataclass(frozen=True, slots=True)
class _Linked:
    """The person, then the profiles that ties in force lead to.

    ``doubtful`` are links set aside that name one of them, made by a profile that is none.
    """

    people: Sequence[Ordinal]
    doubtful: Sequence[Event] = ()


def read(rules: Rules, history: Iterable[Event], question: Question) -> Reading | ReasonCode:
    """Return what is known of the person at ``at``, or what makes it unreadable.

    Another controller's events count for nothing, but a contradiction anywhere in the record of
    the person, or of a linked profile, spoils it.
    """
    if not is_sound(question):
        return ReasonCode.MALFORMED_QUESTION
    known = [e for e in history if question.known_at.knows(e)]
    linked_to = _linked(rules, known, question)
    people: list[Sequence[Event]] = []
    for events in _by_person(known, linked_to.people):
        theirs = _once(events)
        if isinstance(theirs, ReasonCode):
            return theirs
        people.append([e for e in theirs if e.controller == question.controller])
    settled = [settle(rules, events, question.at) for events in people]
    return Reading(
        own=settled[0].sound,
        others=[s.sound for s in settled[1:]],
        aside=[*(e for s in settled for e in s.aside), *linked_to.doubtful],
        is_known=bool(people[0]),
    )


def _by_person(known: Iterable[Event], people: Iterable[Ordinal]) -> Iterable[list[Event]]:
    """Return the events of each of ``people``, in their order."""
    theirs: dict[Ordinal, list[Event]] = {person: [] for person in people}
    for event in known:
        if event.subject in theirs:
            theirs[event.subject].append(event)
    return theirs.values()


def _once(known: Sequence[Event]) -> Sequence[Event] | ReasonCode:
    """Return one profile's events, each once, or why they cannot be believed."""
    if any(is_malformed(e) for e in known):
        return ReasonCode.MALFORMED_EVENT
    events = each_once(known)
    return ReasonCode.CONFLICTING_EVENTS if events is None else events


def _linked(rules: Rules, known: Sequence[Event], question: Question) -> _Linked:
    """Return who is linked to the person (law 11).

    A MERGE that cannot be read always ties: the profile it names is not to gain by it. A link set
    aside ties nobody, and denies on both sides until it is settled.
    """
    links = [e for e in known if e.act in LINKING]
    if not links:
        return _Linked((question.subject,))
    counted: list[Event] = []
    aside: list[Event] = []
    for events in _by_person(known, linked(question.subject, _named(links))):
        ours = [e for e in events if e.controller == question.controller]
        settled = settle(rules, _credible(ours), question.at)
        counted += [e for e in settled.sound if e.act in LINKING]
        aside += [e for e in settled.aside if e.act in LINKING]
    always = _named(e for e in links if e.act in MERGING and is_malformed(e))
    people = linked(question.subject, [*always, *ties(counted, question.at)])
    doubtful = [e for e in aside if e.subject not in people and e.target in people]
    return _Linked(people, doubtful)


def _named(links: Iterable[Event]) -> list[Tie]:
    """Return the two profiles of each link that names two."""
    return [tie for e in links if (tie := tie_of(e)) is not None]


def _credible(known: Sequence[Event]) -> Sequence[Event]:
    """Return each readable event once; of ids with two contents only what ties profiles."""
    readable = [e for e in known if not is_malformed(e)]
    events = each_once(readable)
    if events is not None:
        return events
    return [e for e in readable if e.act in MERGING or _is_unanimous(e, readable)]


def _is_unanimous(event: Event, events: Iterable[Event]) -> bool:
    """Return whether everything under the id of ``event`` says the same."""
    return each_once(e for e in events if e.event_key == event.event_key) is not None
