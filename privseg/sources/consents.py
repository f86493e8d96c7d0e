# SPDX-License-Identifier: Apache-2.0
"""Consent files in: one act of one person a row, strictly read, ready for the ledger.

Columns (those marked * may be absent): ``event_id``, ``act``, ``event_time``, ``purpose``*,
``categories``* (separated by ``|``), ``explicit``*, ``notice``* (``id@version``), ``language``* and
``notice_sha256``* (which of its texts was shown), ``method``*, ``authority``*, ``jurisdiction``*,
``value``*, what ends a grant: ``expires_at``*, ``expires_after``* (``730d`` after the event, so
that a retry never extends it), ``until``*, ``uses``*, ``idle_days``*; ``target``* (the other
profile of a merge), ``evidence``* (a text that proves the act; it is sealed); and the person's,
under any name. What a row does not say stays unsaid: only ``method`` must be there for a grant,
because silence never grants, and a method is what tells silence from an act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from privseg.consent.encoding import NEVER
from privseg.consent.event import Act
from privseg.sources.assemble import Assembly, Field
from privseg.sources.batch import Rejects
from privseg.sources.consent_batch import FIELDS, ConsentBatch, ConsentMapping
from privseg.sources.consent_words import MEANING, WORDS, born, happening, place, translated
from privseg.sources.convert import Converted, Mask, by_distinct, mask_of
from privseg.sources.declared import zone_of
from privseg.sources.faults import Fault, FileError
from privseg.sources.moments import moments
from privseg.sources.numbers import booleans
from privseg.sources.parquet_in import FrameReader
from privseg.sources.read import reader_of, refuse_undeclared, require_columns
from privseg.sources.reader import Reader
from privseg.sources.words import identifiers, named, wording

if TYPE_CHECKING:
    import pandas as pd

NEEDED, OPTIONAL = FIELDS[:3], FIELDS[3:]
GRANTS = (Act.GRANT.value, Act.OPT_IN.value)
LINKS = (Act.MERGE.value, Act.UNMERGE.value)
NAMING = (*GRANTS, Act.DEFER.value, Act.USE.value)  # the others may mean every purpose
ATTESTING = (Act.ATTEST_AGE.value, Act.ATTEST_JURISDICTION.value, Act.HAPPENED.value)
CODED = tuple(MEANING)
DAY = 86_400_000_000  # microseconds


def read_consents(
    path: Path | str,
    mapping: ConsentMapping | None = None,
    *,
    id_kind: str = "customer_number",
    quarantine: bool = False,
) -> ConsentBatch:
    """Return the consent events of a CSV, JSON lines or Parquet file.

    Args:
        path: the file.
        mapping: how it names its columns, if not as this module does.
        id_kind: which kind of identifier its person column holds.
        quarantine: take the good rows and keep the others aside, instead of refusing the file.

    Raises:
        FileError: the file as a whole is not usable, or its columns are not those expected.
        RowError: some rows are not usable (without quarantine).
    """
    mapping = mapping or ConsentMapping()
    named = [mapping.column(n) for n in NEEDED]
    with reader_of(Path(path), named, lists=[mapping.column("categories")]) as reader:
        return consents_from_reader(reader, mapping, id_kind=id_kind, quarantine=quarantine)


def consents_from_dataframe(
    frame: pd.DataFrame,
    mapping: ConsentMapping | None = None,
    *,
    id_kind: str = "customer_number",
    quarantine: bool = False,
) -> ConsentBatch:
    """Return the consent events of a pandas DataFrame.

    Raises:
        FileError: the DataFrame's columns are not those expected.
        RowError: some rows are not usable (without quarantine).
    """
    reader = FrameReader(frame)
    return consents_from_reader(reader, mapping, id_kind=id_kind, quarantine=quarantine)


def consents_from_reader(
    reader: Reader,
    mapping: ConsentMapping | None = None,
    *,
    id_kind: str = "customer_number",
    quarantine: bool = False,
) -> ConsentBatch:
    """Return the consent events that a reader gives: everything is read, then decided.

    Raises:
        FileError: its columns are not those expected.
        RowError: some rows are not usable (without quarantine).
    """
    mapping = mapping or ConsentMapping()
    person = _person(reader, mapping)
    named = {n: mapping.column(n) for n in (*NEEDED, *OPTIONAL) if n not in mapping.constants}
    needed = [person, *(named[n] for n in NEEDED if n in named)]
    require_columns(reader.file, reader.columns, needed)
    refuse_undeclared(reader.file, reader.columns, {person, *named.values()})
    made = _fields(mapping, person, id_kind, reader.file)
    assembly = Assembly(reader, made, _check, keep_rejects=quarantine).take_all()
    return _batch(assembly, assembly.finish(), id_kind, mapping.target_kind or id_kind)


def _person(reader: Reader, mapping: ConsentMapping) -> str:
    """Return the column that says whom a row is about.

    Raises:
        FileError: it cannot be told.
    """
    if mapping.person is not None:
        return mapping.person
    known = {mapping.column(n) for n in (*NEEDED, *OPTIONAL)}
    others = [c for c in reader.columns if c not in known]
    if len(others) == 1:
        return others[0]
    if "person" in others:
        return "person"
    why = f"{len(others)} columns could be the person's"
    hint = f"keep one column beside {', '.join((*NEEDED, *OPTIONAL))}, or say which it is"
    raise FileError(file=reader.file, why=why, hint=hint)


def _fields(mapping: ConsentMapping, person: str, id_kind: str, file: str) -> tuple[Field, ...]:
    """Return what is read from each row."""
    zone = zone_of(mapping.time_zone, file)
    readers: dict[str, Callable[[pa.Array], Converted]] = {
        **WORDS,
        "event_id": identifiers,
        "event_time": partial(moments, zone=zone),
        "explicit": booleans,
        "expires_at": partial(moments, zone=zone),
        "value": wording,
        "target": partial(named, mapping.target_kind or id_kind),
        "evidence": identifiers,
    }
    found = [Field("person", person, partial(named, id_kind))]
    for name, plain in readers.items():
        convert = partial(_translated, mapping.words.get(name, {}), plain)
        if name in mapping.constants:
            same = partial(_constant, mapping.constants[name], convert)
            found.append(Field(name, name, same, of_row=True))
        else:
            found.append(Field(name, mapping.column(name), convert))
    return tuple(found)


def _translated(
    words: Mapping[str, str], convert: Callable[[pa.Array], Converted], cells: pa.Array
) -> Converted:
    """Return what cells say, in our words where the mapping gives them.

    A column of nothing has whatever type its writer thought of.
    """
    if cells.null_count == len(cells):
        cells = pa.nulls(len(cells), pa.string())
    return convert(translated(cells, words) if words else cells)


def _constant(
    text: str, convert: Callable[[pa.Array], Converted], batch: pa.RecordBatch
) -> Converted:
    """Return what every row says."""
    return convert(pa.array([text] * len(batch), pa.string()))


def _check(values: Mapping[str, pa.Array]) -> Iterator[tuple[str, Fault, Mask]]:
    """Yield what a row lacks, or says that does not fit its act."""
    act = values["act"]
    grants, naming, attests = (
        mask_of(pc.is_in(act, value_set=pa.array(a))) for a in (GRANTS, NAMING, ATTESTING)
    )
    missing = {name: mask_of(column.is_null()) for name, column in values.items()}
    yield "person", Fault.NO_PERSON, missing["person"]
    yield "event_id", Fault.NO_EVENT_ID, missing["event_id"]
    yield "act", Fault.NO_ACT, missing["act"]
    yield "event_time", Fault.NO_TIME, missing["event_time"]
    yield "purpose", Fault.NO_PURPOSE, naming & missing["purpose"]
    yield "categories", Fault.NO_CATEGORIES, grants & missing["categories"]
    yield "method", Fault.NO_METHOD, grants & missing["method"]
    yield "value", Fault.NO_VALUE, attests & missing["value"]
    links = mask_of(pc.is_in(act, value_set=pa.array(LINKS)))
    yield "target", Fault.NO_TARGET, links == missing["target"]
    both = ~missing["expires_at"] & ~missing["expires_after"]
    yield "expires_after", Fault.TWO_ENDS, both
    for attest, parse in _VALUES:
        said = pc.if_else(pc.equal(act, attest.value), values["value"], None)
        for fault, rows in by_distinct(said, parse, pa.string()).faults.items():
            bad = np.zeros(len(act), np.bool_)
            bad[rows] = True
            yield "value", fault, bad


_VALUES: tuple[tuple[Act, Callable[[str], str | Fault]], ...] = (
    (Act.ATTEST_AGE, born),
    (Act.ATTEST_JURISDICTION, place),
    (Act.HAPPENED, happening),
)


def _batch(assembly: Assembly, rejects: Rejects, id_kind: str, target_kind: str) -> ConsentBatch:
    """Return the good rows."""
    columns = {name: pa.chunked_array(parts) for name, parts in assembly.columns.items()}
    event_time, after = _micros(columns["event_time"]), _micros(columns["expires_after"])
    said = _micros(columns["expires_at"])
    coded = {name: _coded(columns[name]) for name in CODED}
    return ConsentBatch(
        id_kind=id_kind,
        target_kind=target_kind,
        event_ids=tuple(columns["event_id"].to_pylist()),
        event_time=event_time,
        expires_at=np.where(after == NEVER, said, event_time + (after % NEVER) * DAY),
        explicit=columns["explicit"].fill_null(False).to_numpy(),
        codes={name: codes for name, (codes, _) in coded.items()},
        words={name: tuple(map(MEANING[name], words)) for name, (_, words) in coded.items()},
        evidence=_by_row(columns["evidence"]),
        rejects=rejects,
    )


def _by_row(column: pa.ChunkedArray) -> dict[int, bytes]:
    """Return the texts of the rows that have one, as bytes."""
    rows = np.flatnonzero(column.is_valid().to_numpy())
    texts = column.drop_null().to_pylist()
    return {row: text.encode() for row, text in zip(rows.tolist(), texts, strict=True)}


def _coded(column: pa.ChunkedArray) -> tuple[np.ndarray[Any, np.dtype[np.int32]], list[str]]:
    """Return codes and words."""
    encoded = column.dictionary_encode().unify_dictionaries()
    codes = [c.indices.fill_null(-1).to_numpy(zero_copy_only=False) for c in encoded.chunks]
    return np.concatenate(codes).astype(np.int32), encoded.chunk(0).dictionary.to_pylist()


def _micros(column: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return microseconds, ``NEVER`` where nothing is said."""
    found: np.ndarray[Any, np.dtype[np.int64]] = column.cast(pa.int64()).fill_null(NEVER).to_numpy()
    return found
