# SPDX-License-Identifier: Apache-2.0
"""The rows of a CSV file of requests, and how it is refused: by row and column, never a value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from privseg.errors import InputError

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100_000
SHOWN = 20
OTHER_LENGTH = ""  # the key of a row with another number of cells than the header
NEEDED = ("kind", "identifier")
COLUMNS = (
    "kind", "identifier_kind", "identifier", "received", "manner", "jurisdiction", "purpose",
    "categories", "language", "identity", "reference",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowMistake:
    """One thing wrong: the row (the header is row 1), the column, and why; never the value."""

    row: int
    column: str | None
    why: str

    def __str__(self) -> str:
        """Return one line for a person."""
        where = f"row {self.row}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {self.why}"


class RequestsFileError(InputError):
    """A file of requests cannot be taken; no request was opened."""

    def __init__(self, file: str, mistakes: Sequence[RowMistake]) -> None:
        listed = "".join(f"\n  {m}" for m in mistakes[:SHOWN])
        more = f"\n  and {len(mistakes) - SHOWN:,} more" if len(mistakes) > SHOWN else ""
        count = f"{len(mistakes):,} mistake{'s'[: len(mistakes) != 1]}"
        super().__init__(
            f"{file}: {count}, no request was opened; correct the file, or take the other rows "
            f"with --quarantine FILE{listed}{more}"
        )
        self.file = file
        self.mistakes = tuple(mistakes)


def records(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row that is not blank with its number; the header is row 1.

    Raises:
        RequestsFileError: the file as a whole cannot be read.
    """
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _require_header(path, header)
        for number, cells in enumerate(reader, start=2):
            if number > MAX_ROWS + 1:
                _refuse(path, number, None, f"more than {MAX_ROWS:,} rows; split the file")
            if any(cell.strip() for cell in cells):
                row = dict(zip(header, cells, strict=False))
                fits = len(cells) == len(header)
                yield number, row if fits else {**row, OTHER_LENGTH: ""}
    except csv.Error:
        why = "not CSV (RFC 4180): check quotes and line ends"
        _refuse(path, reader.line_num, None, why)


def _require_header(path: Path, header: Sequence[str]) -> None:
    """Refuse a header that lacks a column, has one twice, or has one that means nothing here."""
    for name in NEEDED:
        if name not in header:
            _refuse(path, 1, name, "the header lacks this column")
    for name in header:
        if name not in COLUMNS:
            _refuse(path, 1, None, f"a column that is not one of {', '.join(COLUMNS)}")
        if header.count(name) > 1:
            _refuse(path, 1, name, "the header has it twice")


def _refuse(path: Path, row: int, column: str | None, why: str) -> NoReturn:
    """Refuse a file for one mistake."""
    raise RequestsFileError(path.name, [RowMistake(row, column, why)]) from None


def _text(path: Path) -> str:
    """Return the text of a file.

    Raises:
        RequestsFileError: it is missing, too large or not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            _refuse(path, 1, None, "larger than 64 MiB; split the file")
        return data.decode("utf-8-sig")
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        why = "not UTF-8; save it as UTF-8"
    _refuse(path, 1, None, why)


def _delimiter(text: str) -> str:
    """Return the delimiter under which the header has most of our columns."""
    header = text.partition("\n")[0].lower()
    return max((",", ";", "\t"), key=lambda d: len(set(COLUMNS) & set(_names(header, d))))


def _names(header: str, delimiter: str) -> list[str]:
    """Return the names of a header."""
    return [name.strip().strip('"') for name in header.rstrip("\r").split(delimiter)]
