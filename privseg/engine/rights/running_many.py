# SPDX-License-Identifier: Apache-2.0
"""Running every request that is ready: the earliest deadline first, one failure stops no other.

Each is run as it would be alone and keeps its own state, so that a run that was cut short goes on
with what is left. What needs somebody's judgement is not run unless its kind is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from pyroaring import FrozenBitMap

from privseg.dsr import Case, CaseState, RequestKind
from privseg.engine.dsr.runnable import require_runnable
from privseg.engine.dsr.running import run_request
from privseg.engine.house import House
from privseg.errors import AuditWriteError, PrivsegError, StorageError
from privseg.store.case_subjects import case_subjects
from privseg.terms import StaffRole

Tell = Callable[[str], None]
JUDGED = frozenset(
    {
        RequestKind.OBJECTION,  # its grounds are weighed (GDPR Art. 21(1))
        RequestKind.RECTIFICATION,  # the totality of the circumstances (11 CCR § 7023)
        RequestKind.APPEAL,
        RequestKind.LEGAL_HOLD,
    }
)
"""Kinds that somebody decides first; they are run when they are named."""


class RunState(StrEnum):
    """What became of one request."""

    DONE = "done"
    READY = "ready"  # in a dry run
    WAITING = "waiting"  # not ready: identity, a hold, or what only a person decides
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RanMany:
    """One request of a run of many. ``why`` is the refusal's own words: nothing personal."""

    number: int
    kind: RequestKind
    state: RunState
    why: str = ""
    files: tuple[Path, ...] = field(default=(), repr=False)


def run_many(
    house: House,
    *,
    out: Path,
    role: StaffRole,
    kind: RequestKind | None = None,
    due_before: date | None = None,
    erases: bool = False,
    dry_run: bool = False,
    tell: Tell = lambda _: None,
) -> tuple[RanMany, ...]:
    """Run what is ready, and say of everything else that is open why it is not.

    Args:
        house: The workspace.
        out: The folder for files.
        role: The role to act in.
        kind: Only requests of this kind.
        due_before: Only requests that must be answered before this day.
        erases: Whether erasures are run as well: they cannot be taken back.
        dry_run: Only say what is ready.
        tell: Is told what is done next.

    Raises:
        AuditWriteError: the log cannot be written; nothing more is done.
        StorageError: nor can anything else.
    """
    chosen = list(_chosen(house, kind, due_before))
    with house.disclosures.asked_of(_people_of(house, chosen)):
        return tuple(
            _one(house, case, out=out, role=role, erases=erases, dry_run=dry_run, tell=tell)
            for case in chosen
        )


def _people_of(house: House, cases: Sequence[Case]) -> FrozenBitMap:
    """Return whose requests these are, with every profile ever tied to theirs."""
    whose = case_subjects(house.db)
    theirs = FrozenBitMap([whose[case.number] for case in cases if case.number in whose])
    return house.ledger.linked(theirs)


def _chosen(house: House, kind: RequestKind | None, before: date | None) -> Iterator[Case]:
    """Yield the open requests that are meant, the most urgent first."""
    cases = sorted(house.cases.all(), key=lambda c: (c.deadlines.answer_by, c.number))
    for case in cases:
        lifts = case.lifts_on is not None  # decided, and told: only the day is waited for
        is_meant = case.kind is kind if kind is not None else lifts or case.kind not in JUDGED
        in_time = before is None or case.deadlines.answer_by < before
        if (case.state.is_open or lifts) and is_meant and in_time and not _waits_for_code(case):
            yield case


def _waits_for_code(case: Case) -> bool:
    """Return whether an opt-in waits for the person's second step: a run writes a new code."""
    return case.kind is RequestKind.OPT_IN and case.state is CaseState.RUNNING


def _one(
    house: House, case: Case, *, out: Path, role: StaffRole, erases: bool, dry_run: bool, tell: Tell
) -> RanMany:
    """Run one request, or say why it is not run."""
    if case.kind is RequestKind.ERASURE and not erases:
        return RanMany(case.number, case.kind, RunState.WAITING, "erasures need --yes")
    try:
        require_runnable(house, case)
    except PrivsegError as error:
        return RanMany(case.number, case.kind, RunState.WAITING, str(error))
    if dry_run:
        return RanMany(case.number, case.kind, RunState.READY)
    tell(f"request {case.number}")
    try:
        ran = run_request(house, case.number, out=out, role=role)
    except (AuditWriteError, StorageError):
        raise  # the log or the disk: every other one would fail as well
    except PrivsegError as error:
        return RanMany(case.number, case.kind, RunState.FAILED, str(error))
    return RanMany(case.number, case.kind, RunState.DONE, files=tuple(ran.files))
