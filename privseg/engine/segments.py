# SPDX-License-Identifier: Apache-2.0
"""Segments in words, and whether they may run; nothing is read for either."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from privseg.engine.errors import UnknownReportError
from privseg.engine.house import House
from privseg.engine.views import SegmentView
from privseg.policy import authorize
from privseg.segment import Segment, clauses, read_set
from privseg.segment.compile import compile_condition
from privseg.terms import StaffRole


def views(house: House, names: Sequence[str] | None, *, role: StaffRole) -> list[SegmentView]:
    """Return the named segments, or all of them, in order of name."""
    wanted = sorted(house.segments) if not names else list(names)
    for name in wanted:
        if name not in house.segments:
            raise UnknownReportError(name, known=tuple(house.segments))
    return [_view(house, name, house.segments[name], role) for name in wanted]


def take_policy(house: House, path: Path) -> None:
    """Replace the workspace's policy, segments and reports by those in ``path``."""
    root = house.config.root
    if path.is_file():
        shutil.rmtree(root / "policies")
        (root / "policies").mkdir()
        shutil.copy(path, root / "policies" / path.name)
    else:
        for folder in ("policies", "segments", "reports"):
            if (path / folder).is_dir():
                shutil.rmtree(root / folder, ignore_errors=True)
                shutil.copytree(path / folder, root / folder)
    for cached in ("policy", "segments", "sets"):
        house.__dict__.pop(cached, None)


def _view(house: House, name: str, segment: Segment, role: StaffRole) -> SegmentView:
    """Return one segment in words."""
    policy, catalogue = house.policy, house.policy.catalogue
    reads = read_set(segment.where, catalogue, house.segments)
    segmenter = policy.segmenters.get(segment.segmenter)
    actor = role if segmenter is None or role in segmenter.run_by else min(segmenter.run_by)
    decision = authorize(policy, segmenter=segment.segmenter, actor=actor, reads=reads)
    query = compile_condition(
        segment.where, catalogue=catalogue, at=house.now(), zone=house.zone, library=house.segments
    )
    return SegmentView(
        name=name,
        label=segment.label.get("en", name),
        colour=segment.colour or "",
        note=segment.note or "",
        segmenter=segment.segmenter,
        purpose=segmenter.purpose if segmenter else "",
        meaning=clauses(segment.where),
        reads=tuple(sorted(reads)),
        categories=tuple(sorted({catalogue.readables[a].category for a in reads})),
        version=house.segments.version(name),
        sql=query.sql,
        allowed=decision.allowed,
        reasons=() if decision.allowed else decision.reasons + decision.errors,
    )
