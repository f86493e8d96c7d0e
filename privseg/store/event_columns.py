# SPDX-License-Identifier: Apache-2.0
"""From bodies of events to the consent room's columns, without an ``Event`` in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.consent.columns import EventColumns
from privseg.consent.encoding import ACTS, DAY_MICROS, METHODS, NEVER, NONE
from privseg.store.event_body import BODY

Stamps = Mapping[int, Mapping[str, Any]]
Own = Mapping[int, Mapping[str, str]]
"""The own words of the few events that have any, by position."""

_NUMBERS = ("subject", "born", "event_time", "expires_at", "target", "record_time", "stamp")
_USUAL = {"born": 0, "expires_at": NEVER, "target": NONE}  # all alike in most batches
_WORDS = ("controller", "purpose", "categories", "notice", "notice_purposes", "notice_sha256")
_LAST_DAY = date.max.toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The numbers of events in order of position, a column each."""

    position: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, chunks: Iterable[tuple[NDArray[np.int64], NDArray[Any]]]) -> Numbers:
        """Return chunks of (positions, bodies) as columns; a chunk is dropped once it is taken."""
        positions: list[NDArray[np.int64]] = []
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _NUMBERS}
        for position, bodies in chunks:
            positions.append(position)
            for name in _NUMBERS:
                parts[name].append(_part(name, bodies[name]))
        columns = {name: _joined(name, parts[name]) for name in _NUMBERS}
        return cls(np.concatenate([np.empty(0, np.int64), *positions]), columns)

    def where(self, mask: NDArray[np.bool_]) -> Numbers:
        """Return those of ``mask``."""
        kept = {name: column[mask] for name, column in self.columns.items()}
        return Numbers(self.position[mask], kept)


def _part(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Return a chunk's column; one that says the usual all along takes no room."""
    usual = _USUAL.get(name)
    if usual is not None and bool((values == usual).all()):
        return np.broadcast_to(values.dtype.type(usual), values.shape)
    return np.ascontiguousarray(values)


def _joined(name: str, parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Return a column of all chunks."""
    kind = BODY[name].newbyteorder("=")
    if parts and all(part.strides == (0,) for part in parts):
        return np.broadcast_to(kind.type(_USUAL[name]), (sum(map(len, parts)),))
    whole = np.concatenate([np.empty(0, kind), *parts])
    parts.clear()
    return whole


def to_columns(numbers: Numbers, *, own: Own, stamps: Stamps) -> EventColumns:
    """Return the columns of a ledger's events in order of person and position."""
    found = _Sorted(numbers)
    stamp = found.column("stamp")
    stamps = {int(code): stamps[int(code)] for code in np.flatnonzero(np.bincount(stamp))}
    said = {name: _distinct(each[name] for each in stamps.values()) for name in _WORDS}
    code = {name: _column(stamps, stamp, _coded(name, said[name])) for name in _WORDS}
    written = _Written(found, stamps, own)
    return EventColumns(
        position=_frozen(found.position),
        ordinal=_frozen(found.ordinal),
        event_time=found.wide("event_time"),
        record_time=found.wide("record_time"),
        expires_at=found.wide("expires_at"),
        target=found.wide("target"),
        controller=code["controller"],
        purpose=code["purpose"],
        categories=code["categories"],
        notice=code["notice"],
        notice_purposes=code["notice_purposes"],
        notice_text=code["notice_sha256"],
        act=_column(stamps, stamp, lambda each: ACTS.index(each["act"])),
        method=_column(stamps, stamp, lambda each: METHODS.index(each["method"])),
        authority=_column(stamps, stamp, lambda each: each["authority"].value),
        explicit=_column(stamps, stamp, lambda each: each["explicit"], np.bool_),
        quarantined=_column(stamps, stamp, lambda each: each["quarantined"], np.bool_),
        uses=_column(stamps, stamp, lambda each: _limit(each["uses"], 1), np.int64),
        idle=_column(stamps, stamp, lambda each: _limit(each["idle_days"], DAY_MICROS), np.int64),
        value=written.value(),
        until=written.until(),
        controllers=tuple(said["controller"]),
        purposes=tuple(said["purpose"]),
        category_sets=tuple(said["categories"]),
        notices=tuple(said["notice"]),
        notice_sets=tuple(said["notice_purposes"]),
        texts=tuple(said["notice_sha256"]),
        values=tuple(written.codes),
        irregular=FrozenBitMap(),
        kept={},
    )


class _Sorted:
    """The numbers in order of person and position."""

    def __init__(self, numbers: Numbers) -> None:
        """Sort people and rows as one number: an ordinal has 32 bits, and so has a row's number."""
        self._columns = numbers.columns
        subject = numbers.columns["subject"]
        self._order: NDArray[np.int64] | None = None
        if len(subject) and bool((subject[1:] < subject[:-1]).any()):
            keys = subject.astype(np.uint64) << np.uint64(32)
            keys |= np.arange(len(subject), dtype=np.uint64)
            keys.sort()
            self.ordinal = (keys >> np.uint64(32)).astype(np.int64)
            keys &= np.uint64(2**32 - 1)
            self._order = keys.view(np.int64)
        else:
            self.ordinal = subject.astype(np.int64)
        self.position = self._sorted(numbers.position)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column."""
        return self._sorted(self._columns[name])

    def wide(self, name: str) -> NDArray[np.int64]:
        """Return a column of 64 bits, closed to writing."""
        return _frozen(self.column(name))

    def _sorted(self, column: NDArray[Any]) -> NDArray[Any]:
        """Return a column in order; one value for all of them stays one."""
        if self._order is None or column.strides == (0,):
            return column
        return column[self._order]


class _Written:
    """The values that events attest or name, and what grants end with, coded alike."""

    def __init__(self, found: _Sorted, stamps: Stamps, own: Own) -> None:
        self._found, self._stamps = found, stamps
        self._stamp, self._born = found.column("stamp"), found.column("born")
        self._own = _rows(found, own)
        days = _days(self._born)
        words = [s[name] for s in stamps.values() for name in ("value", "until")]
        words += [date.fromordinal(day).isoformat() for day in days.tolist()]
        self.codes = _distinct([*words, *(w for said in own.values() for w in said.values())])
        self._day_codes = np.full(int(days.max(initial=0)) + 1, NONE, np.int32)
        self._day_codes[days] = [
            self.codes[date.fromordinal(day).isoformat()] for day in days.tolist()
        ]

    def value(self) -> NDArray[Any]:
        """Return the code of each row's value."""
        column = self._column("value")
        if self._born.strides == (0,):
            return column
        return _frozen(np.where(self._born > 0, self._day_codes[self._born], column))

    def until(self) -> NDArray[Any]:
        """Return the code of what ends each row's grant."""
        return self._column("until")

    def _column(self, name: str) -> NDArray[Any]:
        """Return the codes of a stamp's word, or of the row's own."""
        column = _column(self._stamps, self._stamp, _coded(name, self.codes))
        own = {row: said[name] for row, said in self._own.items() if name in said}
        if not own:
            return column
        column = np.array(column)
        column[list(own)] = [self.codes[word] for word in own.values()]
        return _frozen(column)


def _rows(found: _Sorted, own: Own) -> dict[int, Mapping[str, str]]:
    """Return the own words by row instead of position."""
    if not own:
        return {}
    at = np.fromiter(own, np.int64, len(own))
    rows = np.flatnonzero(np.isin(found.position, at))
    return {int(row): own[int(found.position[row])] for row in rows}


def _days(born: NDArray[Any]) -> NDArray[np.int64]:
    """Return the distinct days, counted without sorting them."""
    if born.strides == (0,):
        return np.empty(0, np.int64)
    met = np.zeros(_LAST_DAY + 1, np.bool_)
    met[born] = True
    met[0] = False
    return np.flatnonzero(met)


def _distinct(words: Iterable[Any]) -> dict[Any, int]:
    """Return a code for each word, from 0; None has none."""
    met = dict.fromkeys(word for word in words if word is not None)
    return {word: code for code, word in enumerate(met)}


def _coded(name: str, codes: Mapping[Any, int]) -> Callable[[Mapping[str, Any]], int]:
    """Return what gives the code of a stamp's word; a missing word has ``NONE``."""
    return lambda fields: codes.get(fields[name], NONE)


def _limit(number: int | None, unit: int) -> int:
    """Return a limit in units, ``NEVER`` without one."""
    return NEVER if number is None else min(number * unit, NEVER)


def _column(
    stamps: Stamps,
    stamp: NDArray[Any],
    of: Callable[[Mapping[str, Any]], Any],
    kind: type[np.generic] = np.int32,
) -> NDArray[Any]:
    """Return what ``of`` says of the stamp of each row; what all say alike takes no room."""
    said = {number: of(fields) for number, fields in stamps.items()}
    if said and len(set(said.values())) == 1:
        return np.broadcast_to(kind(next(iter(said.values()))), stamp.shape)
    table = np.zeros(max(said, default=0) + 1, dtype=kind)
    for number, word in said.items():
        table[number] = word
    return _frozen(table[stamp])


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    """Return ``column``, closed to writing."""
    column.flags.writeable = False
    return column
