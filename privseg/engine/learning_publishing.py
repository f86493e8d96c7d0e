# SPDX-License-Identifier: Apache-2.0
"""The end of learning: outcome, memberships, release and register, in one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg import __version__
from privseg.audit import AuditEvent, Kind, Outcome
from privseg.dsr import Participation
from privseg.engine.house import House
from privseg.engine.learning_prepare import LearningRun
from privseg.engine.publishing import COMMITMENT
from privseg.engine.reading import reads_of, without_erased
from privseg.frames import Consented, Segmented
from privseg.gate import close
from privseg.protect.learning import Weights
from privseg.release.exact_statement import Meaning
from privseg.release.learned_asked import rho_of
from privseg.release.learned_register import (
    LearnedRelease,
    leaf_bytes,
    leaf_of,
    sign_learned,
    stored_learned,
)
from privseg.release.learned_statement import Centres, LearnedFrame, learned_statement
from privseg.release.statement import Budget
from privseg.segment import clauses
from privseg.store import Membership, Origin, StoredRelease
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
        there = without_erased(house, run.edition, {**members, "": eligible})
        still = there.pop("")
        index = close(
            Segmented(consented, there), eligible=still, policy=house.policy,
            versions=run.admission.segments, judged_at=judged_at, log=house.log,
        )  # fmt: skip
        plan, edition = run.plan, run.edition.edition_id
        if (first := house.releases.find(plan_hash=plan, edition_id=edition)) is not None:
            return first.statement  # somebody asked the same at the same time: one answer
        salt = secrets.token_bytes(32)
        frame = _frame(house, run, before, learner, now, _commit(house, index, salt))
        statement = learned_statement(run.asked, frame, model)
        leaves = [leaf_hash(leaf) for leaf in house.releases.leaves()]
        release = sign_learned(statement, leaves, house.release_signer)
        house.releases.add(
            StoredRelease(
                register_index=release.index,
                leaf=leaf_bytes(statement),
                statement=release.to_bytes(),
                plan_hash=plan,
                edition_id=edition,
                created_at=now,
                salt=salt,
            )
        )
        house.runs.record(_memberships(house, run, there, now))
        house.log.append(_entry(run, consented, release))
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
    segments = [run.library[name] for name in run.declared.segments]
    purpose = house.policy.segmenters[run.declared.segmenter].purpose
    return LearnedFrame(
        code=f"privseg {__version__}",
        learner=learner,
        policy=house.policy.digest,
        purpose_title=house.policy.purposes[purpose].title,
        edition_id=run.edition.edition_id,
        at=run.edition.at,
        released_at=now,
        meanings=tuple(
            Meaning(s.name, s.label.get("en", s.name), "; ".join(clauses(s.where)))
            for s in segments
        ),
        budget=before,
        conversion_delta=house.policy.budget.conversion_delta,
        audit=audit,
        register=house.release_signer.name,
    )


def _commit(house: House, index: int, salt: bytes) -> bytes:
    """Return the salted commitment to an audit entry; an auditor inside can open it."""
    (stored,) = house.log.entries(index, index + 1)
    return hashlib.sha256(COMMITMENT + salt + leaf_hash(stored.entry_bytes)).digest()


def _memberships(
    house: House, run: LearningRun, members: Mapping[str, FrozenBitMap], at: datetime
) -> list[Membership]:
    """Return who was found in each segment, for the person's own answer."""
    return [
        Membership(
            run_id=run.admission.run_id,
            segment=name,
            version=version,
            edition_id=run.edition.edition_id,
            at=at,
            people=members[name],
            origin=Origin.REPORT,
            policy=house.policy.digest,
            purpose=house.policy.segmenters[run.declared.segmenter].purpose,
            reads=reads_of(house, run.library, [name]),
            reveals=run.library.reveals(name),
        )
        for name, version in sorted(run.admission.segments.items())
    ]


def _entry(run: LearningRun, consented: Consented, release: LearnedRelease) -> AuditEvent:
    """Return the log's entry of a publication; what it holds is public already."""
    header: dict[str, str | list[str]] = {
        "run": run.admission.run_id,
        "of": str(consented.intent_index),
        "release": leaf_of(release.statement)["statement"],
        "register": str(release.index),
        "guarantee": "dp",
        "plan": run.plan,
        "report": run.declared.name,
    }
    return AuditEvent(Kind.RELEASE, Outcome.OK, run.admission.actor, header)
