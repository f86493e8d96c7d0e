# SPDX-License-Identifier: Apache-2.0
"""The hash of a plan: of everything public that determines the answer, but for the edition."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from privseg.release.encode_block import Spelling
from privseg.release.encode_formula import derived_facts
from privseg.tlog.canonical import canonical

if TYPE_CHECKING:
    from privseg.protect import LeftOutPlan
    from privseg.release.plan import PlannedTable, ReportPlan

PLAN_FORMAT = "privseg.plan/2"
Json = dict[str, Any]


def hash_of(plan: ReportPlan) -> str:
    """Return the SHA-256 (hex) of the canonical text of a plan's facts.

    Titles, labels and the report's name are not in it: they change no number. Windows count in
    days before the edition's moment, unless moments were asked for (periods, the span of a trend).
    """
    spelling = Spelling(plan.at, in_full=False)
    facts = {
        "version": PLAN_FORMAT,
        "controller": plan.controller,
        "policy": plan.policy_digest,
        "segmenter": plan.segmenter,
        "purpose": plan.purpose,
        "conversion_delta": str(plan.conversion_delta),
        "segments": [list(s) for s in plan.segments],
        "sets": [[s.name, s.segment, s.version, s.days_before] for s in plan.sets],
        "tables": [_table(t, spelling) for t in plan.tables],
        "not_included": _left_out(plan.not_included),
    }
    return sha256(canonical(facts)).hexdigest()


def _table(table: PlannedTable, spelling: Spelling) -> Json:
    block, gate = table.block, table.plan.gate
    dimensions = zip(block.dimensions, table.dimensions, strict=True)
    measures = zip(table.plan.measures, table.captions, strict=True)
    derived = zip(table.plan.derived, table.derived, strict=True)
    return {
        "name": block.name,
        "kind": table.kind.value,
        "segments": list(block.segments),
        "dimensions": [spelling.dimension(d, c) for d, c in dimensions],
        "margins": [list(m) for m in block.margins],
        "groups_per_person": block.groups_per_person,
        "min_people": gate.min_people,
        "selection_delta": str(gate.delta),
        "measures": [spelling.measure(p.measure, c) | {"rho": str(p.rho)} for p, c in measures],
        "derived": [derived_facts(d, c) for d, c in derived],
    }


def _left_out(plan: LeftOutPlan | None) -> Json | None:
    if plan is None:
        return None
    gate = plan.gate
    return {
        "rho": str(plan.quantity.rho),
        "min_people": gate.min_people,
        "selection_delta": str(gate.delta),
    }
