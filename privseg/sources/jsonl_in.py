# SPDX-License-Identifier: Apache-2.0
"""JSON lines in: one object a line; numbers keep every digit they are written with.

An empty text is a known, empty text here (in CSV it is missing); ``null`` and an absent key are
missing. Duplicate keys, NaN and Infinity are refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from privseg.sources.faults import Fault
from privseg.sources.reader import require_names
from privseg.sources.scan import Positions, blocks, check_text, start_of_text

ROWS = 65_536
SAMPLED = 1_000
BLANK = " \t\r"


_Row = tuple[int, dict[str, Any]]  # the number of the line, and its cells by key


class _RefusedError(Exception):
    """A line is not usable; carries the fault and nothing else."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, refusing a key that stands twice (RFC 8259 §4 leaves its meaning open)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedError(Fault.DUPLICATE_KEY)
    return found


def _constant(_: str) -> Any:
    """Refuse NaN and Infinity, which are not JSON (RFC 8259 §6)."""
    raise _RefusedError(Fault.NOT_FINITE)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=str, parse_int=str, parse_constant=_constant
)


class JsonLinesReader:
    """One JSON lines file. ``lists`` names the columns whose cells may be lists of texts."""

    def __init__(
        self,
        handle: BinaryIO,
        file: str,
        *,
        lists: Collection[str] = (),
        expected: Collection[str] = (),
    ) -> None:
        """Read the columns' names: those expected, and the keys of the first rows.

        Raises:
            FileError: it is no UTF-8 text, or empty.
        """
        self.file = file
        self._handle = handle
        self._lists = frozenset(lists)
        self._start = start_of_text(handle, file)
        self._faults: dict[Fault, list[int]] = {}
        self._layouts: set[tuple[str, ...]] = set()
        first = [k for line in islice(self._lines(), SAMPLED) for k in _keys_of(line)]
        self.columns = tuple(dict.fromkeys([*expected, *first]))
        require_names(file, self.columns or ("",))

    @property
    def unseen(self) -> frozenset[str]:
        """Return the columns that no row has; complete after the last batch."""
        return frozenset(self.columns).difference(*self._layouts)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as strings: scalars by their JSON text, lists as JSON."""
        numbered = enumerate(self._lines())
        while chunk := list(islice(numbered, ROWS)):
            objects = [o for number, line in chunk if (o := self._tried(number, self._known, line))]
            rows = objects if _are_texts(objects) else self._worded(objects)
            if rows:
                cells = {
                    c: pa.array([r.get(c) for _, r in rows], pa.string()) for c in self.columns
                }
                yield pa.RecordBatch.from_pydict(cells)

    @property
    def broken(self) -> Mapping[Fault, Positions]:
        """Return the lines that are no usable object; complete after the last batch."""
        return {f: np.array(rows, np.int64) for f, rows in self._faults.items()}

    def lines(self, records: Positions) -> Positions:
        """Return the line of each record."""
        return records + 1

    @property
    def layout(self) -> tuple[str, ...]:
        """Return the one name under which whole lines are written aside."""
        return ("row",)

    def cells(self, records: Positions) -> list[list[str]]:
        """Return lines as they stand in the file, read once more."""
        chosen = set(records.tolist())
        found = {n: line for n, line in enumerate(self._lines()) if n in chosen}
        return [[found[int(r)]] for r in records]

    def _lines(self) -> Iterator[str]:
        """Yield the lines, without blank ones at the very end."""
        self._handle.seek(self._start)
        seen, blank = 0, 0
        for block in blocks(self._handle, self.file):
            check_text(block, self.file, seen)
            for line in block[:-1].decode("utf-8").split("\n"):
                seen += 1
                if not line.strip(BLANK):
                    blank += 1
                    continue
                yield from [""] * blank
                blank = 0
                yield line

    def _tried(self, number: int, make: Callable[[Any], dict[str, Any]], given: Any) -> _Row | None:
        """Return what ``make`` makes of a line's content, or None after noting why not."""
        try:
            made = make(given)
        except _RefusedError as refusal:
            self._faults.setdefault(refusal.fault, []).append(number)
            return None
        return number, made

    def _worded(self, objects: list[_Row]) -> list[_Row]:
        """Return the rows whose cells are all usable, as text."""
        return [row for n, cells in objects if (row := self._tried(n, self._cells, cells))]

    def _cells(self, cells: dict[str, Any]) -> dict[str, Any]:
        """Return a row's values as text.

        Raises:
            _RefusedError: one is not usable.
        """
        return {name: self._cell(name, value) for name, value in cells.items()}

    def _cell(self, name: str, value: Any) -> str | None:
        """Return a value as text.

        Raises:
            _RefusedError: it is an object, a list where none may stand, or not Unicode.
        """
        match value:
            case str():
                return value if value.isascii() else _unicode(value)
            case None:
                return None
            case bool():
                return "true" if value else "false"
            case list() if name in self._lists and all(isinstance(v, str) for v in value):
                return _unicode(json.dumps(value, ensure_ascii=False))
        raise _RefusedError(Fault.NOT_A_VALUE)

    def _known(self, line: str) -> dict[str, Any]:
        """Return the object of a line.

        Raises:
            _RefusedError: it is none, or a key of it is no column.
        """
        cells = _object(line)
        layout = tuple(cells)
        if layout not in self._layouts:
            if not set(layout) <= set(self.columns):
                raise _RefusedError(Fault.NEW_KEY)
            self._layouts.add(layout)
        return cells


def _are_texts(rows: list[_Row]) -> bool:
    """Return whether every value is missing or plain text, as nearly always."""
    cells = (value for _, row in rows for value in row.values())
    return all(v is None or (type(v) is str and v.isascii()) for v in cells)


def _object(line: str) -> dict[str, Any]:
    """Return the object of a line.

    Raises:
        _RefusedError: it is none, or one that cannot be read in one way only.
    """
    if not line.strip(BLANK):
        raise _RefusedError(Fault.BLANK)
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _RefusedError(Fault.NOT_JSON)
    return found


def _keys_of(line: str) -> tuple[str, ...]:
    """Return the keys of a line, none if it is not usable."""
    try:
        return tuple(_object(line))
    except _RefusedError:
        return ()


def _unicode(text: str) -> str:
    """Return ``text``.

    Raises:
        _RefusedError: it holds half of a surrogate pair, which no UTF-8 can carry.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        pass
    else:
        return text
    raise _RefusedError(Fault.NOT_UTF8)
