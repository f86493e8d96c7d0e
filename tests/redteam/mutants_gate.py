# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ARG001, ARG005 (a mutant has the signature of what it stands for)
"""Gates that let too much through, and draws that go out of cells that are withheld."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from privseg.protect import Gate, Part, QuantityPlan, consistent, mechanism
from privseg.protect import quantity as quantity_room
from privseg.protect.loss import PrivacyLoss
from privseg.protect.stage import ProtectedCell, ProtectedNumber
from tests.redteam import gate_attacks as gate
from tests.redteam.mutant import Mutant, Patch, swap
from tests.redteam.mutants_charge import charged

assemble_room: Any = __import__("sys").modules["privseg.protect.assemble"]


def _publish(rule: Callable[[Gate, int, int], bool]) -> Callable[[Patch], None]:
    def publish(self: Gate, people: int, noise: int) -> int | None:
        return people + noise if rule(self, people, noise) else None

    return swap(Gate, "publish", lambda _: publish)


def _x(self: Gate, n: int, e: int) -> int:
    return n - (self.min_people - 1) + e


def _gate_of_one(real: Any) -> Callable[..., Gate]:
    return lambda k, groups, sigma2, delta: real(k, 1, sigma2, delta)


def _finest_only(real: Any) -> Callable[..., Gate]:
    return lambda k, groups, sigma2, delta: real(k, min(groups, 2), sigma2, delta)


def _delta_of_nobody(plan: QuantityPlan, loss: PrivacyLoss) -> PrivacyLoss:
    return replace(loss, delta=loss.delta / 100)


GATES = (
    Mutant(
        "threshold >= for >",
        _publish(lambda g, n, e: n >= g.min_people and _x(g, n, e) >= g.threshold),
        gate.a_cell_of_k_is_shown_within_delta,
    ),
    Mutant(
        "no minimum of people",
        _publish(lambda g, n, e: _x(g, n, e) > g.threshold),
        gate.a_cell_of_k_is_shown_within_delta,
    ),
    Mutant(
        "no threshold",
        _publish(lambda g, n, e: n >= g.min_people),
        gate.a_cell_of_k_is_shown_within_delta,
    ),
    Mutant(
        "minimum k - 1",
        _publish(lambda g, n, e: n >= g.min_people - 1 and _x(g, n, e) > g.threshold),
        gate.a_cell_of_k_is_shown_within_delta,
    ),
    Mutant(
        "the gate's bit from the noisy size alone",
        _publish(lambda g, n, e: n + e >= g.min_people),
        gate.a_cell_of_k_is_shown_within_delta,
    ),
    Mutant(
        "delta for one cell",
        swap(quantity_room, "Gate", _gate_of_one),
        gate.a_cell_of_k_is_shown_within_delta,
    ),
    Mutant(
        "delta not over all levels",
        swap(quantity_room, "Gate", _finest_only),
        gate.a_cell_of_k_is_shown_within_delta,
    ),
    Mutant(
        "delta is not charged", charged(_delta_of_nobody), gate.a_cell_of_k_is_shown_within_delta
    ),
)


def _assembling(change: Callable[[Any, Any], Any]) -> Callable[[Patch], None]:
    def make(real: Any) -> Any:
        return lambda plan, shown: real(plan, change(plan, shown))

    return swap(mechanism, "assemble", make)


def _count_is_size(plan: Any, shown: Mapping[Any, Any]) -> Any:
    of_gate = plan.size.measure.name
    return {
        c: {
            n: {p: of[of_gate][Part.PEOPLE] if p is Part.COUNT else v for p, v in parts.items()}
            for n, parts in of.items()
        }
        for c, of in shown.items()
    }


class _Overheard:
    """What was drawn of all cells, shown or not."""

    def __init__(self) -> None:
        self.columns: dict[str, Any] = {}

    def listen(self, patch: Patch) -> None:
        real = mechanism._column

        def column(plan: Any, quantity: Any, of: Any, draw: Any) -> Any:
            found = real(plan, quantity, of, draw)
            self.columns[plan.measure.name] = found
            return found

        patch.setattr(mechanism, "_column", column)


def _all_in_least_squares(patch: Patch) -> None:
    heard, real = _Overheard(), consistent.counts
    heard.listen(patch)

    def counts(plan: Any, draws: Any) -> Any:
        column = heard.columns["count"]
        every = {
            c: {"count": {Part.COUNT: v}} for c, v in zip(plan.block.cells, column, strict=True)
        }
        return {c: e for c, e in real(plan, every).items() if c in draws}

    patch.setattr(consistent, "counts", counts)


def _withheld_released(patch: Patch) -> None:
    heard = _Overheard()
    heard.listen(patch)
    real = assemble_room._withheld

    def withheld(cell: Any) -> ProtectedCell:
        first = next(iter(heard.columns.values()))
        number = ProtectedNumber("total", {Part.SUM: sum(x for x in first if type(x) is int)}, None)
        return replace(real(cell), numbers={"total": number})

    patch.setattr(assemble_room, "_withheld", withheld)


def _reason_told(patch: Patch) -> None:
    """A withheld cell says whether its people or its noise were too few."""
    below: list[bool] = []
    real_publish, real = Gate.publish, assemble_room._withheld

    def publish(self: Gate, people: int, noise: int) -> int | None:
        found = real_publish(self, people, noise)
        if found is None:
            below.append(people < 4)
        return found

    def withheld(cell: Any) -> ProtectedCell:
        return replace(real(cell), withheld=None if below.pop(0) else real(cell).withheld)

    patch.setattr(Gate, "publish", publish)
    patch.setattr(assemble_room, "_withheld", withheld)


OUT = (
    Mutant(
        "a count is the gate's draw",
        _assembling(_count_is_size),
        gate.a_count_stays_apart_from_the_gate,
    ),
    Mutant(
        "withheld cells in least squares", _all_in_least_squares, gate.who_is_withheld_tells_nothing
    ),
    Mutant(
        "a withheld cell's draw goes out", _withheld_released, gate.who_is_withheld_tells_nothing
    ),
    Mutant("why a cell is withheld goes out", _reason_told, gate.who_is_withheld_tells_nothing),
)
