# SPDX-License-Identifier: Apache-2.0
"""Which past runs a late no taints: they were lawful when made, and somebody should know.

A run is tainted by a person when it read them, and what the ledger holds now says that they had
already said no (or moved, or were younger) at the moment of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

import numpy as np
from pyroaring import FrozenBitMap

from privseg.audit import (
    Entry,
    Kind,
    Outcome,
    StoredEntry,
    open_body,
    parse_entry,
    text_to_people,
)
from privseg.consent import Act, AtPosition, EventColumns, PopulationQuestion, eligible
from privseg.consent.encoding import ACTS
from privseg.engine.dsr.looking import look, profiles_of
from privseg.engine.house import House
from privseg.engine.policy.in_force import by_digest
from privseg.engine.reidentify.record import SEGMENTER
from privseg.engine.views import TaintedRun
from privseg.gate import collected_from, consent_rules
from privseg.policy import Policy
from privseg.terms import Attribute, Category, Purpose, StaffRole, SubjectId, to_micros


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that read: when, for what, by which policy, whom, and how much it knew."""

    run_id: str
    at: datetime
    segmenter: str
    purpose: Purpose
    reads: frozenset[Attribute]
    reveals: frozenset[Category]
    policy: str
    known: int
    people: FrozenBitMap = field(repr=False)


def taint(
    house: House, *, subject: SubjectId | None, since: datetime | None, role: StaffRole
) -> tuple[TaintedRun, ...]:
    """Return the runs that late events taint, newest first; looking is itself on the log.

    ``subject`` asks about one person only, ``since`` about runs from that moment on.
    """
    only = None if subject is None else profiles_of(house, subject)
    look(house, "consent-taint", only or FrozenBitMap(), role=role)
    records = list(house.log.entries())
    published = _reports(records)
    found = []
    for run in past_runs(records):
        if since is not None and run.at < since:
            continue
        people = tainted(house, run)
        people = people if only is None else people & only
        if people:
            found.append(_told(run, len(people), published.get(run.run_id, ())))
    return tuple(sorted(found, key=lambda r: r.at, reverse=True))


def tainted(house: House, run: PastRun) -> FrozenBitMap:
    """Return whom of a run's people the ledger, as it is now, denies at the run's moment.

    Only those can be among them about whom, or about a profile linked to whom, something was
    recorded after what the run knew.
    """
    now = house.ledger.position()
    news = house.ledger.linked(house.ledger.changed(after=run.known, upto=now))
    suspects = run.people & news
    if not suspects:
        return suspects
    policy = by_digest(house, run.policy)
    events = _unused(house.ledger.columns(of=house.ledger.linked(suspects)), run.at)
    allowed = suspects
    for category in policy.catalogue.categories_of(run.reads) | run.reveals:
        asked = _question(policy, run, category, now)
        allowed &= eligible(consent_rules(policy), events, asked).people
    return suspects - allowed


def _unused(events: EventColumns, at: datetime) -> EventColumns:
    """Return events without the uses from ``at`` on: a run's own use does not taint it."""
    used = (events.act == ACTS.index(Act.USE)) & (events.event_time >= to_micros(at))
    if not used.any():
        return events
    arrays = {f.name: getattr(events, f.name) for f in fields(events)}
    kept = {n: a[~used] for n, a in arrays.items() if isinstance(a, np.ndarray)}
    return replace(events, **kept)


def past_runs(records: Iterable[StoredEntry]) -> Iterator[PastRun]:
    """Yield every run that came to an end, with the people it read; what was erased stays out."""
    intents: dict[int, dict[str, Any]] = {}
    for stored in records:
        entry = parse_entry(stored.entry_bytes)
        body = _body(entry, stored)
        if entry.kind is Kind.ACCESS_INTENT and body is not None:
            intents[entry.sequence] = body
        if entry.kind is Kind.ACCESS_OUTCOME and entry.outcome is Outcome.OK and body is not None:
            intent = intents.get(int(str(entry.header["of"])))
            if intent is not None:
                yield _past(entry, body, intent)


def _past(entry: Entry, body: Mapping[str, Any], intent: Mapping[str, Any]) -> PastRun:
    """Return a run from its outcome and its intent."""
    return PastRun(
        run_id=str(entry.header["run"]),
        at=_judged(entry, body),
        segmenter=str(entry.header["segmenter"]),
        purpose=Purpose(str(entry.header["purpose"])),
        reads=_reads(entry),
        reveals=frozenset(map(Category, body.get("reveals", ()))),
        policy=str(entry.header["policy"]),
        known=int(intent["ledger_position"]),
        people=text_to_people(str(body["eligible"])),
    )


def _reads(entry: Entry) -> frozenset[Attribute]:
    """Return what a run read; a re-identification named people, by no attribute of a catalogue."""
    if entry.header["segmenter"] == SEGMENTER:
        return frozenset()  # what its people must have allowed stands among what it reveals
    return frozenset(map(Attribute, entry.header["attributes"]))


def _judged(entry: Entry, body: Mapping[str, Any]) -> datetime:
    """Return when a run asked last who was eligible, just before it used their consents up."""
    said = body.get("judged_at")
    return entry.time if said is None else datetime.fromisoformat(said)


def _body(entry: Entry, stored: StoredEntry) -> dict[str, Any] | None:
    """Return an entry's body, None when it was erased or belongs to no run."""
    if entry.kind not in {Kind.ACCESS_INTENT, Kind.ACCESS_OUTCOME} or stored.body is None:
        return None
    return open_body(entry, stored.salt or b"", stored.body)


def _question(policy: Policy, run: PastRun, category: Category, now: int) -> PopulationQuestion:
    """Return whether the run's purpose could have a category at its moment, knowing all of now."""
    return PopulationQuestion(
        controller=policy.controller,
        purpose=run.purpose,
        category=category,
        at=run.at,
        known_at=AtPosition(now, as_of=run.at),
        collected_from=collected_from(policy),
    )


def _reports(records: Iterable[StoredEntry]) -> dict[str, list[tuple[str, int]]]:
    """Return what each run published: the report's name and its place in the register."""
    found: dict[str, list[tuple[str, int]]] = {}
    for stored in records:
        entry = parse_entry(stored.entry_bytes)
        if entry.kind is Kind.RELEASE:
            published = (str(entry.header["report"]), int(str(entry.header["register"])))
            found.setdefault(str(entry.header["run"]), []).append(published)
    return found


def _told(run: PastRun, people: int, published: Iterable[tuple[str, int]]) -> TaintedRun:
    """Return a tainted run as the officer reads it."""
    names, places = zip(*published, strict=True) if published else ((), ())
    return TaintedRun(run.run_id, run.at, run.segmenter, run.purpose, people, names, places)
