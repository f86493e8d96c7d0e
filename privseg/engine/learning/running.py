# SPDX-License-Identifier: Apache-2.0
"""Learning a model: the same gates, charge, entries and second look at consents as a report's.

What it costs is a function of its declaration, charged before the read and standing whatever
happens after. The same model on the same edition is answered from what was published, at no cost
and after the same checks. What fails after the charge is told by a constant error.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from pyroaring import FrozenBitMap

from privseg.engine.budget.line import Bill, Paid, pay
from privseg.engine.editions import current_edition
from privseg.engine.errors import RunFailedError
from privseg.engine.house import House
from privseg.engine.learning.prepare import LearningRun, prepare_learning
from privseg.engine.learning.publishing import publish_learned
from privseg.engine.policy.in_force import adopt
from privseg.engine.reading import (
    authorise,
    changes_on_log,
    compiled,
    enter,
    failing_as,
    fold,
    log_or_nothing,
    require_tables,
    still,
)
from privseg.engine.segment.changes import require_usable, take_in
from privseg.errors import BudgetError
from privseg.frames import Consented, Query
from privseg.gate import Admission, PersonAmounts, note_refusal
from privseg.policy.learning import Learning, Model
from privseg.protect.learning import People, Weights, learn_personas, learn_propensity, ready
from privseg.release.compile import ResultBarredError
from privseg.release.learned_asked import grids_of
from privseg.release.learned_statement import Centres
from privseg.store import ChargeKind
from privseg.terms import StaffRole


@dataclass(frozen=True, slots=True)
class LearningFound:
    """What a scan found: secret, on its way to the learner."""

    members: dict[str, FrozenBitMap] = field(repr=False)
    eligible: FrozenBitMap = field(repr=False)
    amounts: PersonAmounts = field(repr=False)
    judged_at: datetime


def run_learning(house: House, declared: Learning, *, role: StaffRole) -> bytes:
    """Return the release of a declared model, as its published JSON bytes.

    Raises:
        LearnerMissingError: diffprivlib does not load; nothing was read or charged.
        PolicyNotApprovedError, ReadRefusedError, SegmentChangeRefusedError, ResultBarredError: the
            policy does not allow it; the refusal is on the log, nothing was read or charged.
        BudgetExceededError: the budget does not cover it; nothing was read or charged.
        AuditWriteError: the log cannot be written; nothing was read.
        RunFailedError: it failed after it was charged.
    """
    with log_or_nothing():
        run = _prepared(house, declared, role)
        authorise(house, run.admission)
        with changes_on_log(house, run.admission):
            require_usable(house, run.library, run.admission.segments, role=role)
        if (known := _known(house, run)) is not None:
            return known
        learner = ready()
        query = _query(house, run)
        require_tables(house, run.admission.reads)
        fold(house, run.admission, run.edition)
        begun = _begin(house, run)
    if isinstance(begun, bytes):
        return begun  # somebody was quicker to ask the same
    paid, consented = begun
    with paid.claim:
        return _finish(house, run, consented, query, paid, learner)


def _prepared(house: House, declared: Learning, role: StaffRole) -> LearningRun:
    """Return the run; a refusal for what would be read is on the log."""
    edition = current_edition(house, role=role)
    try:
        return prepare_learning(house, declared, edition, role=role)
    except ResultBarredError as refused:
        asked = Admission(secrets.token_hex(16), declared.segmenter, role, refused.results)
        note_refusal(asked, policy=house.policy, reason="barred result", log=house.log)
        raise


def _known(house: House, run: LearningRun) -> bytes | None:
    """Return what was learned by the same plan of the same edition: it costs nothing."""
    known = house.releases.find(plan_hash=run.plan, edition_id=run.edition.edition_id)
    return None if known is None else known.statement


def _query(house: House, run: LearningRun) -> Query | None:
    """Compile the segments, if there are any, through the second gate, before any charge."""
    if not run.admission.segments:
        return None
    return compiled(house, run.admission, run.library, at=run.edition.at)


def _begin(house: House, run: LearningRun) -> tuple[Paid, Consented] | bytes:
    """Charge the run and write its intent in one transaction; a refusal is on the log, too.

    Raises:
        BudgetExceededError: the budget does not cover it.
    """
    role = run.admission.actor
    try:
        with house.db.transaction():
            if (known := _known(house, run)) is not None:
                return known
            adopt(house, role)
            take_in(house, run.library, run.admission.segments, role=role)
            paid = pay(house, _bill(house, run))
            consented = enter(house, run.admission, run.edition, cost=paid.cost, now=house.now())
            return paid, consented
    except BudgetError:
        note_refusal(run.admission, policy=house.policy, reason="budget", log=house.log)
        raise


def _bill(house: House, run: LearningRun) -> Bill:
    """Return what the run costs: a function of its declaration alone."""
    purpose = house.policy.segmenters[run.declared.segmenter].purpose
    return Bill(
        ChargeKind.LEARNING, run.declared.name, run.plan, run.edition.edition_id, run.loss,
        purpose, run.admission.actor,
    )  # fmt: skip


def _finish(
    house: House,
    run: LearningRun,
    consented: Consented,
    query: Query | None,
    paid: Paid,
    learner: str,
) -> bytes:
    """Read, learn and publish what is paid for.

    Raises:
        AuditWriteError: the log cannot be written.
        RunFailedError: it failed; the charge stands.
    """
    with failing_as(house, consented, RunFailedError):
        found = _read(house, run, consented, query)
        model = _learn(run, found)
    return publish_learned(
        house, run, consented, model, before=paid.before, learner=learner,
        members=found.members, eligible=found.eligible, judged_at=found.judged_at,
    )  # fmt: skip


def _read(
    house: House, run: LearningRun, consented: Consented, query: Query | None
) -> LearningFound:
    """Execute the plan: members, consent checked again, and each person's numbers."""
    with house.compute.open(consented, run.admission.reads) as scan:
        members = {} if query is None else dict(scan.members(query))
        population = house.vault.people(run.edition.snapshot)
        eligible, judged_at = still(house, run.admission, consented, population)
        kept = {name: people & eligible for name, people in members.items()}
        of = eligible if run.declared.segment is None else kept[run.declared.segment]
        return LearningFound(kept, eligible, scan.amounts(run.amounts, of), judged_at)


def _learn(run: LearningRun, found: LearningFound) -> Centres | Weights:
    """Learn the model: the one place where secret numbers become a model that may leave."""
    declared, grids = run.declared, grids_of(run.asked)
    people = People(found.amounts.values, found.amounts.known)
    if declared.model is Model.PERSONAS:
        assert declared.clusters is not None, "the loader needs them"
        assert declared.rounds is not None, "the loader fills them in"
        return learn_personas(
            people, grids, clusters=declared.clusters, rounds=declared.rounds,
            epsilon=declared.epsilon,
        )  # fmt: skip
    assert declared.target is not None, "the loader needs it"
    assert declared.step is not None, "the loader fills it in"
    target = np.asarray(found.members[declared.target], np.uint32)
    labels = np.isin(found.amounts.ordinals, target)
    return learn_propensity(people, labels, grids, epsilon=declared.epsilon, step=declared.step)
