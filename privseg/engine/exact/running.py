# SPDX-License-Identifier: Apache-2.0
"""Making an exact release: the same gates, entries and second look at consents as a report's.

What differs: nothing is charged, as a k lineage is outside the budget; what may be asked is what
policy declares; and of a period the answer is made once. Asked again it is the same, after the
same checks of role and policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.engine.editions import current_edition
from privseg.engine.exact.errors import ExactRunFailedError, PeriodTakenError, WrongFamilyError
from privseg.engine.exact.kept import forget_ended
from privseg.engine.exact.prepare import (
    Declared,
    ExactRun,
    earlier,
    prepare_exact,
)
from privseg.engine.exact.publishing import publish_exact, with_records
from privseg.engine.exact.reading import ATOMS, atoms_of, block_of, records_of
from privseg.engine.house import House
from privseg.engine.reading import (
    authorise,
    changes_on_log,
    compiled,
    enter_uncharged,
    failed,
    failing_as,
    fold,
    log_or_nothing,
    require_tables,
    still,
)
from privseg.engine.segment.changes import require_usable
from privseg.errors import DisclosureError
from privseg.frames import EVERYBODY, Consented, Query
from privseg.gate import Admission, note_refusal
from privseg.policy.k_rules import ExactTables, Microdata
from privseg.protect.exact.guarantee import KAnonymous
from privseg.protect.exact.microdata import Coarsening, CoarseRecords, Records, coarsen
from privseg.protect.exact.suppression import ExactCounts, protect_tables
from privseg.protect.exact.tables import Counts
from privseg.release.exact_asked import tables_of
from privseg.release.exact_guarantee import guarantee_of
from privseg.terms import Attribute, StaffRole


@dataclass(frozen=True, slots=True)
class ExactFound:
    """What a scan found: secret, on its way to the protection."""

    members: dict[str, FrozenBitMap] = field(repr=False)
    eligible: FrozenBitMap = field(repr=False)
    judged_at: datetime
    people: Counts | None = field(default=None, repr=False)
    records: Records | None = field(default=None, repr=False)


def run_exact(house: House, declared: Declared, *, role: StaffRole) -> bytes:
    """Return the release of a declaration for the period of the current edition, as JSON bytes.

    Raises:
        PolicyNotApprovedError, ReadRefusedError, SegmentChangeRefusedError, WrongFamilyError: the
            policy does not allow it; the refusal is on the log, nothing was read.
        PeriodTakenError: of the period something else was released; likewise.
        NothingLeftError, NotReachedError, AuditUnfinishedError: it cannot be protected; nothing
            is given out.
        AuditWriteError: the log cannot be written; nothing was read.
        ExactRunFailedError: it failed after it was begun.
    """
    with log_or_nothing():
        run = _prepared(house, declared, role)
        authorise(house, run.admission)
        known = _checked(house, run)
    if known is not None:
        return with_records(house, known)
    with log_or_nothing():
        query = _query(house, run)
        require_tables(house, run.admission.reads)
        fold(house, run.admission, run.edition)
        consented, _ = enter_uncharged(house, run.admission, run.library, run.edition)
    forget_ended(house)
    return with_records(house, _made(house, run, consented, query))


def _made(house: House, run: ExactRun, consented: Consented, query: Query | None) -> bytes:
    """Read, protect and publish; a run that is cut short is on the log as failed."""
    told = (DisclosureError,)  # they say that it was too little, and of whom nothing
    with failing_as(house, consented, ExactRunFailedError, told=told):
        found = _read(house, run, consented, query)
        protected = _protect(run, found)
    try:
        return publish_exact(
            house, run, consented, protected,
            members=found.members, eligible=found.eligible, judged_at=found.judged_at,
        )  # fmt: skip
    except PeriodTakenError:  # by somebody at the same time, by another policy
        failed(house, consented)
        raise


def _prepared(house: House, declared: Declared, role: StaffRole) -> ExactRun:
    """Return the run; a refusal for what would be read is on the log."""
    edition = current_edition(house, role=role)
    try:
        return prepare_exact(house, declared, edition, role=role)
    except WrongFamilyError:
        asked = Admission("none", declared.segmenter, role, frozenset())
        note_refusal(asked, policy=house.policy, reason="family", log=house.log)
        raise


def _checked(house: House, run: ExactRun) -> bytes | None:
    """Return the period's answer if there is one; a refusal is on the log."""
    with changes_on_log(house, run.admission):
        require_usable(house, run.library, run.admission.segments, role=run.admission.actor)
    try:
        known = earlier(house, run)
    except PeriodTakenError:
        note_refusal(run.admission, policy=house.policy, reason="period", log=house.log)
        raise
    return None if known is None else known.statement


def _query(house: House, run: ExactRun) -> Query | None:
    """Compile the segments, if there are any, through the second gate."""
    if not run.admission.segments:
        return None
    return compiled(house, run.admission, run.library, at=run.edition.at)


def _read(house: House, run: ExactRun, consented: Consented, query: Query | None) -> ExactFound:
    """Execute the plan: members, consent checked again, exact counts or records."""
    with house.compute.open(consented, run.admission.reads) as scan:
        members = {} if query is None else dict(scan.members(query))
        population = house.vault.people(run.edition.snapshot)
        eligible, judged_at = still(house, run.admission, consented, population)
        kept = {name: people & eligible for name, people in members.items()}
        if isinstance(run.declared, ExactTables):
            block = block_of(run.declared, house.policy.catalogue)
            tables, _ = tables_of(run.asked)
            key = house.vault.secret(ATOMS)
            tallies = scan.tally(block, {**kept, EVERYBODY: eligible}, key=key)
            return ExactFound(kept, eligible, judged_at, people=atoms_of(tallies, tables))
        table = scan.records(run.attributes, eligible)
        own = eligible if run.declared.segment is None else kept[run.declared.segment]
        records = records_of(table, run.declared, run.asked, house.policy.catalogue, own)
        return ExactFound(kept, eligible, judged_at, records=records)


def _protect(run: ExactRun, found: ExactFound) -> ExactCounts | CoarseRecords:
    """Make what may be released of what was found, or refuse."""
    if found.people is not None:
        tables, rule = tables_of(run.asked)
        names = [Attribute(axis.attribute) for axis in tables.axes]
        defining = run.defining.intersection(names)
        return protect_tables(replace(tables, defining=defining), found.people, rule)
    assert found.records is not None, "a run reads counts or records"
    assert isinstance(run.declared, Microdata), "records are of microdata"
    return coarsen(found.records, _guarantee(run), coarsening_of(run.declared))


def _guarantee(run: ExactRun) -> KAnonymous:
    return guarantee_of(run.asked)


def coarsening_of(declared: Microdata) -> Coarsening:
    """Return how records are coarsened, as policy says."""
    levels = tuple(q.level or 0 for q in declared.quasi_identifiers)
    return Coarsening(declared.method, None if declared.search else levels, declared.suppression)
