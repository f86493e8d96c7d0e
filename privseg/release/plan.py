# SPDX-License-Identifier: Apache-2.0
"""``ReportPlan``: what a report will measure, read and cost, fixed before anything is read.

A plan is public. It is made from a request, the versions of the segments and the policy
(``release.compile``), and read back from a release by ``privseg verify``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256

from privseg.frames import Block, Measure
from privseg.protect import LeftOutPlan, PrivacyLoss, QuantityPlan, TablePlan
from privseg.terms import Attribute, Controller, Purpose
from privseg.tlog.canonical import canonical

PLAN_FORMAT = "privseg.plan/1"
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)  # a measure without a window counts from here on


@dataclass(frozen=True, slots=True)
class Unit:
    """What an integer of a measure counts: 10**decimals of them are one of ``name``.

    >>> Unit("EUR", 2)
    Unit(name='EUR', decimals=2)
    """

    name: str
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Caption:
    """How a measure is shown: its label, its unit, and its window in days as it was asked."""

    label: str | None
    unit: Unit
    days: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """A table's plan with what is shown beside it; one caption per measure, in order."""

    plan: TablePlan
    title: str | None
    captions: tuple[Caption, ...]

    @property
    def block(self) -> Block:
        """Return the cells and measures of the table."""
        return self.plan.block


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """A whole report before it is run. Law: its cost and its hash are functions of it alone."""

    name: str
    title: str
    controller: Controller
    segmenter: str
    purpose: Purpose
    policy_digest: str
    segments: tuple[tuple[str, str], ...]  # (name, version), in the order of the request
    tables: tuple[PlannedTable, ...]
    not_included: LeftOutPlan | None
    conversion_delta: Fraction
    at: datetime

    @property
    def quantities(self) -> QuantityPlan:
        """Return what ``protect`` measures."""
        return QuantityPlan(tuple(t.plan for t in self.tables), self.not_included)

    @property
    def loss(self) -> PrivacyLoss:
        """Return what the report costs every person of the workspace."""
        return self.quantities.loss

    @property
    def min_people(self) -> int:
        """Return the fewest people that stand behind any number: the smallest of its gates."""
        gates = [t.plan.gate for t in self.tables]
        gates += [self.not_included.gate] if self.not_included is not None else []
        return min(gate.min_people for gate in gates)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Return the tables as ``Compute`` tallies them."""
        return tuple(t.block for t in self.tables)

    @property
    def reads(self) -> frozenset[Attribute]:
        """Return what the tables read beside what the segments read.

        A breakdown's attribute, a measure's property, and the event that the property belongs to.
        """
        named = {t.block.by for t in self.tables if t.block.by is not None}
        named |= {m.attribute for t in self.tables for m in t.block.measures if m.attribute}
        return frozenset(named | {Attribute(a.partition(".")[0]) for a in named if "." in a})

    @property
    def plan_hash(self) -> str:
        """Return the SHA-256 (hex) of everything public that determines the answer.

        Only the edition is not in it: (plan hash, edition) names an answer. Titles and labels are
        not in it either. Windows count in days before the edition's moment.
        """
        tables = [_table_facts(t) for t in self.tables]
        facts = {
            "version": PLAN_FORMAT,
            "controller": self.controller,
            "policy": self.policy_digest,
            "segmenter": self.segmenter,
            "purpose": self.purpose,
            "segments": [list(s) for s in self.segments],
            "tables": tables,
            "not_included": _left_out_facts(self.not_included),
        }
        return sha256(canonical(facts)).hexdigest()


def window_of(days: int | None, at: datetime) -> tuple[datetime, datetime]:
    """Return [at - days x 24 h, at), or everything before ``at``.

    >>> window_of(1, datetime(2026, 1, 2, tzinfo=UTC))[0].isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    if days is None or days >= (at - EARLIEST).days:
        return EARLIEST, at
    return at - timedelta(days=days), at


def _table_facts(table: PlannedTable) -> dict[str, object]:
    block, gate = table.block, table.plan.gate
    measures = zip(table.plan.measures, table.captions, strict=True)
    return {
        "name": block.name,
        "by": block.by,
        "keys": list(block.keys),
        "groups_per_person": block.groups_per_person,
        "min_people": gate.min_people,
        "selection_delta": str(gate.delta),
        "measures": [_measure_facts(p.measure, p.rho, c.days) for p, c in measures],
    }


def _measure_facts(measure: Measure, rho: Fraction, days: int | None) -> dict[str, object]:
    return {
        "name": measure.name,
        "kind": measure.kind.value,
        "attribute": measure.attribute,
        "days": days,
        "bounds": [measure.lower, measure.upper, measure.events_per_person],
        "rho": str(rho),
    }


def _left_out_facts(plan: LeftOutPlan | None) -> dict[str, object] | None:
    if plan is None:
        return None
    gate = plan.gate
    return {
        "rho": str(plan.quantity.rho),
        "min_people": gate.min_people,
        "selection_delta": str(gate.delta),
    }
