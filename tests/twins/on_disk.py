# SPDX-License-Identifier: Apache-2.0
"""What somebody who holds the disk can read of a database: its file, journals included."""

from __future__ import annotations

from privseg.store import Database


def on_disk(db: Database) -> bytes:
    """Return the bytes of the database and of every file that SQLite keeps beside it."""
    db.empty_journal()
    files = sorted(db.path.parent.glob(f"{db.path.name}*"))
    return b"".join(each.read_bytes() for each in files)
