# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ARG005 (a mutant has the signature of what it stands for)
"""Sensitivities that are too small, and charges that forget something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from privseg.frames import Block, ByPeriod
from privseg.protect import Part, QuantityPlan, sensitivity
from privseg.protect.loss import PrivacyLoss
from privseg.protect.running import Factor
from tests.redteam import gate_attacks as gate
from tests.redteam.mutant import Mutant, Patch, swap, swapped_property


def _single(_: Any) -> Callable[..., sensitivity.Sensitivity]:
    return lambda groups, *, levels=1: sensitivity.Sensitivity(1, 1, ())


def _halved(real: Any) -> Callable[..., sensitivity.Sensitivity]:
    return lambda groups, upper, *, levels=1: real(groups, max(1, upper // 2), levels=levels)


def _not_twice(real: Any) -> Callable[..., sensitivity.Sensitivity]:
    def centred(groups: int, *, lower: int, upper: int, events: int, levels: int = 1) -> Any:
        half = lower + (upper - lower) // 2
        return real(groups, lower=lower, upper=half, events=events, levels=levels)

    return centred


def _one_event(real: Any) -> Callable[..., sensitivity.Sensitivity]:
    return lambda groups, *, events, levels=1: real(groups, events=1, levels=levels)


def _l1(self: sensitivity.Sensitivity) -> int:
    return self.norm * self.per_group


def _first_columns(weight: Callable[[Factor, int], int]) -> Callable[[Patch], None]:
    def worst(self: Factor, *, cells: int, series: int) -> int:
        del series
        return weight(self, cells)

    return swap(Factor, "most_squared", lambda _: worst)


def _entries(count: Callable[[Block], int]) -> Callable[[Patch], None]:
    return swapped_property(Block, "entries", lambda _: count)


def _without_periods(block: Block) -> int:
    most = max((d.most for d in block.dimensions if isinstance(d, ByPeriod)), default=1)
    return max(1, block.groups_per_person // most) * len(block.levels)


def charged(change: Callable[[QuantityPlan, PrivacyLoss], PrivacyLoss]) -> Callable[[Patch], None]:
    return swapped_property(
        QuantityPlan, "loss", lambda real: lambda self: change(self, real(self))
    )


def _without_limits(plan: QuantityPlan, loss: PrivacyLoss) -> PrivacyLoss:
    free = sum((q.rho for q in plan.quantities if q.part is Part.AT_LIMIT), Fraction(0))
    return replace(loss, rho=loss.rho - free)


def _without_left_out(plan: QuantityPlan, loss: PrivacyLoss) -> PrivacyLoss:
    return QuantityPlan(plan.tables).loss if plan.not_included else loss


CHARGE = (
    Mutant("m is 1 in counts", swap(sensitivity, "people", _single), gate.charge_covers_the_noise),
    Mutant(
        "half of the clamp", swap(sensitivity, "clamped_sum", _halved), gate.charge_covers_the_noise
    ),
    Mutant(
        "the middle forgotten in a centred sum",
        swap(sensitivity, "centred_sum", _not_twice),
        gate.charge_covers_the_noise,
    ),
    Mutant(
        "one amount a person",
        swap(sensitivity, "events_taken", _one_event),
        gate.charge_covers_the_noise,
    ),
    Mutant(
        "l1 for l2",
        swapped_property(sensitivity.Sensitivity, "squared", lambda _: _l1),
        gate.charge_covers_the_noise,
    ),
    Mutant(
        "running sums: sqrt(C) for the columns' norm",
        _first_columns(lambda f, n: n * f.squared(1)),
        gate.charge_covers_the_noise,
    ),
    Mutant(
        "running sums: the first column alone",
        _first_columns(lambda f, _: f.squared(1)),
        gate.charge_covers_the_noise,
    ),
    Mutant(
        "running sums: one series alone",
        _first_columns(lambda f, _: f.squared(f.most)),
        gate.charge_covers_the_noise,
    ),
    Mutant(
        "running sums: the largest row for the column",
        swap(Factor, "squared", lambda _: lambda self, n: n * self.column[0] ** 2),
        gate.charge_covers_the_noise,
    ),
    Mutant(
        "m does not count margins",
        _entries(lambda b: b.groups_per_person),
        gate.charge_covers_the_noise,
    ),
    Mutant("m does not count periods", _entries(_without_periods), gate.charge_covers_the_noise),
    Mutant("people at the limit are free", charged(_without_limits), gate.charge_covers_the_noise),
    Mutant("who is left out is free", charged(_without_left_out), gate.the_left_out_are_charged),
)
