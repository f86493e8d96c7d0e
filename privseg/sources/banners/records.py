# SPDX-License-Identifier: Apache-2.0
"""A banner's export as records: JSON lines, one JSON document, or CSV; bounded and refused whole.

Every problem is counted to the end of the file; the first are listed with their lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from privseg.sources.banners.errors import (
    BadValueError,
    BannerError,
    MalformedStringError,
    RecordProblem,
)
from privseg.sources.banners.jsons import MAX_VALUES, loads
from privseg.sources.faults import MAX_LISTED, MAX_ROW, Fault, FileError
from privseg.sources.read import reader_of
from privseg.sources.reader import Reader, opened

MAX_DOCUMENT = 1 << 26  # 64 MiB of one JSON document; larger exports are JSON lines
JSON_LINES = (".jsonl", ".ndjson")
_BOM = b"\xef\xbb\xbf"
_Numbered = tuple[int, Any]
Made = TypeVar("Made")


def records_of(path: Path) -> Iterator[_Numbered]:
    """Yield the records of a file with their line, or their number from 1; what is none as well.

    A record that could not be read is a ``BadValueError`` in its place.

    Raises:
        FileError: the file as a whole is not usable.
    """
    ending = path.suffix.lower()
    if ending in JSON_LINES:
        yield from _lines(path)
    elif ending == ".json":
        yield from _document(path)
    elif ending in {".csv", ".tsv"}:
        with reader_of(path, ()) as reader:
            yield from _cells(reader)
    else:
        why, hint = "its format is not known by its ending", "use .jsonl, .json or .csv"
        raise FileError(file=path.name, why=why, hint=hint)


def made_of_all(path: Path, make: Callable[[int, Mapping[str, Any]], Iterator[Made]]) -> list[Made]:
    """Return what ``make`` makes of every record, or refuse the file.

    Raises:
        BannerError: a record is not usable.
        FileError: the file is not.
    """
    made: list[Made] = []
    problems: list[RecordProblem] = []
    total = 0
    for line, record in records_of(path):
        try:
            made += make(line, _object(record))
        except (BadValueError, MalformedStringError) as error:
            total += 1
            if len(problems) < MAX_LISTED:
                problems.append(RecordProblem(line, str(error)))
    if total:
        raise BannerError(file=path.name, problems=problems, total=total)
    return made


def _object(record: Any) -> Mapping[str, Any]:
    """Return a record that is an object.

    Raises:
        BadValueError: it is none, or could not be read.
    """
    if isinstance(record, BadValueError):
        raise record
    if not isinstance(record, dict):
        raise BadValueError(Fault.NOT_JSON)
    return record


def _lines(path: Path) -> Iterator[_Numbered]:
    """Yield the objects of a file of JSON lines; blank lines are passed over.

    Raises:
        FileError: a line is longer than any record.
    """
    with opened(path) as handle:
        number = 0
        while raw := handle.readline(MAX_ROW + 1):
            number += 1
            if len(raw) > MAX_ROW:
                why, hint = f"a line is longer than {MAX_ROW:,} bytes", "is it one object a line?"
                raise FileError(file=path.name, why=why, hint=hint, line=number)
            raw = raw.removeprefix(_BOM) if number == 1 else raw
            if raw.strip():
                yield number, _read(raw)


def _document(path: Path) -> Iterator[_Numbered]:
    """Yield the members of a JSON list, or the one object.

    Raises:
        FileError: it is too large, or no JSON.
    """
    with opened(path) as handle:
        raw = handle.read(MAX_DOCUMENT + 1)
    if len(raw) > MAX_DOCUMENT:
        why = f"it is larger than {MAX_DOCUMENT:,} bytes"
        raise FileError(file=path.name, why=why, hint="export it as JSON lines (.jsonl)")
    found = _read(raw.removeprefix(_BOM), most=MAX_DOCUMENT)
    if isinstance(found, BadValueError):
        hint = "export it again; one object a line goes into a .jsonl file"
        raise FileError(file=path.name, why=f"it cannot be read ({found.why})", hint=hint)
    yield from enumerate(found if isinstance(found, list) else [found], start=1)


def _read(raw: bytes, *, most: int = MAX_VALUES) -> Any:
    """Return the value of some bytes, or the error that stands in its place."""
    try:
        return loads(raw.decode("utf-8"), most=most)
    except UnicodeDecodeError:
        return BadValueError(Fault.NOT_UTF8)
    except BadValueError as error:
        return error


def _cells(reader: Reader) -> Iterator[_Numbered]:
    """Yield the rows of a CSV file as objects of texts; broken ones come last, as errors."""
    rows = [row for batch in reader.batches() for row in batch.to_pylist()]
    broken = {int(r): f for f, records in reader.broken.items() for r in records}
    lines = reader.lines(np.arange(len(rows) + len(broken), dtype=np.int64)).tolist()
    whole = (line for record, line in enumerate(lines) if record not in broken)
    yield from zip(whole, rows, strict=True)
    yield from ((lines[r], BadValueError(f)) for r, f in sorted(broken.items()))
