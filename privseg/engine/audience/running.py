# SPDX-License-Identifier: Apache-2.0
"""Handing whom a segment finds to a recipient: personal data, outside what releases promise.

The order is the promise: the policy is asked whether the recipient gets anybody at all; the intent
is on the log before a row is read; consent is asked for at the edition, and again of the very
moment in which the outcome, the export and who was in it are written, all of them or none; only
then is the file written. Nothing says how many people they were but the file itself.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome, people_to_text
from privseg.audit.reads import NAMED
from privseg.engine.audience.errors import (
    HandOverFailedError,
    HandOverRefusedError,
    UnknownRecipientError,
)
from privseg.engine.audience.leaving import leaving
from privseg.engine.audience.rows import Line, format_of, lines_of, only, text_of
from privseg.engine.editions import current_edition
from privseg.engine.errors import AnswerThereError
from privseg.engine.house import House
from privseg.engine.private_files import write_new
from privseg.engine.reading import (
    authorise,
    changes_on_log,
    compiled,
    end,
    enter_uncharged,
    failing_as,
    fold,
    log_or_nothing,
    reads_of,
    require_tables,
    still,
)
from privseg.engine.segment.changes import require_usable
from privseg.errors import PrivsegError
from privseg.frames import Consented, Query
from privseg.gate import Admission, note_refusal, still_eligible
from privseg.policy.handing import handed, may_hand_over
from privseg.policy.recipients import Handed
from privseg.segment import Library
from privseg.store.disclosures import Disclosed
from privseg.terms import Purpose, StaffRole

EXPORT = "audience-export"
NO_NUMBER = 0  # of a hand-over that the store has not numbered yet


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What was handed over, or would be: to whom, for what, what of each person; never how many."""

    segment: str
    recipient: str
    title: str
    purpose: Purpose
    identifier: str
    attributes: tuple[str, ...]
    path: Path | None = None
    disclosure: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """One hand-over that the policy allows."""

    asked: Admission
    gets: Handed
    recipient: str
    segment: str
    purpose: Purpose
    library: Library = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """Whom a scan found, and their lines: personal data, in memory alone."""

    members: FrozenBitMap = field(repr=False)
    lines: list[Line] = field(repr=False)


def hand_over(
    house: House,
    segment: str,
    recipient: str,
    out: Path | None,
    *,
    role: StaffRole,
) -> HandedOver:
    """Write whom a segment finds into a new file for a recipient; without ``out``, only say what.

    Raises:
        UnknownReportError, BrokenSegmentError, UnknownRecipientError: there is none of that name.
        HandOverRefusedError, ReadRefusedError: the policy says no; nothing was read.
        AnswerThereError, AudienceFormatError: the file exists or has no name of ours; likewise.
        HandOverFailedError: it failed; there is no file.
        AuditWriteError: the log cannot be written; nothing was read.
    """
    with log_or_nothing():
        if out is not None:
            format_of(out)
            if out.exists():
                raise AnswerThereError(out)
        plan = _planned(house, segment, recipient, role)
        if out is None:
            return _told(house, plan)
        edition = current_edition(house, role=role)
        query = compiled(house, plan.asked, plan.library, at=edition.at)
        fold(house, plan.asked, edition)
        consented, _ = enter_uncharged(house, plan.asked, plan.library, edition)
        told, lines = _run(house, plan, consented, query)
    return _written(house, plan, consented, told, lines, out)


def _planned(house: House, segment: str, recipient: str, role: StaffRole) -> _Plan:
    """Return a hand-over that the policy allows; a refusal is on the log."""
    library = house.segments
    if segment not in library:
        raise house.no_segment(segment)
    if recipient not in house.policy.recipients:
        raise UnknownRecipientError(recipient, known=tuple(house.policy.recipients))
    segmenter = library[segment].segmenter
    gets = handed(house.policy, segmenter=segmenter, recipient=recipient)
    reads = reads_of(house, library, [segment])
    more = frozenset() if gets is None else gets.attributes
    asked = Admission(
        run_id=secrets.token_hex(16),
        segmenter=segmenter,
        actor=role,
        reads=reads | house.policy.catalogue.closure_of(more),
        segments={segment: library.version(segment)},
        reveals=library.reveals(segment),
    )
    _require_allowed(house, asked, recipient)
    authorise(house, asked)
    with changes_on_log(house, asked):
        require_usable(house, library, asked.segments, role=asked.actor)
    require_tables(house, asked.reads)
    assert gets is not None, "what is allowed says what"
    purpose = house.policy.segmenters[segmenter].purpose
    return _Plan(asked, gets, recipient, segment, purpose, library)


def _require_allowed(house: House, asked: Admission, recipient: str) -> None:
    """Refuse a recipient that the policy does not let have these people."""
    decision = may_hand_over(
        house.policy, segmenter=asked.segmenter, recipient=recipient, reads=asked.reads,
        reveals=asked.reveals,
    )  # fmt: skip
    if not decision.allowed:
        note_refusal(asked, policy=house.policy, reason="recipient", log=house.log)
        (segment,) = asked.segments
        raise HandOverRefusedError(segment=segment, recipient=recipient, reasons=decision.errors)


def _run(
    house: House, plan: _Plan, consented: Consented, query: Query
) -> tuple[Disclosed, list[Line]]:
    """Read, ask for consent once more, and write down whom it is about."""
    with failing_as(house, consented, HandOverFailedError):
        found = _found(house, plan, consented, query)
        return _ended(house, plan, consented, found)


def _written(
    house: House,
    plan: _Plan,
    consented: Consented,
    told: Disclosed,
    lines: list[Line],
    out: Path,
) -> HandedOver:
    """Write the file, last of all; where that fails, nobody was handed over."""
    try:
        write_new(out, text_of(lines, plan.gets, format_of(out)))
    except BaseException:
        with suppress(PrivsegError):  # what stopped us is told
            _undone(house, plan, consented, told)
        raise
    return _told(house, plan, out, told)


def _found(house: House, plan: _Plan, consented: Consented, query: Query) -> _Found:
    """Execute the plan; only of who is eligible at this moment is anything told."""
    with house.compute.open(consented, plan.asked.reads) as scan:
        members = scan.members(query)[plan.segment]
        now = still_eligible(
            consented, policy=house.policy, sets=house.sets,
            population=house.vault.people(consented.edition.snapshot), now=house.now(),
            known_at=house.ledger.position(),
        )  # fmt: skip
        table = scan.records(sorted(plan.gets.attributes), members & now)
    lines = lines_of(house, table, plan.gets, recipient=plan.recipient, purpose=plan.purpose)
    return _Found(members, lines)


def _ended(
    house: House, plan: _Plan, consented: Consented, found: _Found
) -> tuple[Disclosed, list[Line]]:
    """Ask for consent of this very moment, and write whom it is about, in one transaction."""
    with house.db.transaction():
        population = house.vault.people(consented.edition.snapshot)
        eligible, judged_at = still(house, plan.asked, consented, population)
        members = {plan.segment: found.members & eligible}
        _, there = end(
            house, consented, members, eligible,
            versions=plan.asked.segments, judged_at=judged_at,
        )  # fmt: skip
        lines = only(found.lines, there[plan.segment] - leaving(house))
        people = FrozenBitMap([line.person for line in lines])
        index = house.log.append(_export(plan, consented, people, Outcome.OK))
        told = _disclosed(plan, consented, judged_at, index)
        return house.disclosures.add(told, people), lines


def _undone(house: House, plan: _Plan, consented: Consented, told: Disclosed) -> None:
    """Say that the file was not written, so that nobody was handed over after all."""
    with house.db.transaction():
        people = house.disclosures.people(told.number)
        house.log.append(_export(plan, consented, people, Outcome.FAILED))
        house.disclosures.undo(told.number)


def _disclosed(plan: _Plan, consented: Consented, at: datetime, index: int) -> Disclosed:
    """Return what a person in it is told of a hand-over."""
    return Disclosed(
        number=NO_NUMBER,
        recipient=plan.recipient,
        purpose=plan.purpose,
        segment=plan.segment,
        version=plan.asked.segments[plan.segment],
        run_id=consented.run_id,
        at=at,
        identifier=plan.gets.identifier,
        epoch=plan.gets.epoch,
        fields=(plan.gets.identifier, *sorted(plan.gets.attributes)),
        audit_index=index,
    )


def _export(
    plan: _Plan, consented: Consented, people: FrozenBitMap, outcome: Outcome
) -> AuditEvent:
    """Return the log's entry of a hand-over; whom it is about stands in its body."""
    header: dict[str, str | list[str]] = {
        "verb": EXPORT,
        "run": consented.run_id,
        "of": str(consented.intent_index),
        "recipient": plan.recipient,
        "purpose": plan.purpose,
    }
    body = {NAMED: people_to_text(people), "fields": sorted(plan.gets.attributes)}
    return AuditEvent(Kind.EXPORT, outcome, consented.actor, header, body)


def _told(
    house: House, plan: _Plan, path: Path | None = None, told: Disclosed | None = None
) -> HandedOver:
    """Return what is said of a hand-over: never how many people."""
    return HandedOver(
        segment=plan.segment,
        recipient=plan.recipient,
        title=house.policy.recipients[plan.recipient].title,
        purpose=plan.purpose,
        identifier=plan.gets.identifier,
        attributes=tuple(sorted(plan.gets.attributes)),
        path=path,
        disclosure=None if told is None else told.number,
        at=None if told is None else told.at,
    )
