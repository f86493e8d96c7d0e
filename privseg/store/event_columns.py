# SPDX-License-Identifier: Apache-2.0
"""From rows of numbers to the consent room's columns, without an ``Event`` in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.consent.columns import EventColumns
from privseg.consent.encoding import ACTS, METHODS, NONE

WIDTH = 6  # position, subject, event_time, record_time, expires_at, stamp

Stamps = Mapping[int, Mapping[str, Any]]


def to_numbers(batches: Iterable[Sequence[tuple[int, ...]]]) -> NDArray[np.int64]:
    """Return rows of whole numbers as one array, a row each."""
    flat = [
        np.fromiter(chain.from_iterable(batch), dtype=np.int64, count=len(batch) * WIDTH)
        for batch in batches
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *flat]).reshape(-1, WIDTH)


def to_columns(
    numbers: NDArray[np.int64], *, values: Mapping[int, str], stamps: Stamps
) -> EventColumns:
    """Return the columns of a ledger's rows; ``values`` are by position, ``stamps`` by code."""
    position, ordinal, event_time, record_time, expires_at, stamp = (
        _frozen(column) for column in numbers[np.lexsort((numbers[:, 0], numbers[:, 1]))].T
    )
    said = {name: _distinct(each[name] for each in stamps.values()) for name in _WORDS}
    code = {name: _column(stamps, stamp, _coded(name, said[name])) for name in _WORDS}
    written = _distinct(values.values())
    return EventColumns(
        position=position,
        ordinal=ordinal,
        event_time=event_time,
        record_time=record_time,
        expires_at=expires_at,
        **code,
        act=_column(stamps, stamp, lambda each: ACTS.index(each["act"])),
        method=_column(stamps, stamp, lambda each: METHODS.index(each["method"])),
        authority=_column(stamps, stamp, lambda each: int(each["authority"])),
        explicit=_column(stamps, stamp, lambda each: each["explicit"], np.bool_),
        quarantined=_column(stamps, stamp, lambda each: each["quarantined"], np.bool_),
        value=_values(position, values, written),
        controllers=tuple(said["controller"]),
        purposes=tuple(said["purpose"]),
        category_sets=tuple(said["categories"]),
        notices=tuple(said["notice"]),
        notice_sets=tuple(said["notice_purposes"]),
        values=tuple(written),
        irregular=FrozenBitMap(),
        kept={},
    )


_WORDS = ("controller", "purpose", "categories", "notice", "notice_purposes")


def _distinct(words: Iterable[Any]) -> dict[Any, int]:
    """Return a code for each word, from 0; None has none."""
    met = dict.fromkeys(word for word in words if word is not None)
    return {word: code for code, word in enumerate(met)}


def _coded(name: str, codes: Mapping[Any, int]) -> Callable[[Mapping[str, Any]], int]:
    """Return what gives the code of a stamp's word; a missing word has ``NONE``."""
    return lambda fields: codes.get(fields[name], NONE)


def _column(
    stamps: Stamps,
    stamp: NDArray[Any],
    of: Callable[[Mapping[str, Any]], Any],
    kind: type[np.generic] = np.int32,
) -> NDArray[Any]:
    """Return what ``of`` says of the stamp of each row."""
    table = np.zeros(max(stamps, default=0) + 1, dtype=kind)
    for number, fields in stamps.items():
        table[number] = of(fields)
    return _frozen(table[stamp])


def _values(
    position: NDArray[Any], values: Mapping[int, str], codes: Mapping[str, int]
) -> NDArray[Any]:
    """Return the code of each row's own value; few rows have one."""
    column = np.full(len(position), NONE, dtype=np.int32)
    order = np.argsort(position)
    at = np.fromiter(values, dtype=np.int64, count=len(values))
    rows = order[np.searchsorted(position, at, sorter=order)]
    column[rows] = [codes[value] for value in values.values()]
    return _frozen(column)


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    """Return ``column``, in one piece and closed to writing."""
    whole = np.ascontiguousarray(column)
    whole.flags.writeable = False
    return whole
