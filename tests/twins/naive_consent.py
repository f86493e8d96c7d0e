# SPDX-License-Identifier: Apache-2.0
"""The brute-force twin of ``consent.decide``: the note's sentences as predicates over all events.

Nothing is sorted, folded or cached, and no code of the room is used beyond its value types. Each
status is a question asked of the whole history; late attestations are judged by going through
every world in which they were, or were not, known. Exponential, so for small histories only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, datetime, timedelta
from itertools import chain, combinations

from privseg.consent.decision import ConsentStatus as S
from privseg.consent.event import Act, Authority, Event, Method
from privseg.consent.question import AtPosition, AtTime, Question
from privseg.consent.rules import Rules
from privseg.terms import LawfulBasis as B

SAID_YES = {Method.FORM, Method.DOUBLE_OPT_IN, Method.SIGNED_PAPER, Method.API}
PRECEDENCE = [
    S.ERROR,
    S.MISSING,
    S.QUARANTINED,
    S.ERASED,
    S.HELD,
    S.RESTRICTED,
    S.OBJECTED,
    S.OPTED_OUT,
    S.LIMITED,
    S.WITHDRAWN,
    S.REFUSED,
    S.STALE,
    S.EXPIRED,
    S.DEFERRED,
    S.NEVER_ASKED,
    S.GIVEN,
]
ENDS = {Act.REFUSE: S.REFUSED, Act.WITHDRAW: S.WITHDRAWN}
SUSPENDS = {
    Act.RESTRICT: S.RESTRICTED,
    Act.OBJECT: S.OBJECTED,
    Act.OPT_OUT: S.OPTED_OUT,
    Act.SIGNAL: S.OPTED_OUT,
    Act.LIMIT: S.LIMITED,
}


def naive_decide(rules: Rules, history: Iterable[Event], question: Question) -> tuple[bool, S]:
    """Return (allowed, status)."""
    mine = [e for e in history if e.subject == question.subject]
    if no_zone(question.at) or no_zone(question.collected_from) or no_zone(seen_at(question)):
        return False, S.ERROR
    known = [e for e in mine if is_known(e, question)]
    if any(is_unreadable(e) for e in known) or any(
        a.event_key == b.event_key and differ(a, b) for a in known for b in known
    ):
        return False, S.ERROR
    ours = [e for e in firsts(known) if e.controller == question.controller]
    return World(rules, question, ours).answer()


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
    if event.position <= 0 or any(
        no_zone(t) for t in (event.event_time, event.record_time, event.expires_at)
    ):
        return True
    if event.act is Act.ATTEST_JURISDICTION:
        return event.value in (None, "")
    if event.act is Act.ATTEST_AGE:
        try:
            date.fromisoformat(event.value or "nothing")
        except ValueError:
            return True
    return False


def differ(a: Event, b: Event) -> bool:
    content = [f.name for f in fields(Event) if f.name not in {"position", "record_time"}]
    return any(getattr(a, name) != getattr(b, name) for name in content)


def firsts(events: list[Event]) -> list[Event]:
    """Keep of each id the copy recorded first."""
    kept: list[Event] = []
    for e in events:
        copies = [c for c in events if c.event_key == e.event_key]
        first = min(copies, key=lambda c: (c.position, c.record_time))
        if first not in kept:
            kept.append(first)
    return kept


def lies_at_or_below(purpose: str, top: str) -> bool:
    path, stem = purpose.split("."), top.split(".")
    return path[: len(stem)] == stem


class World:
    """One question and everything known about the person."""

    def __init__(self, rules: Rules, question: Question, events: list[Event]) -> None:
        self.rules, self.q, self.all = rules, question, events
        self.terms = rules.purposes.get(question.purpose)
        self.basis: B | None = None

    # --- the answer -----------------------------------------------------------------------

    def answer(self) -> tuple[bool, S]:
        if any(e.act in (Act.MERGE, Act.UNMERGE) for e in self.all):
            return False, S.ERROR
        if self.is_something_missing():
            return False, S.MISSING
        self.events = [e for e in self.all if not self.is_set_aside(e)]
        denying = set(self.statuses_on_any_basis())
        allowing: set[S] = set()
        for place in self.places():
            self.basis = self.terms.basis.get(place) if place else None
            against = set(self.statuses_that_deny())
            denying |= against
            allowing.add(S.GIVEN if self.is_given() else S.NEVER_ASKED)
        return not denying, first(denying or allowing)

    def is_something_missing(self) -> bool:
        q, rules = self.q, self.rules
        if q.controller != rules.controller or not self.all or self.terms is None:
            return True
        if q.category not in self.terms.categories:
            return True
        if rules.max_ledger_age is None:
            return False
        seen = seen_at(q)
        return seen is None or q.at - seen > rules.max_ledger_age

    def statuses_on_any_basis(self) -> Iterator[S]:
        for e in self.all:
            if self.is_set_aside(e) and e.record_time <= self.q.at and self.might_matter(e):
                yield S.QUARANTINED
        for e in self.events:
            if e.act is Act.ERASE and self.hits(e):
                yield S.ERASED
            if e.act is Act.HOLD and self.hits(e) and not self.is_released(e):
                yield S.HELD

    def statuses_that_deny(self) -> Iterator[S]:
        """Yield the statuses that deny on the basis at hand."""
        if self.basis is None:
            yield S.MISSING
            return
        for e in self.events:
            if e.act in ENDS or e.act in SUSPENDS:
                untouched = e.act is Act.WITHDRAW and self.basis in (B.CONTRACT, B.LEGAL_OBLIGATION)
                if self.hits(e) and self.stands(e) and not untouched:
                    yield (ENDS | SUSPENDS)[e.act]
        if self.basis is B.CONSENT:
            yield from self.what_consent_lacks()
        if self.basis is B.OPT_OUT:
            yield from self.what_opt_out_lacks()

    def what_consent_lacks(self) -> Iterator[S]:
        if self.terms.notice is None:
            yield S.MISSING
        newest = self.newest_grants()
        for g in newest:
            yield from self.flaws(g)
        if not newest and not any(e.act in ENDS and self.hits(e) for e in self.events):
            asked = any(e.act is Act.DEFER and self.hits(e) for e in self.events)
            yield S.DEFERRED if asked else S.NEVER_ASKED

    def what_opt_out_lacks(self) -> Iterator[S]:
        if any(self.is_child_in(world) for world in self.worlds(Act.ATTEST_AGE)):
            yield S.MISSING
        if self.is_given():
            return
        if self.q.category in self.rules.special_categories | self.rules.sensitive_categories:
            yield S.NEVER_ASKED
        posted = self.rules.opt_out_notice_since
        if posted is None or not posted <= (self.q.collected_from or self.q.at):
            yield S.MISSING

    # --- grants and what lifts ------------------------------------------------------------

    def grants(self) -> list[Event]:
        return [e for e in self.events if self.is_grant(e)]

    def is_grant(self, e: Event) -> bool:
        if e.act is Act.OPT_IN and self.basis is not B.OPT_OUT:
            return False
        if e.act not in (Act.GRANT, Act.OPT_IN) or e.authority == Authority.STAFF:
            return False
        if e.purpose is None or not lies_at_or_below(self.q.purpose, e.purpose):
            return False
        named = e.purpose == self.q.purpose or self.q.purpose in e.notice_purposes
        return named and self.q.category in e.categories and self.serves(e)

    def serves(self, e: Event) -> bool:
        return e.method in SAID_YES and e.event_time <= self.q.at and e.record_time <= self.q.at

    def ended(self, g: Event) -> bool:
        return any(
            e.act in ENDS and self.hits(e) and e.event_time >= g.event_time for e in self.events
        )

    def newest_grants(self) -> list[Event]:
        live = [g for g in self.grants() if not self.ended(g)]
        return [g for g in live if all(h.event_time <= g.event_time for h in live)]

    def is_given(self) -> bool:
        if self.basis is None:
            return False
        newest = self.newest_grants()
        return bool(newest) and all(self.holds(g) for g in newest)

    def holds(self, g: Event) -> bool:
        """Say whether a grant counts now, on its own and against all that came at or after it."""
        twins = [h for h in self.grants() if h.event_time == g.event_time]
        if any(True for h in twins for _ in self.flaws(h)) or self.ended(g):
            return False
        return not any(
            e.act in SUSPENDS and self.hits(e) and e.event_time >= g.event_time and self.stands(e)
            for e in self.events
        )

    def flaws(self, g: Event) -> Iterator[S]:
        if g.notice is None:
            yield S.MISSING
        else:
            for purpose in (self.q.purpose, g.purpose):
                terms = self.rules.purposes.get(purpose)
                if (
                    terms is None
                    or terms.notice is None
                    or g.notice not in {terms.notice} | terms.older_notices
                ):
                    yield S.STALE
        if self.q.category in self.rules.special_categories and g.explicit is False:
            yield S.MISSING
        ends = [g.expires_at] if g.expires_at else []
        if self.terms.consent_lasts is not None:
            ends.append(g.event_time + self.terms.consent_lasts)
        if any(end <= self.q.at for end in ends):
            yield S.EXPIRED

    def stands(self, r: Event) -> bool:
        return not any(self.lifts(e, r) for e in self.events)

    def lifts(self, e: Event, r: Event) -> bool:
        if e.event_time <= r.event_time or e.authority < r.authority:
            return False
        if self.is_grant(e):
            if r.act is Act.OBJECT and not e.explicit:
                return False
            if r.act in (Act.OPT_OUT, Act.SIGNAL, Act.LIMIT) and self.basis is B.OPT_OUT:
                return e.method is Method.DOUBLE_OPT_IN and self.holds(e)
            return self.holds(e)
        if e.act is Act.LIFT and e.authority != Authority.STAFF:
            mild = [Act.RESTRICT, Act.LIMIT] + [Act.OBJECT] * (not self.terms.direct_marketing)
            return r.act in mild and self.reaches(e) and self.serves(e)
        return False

    # --- reach and force ------------------------------------------------------------------

    def reaches(self, e: Event) -> bool:
        by_purpose = e.purpose is None or lies_at_or_below(self.q.purpose, e.purpose)
        return by_purpose and (e.categories == frozenset() or self.q.category in e.categories)

    def concerns(self, e: Event) -> bool:
        if e.act is Act.SIGNAL:
            bound = self.terms.advertising or self.rules.signals_bind_all
            return bound and self.reaches(e)
        if e.act in (Act.RESTRICT, Act.HOLD) and (self.terms.storage or self.terms.legal_claims):
            return False
        return self.reaches(e)

    def hits(self, e: Event) -> bool:
        """Say whether a restrictive act concerns the question and had happened or was recorded."""
        return self.concerns(e) and (e.event_time <= self.q.at or e.record_time <= self.q.at)

    def is_released(self, hold: Event) -> bool:
        return any(
            e.act is Act.RELEASE_HOLD
            and e.event_time > hold.event_time
            and e.authority >= hold.authority
            and self.reaches(e)
            and self.serves(e)
            for e in self.events
        )

    def is_set_aside(self, e: Event) -> bool:
        return e.quarantined or e.event_time > e.record_time + self.rules.max_skew

    def might_matter(self, e: Event) -> bool:
        match e.act:
            case Act.USE | Act.HAPPENED | Act.ACTIVITY:
                return False
            case Act.ATTEST_AGE | Act.ATTEST_JURISDICTION:
                return True
            case _:
                return self.concerns(e)

    # --- attested: every world in which the late ones were known or not ---------------------

    def worlds(self, act: Act) -> Iterator[list[Event]]:
        """Yield the newest attestations of every world; none where nothing was attested."""
        past = [e for e in self.events if e.act is act and e.event_time <= self.q.at]
        late = [e for e in past if e.record_time > self.q.at]
        timely = [e for e in past if e not in late]
        for extra in chain.from_iterable(combinations(late, n) for n in range(len(late) + 1)):
            world = [*timely, *extra]
            yield [e for e in world if all(o.event_time <= e.event_time for o in world)]

    def places(self) -> set[str | None]:
        worlds = list(self.worlds(Act.ATTEST_JURISDICTION))
        return {e.value for world in worlds for e in world} | (
            {None} if any(not world for world in worlds) else set()
        )

    def is_child_in(self, world: list[Event]) -> bool:
        if not world:
            return self.rules.directed_to_children
        today = (self.q.at - timedelta(hours=12)).date()
        for e in world:
            born = date.fromisoformat(e.value)
            had_birthday = (today.month, today.day) >= (born.month, born.day)
            if today.year - born.year - (0 if had_birthday else 1) < 16:
                return True
        return False


def first(statuses: set[S]) -> S:
    return next(s for s in PRECEDENCE if s in statuses)
