# SPDX-License-Identifier: Apache-2.0
"""From a column of cells to a column of values, with every cell that could not be taken.

Each conversion has a fast path (Arrow, whole columns) and an exact one (Python, one text at a
time), used only for the cells that the fast path leaves. Both mean the same; a test says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from privseg.sources.faults import MAX_CELL, Fault
from privseg.sources.reader import UNREADABLE
from privseg.sources.scan import Positions

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Converted:
    """Values, with null where a cell is missing or faulty; rows are counted within the batch.

    ``rounded`` are the rows whose amount was finer than its unit and was rounded.
    """

    values: pa.Array = field(repr=False)
    faults: Mapping[Fault, Positions] = field(default_factory=dict)
    rounded: Positions = field(default_factory=lambda: np.zeros(0, np.int64))

    def with_faults(self, more: Mapping[Fault, Positions]) -> Converted:
        """Return it with more faults."""
        return Converted(self.values, merged(self.faults, more), self.rounded)


def merged(a: Mapping[Fault, Positions], b: Mapping[Fault, Positions]) -> dict[Fault, Positions]:
    """Return the faults of both."""
    together = {f: [m[f] for m in (a, b) if f in m] for f in {**a, **b}}
    return {f: np.concatenate(rows) for f, rows in together.items() if any(map(len, rows))}


def mask_of(array: pa.Array) -> Mask:
    """Return a boolean Arrow array as a numpy mask; null is False."""
    found: Mask = pc.fill_null(array, False).to_numpy(zero_copy_only=False)
    return found


def rows_where(array: pa.Array) -> Positions:
    """Return the rows at which a boolean array is true."""
    return np.flatnonzero(mask_of(array))


def plain(array: pa.Array) -> pa.Array:
    """Return an array without dictionary or other encodings; texts as ``string``."""
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    wordy = pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type)
    return array.cast(pa.string()) if wordy else array


def checked_text(array: pa.Array) -> Converted:
    """Return a string array with unusable cells nulled: too long, or not Unicode."""
    array, not_unicode = _valid_utf8(array)
    long = rows_where(pc.greater(pc.binary_length(array), MAX_CELL))
    objects = rows_where(pc.equal(array, UNREADABLE))
    faults = {Fault.TOO_LONG: long, Fault.NOT_A_VALUE: objects, Fault.NOT_UTF8: not_unicode}
    found = merged(faults, {})
    return Converted(without(array, found), found)


def without(array: pa.Array, faults: Mapping[Fault, Positions]) -> pa.Array:
    """Return ``array`` with null in the faulty rows."""
    if not faults:
        return array
    bad = np.zeros(len(array), np.bool_)
    bad[np.concatenate(list(faults.values()))] = True
    return pc.if_else(pa.array(bad), pa.scalar(None, array.type), array)


def by_distinct(texts: pa.Array, parse: Callable[[str], object], type_: pa.DataType) -> Converted:
    """Convert each distinct text once."""
    encoded = texts.dictionary_encode()
    parsed = [parse(t) for t in encoded.dictionary.to_pylist()]
    values = pa.array([None if isinstance(v, Fault) else v for v in parsed], type_)
    codes = encoded.indices
    taken = values.take(codes) if len(values) else pa.nulls(len(texts), type_)
    return Converted(taken, _faults(codes, parsed))


def mended(
    texts: pa.Array,
    fast: pa.Array,
    parse: Callable[[str], object],
) -> Converted:
    """Return ``fast`` with the exact path's answer wherever it is null and the text is not."""
    left = pc.and_(pc.is_null(fast), pc.is_valid(texts))
    if not pc.any(left).as_py():
        return Converted(fast)
    rows = rows_where(left)
    exact = by_distinct(texts.take(pa.array(rows)), parse, fast.type)
    values = pc.replace_with_mask(fast, left, exact.values)
    return Converted(values, {f: rows[at] for f, at in exact.faults.items()})


def _faults(codes: pa.Array, parsed: list[object]) -> dict[Fault, Positions]:
    """Return the rows whose distinct text could not be parsed."""
    by_fault: dict[Fault, list[int]] = {}
    for code, value in enumerate(parsed):
        if isinstance(value, Fault):
            by_fault.setdefault(value, []).append(code)
    return {
        fault: rows_where(pc.is_in(codes, value_set=pa.array(bad, codes.type)))
        for fault, bad in by_fault.items()
    }


def _valid_utf8(array: pa.Array) -> tuple[pa.Array, Positions]:
    """Return the array with null where bytes are not UTF-8, and those rows."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raw = array.cast(pa.binary()).to_pylist()
    else:
        return array, np.zeros(0, np.int64)
    bad = np.array([v is not None and not _decodes(v) for v in raw], np.bool_)
    clean = pa.array([None if b else v for v, b in zip(raw, bad, strict=True)], pa.binary())
    return clean.cast(pa.string()), np.flatnonzero(bad)


def _decodes(raw: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
