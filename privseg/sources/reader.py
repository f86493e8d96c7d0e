# SPDX-License-Identifier: Apache-2.0
"""What every format gives: columns, batches of cells not yet typed, and where a row stands."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import pyarrow as pa

from privseg.sources.faults import Fault, FileError
from privseg.sources.scan import Positions

UNREADABLE = "\N{NULL}\N{NULL}unreadable"
"""What a reader gives for an object that is no value; every conversion refuses it."""


class Reader(Protocol):
    """Port: one file or frame, read once from front to back.

    A *record* is a row as it stands in the file, broken ones included, counted from 0. Batches
    hold the records that are not broken, in order; a missing cell is null. Cells are strings, or
    whatever Arrow type the format declares.
    """

    @property
    def file(self) -> str:
        """Return the name to use in messages, without folders."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, known before the first batch."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows once."""
        ...

    @property
    def broken(self) -> Mapping[Fault, Positions]:
        """Return the records that no batch holds, by fault; complete after the last batch."""
        ...

    def lines(self, records: Positions) -> Positions:
        """Return the line (or row, from 1) at which each record begins."""
        ...

    @property
    def layout(self) -> tuple[str, ...]:
        """Return the names of what ``cells`` gives."""
        ...

    def cells(self, records: Positions) -> list[list[str]]:
        """Return records as they were given, to be written aside; broken ones are not padded."""
        ...


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file and see to it that nobody changes it while it is read.

    Raises:
        FileError: it is missing, unreadable, no regular file, or it changed meanwhile.
    """
    try:
        handle = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        reason = error.strerror or "the system refuses"
        hint = "check the path and its permissions"
    else:
        with handle:
            before = os.fstat(handle.fileno())
            _require_regular(before, path.name)
            yield handle
            _require_same(before, os.fstat(handle.fileno()), path.name)
        return
    raise FileError(file=path.name, why=f"it cannot be opened ({reason})", hint=hint)


def _require_regular(found: os.stat_result, file: str) -> None:
    """Refuse folders, pipes and devices: they cannot be read twice.

    Raises:
        FileError: it is one.
    """
    if not stat.S_ISREG(found.st_mode):
        raise FileError(file=file, why="it is not a regular file", hint="save it to a file first")


def _require_same(before: os.stat_result, after: os.stat_result, file: str) -> None:
    """Refuse a file that was written to while it was read.

    Raises:
        FileError: its size or time of change differs.
    """
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileError(file=file, why="it changed while it was read", hint="import it again")


def kept(records: int, broken: Mapping[Fault, Positions]) -> Positions:
    """Return the records that batches hold, in order."""
    everything = np.arange(records, dtype=np.int64)
    return np.delete(everything, np.concatenate(list(broken.values()))) if broken else everything


def require_names(file: str, names: tuple[str, ...]) -> None:
    """Refuse a header with an empty or repeated name.

    Raises:
        FileError: naming the position, never the name: without a header line it may be data.
    """
    for position, name in enumerate(names, start=1):
        if not name:
            why, hint = f"column {position} has no name", "name every column in the first line"
            raise FileError(file=file, why=why, hint=hint)
        if (first := names.index(name) + 1) != position:
            why = f"columns {first} and {position} have the same name"
            raise FileError(file=file, why=why, hint="rename one of them")
