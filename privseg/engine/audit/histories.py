# SPDX-License-Identifier: Apache-2.0
"""Are editions, requests and memberships what the log says of them?

Where a body was lawfully erased, what only it said cannot be compared any more and is passed over;
what headers say, which are never erased, is compared for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyroaring import FrozenBitMap

from privseg.audit import Entry, Kind, Outcome, StoredEntry, open_body, parse_entry, text_to_people
from privseg.dsr import Step, StepKind
from privseg.engine.house import House
from privseg.engine.rights.reevaluating import AMENDED, AMENDED_OF, CORRECT
from privseg.errors import IntegrityError, KeyAccessError
from privseg.store import Membership
from privseg.store.beside_log import EditionLine, edition_lines, runs_with_members, stray_pages

LISTED = 5  # findings told one by one
OPEN_EDITION = "open-edition"
STEPS = {kind.value: kind for kind in StepKind}
"""The step that an entry of a request is written with: its verb."""
TOLD = ("level", "ground")  # the facts of a step that its entry tells, too


def check_histories(house: House, entries: Sequence[StoredEntry]) -> list[str]:
    """Return where editions, requests and memberships are not what the log says, naming nobody."""
    parsed = [(stored, parse_entry(stored.entry_bytes)) for stored in entries]
    return [
        *_told("editions", _editions(parsed, edition_lines(house.db))),
        *_told("requests", _cases(house, parsed)),
        *_told("memberships", _memberships(house, parsed)),
    ]


Parsed = Sequence[tuple[StoredEntry, Entry]]
Told = tuple[StepKind, tuple[str, ...]]


def _told(what: str, found: Iterable[str]) -> list[str]:
    """Return the first findings of a history, and how many more there are."""
    every = [f"tampered: the history of {what}: {text}" for text in found]
    more = len(every) - LISTED
    last = [f"tampered: the history of {what}: and {more:,} more like the last"] if more > 0 else []
    return [*every[:LISTED], *last]


def _editions(parsed: Parsed, kept: Sequence[EditionLine]) -> Iterator[str]:
    """Compare editions in their order: the id stands in the header, the rest in the body."""
    logged = [
        (stored, entry)
        for stored, entry in parsed
        if entry.kind is Kind.CONFIGURATION and entry.header.get("verb") == OPEN_EDITION
    ]
    ids = [str(entry.header.get("value")).removeprefix("e") for _, entry in logged]
    if ids != [each.edition_id for each in kept]:
        yield f"{len(kept)} editions are kept, and the log says others, or in another order"
        return
    for (stored, entry), line in zip(logged, kept, strict=True):
        body = _body(stored, entry)
        said = None if body is None else (body.get("snapshot"), body.get("ledger_position"))
        if said not in {None, (line.snapshot, line.ledger_position)}:
            yield f"the edition of entry {entry.sequence} reads other data than the log says"


def _cases(house: House, parsed: Parsed) -> Iterator[str]:
    """Compare each request's kind and steps with its entries; headers say all of it."""
    kinds: dict[str, str] = {}
    steps: defaultdict[str, list[Told]] = defaultdict(list)
    for _, entry in parsed:
        verb, case = str(entry.header.get("verb")), str(entry.header.get("case"))
        if entry.kind is not Kind.DSR or entry.outcome is not Outcome.OK:
            continue
        if verb == "open":
            kinds[case] = str(entry.header.get("request"))
        if verb in STEPS:
            told = tuple(str(entry.header.get(key, "")) for key in TOLD)
            steps[case].append((STEPS[verb], told))
    kept = {str(case.number): case for case in house.cases.all()}
    for number in sorted(kinds.keys() ^ kept.keys(), key=lambda n: (len(n), n)):
        where = "kept, and not on the log" if number in kept else "on the log, and gone"
        yield f"request {number} is {where}"
    for number in sorted(kinds.keys() & kept.keys(), key=lambda n: (len(n), n)):
        ours = kept[number]
        took = [_told_of(step) for step in ours.steps]
        if ours.kind.value != kinds[number] or took != steps[number]:
            yield f"request {number} is of another kind, or took other steps, than the log says"


def _told_of(step: Step) -> Told:
    """Return what an entry has to say of a step."""
    return step.kind, tuple(step.facts.get(key, "") for key in TOLD)


def _memberships(house: House, parsed: Parsed) -> Iterator[str]:
    """Compare whom a run is kept to have found with what its outcome says.

    People erased since are in no membership, and still in the body: left out on both sides. Who
    was put in or taken out because their data were corrected, a later entry says.
    Rows whose time was over are gone, so that a row that is missing is no finding.
    """
    wanted = set(runs_with_members(house.db))
    outcomes = {
        str(entry.header.get("run")): (stored, entry)
        for stored, entry in parsed
        if entry.kind is Kind.ACCESS_OUTCOME and entry.outcome is Outcome.OK
    }
    alive = FrozenBitMap(house.vault.population.enrolled()) if wanted else FrozenBitMap()
    changes = _amended(parsed)
    for run in sorted(wanted):
        if run not in outcomes:
            yield "a membership is kept of a run that the log does not know"
            continue
        stored, entry = outcomes[run]
        body = _body(stored, entry)
        if not _is_kept(house, run, None if body is None else _now(run, body, changes), alive):
            yield f"the members kept of the run of entry {entry.sequence} are not those on the log"
    if stray := stray_pages(house.db):
        yield f"pages of members are kept of no run: {stray:,}"


def _amended(parsed: Parsed) -> dict[tuple[str, str], list[tuple[FrozenBitMap, bool]]]:
    """Return by run and segment whom corrections put in (true) or took out, in their order."""
    found: defaultdict[tuple[str, str], list[tuple[FrozenBitMap, bool]]] = defaultdict(list)
    for stored, entry in parsed:
        if entry.kind is Kind.DSR and entry.header.get("verb") == CORRECT:
            body = _body(stored, entry) or {}
            for run, segment, is_in in body.get(AMENDED, ()):
                found[run, segment].append((text_to_people(body[AMENDED_OF]), bool(is_in)))
    return found


def _now(
    run: str, body: Mapping[str, Any], changes: Mapping[tuple[str, str], Sequence[Any]]
) -> dict[str, FrozenBitMap]:
    """Return whom a run's outcome says it found in each segment, as corrected since."""
    found = {}
    for name, text in body.get("members", {}).items():
        members = text_to_people(text)
        for people, is_in in changes.get((run, name), ()):
            members = members | people if is_in else members - people
        found[name] = members
    return found


def _is_kept(
    house: House, run: str, said: Mapping[str, FrozenBitMap] | None, alive: FrozenBitMap
) -> bool:
    """Return whether every kept membership of a run opens, is whole, and is what its outcome says.

    What it says is not known any more (None) once the body was erased.
    """
    try:
        found = house.runs.of_run(run)
    except (IntegrityError, KeyAccessError):
        return False
    return said is None or _same(found, said, alive)


def _same(
    found: Iterable[Membership], said: Mapping[str, FrozenBitMap], alive: FrozenBitMap
) -> bool:
    """Return whether memberships are what an outcome says."""
    for kept in found:
        if kept.segment not in said:
            return False
        logged = said[kept.segment]
        if not kept.people <= logged or kept.people & alive != logged & alive:
            return False
    return True


def _body(stored: StoredEntry, entry: Entry) -> dict[str, Any] | None:
    """Return a body, or None once it was erased."""
    if stored.salt is None or stored.body is None:
        return None
    return open_body(entry, stored.salt, stored.body)
