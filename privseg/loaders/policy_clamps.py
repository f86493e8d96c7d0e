# SPDX-License-Identifier: Apache-2.0
"""From the clamps of a segmenter's releases to bounds, exact and in the units of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import stored
from privseg.loaders.nodes import Scalar
from privseg.loaders.policy_file import ClampEntry, GridEntry, ReleaseEntry
from privseg.policy.catalogue import Catalogue, Column
from privseg.policy.findings import suggestion
from privseg.policy.numbers import BOUNDS, Number, NumberKind, number_of
from privseg.policy.rules import Clamp
from privseg.terms import Attribute, Place

LEAST_EDGES = 2
MOST_EDGES = 401  # of a grid: 400 bins are what running sums are worked out for
OF = {
    NumberKind.PERSON: "a person's number",
    NumberKind.RESULT: "a score's result",
    NumberKind.EVENT: "an event",
    NumberKind.PROPERTY: "an event's property",
}


def read_clamps(
    entry: ReleaseEntry,
    reads: Mapping[Attribute, Place],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> dict[Attribute, Clamp]:
    """Return the clamps of what the segmenter reads."""
    found = {}
    for name, clamp in entry.clamps.items():
        attribute, place = Attribute(name), entry.place("clamps", name)
        number = number_of(catalogue, attribute)
        if attribute not in reads:
            message = f"the segmenter does not read {name[:60]!r}{suggestion(name, reads)}"
            mistakes.note(message, place)
        elif number is None:
            mistakes.note(f"{name[:60]!r} is no number: nothing to clamp", place)
        else:
            found[attribute] = _clamp(number, clamp, mistakes)
    return found


def _clamp(number: Number, entry: ClampEntry, mistakes: Mistakes) -> Clamp:
    """Return one clamp."""
    _check_keys(number, entry, mistakes)
    if (entry.per_event is None) is not (entry.events_per_person is None):
        mistakes.note("an average needs both per_event and events_per_person", entry.place())
    if entry.events_per_person is not None and entry.events_per_person < 1:
        mistakes.note("at least 1", entry.place("events_per_person"))
    return Clamp(
        number.attribute,
        _total(entry, number.column, mistakes),
        _ends("per_event", "[0 EUR, 400 EUR]", entry, number.column, mistakes),
        entry.events_per_person,
        _ends("range", "[0, 10]", entry, number.column, mistakes),
        _edges(entry, number.column, mistakes),
    )


def _check_keys(number: Number, entry: ClampEntry, mistakes: Mistakes) -> None:
    """Note a bound that such a number has not, and a clamp that bounds nothing."""
    may = BOUNDS[number.kind]
    for key in sorted(entry.model_fields_set - set(may)):
        message = f"{OF[number.kind]} has no {key!r}: it takes {' and '.join(may)}"
        mistakes.note(message, entry.place(key))
    if not entry.model_fields_set:
        message = f"say {', or '.join(may).replace(', or events_', ' and events_')}"
        mistakes.note(message, entry.place())


def _total(entry: ClampEntry, column: Column, mistakes: Mistakes) -> int | None:
    """Return the most that a person adds to a total."""
    if entry.per_person is None:
        return None
    total = stored(entry.per_person, column, mistakes)
    if total is not None and total <= 0:
        mistakes.note("more than 0", entry.place("per_person"))
    return total


def _ends(
    key: str, example: str, entry: ClampEntry, column: Column, mistakes: Mistakes
) -> tuple[int, int] | None:
    """Return the low and the high end that a key states."""
    literals: tuple[Scalar, ...] | None = getattr(entry, key)
    if literals is None:
        return None
    ends = [stored(literal, column, mistakes) for literal in literals]
    if None in ends:
        return None
    match ends:
        case [int(low), int(high)] if low < high:
            return low, high
    mistakes.note(f"two amounts, the smaller first: {example}", entry.place(key))
    return None


def _edges(entry: ClampEntry, column: Column, mistakes: Mistakes) -> tuple[int, ...]:
    """Return the rising amounts of a grid."""
    match entry.grid:
        case None:
            return ()
        case GridEntry():
            return _steps(entry.grid, column, mistakes)
        case literals:
            read = [stored(literal, column, mistakes) for literal in literals]
    edges = tuple(edge for edge in read if edge is not None)
    if len(edges) < len(read):
        return ()
    rises = all(a < b for a, b in pairwise(edges))
    if not (LEAST_EDGES <= len(edges) <= MOST_EDGES and rises):
        message = f"{LEAST_EDGES} to {MOST_EDGES} amounts, each more than the one before"
        mistakes.note(message, entry.place("grid"))
        return ()
    return edges


def _steps(grid: GridEntry, column: Column, mistakes: Mistakes) -> tuple[int, ...]:
    """Return the amounts of a grid at equal steps."""
    first, last, step = (stored(s, column, mistakes) for s in (grid.from_, grid.to, grid.step))
    if first is None or last is None or step is None:
        return ()
    if step <= 0:
        mistakes.note("more than 0", grid.place("step"))
        return ()
    if last <= first or (last - first) % step:
        mistakes.note("a whole number of steps above the first", grid.place("to"))
        return ()
    if (last - first) // step >= MOST_EDGES:
        mistakes.note(f"more than {MOST_EDGES} amounts: take a larger step", grid.place("step"))
        return ()
    return tuple(range(first, last + 1, step))
