# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ARG005 (a mutant has the signature of what it stands for)
"""Exact releases with one rule broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from privseg.protect.exact import classes as classes_room
from privseg.protect.exact import microdata as microdata_room
from privseg.protect.exact.settling import Suppression
from tests.redteam import exact_attacks as attacks
from tests.redteam.mutant import Mutant, Patch, swap


def _without_last_look(patch: Patch) -> None:
    patch.setattr(Suppression, "certify", lambda _: None)


def _primary_alone(patch: Patch) -> None:
    """Complementary suppression is skipped."""
    _without_last_look(patch)
    patch.setattr(Suppression, "settle", lambda _: None)


def _counts_alone(patch: Patch) -> None:
    """Each withheld count is looked at, and differences of tables (small atoms) are not."""
    _without_last_look(patch)
    nothing = property(lambda self: np.zeros(len(self.people), np.bool_))
    patch.setattr(Suppression, "small", nothing)


def _fewer(patch: Patch) -> None:
    _without_last_look(patch)
    patch.setattr(Suppression, "is_few", lambda self, people: people < self.rule.k - 1)


def _nothing_withheld(patch: Patch) -> None:
    _primary_alone(patch)
    patch.setattr(Suppression, "few", property(lambda self: self.counts < 0))


def _not_required(patch: Patch) -> None:
    patch.setattr(microdata_room, "_require", lambda *_: None)


def _not_diverse(patch: Patch) -> None:
    _not_required(patch)
    swap(classes_room, "diverse", lambda _: lambda table, asked: np.ones(len(table), np.bool_))(
        patch
    )


def _k_less_one(patch: Patch) -> None:
    _not_required(patch)
    real = classes_room.Judge.holds

    def holds(self: Any, classes: Any, number: int) -> Any:
        return real(replace(self, asked=replace(self.asked, k=self.asked.k - 1)), classes, number)

    patch.setattr(classes_room.Judge, "holds", holds)


EXACT_BROKEN = (
    Mutant(
        "complementary suppression is skipped",
        _primary_alone,
        attacks.no_small_group_can_be_worked_out,
    ),
    Mutant(
        "tables are audited one by one", _counts_alone, attacks.no_small_group_can_be_worked_out
    ),
    Mutant("k - 1 for k in tables", _fewer, attacks.no_small_group_can_be_worked_out),
    Mutant("nothing is withheld", _nothing_withheld, attacks.no_small_group_can_be_worked_out),
    Mutant("l is not asked for", _not_diverse, attacks.ten_alike_with_one_illness_are_refused),
    Mutant("k - 1 for k in records", _k_less_one, attacks.too_few_alike_are_refused),
)
