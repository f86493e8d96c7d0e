# SPDX-License-Identifier: Apache-2.0
"""From a segmenter's releases to rules: precision, minimum and clamps, all exact."""

from __future__ import annotations

from collections.abc import Mapping

from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import stored
from privseg.loaders.nodes import Scalar
from privseg.loaders.policy_file import ClampEntry, ReleaseEntry, SegmenterEntry
from privseg.policy.catalogue import Catalogue, Column, ColumnType
from privseg.policy.findings import suggestion
from privseg.policy.rules import BudgetRules, Clamp, ReleaseRules, Segmenter
from privseg.terms import Attribute, Place

SUMMABLE = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})
LEAST_PEOPLE = 2  # one person is never a group


def read_releases(
    segmenter: SegmenterEntry,
    reads: Mapping[Attribute, Place],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> ReleaseRules | None:
    """Return the releases a segmenter may make, or None if it may make none."""
    entry = segmenter.releases
    if entry is None:
        return None
    _check_bounds(entry, mistakes)
    return ReleaseRules(
        place=entry.place(),
        min_people=entry.min_people,
        rho=entry.rho,
        selection_delta=entry.selection_delta,
        groups_per_person=entry.groups_per_person,
        clamps=_clamps(entry, reads, catalogue, mistakes),
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


def _clamps(
    entry: ReleaseEntry,
    reads: Mapping[Attribute, Place],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> dict[Attribute, Clamp]:
    """Return the clamps of properties that the segmenter reads."""
    found = {}
    for name, clamp in entry.clamps.items():
        attribute, place = Attribute(name), entry.place("clamps", name)
        readable = catalogue.readables.get(attribute)
        if attribute not in reads:
            message = f"the segmenter does not read {name[:60]!r}{suggestion(name, reads)}"
            mistakes.note(message, place)
        elif readable is not None and not _is_summable(name, readable.column):
            mistakes.note(f"{name!r} is no amount of an event: nothing to clamp", place)
        elif readable is not None and readable.column is not None:
            found[attribute] = _clamp(attribute, clamp, readable.column, mistakes)
    return found


def _is_summable(name: str, column: Column | None) -> bool:
    """Return whether a name is an event's property with amounts."""
    return "." in name and column is not None and column.type in SUMMABLE


def _clamp(attribute: Attribute, entry: ClampEntry, column: Column, mistakes: Mistakes) -> Clamp:
    """Return one clamp in the units of its column."""
    total = None if entry.per_person is None else stored(entry.per_person, column, mistakes)
    if total is not None and total <= 0:
        mistakes.note("more than 0", entry.place("per_person"))
    if (entry.per_event is None) is not (entry.events_per_person is None):
        mistakes.note("an average needs both per_event and events_per_person", entry.place())
    if entry.per_person is None and entry.per_event is None:
        mistakes.note("say per_person, or per_event and events_per_person", entry.place())
    _at_least_one(entry, "events_per_person", mistakes)
    bounds = None if entry.per_event is None else _bounds(entry, entry.per_event, column, mistakes)
    return Clamp(attribute, total, bounds, entry.events_per_person)


def _bounds(
    entry: ClampEntry, literals: tuple[Scalar, ...], column: Column, mistakes: Mistakes
) -> tuple[int, int] | None:
    """Return the low and the high end of one event's amount."""
    ends = [stored(literal, column, mistakes) for literal in literals]
    if None in ends:
        return None
    match ends:
        case [int(low), int(high)] if low < high:
            return low, high
    mistakes.note("two amounts, the smaller first: [0 EUR, 400 EUR]", entry.place("per_event"))
    return None


def _at_least_one(entry: Document, key: str, mistakes: Mistakes) -> None:
    """Note a count below one."""
    value = getattr(entry, key)
    if value is not None and value < 1:
        mistakes.note("at least 1", entry.place(key))
