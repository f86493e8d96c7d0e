# SPDX-License-Identifier: Apache-2.0
"""``ReportPlan``: what a report will measure, read and cost, fixed before anything is read.

A plan is public. It is made from a request, the versions of the segments and the policy
(``release.compile``), and read back from a release by ``privseg verify``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from privseg.frames import (
    EVERYBODY,
    Amount,
    Block,
    ByCut,
    ByFirst,
    ByMember,
    Dimension,
    OfPerson,
    Window,
)
from privseg.protect import LeftOutPlan, PrivacyLoss, QuantityPlan, TablePlan
from privseg.release.encode_plan import PLAN_FORMAT, hash_of
from privseg.release.limits import check_block
from privseg.release.window import EARLIEST, asked, window_of
from privseg.terms import Attribute, Controller, Purpose

__all__ = [
    "EARLIEST",
    "PLAN_FORMAT",
    "Caption",
    "DerivedCaption",
    "DimensionCaption",
    "MemberSet",
    "PlannedTable",
    "ReportPlan",
    "TableKind",
    "Unit",
    "window_of",
]


class TableKind(StrEnum):
    """What a table is for: how it was asked, and how it is shown."""

    CELLS = "cells"  # segments, or segments by the keys of dimensions
    TREND = "trend"  # by weeks or months
    OVERLAP = "overlap"  # one disjoint table of who is in which of several segments
    CHANGE = "change"  # a segment then and now, or by its earlier and its present definition
    CAMPAIGN = "campaign"  # exposure, outcome, cost; arms where there are any
    FEEDBACK = "feedback"  # the answers to a question of a survey


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
class DimensionCaption:
    """How a dimension is shown; the unit is that of cut points, the window as it was asked."""

    label: str | None
    unit: Unit = Unit("")
    days: int | None = None


@dataclass(frozen=True, slots=True)
class DerivedCaption:
    """How what a formula gives is shown."""

    label: str | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class MemberSet:
    """A set of people of a report that is not a segment as it stands now.

    ``version`` of ``segment``, found as of ``days_before`` days before the edition's moment (among
    the people of the edition, from the values that are kept of that time).
    """

    name: str
    segment: str
    version: str
    days_before: int = 0


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """A table's plan with what is shown beside it; captions in the order of what they caption."""

    plan: TablePlan
    title: str | None
    captions: tuple[Caption, ...]
    kind: TableKind = TableKind.CELLS
    dimensions: tuple[DimensionCaption, ...] = ()
    derived: tuple[DerivedCaption, ...] = ()

    def __post_init__(self) -> None:
        """Refuse captions that caption nothing, and more cells than anybody could check."""
        check_block(self.block)
        captioned = (self.block.measures, self.block.dimensions, self.plan.derived)
        captions = (self.captions, self.dimensions, self.derived)
        if tuple(map(len, captioned)) != tuple(map(len, captions)):
            raise ValueError("every measure, dimension and formula has its caption, in their order")
        if any(days is not None and window is None for window, days in self.windows):
            raise ValueError("a caption's days are those of a window")

    @property
    def windows(self) -> Iterator[tuple[Window | None, int | None]]:
        """Yield the window of each measure and dimension, and the days that its caption states."""
        for measure, caption in zip(self.block.measures, self.captions, strict=True):
            yield _window_of_amount(measure.amount), caption.days
        for dimension, named in zip(self.block.dimensions, self.dimensions, strict=True):
            yield _window_of_dimension(dimension), named.days

    @property
    def sets(self) -> frozenset[str]:
        """Return the sets of people that the table is about."""
        members = (d.member for d in self.block.dimensions if isinstance(d, ByMember))
        return frozenset((*self.block.segments, *members))

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
    sets: tuple[MemberSet, ...] = ()

    def __post_init__(self) -> None:
        """Refuse sets that nobody names, and windows that are not those of their captions."""
        names = [n for n, _ in self.segments] + [s.name for s in self.sets]
        tables = [t.block.name for t in self.tables]
        if len(set(names)) != len(names) or len(set(tables)) != len(tables):
            raise ValueError("segments and sets have a name each, and so have tables")
        if not all(t.sets <= {*names, EVERYBODY} for t in self.tables):
            raise ValueError("a table is about segments and sets of its report")
        if any(not 0 <= s.days_before <= (self.at - EARLIEST).days for s in self.sets):
            raise ValueError("a set is as it was at some moment before the edition's")
        for window, days in (w for t in self.tables for w in t.windows):
            if window is not None:
                asked(window, days, self.at)

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
        """Return what the tables read beside what the segments read."""
        return frozenset().union(*(t.block.reads for t in self.tables))

    @property
    def plan_hash(self) -> str:
        """Return the SHA-256 (hex) of everything public that determines the answer.

        Only the edition is not in it: (plan hash, edition) names an answer.
        """
        return hash_of(self)


def _window_of_amount(amount: Amount | None) -> Window | None:
    return None if amount is None or isinstance(amount, OfPerson) else amount.window


def _window_of_dimension(dimension: Dimension) -> Window | None:
    match dimension:
        case ByCut():
            return _window_of_amount(dimension.amount)
        case ByFirst():
            return dimension.window
        case _:
            return None
