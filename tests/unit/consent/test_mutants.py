# SPDX-License-Identifier: Apache-2.0
"""Would the suite notice? Each mutant breaks one law in one place, and the agreement property must
tell it from the twin within the ten thousand triples that the ordinary suite asks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from random import Random
from types import ModuleType
from typing import Any

import pytest

from tests.twins.consent_worlds import random_triple
from tests.twins.naive_consent import naive_decide

CHAIN = ("history", "asked", "attested", "scope", "standing", "judge", "decide")

MUTANTS = [
    # law 1
    ("asked", "question.controller != rules.controller", "False"),
    ("asked", "question.category not in terms.categories", "False"),
    ("asked", "<= rules.max_ledger_age", "< rules.max_ledger_age"),
    ("asked", "return as_of is not None and", "return as_of is None or"),
    ("judge", "if case.terms.notice is None:", "if False:"),
    ("standing", "grant.notice is None, ConsentStatus", "False, ConsentStatus"),
    # law 2
    ("decide", "and question.known_at.knows(e)", ""),
    ("scope", "> rules.max_skew", ">= rules.max_skew"),
    ("scope", "event.quarantined or ", ""),
    ("decide", "e.record_time <= case.at", "e.record_time < case.at"),
    ("decide", "if not is_quarantined(e, rules)", "if True"),
    ("standing", "reverse=True", "reverse=False"),
    ("standing", "if not ended and not standing and", "if not standing and"),
    ("standing", "if not ended and not standing and", "if not ended and"),
    ("standing", "lift.event_time > restriction", "lift.event_time >= restriction"),
    ("decide", "release.event_time > hold", "release.event_time >= hold"),
    # law 3
    ("history", "if kept is not event and not same_content(kept, event):", "if False:"),
    ("history", "< (kept.position, kept.record_time)", "> (kept.position, kept.record_time)"),
    ("history", "return replace(event, position=0, record_time=EPOCH)", "return event"),
    ("decide", "e.position < 1 or fault_of(e) is not None", "fault_of(e) is not None"),
    # laws 4 and 5
    ("scope", "return min(event.event_time, event.record_time)", "return event.record_time"),
    ("scope", "return min(event.event_time, event.record_time)", "return event.event_time"),
    ("scope", "return max(event.event_time, event.record_time)", "return event.event_time"),
    ("scope", "return max(event.event_time, event.record_time)", "return event.record_time"),
    ("scope", "serves_from(event) <= at", "serves_from(event) < at"),
    ("standing", "<= case.at\n    return is_grant", "< case.at\n    return is_grant"),
    # law 6
    ("standing", "case.at >= grant.expires_at", "case.at > grant.expires_at"),
    ("standing", "case.at - grant.event_time >= lasts", "case.at - grant.event_time > lasts"),
    ("standing", "case.at - grant.event_time >= lasts", "case.at - grant.record_time >= lasts"),
    ("standing", "and case.terms.accepts(grant.notice)", ""),
    ("standing", "governing = governing or grants", "governing = governing + grants"),
    # law 7
    ("scope", "or covers(event.purpose, case.purpose)", "or event.purpose == case.purpose"),
    ("scope", "and purpose in event.notice_purposes", ""),
    ("scope", "not event.categories or case.category", "case.category"),
    # laws 8 and 9
    ("scope", "event.authority > Authority.STAFF", "True"),
    ("scope", "if basis is LawfulBasis.OPT_OUT else {Act.GRANT}", ""),
    ("scope", "return event.method.is_affirmative and", "return"),
    ("standing", "if grant.authority < restriction.authority:", "if False:"),
    ("standing", "max(restriction.authority, Authority.AGENT)", "restriction.authority"),
    ("standing", "max(restriction.authority, Authority.AGENT)", "Authority.AGENT"),
    ("standing", "basis is not LawfulBasis.OPT_OUT or has_both_steps(grant)", "True"),
    ("standing", "event.act is Act.DEFER and binds", "binds"),
    ("decide", "release.authority >= hold.authority", "True"),
    ("judge", "posted is None or posted > collected", "posted is None"),
    ("judge", "stands.given is None and case.is_sensitive", "False"),
    ("attested", "unknown_is_child and not known", "False"),
    ("attested", "e.record_time <= at", "True"),
    ("attested", "e.event_time >= settled", "e.event_time == settled and e.record_time <= at"),
    ("attested", "known or attested", "known"),
    ("scope", "case.terms.advertising or case.rules.signals_bind_all", "True"),
    # laws 10, 11, 12 and 13
    ("judge", "basis not in _REST_ON_NO_WISH", "True"),
    ("standing", "return grant.explicit", "return True"),
    ("standing", "and not case.terms.direct_marketing", ""),
    ("scope", "in {Act.RESTRICT, Act.HOLD} and case", "in {Act.HOLD} and case"),
    ("decide", "if event.act is Act.ERASE:", "if False:"),
    ("decide", "if event.act in LINKING:", "if False:"),
    ("standing", "case.is_special and not grant.explicit", "False"),
    ("decide", "if e.controller == question.controller)", ")"),
]  # fmt: skip

Decide = Callable[..., Any]


@contextmanager
def mutated(module: str, old: str, new: str) -> Iterator[Decide]:
    """Give a ``decide`` from fresh copies of its modules, one of them changed in one place."""
    names = {name: f"_mutant_{name}" for name in CHAIN}
    try:
        for name in CHAIN:
            source = files("privseg.consent").joinpath(f"{name}.py").read_text("utf-8")
            if name == module:
                assert source.count(old) == 1, "a mutant changes one place"
                source = source.replace(old, new)
            for other, copy in names.items():
                source = source.replace(
                    f"from privseg.consent.{other} import", f"from {copy} import"
                )
            copied = ModuleType(names[name])
            sys.modules[names[name]] = copied
            exec(compile(source, names[name], "exec"), copied.__dict__)
        yield sys.modules[names["decide"]].decide
    finally:
        for copy in names.values():
            sys.modules.pop(copy, None)


TRIPLES: list[Any] = []


def triple(seed: int) -> Any:
    """Return the triple of a seed with its true answer, made once."""
    while len(TRIPLES) <= seed:
        asked = random_triple(Random(len(TRIPLES)))
        TRIPLES.append((asked, naive_decide(asked.rules, asked.history, asked.question)))
    return TRIPLES[seed]


def survives(decide: Decide) -> bool:
    """Return whether no triple of the ordinary suite tells ``decide`` from the twin."""
    for seed in range(10_000):
        asked, (allowed, status) = triple(seed)
        try:
            answer = decide(asked.rules, asked.history, asked.question)
        except Exception:  # noqa: BLE001 - decide never raises: this mutant is found out
            return False
        if (answer.allowed, str(answer.status)) != (allowed, str(status)):
            return False
    return True


@pytest.mark.parametrize(("module", "old", "new"), MUTANTS)
def test_a_seeded_mutant_of_the_fold_is_killed(module: str, old: str, new: str) -> None:
    with mutated(module, old, new) as decide:
        assert not survives(decide)


def test_the_unchanged_copy_is_not_killed() -> None:
    with mutated("decide", "Never raises", "Never  raises") as decide:
        for seed in range(300):
            asked, (allowed, status) = triple(seed)
            answer = decide(asked.rules, asked.history, asked.question)
            assert (answer.allowed, str(answer.status)) == (allowed, str(status))
