# SPDX-License-Identifier: Apache-2.0
"""People in portions: a read of any size in a memory that does not grow with it.

What is asked of a person is answered from that person's rows, so a query over everybody is the
union of the same query over portions of them (the second gate sees to it). A portion is a range of
ordinals, and the column store keeps neighbours in files of their own: each portion reads its own
files, and each file is read in one portion (two, where a border runs through it).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pyarrow.dataset as pads
from pyroaring import FrozenBitMap

from privseg.gate.columns import ORDINAL

BUCKET = 65_536  # people whose rows the column store keeps together (DESIGN, "laid out")
ANYBODY = range(2**32)


def portions(people: FrozenBitMap, number: int) -> Iterator[FrozenBitMap]:
    """Yield ``people`` in about so many ranges, none without anybody; nobody at all is one.

    >>> [len(p) for p in portions(FrozenBitMap([1, 2, 70_000]), 2)]
    [2, 1]
    """
    if number <= 1 or not people:
        yield people
        return
    whole = people.max() + 1
    width = -(-whole // (number * BUCKET)) * BUCKET
    for start in range(0, whole, width):
        if portion := people & FrozenBitMap(range(start, min(start + width, whole))):
            yield FrozenBitMap(portion)


class Files:
    """A data set, and about whom each of its files is."""

    def __init__(self, dataset: pads.Dataset) -> None:
        """Take a data set; nothing is opened until somebody asks."""
        self.dataset = dataset

    def about(self, people: FrozenBitMap) -> pads.Dataset:
        """Return the data set without files that hold nothing about ``people``."""
        if not isinstance(self.dataset, pads.FileSystemDataset) or len(self._files) < 2:  # noqa: PLR2004
            return self.dataset
        kept = [f for f, r in self._files if people.range_cardinality(r.start, r.stop)]
        if not kept:
            return pads.dataset(self.dataset.schema.empty_table())
        if len(kept) == len(self._files):
            return self.dataset
        whole: Any = self.dataset
        return pads.FileSystemDataset(kept, whole.schema, whole.format, whole.filesystem)

    @cached_property
    def _files(self) -> list[tuple[Any, range]]:
        """Return each file with the range of its ordinals, which its footer tells."""
        return [(f, _ordinals_in(f)) for f in self.dataset.get_fragments()]


def _ordinals_in(fragment: Any) -> range:
    """Return a range that holds the ordinals of a file; anybody's, where the footer is silent."""
    metadata = fragment.metadata
    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    columns = [g.column(i) for g in groups for i in range(g.num_columns)]
    found = [c.statistics for c in columns if c.path_in_schema == ORDINAL]
    if len(found) < len(groups) or not all(s is not None and s.has_min_max for s in found):
        return ANYBODY
    return range(
        min((s.min for s in found), default=0), max((s.max for s in found), default=-1) + 1
    )
