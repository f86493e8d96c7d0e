# SPDX-License-Identifier: Apache-2.0
"""What would happen, told without making it happen: no edition, no charge, no entry, no read."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

from privseg.engine.approving import require_approved
from privseg.engine.house import House
from privseg.engine.reporting import prepare_on
from privseg.frames import Edition
from privseg.gate import ReadRefusedError
from privseg.loaders import DocumentError, load_segment, load_segments
from privseg.loaders.files import yaml_files
from privseg.policy import Catalogue, Finding, authorize
from privseg.release import ReportPlan, ReportRequest
from privseg.segment import beyond_retention
from privseg.terms import StaffRole


def foresee(house: House, request: ReportRequest, *, role: StaffRole) -> ReportPlan:
    """Return the plan of a report, judged by the policy as a run would be.

    Raises:
        ReadRefusedError, ReportRefusedError, ReportNotUsableError: a run would be refused.
        PolicyNotApprovedError: likewise, until a second person has approved the policy.
    """
    now = Edition("", house.columns.snapshot(), house.ledger.position(), house.now())
    run = prepare_on(house, request, now, role=role)
    asked = run.asked
    require_approved(house)
    decision = authorize(
        house.policy, segmenter=asked.segmenter, actor=role, reads=asked.reads,
        reveals=asked.reveals,
    )  # fmt: skip
    if not decision.allowed:
        why = decision.reasons + decision.errors
        raise ReadRefusedError(segmenter=asked.segmenter, reasons=why)
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


def segment_mistakes(house: House) -> tuple[Finding, ...]:
    """Return every mistake of every segment file, at its place; none when all can be used."""
    folder, catalogue = house.config.segments, house.policy.catalogue
    try:
        load_segments(folder, catalogue)
    except DocumentError as first:
        files = yaml_files(folder, folder.name)
        found = [f for path, file in files for f in _mistakes_of(path, catalogue, file)]
        return tuple(found) or first.findings
    return ()


def _mistakes_of(path: Path | Traversable, catalogue: Catalogue, file: str) -> tuple[Finding, ...]:
    """Return the mistakes of one segment file."""
    try:
        load_segment(path, catalogue, name=file)
    except DocumentError as error:
        return error.findings
    return ()
