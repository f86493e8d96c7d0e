# SPDX-License-Identifier: Apache-2.0
"""A statement as JSON-ready values. Everything derivable is derived here, and nowhere else.

``verify`` reads the facts back (``release.decode``), prints them again with this code and compares:
a sigma, threshold, derivation, interval, cost or epsilon that does not follow from the facts shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

from privseg.frames import Measure
from privseg.protect import (
    Estimate,
    Gate,
    LeftOutPlan,
    MeasurePlan,
    PrivacyLoss,
    ProtectedCell,
    ProtectedNumber,
    Quantity,
    epsilon_of,
    half_width,
)
from privseg.protect.sensitivity import NEIGHBOURS
from privseg.release.plan import Caption, PlannedTable, ReportPlan
from privseg.release.statement import RELEASE_FORMAT, Budget, Statement
from privseg.terms import to_micros
from privseg.tlog.canonical import canonical

Json = dict[str, Any]
ACCOUNTING = "zCDP (Bun & Steinke 2016), printed by Canonne, Kamath & Steinke 2020, rounded up"


def encode(statement: Statement) -> Json:
    """Return the JSON-ready form of ``statement``; ``canonical`` of it is what is hashed."""
    plan, protected = statement.plan, statement.protected
    cells = {t.name: t.cells for t in protected.tables}
    return {
        "version": RELEASE_FORMAT,
        "code": statement.code,
        "report": {"name": plan.name, "title": plan.title, "plan": plan.plan_hash},
        "controller": plan.controller,
        "segmenter": plan.segmenter,
        "purpose": {"name": plan.purpose, "title": statement.purpose_title},
        "policy": plan.policy_digest,
        "edition": {"id": statement.edition_id, "at": moment(plan.at)},
        "released_at": moment(statement.released_at),
        "segments": _segments(statement),
        "tables": [_table(t, cells[t.block.name]) for t in plan.tables],
        "not_included": _left_out(plan.not_included, protected.not_included),
        "guarantee": _guarantee(plan),
        "budget": _budget(statement.budget, plan),
        "audit": statement.audit.hex(),
        "register": statement.register,
    }


def statement_sha256(encoded: Json) -> str:
    """Return the SHA-256 (hex) of a statement's canonical text."""
    return sha256(canonical(encoded)).hexdigest()


def moment(at: datetime) -> str:
    """Return a moment in UTC to the microsecond.

    >>> moment(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00.000000Z'
    """
    to_micros(at)  # refuses a moment without a time zone
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _segments(statement: Statement) -> list[Json]:
    notes = zip(statement.segments, statement.plan.segments, strict=True)
    return [
        {
            "name": note.name,
            "version": version,
            "label": note.label,
            "colour": note.colour,
            "words": note.words,
        }
        for note, (_, version) in notes
    ]


def _table(table: PlannedTable, cells: tuple[ProtectedCell, ...]) -> Json:
    block = table.block
    measures = zip(table.plan.measures, table.captions, strict=True)
    return {
        "name": block.name,
        "title": table.title,
        "by": block.by,
        "keys": list(block.keys),
        "groups_per_person": block.groups_per_person,
        "gate": _gate(table.plan.gate),
        "measures": [_measure(plan, caption) for plan, caption in measures],
        "cells": [_cell(cell) for cell in cells],
    }


def _gate(gate: Gate) -> Json:
    return {
        "min_people": gate.min_people,
        "selection_delta": str(gate.delta),
        "threshold": gate.threshold,
        "smallest_value": gate.smallest_value,
    }


def _measure(plan: MeasurePlan, caption: Caption) -> Json:
    measure = plan.measure
    return {
        "name": measure.name,
        "kind": measure.kind.value,
        "label": caption.label,
        "unit": {"name": caption.unit.name, "decimals": caption.unit.decimals},
        "attribute": measure.attribute,
        "window": _window(measure, caption),
        "bounds": {
            "lower": measure.lower,
            "upper": measure.upper,
            "events_per_person": measure.events_per_person,
        },
        "rho": str(plan.rho),
        "mechanisms": [_mechanism(q) for q in plan.quantities],
    }


def _window(measure: Measure, caption: Caption) -> Json | None:
    if measure.window is None:
        return None
    start, end = measure.window
    return {"days": caption.days, "from": moment(start), "to": moment(end)}


def _mechanism(quantity: Quantity) -> Json:
    sensitivity = quantity.sensitivity
    return {
        "part": quantity.part.value,
        "mechanism": "discrete_gaussian",
        "groups": sensitivity.groups,
        "per_group": sensitivity.per_group,
        "sensitivity_squared": sensitivity.squared,
        "rho": str(quantity.rho),
        "sigma_squared": str(quantity.sigma2),
        "half_width": half_width(quantity),
        "derivation": list(quantity.derivation),
    }


def _cell(cell: ProtectedCell) -> Json:
    return {
        "segment": cell.segment,
        "key": cell.key,
        "withheld": None if cell.withheld is None else cell.withheld.value,
        "numbers": [_number(n) for n in cell.numbers.values()],
    }


def _number(number: ProtectedNumber) -> Json:
    return {
        "measure": number.measure,
        "released": {part.value: drawn for part, drawn in number.released.items()},
        "estimate": _estimate(number.estimate),
        "withheld": None if number.withheld is None else number.withheld.value,
        "people_at_limit": _estimate(number.at_limit),
        "limit_hides_up_to": number.limit_hides_up_to,
    }


def _estimate(estimate: Estimate | None) -> Json | None:
    if estimate is None:
        return None
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "decimals": estimate.decimals,
    }


def _left_out(plan: LeftOutPlan | None, number: ProtectedNumber | None) -> Json | None:
    if plan is None or number is None:
        return None
    return {
        "gate": _gate(plan.gate),
        "mechanism": _mechanism(plan.quantity),
        "number": _number(number),
    }


def _guarantee(plan: ReportPlan) -> Json:
    return {
        "unit": "person",
        "neighbours": NEIGHBOURS,
        "min_people": plan.min_people,
        "accounting": ACCOUNTING,
        "conversion_delta": str(plan.conversion_delta),
        **_loss(plan.loss, plan.conversion_delta),
    }


def _budget(budget: Budget, plan: ReportPlan) -> Json:
    losses: Mapping[str, PrivacyLoss] = {
        "before": budget.spent,
        "after": budget.spent + plan.loss,
        "lifetime_before": budget.lifetime,
        "lifetime_after": budget.lifetime + plan.loss,
    }
    printed = {name: _loss(loss, plan.conversion_delta) for name, loss in losses.items()}
    limit = {"rho": str(budget.limit.rho), "selection_delta": str(budget.limit.delta)}
    return {"period": budget.period, "limit": limit, **printed}


def _loss(loss: PrivacyLoss, conversion_delta: Fraction) -> Json:
    """Return a loss exactly, and as the (epsilon, delta) that it implies, rounded up."""
    return {
        "rho": str(loss.rho),
        "selection_delta": str(loss.delta),
        "epsilon": str(epsilon_of(loss.rho, conversion_delta)),
        "delta": str(conversion_delta + loss.delta),
    }
