# SPDX-License-Identifier: Apache-2.0
"""Tallies by brute force: every person by hand, Python integers, nothing shared with the engine."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from hashlib import blake2b
from itertools import product

from privseg.frames import (
    MISSING_KEY,
    TOTAL_KEY,
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Cell,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    Tally,
    Window,
)
from privseg.segment import Event, Person
from tests.twins.naive_amounts import counted, each, naive_amount, number, spelled
from tests.twins.naive_siphash import siphash

Members = Mapping[str, frozenset[int]]
People = Mapping[int, Person]
Parts = tuple[int, dict[str, int], dict[str, int], dict[str, list[int]]]


def naive_tally(block: Block, members: Members, people: People, *, key: bytes) -> dict[Cell, Tally]:
    """Return every cell of every level; of an open block, those with people."""
    everyone = sorted(set().union(*(members[s] for s in block.segments)))
    kept = {o: cells_kept(o, people[o], block, members, key=key) for o in everyone}
    names = set().union(*kept.values()) if block.is_open else ()
    finest = tuple(sorted(names, key=lambda c: (block.segments.index(c[0]), c[1])))
    finest = finest if block.is_open else block.finest
    found = {cell: _cell(cell, block, kept, people, key) for cell in finest}
    for level in block.margins:
        found |= _margin(found, finest, level)
    return {cell: Tally(*parts[:3], _frozen(parts[3])) for cell, parts in found.items()}


def cells_kept(
    ordinal: int, person: Person, block: Block, members: Members, *, key: bytes
) -> list[Cell]:
    """Return the cells of the finest level that a person counts in."""
    keys = [_keys(ordinal, person, d, members, key) for d in block.dimensions]
    inside = [s for s in block.segments if ordinal in members[s]]
    place = next((i for i, d in enumerate(block.dimensions) if isinstance(d, ByPeriod)), None)
    cells = [(s, k) for s in inside for k in product(*keys)]
    if place is not None:
        rows = {_row(cell, place) for cell in cells}
        most = max(block.groups_per_person // block.dimensions[place].most, 1)  # type: ignore[union-attr]
        rows = set(_smallest(ordinal, rows, most, key))
        cells = [cell for cell in cells if _row(cell, place) in rows]
    return _smallest(ordinal, cells, block.groups_per_person, key)


def _row(cell: Cell, place: int) -> Cell:
    return cell[0], (*cell[1][:place], TOTAL_KEY, *cell[1][place + 1 :])


def _smallest(ordinal: int, cells: object, most: int, key: bytes) -> list[Cell]:
    def rank(cell: Cell) -> int:
        parts = [part.encode() for part in (cell[0], *cell[1])]
        text = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        tag = blake2b(text, digest_size=8).digest()
        return siphash(_derived(key, b"privseg cells"), ordinal.to_bytes(8, "little") + tag)

    return sorted(cells, key=rank)[:most]  # type: ignore[call-overload,no-any-return]


def _keys(
    ordinal: int, person: Person, dimension: Dimension, members: Members, key: bytes
) -> list[str]:
    match dimension:
        case ByCategory(attribute, declared):
            return _declared(person.attributes.get(attribute), declared)
        case ByFound(attribute):
            value = person.attributes.get(attribute)
            return [] if value is None else [str(value)]
        case ByCut(amount, cuts):
            found = naive_amount(person, amount)
            return [MISSING_KEY if found is None else dimension.keys[bisect_right(cuts, found)]]
        case ByPeriod():
            there = [n for n, w in _windows(dimension) if _happened(person, dimension, w)]
            cells = [("", (n,)) for n in there]
            return [k for _, (k,) in _smallest(ordinal, cells, dimension.most, key)]
        case ByFirst(attribute, declared, window, where):
            events = counted(person.events, dimension.event, window, where)
            first = min(events, key=lambda e: (e.time, e.event_id), default=None)
            name = attribute.partition(".")[2]
            return [] if first is None else _declared(first.properties.get(name), declared)
        case ByMember(member):
            return ["in" if ordinal in members[member] else "out"]


def _declared(value: object, declared: tuple[str, ...]) -> list[str]:
    if value is None:
        return [MISSING_KEY] if MISSING_KEY in declared else []
    values = sorted(set(value)) if isinstance(value, frozenset | tuple) else [value]
    return [t for t in map(spelled, values) if t in declared]


def _windows(dimension: ByPeriod) -> list[tuple[str, Window]]:
    return list(zip(dimension.keys, dimension.windows, strict=True))


def _happened(person: Person, dimension: ByPeriod, window: Window) -> bool:
    return bool(counted(person.events, dimension.event, window, dimension.where))


def _cell(
    cell: Cell, block: Block, kept: Mapping[int, list[Cell]], people: People, key: bytes
) -> Parts:
    inside = [people[o] for o, cells in kept.items() if cell in cells]
    parts: Parts = (len(inside), {}, {}, {})
    for measure in block.measures:
        if measure.kind is MeasureKind.QUANTILES:
            parts[3][measure.name] = _bins(inside, measure, _period(cell, block))
        elif measure.kind not in {MeasureKind.SIZE, MeasureKind.COUNT}:
            added = [_adds(p, measure, _period(cell, block), key) for p in inside]
            parts[1][measure.name] = sum(s for s, _ in added)
            parts[2][measure.name] = sum(c for _, c in added)
    return parts


def _period(cell: Cell, block: Block) -> Window | None:
    """Return the period that a cell is about."""
    for key, dimension in zip(cell[1], block.dimensions, strict=True):
        if isinstance(dimension, ByPeriod):
            return dimension.windows[dimension.keys.index(key)]
    return None


def _adds(person: Person, measure: Measure, within: Window | None, key: bytes) -> tuple[int, int]:
    """Return what one person adds to a measure's sum and to its count."""
    amount = measure.amount
    assert amount is not None
    if isinstance(amount, EachOf):
        return _averaged(each(person, amount, within), measure, amount, key)
    value = naive_amount(person, amount, within)
    if value is None:
        return 0, 0
    if measure.kind is MeasureKind.TOTAL:
        return min(max(value, 0), measure.upper), int(value > measure.upper)
    return min(max(value, measure.lower), measure.upper) - measure.lower, 1


def _averaged(events: list[Event], measure: Measure, amount: EachOf, key: bytes) -> tuple[int, int]:
    chosen = sorted(events, key=lambda e: siphash(_derived(key, b"privseg events"), e.event_id))
    values = [number(e, amount) or 0 for e in chosen[: measure.events_per_person]]
    clamped = [min(max(v, measure.lower), measure.upper) - measure.lower for v in values]
    return sum(clamped), len(clamped)


def _bins(people: list[Person], measure: Measure, within: Window | None) -> list[int]:
    counts = [0] * (len(measure.grid) + 1)
    assert measure.amount is not None
    for person in people:
        value = naive_amount(person, measure.amount, within)
        if value is not None:
            counts[sum(edge <= value for edge in measure.grid)] += 1
    return counts


def _margin(
    found: Mapping[Cell, Parts], finest: tuple[Cell, ...], level: tuple[int, ...]
) -> dict[Cell, Parts]:
    """Return the sums of the finest cells over the dimensions left out."""
    margin: dict[Cell, Parts] = {}
    for segment, keys in finest:
        cell = segment, tuple(k if i in level else TOTAL_KEY for i, k in enumerate(keys))
        one = found[segment, keys]
        so_far = margin.get(cell)
        margin[cell] = one if so_far is None else _plus(so_far, one)
    return margin


def _plus(one: Parts, other: Parts) -> Parts:
    return (
        one[0] + other[0],
        {n: v + other[1][n] for n, v in one[1].items()},
        {n: v + other[2][n] for n, v in one[2].items()},
        {n: [a + b for a, b in zip(v, other[3][n], strict=True)] for n, v in one[3].items()},
    )


def _frozen(bins: dict[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(counts) for name, counts in bins.items()}


def _derived(key: bytes, label: bytes) -> bytes:
    return blake2b(key, digest_size=16, person=label).digest()
