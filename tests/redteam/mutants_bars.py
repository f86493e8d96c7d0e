# SPDX-License-Identifier: Apache-2.0

"""Printed numbers that know the truth, and error bars that are too short."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from privseg.protect import Gate, consistent, mechanism
from privseg.protect import estimate as estimate_room
from privseg.protect import formulas as formulas_room
from privseg.protect import lift as lift_room
from privseg.protect import loss as loss_room
from privseg.protect.running import Factor
from privseg.protect.tail import DiscreteGaussian
from privseg.protect.threshold import ALPHA
from tests.redteam import gate_attacks as gate
from tests.redteam.coverage import BARS
from tests.redteam.mutant import Mutant, Patch, swap


class _Known:
    """Rewrites a table with what nobody should know: the true tallies."""

    def __init__(self, change: Callable[[Any, Any, Any], Any]) -> None:
        self.change, self.truth = change, None

    def __call__(self, patch: Patch) -> None:
        real_order, real = mechanism.order, mechanism.assemble

        def order(block: Any, found: Any) -> Any:
            self.truth = dict(found)
            return real_order(block, found)

        patch.setattr(mechanism, "order", order)
        patch.setattr(
            mechanism,
            "assemble",
            lambda plan, shown: self.change(plan, self.truth, real(plan, shown)),
        )


def _by_truth(_: Any, truth: Any, table: Any) -> Any:
    """Sort rows by their true size."""
    return replace(table, cells=tuple(sorted(table.cells, key=lambda c: -truth[c.cell].people)))


def _true_sizes(plan: Any, truth: Any, table: Any) -> Any:
    """Round the size to the true one, its bar as before."""
    name = plan.size.measure.name

    def told(cell: Any) -> Any:
        if cell.withheld:
            return cell
        number, n = cell.numbers[name], truth[cell.cell].people
        bar = replace(
            number.estimate,
            value=n,
            low=min(n, number.estimate.low),
            high=max(n, number.estimate.high),
        )
        return replace(cell, numbers={**cell.numbers, name: replace(number, estimate=bar)})

    return replace(table, cells=tuple(map(told, table.cells)))


def _no_empty_rows(_: Any, truth: Any, table: Any) -> Any:
    """Leave out the rows of cells in which there is hardly anybody."""
    return replace(table, cells=tuple(c for c in table.cells if truth[c.cell].people > 1))


def _true_bars(plan: Any, truth: Any, table: Any) -> Any:
    """End a bar at the truth where it would miss it: intervals from true numbers."""
    name = plan.size.measure.name

    def told(cell: Any) -> Any:
        if cell.withheld:
            return cell
        number, n = cell.numbers[name], truth[cell.cell].people
        bar = replace(number.estimate, high=max(number.estimate.value, n))
        return replace(cell, numbers={**cell.numbers, name: replace(number, estimate=bar)})

    return replace(table, cells=tuple(map(told, table.cells)))


def _down(real: Any) -> Any:
    return lambda rho, delta, places=3: real(rho, delta, places=places) - Decimal("0.001")


def _simple(_: Any) -> Any:
    """The simple conversion with the root forgotten to be doubled."""
    return lambda rho, delta, places=3: round(
        Decimal(float(rho) + math.sqrt(float(rho) * -math.log(delta))), places
    )


FOLLOWS = (
    Mutant("rows by their true size", _Known(_by_truth), gate.all_follows_from_what_is_released),
    Mutant(
        "values rounded to the true ones",
        _Known(_true_sizes),
        gate.all_follows_from_what_is_released,
    ),
    Mutant(
        "rows of hardly anybody left out",
        _Known(_no_empty_rows),
        gate.all_follows_from_what_is_released,
    ),
    Mutant("bars from true numbers", _Known(_true_bars), gate.all_follows_from_what_is_released),
    Mutant(
        "epsilon rounded down",
        swap(loss_room, "epsilon_of", _down),
        gate.printed_epsilon_is_never_too_small,
    ),
    Mutant(
        "a conversion that forgets a factor",
        swap(loss_room, "epsilon_of", _simple),
        gate.printed_epsilon_is_never_too_small,
    ),
)


def _plain(self: Gate, value: int) -> tuple[int, int]:
    half = self.law.half_width(Fraction(95, 100))
    return value - half, value + half


def _shorter(real: Any) -> Any:
    return lambda *facts: tuple(h // 2 for h in real(*facts))


def _one_weight(_: Any) -> Any:
    """Bars of a running sum from one weight of its row of L, not from all of them."""

    @cache
    def half_widths(sigma2: Fraction, factor: Factor | None) -> tuple[int, ...]:
        law = DiscreteGaussian.of(sigma2)
        if factor is None:
            return (law.half_width(1 - ALPHA),)
        half = law.half_width(1 - ALPHA)
        return tuple(int(half * w) + 1 for w in factor.weights)

    return half_widths


def _no_covariance(real: Any) -> Any:
    def apart(draws: Any, **how: Any) -> Any:
        each = [
            s for d in draws for s in (replace(d, bottom=0), replace(d, top=0)) if s.top or s.bottom
        ]
        return real(each, **how)

    return apart


def _one_noise(real: Any) -> Any:
    def region(self: lift_room.Arm, alpha: Fraction) -> Any:
        return real(replace(self, sum_sigma2=Fraction(1), people_sigma2=Fraction(1)), alpha)

    return region


def _no_sampling(_: Any) -> Any:
    def region(self: lift_room.Arm, alpha: Fraction) -> Any:
        del alpha
        _, low, high = self.law.interval(lift_room.STEPS, -self.limit, self.limit)
        return low, high

    return region


def _count_is_exact(real: Any) -> Any:
    return lambda **facts: real(
        **{**facts, "events_sigma2": Fraction(1), "sum_sigma2": facts["sum_sigma2"] / 6}
    )


def _smaller_fit(real: Any) -> Any:
    def estimate(self: Any, fitted: Any, printed: int) -> Any:
        return real(self, replace(fitted, variance=fitted.variance / 4), printed)

    return estimate


def _narrow(real: Any) -> Any:
    return lambda weights, **how: real(weights, **how) // 2


BARS_BROKEN = (
    Mutant(
        "a size's interval as if it had been shown anyway",
        swap(Gate, "interval", lambda _: _plain),
        BARS["sizes_near_the_threshold"],
    ),
    Mutant("bars half as long", swap(estimate_room, "half_widths", _shorter), BARS["single_cells"]),
    Mutant(
        "an average that forgets noise",
        swap(estimate_room, "Ratio", _count_is_exact),
        BARS["single_cells"],
    ),
    Mutant(
        "running bars from one weight of a row",
        swap(estimate_room, "_half_widths", _one_weight),
        BARS["running"],
    ),
    Mutant(
        "least squares surer than they are",
        swap(consistent._Half, "estimate", _smaller_fit),
        BARS["margins"],
    ),
    Mutant(
        "half a bar for sums", swap(formulas_room.linear, "half_width", _narrow), BARS["formulas"]
    ),
    Mutant(
        "a quotient without covariance",
        swap(formulas_room, "quotient", _no_covariance),
        BARS["indices"],
    ),
    Mutant("a lift without sampling", swap(lift_room.Arm, "region", _no_sampling), BARS["lifts"]),
    Mutant("a lift without noise", swap(lift_room.Arm, "region", _one_noise), BARS["lifts"]),
    Mutant(
        "those left out as if shown anyway",
        swap(Gate, "interval", lambda _: _plain),
        BARS["left_out"],
    ),
)
