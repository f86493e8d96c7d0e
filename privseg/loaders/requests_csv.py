# SPDX-License-Identifier: Apache-2.0
"""The rows of a CSV file of requests, and how it is refused: by row and column, never a value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from privseg.errors import InputError

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100_000
SHOWN = 50  # rows, or spans of rows, of one mistake; --quarantine writes down all of them
OTHER_LENGTH = ""  # the key of a row with another number of cells than the header
NEEDED = ("kind", "identifier")
COLUMNS = (
    "kind", "identifier_kind", "identifier", "received", "manner", "jurisdiction", "purpose",
    "categories", "language", "identity", "reference",
)  # fmt: skip
ASIDE = ("row", "problem")
"""The columns that a file of rows put aside has before them; passed over when it comes again."""


@dataclass(frozen=True, slots=True)
class RowMistake:
    """One thing wrong: the row (the header is row 1), the column, and why; never the value."""

    row: int
    column: str | None
    why: str

    def __str__(self) -> str:
        """Return one line for a person."""
        return _line([self.row], self.column, self.why)


class RequestsFileError(InputError):
    """A file of requests cannot be taken; no request was opened."""

    def __init__(self, file: str, mistakes: Sequence[RowMistake]) -> None:
        listed = "".join(f"\n  {line}" for line in mistake_lines(mistakes))
        count = f"{len(mistakes):,} mistake{'s'[: len(mistakes) != 1]}"
        super().__init__(
            f"{file}: {count}, no request was opened; correct the file, or take the other rows "
            f"with --quarantine FILE{listed}"
        )
        self.file = file
        self.mistakes = tuple(mistakes)


def mistake_lines(mistakes: Iterable[RowMistake]) -> list[str]:
    """Return every mistake for a person; the same one in several rows is one line.

    >>> lies = [RowMistake(row, "received", "lies ahead") for row in (2, 4, 5, 6)]
    >>> mistake_lines([RowMistake(3, "kind", "nothing stands there"), *lies])
    ['row 3, column kind: nothing stands there', 'rows 2, 4 to 6, column received: lies ahead']
    """
    rows: dict[tuple[str | None, str], list[int]] = {}
    for one in mistakes:
        rows.setdefault((one.column, one.why), []).append(one.row)
    return [_line(sorted(set(found)), *what) for what, found in rows.items()]


def _line(rows: Sequence[int], column: str | None, why: str) -> str:
    """Return one mistake with the rows that it is in."""
    spans = _spans(rows)
    shown = ", ".join(spans[:SHOWN])
    more = f" and {len(spans) - SHOWN:,} more" if len(spans) > SHOWN else ""
    where = f"{'row' if len(rows) == 1 else 'rows'} {shown}{more}"
    return f"{where}{f', column {column}' if column else ''}: {why}"


def _spans(rows: Sequence[int]) -> list[str]:
    """Return rows in order, neighbours as from and to."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][-1] + 1:
            spans[-1][1:] = [row]
        else:
            spans.append([row])
    return [" to ".join(map(str, span)) for span in spans]


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
                row = {n: c for n, c in zip(header, cells, strict=False) if n not in ASIDE}
                fits = len(cells) == len(header)
                yield number, row if fits else {**row, OTHER_LENGTH: ""}
    except csv.Error:
        why = "not CSV (RFC 4180): check quotes and line ends"
        _refuse(path, reader.line_num, None, why)


def _require_header(path: Path, header: Sequence[str]) -> None:
    """Refuse a header that lacks a column, has one twice, or has one that means nothing here."""
    mistakes = [
        *(RowMistake(1, n, "the header lacks this column") for n in NEEDED if n not in header),
        *(RowMistake(1, n, "the header has it twice") for n in COLUMNS if header.count(n) > 1),
    ]
    for place, name in enumerate(header, start=1):
        if name not in {*COLUMNS, *ASIDE}:
            why = f"column {place} is called otherwise than one of {', '.join(COLUMNS)}"
            mistakes.append(RowMistake(1, None, why))
    if mistakes:
        raise RequestsFileError(path.name, mistakes)


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
