# SPDX-License-Identifier: Apache-2.0
"""The records of a CSV file (RFC 4180), each with the very bytes that it was read from.

So a file without some of its records has the others byte for byte as they were: quotes, spaces,
line ends, a missing last one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

BOM = b"\xef\xbb\xbf"
CRLF = "\r\n"


class NotCsvError(ValueError):
    """A file is not what it was declared to be; the text says the record's number, no value."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, and its bytes with their line end."""

    fields: list[str]
    raw: bytes

    @property
    def end(self) -> bytes:
        """Return its line end; nothing for a last record without one."""
        return self.raw[len(self.raw.rstrip(b"\r\n")) :]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    delimiter: str
    encoding: str  # one in which no other character has a byte of an ASCII one


def records(file: BinaryIO, dialect: Dialect) -> Iterator[Record]:
    """Yield every record; the first is the header, without a byte order mark in its fields.

    Raises:
        NotCsvError: a quote is out of place, a byte is no character, or a record never ends.
    """
    lines = _Lines(file, dialect.encoding)
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeDecodeError):
            raise NotCsvError(f"record {number} is not CSV as it is declared") from None
        yield Record(fields, lines.taken())


def blanked(record: Record, places: Sequence[int], dialect: Dialect) -> bytes:
    """Return a record's bytes with some of its fields empty; others keep quotes if all had them."""
    whole = record.raw[: len(record.raw) - len(record.end)]
    all_quoted = _written(record.fields, dialect, all_quoted=True) == whole
    fields = ["" if i in places else field for i, field in enumerate(record.fields)]
    return _written(fields, dialect, all_quoted=all_quoted) + record.end


def _written(fields: Sequence[str], dialect: Dialect, *, all_quoted: bool) -> bytes:
    """Return a record's bytes without a line end (with one, Python quotes fields that have one)."""
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=dialect.delimiter, quoting=quoting, lineterminator=CRLF)  # type: ignore[arg-type]
    writer.writerow(fields)
    return text.getvalue().removesuffix(CRLF).encode(dialect.encoding)


class _Lines:
    """The lines of a file as text, remembering the bytes of those that were taken last."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._lines = _split(file)
        self._encoding = encoding
        self._raw: list[bytes] = []
        self._is_first = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = next(self._lines)
        self._raw.append(raw)
        begins, self._is_first = self._is_first, False
        text = raw.removeprefix(BOM) if begins and self._encoding == "utf-8" else raw
        return text.decode(self._encoding)

    def taken(self) -> bytes:
        """Return the bytes of the lines since the last time."""
        raw, self._raw = b"".join(self._raw), []
        return raw


def _split(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines with their ends, which are CR LF, LF or CR alone."""
    for line in file:  # these end in LF
        *ended, rest = line.split(b"\r")
        for part in ended[:-1]:
            yield part + b"\r"
        if ended and rest == b"\n":
            yield ended[-1] + b"\r\n"
        elif ended:
            yield ended[-1] + b"\r"
            yield from [rest] if rest else []
        else:
            yield rest
