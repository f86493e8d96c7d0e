# SPDX-License-Identifier: Apache-2.0
"""From a segmenter's releases to rules: precision, minimum and clamps, all exact."""

from __future__ import annotations

from collections.abc import Mapping

from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_clamps import read_clamps
from privseg.loaders.policy_file import ReleaseEntry, SegmenterEntry
from privseg.policy.catalogue import Catalogue, Family
from privseg.policy.rules import BudgetRules, ReleaseRules, Segmenter
from privseg.terms import Attribute, Place

LEAST_PEOPLE = 2  # one person is never a group


def read_releases(
    segmenter: SegmenterEntry,
    reads: Mapping[Attribute, Place],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> ReleaseRules | None:
    """Return the releases a segmenter may make, or None if it may make none."""
    entry = segmenter.releases
    if entry is None or entry.guarantee is not Family.DP:
        return None
    _check_bounds(entry, mistakes)
    return ReleaseRules(
        place=entry.place(),
        min_people=entry.min_people,
        rho=entry.rho,
        selection_delta=entry.selection_delta,
        groups_per_person=entry.groups_per_person,
        clamps=read_clamps(entry, reads, catalogue, mistakes),
        periods_per_person=entry.periods_per_person,
    )


def check_affordable(segmenter: Segmenter, budget: BudgetRules, mistakes: Mistakes) -> None:
    """Note releases of which not even one fits the year's budget."""
    rules = segmenter.releases
    if rules is None:
        return
    if rules.rho > budget.rho_per_year:
        mistakes.note("one report costs more rho than the budget's year has", rules.place)
    if rules.selection_delta > budget.selection_delta_per_year:
        mistakes.note("one table costs more delta than the budget's year has", rules.place)


def _check_bounds(entry: ReleaseEntry, mistakes: Mistakes) -> None:
    """Note numbers outside of what they can mean."""
    if entry.min_people < LEAST_PEOPLE:
        mistakes.note(f"at least {LEAST_PEOPLE}", entry.place("min_people"))
    if entry.rho <= 0:
        mistakes.note("more than 0", entry.place("rho"))
    if not 0 < entry.selection_delta < 1:
        mistakes.note("more than 0 and less than 1", entry.place("selection_delta"))
    _at_least_one(entry, "groups_per_person", mistakes)
    _at_least_one(entry, "periods_per_person", mistakes)


def _at_least_one(entry: Document, key: str, mistakes: Mistakes) -> None:
    """Note a count below one."""
    value = getattr(entry, key)
    if value is not None and value < 1:
        mistakes.note("at least 1", entry.place(key))
