# SPDX-License-Identifier: Apache-2.0
"""What the tests of kept eligible sets run in processes of their own.

Run as a file, ``eligible_worker.py VERB DATABASE NUMBER``; the verb is a function's name.
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

from privseg.gate import SetName
from privseg.store import Database, FolderOfSets

KEY = bytes(range(32))
RULES, ABOUT = "ab" * 32, "cd" * 32


def files(db: Database) -> FolderOfSets:
    """Return the kept sets beside a database."""
    return FolderOfSets(db.private / "eligible", db, lambda: KEY)


def name(position: int, at: int, *, rules: str = RULES, about: str = ABOUT) -> SetName:
    """Return a set's name, folded when the ledger ended at its position."""
    return SetName(rules, about, position, at, checked=position)


def keep_many(db: Database, who: int) -> None:
    """Keep one set after the other."""
    for n in range(40):
        files(db).keep(name(0, n), f"{who} {n}".encode() * 1_000)


def keep_with_little_room(db: Database, room: int) -> None:
    """Keep a set on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    sys.stdout.write(str(files(db).keep(name(0, 7), bytes(100_000))))


def die_while_writing(db: Database, room: int) -> None:
    """Be killed when some of a set is on the disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    keep_with_little_room(db, room)


if __name__ == "__main__":
    with Database.open(Path(sys.argv[2])) as opened:
        globals()[sys.argv[1]](opened, int(sys.argv[3]))
