# SPDX-License-Identifier: Apache-2.0
"""The byte scan of a text file: is it UTF-8, and if CSV, is every quote where RFC 4180 wants it?

Arrow's CSV reader is fast and lenient: it takes an unterminated quote, a lone carriage return
and a NUL. This scan runs first, block by block with numpy, and refuses what the reader would
guess at. It also finds where a record stands in the file, when a message needs the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from privseg.sources.faults import MAX_ROW, FileError

Positions = npt.NDArray[np.int64]

BLOCK = 8_388_608
BOM = b"\xef\xbb\xbf"
QUOTE, NEWLINE, RETURN = 0x22, 0x0A, 0x0D
_MAGIC = (
    (b"\xff\xfe", "it is UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "it is UTF-16", "save it as UTF-8"),
    (b"\x1f\x8b", "it is compressed with gzip", "unpack it first (gunzip)"),
    (b"PK\x03\x04", "it is a zip archive or an Excel workbook", "save the sheet as CSV UTF-8"),
    (b"PAR1", "it is a Parquet file", "give it the ending .parquet"),
)


def start_of_text(handle: BinaryIO, file: str) -> int:
    """Return where the text begins (after a byte order mark), leaving the handle there.

    Raises:
        FileError: the file is empty, or its first bytes say that it is no UTF-8 text.
    """
    handle.seek(0)
    head = handle.read(4)
    if not head.strip(b"\xef\xbb\xbf \r\n\t"):
        _refuse_if_empty(handle, file)
    for magic, why, hint in _MAGIC:
        if head.startswith(magic):
            raise FileError(file=file, why=why, hint=hint)
    return handle.seek(len(BOM) if head.startswith(BOM) else 0)


def blocks(handle: BinaryIO, file: str) -> Iterator[bytes]:
    """Yield the rest of a file in pieces that end with a line end (one is added at the end).

    Raises:
        FileError: a line is longer than ``MAX_ROW``.
    """
    carry = b""
    while data := handle.read(BLOCK):
        cut = data.rfind(b"\n") + 1
        if not cut and len(carry) + len(data) > MAX_ROW:
            raise _too_long(file)
        if cut:
            yield carry + data[:cut]
            carry = data[cut:]
        else:
            carry += data
    if carry:
        yield carry + b"\n"


def check_text(block: bytes, file: str, lines_before: int) -> None:
    """Refuse NUL bytes and bytes that are not UTF-8, naming the line.

    Raises:
        FileError: naming the file and line, with a hint how to convert it.
    """
    if (at := block.find(b"\0")) >= 0:
        why = "a NUL byte stands in it"
        raise FileError(
            file=file, why=why, hint="export it again as text", line=_line(block, at, lines_before)
        )
    if block.isascii():
        return
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start
    else:
        return
    raise FileError(
        file=file,
        why="it is not UTF-8",
        hint="save it as UTF-8 (for example: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW)",
        line=_line(block, at, lines_before),
    )


@dataclass(slots=True)
class Scanner:
    """Walks over a CSV file's blocks, checking as it goes; ``records`` counts the header too.

    ``blank`` holds the indexes of empty records, those at the very end excepted. ``starts``,
    when asked for, holds where each record begins, counted from the start of the text, and
    ``lines`` the line it begins in.
    """

    file: str
    delimiter: int
    locate: bool = False
    records: int = 0
    blank: list[int] = field(default_factory=list)
    starts: list[Positions] = field(default_factory=list)
    lines: list[Positions] = field(default_factory=list)
    _inside: bool = False
    _open_line: int = 0
    _offset: int = 0
    _newlines: int = 0
    _record_start: int = 0
    _record_line: int = 1

    def feed(self, block: bytes) -> None:
        """Take the next block.

        Raises:
            FileError: it is not UTF-8 text, or its quotes or line ends are not those of CSV.
        """
        check_text(block, self.file, self._newlines)
        data = np.frombuffer(block, dtype=np.uint8)
        newlines = np.flatnonzero(data == NEWLINE)
        quotes = _positions(block, data, QUOTE)
        self._check_quotes(data, quotes, newlines)
        self._check_returns(block, data, quotes, newlines)
        self._records(data, newlines, newlines[~self._is_inside(quotes, newlines)])
        self._inside ^= bool(len(quotes) & 1)
        self._offset += len(block)
        self._newlines += len(newlines)

    def finish(self) -> None:
        """Check the end of the file.

        Raises:
            FileError: a quote was never closed.
        """
        if self._inside:
            raise self._error("a quote is opened and never closed", self._open_line)
        while self.blank and self.blank[-1] == self.records - 1:
            self.blank.pop()
            self.records -= 1

    @property
    def end(self) -> int:
        """Return where the next record would begin."""
        return self._record_start

    def _is_inside(self, quotes: Positions, at: Positions) -> npt.NDArray[np.bool_]:
        """Return which positions stand inside quotes."""
        before = np.searchsorted(quotes, at) if len(quotes) else np.zeros(len(at), np.int64)
        return ((before + self._inside) & 1).astype(np.bool_)

    def _check_quotes(
        self, data: npt.NDArray[np.uint8], quotes: Positions, newlines: Positions
    ) -> None:
        """An opening quote begins a cell, a closing one ends it (RFC 4180 §2, rules 5 to 7)."""
        if not len(quotes):
            return
        opens = ((np.arange(len(quotes)) + self._inside) & 1) == 0
        before = np.where(quotes > 0, data[quotes - 1], NEWLINE)
        after = data[quotes + 1]
        begins = np.isin(before, (self.delimiter, NEWLINE, QUOTE))
        ends = np.isin(after, (self.delimiter, NEWLINE, RETURN, QUOTE))
        bad = np.flatnonzero(np.where(opens, ~begins, ~ends))
        if len(bad):
            at = int(quotes[bad[0]])
            line = self._newlines + 1 + int(np.searchsorted(newlines, at))
            raise self._error("a quote stands in the middle of a cell", line)
        last_open = quotes[opens][-1:]
        if len(last_open):
            self._open_line = self._newlines + 1 + int(np.searchsorted(newlines, last_open[0]))

    def _check_returns(
        self,
        block: bytes,
        data: npt.NDArray[np.uint8],
        quotes: Positions,
        newlines: Positions,
    ) -> None:
        """Refuse a carriage return that ends no line, outside quotes."""
        if block.count(b"\r") == block.count(b"\r\n"):
            return
        returns = np.flatnonzero(data == RETURN)
        lone = returns[data[returns + 1] != NEWLINE]
        outside = lone[~self._is_inside(quotes, lone)]
        if len(outside):
            line = self._newlines + 1 + int(np.searchsorted(newlines, outside[0]))
            raise self._error("a carriage return without a line feed stands in it", line)

    def _records(self, data: npt.NDArray[np.uint8], newlines: Positions, ends: Positions) -> None:
        """Note the records that end in this block: their number, blank ones, where they begin."""
        starts = np.concatenate(([self._record_start - self._offset], ends[:-1] + 1))[: len(ends)]
        lengths = ends - starts
        if len(lengths) and int(lengths.max()) > MAX_ROW:
            raise _too_long(self.file)
        empty = (lengths == 0) | ((lengths == 1) & (data[np.maximum(ends - 1, 0)] == RETURN))
        self.blank.extend((np.flatnonzero(empty) + self.records).tolist())
        if self.locate and len(ends):
            later = np.searchsorted(newlines, starts[1:]) + 1 + self._newlines
            self.starts.append(starts + self._offset)
            self.lines.append(np.concatenate(([self._record_line], later)).astype(np.int64))
        self.records += len(ends)
        if len(ends):
            self._record_start = int(ends[-1]) + 1 + self._offset
            self._record_line = int(np.searchsorted(newlines, ends[-1])) + 2 + self._newlines

    def _error(self, why: str, line: int) -> FileError:
        """Return a refusal of the file's form."""
        hint = "quote cells as RFC 4180 says and double a quote inside; end lines with LF or CRLF"
        return FileError(file=self.file, why=why, hint=hint, line=line)


def _positions(block: bytes, data: npt.NDArray[np.uint8], byte: int) -> Positions:
    """Return where ``byte`` stands; nearly free when it does not."""
    if block.find(byte) < 0:
        return np.zeros(0, np.int64)
    return np.flatnonzero(data == byte)


def _line(block: bytes, at: int, lines_before: int) -> int:
    """Return the line, from 1, of a position in a block."""
    return lines_before + block.count(b"\n", 0, at) + 1


def _too_long(file: str) -> FileError:
    """Return the refusal of an endless line."""
    why = f"a line is longer than {MAX_ROW:,} bytes"
    return FileError(file=file, why=why, hint="check its quotes and line ends")


def _refuse_if_empty(handle: BinaryIO, file: str) -> None:
    """Refuse a file that holds nothing but blanks.

    Raises:
        FileError: it does.
    """
    handle.seek(0)
    while data := handle.read(BLOCK):
        if data.strip(b"\xef\xbb\xbf \r\n\t"):
            return
    raise FileError(file=file, why="it is empty", hint="give a file with a header and rows")
