# SPDX-License-Identifier: Apache-2.0
"""Segments in words, and whether they may run; nothing is read for either."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.house import House
from privseg.engine.policy.taking import take
from privseg.engine.views import SegmentView
from privseg.loaders import load_policy
from privseg.loaders.segments import load_segments
from privseg.policy import Catalogue, authorize
from privseg.policy.grounds import explicit_of
from privseg.segment import Segment, barred, beyond_retention, clauses, read_set
from privseg.segment.compile import compile_condition
from privseg.segment.lineage import describe
from privseg.terms import Attribute, StaffRole

FOLDERS = ("policies", "segments", "reports")


def views(house: House, names: Sequence[str] | None, *, role: StaffRole) -> list[SegmentView]:
    """Return the named segments, or all of them, in order of name."""
    wanted = sorted(house.segments) if not names else list(names)
    for name in wanted:
        if name not in house.segments:
            raise house.no_segment(name)
    return [_view(house, name, house.segments[name], role) for name in wanted]


def take_policy(house: House, path: Path, *, role: StaffRole) -> None:
    """Replace the workspace's policy (and, from a folder, segments and reports) by what is there.

    Everything is loaded and checked first; what is not usable changes nothing. The change is on
    the log before it takes effect.

    Raises:
        DocumentError: it is no policy, or its segments do not fit it.
        RulesNotTakenError: the disk refuses.
    """
    rules = path / "policies" if path.is_dir() else path
    policy = load_policy(rules)
    folders = [f for f in FOLDERS if (path / f).is_dir()] if path.is_dir() else []
    if "segments" in folders:
        load_segments(path / "segments", policy.catalogue)
    header: dict[str, str | list[str]] = {"verb": "replace", "policy": policy.digest}
    event = AuditEvent(Kind.POLICY, Outcome.OK, role, header)
    take(house.config.root, path, folders, said=lambda: house.log.append(event))
    house.forget_rules()


def _beyond(house: House, segment: Segment) -> tuple[str, ...]:
    """Return what the segment asks about times from which nothing is kept any more."""
    segmenter = house.policy.segmenters.get(segment.segmenter)
    rule = house.policy.purposes.get(segmenter.purpose) if segmenter else None
    found = beyond_retention(
        segment.where,
        catalogue=house.policy.catalogue,
        at=house.now(),
        zone=house.zone,
        purpose_days=rule.retention_days if rule else None,
        library=house.segments,
    )
    return tuple(map(str, found))


def _view(house: House, name: str, segment: Segment, role: StaffRole) -> SegmentView:
    """Return one segment in words."""
    policy, catalogue, library = house.policy, house.policy.catalogue, house.segments
    reads = read_set(segment.where, catalogue, library)
    reveals = library.reveals(name)
    segmenter = policy.segmenters.get(segment.segmenter)
    actor = role if segmenter is None or role in segmenter.run_by else min(segmenter.run_by)
    decision = authorize(
        policy, segmenter=segment.segmenter, actor=actor, reads=reads, reveals=reveals
    )
    query = compile_condition(
        segment.where, catalogue=catalogue, at=house.now(), zone=house.zone, library=library
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
        categories=tuple(sorted(catalogue.categories_of(reads) | reveals)),
        explicit=explicit_of(policy, segmenter, catalogue.categories_of(reads) | reveals),
        beyond=_beyond(house, segment),
        version=library.version(name),
        sql=query.sql,
        allowed=decision.allowed,
        reasons=() if decision.allowed else decision.reasons + decision.errors,
        size=library.size(segment.where),
        scores=_lineage(catalogue, reads),
        barred=tuple(sorted(barred(reads, catalogue))),
        every=segment.every,
    )


def _lineage(catalogue: Catalogue, reads: frozenset[Attribute]) -> tuple[str, ...]:
    """Return what each score that is read is made of, in words."""
    scores = {s.name: s for a in sorted(reads) if (s := catalogue.score_of(a)) is not None}
    return tuple(describe(score) for _, score in sorted(scores.items()))
