# SPDX-License-Identifier: Apache-2.0
"""What would happen, told without making it happen: no edition, no charge, no entry, no read."""

from __future__ import annotations

from privseg.engine.house import House
from privseg.engine.reading import edition_now, would_authorise
from privseg.engine.report.publishing import Draft
from privseg.engine.report.running import prepare_on, require_changes
from privseg.release import ReportPlan, ReportRequest
from privseg.segment import beyond_retention
from privseg.terms import StaffRole


def foresee(
    house: House, request: ReportRequest, *, role: StaffRole, draft: Draft | None = None
) -> ReportPlan:
    """Return the plan of a report, judged by the policy as a run would be.

    Raises:
        ReadRefusedError, ReportRefusedError, ReportNotUsableError: a run would be refused.
        SegmentChangeRefusedError: likewise, for a segment that was changed.
        PolicyNotApprovedError: likewise, until a second person has approved the policy.
    """
    run = prepare_on(house, request, edition_now(house), role=role, draft=draft)
    would_authorise(house, run.asked)
    require_changes(house, run)
    return run.plan


def beyond_kept(house: House, request: ReportRequest) -> tuple[str, ...]:
    """Return what a report's segments ask about times from which nothing is kept, as warnings."""
    rule = house.policy.segmenters.get(request.segmenter)
    purpose = house.policy.purposes.get(rule.purpose) if rule else None
    found = [
        f"{name}: {each}"
        for name in request.segments
        for each in beyond_retention(
            house.segments[name].where,
            catalogue=house.policy.catalogue,
            at=house.now(),
            zone=house.zone,
            purpose_days=purpose.retention_days if purpose else None,
            library=house.segments,
        )
    ]
    return tuple(dict.fromkeys(found))
