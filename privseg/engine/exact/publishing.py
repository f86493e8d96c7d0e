# SPDX-License-Identifier: Apache-2.0
"""The end of an exact run: outcome, memberships, release and register, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg import __version__
from privseg.engine.exact.errors import RecordsGoneError
from privseg.engine.exact.kept import keep, kept
from privseg.engine.exact.prepare import ExactRun, earlier
from privseg.engine.house import House
from privseg.engine.outcome import commitment, meanings, memberships, published
from privseg.engine.reading import end
from privseg.frames import Consented
from privseg.protect.exact.microdata import CoarseRecords
from privseg.protect.exact.suppression import ExactCounts
from privseg.release.exact_asked import Json
from privseg.release.exact_register import ExactRelease, sign_exact, stored_exact
from privseg.release.exact_statement import (
    ExactFrame,
    csv_text,
    records_statement,
    tables_statement,
)
from privseg.release.json_register import leaf_bytes, leaf_of
from privseg.store import Origin, StoredRelease
from privseg.tlog import leaf_hash

Protected = ExactCounts | CoarseRecords


def publish_exact(
    house: House,
    run: ExactRun,
    consented: Consented,
    protected: Protected,
    *,
    members: Mapping[str, FrozenBitMap],
    eligible: FrozenBitMap,
    judged_at: datetime,
) -> bytes:
    """Write outcome, membership, release and its entry in one transaction; return the release."""
    now = house.now()
    with house.db.transaction():
        index, there = end(
            house, consented, members, eligible,
            versions=run.admission.segments, judged_at=judged_at,
        )  # fmt: skip
        if (first := earlier(house, run)) is not None:
            return first.statement  # somebody asked the same at the same time: one answer
        salt = secrets.token_bytes(32)
        frame = _frame(house, run, now, commitment(house, index, salt))
        release, data = _signed(house, run, frame, protected)
        house.releases.add(
            StoredRelease(
                register_index=release.entry.index,
                leaf=leaf_bytes(release.statement),
                statement=release.to_bytes(),
                plan_hash=run.plan,
                edition_id=run.edition.edition_id,
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
                run.admission, consented, release=leaf_of(release.statement)["statement"],
                register=release.entry.index, guarantee="k", plan=run.plan,
                report=run.declared.name,
            )
        )  # fmt: skip
        if data is not None:
            keep(house, release.statement["records"]["sha256"], data, until=run.span.ends)
    return release.to_bytes()


def with_records(house: House, document: bytes) -> bytes:
    """Return a stored release with its records, if it has any: they are kept apart, sealed.

    Raises:
        RecordsGoneError: they are not here any more.
    """
    release = stored_exact(document)
    if "records" not in release.statement:
        return document
    data = kept(house, release.statement["records"]["sha256"])
    if data is None:
        raise RecordsGoneError(release.statement["asked"]["name"])
    return replace(release, data=data).to_bytes()


def _signed(
    house: House, run: ExactRun, frame: ExactFrame, protected: Protected
) -> tuple[ExactRelease, str | None]:
    """Return the release, as the register's next, and its records, which are kept apart."""
    data: str | None = None
    statement: Json
    if isinstance(protected, ExactCounts):
        statement = tables_statement(run.asked, frame, protected)
    else:
        data = csv_text((*protected.quasi, *protected.sensitive), protected.rows)
        statement = records_statement(run.asked, frame, protected, data)
    leaves = [leaf_hash(leaf) for leaf in house.releases.leaves()]
    return sign_exact(statement, None, leaves, house.release_signer), data


def _frame(house: House, run: ExactRun, now: datetime, audit: bytes) -> ExactFrame:
    """Return what stands around the numbers."""
    purpose = house.policy.segmenters[run.declared.segmenter].purpose
    return ExactFrame(
        code=f"privseg {__version__}",
        policy=house.policy.digest,
        purpose_title=house.policy.purposes[purpose].title,
        edition_id=run.edition.edition_id,
        at=run.edition.at,
        released_at=now,
        meanings=meanings(run.library, run.admission.segments),
        audit=audit,
        register=house.release_signer.name,
    )
