# SPDX-License-Identifier: Apache-2.0
"""What a later import must not undo: a value that was corrected does not come back in silence.

Of whoever had a value corrected, a row that brings the wrong one again keeps the right one; a row
that is about whoever has an identifier that was wrong is left out. Both wait for the compliance
officer (``privseg dsr disputed``), and no import report tells of either.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from privseg.engine.house import House
from privseg.engine.rights.corrected_values import opened_values
from privseg.policy import Source
from privseg.pseudonym import IdentifierError, canonical_form, identifies
from privseg.segment import FOLDED_SUFFIX
from privseg.sources import Batch
from privseg.sources.batch import Identifiers
from privseg.sources.words import folded
from privseg.store.corrections import StoredCorrection
from privseg.terms import Ordinal, SubjectId
from privseg.vault.rows import EVENT_ID, ORDINAL

MARKS = "correction"  # names the secret under which identifiers that were wrong are marked


@dataclass(frozen=True, slots=True)
class Guarded:
    """A batch without what was corrected away, and the corrections that it would have undone."""

    batch: Batch
    seen: tuple[int, ...] = ()


def mark_of(house: House, subject: SubjectId) -> bytes:
    """Return the keyed hash of an identifier that was wrong."""
    said = len(subject.kind).to_bytes(4) + subject.kind.encode() + canonical_form(subject)
    return hmac.digest(house.vault.secret(MARKS), said, "sha256")


def without_wrong_identifiers(house: House, batch: Batch) -> Batch:
    """Return a batch without the identifiers that were corrected away, before anybody is enrolled.

    Whose row it is by a wrong identifier nobody knows: such a row is left out. Beside another
    identifier of the same person, only the wrong one goes; beside another person's it stays.
    """
    wrong = {c.mark: c for c in house.corrections.marked() if c.mark is not None}
    if not wrong:
        return batch
    seen: set[int] = set()
    for name, column in batch.identifiers.items():
        hits = dict(_hits(house, column, wrong))
        if hits and name == batch.source.person:
            batch = _without_rows(batch, sorted(hits))
            seen |= {c.number for c in hits.values()}
            return _noted(house, without_wrong_identifiers(house, batch), seen)
        own = {row: c for row, c in hits.items() if _is_own(house, batch, row, c)}
        if own:
            batch = _without_cells(batch, name, sorted(own))
            seen |= {c.number for c in own.values()}
    return _noted(house, batch, seen)


def without_wrong_values(house: House, source: Source, rows: pa.Table) -> pa.Table:
    """Return rows in which no corrected value is the wrong one again."""
    guards = [c for c in house.corrections.guarding(source.name) if c.mark is None]
    if not guards:
        return rows
    here = set(pc.unique(rows.column(ORDINAL)).to_pylist())
    seen: set[int] = set()
    for guard in (g for g in guards if g.subject in here):
        rows, brought = _kept_right(house, rows, guard)
        seen |= {guard.number} if brought else set()
    house.corrections.note_seen(seen, at=house.now())
    return rows


def _kept_right(house: House, rows: pa.Table, guard: StoredCorrection) -> tuple[pa.Table, bool]:
    """Return the rows with one corrected value kept, and whether the wrong one was there."""
    old, new, row = opened_values(house, guard.subject, guard.sealed)
    place = rows.schema.get_field_index(guard.attribute)
    if place < 0:
        return rows, False
    kind = rows.schema.field(place).type
    column = rows.column(place)
    mine = np.flatnonzero(rows.column(ORDINAL).to_numpy() == int(guard.subject)).tolist()
    if row is not None:
        event = bytes.fromhex(row)
        mine = [i for i in mine if rows.column(EVENT_ID)[i].as_py() == event]
    wrong = np.zeros(len(rows), np.bool_)
    wrong[[i for i in mine if column[i].as_py() == old]] = True
    if not wrong.any():
        return rows, False
    mask = pa.chunked_array([pa.array(wrong)])
    right = pa.array([new], kind)
    rows = _set(rows, guard.attribute, mask, right[0])
    twin = f"{guard.attribute}{FOLDED_SUFFIX}"
    if twin in rows.schema.names:
        rows = _set(rows, twin, mask, folded(right)[0])
    return rows, True


def _set(rows: pa.Table, name: str, mask: pa.ChunkedArray, value: pa.Scalar) -> pa.Table:
    """Return rows with a value put where the mask says."""
    place = rows.schema.get_field_index(name)
    column = pc.if_else(mask, value, rows.column(place).combine_chunks())
    return rows.set_column(place, rows.schema.field(place), column)


def _hits(
    house: House, column: Identifiers, wrong: dict[bytes, StoredCorrection]
) -> Iterator[tuple[int, StoredCorrection]]:
    """Yield the rows whose identifier was corrected away, each with what it was corrected by."""
    if not identifies(column.kind):
        return
    for row, value in enumerate(column.values.to_pylist()):
        if value is None:
            continue
        try:
            found = wrong.get(mark_of(house, SubjectId(column.kind, str(value))))
        except IdentifierError:
            continue  # the import itself says so, with the row
        if found is not None:
            yield row, found


def _is_own(house: House, batch: Batch, row: int, correction: StoredCorrection) -> bool:
    """Return whether a row is about whoever had the identifier corrected."""
    key = batch.person
    value = key.values[row].as_py()
    if value is None or not identifies(key.kind):
        return False
    whose: Ordinal | None = house.vault.resolve(SubjectId(key.kind, str(value)))
    return whose == correction.subject


def _without_cells(batch: Batch, name: str, rows: Sequence[int]) -> Batch:
    """Return a batch with some identifiers missing."""
    column = batch.identifiers[name]
    gone = set(rows)
    values = [None if n in gone else v for n, v in enumerate(column.values.to_pylist())]
    mended = Identifiers(column.kind, pa.chunked_array([pa.array(values, pa.string())]))
    return replace(batch, identifiers={**batch.identifiers, name: mended})


def _without_rows(batch: Batch, rows: Sequence[int]) -> Batch:
    """Return a batch without some rows."""
    kept = pa.array(np.delete(np.arange(batch.rows), rows))
    return replace(
        batch,
        table=batch.table.take(kept),
        identifiers={
            n: Identifiers(c.kind, c.values.take(kept)) for n, c in batch.identifiers.items()
        },
        event_ids=None if batch.event_ids is None else batch.event_ids.take(kept),
        accounts={n: a.take(kept) for n, a in batch.accounts.items()},
    )


def _noted(house: House, batch: Batch, seen: set[int]) -> Batch:
    """Note which corrections an import would have undone; return the batch."""
    house.corrections.note_seen(seen, at=house.now())
    return batch
