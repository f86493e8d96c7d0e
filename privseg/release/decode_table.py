# SPDX-License-Identifier: Apache-2.0
"""Reading back a table: its plan, and the draws of the cells that are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from privseg.frames import Block, Cell
from privseg.protect import LeftOutPlan, MeasurePlan, Part, ProtectedTable, TablePlan
from privseg.protect.assemble import assemble
from privseg.protect.stage import Drawn
from privseg.release import decode_block, decode_formula
from privseg.release.decode_node import Node
from privseg.release.limits import cells_of
from privseg.release.plan import PlannedTable, TableKind

Draws = Mapping[Part, Drawn]


def table(node: Node, at: datetime) -> PlannedTable:
    """Return a table's plan with its captions.

    Raises:
        ReleaseForgedError: a fact is missing or cannot be.
    """
    block = decode_block.block(node, at)
    _check_length(node["cells"], block)
    gate, rhos = node["gate"], tuple(m["rho"].fraction() for m in node["measures"])
    least, delta = gate["min_people"].integer(), gate["selection_delta"].fraction()
    derived = tuple(decode_formula.derived(d) for d in node["derived"])
    plan = node.make(
        lambda: TablePlan.of(block, rhos=rhos, min_people=least, delta=delta, derived=derived)
    )
    return node.make(
        lambda: PlannedTable(
            plan,
            node["title"].optional(Node.text),
            tuple(decode_block.caption(m) for m in node["measures"]),
            node["kind"].choice(TableKind),
            tuple(decode_block.dimension_caption(d) for d in node["dimensions"]),
            tuple(decode_formula.derived_caption(d) for d in node["derived"]),
        )
    )


def protected(node: Node, plan: TablePlan) -> ProtectedTable:
    """Return what a table's draws give; nothing printed beside them is taken over.

    Raises:
        ReleaseForgedError: a draw is missing, is no draw of its measure, or cannot be.
    """
    draws = {_cell(c): _numbers(c["numbers"], plan) for c in _shown(node["cells"])}
    return node["cells"].make(lambda: assemble(plan, draws))


def left_out(node: Node) -> LeftOutPlan:
    """Return the plan of the count of people who are not included."""
    gate, rho = node["gate"], node["mechanism"]["rho"].fraction()
    least, delta = gate["min_people"].integer(), gate["selection_delta"].fraction()
    return node.make(lambda: LeftOutPlan.of(rho=rho, min_people=least, delta=delta))


def left_out_drawn(node: Node) -> int | None:
    """Return the draw of people not included, or None where its gate withheld it."""
    for part, drawn in node["released"].items():
        if part.value != Part.NOT_INCLUDED.value:
            raise part.wrong("this is no draw of people left out")
        return drawn.integer()
    return None


def _check_length(node: Node, block: Block) -> None:
    """Refuse fewer or more cells than the table has, before any of them is computed."""
    listed = sum(1 for _ in node)
    if not block.is_open and listed != cells_of(block, [len(d.keys) for d in block.dimensions]):
        raise node.wrong("these are not the cells of the table, in their order")


def _shown(cells: Node) -> tuple[Node, ...]:
    return tuple(c for c in cells if c["withheld"].value is None)


def _cell(node: Node) -> Cell:
    return node["segment"].text(), node["keys"].texts()


def _numbers(node: Node, plan: TablePlan) -> dict[str, Draws]:
    numbers = tuple(node)
    if tuple(n["measure"].value for n in numbers) != tuple(m.name for m in plan.block.measures):
        raise node.wrong("a published cell has every measure of its table, in their order")
    planned = zip(plan.measures, numbers, strict=True)
    return {m.measure.name: _released(n["released"], m) for m, n in planned}


def _released(node: Node, plan: MeasurePlan) -> Draws:
    drawn = {k.choice(Part): _drawn(k.choice(Part), v) for k, v in node.items()}
    if drawn.keys() != {q.part for q in plan.quantities}:
        raise node.wrong("these are not the draws of this measure")
    return drawn


def _drawn(part: Part, node: Node) -> Drawn:
    return node.integers() if part is Part.CUMULATIVE else node.integer()
