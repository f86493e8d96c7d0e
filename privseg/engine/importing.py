# SPDX-License-Identifier: Apache-2.0
"""Data in: identifiers to the vault, the rest to the column store, one entry on the log.

Everything is read and checked before anything is changed; then one transaction changes all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.erasure.matches import note_matches
from privseg.engine.errors import UnknownSourceError
from privseg.engine.house import House
from privseg.engine.rights.guarding import without_wrong_identifiers, without_wrong_values
from privseg.engine.views import Imported
from privseg.errors import InputError
from privseg.policy import Source, SourceKind
from privseg.sources import Batch, from_dataframe, read_table
from privseg.terms import Ordinal, StaffRole, SubjectId
from privseg.vault.rows import ACCOUNT, ACCOUNT_BYTES

if TYPE_CHECKING:
    import pandas as pd

EVENT_BYTES = 16  # 128 bits of a keyed hash: no two of 10**9 events meet by chance


def import_source(
    house: House,
    name: str,
    data: Path | pd.DataFrame,
    *,
    role: StaffRole,
    quarantine: Path | None = None,
    dry_run: bool = False,
) -> Imported:
    """Take every row of ``data`` into the source ``name``, or none.

    Raises:
        UnknownSourceError: the catalogue has no such source.
        FileError, RowError: the data are not usable; nothing was changed.
    """
    source = _source(house, name)
    keep = quarantine is not None
    batch = (
        read_table(data, source, quarantine=keep)
        if isinstance(data, Path)
        else from_dataframe(data, source, quarantine=keep)
    )
    _require_past(house, batch)
    if dry_run:
        return _imported(batch, name, house.columns.snapshot(), None)
    if quarantine is not None and batch.rejects.rows:
        batch.rejects.write(quarantine)
    snapshot = take(house, batch, role=role)
    return _imported(batch, name, snapshot, quarantine)


class FutureEventsError(InputError):
    """Events that lie ahead: their retention would never end. Nothing was changed."""

    def __init__(self, source: str, rows: int, first: int) -> None:
        super().__init__(
            f"{source}: {rows:,} rows say that they happened after tomorrow, the first is number "
            f"{first:,} of the rows taken; nothing was changed: correct their times at the source"
        )
        self.source = source
        self.rows = rows
        self.first = first


def _require_past(house: House, batch: Batch) -> None:
    """Refuse events that happened later than a clock of any zone could say now.

    Raises:
        FutureEventsError: naming how many and the first.
    """
    if batch.source.kind is not SourceKind.EVENTS:
        return
    latest = house.now() + timedelta(days=1)
    ahead = pc.greater(batch.table["time"], pa.scalar(latest, batch.table["time"].type))
    if (rows := int(pc.sum(ahead).as_py() or 0)) > 0:
        first = int(pc.index(ahead, value=True).as_py()) + 1
        raise FutureEventsError(batch.source.name, rows, first)


def take(house: House, batch: Batch, *, role: StaffRole) -> int:
    """Store a batch and its log entry in one transaction; return the new snapshot's number."""
    with house.db.transaction():
        snapshot = house.columns.begin_snapshot()
        _write(house, batch, snapshot)
        house.log.append(_entry(batch, snapshot, role))
    return snapshot


def _write(house: House, batch: Batch, snapshot: int) -> None:
    """Write a batch into an open snapshot; rows about suppressed people are left out."""
    name, columns, at = batch.source.table, house.columns, house.now()
    match batch.source.kind:
        case SourceKind.PEOPLE:
            columns.write_people(name, _of_people(house, batch), snapshot=snapshot, at=at)
        case SourceKind.EVENTS:
            columns.upsert_events(name, _of_people(house, batch), snapshot=snapshot)
        case SourceKind.LIST:
            columns.write_list(name, _of_people(house, batch), snapshot=snapshot, at=at)
        case SourceKind.ACCOUNTS:
            own = account_keys(house, batch.source.name, *batch.accounts.values())
            rows = batch.table.append_column(ACCOUNT, own)
            columns.write_accounts(name, rows, snapshot=snapshot, at=at)


def _of_people(house: House, batch: Batch) -> pa.Table:
    """Return rows about people as they are stored: no name of anybody or anything in them.

    What was corrected on request does not come back by them (``dsr.guarding``).
    """
    batch = without_wrong_identifiers(house, batch)
    ordinals = _ordinals(house, batch)
    added = {"ordinal": ordinals, **_links(house, batch)}
    if batch.source.kind is SourceKind.EVENTS:
        added["event_id"] = _event_keys(house, batch)
    stored = dict(zip(batch.table.column_names, batch.table.columns, strict=True))
    rows = pa.table({**stored, **added}).filter(pc.is_valid(ordinals))
    return without_wrong_values(house, batch.source, rows)


def _links(house: House, batch: Batch) -> dict[str, pa.ChunkedArray]:
    """Return by attribute to which account each row's person belongs, as keyed hashes."""
    to = {c.attribute: c.account for c in batch.source.columns if c.account is not None}
    return {
        attribute: account_keys(house, to[attribute], names)
        for attribute, names in batch.accounts.items()
    }


def account_keys(house: House, accounts: str, names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return keyed hashes of names of a source's accounts; the store never holds a name."""
    return _hashed(names, key=house.vault.secret(f"account/{accounts}"), size=ACCOUNT_BYTES)


def _ordinals(house: House, batch: Batch) -> pa.ChunkedArray:
    """Return whom each row is about; null for a person who must not be brought back."""
    if batch.source.kind is not SourceKind.EVENTS:
        others = [c for n, c in batch.identifiers.items() if n != batch.source.person]
        columns = [batch.person, *others]  # the first one is whom the row is about
        kinds = [c.kind for c in columns]
        values = [c.values.to_pylist() for c in columns]  # noqa: PD011  # ours, not pandas
        rows = [
            [SubjectId(k, v) for k, v in zip(kinds, row, strict=True) if v is not None]
            for row in zip(*values, strict=True)
        ]
        found = house.vault.enrol(rows)
        _note_matches(house, batch, rows, found)
        return pa.chunked_array([pa.array(found, type=pa.uint32())])
    person = batch.person
    coded = person.values.combine_chunks().dictionary_encode()  # noqa: PD011  # likewise
    named = [[SubjectId(person.kind, str(v))] for v in coded.dictionary.to_pylist()]
    enrolled = house.vault.enrol(named)
    _note_matches(house, batch, named, enrolled)
    return pa.chunked_array([pa.array(enrolled, type=pa.uint32()).take(coded.indices)])


def _note_matches(
    house: House,
    batch: Batch,
    rows: Sequence[Sequence[SubjectId]],
    found: Sequence[Ordinal | None],
) -> None:
    """Note, for the compliance officer alone, which rows were passed over; also where none was."""
    erased = [row for row, ordinal in zip(rows, found, strict=True) if ordinal is None]
    note_matches(house, batch.source.name, erased)


def _event_keys(house: House, batch: Batch) -> pa.ChunkedArray:
    """Return keyed hashes of the source's own event ids: an id may be an address in disguise."""
    ids = batch.event_ids
    assert ids is not None  # an events source has ids
    return _hashed(ids, key=house.vault.secret(f"event-id/{batch.source.name}"), size=EVENT_BYTES)


def _hashed(values: pa.ChunkedArray, *, key: bytes, size: int) -> pa.ChunkedArray:
    """Return a keyed hash of each value; null where there is none."""
    found = [
        None if v is None else hashlib.blake2b(str(v).encode(), key=key, digest_size=size).digest()
        for v in values.to_pylist()
    ]
    return pa.chunked_array([pa.array(found, type=pa.binary(size))])


def _entry(batch: Batch, snapshot: int, role: StaffRole) -> AuditEvent:
    """Return the log's entry of an import; how many rows there were is in the body."""
    header: dict[str, str | list[str]] = {
        "verb": "import",
        "source": batch.source.name,
        "table": batch.source.table,
        "attributes": sorted(c.attribute for c in batch.source.columns),
        "format": _form(batch),
        "snapshot": str(snapshot),
    }
    body = {"rows": batch.rows, "rejected": batch.rejects.rows}
    return AuditEvent(Kind.IMPORT, Outcome.OK, role, header, body)


def _form(batch: Batch) -> str:
    """Return which kind of file rows came in: where data come from is told (GDPR Art. 15(1)(g))."""
    return Path(batch.rejects.file).suffix.lower().removeprefix(".") or "dataframe"


def _source(house: House, name: str) -> Source:
    """Return a source of the catalogue."""
    sources = house.policy.catalogue.sources
    if name not in sources:
        raise UnknownSourceError(name, known=tuple(sources))
    return sources[name]


def _imported(batch: Batch, name: str, snapshot: int, quarantine: Path | None) -> Imported:
    """Return what an import says about itself."""
    return Imported(
        source=name,
        rows=batch.rows,
        rejected=batch.rejects.rows,
        rounded=dict(batch.rounded),
        snapshot=snapshot,
        quarantine=quarantine if batch.rejects.rows else None,
    )
