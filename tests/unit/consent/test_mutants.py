# SPDX-License-Identifier: Apache-2.0
"""Would the suite notice? Each mutant breaks one law in one place, and the agreement property must
tell it from the twin within the ten thousand triples that the ordinary suite asks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import pytest

from tests.twins.consent_worlds import random_triple
from tests.twins.mutating import chain, mutated
from tests.twins.naive_consent import naive_decide

TRIPLES = 10_000
TELLING = (
    416, 466, 234, 483, 574, 37, 63, 702, 950, 3443, 49, 2941, 8582, 12, 14, 21, 56, 76, 97, 156,
    299, 428, 579, 752, 962, 1337, 2003, 2028, 4079, 5, 10, 23, 26, 29, 43, 64, 67, 93, 98, 110,
    130, 150, 167, 175, 176, 180, 222, 226, 236, 271, 288, 293, 294, 331, 352, 356, 376, 382, 477,
    504, 549, 561, 635, 660, 743, 750, 817, 951, 1042, 1169, 1410, 2487, 2716, 2746, 2963, 3380,
    4363, 6025,
)  # fmt: skip
"""Of the ten thousand, some that tell every mutant apart: asked first. The others stay in reserve,
for when the worlds are made in another way."""

MUTANTS = [
    # law 1
    ("asked", "question.controller != rules.controller", "False"),
    ("asked", "question.category not in terms.categories", "False"),
    ("asked", "<= rules.max_ledger_age", "< rules.max_ledger_age"),
    ("asked", "return as_of is not None and", "return as_of is None or"),
    ("assess", "* (not reading.is_known)", "* False"),
    ("assess", "[ReasonCode.UNKNOWN_JURISDICTION] * (not attested)", "[]"),
    ("judge", "if acts.case.terms.notice is None:", "if False:"),
    ("grants", "if grant.notice is None:", "if False:"),
    ("regime", "if law is None:", "if False:"),
    ("regime", "if basis is None:", "if False:"),
    ("regime", "if basis not in law.bases:", "if False:"),
    # law 2
    ("reading", "if question.known_at.knows(e)]", "]"),
    ("quarantine", "> rules.max_skew", ">= rules.max_skew"),
    ("quarantine", "return event.quarantined or ", "return "),
    ("quarantine", "if not is_set_aside(e, rules)]", "]"),
    ("quarantine", "and serves(e, at)]", "]"),
    ("quarantine", "word == Resolution.ACCEPT]", "word != Resolution.DISCARD]"),
    ("quarantine", "word == Resolution.ACCEPT]", "False]"),
    ("quarantine", "if word is None]", "if word != Resolution.ACCEPT]"),
    ("quarantine", "r.target == event.position", "True"),
    ("quarantine", "newest = max(", "newest = min("),
    ("quarantine", "if r.event_time == newest}", "}"),
    ("quarantine", "if len(words) == 1 else None", "if words else None"),
    ("assess", "event.record_time <= case.at and bears", "event.record_time < case.at and bears"),
    ("assess", "event.record_time <= case.at and bears", "event.event_time <= case.at and bears"),
    ("scope", "if event.act in MEEK:", "if event.act in MEEK | COUNTED:"),
    ("scope", "MEEK = frozenset({Act.ACTIVITY, Act.RESOLVE})", "MEEK = frozenset({Act.RESOLVE})"),
    ("scope", "event.act in ATTESTING | LINKING or binds", "event.act in ATTESTING or binds"),
    ("scope", "event.act in ATTESTING | LINKING or binds", "event.act in LINKING or binds"),
    ("standing", "reverse=True", "reverse=False"),
    ("standing", "        if ended:\n            continue\n", ""),
    ("standing", "if not standing and not any(shortfalls", "if not any(shortfalls"),
    (
        "standing",
        "if not standing and not any(shortfalls(g, acts, regime) for g in grants)",
        "if True",
    ),
    ("acts", "lifting.event_time > act.event_time", "lifting.event_time >= act.event_time"),
    # law 3
    ("history", "if not same_content(kept, event):", "if False:"),
    ("history", "< (kept.position, kept.record_time)", "> (kept.position, kept.record_time)"),
    ("history", "return replace(event, position=0, record_time=EPOCH)", "return event"),
    ("history", "return event.position < 1 or fault_of", "return fault_of"),
    ("history", "event.target >= 0 and event.target != event.subject", "event.target >= 0"),
    ("history", "and event.value in _RESOLUTIONS", ""),
    ("history", "number is not None and number < 1", "number is not None and number < 0"),
    # laws 4 and 5
    (
        "scope",
        "return event.event_time <= at or event.record_time <= at",
        "return event.record_time <= at",
    ),
    (
        "scope",
        "return event.event_time <= at or event.record_time <= at",
        "return event.event_time <= at",
    ),
    (
        "scope",
        "return event.event_time <= at and event.record_time <= at",
        "return event.event_time <= at",
    ),
    (
        "scope",
        "return event.event_time <= at and event.record_time <= at",
        "return event.record_time <= at",
    ),
    ("scope", "return event.event_time <= at and event", "return event.event_time < at and event"),
    # law 6
    ("expiry", "case.at >= grant.expires_at", "case.at > grant.expires_at"),
    ("expiry", "case.at - grant.event_time >= lasts", "case.at - grant.event_time > lasts"),
    ("expiry", "case.at - grant.event_time >= lasts", "case.at - grant.record_time >= lasts"),
    ("expiry", "e.value == grant.until and ", ""),
    (
        "expiry",
        "e.value == grant.until and e.event_time >= grant",
        "e.value == grant.until and e.event_time > grant",
    ),
    ("expiry", "grant.uses <= sum(", "grant.uses < sum("),
    (
        "expiry",
        "e.event_time >= grant.event_time for e in acts.of(_USED)",
        "True for e in acts.of(_USED)",
    ),
    ("expiry", " if e.event_time >= grant.event_time)\n", ")\n"),
    ("expiry", "sorted((grant.event_time, *active", "sorted((grant.record_time, *active"),
    ("expiry", "*active, acts.case.at))", "*active))"),
    ("expiry", "(acts.case.terms.idle, regime.law.idle)", "(acts.case.terms.idle,)"),
    ("expiry", "(acts.case.terms.idle, regime.law.idle)", "(regime.law.idle,)"),
    ("expiry", "is_over or any(away >= limit", "is_over or any(away > limit"),
    ("expiry", "away // DAY >= grant.idle_days", "away // DAY > grant.idle_days"),
    ("expiry", "is_over or any(", "is_over or all("),
    ("expiry", "max(later - earlier", "min(later - earlier"),
    ("scope", "event.authority is Authority.SUBJECT and is_about", "is_about"),
    (
        "grants",
        "for terms in both):\n        yield ConsentStatus.STALE",
        "for terms in both[:1]):\n        yield ConsentStatus.STALE",
    ),
    (
        "grants",
        "for terms in both):\n        yield ConsentStatus.STALE",
        "for terms in both[1:]):\n        yield ConsentStatus.STALE",
    ),
    ("grants", "    for terms in both:\n", "    for terms in both[:1]:\n"),
    ("grants", "    for terms in both:\n", "    for terms in both[1:]:\n"),
    ("grants", "terms.notice == grant.notice", "True"),
    ("grants", "if terms.notice_texts:", "if False:"),
    ("grants", "elif grant.notice_sha256 not in terms.notice_texts:", "elif False:"),
    ("standing", "governing = governing or grants", "governing = governing + grants"),
    # law 7
    ("scope", "or covers(event.purpose, case.purpose)", "or event.purpose == case.purpose"),
    ("scope", "and purpose in event.notice_purposes", ""),
    ("scope", "not event.categories or case.category", "case.category"),
    ("scope", "case.category in event.categories\n        and _names", "_names"),
    # law 8
    ("scope", "and event.authority is not Authority.STAFF", ""),
    ("scope", "and event.method in AFFIRMATIVE\n    )", ")"),
    ("scope", "event.method in AFFIRMATIVE and is_about", "is_about"),
    ("regime", "GRANTING if self.basis is OPT_OUT else", "GRANTING or"),
    ("standing", "if grant.authority.level < restriction.authority.level:", "if False:"),
    ("standing", "grant.authority.level < restriction", "grant.authority.value < restriction"),
    ("standing", "lift.authority is not Authority.STAFF and ", ""),
    ("standing", "in OPTING_OUT and regime.basis is OPT_OUT:", "in ():"),
    ("standing", "in OPTING_OUT and regime.basis is OPT_OUT:", "in OPTING_OUT:"),
    ("standing", "return grant.explicit", "return True"),
    ("standing", "and not acts.case.terms.direct_marketing", ""),
    ("standing", "for e in acts.of(_DEFERRALS))", "for e in ())"),
    ("acts", "and lifting.authority.level >= act.authority.level", ""),
    ("acts", "lifting.authority.level >= act", "lifting.authority.level > act"),
    # law 9
    ("judge", "OPT_OUT and stands.given is None:", "OPT_OUT:"),
    ("judge", "may_be_under(regime.law.opt_in_below)", "may_be_under(regime.law.guardian_below)"),
    ("judge", "if regime.is_sensitive:", "if False:"),
    ("asked", "posted is not None and posted <= (", "posted is not None and posted < ("),
    ("asked", "question.collected_from or question.at", "question.at"),
    ("regime", "or case.category in law.sensitive", ""),
    ("regime", "or case.category in law.explicit", ""),
    (
        "regime",
        "(case.terms.significant and basis is CONSENT)",
        "case.terms.significant",
    ),
    ("attested", "return self.default is True or", "return"),
    ("attested", "return self.default is False or", "return"),
    ("attested", "self.at < of_age_from", "self.at <= of_age_from"),
    ("attested", "self.at >= may_be_of_age_from", "self.at > may_be_of_age_from"),
    ("attested", "timedelta(hours=-14)", "timedelta(hours=12)"),
    ("attested", "(2, 28), FIRST", "(3, 1), FIRST"),
    ("attested", "(3, 1), LAST", "(2, 28), LAST"),
    (
        "attested",
        "None if known else unknown_is_child",
        "None if known or past else unknown_is_child",
    ),
    ("attested", "(*(known or past), *beside)", "(*known, *beside)"),
    ("attested", "for e in past if e.record_time <= at", "for e in past"),
    ("attested", "e.event_time >= settled)", "e.event_time == settled and e.record_time <= at)"),
    ("grants", "if births.may_be_of(age):", "if not births.may_be_under(age):"),
    ("grants", "elif births.may_be_under(age):", "elif not births.may_be_of(age):"),
    ("grants", "if is_minor and not has_both_steps(grant):", "if False:"),
    ("grants", "elif grant.authority is Authority.GUARDIAN:\n", "elif False:\n"),
    ("grants", "if regime.basis is CONSENT:", "if True:"),
    ("scope", "case.terms.advertising or case.rules.signals_bind_all", "True"),
    ("assess", "for e in attested})\n", "for e in attested})[:1]\n"),
    # law 10
    ("judge", "regime.basis not in REST_ON_NO_WISH", "True"),
    ("scope", "frozenset({Act.RESTRICT, Act.HOLD})", "frozenset({Act.HOLD})"),
    ("assess", "if event.act is Act.ERASE:", "if False:"),
    ("assess", "elif not any(acts.may_lift", "elif any(acts.may_lift"),
    # law 11
    ("acts", "if e.act in SHARED)", ")"),
    ("acts", "SHARED = RESTRICTIVE | COUNTED |", "SHARED = RESTRICTIVE |"),
    ("acts", "RESTRICTIVE | COUNTED | LIFTING |", "RESTRICTIVE | COUNTED |"),
    ("acts", "in {self.person, act.subject}", "in {self.person}"),
    ("acts", "and lifting.subject in {self.person, act.subject}", ""),
    (
        "links",
        "{parting.subject, parting.target} == {merge.subject, merge.target}",
        "parting.target == merge.target",
    ),
    ("links", "parting.event_time > merge.event_time", "parting.event_time >= merge.event_time"),
    ("links", "and parting.authority.level >= merge.authority.level", ""),
    ("links", "and bites(e, at)", "and serves(e, at)"),
    ("links", "e.method in AFFIRMATIVE and serves(e, at)", "serves(e, at)"),
    ("links", "e.method in AFFIRMATIVE and serves(e, at)", "e.method in AFFIRMATIVE"),
    ("links", "        beside.setdefault(other, set()).add(one)\n", ""),
    ("links", "while fresh:", "if fresh:"),
    ("links", "fresh += new", "pass"),
    (
        "reading",
        "ours = [e for e in events if e.controller == question.controller]",
        "ours = [*events]",
    ),
    ("reading", "if e.act in MERGING and is_malformed(e))", "if False)"),
    ("attested", "_newest(ages, at) or ages]", "_newest(ages, at)]"),
    ("assess", "return (*own, *(e for", "return own or (*own, *(e for"),
    # laws 12 and 13
    ("regime", "case.category in case.rules.special_categories or", ""),
    ("regime", "and not case.terms.legal_claims", ""),
    ("regime", "basis not in ASKING and", "basis is None and"),
    ("grants", "if regime.needs_explicit and not grant.explicit:", "if False:"),
    ("reading", "[e for e in theirs if e.controller == question.controller]", "[*theirs]"),
]  # fmt: skip

Decide = Callable[..., Any]


@cache
def triple(seed: int) -> Any:
    """Return the triple of a seed with its true answer, made once."""
    asked = random_triple(Random(seed))
    return asked, naive_decide(asked.rules, asked.history, asked.question)


def is_told_apart(decide: Decide, seed: int) -> bool:
    """Return whether one triple tells ``decide`` from the twin."""
    asked, expected = triple(seed)
    try:
        answer = decide(asked.rules, asked.history, asked.question)
    except Exception:  # noqa: BLE001 - decide never raises: this mutant is found out
        return True
    return (answer.allowed, answer.status, frozenset(answer.reasons)) != expected


@pytest.mark.parametrize(("module", "old", "new"), MUTANTS)
def test_a_seeded_mutant_of_the_fold_is_killed(module: str, old: str, new: str) -> None:
    with mutated("decide", module, old, new) as mutant:
        assert any(is_told_apart(mutant.decide, seed) for seed in (*TELLING, *range(TRIPLES)))


def test_the_unchanged_copy_is_not_killed() -> None:
    with mutated("decide", "decide", "Never raises", "Never  raises") as copy:
        assert not any(is_told_apart(copy.decide, seed) for seed in range(1_000))


def test_every_module_that_decides_has_a_mutant() -> None:
    assert set(chain("decide")) - {module for module, _, _ in MUTANTS} == {"decide"}
