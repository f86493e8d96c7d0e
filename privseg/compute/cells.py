# SPDX-License-Identifier: Apache-2.0
"""Which cells of a block each person falls in, before bounding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.reader import mask_of, ordinals_of
from privseg.compute.tables import Rows
from privseg.frames import MISSING_KEY, Block
from privseg.gate.columns import ORDINAL

Indices = NDArray[np.int64]
Ordinals = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Pairs:
    """(person, number) pairs as two arrays: the number of a key, or of a cell."""

    people: Ordinals
    numbers: Indices

    def among(self, people: FrozenBitMap) -> Pairs:
        """Return the pairs of ``people``."""
        inside = np.take(mask_of(people), self.people, mode="clip")
        return Pairs(self.people[inside], self.numbers[inside])


def place(block: Block, members: Mapping[str, FrozenBitMap], keys: Pairs) -> Pairs:
    """Return every (person, cell) of ``block``: cells are numbered as ``block.cells`` lists them.

    Args:
        block: The table of cells.
        members: Who counts in each segment.
        keys: Every (person, key) of everybody in any of them.
    """
    found = [keys.among(members[s]) for s in block.segments]
    cells = [p.numbers + n * len(block.keys) for n, p in enumerate(found)]
    return Pairs(
        np.concatenate([p.people for p in found] or [np.zeros(0, np.uint32)]),
        np.concatenate(cells or [np.zeros(0, np.int64)]),
    )


def everybody(people: FrozenBitMap) -> Pairs:
    """Return everybody under the single key of a block that is not broken down."""
    ordinals = ordinals_of(people)
    return Pairs(ordinals, np.zeros(len(ordinals), np.int64))


def by_attribute(rows: Rows, column: str, keys: tuple[str, ...], people: FrozenBitMap) -> Pairs:
    """Return every (person, key) of ``people``.

    A set gives a person several keys. A value that is no key gives none. A person whose value is
    missing, or who has no row, has the key ``MISSING_KEY`` if it is declared, else none.
    """
    unknown = mask_of(people)
    found = list(_known(rows, column, pa.array(keys, pa.string()), unknown))
    if MISSING_KEY in keys:
        missing = np.flatnonzero(unknown).astype(np.uint32)
        found.append(Pairs(missing, np.full(len(missing), keys.index(MISSING_KEY), np.int64)))
    return Pairs(
        np.concatenate([p.people for p in found] or [np.zeros(0, np.uint32)]),
        np.concatenate([p.numbers for p in found] or [np.zeros(0, np.int64)]),
    )


def _known(
    rows: Rows, column: str, keys: pa.StringArray, unknown: NDArray[np.bool_]
) -> Iterator[Pairs]:
    """Yield the pairs of known values, batch by batch, striking known people off ``unknown``."""
    for batch in rows.batches():
        known = batch.filter(batch.column(column).is_valid())
        people = known.column(ORDINAL).to_numpy()
        values: Any = known.column(column)
        unknown[people] = False
        if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
            people = people[pc.list_parent_indices(values).to_numpy()]
            values = pc.list_flatten(values)
        # A value that is no key has no index; nor has a NULL inside a set.
        index: Any = pc.fill_null(pc.index_in(values.cast(pa.string()), keys, skip_nulls=True), -1)
        numbers = index.to_numpy(zero_copy_only=False).astype(np.int64)
        yield _distinct(Pairs(people[numbers >= 0], numbers[numbers >= 0]), len(keys))


def _distinct(pairs: Pairs, size: int) -> Pairs:
    """Return each pair once: a set may name a value twice."""
    codes = pairs.people.astype(np.int64) * size + pairs.numbers
    if (codes[1:] > codes[:-1]).all():
        return pairs
    _, first = np.unique(codes, return_index=True)
    return Pairs(pairs.people[first], pairs.numbers[first])
