# SPDX-License-Identifier: Apache-2.0
"""From a statement's JSON back to the facts in it, strictly; what is derived is not believed.

Reads only facts: what was asked, bounds, shares of rho, noisy draws. ``encode(decode(x)) == x`` is
what a true statement obeys; ``verify`` checks that, and so every derived field and every key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from privseg.errors import IntegrityError
from privseg.frames import Block, Measure, MeasureKind
from privseg.protect import (
    LeftOutPlan,
    Part,
    PrivacyLoss,
    Protected,
    ProtectedCell,
    ProtectedNumber,
    ProtectedTable,
    TablePlan,
    Withheld,
    left_out,
    number,
)
from privseg.release.plan import Caption, PlannedTable, ReportPlan, Unit, window_of
from privseg.release.statement import Budget, SegmentNote, Statement
from privseg.terms import Attribute, Controller, Purpose

MAX_DIGITS = 120  # of a number: far more than any plan needs, few enough to compute with
_FRACTION = re.compile(rf"(0|[1-9][0-9]{{0,{MAX_DIGITS}}})(/[1-9][0-9]{{0,{MAX_DIGITS}}})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
Made = TypeVar("Made")
Choice = TypeVar("Choice", bound=StrEnum)


class ReleaseForgedError(IntegrityError):
    """A release does not say what it must, or what follows from what it says."""

    def __init__(self, *, field: str, why: str) -> None:
        super().__init__(f"this release does not hold at {field}: {why}; do not rely on it")
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON document and the path that leads to it, for the message."""

    value: Any
    path: str = ""

    def __getitem__(self, key: str) -> Node:
        """Return the value under ``key`` of a map."""
        if not isinstance(self.value, dict) or key not in self.value:
            raise self.wrong(f"it has no {key!r}")
        return Node(self.value[key], f"{self.path}.{key}" if self.path else key)

    def __iter__(self) -> Iterator[Node]:
        """Yield the values of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("it is not a list")
        return (Node(v, f"{self.path}[{i}]") for i, v in enumerate(self.value))

    def text(self) -> str:
        """Return it as text."""
        if not isinstance(self.value, str):
            raise self.wrong("it is not text")
        return self.value

    def integer(self) -> int:
        """Return it as an integer of a sane length."""
        if type(self.value) is not int or abs(self.value) >= 10**MAX_DIGITS:
            raise self.wrong("it is not an integer, or too long")
        return self.value

    def fraction(self) -> Fraction:
        """Return the quotient that the text spells."""
        if not _FRACTION.fullmatch(self.text()):
            raise self.wrong("it is not a quotient such as '1/80'")
        return Fraction(self.text())

    def moment(self) -> datetime:
        """Return the moment in UTC that the text spells."""
        if not _MOMENT.fullmatch(self.text()):
            raise self.wrong("it is not a moment such as '2026-11-21T21:04:47.123456Z'")
        return self.make(lambda: datetime.fromisoformat(self.text()[:-1]).replace(tzinfo=UTC))

    def choice(self, kind: type[Choice]) -> Choice:
        """Return the member of ``kind`` that the text names."""
        return self.make(lambda: kind(self.text()))

    def optional(self, read: Callable[[Node], Made]) -> Made | None:
        """Return None for null, else what ``read`` makes of it."""
        return None if self.value is None else read(self)

    def make(self, made: Callable[[], Made]) -> Made:
        """Return what ``made`` makes; a value that a type refuses is named by its path."""
        try:
            return made()
        except (ValueError, KeyError, OverflowError, ArithmeticError):
            raise self.wrong("no release can say this") from None

    def wrong(self, why: str) -> ReleaseForgedError:
        """Return the refusal of this value."""
        return ReleaseForgedError(field=self.path or "document", why=why)


def decode(value: object) -> Statement:
    """Return the statement whose facts ``value`` states; nothing derived is taken from it.

    Raises:
        ReleaseForgedError: a fact is missing or cannot be.
    """
    root = Node(value, "statement")
    plan = _plan(root)
    return root.make(
        lambda: Statement(
            plan=plan,
            protected=_protected(root, plan),
            purpose_title=root["purpose"]["title"].text(),
            segments=tuple(_segment(s) for s in root["segments"]),
            edition_id=root["edition"]["id"].text(),
            released_at=root["released_at"].moment(),
            budget=_budget(root["budget"]),
            audit=root.make(lambda: bytes.fromhex(root["audit"].text())),
            register=root["register"].text(),
            code=root["code"].text(),
        )
    )


def _plan(root: Node) -> ReportPlan:
    at = root["edition"]["at"].moment()
    segments = tuple((s["name"].text(), s["version"].text()) for s in root["segments"])
    return ReportPlan(
        name=root["report"]["name"].text(),
        title=root["report"]["title"].text(),
        controller=Controller(root["controller"].text()),
        segmenter=root["segmenter"].text(),
        purpose=Purpose(root["purpose"]["name"].text()),
        policy_digest=root["policy"].text(),
        segments=segments,
        tables=tuple(_table(t, tuple(n for n, _ in segments), at) for t in root["tables"]),
        not_included=root["not_included"].optional(_left_out_plan),
        conversion_delta=root["guarantee"]["conversion_delta"].fraction(),
        at=at,
    )


def _table(node: Node, segments: tuple[str, ...], at: datetime) -> PlannedTable:
    block = Block(
        name=node["name"].text(),
        segments=segments,
        by=node["by"].optional(lambda n: Attribute(n.text())),
        keys=tuple(k.text() for k in node["keys"]),
        groups_per_person=node["groups_per_person"].integer(),
        measures=tuple(_measure(m, at) for m in node["measures"]),
    )
    gate, rhos = node["gate"], tuple(m["rho"].fraction() for m in node["measures"])
    least, delta = gate["min_people"].integer(), gate["selection_delta"].fraction()
    plan = node.make(lambda: TablePlan.of(block, rhos=rhos, min_people=least, delta=delta))
    captions = tuple(_caption(m) for m in node["measures"])
    return PlannedTable(plan, node["title"].optional(Node.text), captions)


def _measure(node: Node, at: datetime) -> Measure:
    bounds = node["bounds"]
    return Measure(
        name=node["name"].text(),
        kind=node["kind"].choice(MeasureKind),
        attribute=node["attribute"].optional(lambda n: Attribute(n.text())),
        window=node["window"].optional(lambda w: window_of(w["days"].optional(Node.integer), at)),
        lower=bounds["lower"].integer(),
        upper=bounds["upper"].integer(),
        events_per_person=bounds["events_per_person"].integer(),
    )


def _caption(node: Node) -> Caption:
    unit = Unit(node["unit"]["name"].text(), node["unit"]["decimals"].integer())
    days = node["window"].optional(lambda w: w["days"].optional(Node.integer))
    return Caption(node["label"].optional(Node.text), unit, days)


def _left_out_plan(node: Node) -> LeftOutPlan:
    gate, rho = node["gate"], node["mechanism"]["rho"].fraction()
    least, delta = gate["min_people"].integer(), gate["selection_delta"].fraction()
    return node.make(lambda: LeftOutPlan.of(rho=rho, min_people=least, delta=delta))


def _segment(node: Node) -> SegmentNote:
    fields = ("name", "label", "colour", "words")
    return SegmentNote(*(node[f].text() for f in fields))


def _budget(node: Node) -> Budget:
    return Budget(
        period=node["period"].text(),
        limit=_loss(node["limit"]),
        spent=_loss(node["before"]),
        lifetime=_loss(node["lifetime_before"]),
    )


def _loss(node: Node) -> PrivacyLoss:
    rho, delta = node["rho"].fraction(), node["selection_delta"].fraction()
    return node.make(lambda: PrivacyLoss(rho, delta))


def _protected(root: Node, plan: ReportPlan) -> Protected:
    nodes = tuple(root["tables"])
    tables = tuple(_cells(n, t.plan) for n, t in zip(nodes, plan.tables, strict=True))
    if plan.not_included is None:
        return Protected(tables)
    node = root["not_included"]["number"]
    drawn = _released(node).get(Part.NOT_INCLUDED)
    left = plan.not_included
    return Protected(tables, node.make(lambda: left_out(left, drawn)))


def _cells(node: Node, plan: TablePlan) -> ProtectedTable:
    cells = tuple(_cell(c, plan) for c in node["cells"])
    if tuple((c.segment, c.key) for c in cells) != plan.block.cells:
        raise node["cells"].wrong("these are not the cells of the table, in their order")
    return ProtectedTable(plan.block.name, cells)


def _cell(node: Node, plan: TablePlan) -> ProtectedCell:
    segment, key = node["segment"].text(), node["key"].text()
    if node["withheld"].value is not None:
        return ProtectedCell(segment, key, {}, node["withheld"].choice(Withheld))
    nodes = tuple(node["numbers"])
    if len(nodes) != len(plan.measures):
        raise node["numbers"].wrong("a published cell has every measure of its table")
    made = [_number(n, plan, i) for i, n in enumerate(nodes)]
    return ProtectedCell(segment, key, {n.measure: n for n in made})


def _number(node: Node, plan: TablePlan, index: int) -> ProtectedNumber:
    measure = plan.measures[index]
    return node.make(lambda: number(measure, plan.gate, _released(node)))


def _released(node: Node) -> dict[Part, int]:
    released = node["released"]
    if not isinstance(released.value, dict):
        raise released.wrong("it is not a map")
    keys = [Node(k, f"{released.path}.{k}") for k in released.value]
    return {k.choice(Part): released[k.value].integer() for k in keys}
