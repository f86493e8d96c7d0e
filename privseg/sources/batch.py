# SPDX-License-Identifier: Apache-2.0
"""What a source gives: typed columns, identifiers kept apart, and what was rejected."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from privseg.policy.catalogue import Source
from privseg.sources.export import harmless
from privseg.sources.faults import FileError, Problem


@dataclass(frozen=True, slots=True)
class Identifiers:
    """One column of direct identifiers: their kind, and a value or null per row."""

    kind: str
    values: pa.ChunkedArray = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rows that were left out, as they were given: personal data, out of ``repr``.

    ``problems`` lists the first of ``total`` problems. ``lines``, ``reasons`` and ``cells`` have
    an entry per rejected row, ``layout`` the names of the cells.
    """

    file: str
    rows: int = 0
    total: int = 0
    problems: tuple[Problem, ...] = ()
    lines: tuple[int, ...] = field(default=(), repr=False)
    reasons: tuple[str, ...] = field(default=(), repr=False)
    layout: tuple[str, ...] = ()
    cells: tuple[list[str], ...] = field(default=(), repr=False)

    def write(self, path: Path) -> None:
        """Write the rejected rows to a new CSV file that only its owner may read (0600).

        Cells that a spreadsheet would run as formulas are made harmless.

        Raises:
            FileError: the file exists already or cannot be made.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            handle = os.open(path, flags, 0o600)
        except OSError as error:
            why = f"it cannot be made ({error.strerror})"
        else:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(self._table())
            return
        raise FileError(file=path.name, why=why, hint="name a new file in a folder you may write")

    def _table(self) -> Iterator[list[str]]:
        """Yield header and rows: the line, what is wrong, and the cells."""
        yield ["line", "problem", *map(harmless, self.layout)]
        for line, reason, cells in zip(self.lines, self.reasons, self.cells, strict=True):
            yield [str(line), reason, *map(harmless, cells)]


@dataclass(frozen=True, slots=True)
class Batch:
    """The good rows of one file, ready for the vault and the column store; no data in ``repr``.

    ``table`` has the columns of the column store but ordinal and event id: one per attribute,
    ``<attribute>__folded`` beside each free text, and ``time`` for events. ``identifiers`` has
    the direct identifiers by column name, ``accounts`` by attribute the names of accounts (a source
    of accounts: its own; else those people belong to), ``event_ids`` the source's own ids of its
    events; all have one entry per row that was taken, as ``table`` has. ``rounded`` counts,
    by column, the amounts that were finer than their unit; ``replaced`` the rows that a later row
    with the same event id replaced.
    """

    source: Source = field(repr=False)
    table: pa.Table = field(repr=False)
    identifiers: Mapping[str, Identifiers]
    event_ids: pa.ChunkedArray | None = field(repr=False)
    rounded: Mapping[str, int]
    replaced: int
    rejects: Rejects
    accounts: Mapping[str, pa.ChunkedArray] = field(default_factory=dict, repr=False)

    @property
    def rows(self) -> int:
        """Return how many rows were taken; a list has no column but who is on it."""
        apart = [*self.accounts.values(), *(i.values for i in self.identifiers.values())]
        return len(apart[0])

    @property
    def person(self) -> Identifiers:
        """Return the identifiers that say whom each row is about; none is null."""
        return self.identifiers[self.source.person]

    @property
    def times(self) -> pa.ChunkedArray | None:
        """Return when each event happened (UTC); None for people."""
        return self.table["time"] if self.source.time is not None else None
