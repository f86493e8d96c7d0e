# SPDX-License-Identifier: Apache-2.0
"""What is stored of whom a breach concerns: rows that lay open, and how many there are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow.compute as pc
from pyroaring import BitMap, FrozenBitMap

from privseg.engine.house import House
from privseg.engine.who.breach_views import BreachAsked
from privseg.policy import Source, SourceKind


def lying_in(house: House, sources: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the attributes, kinds of identifiers included, and categories of whole sources."""
    readables = house.policy.catalogue.readables
    found = [r for r in readables.values() if r.source.name in sources]
    columns = [c for name in sources for c in house.policy.catalogue.sources[name].columns]
    names = {str(a) for a, r in readables.items() if r.source.name in sources}
    return (
        frozenset(names | {str(c.identifier) for c in columns if c.identifier}),
        frozenset(str(r.category) for r in found),
    )


def records(
    house: House, asked: BreachAsked, attributes: frozenset[str], people: FrozenBitMap
) -> Iterator[tuple[str, int]]:
    """Yield how many rows of each source are stored on these people now."""
    there, snapshot = set(house.columns.tables()), house.columns.snapshot()
    readables = house.policy.catalogue.readables
    read = asked.sources or {r.source.name for a, r in readables.items() if a in attributes}
    for name, source in sorted(house.policy.catalogue.sources.items()):
        if name in read and source.table in there and source.kind is not SourceKind.ACCOUNTS:
            yield name, _rows(house, source, snapshot, people)


def _rows(house: House, source: Source, snapshot: int, people: FrozenBitMap) -> int:
    """Return how many rows of a source are about these people; only their numbers are read."""
    batches = house.columns.dataset(source.table, snapshot=snapshot).to_batches(columns=["ordinal"])
    return sum(
        sum(people.__contains__(n) for n in batch.column(0).to_pylist()) for batch in batches
    )


def holders(house: House, sources: Iterable[Source]) -> FrozenBitMap:
    """Return everybody with a row in any of these sources."""
    found, snapshot = BitMap(), house.columns.snapshot()
    for source in sources:
        if source.table in house.columns.tables():
            data = house.columns.dataset(source.table, snapshot=snapshot)
            for batch in data.to_batches(columns=["ordinal"]):
                found |= BitMap(pc.unique(batch.column(0)).to_pylist())
    return FrozenBitMap(found)
