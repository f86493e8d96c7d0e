# SPDX-License-Identifier: Apache-2.0
"""A table as JSON-ready values: what was asked, with how much noise, and what came out.

Everything derivable is derived here: noise, thresholds, derivations, intervals, formulas' results.
"""

from __future__ import annotations

from fractions import Fraction

from privseg.protect import (
    Estimate,
    Gate,
    LeftOutPlan,
    MeasurePlan,
    ProtectedCell,
    ProtectedNumber,
    ProtectedTable,
    Quantity,
    half_width,
)
from privseg.protect.formula import Derived
from privseg.protect.running import Factor
from privseg.protect.stage import Drawn, ProtectedDerived
from privseg.release.encode_block import Json, Spelling
from privseg.release.encode_formula import derived_facts
from privseg.release.plan import Caption, DerivedCaption, PlannedTable


def table(table: PlannedTable, protected: ProtectedTable, spelling: Spelling) -> Json:
    """Return a table with its cells and everything that follows from them."""
    block = table.block
    dimensions = zip(block.dimensions, table.dimensions, strict=True)
    measures = zip(table.plan.measures, table.captions, strict=True)
    derived = zip(table.plan.derived, table.derived, protected.derived, strict=True)
    return {
        "name": block.name,
        "title": table.title,
        "kind": table.kind.value,
        "segments": list(block.segments),
        "dimensions": [spelling.dimension(d, c) for d, c in dimensions],
        "margins": [list(m) for m in block.margins],
        "groups_per_person": block.groups_per_person,
        "entries_per_person": block.entries,
        "gate": _gate(table.plan.gate),
        "measures": [_measure(plan, caption, spelling) for plan, caption in measures],
        "cells": [_cell(cell, table) for cell in protected.cells],
        "derived": [_derived(*parts) for parts in derived],
    }


def left_out(plan: LeftOutPlan | None, number: ProtectedNumber | None) -> Json | None:
    """Return the count of people who are not included, if it was asked for."""
    if plan is None or number is None:
        return None
    return {
        "gate": _gate(plan.gate),
        "mechanism": _mechanism(plan.quantity),
        "number": _number(number, ()),
    }


def _gate(gate: Gate) -> Json:
    return {
        "min_people": gate.min_people,
        "selection_delta": str(gate.delta),
        "threshold": gate.threshold,
        "smallest_value": gate.smallest_value,
    }


def _measure(plan: MeasurePlan, caption: Caption, spelling: Spelling) -> Json:
    return spelling.measure(plan.measure, caption) | {
        "rho": str(plan.rho),
        "mechanisms": [_mechanism(q) for q in plan.quantities],
    }


def _mechanism(quantity: Quantity) -> Json:
    sensitivity = quantity.sensitivity
    return {
        "part": quantity.part.value,
        "mechanism": "discrete_gaussian",
        "factor": _factor(quantity.factor),
        "groups": sensitivity.groups,
        "per_group": sensitivity.per_group,
        "norm_squared": sensitivity.norm,
        "sensitivity_squared": sensitivity.squared,
        "rho": str(quantity.rho),
        "sigma_squared": str(quantity.sigma2),
        "half_width": half_width(quantity),
        "derivation": list(quantity.derivation),
    }


def _factor(factor: Factor | None) -> Json | None:
    """Return the matrix R of running sums: lower triangular, Toeplitz, with this first column.

    Noise is added to R x; what is released is L (R x + noise), rounded, with L R the lower triangle
    of ones. ``most`` is C: how many of the numbers one person moves.
    """
    if factor is None:
        return None
    return {"length": factor.length, "most": factor.most, "column": list(factor.column)}


def _cell(cell: ProtectedCell, table: PlannedTable) -> Json:
    ranks = {m.name: m.ranks for m in table.block.measures}
    return {
        "segment": cell.segment,
        "keys": list(cell.keys),
        "withheld": None if cell.withheld is None else cell.withheld.value,
        "numbers": [_number(n, ranks[n.measure]) for n in cell.numbers.values()],
    }


def _number(number: ProtectedNumber, ranks: tuple[Fraction, ...]) -> Json:
    quantiles = zip(ranks, number.quantiles, strict=True)
    return {
        "measure": number.measure,
        "released": {part.value: _drawn(drawn) for part, drawn in number.released.items()},
        "estimate": _estimate(number.estimate),
        "withheld": None if number.withheld is None else number.withheld.value,
        "people_at_limit": _estimate(number.at_limit),
        "limit_hides_up_to": number.limit_hides_up_to,
        "quantiles": [{"rank": str(r), "estimate": _estimate(e)} for r, e in quantiles],
    }


def _drawn(drawn: Drawn) -> int | list[int]:
    return drawn if isinstance(drawn, int) else list(drawn)


def _derived(formula: Derived, caption: DerivedCaption, given: ProtectedDerived) -> Json:
    share = given.noise_share
    return derived_facts(formula, caption) | {
        "label": caption.label,
        "estimate": _estimate(given.estimate),
        "withheld": None if given.withheld is None else given.withheld.value,
        "noise_share": None if share is None else str(share),
        "surely": [list(keys) for keys in given.surely],
        "possibly": [list(keys) for keys in given.possibly],
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
