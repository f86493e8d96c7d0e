# SPDX-License-Identifier: Apache-2.0
"""What every read goes through, whatever is made of it: judge, compile, open, ask consent again.

Reports and segment runs take the same steps in the same order; none has a way of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.consent.uses import use_up
from privseg.engine.errors import NothingImportedError
from privseg.engine.house import House
from privseg.engine.policy.approving import PolicyNotApprovedError, require_approved
from privseg.engine.policy.in_force import adopt
from privseg.engine.segment.changes import take_in
from privseg.engine.segment.record import UNCHARGED
from privseg.engine.segment.refusals import SegmentChangeRefusedError
from privseg.errors import AuditWriteError, PrivsegError, StorageError
from privseg.frames import Consented, Edition, Query, Raw, Segmented
from privseg.gate import (
    Admission,
    PlanCost,
    ReadRefusedError,
    close,
    columns_of,
    may_read,
    needed_categories,
    note_refusal,
    recheck,
    refuse,
    schema_of,
    still_eligible,
)
from privseg.gate.admit import admit
from privseg.segment import Library, read_set
from privseg.segment.compile import compile_segments
from privseg.store import AuditLogUnwritableError
from privseg.terms import Attribute


@contextmanager
def log_or_nothing() -> Iterator[None]:
    """Say of a database that fails what it means: it holds the log, so nothing is read."""
    try:
        yield
    except AuditWriteError:
        raise
    except StorageError as error:
        raise AuditLogUnwritableError(error) from None


def reads_of(house: House, library: Library, names: Iterable[str]) -> frozenset[Attribute]:
    """Return every attribute that the named segments read, references written out."""
    found: set[Attribute] = set()
    for name in names:
        found |= read_set(library[name].where, house.policy.catalogue, library)
    return frozenset(found)


def authorise(house: House, asked: Admission) -> None:
    """Ask whether the policy stands, and what it says; also for an answer that costs nothing.

    Raises:
        PolicyNotApprovedError, ReadRefusedError: it does not; the refusal is on the log.
    """
    try:
        require_approved(house, role=asked.actor)
    except PolicyNotApprovedError:
        note_refusal(asked, policy=house.policy, reason="approval", log=house.log)
        raise
    decision = may_read(asked, house.policy)
    if not decision.allowed:
        why = decision.reasons + decision.errors
        raise refuse(asked, policy=house.policy, reasons=why, log=house.log)


def would_authorise(house: House, asked: Admission) -> None:
    """Ask the same, and write nothing: what is only foreseen has no entry.

    Raises:
        PolicyNotApprovedError, ReadRefusedError: a run would be refused.
    """
    require_approved(house)
    decision = may_read(asked, house.policy)
    if not decision.allowed:
        why = decision.reasons + decision.errors
        raise ReadRefusedError(segmenter=asked.segmenter, reasons=why)


def edition_now(house: House) -> Edition:
    """Return the edition that a run would open now; nothing is opened."""
    return Edition("", house.columns.snapshot(), house.ledger.position(), house.now())


@contextmanager
def changes_on_log(house: House, asked: Admission) -> Iterator[None]:
    """Put it on the log when a changed segment is refused to an admission."""
    try:
        yield
    except SegmentChangeRefusedError as refused:
        note_refusal(asked, policy=house.policy, reason=refused.reason, log=house.log)
        raise


def compiled(
    house: House,
    asked: Admission,
    library: Library,
    *,
    at: datetime,
    names: Iterable[str] | None = None,
) -> Query:
    """Compile an admission's segments (or those named) into one query, through the second gate.

    Raises:
        QueryRefusedError: the final SQL reads more than was asked for.
    """
    catalogue = house.policy.catalogue
    query = compile_segments(
        {name: library[name].where for name in (asked.segments if names is None else names)},
        catalogue=catalogue, at=at, zone=house.zone, library=library,
    )  # fmt: skip
    recheck(query, allowed=columns_of(asked.reads, catalogue), schema=schema_of(catalogue))
    return query


def require_tables(house: House, reads: frozenset[Attribute]) -> None:
    """Refuse to read a source that nobody has imported, before it costs anything.

    A score's result is computed: what it is made of is among the reads.

    Raises:
        NothingImportedError: a source has no data yet.
    """
    there = set(house.columns.tables())
    readables = house.policy.catalogue.readables
    for attribute in sorted(reads & readables.keys()):
        readable = readables[attribute]
        table, column = readable.source.table, readable.column
        known = set(house.columns.schema(table).names) if table in there else set()
        if not known or (column is not None and column.attribute not in known):
            raise NothingImportedError(readable.source.name)


def fold(house: House, asked: Admission, edition: Edition) -> None:
    """Fold the eligible sets that ``admit`` will ask for, so that no writer waits for it.

    Those of the edition, and those of now: what comes in between is folded in a moment.
    """
    purpose = house.policy.segmenters[asked.segmenter].purpose
    for category in needed_categories(asked, house.policy):
        house.sets.people(purpose, category, at=edition.at, known_at=edition.ledger_position)
        house.sets.people(purpose, category, at=house.now(), known_at=house.ledger.position())


def enter(
    house: House, asked: Admission, edition: Edition, *, cost: PlanCost, now: datetime
) -> Consented:
    """Pass the entry gate: eligible people, intent on the log, a single-use plan."""
    return admit(
        asked,
        Raw(edition),
        policy=house.policy,
        sets=house.sets,
        population=house.vault.people(edition.snapshot),
        log=house.log,
        now=now,
        known_at=house.ledger.position(),
        cost=cost,
    )


def enter_uncharged(
    house: House, asked: Admission, library: Library, edition: Edition
) -> tuple[Consented, datetime]:
    """Pass the entry gate for what no charged number comes of; return the plan, and when it began.

    Policy and definitions come into force with it. The intent is durable when this returns.
    """
    with house.db.transaction():
        adopt(house, asked.actor)
        take_in(house, library, asked.segments, role=asked.actor)
        now = house.now()
        cost = PlanCost(UNCHARGED, "0", "0", now)
        return enter(house, asked, edition, cost=cost, now=now), now


def still(
    house: House, asked: Admission, consented: Consented, population: FrozenBitMap
) -> tuple[FrozenBitMap, datetime]:
    """Return who of the plan is eligible now, and when that was asked; count this use of theirs.

    In one transaction: the last use of a consent is never given to two runs.
    """
    categories = needed_categories(asked, house.policy)
    with house.db.transaction():
        now = house.now()
        people = still_eligible(
            consented,
            policy=house.policy,
            sets=house.sets,
            population=population,
            now=now,
            known_at=house.ledger.position(),
        )
        use_up(
            house, people, purpose=consented.purpose, categories=categories, judged_at=now,
            role=asked.actor,
        )  # fmt: skip
    return people, now


def end(
    house: House,
    consented: Consented,
    members: Mapping[str, FrozenBitMap],
    eligible: FrozenBitMap,
    *,
    versions: Mapping[str, str],
    judged_at: datetime,
) -> tuple[int, dict[str, FrozenBitMap]]:
    """Write the outcome in the open transaction; return its entry's index, and who was found.

    People erased since the scan are left out of both: no later set names them. That they may have
    been read stands in the intent, which was written before.
    """
    there = house.vault.people(consented.edition.snapshot)
    found = {name: people & there for name, people in members.items()}
    index = close(
        Segmented(consented, found), eligible=eligible & there, policy=house.policy,
        versions=versions, judged_at=judged_at, log=house.log,
    )  # fmt: skip
    return index, found


@contextmanager
def failing_as(
    house: House,
    consented: Consented,
    failure: type[PrivsegError],
    *,
    told: tuple[type[PrivsegError], ...] = (),
) -> Iterator[None]:
    """Let a run that is cut short end as ``failure``, or as one of ``told``; and on the log.

    Any other message could tell of data: a constant one leaves. Those of ``told`` say something of
    the question, and nothing of anybody.
    """
    try:
        yield
    except AuditWriteError:
        raise  # no log, no read: there is nothing more to write
    except told:
        failed(house, consented)
        raise
    except Exception:  # noqa: BLE001
        failed(house, consented)
        raise failure from None


def failed(house: House, consented: Consented) -> None:
    """Put on the log that a run was cut short; what it may have read stays on the intent."""
    header: dict[str, str | list[str]] = {
        "run": consented.run_id,
        "of": str(consented.intent_index),
        "segmenter": consented.segmenter,
    }
    house.log.append(AuditEvent(Kind.ACCESS_OUTCOME, Outcome.FAILED, consented.actor, header))
