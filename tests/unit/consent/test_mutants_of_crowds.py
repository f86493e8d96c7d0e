# SPDX-License-Identifier: Apache-2.0
"""Would the suite notice? Each mutant breaks the fold over everybody in one place; the crowds of
the eligibility property must tell it from ``decide``, now or as time goes by.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from pyroaring import FrozenBitMap

from privseg.consent import (
    Act,
    AtPosition,
    Authority,
    EventColumns,
    PopulationQuestion,
    Rules,
    decide,
    eligible,
)
from privseg.consent.asked import gaps
from privseg.terms import LawfulBasis, Ordinal, from_micros, to_micros
from tests.twins.consent_hard import HARD_ONES
from tests.twins.consent_worlds import (
    ADA,
    CA,
    DAY,
    DE,
    GRACE,
    MARKETING,
    Triple,
    attest,
    day,
    event,
    everybody,
    question,
    random_crowd,
    rules,
    with_terms,
)
from tests.twins.mutating import chain, mutated

CROWDS = 240  # the directed ones first
TELLING = (
    70, 72, 68, 32, 66, 175, 22, 75, 24, 42, 54, 76, 85, 94, 98, 133, 149, 172, 176, 20, 34, 36, 38,
    40, 45, 48, 49, 50, 51, 52, 53, 57, 58, 59, 63, 88, 90, 101, 105, 109, 182, 208,
)  # fmt: skip
"""Some that tell every mutant apart: asked first, the others only when these do not."""
PEOPLE = [Ordinal(n) for n in (0, 1, 65_535, 65_536, 2**32 - 1, *range(100, 111))]
TICK = timedelta(microseconds=1)

MUTANTS = [
    # who is there, and what is known of them
    ("assembly", "events.position <= known_at.position", "events.position < known_at.position"),
    (
        "assembly",
        "events.record_time <= to_micros(known_at.time)",
        "events.record_time < to_micros(known_at.time)",
    ),
    ("assembly", "return ours & known", "return known"),
    ("assembly", "found: Mask = events.quarantined | ahead", "found: Mask = events.quarantined"),
    ("assembly", "found: Mask = events.quarantined | ahead", "found: Mask = ahead"),
    ("assembly", "> rules.max_skew", ">= rules.max_skew"),
    ("assembly", "sound=known & ~aside", "sound=known"),
    ("assembly", "links.where(~aside[links.row])", "links"),
    (
        "assembly",
        "ever.any_own(shapes.of(RESOLVING).person) & ever.any_own(person[aside])",
        "ever.any_own(shapes.of(RESOLVING).person[:0])",
    ),
    ("assembly", "unsettled=ever.any_linked(np.flatnonzero(unsure))", "unsettled=unsure"),
    (
        "assembly",
        "unsure[np.searchsorted(people, np.array(events.irregular, dtype=np.int64))] = True",
        "pass",
    ),
    # ties
    ("tying", "latest[place] > merges.event_time", "latest[place] >= merges.event_time"),
    ("tying", "links.of(PARTING).affirmative().serving(at)", "links.of(PARTING).serving(at)"),
    (
        "tying",
        "links.of(PARTING).affirmative().serving(at)",
        "links.of(PARTING).affirmative().biting(at)",
    ),
    ("tying", "links.of(MERGING).biting(at)", "links.of(MERGING).serving(at)"),
    ("tying", "fit = LEVELS[partings.authority] >= level", "fit = LEVELS[partings.authority] >= 0"),
    ("tying", "untied &= pairs[place] == asked", "pass"),
    ("tying", "both.max(axis=1)", "both.min(axis=1)"),
    ("crowd", "return self.any_own(self.group[person])[self.group]", "return self.any_own(person)"),
    (
        "crowd",
        "return self.latest_own(self.group[person], moments)[self.group]",
        "return self.latest_own(person, moments)",
    ),
    ("crowd", "while np.any(root[one] != root[other]):", "if np.any(root[one] != root[other]):"),
    # what bears on the case
    ("relevant", "always | reaches", "reaches"),
    ("relevant", "always | reaches", "always"),
    ("relevant", "lively.where(lively.authority == Authority.SUBJECT.value)", "lively"),
    ("relevant", "rows.where(~rows.are(spared(case)))", "rows"),
    ("relevant", "above[events.purpose] & within[events.categories]", "above[events.purpose]"),
    ("relevant", "above[events.purpose] & within[events.categories]", "within[events.categories]"),
    ("relevant", "exact | (above & listed[events.notice_purposes[rows.row]])", "exact | above"),
    ("relevant", "rows.authority != Authority.STAFF.value", "True"),
    ("relevant", "np.append(aside.person, named)", "np.append(aside.person, links.person)"),
    # acts
    ("rows", "np.minimum(self.event_time, self.record_time)", "self.event_time"),
    ("rows", "np.maximum(self.event_time, self.record_time)", "self.event_time"),
    ("vector", "aside.record_time <= at", "aside.record_time < at"),
    ("vector", "~_barred(docket, at) & (released | ~held)", "~_barred(docket, at)"),
    ("vector", "hard = held & released", "hard = held & ~held"),
    ("vector", "known & ~lawless", "known"),
    ("vector", "open_ = known & ~_barred", "open_ = ~_barred"),
    ("vector", "verdict.allowed | verdict.hard", "verdict.allowed"),
    ("vector", "if law.basis in REST_ON_NO_WISH else ()", ""),
    ("vector", "allowed = fit & (free | lifted)", "allowed = fit"),
    ("vector", "fit & ~allowed & (able | lifting)", "fit & ~allowed & lifting"),
    ("vector", "fit & ~allowed & (able | lifting)", "fit & ~allowed & able"),
    (
        "vector",
        "pairs.append((rows.are(OPTING_OUT), grants.have_both_steps))",
        "pass",
    ),
    ("vector", "if asked.law.is_sensitive or not is_posted", "if not is_posted"),
    (
        "vector",
        "grants.hold | ~grants.ages.may_be_under(asked.law.law.opt_in_below)",
        "grants.hold | True",
    ),
    # grants
    (
        "vector_grants",
        "crowd.any_own(rows.person[governs & ~is_good])",
        "crowd.any_own(rows.person[~is_good])",
    ),
    ("vector_grants", "(newest > BEFORE_ALL) & ~crowd", "~crowd"),
    ("vector_grants", "        is_good &= _is_of_age(rows, ages, law)\n", ""),
    ("vector_grants", "is_good &= rows.explicit", "pass"),
    ("vector_grants", "if law.needs_explicit:", "if True:"),
    ("vector_grants", "informed &= (purpose != code) | stands", "pass"),
    ("vector_grants", "accepted & (~in_force | pinned", "accepted & (in_force | pinned"),
    ("vector_grants", "accepted & (~in_force | pinned", "accepted & (True | pinned"),
    ("vector_grants", "none=not terms.notice_texts", "none=True"),
    ("vector_grants", "np.where(by_guardian, ~lapsed, by_right_one)", "by_right_one | by_guardian"),
    ("vector_grants", "rows.have_both_steps & by_right_one", "by_right_one"),
    ("vector_grants", "rows.have_both_steps & by_right_one", "rows.have_both_steps"),
    ("vector_grants", "if law.basis not in ASKING:", "if False:"),
    ("vector_expiry", "events.expires_at[grants.row] > at", "events.expires_at[grants.row] >= at"),
    ("vector_expiry", "< micros(case.terms.consent_lasts)", "<= micros(case.terms.consent_lasts)"),
    (
        "vector_expiry",
        "longest_away(grants, docket, at) < limit",
        "longest_away(grants, docket, at) <= limit",
    ),
    ("vector_expiry", "(case.terms.idle, by_law)", "(case.terms.idle,)"),
    ("vector_expiry", "(case.terms.idle, by_law)", "(by_law,)"),
    ("vector_expiry", "(person[first] == grants.person) & ", ""),
    (
        "vector_expiry",
        "np.maximum(time[first] - grants.event_time, longest[first])",
        "longest[first]",
    ),
    ("vector_expiry", "np.where(is_last, at,", "np.where(is_last, time,"),
    ("vector_expiry", "latest[place] >= grants.event_time", "latest[place] > grants.event_time"),
    ("vector_expiry", "(names[place] == asked) & ", ""),
    ("vector_expiry", "- first >= uses", "- first > uses"),
    (
        "vector_expiry",
        "first = np.searchsorted(sort, group + moment[len(used) :])",
        "first = np.searchsorted(sort, group)",
    ),
    (
        "vector_expiry",
        "return rows.person if crowd.group is None else crowd.group[rows.person]",
        "return rows.person",
    ),
    ("vector_ages", "past.where(past.record_time <= at)", "past"),
    ("vector_ages", "past.event_time >= base[past.person]", "past.event_time == base[past.person]"),
    (
        "vector_ages",
        "return young | ~self.is_known if self.unknown_is_child else young",
        "return young",
    ),
    ("vector_ages", "return old if self.unknown_is_child else old | ~self.is_known", "return old"),
    ("vector_ages", "young = self.crowd.any_linked", "young = self.crowd.any_own"),
    ("vector_ages", "old = self.crowd.any_linked", "old = self.crowd.any_own"),
    ("vector_ages", "self.person[self.born >= first]", "self.person[self.born > first]"),
    ("vector_ages", "self.person[self.born < first]", "self.person[self.born <= first]"),
    ("parts", "while first < len(events):", "while first < len(events) - 1:"),
    ("parts", "~apart[first:end]", "~apart[first:end] | True"),
    ("parts", "events.target[links], ties]", "ties]"),
    # when answers may change by time alone
    ("due", "yield rows.person, rows.event_time", "pass"),
    ("due", "yield rows.person, rows.record_time", "pass"),
    ("due", "(*docket.rows().values(), assembly.shaping)", "docket.rows().values()"),
    ("due", "yield grants.person, grants.events.expires_at[grants.row]", "pass"),
    ("due", "yield grants.person, grants.event_time + micros(case.terms.consent_lasts)", "pass"),
    ("due", "yield grants.person, last + np.minimum(limits, LONGEST)", "pass"),
    ("due", "yield _birthdays(dates, docket.days, partial(of_age_from, years=years), at)", "pass"),
    (
        "due",
        "yield _birthdays(lapsing, docket.days, partial(may_be_of_age_from, years=years), at)",
        "pass",
    ),
    (
        "due",
        "np.minimum.at(of_group, group, first)",
        "np.minimum.at(of_group, np.arange(len(group)), first)",
    ),
    ("due", "to_micros(as_of) + micros(age) + 1", "to_micros(as_of) + micros(age) + 2"),
    ("due", "moments.append(to_micros(posted))", "pass"),
    (
        "due",
        "yield np.full(len(moments), number), np.array(moments, dtype=np.int64)",
        "yield np.full(0, number), np.array([], dtype=np.int64)",
    ),
    ("eligibility", "folded.hard | assembly.unsettled", "folded.hard"),
    ("eligibility", "folded.allowed & ~assembly.unsettled", "folded.allowed"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crowd:
    """A question about many people, with whom ``decide`` allows now and at later moments."""

    rules: Rules
    columns: EventColumns
    asked: PopulationQuestion
    now: FrozenBitMap
    later: tuple[tuple[datetime, FrozenBitMap], ...]


def made(seed: int) -> Crowd:
    """Return the crowd of a seed."""
    rng = Random(seed)
    frame = random_crowd(rng, PEOPLE)
    while frame.question.at.tzinfo is None or gaps(frame.rules, frame.question):
        frame = random_crowd(rng, PEOPLE)  # until there is an answer
    known_at = frame.question.known_at
    if isinstance(known_at, AtPosition):
        last = rng.choice([e.position for e in frame.history]) if rng.random() < 0.1 else 10**9
        known_at = replace(known_at, position=last)
    asked = replace(frame.question, known_at=known_at)
    return answered(replace(frame, question=asked), PEOPLE, rng)


def answered(frame: Triple, people: list[Ordinal], rng: Random) -> Crowd:
    """Return a frame with whom ``decide`` allows now, and at some edges of what is due."""
    asked = everybody(frame.question)

    def allowed(at: datetime) -> FrozenBitMap:
        then = replace(asked, at=at)
        return FrozenBitMap(
            p for p in people if decide(frame.rules, frame.history, then.of(p)).allowed
        )

    columns = EventColumns.from_events(frame.history)
    due = eligible(frame.rules, columns, asked).due.moments.tolist()
    edges = sorted({from_micros(m) for m in due if m < to_micros(day(9_000))})
    later = [t for m in rng.sample(edges, min(2, len(edges))) for t in (m, m + TICK)]
    answers = tuple((t, allowed(t)) for t in later)
    return Crowd(frame.rules, columns, asked, allowed(asked.at), answers)


GRANTED = (attest(), event(Act.GRANT, n=1))
STRICT = with_terms(rules(), MARKETING, older_notices=frozenset())
FRESH = question(known_at=AtPosition(10**9, as_of=day(5)))
DIRECTED = [
    *(
        Triple(with_terms(STRICT, basis={DE: basis}), history, question())
        for history in HARD_ONES.values()
        for basis in (LawfulBasis.CONSENT, LawfulBasis.LEGITIMATE_INTEREST)
    ),
    Triple(with_terms(rules(), consent_lasts=4 * DAY), GRANTED, question()),
    Triple(rules(), GRANTED, question(known_at=AtPosition(GRANTED[-1].position))),
    Triple(rules(), (attest(), event(Act.GRANT, n=1, expires_at=day(5))), question()),
    Triple(
        rules(),
        (attest(), event(Act.GRANT, n=1, idle_days=3), event(Act.ACTIVITY, n=4)),
        question(),
    ),
    Triple(
        rules(),
        (
            attest(),
            event(Act.GRANT, n=1, idle_days=3),
            event(Act.ACTIVITY, n=3, authority=Authority.AGENT),
        ),
        question(),
    ),
    Triple(rules(max_ledger_age=DAY), GRANTED, FRESH),
    Triple(rules(opt_out_notice_since=day(6)), (attest(CA),), question()),
]


@cache
def crowd(seed: int) -> Crowd:
    """Return the crowd of a seed, made once."""
    if seed < len(DIRECTED):
        return answered(DIRECTED[seed], [ADA, GRACE], Random(0))
    return made(seed)


def is_told_apart(eligible: Callable[..., Any], seed: int) -> bool:
    """Return whether one crowd tells ``eligible`` from ``decide``."""
    known = crowd(seed)
    try:
        found = eligible(known.rules, known.columns, known.asked)
    except Exception:  # noqa: BLE001 - it never raises: this mutant is found out
        return True
    if found.people != known.now:
        return True
    people, moments = found.due.people, found.due.moments
    return any(
        not (then ^ known.now) <= FrozenBitMap(people[moments <= to_micros(t)].tolist())
        for t, then in known.later
    )


@pytest.mark.parametrize(("module", "old", "new"), MUTANTS)
def test_a_seeded_mutant_of_the_crowds_fold_is_killed(module: str, old: str, new: str) -> None:
    with mutated("eligibility", module, old, new) as mutant:
        assert any(is_told_apart(mutant.eligible, seed) for seed in (*TELLING, *range(CROWDS)))


def test_the_unchanged_copy_is_not_killed() -> None:
    with mutated("eligibility", "eligibility", "Yield those of", "Yield  those of") as copy:
        assert not any(is_told_apart(copy.eligible, seed) for seed in range(60))


def test_every_module_of_the_crowds_fold_has_a_mutant() -> None:
    shared = set(chain("decide"))
    missing = set(chain("eligibility")) - shared - {module for module, _, _ in MUTANTS}
    assert missing <= {"encoding", "flatten"}
