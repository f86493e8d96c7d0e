# SPDX-License-Identifier: Apache-2.0
"""A wrong value in the column store becomes the right one, in every snapshot (GDPR Art. 16).

No snapshot keeps the wrong one: an edition that is still open reads the right value, too. Files
that held it are written anew under new keys and the old ones destroyed, as an erasure does. What
the value was is kept elsewhere, sealed for the person (``store.corrections``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from privseg.vault.refusals import ColumnSchemaError
from privseg.vault.rows import EVENT_ID, ORDINAL


@dataclass(frozen=True, slots=True)
class Mend:
    """What is to stand in one person's row: of a people table, or the one event named."""

    table: str
    ordinal: int
    values: Mapping[str, object] = field(repr=False)
    event_id: bytes | None = field(default=None, repr=False)


def is_meant(rows: pa.Table, mend: Mend) -> pa.ChunkedArray:
    """Return which rows are to be mended."""
    mine = pc.equal(rows.column(ORDINAL), pa.scalar(mend.ordinal, pa.uint32()))
    if mend.event_id is None:
        return mine
    wanted = pa.scalar(mend.event_id, rows.schema.field(EVENT_ID).type)
    return pc.and_(mine, pc.equal(rows.column(EVENT_ID), wanted))


def mended(rows: pa.Table, mend: Mend) -> pa.Table:
    """Return the rows with the right values.

    Raises:
        ColumnSchemaError: there is no such column, or a value is not of its type.
    """
    meant = is_meant(rows, mend)
    for name, value in mend.values.items():
        place = rows.schema.get_field_index(name)
        if place < 0:
            raise ColumnSchemaError(mend.table, name, "it is missing")
        kind = rows.schema.field(place)
        try:
            right = pa.scalar(value, kind.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise ColumnSchemaError(mend.table, name, "the value is of another type") from None
        column = pc.if_else(meant, right, rows.column(place))
        rows = rows.set_column(place, kind, column)
    return rows
