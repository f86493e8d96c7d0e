# SPDX-License-Identifier: Apache-2.0
"""From batches of cells to one checked set of columns; every problem is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from privseg.sources.batch import Rejects
from privseg.sources.convert import Converted, Mask, plain
from privseg.sources.faults import MAX_LISTED, Fault, FileError, Problem, RowError
from privseg.sources.reader import Reader, kept
from privseg.sources.scan import Positions

Derived = Callable[[pa.Array], pa.Array]
Check = Callable[[Mapping[str, pa.Array]], Iterator[tuple[str, Fault, Mask]]]
"""From the values of a batch by field name to (field name, fault, faulty rows)."""
_Listed = tuple[str | None, Fault, Positions]


@dataclass(frozen=True, slots=True)
class Field:
    """One column to make: from which column of the file, under which name, and how.

    ``derived`` makes more columns from the values, by name. With ``of_row`` it is made from the
    whole batch. A column that the file does not have is read as all missing.
    """

    name: str
    column: str
    convert: Callable[[Any], Converted]
    derived: Mapping[str, Derived] | None = None
    of_row: bool = False


@dataclass(slots=True)
class _Found:
    """The rows with one fault in one column; all of them, or the first and their number."""

    rows: list[Positions]
    total: int = 0

    def add(self, rows: Positions, *, keep_all: bool) -> None:
        """Note some more rows."""
        if keep_all or self.total < MAX_LISTED:
            self.rows.append(rows if keep_all else rows[:MAX_LISTED])
        self.total += len(rows)


class Assembly:
    """Takes batches of cells and gives columns. Rows are counted over all batches."""

    def __init__(
        self, reader: Reader, fields: Sequence[Field], check: Check, *, keep_rejects: bool
    ) -> None:
        """Start with nothing; ``check`` looks at rows whose cells are all good by themselves."""
        self.columns: dict[str, list[pa.Array]] = {}
        self.rounded: dict[str, int] = {}
        self.rows = 0
        self._reader = reader
        self._fields = fields
        self._check = check
        self._keep_rejects = keep_rejects
        self._good: list[Positions] = []
        self._found: dict[tuple[str | None, Fault], _Found] = {}
        self._bad_rows = 0

    @property
    def good(self) -> int:
        """Return how many good rows there are so far."""
        return sum(map(len, self._good))

    def take_all(self) -> Assembly:
        """Take every batch of the reader.

        Raises:
            FileError: a column's type in the file cannot be read as the one declared.
        """
        for batch in self._reader.batches():
            self.take(batch)
        return self

    def take(self, batch: pa.RecordBatch) -> None:
        """Convert one batch and set its good rows aside.

        Raises:
            FileError: a column's type in the file cannot be read as the one declared.
        """
        converted = {f.name: self._converted(batch, f) for f in self._fields}
        good = np.ones(len(batch), np.bool_)
        for field in self._fields:
            for fault, rows in converted[field.name].faults.items():
                good[rows] = False
                self._note(field.column, fault, rows + self.rows)
        self._check_rows(converted, good)
        self._keep(converted, good)
        self._good.append(np.flatnonzero(good) + self.rows)
        self._bad_rows += int(len(good) - good.sum())
        self.rows += len(batch)

    def drop(self, column: str, fault: Fault, good_rows: Positions) -> None:
        """Turn some of the good rows into rejected ones."""
        if len(good_rows):
            self._note(column, fault, np.concatenate(self._good)[good_rows])
            self._bad_rows += len(good_rows)

    def finish(self) -> Rejects:
        """Return what was rejected.

        Raises:
            RowError: something was, and no quarantine was asked for.
            FileError: no row is left.
        """
        rejects = self._rejects()
        if not self.rows and not rejects.rows:
            hint = "give a file with at least one row"
            raise FileError(file=rejects.file, why="it has no rows", hint=hint)
        if rejects.rows and not self._keep_rejects:
            raise RowError(
                file=rejects.file,
                problems=rejects.problems,
                total=rejects.total,
                rows=rejects.rows,
            )
        if rejects.rows and self._bad_rows >= self.rows:
            why = f"each of its {rejects.rows:,} rows is rejected; first {rejects.problems[0]}"
            raise FileError(file=rejects.file, why=why, hint="compare it with the catalogue")
        return rejects

    def _converted(self, batch: pa.RecordBatch, field: Field) -> Converted:
        """Return a field's values.

        Raises:
            FileError: the file's own type of the column cannot be read as the declared one.
        """
        with suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            return field.convert(batch if field.of_row else _cells(batch, field.column))
        why = f"column {field.column} is of a type that cannot be read as the declared one"
        hint = "convert the column, or correct the catalogue"
        raise FileError(file=self._reader.file, why=why, hint=hint)

    def _check_rows(self, converted: Mapping[str, Converted], good: Mask) -> None:
        """Note the rows whose good cells do not fit together."""
        columns = {f.name: f.column for f in self._fields}
        before = good.copy()
        for name, fault, bad in self._check({n: c.values for n, c in converted.items()}):
            rows = np.flatnonzero(bad & before)
            if len(rows):
                good[rows] = False
                self._note(columns[name], fault, rows + self.rows)

    def _note(self, column: str, fault: Fault, rows: Positions) -> None:
        """Note faulty rows."""
        found = self._found.setdefault((column, fault), _Found([]))
        found.add(rows, keep_all=self._keep_rejects)

    def _keep(self, converted: Mapping[str, Converted], good: Mask) -> None:
        """Keep the values of the good rows, and count those that were rounded."""
        everything = bool(good.all())
        for field in self._fields:
            found = converted[field.name]
            values = found.values if everything else found.values.filter(pa.array(good))
            self.columns.setdefault(field.name, []).append(values)
            for name, derive in (field.derived or {}).items():
                self.columns.setdefault(name, []).append(derive(values))
            if len(found.rounded):
                touched = int(good[found.rounded].sum())
                self.rounded[field.column] = self.rounded.get(field.column, 0) + touched

    def _rejects(self) -> Rejects:
        """Return what was rejected, with lines; the rows themselves only under quarantine."""
        broken = self._reader.broken
        lost = sum(map(len, broken.values()))
        total = sum(x.total for x in self._found.values()) + lost
        if not total:
            return Rejects(self._reader.file)
        records = kept(self.rows + lost, broken)
        found = [(c, f, records[np.concatenate(x.rows)]) for (c, f), x in self._found.items()]
        found += [(None, fault, np.sort(rows)) for fault, rows in broken.items()]
        counted = Rejects(
            file=self._reader.file,
            rows=self._bad_rows + lost,
            total=total,
            problems=_first(found, self._reader),
        )
        return _with_rows(counted, found, self._reader) if self._keep_rejects else counted


def _cells(batch: pa.RecordBatch, column: str) -> pa.Array:
    """Return a column of a batch, all missing if the file does not have it."""
    if column not in batch.schema.names:
        return pa.nulls(len(batch), pa.string())
    return plain(batch[column])


def _first(found: list[_Listed], reader: Reader) -> tuple[Problem, ...]:
    """Return the first problems, in the order of the file."""
    early = [(int(r), c, f) for c, f, rows in found for r in rows[:MAX_LISTED]]
    listed = sorted(early, key=lambda e: (e[0], e[1] or ""))[:MAX_LISTED]
    lines = reader.lines(np.array([r for r, _, _ in listed], np.int64)).tolist()
    return tuple(Problem(n, c, f) for n, (_, c, f) in zip(lines, listed, strict=True))


def _with_rows(counted: Rejects, found: list[_Listed], reader: Reader) -> Rejects:
    """Return the rejects with their rows, as they were given."""
    reasons: dict[int, list[str]] = {}
    for column, fault, rows in found:
        for row in rows.tolist():
            reasons.setdefault(row, []).append(f"{column}: {fault}" if column else str(fault))
    records = np.array(sorted(reasons), np.int64)
    return replace(
        counted,
        lines=tuple(reader.lines(records).tolist()),
        reasons=tuple("; ".join(reasons[r]) for r in records.tolist()),
        layout=reader.layout,
        cells=tuple(reader.cells(records)),
    )
