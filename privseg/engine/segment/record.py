# SPDX-License-Identifier: Apache-2.0
"""What the log says of segments: which definition was proposed, approved, taken in, and by whom.

The tables beside the log say the same faster. Where they differ, the log is right: what it does
not bear out permits nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from privseg.audit import (
    AuditEvent,
    Kind,
    Outcome,
    StoredEntry,
    moment_to_text,
    open_body,
    parse_entry,
    text_to_moment,
)
from privseg.engine.house import House
from privseg.segment import Library, references
from privseg.segment.canonical_form import segment_form
from privseg.store import SegmentStep, TakenStep
from privseg.terms import StaffRole
from privseg.tlog import canonical

UNCHARGED: Final = "segment-run"  # the plan of an intent that no number comes of
VERBS: Final[Mapping[str, SegmentStep]] = {
    "segment-propose": SegmentStep.WROTE,
    "segment-approve": SegmentStep.APPROVED,
    "segment-take-in": SegmentStep.TAKEN_IN,
}
SHOWN: Final = 12
LISTED: Final = 5  # findings told one by one


def closure(library: Library, names: Iterable[str]) -> tuple[str, ...]:
    """Return the named segments with all that they build on, each after what it builds on."""
    found: dict[str, None] = {}
    for name in names:
        below = references(library[name].where)
        found |= dict.fromkeys([*closure(library, below), name])
    return tuple(found)


def remember(house: House, library: Library, names: Iterable[str]) -> None:
    """Keep the definitions of segments, each under its version; again is no change."""
    versions, now = {name: library.version(name) for name in library}, house.now()
    for name in names:
        text = canonical(segment_form(library[name], versions))
        house.definitions.remember(versions[name], text, at=now)


def enter_step(
    house: House, verb: str, name: str, version: str, role: StaffRole, *, users: Iterable[str]
) -> None:
    """Write the log's entry of a step and the rows of it, in the open transaction.

    Which users took it is in the body; the role is the entry's own.
    """
    now, who = house.now(), sorted(users)
    header: dict[str, str | list[str]] = {"verb": verb, "setting": name, "value": f"v{version}"}
    body = {"users": who, "at": moment_to_text(now)}
    index = house.log.append(AuditEvent(Kind.CONFIGURATION, Outcome.OK, role, header, body))
    for user in who:
        step = TakenStep(name, version, VERBS[verb], user, role, now, index)
        house.definitions.add_step(step)


def borne_out(house: House, name: str | None = None) -> list[TakenStep]:
    """Return the history of a segment, or of all, oldest first, as far as the log bears it out."""
    return [
        step
        for step in house.definitions.steps(name)
        if step in said_in(house.log.entries(step.audit_index, step.audit_index + 1))
    ]


def in_force(steps: Iterable[TakenStep], name: str) -> str | None:
    """Return the version of a segment that was taken in last; None if none ever was."""
    taken = [s.version for s in steps if s.segment == name and s.step is SegmentStep.TAKEN_IN]
    return taken[-1] if taken else None


def said_in(entries: Iterable[StoredEntry]) -> list[TakenStep]:
    """Return the steps that the entries of a log say, in order."""
    return [step for stored in entries for step in _said(stored)]


def check_steps(entries: Sequence[StoredEntry], kept: Sequence[TakenStep]) -> list[str]:
    """Return where the history of segments is not what the log says, naming nobody."""
    logged = said_in(entries)
    gone = (Counter(logged) - Counter(kept)).elements()
    made = (Counter(kept) - Counter(logged)).elements()
    found = [
        *(f"entry {s.audit_index} says {_named(s)}, and no row says the same" for s in gone),
        *(f"a row says {_named(s)}, and the log does not" for s in made),
    ]
    more = len(found) - LISTED
    told = [*found[:LISTED], f"and {more:,} more like the last"] if more > 0 else found
    return [f"tampered: the history of segments: {text}" for text in told]


def _named(step: TakenStep) -> str:
    """Return a step by what was done with which version."""
    return f"{step.step} {step.segment} {step.version[:SHOWN]}"


def _said(stored: StoredEntry) -> list[TakenStep]:
    """Return the steps that one entry says; none when it is about something else."""
    entry = parse_entry(stored.entry_bytes)
    verb, name, value = (str(entry.header.get(k)) for k in ("verb", "setting", "value"))
    ours = entry.kind is Kind.CONFIGURATION and entry.outcome is Outcome.OK and verb in VERBS
    if not ours or stored.salt is None or stored.body is None:
        return []
    body = open_body(entry, stored.salt, stored.body)
    at, version = text_to_moment(str(body.get("at"))), value.removeprefix("v")
    if at is None:
        return []
    users = map(str, body.get("users", ()))
    return [
        TakenStep(name, version, VERBS[verb], user, entry.actor, at, entry.sequence)
        for user in users
    ]
