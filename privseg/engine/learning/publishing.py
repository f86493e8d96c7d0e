# SPDX-License-Identifier: Apache-2.0
"""The end of learning: outcome, memberships, release and register, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg import __version__
from privseg.dsr import Participation
from privseg.engine.house import House
from privseg.engine.learning.prepare import LearningRun
from privseg.engine.outcome import commitment, meanings, memberships, published
from privseg.engine.reading import end
from privseg.frames import Consented
from privseg.protect.learning import Weights
from privseg.release.json_register import leaf_bytes, leaf_of
from privseg.release.learned_asked import rho_of
from privseg.release.learned_register import sign_learned, stored_learned
from privseg.release.learned_statement import Centres, LearnedFrame, learned_statement
from privseg.release.statement import Budget
from privseg.store import Origin, StoredRelease
from privseg.tlog import leaf_hash


def publish_learned(
    house: House,
    run: LearningRun,
    consented: Consented,
    model: Centres | Weights,
    *,
    before: Budget,
    learner: str,
    members: Mapping[str, FrozenBitMap],
    eligible: FrozenBitMap,
    judged_at: datetime,
) -> bytes:
    """Write outcome, memberships, release and its entry in one transaction; return the release."""
    now = house.now()
    with house.db.transaction():
        index, there = end(
            house, consented, members, eligible,
            versions=run.admission.segments, judged_at=judged_at,
        )  # fmt: skip
        plan, edition = run.plan, run.edition.edition_id
        if (first := house.releases.find(plan_hash=plan, edition_id=edition)) is not None:
            return first.statement  # somebody asked the same at the same time: one answer
        salt = secrets.token_bytes(32)
        frame = _frame(house, run, before, learner, now, commitment(house, index, salt))
        statement = learned_statement(run.asked, frame, model)
        leaves = [leaf_hash(leaf) for leaf in house.releases.leaves()]
        release = sign_learned(statement, leaves, house.release_signer)
        house.releases.add(
            StoredRelease(
                register_index=release.entry.index,
                leaf=leaf_bytes(statement),
                statement=release.to_bytes(),
                plan_hash=plan,
                edition_id=edition,
                created_at=now,
                salt=salt,
            )
        )
        house.runs.record(
            memberships(
                house, consented, run.library, there,
                versions=run.admission.segments, at=now, origin=Origin.REPORT,
            )
        )  # fmt: skip
        house.log.append(
            published(
                run.admission, consented, release=leaf_of(statement)["statement"],
                register=release.entry.index, guarantee="dp", plan=plan, report=run.declared.name,
            )
        )  # fmt: skip
    return release.to_bytes()


def learned_participation(stored: StoredRelease) -> dict[str, Participation]:
    """Return a learned release as a person's own answer tells it, by its statement's hash."""
    statement = stored_learned(stored.statement).statement
    asked = statement["asked"]
    told = Participation(
        stored.register_index,
        f"{asked['name']} ({asked['model']}, learned)",
        statement["released_at"],
        rho_of(asked),
    )
    return {leaf_of(statement)["statement"]: told}


def _frame(
    house: House,
    run: LearningRun,
    before: Budget,
    learner: str,
    now: datetime,
    audit: bytes,
) -> LearnedFrame:
    """Return what stands around the model."""
    purpose = house.policy.segmenters[run.declared.segmenter].purpose
    return LearnedFrame(
        code=f"privseg {__version__}",
        learner=learner,
        policy=house.policy.digest,
        purpose_title=house.policy.purposes[purpose].title,
        edition_id=run.edition.edition_id,
        at=run.edition.at,
        released_at=now,
        meanings=meanings(run.library, run.declared.segments),
        budget=before,
        conversion_delta=house.policy.budget.conversion_delta,
        audit=audit,
        register=house.release_signer.name,
    )
