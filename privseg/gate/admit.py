# SPDX-License-Identifier: Apache-2.0
"""The entry gate: policy chooses the columns, consent chooses the rows, the log comes first.

``admit`` is the only maker of ``Consented``. The order is the promise: authorise, find who is
eligible, write the intent entry, and only then hand out a plan. A refusal is an entry too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pyroaring import BitMap, FrozenBitMap

from privseg.audit import (
    AuditEvent,
    AuditLog,
    Kind,
    Outcome,
    name_or_unknown,
    people_to_text,
)
from privseg.frames import Consented, Raw, Segmented
from privseg.gate.eligible import EligibleSets
from privseg.gate.errors import ReadRefusedError
from privseg.policy import Policy, authorize
from privseg.terms import Attribute, Category, Decision, StaffRole

PLAN_LIFETIME = timedelta(hours=1)  # a plan that nobody ran by then is worthless


@dataclass(frozen=True, slots=True)
class Admission:
    """Who asks to read what: a segmenter, the role that runs it, the attributes, the segments.

    ``reveals`` is what the segments tell of whom they find, beside what is read (law 12).
    """

    run_id: str
    segmenter: str
    actor: StaffRole
    reads: frozenset[Attribute]
    segments: Mapping[str, str] = field(default_factory=dict)  # name -> version hash
    reveals: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a run was charged, as exact texts: in the log, so that the budget can be checked.

    ``link`` is the charge's in the chain of the budget ledger; empty where nothing is charged. A
    run that joined the charge of another one has its link, and rho 0.
    """

    plan: str
    rho: str
    delta: str
    charged_at: datetime
    link: str = ""


def admit(
    asked: Admission,
    raw: Raw,
    *,
    policy: Policy,
    sets: EligibleSets,
    population: FrozenBitMap,
    log: AuditLog,
    now: datetime,
    known_at: int,
    cost: PlanCost,
) -> Consented:
    """Return a single-use plan over the permitted columns and the people eligible.

    They are those of the edition who still are at ``now``, as the ledger knows it at ``known_at``:
    of whoever said no since the edition was opened nothing is read.

    The intent entry is durable when this returns (or when the enclosing transaction commits,
    which the caller must let happen before it opens the plan).

    Raises:
        ReadRefusedError: the policy denies; the refusal is on the log.
        AuditWriteError: the log cannot be written; nothing may be read.
    """
    decision = may_read(asked, policy)
    if not decision.allowed:
        raise refuse(asked, policy=policy, reasons=decision.reasons + decision.errors, log=log)
    eligible = eligible_people(
        asked, policy=policy, sets=sets, population=population,
        at=raw.edition.at, known_at=raw.edition.ledger_position,
    )  # fmt: skip
    eligible &= eligible_people(
        asked, policy=policy, sets=sets, population=population, at=now, known_at=known_at
    )
    index = log.append(_intent(asked, raw, policy, eligible, cost))
    purpose = policy.segmenters[asked.segmenter].purpose
    return Consented(
        run_id=asked.run_id,
        segmenter=asked.segmenter,
        purpose=purpose,
        actor=asked.actor,
        read_set=asked.reads,
        edition=raw.edition,
        intent_index=index,
        expires_at=now + PLAN_LIFETIME,
        eligible=eligible,
        reveals=asked.reveals,
        retention_days=policy.purposes[purpose].retention_days,
    )


def may_read(asked: Admission, policy: Policy) -> Decision:
    """Return what the policy says to an admission, with the reasons."""
    return authorize(
        policy,
        segmenter=asked.segmenter,
        actor=asked.actor,
        reads=asked.reads,
        reveals=asked.reveals,
    )


def needed_categories(asked: Admission, policy: Policy) -> frozenset[Category]:
    """Return every category that a person must have allowed: of what is read, made of, revealed.

    Laws 12 and 14: a label or a score launders nothing.
    """
    return policy.catalogue.categories_of(asked.reads) | asked.reveals


def refuse(
    asked: Admission, *, policy: Policy, reasons: tuple[str, ...], log: AuditLog
) -> ReadRefusedError:
    """Put a refusal on the log and return the error that says it."""
    note_refusal(asked, policy=policy, reason="policy", log=log)
    return ReadRefusedError(segmenter=asked.segmenter, reasons=reasons)


def note_refusal(asked: Admission, *, policy: Policy, reason: str, log: AuditLog) -> None:
    """Put a refusal on the log; ``reason`` is a word, never a finding about data."""
    header: dict[str, str | list[str]] = {
        "run": asked.run_id,
        "segmenter": name_or_unknown(asked.segmenter),
        "attributes": sorted(a for a in asked.reads if policy.catalogue.category_of(a)),
        "policy": policy.digest,
        "reason": reason,
    }
    log.append(AuditEvent(Kind.ACCESS_DENIED, Outcome.DENIED, asked.actor, header))


def eligible_people(
    asked: Admission,
    *,
    policy: Policy,
    sets: EligibleSets,
    population: FrozenBitMap,
    at: datetime,
    known_at: int,
) -> FrozenBitMap:
    """Return the people of ``population`` whose consent covers every category of the read-set.

    An AND: a person who has not allowed one of the attributes, what it is made of, or what the
    segments reveal, is not in the population at all. Of a person's linked profiles one is in it.
    """
    purpose = policy.segmenters[asked.segmenter].purpose
    people = BitMap(population)
    for category in sorted(needed_categories(asked, policy)):
        people &= sets.people(purpose, category, at=at, known_at=known_at)
    return sets.one_each(FrozenBitMap(people), at=at, known_at=known_at)


def still_eligible(
    plan: Consented,
    *,
    policy: Policy,
    sets: EligibleSets,
    population: FrozenBitMap,
    now: datetime,
    known_at: int,
) -> FrozenBitMap:
    """Return who of the plan's people is eligible *now*: checked just before the noise draw."""
    asked = Admission(plan.run_id, plan.segmenter, plan.actor, plan.read_set, reveals=plan.reveals)
    people = eligible_people(
        asked, policy=policy, sets=sets, population=population, at=now, known_at=known_at
    )
    return plan.eligible & people


def close(
    segmented: Segmented, *, eligible: FrozenBitMap, policy: Policy, versions: Mapping[str, str],
    judged_at: datetime, log: AuditLog,
) -> int:  # fmt: skip
    """Write the outcome entry of a run: who was eligible, who was found; return its index.

    ``judged_at`` is the moment at which who was eligible was asked the last time.
    """
    plan = segmented.plan
    header: dict[str, str | list[str]] = {
        "run": plan.run_id,
        "of": str(plan.intent_index),
        "segmenter": plan.segmenter,
        "purpose": plan.purpose,
        "attributes": sorted(plan.read_set),
        "segments": pinned(versions),
        "policy": policy.digest,
        "edition": plan.edition.edition_id,
    }
    body = {
        "eligible": people_to_text(eligible),
        "members": {name: people_to_text(p) for name, p in segmented.members.items()},
        "judged_at": judged_at.isoformat(),
        "reveals": sorted(plan.reveals),
    }
    return log.append(AuditEvent(Kind.ACCESS_OUTCOME, Outcome.OK, plan.actor, header, body))


def pinned(versions: Mapping[str, str]) -> list[str]:
    """Return ``name.version`` of each segment: which definition was run, for the header."""
    return [f"{name}.{version}" for name, version in sorted(versions.items())]


def _intent(
    asked: Admission, raw: Raw, policy: Policy, eligible: FrozenBitMap, cost: PlanCost
) -> AuditEvent:
    """Return the entry that precedes the read; its body commits to the people eligible."""
    header: dict[str, str | list[str]] = {
        "run": asked.run_id,
        "segmenter": asked.segmenter,
        "purpose": policy.segmenters[asked.segmenter].purpose,
        "attributes": sorted(asked.reads),
        "segments": pinned(asked.segments),
        "policy": policy.digest,
        "edition": raw.edition.edition_id,
    }
    body = {
        "eligible": people_to_text(eligible),
        "ledger_position": raw.edition.ledger_position,
        "snapshot": raw.edition.snapshot,
        "plan": cost.plan,
        "rho": cost.rho,
        "delta": cost.delta,
        "charged_at": cost.charged_at.isoformat(),
        "link": cost.link,
    }
    return AuditEvent(Kind.ACCESS_INTENT, Outcome.PENDING, asked.actor, header, body)
