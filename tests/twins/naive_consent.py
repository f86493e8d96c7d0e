# SPDX-License-Identifier: Apache-2.0
"""The brute-force twin of ``consent.decide``: the note's sentences as predicates over all events.

Nothing is sorted, folded or cached, and no code of the room is used beyond its value types. Each
status is a question asked of the whole history; late attestations are judged by going through
every world in which they were, or were not, known. Exponential, so for small histories only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain, combinations

from privseg.consent.decision import ConsentStatus as S
from privseg.consent.decision import ReasonCode as R
from privseg.consent.event import Act, Authority, Event, Method
from privseg.consent.question import Question
from privseg.consent.rules import LawTerms, PurposeTerms, Rules
from privseg.terms import LawfulBasis as B
from tests.twins.naive_history import LEVEL, SAID_YES, TYING, Record, contradict, no_zone, seen_at

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
ENDS = {Act.REFUSE: (S.REFUSED, R.REFUSED), Act.WITHDRAW: (S.WITHDRAWN, R.WITHDRAWN)}
SUSPENDS = {
    Act.RESTRICT: (S.RESTRICTED, R.RESTRICTED),
    Act.OBJECT: (S.OBJECTED, R.OBJECTED),
    Act.OPT_OUT: (S.OPTED_OUT, R.OPTED_OUT),
    Act.SIGNAL: (S.OPTED_OUT, R.SIGNALLED),
    Act.LIMIT: (S.LIMITED, R.LIMITED),
}
Found = tuple[S, R]
Answer = tuple[bool, S, frozenset[R]]


def naive_decide(rules: Rules, history: Iterable[Event], question: Question) -> Answer:
    """Return (allowed, status, reasons)."""
    if no_zone(question.at) or no_zone(question.collected_from) or no_zone(seen_at(question)):
        return no({(S.ERROR, R.MALFORMED_QUESTION)})
    record = Record(rules, history, question)
    group = record.linked()
    for person in [question.subject, *sorted(group - {question.subject})]:
        known = [e for e in record.known if e.subject == person]
        if any(e not in record.readable for e in known):
            return no({(S.ERROR, R.MALFORMED_EVENT)})
        if any(contradict(a, b) for a in known for b in known):
            return no({(S.ERROR, R.CONFLICTING_EVENTS)})
    return World(rules, question, record, group).answer()


def no(found: set[Found]) -> Answer:
    return False, first(found), frozenset(reason for _, reason in found)


def first(found: set[Found]) -> S:
    return next(s for s in PRECEDENCE if s in {status for status, _ in found})


def lies_at_or_below(purpose: str, top: str) -> bool:
    path, stem = purpose.split("."), top.split(".")
    return path[: len(stem)] == stem


class World:
    """One question and everything that counts about the person and who is linked to them."""

    terms: PurposeTerms
    basis: B
    law: LawTerms

    def __init__(self, rules: Rules, question: Question, record: Record, group: set[int]) -> None:
        self.rules, self.q, self.record, self.group = rules, question, record, group
        self.events = [e for e in record.counting(record.sound) if e.subject in group]
        self.own = [e for e in self.events if e.subject == question.subject]

    # --- the answer ----------------------------------------------------------------------------

    def answer(self) -> Answer:
        missing = set(self.what_is_missing())
        if missing:
            return no(missing)
        self.terms = self.rules.purposes[self.q.purpose]
        denying = set(self.what_denies_on_any_basis())
        allowing: set[Found] = set()
        for place in self.places():
            against = set(self.what_denies_in(place))
            denying |= against
            allowing |= set() if against else {self.why_not()}
        if denying:
            return no(denying)
        return True, first(allowing), frozenset(reason for _, reason in allowing)

    def what_is_missing(self) -> Iterator[Found]:
        q, terms = self.q, self.rules.purposes.get(self.q.purpose)
        if q.controller != self.rules.controller:
            yield S.MISSING, R.UNKNOWN_CONTROLLER
        if not any(e.subject == q.subject for e in self.record.sound):
            yield S.MISSING, R.UNKNOWN_PERSON
        if terms is None:
            yield S.MISSING, R.UNKNOWN_PURPOSE
        elif q.category not in terms.categories:
            yield S.MISSING, R.CATEGORY_NOT_ALLOWED
        oldest, seen = self.rules.max_ledger_age, seen_at(q)
        if oldest is not None and (seen is None or q.at - seen > oldest):
            yield S.MISSING, R.LEDGER_NOT_FRESH

    def what_denies_on_any_basis(self) -> Iterator[Found]:
        if not self.places():
            yield S.MISSING, R.UNKNOWN_JURISDICTION
        for e in self.record.sound:
            if self.record.is_open(e) and e.record_time <= self.q.at and self.might_matter(e):
                yield S.QUARANTINED, R.QUARANTINED
        for e in self.events:
            if e.act is Act.ERASE and self.hits(e):
                yield S.ERASED, R.ERASED
            if e.act is Act.HOLD and self.hits(e) and not self.is_released(e):
                yield S.HELD, R.HELD

    def what_denies_in(self, place: str) -> Iterator[Found]:
        law, basis = self.rules.laws.get(place), self.terms.basis.get(place)
        if law is None:
            yield S.MISSING, R.NO_LAW_PACK
        elif basis is None:
            yield S.MISSING, R.NO_RULE_FOR_JURISDICTION
        else:
            self.law, self.basis = law, basis
            unfit = set(self.what_makes_the_basis_unfit())
            yield from unfit or self.what_denies()

    def what_makes_the_basis_unfit(self) -> Iterator[Found]:
        if self.basis not in self.law.bases:
            yield S.MISSING, R.BASIS_NOT_LAWFUL
        elif (
            self.is_special()
            and self.basis not in (B.CONSENT, B.OPT_OUT)
            and not self.terms.legal_claims
        ):
            yield S.MISSING, R.NO_EXPLICIT_CONSENT

    def why_not(self) -> Found:
        """Say why a basis allows against which nothing speaks."""
        if self.is_given():
            return S.GIVEN, R.GIVEN
        silent = R.NOT_OPTED_OUT if self.basis is B.OPT_OUT else R.OTHER_BASIS
        return S.NEVER_ASKED, silent

    def what_denies(self) -> Iterator[Found]:
        """Yield what denies on the basis and under the law at hand."""
        for e in self.events:
            if e.act in ENDS or e.act in SUSPENDS:
                untouched = e.act is Act.WITHDRAW and self.basis in (B.CONTRACT, B.LEGAL_OBLIGATION)
                if self.hits(e) and self.stands(e) and not untouched:
                    yield (ENDS | SUSPENDS)[e.act]
        match self.basis:
            case B.CONSENT:
                yield from self.what_consent_lacks()
            case B.OPT_OUT:
                yield from self.what_opt_out_lacks()
            case _:
                return  # nobody is asked

    def what_consent_lacks(self) -> Iterator[Found]:
        if self.terms.notice is None:
            yield S.MISSING, R.NO_NOTICE_IN_FORCE
        newest = self.newest_grants()
        for g in newest:
            yield from self.flaws(g)
        if not newest and not any(e.act in ENDS and self.hits(e) for e in self.events):
            asked = any(e.act is Act.DEFER and self.hits(e) for e in self.own)
            yield (S.DEFERRED, R.DEFERRED) if asked else (S.NEVER_ASKED, R.NEVER_ASKED)

    def what_opt_out_lacks(self) -> Iterator[Found]:
        if self.is_given():
            return
        if self.may_be_under(self.law.opt_in_below):
            yield S.MISSING, R.UNDER_AGE
        if self.is_sensitive():
            yield S.NEVER_ASKED, R.SENSITIVE_NEEDS_OPT_IN
        posted = self.rules.opt_out_notice_since
        if posted is None or not posted <= (self.q.collected_from or self.q.at):
            yield S.MISSING, R.NO_OPT_OUT_NOTICE

    def is_special(self) -> bool:
        return self.q.category in self.rules.special_categories | self.law.explicit

    def is_sensitive(self) -> bool:
        plain = self.rules.sensitive_categories | self.law.sensitive
        return self.is_special() or self.q.category in plain

    # --- grants and what lifts -----------------------------------------------------------------

    def grants(self) -> list[Event]:
        return [e for e in self.own if self.is_grant(e)]

    def is_grant(self, e: Event) -> bool:
        if e.act is Act.OPT_IN and self.basis is not B.OPT_OUT:
            return False
        if e.act not in (Act.GRANT, Act.OPT_IN) or e.authority is Authority.STAFF:
            return False
        if e.purpose is None or not lies_at_or_below(self.q.purpose, e.purpose):
            return False
        named = e.purpose == self.q.purpose or self.q.purpose in e.notice_purposes
        return named and self.q.category in e.categories and self.serves(e)

    def serves(self, e: Event) -> bool:
        return e.method in SAID_YES and self.is_past(e)

    def is_past(self, e: Event) -> bool:
        return e.event_time <= self.q.at and e.record_time <= self.q.at

    def ended(self, g: Event) -> bool:
        return any(
            e.act in ENDS and self.hits(e) and e.event_time >= g.event_time for e in self.events
        )

    def newest_grants(self) -> list[Event]:
        live = [g for g in self.grants() if not self.ended(g)]
        return [g for g in live if all(h.event_time <= g.event_time for h in live)]

    def is_given(self) -> bool:
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

    def stands(self, r: Event) -> bool:
        return not any(self.lifts(e, r) for e in self.events)

    def lifts(self, e: Event, r: Event) -> bool:
        if e.event_time <= r.event_time or LEVEL[e.authority] < LEVEL[r.authority]:
            return False
        if e.subject == self.q.subject and self.is_grant(e):
            if r.act is Act.OBJECT and not e.explicit:
                return False
            if r.act in (Act.OPT_OUT, Act.SIGNAL, Act.LIMIT) and self.basis is B.OPT_OUT:
                return e.method is Method.DOUBLE_OPT_IN and self.holds(e)
            return self.holds(e)
        if e.act is Act.LIFT and e.authority is not Authority.STAFF and self.may_undo(e, r):
            mild = [Act.RESTRICT, Act.LIMIT] + [Act.OBJECT] * (not self.terms.direct_marketing)
            return r.act in mild and self.reaches(e) and self.serves(e)
        return False

    def may_undo(self, e: Event, r: Event) -> bool:
        """Say whether it is the person's own word, or a linked profile's about itself."""
        return e.subject in (self.q.subject, r.subject)

    # --- what a grant lacks --------------------------------------------------------------------

    def flaws(self, g: Event) -> Iterator[Found]:
        yield from self.flaws_of_notice(g)
        needs_explicit = self.is_special() or (self.basis is B.CONSENT and self.terms.significant)
        if needs_explicit and not g.explicit:
            yield S.MISSING, R.NO_EXPLICIT_CONSENT
        if self.basis in (B.CONSENT, B.OPT_OUT):
            yield from self.flaws_of_age(g)
        yield from self.ends_of(g)

    def flaws_of_notice(self, g: Event) -> Iterator[Found]:
        if g.notice is None:
            yield S.MISSING, R.NO_NOTICE_SHOWN
            return
        for purpose in (self.q.purpose, g.purpose):
            terms = self.rules.purposes.get(purpose)
            if (
                terms is None
                or terms.notice is None
                or g.notice not in {terms.notice} | terms.older_notices
            ):
                yield S.STALE, R.STALE
            elif g.notice == terms.notice and terms.notice_texts and g.notice_sha256 is None:
                yield S.MISSING, R.NO_NOTICE_SHOWN
            elif g.notice == terms.notice and g.notice_sha256 not in (terms.notice_texts or {None}):
                yield S.STALE, R.NOTICE_TEXT_CHANGED

    def flaws_of_age(self, g: Event) -> Iterator[Found]:
        is_guardians, years = g.authority is Authority.GUARDIAN, self.law.guardian_below
        is_minor = self.basis is B.CONSENT or self.may_be_under(self.law.opt_in_below)
        if not is_guardians and is_minor and self.may_be_under(years):
            yield S.MISSING, R.UNDER_AGE
        if is_guardians and (self.may_be_of_age(years) or not is_minor):
            yield S.EXPIRED, R.GUARDIAN_LAPSED
        if self.basis is B.OPT_OUT and is_minor and g.method is not Method.DOUBLE_OPT_IN:
            yield S.MISSING, R.UNDER_AGE

    def ends_of(self, g: Event) -> Iterator[Found]:
        at, lasts = self.q.at, self.terms.consent_lasts
        over = [g.expires_at] if g.expires_at else []
        if any(end <= at for end in over) or (lasts is not None and at - g.event_time >= lasts):
            yield S.EXPIRED, R.EXPIRED
        since = [e for e in self.events if e.event_time >= g.event_time and self.hits(e)]
        if g.until is not None and any(e.act is Act.HAPPENED and e.value == g.until for e in since):
            yield S.EXPIRED, R.ENDED_BY_EVENT
        if g.uses is not None and sum(e.act is Act.USE for e in since) >= g.uses:
            yield S.EXPIRED, R.USED_UP
        if any(self.is_idle(g, limit) for limit in self.idle_limits(g)):
            yield S.EXPIRED, R.IDLE

    def idle_limits(self, g: Event) -> list[timedelta]:
        named = timedelta(days=g.idle_days) if g.idle_days is not None else None
        return [t for t in (named, self.terms.idle, self.law.idle) if t is not None]

    def is_idle(self, g: Event, limit: timedelta) -> bool:
        active = [
            e
            for e in self.own
            if e.act is Act.ACTIVITY
            and e.authority is Authority.SUBJECT
            and self.reaches(e)
            and self.is_past(e)
            and e.event_time >= g.event_time
        ]
        starts = [e.event_time for e in [g, *active] if self.q.at - e.event_time >= limit]
        return any(
            not any(start < e.event_time < start + limit for e in active) for start in starts
        )

    # --- reach and force -----------------------------------------------------------------------

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
            and LEVEL[e.authority] >= LEVEL[hold.authority]
            and self.may_undo(e, hold)
            and self.reaches(e)
            and self.serves(e)
            for e in self.events
        )

    def might_matter(self, e: Event) -> bool:
        if e.act in TYING:  # whichever end of the tie the person stands at
            return e.subject in self.group or e.target in self.group
        if e.subject not in self.group:
            return False
        match e.act:
            case Act.ACTIVITY | Act.RESOLVE:
                return False
            case Act.ATTEST_AGE | Act.ATTEST_JURISDICTION:
                return True
            case _:
                return self.concerns(e)

    # --- attested: every world in which the late ones were known or not --------------------------

    def worlds(self, act: Act, person: int) -> Iterator[list[Event]]:
        """Yield the newest attestations of every world; none where nothing was attested."""
        past = [
            e
            for e in self.events
            if e.act is act and e.subject == person and e.event_time <= self.q.at
        ]
        late = [e for e in past if e.record_time > self.q.at]
        timely = [e for e in past if e not in late]
        for extra in chain.from_iterable(combinations(late, n) for n in range(len(late) + 1)):
            world = [*timely, *extra]
            yield [e for e in world if all(o.event_time <= e.event_time for o in world)]

    def places(self) -> set[str]:
        """Return the places whose law may apply; none when the person's own is unknown."""
        if not self.places_of(self.q.subject):
            return set()
        return set().union(*(self.places_of(person) for person in self.group))

    def places_of(self, person: int) -> set[str]:
        worlds = list(self.worlds(Act.ATTEST_JURISDICTION, person))
        return set() if [] in worlds else {str(e.value) for world in worlds for e in world}

    def may_be_under(self, years: int) -> bool:
        """Say whether in some world somebody here has not had that birthday everywhere yet."""
        today = (self.q.at - timedelta(hours=12)).date()
        return any(age(born, today) < years for born in self.births()) or (
            self.rules.directed_to_children and self.is_of_unknown_age()
        )

    def may_be_of_age(self, years: int) -> bool:
        """Say whether in some world somebody here has had that birthday somewhere."""
        today = (self.q.at + timedelta(hours=14)).date()
        return any(age(born, today, leap=28) >= years for born in self.births()) or (
            not self.rules.directed_to_children and self.is_of_unknown_age()
        )

    def births(self) -> list[date]:
        return [
            date.fromisoformat(str(e.value))
            for person in self.group
            for world in self.worlds(Act.ATTEST_AGE, person)
            for e in world
        ]

    def is_of_unknown_age(self) -> bool:
        return any(not world for world in self.worlds(Act.ATTEST_AGE, self.q.subject))


def age(born: date, today: date, leap: int = 29) -> int:
    """Return the whole years lived; ``leap`` is when a 29 February falls where there is none."""
    is_leap = today.year % 4 == 0 and (today.year % 100 != 0 or today.year % 400 == 0)
    on = (2, leap) if (born.month, born.day) == (2, 29) and not is_leap else (born.month, born.day)
    return today.year - born.year - ((today.month, today.day) < on)
