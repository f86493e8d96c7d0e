# SPDX-License-Identifier: Apache-2.0
"""Every text and blob of every table, for searches of what is left of somebody.

A database beside us is searched as a file as well, byte by byte. There only cells that the file may
hold in pieces are read here (SQLite: a long one continues on overflow pages, fileformat2 section
1.6); on a server every cell is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privseg.store import schema
from privseg.store.database import Database

IN_ONE_PIECE = 480  # bytes: half of what the smallest page (1,024) keeps of an index entry


def cells(db: Database, *, in_pieces: bool = False) -> Iterator[tuple[str, list[bytes]]]:
    """Yield (table, texts and blobs) for portions of every table's rows; numbers say no text.

    ``in_pieces`` leaves out the rows that a SQLite file holds in one piece.
    """
    for table in schema.tables():
        names = [f'"{column.name}"' for column in table.columns if _is_said(column)]
        if not names:
            continue
        query = f'SELECT {", ".join(names)} FROM "{table.name}"'  # noqa: S608 - our own names
        if in_pieces:
            total = " + ".join(f"coalesce(length({name}), 0)" for name in names)
            query += f" WHERE {total} > {IN_ONE_PIECE}"
        for batch in db.batches(query):
            yield table.name, [_bytes(cell) for row in batch for cell in row if cell is not None]


def _is_said(column: Any) -> bool:
    """Return whether a column holds texts or bytes."""
    return column.type.python_type in {str, bytes}


def _bytes(cell: Any) -> bytes:
    """Return a cell as bytes."""
    return cell.encode() if isinstance(cell, str) else bytes(cell)
