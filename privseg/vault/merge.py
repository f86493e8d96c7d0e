# SPDX-License-Identifier: Apache-2.0
"""Writing rows into a table that has some: which files are touched, and what they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from privseg.vault import rows as rowwise
from privseg.vault.files import Files
from privseg.vault.ports import ColumnFile
from privseg.vault.rows import TableKind

FILES_PER_BUCKET = 4
KEYS_AT_ONCE = 16_000_000  # keys of older rows compared in one go: 256 MB of event ids

Mask = npt.NDArray[np.bool_]


class Merge:
    """One write into one table: which files are touched, and what they become."""

    def __init__(
        self, files: Files, table: str, kind: TableKind, schema: pa.Schema, snapshot: int
    ) -> None:
        self._files = files
        self._table = table
        self._kind = kind
        self._schema = schema
        self._snapshot = snapshot
        self._live = [file for file in files.listed(table) if file.until is None]

    def write(self, new: pa.Table) -> tuple[int, int]:
        """Write rows; return how many older ones they replaced, and how many files were made."""
        pieces = rowwise.by_bucket(new)
        stale = self._stale(new, set(pieces))
        touched = sorted({*pieces, *(file.bucket for file in stale)})
        for bucket in touched:
            self._write_bucket(bucket, pieces.get(bucket, self._schema.empty_table()), stale)
        return sum(int(mask.sum()) for mask in stale.values()), len(touched)

    def replace(self, new: pa.Table) -> tuple[int, int]:
        """Write rows in place of all there are; return how many went, and the files made."""
        pieces = rowwise.by_bucket(new)
        for file in self._live:
            self._files.retire(file, self._snapshot)
        for bucket, rows in sorted(pieces.items()):
            self._files.add(self._table, bucket, rows, since=self._snapshot)
        return sum(file.rows for file in self._live), len(pieces)

    def _write_bucket(self, bucket: int, new: pa.Table, stale: Mapping[ColumnFile, Mask]) -> None:
        """Write one bucket's new rows, together with the files that they replace rows of."""
        live = [file for file in self._live if file.bucket == bucket]
        merge = [file for file in live if file in stale]
        if len(live) - len(merge) >= FILES_PER_BUCKET:
            merge = live
        kept = [self._kept(file, stale.get(file)) for file in merge]
        whole = rowwise.ordered(pa.concat_tables([*kept, new])) if kept else new
        self._files.add(self._table, bucket, whole, since=self._snapshot)
        for file in merge:
            self._files.retire(file, self._snapshot)

    def _kept(self, file: ColumnFile, stale: Mask | None) -> pa.Table:
        """Return a file's rows that nothing replaces."""
        data = rowwise.widened(self._files.read(file), self._schema)
        return data if stale is None else data.filter(pa.array(~stale))

    def _stale(self, new: pa.Table, buckets: set[int]) -> dict[ColumnFile, Mask]:
        """Return which rows of which live files have the key of a new row.

        A person is always in the same bucket; an event may have been about somebody elsewhere.
        """
        keys = new.column(self._kind.key).combine_chunks()
        everywhere = self._kind is TableKind.EVENTS
        suspects = [file for file in self._live if everywhere or file.bucket in buckets]
        found: dict[ColumnFile, Mask] = {}
        for group in _portions(suspects):
            old = [self._files.read(f, [self._kind.key]).column(0) for f in group]
            hits = rowwise.is_in(pa.chunked_array([c for o in old for c in o.chunks]), keys)
            masks = np.split(hits, np.cumsum([file.rows for file in group])[:-1])
            found |= {file: mask for file, mask in zip(group, masks, strict=True) if mask.any()}
        return found


def _portions(files: Sequence[ColumnFile]) -> Iterator[list[ColumnFile]]:
    """Return files in groups of a bounded number of rows."""
    group: list[ColumnFile] = []
    for file in files:
        if group and sum(f.rows for f in group) + file.rows > KEYS_AT_ONCE:
            yield group
            group = []
        group.append(file)
    if group:
        yield group
