# SPDX-License-Identifier: Apache-2.0
"""CSV in: RFC 4180 in UTF-8, with comma, semicolon or tab; strict, and as fast as Arrow."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from privseg.sources.faults import Fault, FileError
from privseg.sources.reader import kept, require_names
from privseg.sources.scan import BLOCK, Positions, Scanner, blocks, start_of_text

DELIMITERS = (",", ";", "\t")


class CsvReader:
    """One CSV file. An empty cell, quoted or not, is missing: writers do not agree on quotes."""

    def __init__(
        self,
        handle: BinaryIO,
        file: str,
        *,
        delimiter: str | None = None,
        expected: Collection[str] = (),
    ) -> None:
        """Scan the file and read its header.

        Raises:
            FileError: it is no UTF-8 CSV file, or its header is not usable.
        """
        self.file = file
        self._handle = handle
        self._start = start_of_text(handle, file)
        first = next(blocks(handle, file))
        self.delimiter = delimiter or _detect(first, frozenset(expected))
        scanner = self._scan(locate=False)
        self._blank = np.array(scanner.blank, np.int64) - 1
        self._records = scanner.records - 1
        self._ragged: list[int] = []
        self.columns = self._header()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as strings."""
        if self._records == len(self._blank):
            return
        self._handle.seek(self._start)
        yield from arrow_csv.open_csv(
            self._handle,
            read_options=arrow_csv.ReadOptions(
                column_names=list(self.columns),
                skip_rows_after_names=1,
                use_threads=False,  # so that rows are numbered
                block_size=2 * BLOCK,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=True,
                invalid_row_handler=self._skip,
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
                column_types=dict.fromkeys(self.columns, pa.string()),
            ),
        )

    @property
    def broken(self) -> Mapping[Fault, Positions]:
        """Return blank and ragged records; complete after the last batch."""
        found = {Fault.BLANK: self._blank} if len(self._blank) else {}
        if self._ragged:
            found[Fault.RAGGED] = kept(self._records, found)[np.array(self._ragged, np.int64)]
        return found

    def lines(self, records: Positions) -> Positions:
        """Return the line at which each record begins."""
        return np.concatenate(self._located.lines)[records + 1]

    @property
    def layout(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self.columns

    def cells(self, records: Positions) -> list[list[str]]:
        """Return the cells of records, read once more."""
        starts = np.concatenate([*self._located.starts, [self._located.end]])
        texts = (self._slice(int(starts[r + 1]), int(starts[r + 2])) for r in records)
        return [_cells(text, self.delimiter) for text in texts]

    @cached_property
    def _located(self) -> Scanner:
        """Scan once more, this time noting where every record begins."""
        return self._scan(locate=True)

    def _scan(self, *, locate: bool) -> Scanner:
        """Walk over the whole text."""
        scanner = Scanner(self.file, ord(self.delimiter), locate)
        self._handle.seek(self._start)
        for block in blocks(self._handle, self.file):
            scanner.feed(block)
        scanner.finish()
        return scanner

    def _skip(self, row: arrow_csv.InvalidRow) -> str:
        """Note a ragged row; for Arrow the header is row 1, and blank rows are none."""
        self._ragged.append(row.number - 2)
        return "skip"

    def _slice(self, start: int, stop: int) -> str:
        """Return the text between two offsets, without its line end."""
        self._handle.seek(self._start + start)
        return self._handle.read(stop - start).decode("utf-8").removesuffix("\n").removesuffix("\r")

    def _header(self) -> tuple[str, ...]:
        """Return the names of the columns.

        Raises:
            FileError: no name, a name twice, or no row below.
        """
        self._handle.seek(self._start)
        text = _first_record(next(blocks(self._handle, self.file)))
        names = tuple(unicodedata.normalize("NFC", n.strip()) for n in _cells(text, self.delimiter))
        require_names(self.file, names or ("",))
        if not self._records:
            hint = "give a file with at least one row below the header"
            raise FileError(file=self.file, why="it has a header and no rows", hint=hint)
        return names


def _first_record(block: bytes) -> str:
    """Return the first record's text without its line end."""
    end = block.find(b"\n")
    while block.count(b'"', 0, end) % 2 and end < len(block) - 1:
        end = block.find(b"\n", end + 1)
    return block[:end].decode("utf-8", errors="replace").removesuffix("\r")


def _cells(record: str, delimiter: str) -> list[str]:
    """Return the cells of one record; what the csv module refuses (a huge cell) is one cell."""
    try:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return [record]


def _detect(block: bytes, expected: frozenset[str]) -> str:
    """Return the delimiter under which the header names most expected columns, else most columns.

    With no winner it is the comma.
    """
    header = _first_record(block)

    def merit(delimiter: str) -> tuple[int, int]:
        names = [n.strip() for n in _cells(header, delimiter)]
        return len(expected.intersection(names)), len(names)

    return max(DELIMITERS, key=merit)
