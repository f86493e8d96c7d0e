# SPDX-License-Identifier: Apache-2.0
"""Rows of events into columns: words become small integers, a batch at a time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privseg.consent.event import Act, Method
from privseg.terms import MICROSECOND

NEVER = 2**63 - 1
"""What an event without an end holds: ``expires_at``, ``uses`` and ``idle`` without a limit."""

NONE = -1
"""The code of a missing word (no purpose, no notice, no value), and of no ``target``."""

ROW = (
    "position",  # int
    "ordinal",  # int: the person
    "controller",  # text
    "act",  # text: Act
    "event_time",  # int: microseconds since 1970-01-01 UTC
    "record_time",  # int: likewise
    "purpose",  # text or None
    "categories",  # text: pack_names(categories); "" is the empty set
    "explicit",  # 0 or 1
    "notice",  # text or None
    "notice_purposes",  # text: pack_names(notice_purposes)
    "method",  # text: Method
    "authority",  # int: Authority
    "expires_at",  # int: microseconds, or None
    "value",  # text or None
    "quarantined",  # 0 or 1
    "target",  # int: the other profile, or the position that a RESOLVE settles; or None
    "until",  # text or None: the name of what ends the grant
    "uses",  # int or None
    "idle",  # int: microseconds (idle_days * DAY_MICROS), or None
    "notice_text",  # text or None: notice_sha256
)
"""The order of a row's values for ``EventColumns.from_rows``."""

ACTS = tuple(Act)
METHODS = tuple(Method)
DAY_MICROS = timedelta(days=1) // MICROSECOND

_BATCH = 65_536
_WORDS = (
    "controller",
    "purpose",
    "categories",
    "notice",
    "notice_purposes",
    "value",
    "notice_text",
)
_SHARED = {"until": "value"}  # coded alike, so that what happened is compared as a number
_SETS = ("categories", "notice_purposes")
_FIXED: Mapping[str, Mapping[str, int]] = {
    "act": {a.value: i for i, a in enumerate(ACTS)},
    "method": {m.value: i for i, m in enumerate(METHODS)},
}
_WITHOUT = {"expires_at": NEVER, "uses": NEVER, "idle": NEVER, "target": NONE}
_WIDE = ("position", "ordinal", "event_time", "record_time", *_WITHOUT)
_TYPES: Mapping[str, type[np.generic]] = {
    **dict.fromkeys(ROW, np.int32),
    **dict.fromkeys(_WIDE, np.int64),
    **dict.fromkeys(("explicit", "quarantined"), np.bool_),
}


def pack_names(names: Iterable[str]) -> str:
    r"""Return a set of names as one text: sorted, one a line.

    >>> pack_names({"purchases", "location"})
    'location\npurchases'

    Raises:
        ValueError: a name is empty or holds a line break.
    """
    ordered = sorted(names)
    if any(not n or "\n" in n for n in ordered):
        raise ValueError("a name in a set cannot be empty or hold a line break")
    return "\n".join(ordered)


def unpack_names(text: str) -> frozenset[str]:
    """Return the set that ``pack_names`` packed."""
    return frozenset(text.split("\n")) if text else frozenset()


@dataclass(frozen=True, slots=True)
class Encoded:
    """Columns by their names in ``ROW``, and the words behind the codes of those that have any."""

    columns: Mapping[str, NDArray[Any]]
    words: Mapping[str, tuple[Any, ...]]


def encode(rows: Iterable[Sequence[Any]]) -> Encoded:
    """Encode rows laid out as ``ROW``, then put them in order of person and position."""
    dictionaries = {name: _Dictionary() for name in _WORDS}
    batches = [_encode(batch, dictionaries) for batch in _batches(rows)]
    arrays = {
        name: np.concatenate([b[i] for b in batches]) if batches else np.empty(0, _TYPES[name])
        for i, name in enumerate(ROW)
    }
    order = np.lexsort((arrays["position"], arrays["ordinal"]))
    words = {name: dictionaries[name].words() for name in _WORDS}
    words |= {name: tuple(map(_as_set, words[name])) for name in _SETS}
    return Encoded({name: _frozen(column[order]) for name, column in arrays.items()}, words)


class _Dictionary(dict[Hashable, int]):
    """Codes of words in the order they are first met; None is ``NONE``."""

    def __init__(self) -> None:
        super().__init__({None: NONE})

    def __missing__(self, word: Hashable) -> int:
        """Give a new word the next code."""
        self[word] = len(self) - 1
        return self[word]

    def words(self) -> tuple[Any, ...]:
        """Return the words by code."""
        return tuple(self)[1:]


def _batches(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """Cut rows into batches, so that a million of them never stand in memory as tuples."""
    iterator = iter(rows)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _encode(
    batch: list[Sequence[Any]], dictionaries: Mapping[str, _Dictionary]
) -> list[NDArray[Any]]:
    """Return one batch as arrays in the order of ``ROW``."""
    return [
        _column(name, values, dictionaries)
        for name, values in zip(ROW, zip(*batch, strict=True), strict=True)
    ]


def _column(
    name: str, values: tuple[Any, ...], dictionaries: Mapping[str, _Dictionary]
) -> NDArray[Any]:
    """Return one column of a batch as an array."""
    word = _SHARED.get(name, name)
    codes: Mapping[Any, int] | None = dictionaries.get(word) or _FIXED.get(word)
    if codes is not None:
        values = tuple(map(codes.__getitem__, values))
    elif name in _WITHOUT:
        values = tuple(_WITHOUT[name] if v is None else v for v in values)
    return np.array(values, dtype=_TYPES[name])


def _as_set(word: Any) -> Any:
    """Return the set that a word of a column of sets stands for, unpacked where it is text."""
    return unpack_names(word) if isinstance(word, str) else word


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    """Return ``column``, closed to writing."""
    column.flags.writeable = False
    return column
