# SPDX-License-Identifier: Apache-2.0
"""A search for what is left of a person: every byte of every file, and every cell of the database.

Where that is on a server: every cell, the server's statistics, and every byte of its tables' files.

``Traces.of`` is asked *before* an erasure for all that is secret or identifying about somebody:
identifiers as given and in canonical form, look-up keys, uid and data key, the key page in clear,
its key, the pseudonyms in some domains, and the root key. ``Traces.left_in`` says where any of it
stands afterwards, in any spelling; and ``searched`` lists what was looked at, so that a search of
nothing is noticed.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from privseg.engine import Workspace
from privseg.pseudonym import Domain, blind_index, canonical_form
from privseg.terms import Ordinal, Purpose, SubjectId
from privseg.vault.pages import bucket_of
from tests.twins import postgres

DOMAINS = (
    Domain(Purpose("marketing"), recipient="mailer", epoch="2026"),
    Domain(Purpose("care"), recipient="desk", epoch="2026"),
)


@dataclass
class Traces:
    """What could betray one person, by what it is; and the places that were searched for it."""

    needles: Mapping[str, bytes]
    searched: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, ws: Workspace, person: Ordinal) -> Traces:
        """Return everything of a person, while they are still there."""
        vault = ws._house.vault
        page = vault._pages.load(bucket_of(person))
        name, _ = vault._storage.key_page(page.bucket)
        root = vault.keyring._roots[vault.keyring.root_id()]
        own = vault.identity(person)
        return cls(
            {
                **_identifiers(own),
                **{f"look-up key {n}": mark for n, mark in enumerate(vault.marks(person))},
                "uid": page.uid(person),
                "data key": page.key(person),
                "key page": page.to_bytes()[:64],
                "key of the page": vault.keyring.get("page", name),
                "root key": root.key,
                **{
                    f"pseudonym for {domain.purpose}": str(vault.pseudonym(person, domain)).encode()
                    for domain in DOMAINS
                },
            }
        )

    @classmethod
    def suppressed(cls, ws: Workspace, subjects: Sequence[SubjectId]) -> Traces:
        """Return the marks of the suppression list: a residue that receipts name."""
        key = ws._house.vault.secret("suppression")
        tags = (blind_index(key, s.kind, canonical_form(s)) for s in subjects)
        return cls({f"suppression mark {n}": tag for n, tag in enumerate(tags)})

    def left_in(self, *folders: Path) -> list[str]:
        """Return where anything of it stands: ``what: place``."""
        forms = {what: spellings(needle) for what, needle in self.needles.items()}
        found = []
        for place, data in _everything(folders):
            self.searched.append(place)
            found += [
                f"{what}: {place}" for what, spelt in forms.items() if any(f in data for f in spelt)
            ]
        return found


def spellings(needle: bytes) -> set[bytes]:
    """Return how bytes could stand in a file: raw, hex, base64 at each offset, JSON, UTF-16."""
    forms = {needle, needle.hex().encode(), needle.hex().upper().encode()}
    for before in range(3):
        text = base64.b64encode(bytes(before) + needle)
        inner = text[(before * 8 + 5) // 6 : len(text) - 4]  # what neighbours do not touch
        forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    try:
        text_ = needle.decode("utf-8")
    except UnicodeDecodeError:
        return forms
    for spelt in {text_, text_.casefold(), text_.upper()}:
        forms |= {spelt.encode(), json.dumps(spelt)[1:-1].encode()}
        forms |= {spelt.encode("utf-16-le"), spelt.encode("utf-16-be")}
    return forms


def _identifiers(own: Sequence[SubjectId]) -> Iterator[tuple[str, bytes]] | dict[str, bytes]:
    """Return a person's identifiers as given, and in their canonical form."""
    given = {f"{s.kind} as given": s.value.encode() for s in own}
    return given | {f"{s.kind}, canonical": canonical_form(s) for s in own}


def _everything(folders: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield every file with its name before its bytes, and every row of every database in it."""
    for path in (p for folder in folders for p in sorted(folder.rglob("*")) if p.is_file()):
        data = path.read_bytes()
        yield path.name, path.name.encode() + b"\0" + data
        if data.startswith(b"SQLite format 3\0"):
            yield from _rows(path)
        if path.name == "privseg.yaml" and (session := postgres.session(data.decode())):
            with closing(session):
                yield from _served(session)


def _rows(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every table's cells joined: a long one lies in several pages of the file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in names:
            yield f"{path.name}:{table}", _joined(db.execute(f'SELECT * FROM "{table}"'))


def _served(db: psycopg.Connection[Any]) -> Iterator[tuple[str, bytes]]:
    """Yield every table of a server's database, what it keeps of their values, and its files."""
    ours = "schemaname LIKE 'privseg%'"
    for schema, table in db.execute(f"SELECT schemaname, tablename FROM pg_tables WHERE {ours}"):
        name = sql.Identifier(schema, table)
        yield f"server:{table}", _joined(db.execute(sql.SQL("SELECT * FROM {}").format(name)))
    yield "server: statistics", _joined(db.execute(f"SELECT s::text FROM pg_stats s WHERE {ours}"))
    db.execute("CHECKPOINT")
    (folder,) = db.execute(
        "SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database "
        "WHERE datname = current_database()"
    ).fetchone() or ("",)
    for path in sorted(p for p in Path(folder).iterdir() if p.is_file()):
        yield f"server: file {path.name}", path.read_bytes()


def _joined(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return every cell of some rows, one after the other."""
    cells = (cell for row in rows for cell in row)
    return b"\x1f".join(c if isinstance(c, bytes) else str(c).encode() for c in cells)
