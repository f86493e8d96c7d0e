# SPDX-License-Identifier: Apache-2.0
"""What somebody who holds the disk can read of a database: its files, journals included."""

from __future__ import annotations

from pathlib import Path

import psycopg

from privseg.store import Database

_FILES = (
    "SELECT pg_relation_filepath(c.oid) FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = current_schema() "
    "OR c.oid IN (SELECT reltoastrelid FROM pg_class t "
    "JOIN pg_namespace m ON m.oid = t.relnamespace WHERE m.nspname = current_schema())"
)


def on_disk(db: Database) -> bytes:
    """Return the bytes of the database and of every file that is kept beside it.

    Of a server, those of this workspace's tables and indexes: its write-ahead log holds more.
    """
    db.empty_journal()
    if isinstance(db.place, Path):
        files = sorted(db.place.parent.glob(f"{db.place.name}*"))
        return b"".join(each.read_bytes() for each in files)
    with psycopg.connect(db.place.split(" ")[0], autocommit=True) as server:
        server.execute("CHECKPOINT")
    ((folder,),) = db.raw("SELECT current_setting('data_directory')")
    files = [Path(folder, name) for (name,) in db.raw(_FILES) if name is not None]
    return b"".join(each.read_bytes() for each in files if each.exists())
