# SPDX-License-Identifier: Apache-2.0
"""The twin's reading of a history: what was known, what an officer made of it, who is linked.

Predicates over all events; nothing is sorted, folded or cached, and no code of the room is used
beyond its value types. For small histories only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, datetime

from privseg.consent.event import Act, Authority, Event, Method, Resolution
from privseg.consent.question import AtPosition, AtTime, Question
from privseg.consent.rules import Rules

SAID_YES = {Method.FORM, Method.DOUBLE_OPT_IN, Method.SIGNED_PAPER, Method.API}
TYING = {Act.MERGE, Act.UNMERGE}
ATTESTING = {Act.ATTEST_AGE, Act.ATTEST_JURISDICTION}
PERMISSIVE = {Act.GRANT, Act.OPT_IN, Act.LIFT, Act.RELEASE_HOLD, Act.ACTIVITY, Act.UNMERGE}
LEVEL = {Authority.STAFF: 1, Authority.AGENT: 2, Authority.GUARDIAN: 2, Authority.SUBJECT: 3}


def seen_at(question: Question) -> datetime | None:
    match question.known_at:
        case AtPosition(as_of=as_of):
            return as_of
        case AtTime(time=time):
            return time


def no_zone(moment: datetime | None) -> bool:
    return moment is not None and moment.tzinfo is None


def is_known(event: Event, question: Question) -> bool:
    match question.known_at:
        case AtPosition(position=position):
            return event.position <= position
        case AtTime(time=time):
            return no_zone(event.record_time) or not event.record_time > time


def is_unreadable(event: Event) -> bool:
    times = (event.event_time, event.record_time, event.expires_at)
    hashes = (event.notice_sha256, event.evidence_sha256)
    return (
        event.position <= 0
        or any(no_zone(t) for t in times)
        or any(h is not None and not is_hash(h) for h in hashes)
        or any(n is not None and n <= 0 for n in (event.uses, event.idle_days))
        or not says_what_it_must(event)
    )


def is_hash(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def says_what_it_must(event: Event) -> bool:
    match event.act:
        case Act.ATTEST_JURISDICTION | Act.HAPPENED:
            return event.value not in (None, "")
        case Act.ATTEST_AGE:
            return is_date(event.value or "nothing")
        case Act.RESOLVE:
            named = event.target is not None and event.target > 0
            return named and event.value in [r.value for r in Resolution]
        case Act.MERGE | Act.UNMERGE:
            named = event.target is not None and event.target >= 0
            return named and event.target != event.subject
        case _:
            return True


def is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def differ(a: Event, b: Event) -> bool:
    content = [f.name for f in fields(Event) if f.name not in {"position", "record_time"}]
    return any(getattr(a, name) != getattr(b, name) for name in content)


def contradict(a: Event, b: Event) -> bool:
    return a.event_key == b.event_key and differ(a, b)


class Record:
    """Everything known of everybody, as one question looks at it."""

    def __init__(self, rules: Rules, history: Iterable[Event], question: Question) -> None:
        self.rules, self.q = rules, question
        self.known = [e for e in history if is_known(e, question)]
        self.readable = [e for e in self.known if not is_unreadable(e)]
        ours = [e for e in self.readable if e.controller == question.controller]
        self.sound = self.firsts([e for e in ours if not self.is_contested(e)])
        self.contested = [e for e in ours if self.is_contested(e)]

    def is_contested(self, e: Event) -> bool:
        return any(contradict(e, o) for o in self.readable if o.subject == e.subject)

    def firsts(self, events: list[Event]) -> list[Event]:
        """Keep of each id the copy recorded first."""
        kept: list[Event] = []
        for e in events:
            copies = [c for c in events if c.subject == e.subject and c.event_key == e.event_key]
            first = min(copies, key=lambda c: (c.position, c.record_time))
            if first not in kept:
                kept.append(first)
        return kept

    # --- set aside, and what an officer made of it ---------------------------------------------

    def is_set_aside(self, e: Event) -> bool:
        return e.quarantined or e.event_time > e.record_time + self.rules.max_skew

    def rulings(self, e: Event) -> list[Event]:
        """Return the newest words of an officer about a set-aside event, at the moment asked."""
        said = [
            r
            for r in self.sound
            if r.act is Act.RESOLVE
            and (r.subject, r.target) == (e.subject, e.position)
            and r.event_time <= self.q.at
            and r.record_time <= self.q.at
            and not self.is_set_aside(r)
        ]
        return [r for r in said if all(o.event_time <= r.event_time for o in said)]

    def is_accepted(self, e: Event) -> bool:
        return {r.value for r in self.rulings(e)} == {"accept"} and e.act is not Act.RESOLVE

    def is_open(self, e: Event) -> bool:
        """Say whether an event is set aside and nobody settled it in one voice."""
        return self.is_set_aside(e) and len({r.value for r in self.rulings(e)}) != 1

    def counting(self, events: Iterable[Event]) -> list[Event]:
        """Return what counts: what was never set aside, and what was accepted, as accepted."""
        return [
            self.as_accepted(e) if self.is_set_aside(e) else e
            for e in events
            if not self.is_set_aside(e) or self.is_accepted(e)
        ]

    def as_accepted(self, e: Event) -> Event:
        if e.act not in PERMISSIVE | ATTESTING:
            return e
        times = [r.record_time for r in self.rulings(e)]
        return replace(e, record_time=max([e.record_time, *times]))

    # --- who is linked -------------------------------------------------------------------------

    def ties(self) -> list[set[int]]:
        """Return the pairs tied at the moment asked.

        What cannot be read ties for ever; of one id with several contents every MERGE ties and
        no UNMERGE unties.
        """
        counting = self.counting(self.sound)
        standing = [
            m
            for m in self.counting([*self.sound, *self.contested])
            if m.act is Act.MERGE
            and (m.event_time <= self.q.at or m.record_time <= self.q.at)
            and not any(self.unties(u, m) for u in counting)
        ]
        merges = standing + [m for m in self.known if m not in self.readable]
        return [
            {m.subject, m.target} for m in merges if m.act is Act.MERGE and m.target is not None
        ]

    def unties(self, u: Event, m: Event) -> bool:
        return (
            u.act is Act.UNMERGE
            and {u.subject, u.target} == {m.subject, m.target}
            and u.event_time > m.event_time
            and LEVEL[u.authority] >= LEVEL[m.authority]
            and u.method in SAID_YES
            and u.event_time <= self.q.at
            and u.record_time <= self.q.at
        )

    def linked(self) -> set[int]:
        group: set[int] = {self.q.subject}
        ties = self.ties()
        for _ in ties:  # a chain is no longer than there are ties
            group = group.union(*(t for t in ties if t & group))
        return group
