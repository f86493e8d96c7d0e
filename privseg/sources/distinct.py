# SPDX-License-Identifier: Apache-2.0
"""Rows that say the same: people twice in a file, events sent again, events without an id."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from privseg.sources.scan import Positions

CONTENT_ID = "(content)"
"""In place of an event id column: the row's own content is its id, equal rows being numbered.

The same file imported again then changes nothing; a corrected row is a new event.
"""
_BETWEEN, _MISSING = "\x1f", "\x00"


def repeated(parts: Sequence[pa.Array], *, keep_last: bool = False) -> Positions:
    """Return the rows whose value stands elsewhere: all but its first row, or all but its last.

    >>> repeated([pa.array(["a", "b", "a"])]).tolist()
    [2]
    >>> repeated([pa.array(["a", "b", "a"])], keep_last=True).tolist()
    [0]
    """
    if not parts or pc.count_distinct(pa.chunked_array(parts)).as_py() == sum(map(len, parts)):
        return np.zeros(0, np.int64)
    codes = _codes(parts)
    ordered = codes[::-1] if keep_last else codes
    _, first = np.unique(ordered, return_index=True)
    others = np.delete(np.arange(len(codes)), first)
    return np.sort(len(codes) - 1 - others) if keep_last else others


def content_ids(batch: pa.RecordBatch, names: Sequence[str]) -> pa.Array:
    """Return the content of each row as one text."""
    cells = [pc.fill_null(batch[n].cast(pa.string()), _MISSING) for n in names]
    return pc.binary_join_element_wise(*cells, _BETWEEN)


def numbered(parts: Sequence[pa.Array]) -> list[pa.Array]:
    r"""Return contents with the number of each among its equals, in the order of the file.

    >>> numbered([pa.array(["a", "b", "a"])])[0].to_pylist() == ["a\x1f0", "b\x1f0", "a\x1f1"]
    True
    """
    codes = _codes(parts)
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    nth = np.empty(len(codes), np.int64)
    nth[order] = np.arange(len(codes)) - np.repeat(starts, np.diff([*starts, len(codes)]))
    cuts = np.cumsum([0, *map(len, parts)])
    return [
        pc.binary_join_element_wise(part, pa.array(nth[a:b]).cast(pa.string()), _BETWEEN)
        for part, a, b in zip(parts, cuts[:-1], cuts[1:], strict=True)
    ]


def _codes(parts: Sequence[pa.Array]) -> Positions:
    """Return a number per row, equal where the values are."""
    encoded = pa.chunked_array(parts).dictionary_encode().unify_dictionaries()
    codes = [c.indices.to_numpy(zero_copy_only=False) for c in encoded.chunks]
    return np.concatenate([np.zeros(0, np.int64), *codes]).astype(np.int64)
