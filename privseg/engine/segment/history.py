# SPDX-License-Identifier: Apache-2.0
"""What became of a segment over time: its definitions, and its runs. Never how many people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from privseg.audit import AuditEvent, Kind, Outcome, StoredEntry, parse_entry
from privseg.engine.house import House
from privseg.engine.segment.record import borne_out, in_force
from privseg.store import SegmentStep, TakenStep
from privseg.terms import StaffRole

UNFINISHED = "not ended"  # an intent without outcome: at work, or cut short


@dataclass(frozen=True, slots=True)
class DefinitionPast:
    """One version of a segment: when it was first used, by whom, and who approved it."""

    version: str
    taken_in_at: datetime | None
    by: str = ""
    role: str = ""
    proposed_by: tuple[str, ...] = ()
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class RunPast:
    """One run or report that used a segment; ``outcome`` is ok, failed or not ended."""

    run_id: str
    at: datetime
    version: str
    edition_id: str
    role: str
    outcome: str
    report: str = ""  # the report it was made for; nothing for a run of its own


@dataclass(frozen=True, slots=True)
class SegmentHistory:
    """Everything on record of one segment, oldest first."""

    segment: str
    in_force: str | None
    in_folder: str | None  # the version of its file, if it can be read
    definitions: tuple[DefinitionPast, ...]
    runs: tuple[RunPast, ...]


def history(house: House, name: str, *, role: StaffRole) -> SegmentHistory:
    """Return the history of a segment, from the log; looking is on the log, too.

    Raises:
        UnknownReportError: neither folder nor record knows a segment of that name.
    """
    steps = borne_out(house, name)
    here = house.segments.version(name) if name in house.segments else None
    if here is None and not steps:
        raise house.no_segment(name)
    header: dict[str, str | list[str]] = {"verb": "segment-history", "setting": name}
    house.log.append(AuditEvent(Kind.CONFIGURATION, Outcome.OK, role, header))
    runs = _runs(house.log.entries(), name)
    return SegmentHistory(name, in_force(steps, name), here, _definitions(steps), tuple(runs))


def _definitions(steps: Iterable[TakenStep]) -> tuple[DefinitionPast, ...]:
    """Return every version, in the order in which it came up first."""
    by_version: dict[str, list[TakenStep]] = {}
    for step in steps:
        by_version.setdefault(step.version, []).append(step)
    return tuple(_definition(version, taken) for version, taken in by_version.items())


def _definition(version: str, steps: list[TakenStep]) -> DefinitionPast:
    """Return what was done with one version."""
    first = next((s for s in steps if s.step is SegmentStep.TAKEN_IN), None)
    approved = [s.user for s in steps if s.step is SegmentStep.APPROVED]
    return DefinitionPast(
        version=version,
        taken_in_at=first.at if first else None,
        by=first.user if first else "",
        role=str(first.role) if first else "",
        proposed_by=tuple(sorted({s.user for s in steps if s.step is SegmentStep.WROTE})),
        approved_by=approved[-1] if approved else "",
    )


def _runs(entries: Iterable[StoredEntry], name: str) -> list[RunPast]:
    """Return the runs that used a segment, by the public part of the log."""
    found: dict[str, RunPast] = {}
    for stored in entries:
        entry = parse_entry(stored.entry_bytes)
        run = str(entry.header.get("run", ""))
        if entry.kind is Kind.ACCESS_INTENT:
            version = _version(entry.header.get("segments", ()), name)
            if version is not None:
                edition = str(entry.header.get("edition", ""))
                role = str(entry.actor)
                found[run] = RunPast(run, entry.time, version, edition, role, UNFINISHED)
        elif run in found and entry.kind is Kind.ACCESS_OUTCOME:
            found[run] = _with(found[run], outcome=str(entry.outcome))
        elif run in found and entry.kind is Kind.RELEASE:
            found[run] = _with(found[run], report=str(entry.header["report"]))
    return list(found.values())


def _version(pinned: Iterable[str], name: str) -> str | None:
    """Return the version that a header pins a segment to."""
    named = (text.rpartition(".") for text in pinned)
    return next((version for segment, _, version in named if segment == name), None)


def _with(past: RunPast, *, outcome: str | None = None, report: str | None = None) -> RunPast:
    """Return a run with what came later."""
    return RunPast(
        past.run_id, past.at, past.version, past.edition_id, past.role,
        outcome or past.outcome, report or past.report,
    )  # fmt: skip
