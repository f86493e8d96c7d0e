# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ARG001, ARG005 (a mutant has the signature of what it stands for)
"""Bounding with one rule broken, in the real engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from privseg.compute import cells as cells_room
from privseg.compute import contribution as contribution_room
from privseg.compute import dimensions as dimensions_room
from privseg.compute import tally as tally_room
from tests.redteam.compute_attacks import nobody_moves_more_than_is_charged
from tests.redteam.mutant import Mutant, swap


def _all(_: Any) -> Any:
    return lambda ordinals, *a, **how: np.ones(len(ordinals), np.bool_)


def _by_others(_: Any) -> Any:
    """Keep the cells that most people are in: whoever else is there decides."""

    def keep(ordinals: Any, cells: Any, *, tags: Any, most: int, key: bytes) -> Any:
        crowd = np.bincount(cells, minlength=len(tags))
        kept = np.zeros(len(ordinals), np.bool_)
        for person in np.unique(ordinals):
            mine = np.flatnonzero(ordinals == person)
            kept[mine[np.argsort(-crowd[cells[mine]], kind="stable")][:most]] = True
        return kept

    return keep


def _first_come(_: Any) -> Any:
    """Take so many of a cell, whoever comes first."""

    def keep(ordinals: Any, cells: Any, *, tags: Any, most: int, key: bytes) -> Any:
        kept = np.zeros(len(ordinals), np.bool_)
        for cell in np.unique(cells):
            kept[np.flatnonzero(cells == cell)[: most + 1]] = True
        return kept

    return keep


def _wider(real: Any) -> Any:
    return lambda measure, amount: real(replace(measure, upper=100 * measure.upper + 1), amount)


def _clamped_after(real: Any) -> Any:
    """Clamp what all add together, not what each adds."""

    def sums(kept: Any, values: Any) -> list[int]:
        return [2 * s if s else 1000 for s in real(kept, values)]

    return sums


def _margin_of_people_twice(real: Any) -> Any:
    def margin(finest: Any, level: Any) -> Any:
        found = real(finest, level)
        return {c: replace(t, people=2 * t.people) for c, t in found.items()}

    return margin


CHECK = nobody_moves_more_than_is_charged
COMPUTE = (
    Mutant("bounding is skipped", swap(cells_room, "keep_cells", _all), CHECK),
    Mutant("bounding looks at others", swap(cells_room, "keep_cells", _by_others), CHECK),
    Mutant("who comes first counts", swap(cells_room, "keep_cells", _first_come), CHECK),
    Mutant("no clamp", swap(contribution_room, "_of_amount", _wider), CHECK),
    Mutant("no cap on events", swap(contribution_room, "keep_events", _all), CHECK),
    Mutant("no cap on periods", swap(dimensions_room, "keep_cells", _all), CHECK),
    Mutant(
        "a value given twice counts twice",
        swap(dimensions_room, "_distinct", lambda _: lambda pairs, size: pairs),
        CHECK,
    ),
    Mutant("clamped after adding up", swap(tally_room, "_sums", _clamped_after), CHECK),
    Mutant("a margin counts twice", swap(tally_room, "_margin", _margin_of_people_twice), CHECK),
)
