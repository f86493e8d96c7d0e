# SPDX-License-Identifier: Apache-2.0
"""Tallies by brute force: every person by hand, Python integers, nothing shared with the engine."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from privseg.frames import MISSING_KEY, Block, Measure, MeasureKind, Tally
from privseg.segment import Event, Person
from tests.twins.naive_siphash import siphash

Cell = tuple[str, str]


def naive_tally(
    block: Block,
    members: Mapping[str, frozenset[int]],
    people: Mapping[int, Person],
    *,
    key: bytes,
) -> dict[Cell, Tally]:
    everyone = sorted(set().union(*(members[s] for s in block.segments)))
    kept = {o: cells_kept(o, people[o], block, members, key=key) for o in everyone}
    return {cell: _cell(cell, block, kept, people, key) for cell in block.cells}


def cells_kept(
    ordinal: int,
    person: Person,
    block: Block,
    members: Mapping[str, frozenset[int]],
    *,
    key: bytes,
) -> list[Cell]:
    keys = _keys(person, block)
    cells = [(s, k) for s in block.segments if ordinal in members[s] for k in keys]

    def rank(cell: Cell) -> int:
        segment, name = cell[0].encode(), cell[1].encode()
        text = len(segment).to_bytes(8, "big") + segment + name
        tag = blake2b(text, digest_size=8).digest()
        return siphash(_derived(key, b"privseg cells"), ordinal.to_bytes(8, "little") + tag)

    return sorted(cells, key=rank)[: block.groups_per_person]


def _keys(person: Person, block: Block) -> list[str]:
    if block.by is None:
        return [""]
    value = person.attributes.get(block.by)
    if value is None:
        return [MISSING_KEY] if MISSING_KEY in block.keys else []
    values = sorted(value) if isinstance(value, frozenset) else [value]
    texts = ["true" if v is True else "false" if v is False else str(v) for v in values]
    return [t for t in texts if t in block.keys]


def _cell(
    cell: Cell,
    block: Block,
    kept: Mapping[int, list[Cell]],
    people: Mapping[int, Person],
    key: bytes,
) -> Tally:
    inside = [people[o] for o, cells in kept.items() if cell in cells]
    asked = [m for m in block.measures if m.kind is not MeasureKind.SIZE]
    added = {m.name: [_adds(p, m, key) for p in inside] for m in asked}
    return Tally(
        len(inside),
        {name: sum(s for s, _ in pairs) for name, pairs in added.items()},
        {name: sum(c for _, c in pairs) for name, pairs in added.items()},
    )


def _adds(person: Person, measure: Measure, key: bytes) -> tuple[int, int]:
    """Return what one person adds to a measure's sum and to its count."""
    assert measure.attribute is not None
    event, _, name = measure.attribute.partition(".")
    known = [
        e
        for e in person.events
        if e.name == event and e.properties.get(name) is not None and _inside(e, measure)
    ]
    if measure.kind is MeasureKind.TOTAL:
        total = sum(int(e.properties[name]) for e in known)  # type: ignore[call-overload]
        return min(max(total, 0), measure.upper), int(total > measure.upper)
    chosen = sorted(known, key=lambda e: siphash(_derived(key, b"privseg events"), e.event_id))
    values = [int(e.properties[name]) for e in chosen[: measure.events_per_person]]  # type: ignore[call-overload]
    clamped = [min(max(v, measure.lower), measure.upper) - measure.lower for v in values]
    return sum(clamped), len(clamped)


def _inside(event: Event, measure: Measure) -> bool:
    return measure.window is None or measure.window[0] <= event.time < measure.window[1]


def _derived(key: bytes, label: bytes) -> bytes:
    return blake2b(key, digest_size=16, person=label).digest()
