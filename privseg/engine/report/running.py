# SPDX-License-Identifier: Apache-2.0
"""The main job: plan, authorise, charge and log, read, check again, add noise, sign, publish.

The order is the promise. What a run costs is a function of its plan; it is charged before the read
and stays charged whatever happens after. The same plan on the same edition is answered from what
was published, at no cost and after the same checks.
"""

from __future__ import annotations

import secrets

from privseg.engine.budget.line import Bill, Paid, pay
from privseg.engine.editions import current_edition
from privseg.engine.errors import RunFailedError
from privseg.engine.house import House
from privseg.engine.policy.in_force import adopt
from privseg.engine.reading import (
    authorise,
    changes_on_log,
    compiled,
    enter,
    failing_as,
    fold,
    log_or_nothing,
    reads_of,
    require_tables,
    still,
)
from privseg.engine.report.publishing import Draft, Found, Run, publish
from privseg.engine.report.sets import set_queries, set_reads, set_reveals
from privseg.engine.segment.changes import require_usable, take_in
from privseg.engine.segment.record import borne_out, closure, remember
from privseg.errors import BudgetError
from privseg.frames import EVERYBODY, Consented, Edition, Query
from privseg.gate import Admission, note_refusal
from privseg.protect import Protected, protect
from privseg.release import ReportRequest, compile_report
from privseg.release.compile import ResultBarredError
from privseg.segment import barred
from privseg.store import ChargeKind
from privseg.terms import StaffRole

BOUNDING = "bounding"  # names the secret that chooses which groups a person counts in


def prepare(
    house: House, request: ReportRequest, *, role: StaffRole, draft: Draft | None = None
) -> Run:
    """Return the run that would answer ``request``; opens the day's edition, reads no data.

    Raises:
        ReportRefusedError, ReportNotUsableError: the policy or the request does not allow it.
    """
    edition = current_edition(house, role=role)
    return prepare_on(house, request, edition, role=role, draft=draft)


def prepare_on(
    house: House,
    request: ReportRequest,
    edition: Edition,
    *,
    role: StaffRole,
    draft: Draft | None = None,
) -> Run:
    """Return the run that would answer ``request`` on ``edition``."""
    segments = house.segments if draft is None else draft.library
    versions = {name: segments.version(name) for name in segments}
    named = [name for name in request.segments if name in segments]
    reads = reads_of(house, segments, named)
    plan = compile_report(
        request, segments=versions, policy=house.policy, at=edition.at, zone=house.zone,
        barred=barred(reads, house.policy.catalogue), earlier=earlier_versions(house, request),
    )  # fmt: skip
    of_sets = set_reads(house, segments, plan.sets)
    of_tables = house.policy.catalogue.closure_of(plan.reads)
    if found := barred(of_sets | of_tables, house.policy.catalogue):
        raise ResultBarredError(found, place=request.place)
    asked = Admission(
        run_id=secrets.token_hex(16),
        segmenter=request.segmenter,
        actor=role,
        reads=of_tables | reads | of_sets,
        segments={**dict(plan.segments), **{s.name: s.version for s in plan.sets}},
        reveals=frozenset().union(
            *(segments.reveals(n) for n, _ in plan.segments),
            set_reveals(house, segments, plan.sets),
        ),
    )
    return Run(request, plan, asked, edition, segments, draft)


def earlier_versions(house: House, request: ReportRequest) -> dict[str, tuple[str, ...]]:
    """Return the versions on record of every segment that a report compares with an earlier one."""
    return {
        name: tuple(dict.fromkeys(s.version for s in borne_out(house, name)))
        for name in request.compared
    }


def run_report(
    house: House, request: ReportRequest, *, role: StaffRole, draft: Draft | None = None
) -> bytes:
    """Return the release that answers ``request``, as its published JSON bytes.

    Raises:
        PolicyNotApprovedError: nobody but its author has approved the policy; the same holds.
        SegmentChangeRefusedError: a segment was changed by a role that may not, or is not approved.
        ResultBarredError: a segment reads a result that no protected number may come from.
        ReadRefusedError: policy denies; the refusal is on the log, nothing was read or charged.
        BudgetExceededError: the budget does not cover it; nothing was read or charged.
        AuditWriteError: the log cannot be written; nothing was read.
        RunFailedError: it failed after it was charged.
    """
    with log_or_nothing():
        run = _prepared(house, request, role, draft)
        authorise(house, run.asked)
        with changes_on_log(house, run.asked):
            require_changes(house, run)
        if (known := _known(house, run)) is not None:
            return known
        queries = _queries(house, run)
        require_tables(house, run.asked.reads)
        fold(house, run.asked, run.edition)
        begun = _begin(house, run, role)
    if isinstance(begun, bytes):
        return begun  # somebody was quicker to ask the same
    paid, consented = begun
    with paid.claim:
        return _finish(house, run, consented, queries, paid)


def _finish(
    house: House, run: Run, consented: Consented, queries: tuple[Query, ...], paid: Paid
) -> bytes:
    """Read, add noise and publish what is paid for.

    Raises:
        AuditWriteError: the log cannot be written.
        RunFailedError: it failed; the charge stands.
    """
    with failing_as(house, consented, RunFailedError):
        found = _read(house, run, consented, queries)
        protected = _protect(house, run, found)
    return publish(house, run, consented, found, protected, paid.before)


def _known(house: House, run: Run) -> bytes | None:
    """Return what was answered to the same plan on the same edition: it costs nothing."""
    plan, edition = run.plan.plan_hash, run.edition.edition_id
    known = house.releases.find(plan_hash=plan, edition_id=edition)
    return None if known is None else known.statement


def _prepared(house: House, request: ReportRequest, role: StaffRole, draft: Draft | None) -> Run:
    """Return the run; a refusal for what the segments read is on the log."""
    try:
        return prepare(house, request, role=role, draft=draft)
    except ResultBarredError as refused:
        asked = Admission(secrets.token_hex(16), request.segmenter, role, refused.results)
        note_refusal(asked, policy=house.policy, reason="barred result", log=house.log)
        raise


def require_changes(house: House, run: Run) -> None:
    """Return if the segments, and a draft as it was written, may be used as they are.

    Raises:
        SegmentChangeRefusedError: one of them was changed, and may not be used so.
    """
    role, draft = run.asked.actor, run.draft
    if draft is None:
        require_usable(house, run.library, run.segments, role=role)
    else:
        require_usable(house, draft.written, [draft.name], role=role, only_planned=draft.is_plan)


def _keep_definitions(house: House, run: Run, role: StaffRole) -> None:
    """Keep what the run is about to use; of a draft nothing comes into force."""
    if run.draft is None:
        take_in(house, run.library, run.segments, role=role)
        return
    remember(house, run.library, closure(run.library, run.segments))
    remember(house, run.draft.written, closure(run.draft.written, [run.draft.name]))


def _begin(house: House, run: Run, role: StaffRole) -> tuple[Paid, Consented] | bytes:
    """Charge the run and write its intent in one transaction; a refusal is on the log, too.

    Whoever asked the same at the same time and was quicker has the answer already.

    Raises:
        BudgetExceededError: the budget does not cover it.
    """
    try:
        with house.db.transaction():
            if (known := _known(house, run)) is not None:
                return known
            adopt(house, role)
            _keep_definitions(house, run, role)
            paid = pay(house, _bill(run, role))
            now = house.now()
            return paid, enter(house, run.asked, run.edition, cost=paid.cost, now=now)
    except BudgetError:
        note_refusal(run.asked, policy=house.policy, reason="budget", log=house.log)
        raise


def _queries(house: House, run: Run) -> tuple[Query, ...]:
    """Compile every set and pass the final SQL through the second gate, before any charge."""
    now = compiled(house, run.asked, run.library, at=run.edition.at, names=run.segments)
    return now, *set_queries(house, run.plan, run.library, run.edition, run.asked.reads)


def _bill(run: Run, role: StaffRole) -> Bill:
    """Return what the run costs: a function of its plan alone."""
    plan = run.plan
    kind = ChargeKind.REPORT if run.draft is None else ChargeKind.PREVIEW
    return Bill(
        kind, plan.name, plan.plan_hash, run.edition.edition_id, plan.loss, plan.purpose, role
    )


def _read(house: House, run: Run, consented: Consented, queries: tuple[Query, ...]) -> Found:
    """Execute the plan: members, consent checked again, exact bounded tallies."""
    with house.compute.open(consented, run.asked.reads) as scan:
        members = {name: who for query in queries for name, who in scan.members(query).items()}
        population = house.vault.people(run.edition.snapshot)
        now_eligible, judged_at = still(house, run.asked, consented, population)
        kept = {name: people & now_eligible for name, people in members.items()}
        key = house.vault.secret(BOUNDING)
        among = {**kept, EVERYBODY: now_eligible}
        tallies = {b.name: scan.tally(b, among, key=key) for b in run.plan.blocks}
    left_out = len(population) - len(now_eligible)
    return Found(kept, now_eligible, tallies, left_out, judged_at)


def _protect(house: House, run: Run, found: Found) -> Protected:
    """Add the noise: the one place where secret numbers become releasable ones."""
    return protect(
        run.plan.quantities,
        found.tallies,
        not_included=found.left_out if run.plan.not_included is not None else None,
        randbits=house.outside.randbits,
    )
