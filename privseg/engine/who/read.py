# SPDX-License-Identifier: Apache-2.0
"""Who read what: the runs that fit a question, and how many people they could read.

For auditors and compliance officers: the numbers are exact and stay inside the house. Every
question is on the log, with what was asked, before anything is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.audit.reads import Concern, Reads, Run, Trace, fold
from privseg.audit.touched import Parts
from privseg.audit.wanted import Categories, Wanted
from privseg.engine.house import House
from privseg.engine.who.then import categories_then
from privseg.engine.who.views import (
    Bound,
    Denied,
    RunCounted,
    RunTold,
    WhoRead,
)
from privseg.gate.admit import PLAN_LIFETIME
from privseg.terms import StaffRole

T = TypeVar("T")


def who_read(house: House, wanted: Wanted, *, role: StaffRole) -> WhoRead:
    """Return the runs that fit a question, with how many people they could read: exact, inside.

    Raises:
        ReadIndexBehindError, ReadIndexBrokenError: the index cannot answer.
        AuditWriteError: the question cannot be recorded; nothing was looked up.
    """
    asked = words(wanted)
    event = AuditEvent(
        Kind.ACTOR, Outcome.OK, role, {"verb": "who-read"}, {"asked": [list(p) for p in asked]}
    )
    house.log.append(event)
    with house.db.reading():
        reads = fold(house.touched.of_everybody(size=house.log.size))
        chosen, unsure = choose(house, reads, wanted)
        return _counted(house, reads, wanted, chosen, unsure)


def choose(
    house: House, reads: Reads[T], wanted: Wanted
) -> tuple[tuple[Run[T], ...], tuple[Run[T], ...]]:
    """Return the runs that fit, and those of which nobody can say any more."""
    categories = categories_then(house)
    answers = [
        (run, wanted.is_for(run, categories=categories, lasting=PLAN_LIFETIME))
        for run in reads.runs
    ]
    return tuple(r for r, a in answers if a is True), tuple(r for r, a in answers if a is None)


def told(run: Run[Any], categories: Categories) -> RunTold:
    """Return a run as it is told."""
    known = categories(run)
    return RunTold(
        entry=run.intent.sequence,
        run=run.name,
        began=run.intent.time,
        ended=run.end.time if run.end else None,
        completed=run.completed,
        role=str(run.role),
        user=run.user,
        segmenter=run.intent.one("segmenter"),
        purpose=run.intent.one("purpose"),
        attributes=tuple(sorted(run.attributes)),
        categories=None if known is None else tuple(sorted(known)),
        segments=run.intent.many("segments"),
        policy=run.intent.one("policy"),
        reports=tuple(dict.fromkeys(t.one("report") for t in run.later if t.one("report"))),
        releases=run.releases,
    )


def counted(run: Run[Parts], categories: Categories) -> RunCounted:
    """Return a run with how many people it could read."""
    sets = run.eligible or run.still
    return RunCounted(
        run=told(run, categories),
        concern=str(Concern.UNKNOWN if sets is None else _ended(run)),
        people=None if sets is None else sets.people,
    )


def denial(trace: Trace[Any]) -> Denied:
    """Return a refused attempt as it is told."""
    return Denied(
        entry=trace.sequence,
        at=trace.time,
        role=str(trace.read().actor),
        user=trace.said.user if trace.said else None,
        segmenter=trace.one("segmenter"),
        attributes=trace.many("attributes"),
        reason=trace.one("reason"),
    )


def could_read(runs: Iterable[Run[Parts]]) -> list[Parts]:
    """Return the sets of whom runs could read, as far as they are kept."""
    sets = (run.eligible or run.still for run in runs)
    return [s for s in sets if s is not None]


def bound_of(runs: Sequence[Run[Parts]], unsure: Sequence[Run[Parts]]) -> Bound:
    """Return how far the number of people of some runs can be trusted."""
    every = (*runs, *unsure)
    more = any((run.eligible is None) for run in every)
    fewer = bool(unsure) or any(not run.completed for run in runs)
    return {
        (False, False): Bound.EXACT, (True, False): Bound.AT_LEAST,
        (False, True): Bound.AT_MOST, (True, True): Bound.ABOUT,
    }[more, fewer]  # fmt: skip


def words(wanted: Wanted) -> tuple[tuple[str, str], ...]:
    """Return what was asked, part by part, as text."""
    found = []
    for name in Wanted.__slots__:
        value = getattr(wanted, name)
        if isinstance(value, datetime):
            found.append((name, value.isoformat()))
        elif value:
            found.append((name, ", ".join(sorted(value))))
    return tuple(found)


def _counted(
    house: House, reads: Reads[Parts], wanted: Wanted, runs: Sequence[Run[Parts]],
    unsure: Sequence[Run[Parts]],
) -> WhoRead:  # fmt: skip
    """Return the answer about chosen runs."""
    categories = categories_then(house)
    denied = [t for t in reads.denied if wanted.is_for_denial(t) is not False]
    done = [run for run in runs if run.completed]
    return WhoRead(
        asked_at=house.now(),
        asked=words(wanted),
        runs=tuple(counted(run, categories) for run in runs),
        unsure=tuple(counted(run, categories) for run in unsure),
        denied=tuple(map(denial, denied)),
        people=len(house.touched.people(could_read((*runs, *unsure)))),
        people_read=len(house.touched.people(could_read(done))),
        bound=bound_of(runs, unsure),
        limits=limits_of(reads, (*runs, *unsure)),
    )


def limits_of(reads: Reads[Any], runs: Iterable[Run[Any]]) -> tuple[str, ...]:
    """Return why an answer about runs may not be whole."""
    return each_once(reads, (why_unknown(reads, run) for run in runs))


def each_once(reads: Reads[Any], why: Iterable[str]) -> tuple[str, ...]:
    """Return each reason once."""
    orphans = ", ".join(map(str, reads.orphans))
    broken = f"entries {orphans} belong to no run on record: verify the log" if orphans else ""
    return tuple(dict.fromkeys(text for text in (broken, *why) if text))


def why_unknown(reads: Reads[Any], run: Run[Any]) -> str:
    """Return why nobody can say any more whom a run could read or found; nothing if somebody can.

    The end of a run that failed or was cut short names nobody: nothing is missing there.
    """
    missing = run.intent if run.intent.said is None else None
    if missing is None and run.completed and run.end is not None and run.end.said is None:
        missing = run.end
    if missing is None:
        return ""
    by = reads.erased_by(missing)
    if by is None:
        return f"the body of entry {missing.sequence} is gone and no entry says why: verify the log"
    return f"cannot be said any more: erased on {by.time:%Y-%m-%d} by entry {by.sequence}"


def _ended(run: Run[Any]) -> Concern:
    """Return how a run ended for whom it could read."""
    return Concern.READ if run.completed else Concern.POSSIBLE
