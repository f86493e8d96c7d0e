# SPDX-License-Identifier: Apache-2.0
"""A file or DataFrame in: all of it typed and checked against the catalogue, or nothing.

Problems are counted to the end of the file, the first ones listed with line and column. With
quarantine the good rows are taken and the others kept aside for a file. No message carries data.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from privseg.policy.catalogue import ColumnType, Source, SourceKind
from privseg.sources.assemble import Assembly
from privseg.sources.batch import Batch, Identifiers, Rejects
from privseg.sources.csv_in import CsvReader
from privseg.sources.declared import (
    account_columns,
    fields,
    identifier_kinds,
    required,
    wanted,
)
from privseg.sources.distinct import CONTENT_ID, numbered, repeated
from privseg.sources.faults import Fault, FileError, printable_names
from privseg.sources.jsonl_in import JsonLinesReader
from privseg.sources.parquet_in import FrameReader, ParquetReader
from privseg.sources.reader import Reader, opened
from privseg.sources.scan import Positions

if TYPE_CHECKING:
    import pandas as pd

_JSON_LINES = (".jsonl", ".ndjson", ".json")
_PARQUET = (".parquet", ".pq")
_CSV = (".csv", ".tsv", ".txt")


def read_table(
    path: Path | str,
    source: Source,
    *,
    quarantine: bool = False,
    ignore: Collection[str] = (),
    delimiter: str | None = None,
) -> Batch:
    """Return the rows of a CSV, Parquet or JSON lines file, typed as ``source`` declares.

    Args:
        path: the file; its ending says its format.
        source: what its columns mean.
        quarantine: take the good rows and keep the others aside, instead of refusing the file.
        ignore: columns that may be there and are not read.
        delimiter: of a CSV file; found from the header when not given.

    Raises:
        FileError: the file as a whole is not usable, or its columns are not those declared.
        RowError: some rows are not usable (without quarantine).
    """
    lists = [c.name for c in source.columns if c.type is ColumnType.SET]
    with reader_of(Path(path), wanted(source), lists=lists, delimiter=delimiter) as reader:
        return _read(reader, source, quarantine=quarantine, ignore=ignore)


def from_dataframe(
    frame: pd.DataFrame,
    source: Source,
    *,
    quarantine: bool = False,
    ignore: Collection[str] = (),
) -> Batch:
    """Return the rows of a pandas DataFrame, typed as ``source`` declares; NaN is missing.

    Raises:
        FileError: the DataFrame's columns are not those declared, or not of a usable type.
        RowError: some rows are not usable (without quarantine).
    """
    return _read(FrameReader(frame), source, quarantine=quarantine, ignore=ignore)


@contextmanager
def reader_of(
    path: Path,
    expected: Collection[str],
    *,
    lists: Collection[str] = (),
    delimiter: str | None = None,
) -> Iterator[Reader]:
    """Open a file with the reader of its format.

    Raises:
        FileError: it cannot be opened, or its format is not known.
    """
    ending = path.suffix.lower()
    if ending not in (*_CSV, *_JSON_LINES, *_PARQUET):
        why, hint = "its format is not known by its ending", "use .csv, .jsonl or .parquet"
        raise FileError(file=path.name, why=why, hint=hint)
    with opened(path) as handle:
        if ending in _PARQUET:
            yield ParquetReader(handle, path.name)
        elif ending in _JSON_LINES:
            yield JsonLinesReader(handle, path.name, lists=lists, expected=expected)
        else:
            yield CsvReader(handle, path.name, delimiter=delimiter, expected=expected)


def require_columns(file: str, found: Collection[str], needed: Collection[str]) -> None:
    """Refuse a file that lacks a column.

    Raises:
        FileError: naming the columns that are missing.
    """
    missing = [n for n in needed if n not in found]
    if len(missing) == len(needed):
        why = "none of the declared columns is in its first line"
        hint = f"is the header line missing, or the delimiter another? wanted: {', '.join(missing)}"
        raise FileError(file=file, why=why, hint=hint)
    if missing:
        why = f"it lacks {printable_names(missing)}"
        raise FileError(file=file, why=why, hint="add the columns, or correct the catalogue")


def refuse_undeclared(file: str, found: Collection[str], known: Collection[str]) -> None:
    """Refuse a file with columns that nobody declared: they may be personal data.

    Raises:
        FileError: naming those columns whose names cannot be data.
    """
    extra = [n for n in found if n not in known]
    if extra:
        why = f"the catalogue does not know {printable_names(extra)}"
        hint = "declare them in the catalogue, or name them to be ignored"
        raise FileError(file=file, why=why, hint=hint)


def _read(reader: Reader, source: Source, *, quarantine: bool, ignore: Collection[str]) -> Batch:
    """Read everything, then decide."""
    needed = wanted(source)
    require_columns(reader.file, reader.columns, needed)
    refuse_undeclared(reader.file, reader.columns, {*needed, *ignore, *source.leaves_out})
    made = fields(source, reader.file)
    assembly = Assembly(reader, made, required(source), keep_rejects=quarantine).take_all()
    if isinstance(reader, JsonLinesReader) and assembly.rows:
        require_columns(reader.file, set(reader.columns) - reader.unseen, needed)
    left_out = _repeated(assembly, source)
    rejects = assembly.finish()
    return _batch(assembly, source, rejects, left_out)


def _repeated(assembly: Assembly, source: Source) -> Positions:
    """Return the good rows to leave out.

    Of two rows about one person (or account) the second is a fault: nobody knows which is right.
    Of two events with one id the later replaces the earlier (DESIGN, "upserts"). Who is on a list
    twice is on it.
    """
    faults = {SourceKind.PEOPLE: Fault.SAME_PERSON, SourceKind.ACCOUNTS: Fault.SAME_ACCOUNT}
    if (fault := faults.get(source.kind)) is not None:
        again = repeated(assembly.columns.get(f"={source.person}", []))
        assembly.drop(source.person, fault, again)
        return again
    if source.kind is SourceKind.LIST:
        return np.zeros(0, np.int64)
    if source.event_id == CONTENT_ID:
        assembly.columns[f"={CONTENT_ID}"] = numbered(assembly.columns.get(f"={CONTENT_ID}", []))
        return np.zeros(0, np.int64)
    return repeated(assembly.columns.get(f"={source.event_id}", []), keep_last=True)


def _batch(assembly: Assembly, source: Source, rejects: Rejects, left_out: Positions) -> Batch:
    """Return the good rows but those left out."""
    columns = {name: pa.chunked_array(parts) for name, parts in assembly.columns.items()}
    if len(left_out):
        chosen = pa.array(np.delete(np.arange(assembly.good), left_out))
        columns = {name: values.take(chosen) for name, values in columns.items()}
    kinds = identifier_kinds(source)
    return Batch(
        source=source,
        table=pa.table({n: v for n, v in columns.items() if not n.startswith("=")}),
        identifiers={n: Identifiers(kind, columns[f"={n}"]) for n, kind in kinds.items()},
        event_ids=None if source.event_id is None else columns[f"={source.event_id}"],
        rounded=dict(assembly.rounded),
        replaced=len(left_out) if source.kind is SourceKind.EVENTS else 0,
        rejects=rejects,
        accounts={a: columns[f"={n}"] for n, a in account_columns(source).items()},
    )
