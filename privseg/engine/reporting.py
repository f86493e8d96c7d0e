# SPDX-License-Identifier: Apache-2.0
"""The main job: plan, authorise, charge and log, read, check again, add noise, sign, publish.

The order is the promise. What a run costs is a function of its plan; it is charged before the read
and stays charged whatever happens after. The same plan on the same edition is answered from what
was published, at no cost and after the same checks.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.approving import PolicyNotApprovedError, require_approved
from privseg.engine.budgeting import PEOPLE, limit_of, year_began
from privseg.engine.editions import current_edition
from privseg.engine.errors import NothingImportedError, RunFailedError
from privseg.engine.house import House
from privseg.engine.in_force import adopt
from privseg.engine.publishing import Found, Run, publish
from privseg.engine.uses import use_up
from privseg.errors import AuditWriteError, BudgetError, StorageError
from privseg.frames import Consented, Edition, Query, Raw
from privseg.gate import (
    Admission,
    PlanCost,
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
from privseg.protect import Protected, protect
from privseg.release import (
    Budget,
    ReportRequest,
    compile_report,
)
from privseg.segment import read_set
from privseg.segment.compile import compile_condition
from privseg.store import AuditLogUnwritableError, Charge
from privseg.terms import Attribute, StaffRole

BOUNDING = "bounding"  # names the secret that chooses which groups a person counts in
COMMITMENT = b"privseg.register/1/audit\n"  # domain of the salted commitment to an audit entry


def prepare(house: House, request: ReportRequest, *, role: StaffRole) -> Run:
    """Return the run that would answer ``request``; opens the day's edition, reads no data.

    Raises:
        ReportRefusedError, ReportNotUsableError: the policy or the request does not allow it.
    """
    edition = current_edition(house, role=role)
    return prepare_on(house, request, edition, role=role)


def prepare_on(house: House, request: ReportRequest, edition: Edition, *, role: StaffRole) -> Run:
    """Return the run that would answer ``request`` on ``edition``."""
    versions = house.versions()
    plan = compile_report(request, segments=versions, policy=house.policy, at=edition.at)
    asked = Admission(
        run_id=secrets.token_hex(16),
        segmenter=request.segmenter,
        actor=role,
        reads=plan.reads | _segment_reads(house, request.segments),
        segments={name: versions[name] for name in request.segments},
        reveals=frozenset().union(*(house.segments.reveals(n) for n in request.segments)),
    )
    return Run(request, plan, asked, edition)


def run_report(house: House, request: ReportRequest, *, role: StaffRole) -> bytes:
    """Return the release that answers ``request``, as its published JSON bytes.

    Raises:
        PolicyNotApprovedError: nobody but its author has approved the policy; the same holds.
        ReadRefusedError: policy denies; the refusal is on the log, nothing was read or charged.
        BudgetExceededError: the budget does not cover it; nothing was read or charged.
        AuditWriteError: the log cannot be written; nothing was read.
        RunFailedError: it failed after it was charged.
    """
    with _log_or_nothing():
        run = prepare(house, request, role=role)
        _authorise(house, run)
        plan, edition = run.plan.plan_hash, run.edition.edition_id
        if (known := house.releases.find(plan_hash=plan, edition_id=edition)) is not None:
            return known.statement
        queries = _queries(house, run)
        _require_tables(house, run)
        _fold(house, run)
        budget, consented = _begin(house, run, role)
    try:
        found = _read(house, run, consented, queries)
        protected = _protect(house, run, found)
    except AuditWriteError:
        raise  # no log, no read: there is nothing more to write
    except Exception:  # noqa: BLE001  # any message could tell of data: a constant one leaves
        _failed(house, consented)
        raise RunFailedError from None
    return publish(house, run, consented, found, protected, budget)


@contextmanager
def _log_or_nothing() -> Iterator[None]:
    """Say of a database that fails what it means: it holds the log, so nothing is read."""
    try:
        yield
    except AuditWriteError:
        raise
    except StorageError as error:
        raise AuditLogUnwritableError(error) from None


def _begin(house: House, run: Run, role: StaffRole) -> tuple[Budget, Consented]:
    """Charge the run and write its intent in one transaction; a refusal is on the log, too.

    Raises:
        BudgetExceededError: the budget does not cover it.
    """
    try:
        with house.db.transaction():
            adopt(house, role)
            now = house.now()
            return _charge(house, run, role, now), _admit(house, run, now)
    except BudgetError:
        note_refusal(run.asked, policy=house.policy, reason="budget", log=house.log)
        raise


def _authorise(house: House, run: Run) -> None:
    """Ask whether the policy stands, and what it says; also for an answer that costs nothing."""
    asked, policy = run.asked, house.policy
    try:
        require_approved(house, role=asked.actor)
    except PolicyNotApprovedError:
        note_refusal(asked, policy=policy, reason="approval", log=house.log)
        raise
    decision = may_read(asked, policy)
    if not decision.allowed:
        why = decision.reasons + decision.errors
        raise refuse(asked, policy=policy, reasons=why, log=house.log)


def _segment_reads(house: House, names: tuple[str, ...]) -> frozenset[Attribute]:
    """Return every attribute that the named segments read, references written out."""
    found: set[Attribute] = set()
    for name in names:
        where = house.segments[name].where
        found |= read_set(where, house.policy.catalogue, house.segments)
    return frozenset(found)


def _queries(house: House, run: Run) -> dict[str, Query]:
    """Compile every segment and pass the final SQL through the second gate, before any charge."""
    queries = {}
    for name in run.request.segments:
        query = compile_condition(
            house.segments[name].where,
            catalogue=house.policy.catalogue,
            at=run.edition.at,
            zone=house.zone,
            library=house.segments,
        )
        catalogue = house.policy.catalogue
        recheck(query, allowed=columns_of(run.asked.reads, catalogue), schema=schema_of(catalogue))
        queries[name] = query
    return queries


def _require_tables(house: House, run: Run) -> None:
    """Refuse a report over a source that nobody has imported, before it costs anything.

    Raises:
        NothingImportedError: a source that the report reads has no data yet.
    """
    there = set(house.columns.tables())
    for attribute in sorted(run.asked.reads):
        readable = house.policy.catalogue.readables[attribute]
        table, column = readable.source.table, readable.column
        known = set(house.columns.schema(table).names) if table in there else set()
        if not known or (column is not None and column.attribute not in known):
            raise NothingImportedError(readable.source.name)


def _fold(house: House, run: Run) -> None:
    """Fold the eligible sets that ``admit`` will ask for, so that no writer waits for it."""
    at, position = run.edition.at, run.edition.ledger_position
    for category in needed_categories(run.asked, house.policy):
        house.sets.people(run.plan.purpose, category, at=at, known_at=position)


def _charge(house: House, run: Run, role: StaffRole, now: datetime) -> Budget:
    """Charge the run's cost and return the budget as it was before, for the statement."""
    began = year_began(now)
    before = Budget(
        period=str(now.year),
        limit=limit_of(house.policy.budget),
        spent=house.losses.spent(PEOPLE, since=began),
        lifetime=house.losses.lifetime(PEOPLE),
    )
    house.losses.charge(
        Charge(
            population=PEOPLE,
            at=now,
            loss=run.plan.loss,
            plan_hash=run.plan.plan_hash,
            edition_id=run.edition.edition_id,
            purpose=run.plan.purpose,
            actor=role,
        ),
        limit=before.limit,
        since=began,
    )
    return before


def _admit(house: House, run: Run, now: datetime) -> Consented:
    """Pass the entry gate: eligible people, intent on the log, a single-use plan."""
    return admit(
        run.asked,
        Raw(run.edition),
        policy=house.policy,
        sets=house.sets,
        population=house.vault.people(run.edition.snapshot),
        log=house.log,
        now=now,
        cost=PlanCost(run.plan.plan_hash, str(run.plan.loss.rho), str(run.plan.loss.delta), now),
    )


def _read(house: House, run: Run, consented: Consented, queries: Mapping[str, Query]) -> Found:
    """Execute the plan: members, consent checked again, exact bounded tallies."""
    with house.compute.open(consented, run.asked.reads) as scan:
        members = scan.members(queries)
        population = house.vault.people(run.edition.snapshot)
        now_eligible, judged_at = _still(house, run, consented, population)
        kept = {name: people & now_eligible for name, people in members.items()}
        key = house.vault.secret(BOUNDING)
        tallies = {b.name: scan.tally(b, kept, key=key) for b in run.plan.blocks}
    left_out = len(population) - len(now_eligible)
    return Found(kept, now_eligible, tallies, left_out, judged_at)


def _still(
    house: House, run: Run, consented: Consented, population: FrozenBitMap
) -> tuple[FrozenBitMap, datetime]:
    """Return who of the plan is eligible now, and when that was asked; count this use of theirs.

    In one transaction: the last use of a consent is never given to two runs.
    """
    categories = needed_categories(run.asked, house.policy)
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
            house, people, purpose=run.plan.purpose, categories=categories, judged_at=now,
            role=run.asked.actor,
        )  # fmt: skip
    return people, now


def _protect(house: House, run: Run, found: Found) -> Protected:
    """Add the noise: the one place where secret numbers become releasable ones."""
    return protect(
        run.plan.quantities,
        found.tallies,
        not_included=found.left_out if run.plan.not_included is not None else None,
        randbits=house.outside.randbits,
    )


def _failed(house: House, consented: Consented) -> None:
    """Put on the log that a run was cut short; what it may have read stays on the intent."""
    header: dict[str, str | list[str]] = {
        "run": consented.run_id,
        "of": str(consented.intent_index),
        "segmenter": consented.segmenter,
    }
    house.log.append(AuditEvent(Kind.ACCESS_OUTCOME, Outcome.FAILED, consented.actor, header))
