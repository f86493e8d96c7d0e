# SPDX-License-Identifier: Apache-2.0
"""The end of a run: outcome, memberships, release and register, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg import __version__
from privseg.engine.house import House
from privseg.engine.outcome import commitment, memberships, published
from privseg.engine.reading import end
from privseg.frames import Cell, Consented, Edition, Tally
from privseg.gate import Admission
from privseg.protect import Protected
from privseg.release import (
    Budget,
    ReportPlan,
    ReportRequest,
    SegmentNote,
    Statement,
    enter,
    leaf_bytes,
    leaf_of,
    sign_release,
)
from privseg.segment import Library, clauses
from privseg.store import Origin, StoredRelease
from privseg.tlog import leaf_hash


@dataclass(frozen=True, slots=True)
class Draft:
    """Segments that are not those of the workspace's folder: a file looked at before it is in use.

    What is asked of ``library`` is made from ``written``, where ``name`` stands as it was written.
    No definition comes into force by it, and whom it finds is kept in the log alone.
    ``is_plan`` is whether it only says what a change would do.
    """

    library: Library
    written: Library
    name: str
    is_plan: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One report about to be made: what it asks, as which role, of which edition."""

    request: ReportRequest
    plan: ReportPlan
    asked: Admission
    edition: Edition
    library: Library
    draft: Draft | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the segments that it is about, as they stand now."""
        return tuple(name for name, _ in self.plan.segments)


@dataclass(frozen=True, slots=True)
class Found:
    """What a scan found: secret, on its way to the noise."""

    members: Mapping[str, FrozenBitMap] = field(repr=False)
    eligible: FrozenBitMap = field(repr=False)
    tallies: Mapping[str, Mapping[Cell, Tally]] = field(repr=False)
    left_out: int = field(repr=False)
    judged_at: datetime


def publish(
    house: House, run: Run, consented: Consented, found: Found, protected: Protected, budget: Budget
) -> bytes:
    """Write outcome, membership, release and its entry in one transaction; return the release."""
    now = house.now()
    with house.db.transaction():
        index, there = end(
            house, consented, found.members, found.eligible,
            versions=run.asked.segments, judged_at=found.judged_at,
        )  # fmt: skip
        plan, edition = run.plan.plan_hash, run.edition.edition_id
        if (first := house.releases.find(plan_hash=plan, edition_id=edition)) is not None:
            return first.statement  # somebody asked the same at the same time: one answer
        salt = secrets.token_bytes(32)
        statement = _statement(house, run, protected, budget, now, commitment(house, index, salt))
        signer = house.release_signer
        earlier = [leaf_hash(leaf) for leaf in house.releases.leaves()]
        release = sign_release(statement, enter(statement, earlier, signer), signer)
        house.releases.add(
            StoredRelease(
                register_index=release.entry.index,
                leaf=leaf_bytes(statement),
                statement=release.to_bytes(),
                plan_hash=run.plan.plan_hash,
                edition_id=run.edition.edition_id,
                created_at=now,
                salt=salt,
            )
        )
        if not run.draft:
            _keep(house, run, consented, there, now)
        house.log.append(
            published(
                run.asked, consented, release=leaf_of(statement)["statement"],
                register=release.entry.index, guarantee="dp", plan=plan, report=run.request.name,
            )
        )  # fmt: skip
    return release.to_bytes()


def _keep(
    house: House, run: Run, consented: Consented, there: Mapping[str, FrozenBitMap], now: datetime
) -> None:
    """Keep who was found in each segment, for the person's own answer."""
    versions = dict(run.plan.segments)
    house.runs.record(
        memberships(
            house, consented, run.library, there,
            versions=versions, at=now, origin=Origin.REPORT,
        )
    )  # fmt: skip


def _statement(
    house: House, run: Run, protected: Protected, budget: Budget, now: datetime, audit: bytes
) -> Statement:
    """Return everything the release says."""
    segments = [run.library[name] for name, _ in run.plan.segments]
    return Statement(
        plan=run.plan,
        protected=protected,
        purpose_title=house.policy.purposes[run.plan.purpose].title,
        segments=tuple(
            SegmentNote(
                s.name, s.label.get("en", s.name), s.colour or "", "; ".join(clauses(s.where))
            )
            for s in segments
        ),
        edition_id=run.edition.edition_id,
        released_at=now,
        budget=budget,
        audit=audit,
        register=house.release_signer.name,
        code=f"privseg {__version__}",
    )
