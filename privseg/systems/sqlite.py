# SPDX-License-Identifier: Apache-2.0
"""A SQLite database of somebody else's, read and erased in place.

One transaction takes everything. ``secure_delete`` writes zeros over what is deleted, and the
write-ahead log is written into the file and cut, so that no file has the bytes when ``erase``
returns (sqlite.org: pragma.html#pragma_secure_delete, wal.html#ckpt). What was deleted or changed
*before* may still lie in free pages: ``vacuum: true`` writes the whole file anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from privseg.dsr.system_rules import SystemRules, TableRules
from privseg.dsr.systems import OnErasure, SystemErased, TableErased
from privseg.systems.in_place import InPlace, Row, shown, taken
from privseg.systems.person import Wanted, wanted
from privseg.systems.places import require_file
from privseg.systems.refusals import (
    SystemBusyError,
    SystemCascadeError,
    SystemLeftError,
    SystemNotOverwrittenError,
    SystemRefusesError,
    SystemUnreachableError,
)
from privseg.systems.relations import Relation, in_order, undeclared
from privseg.systems.sqlite_search import counts_of, functions, quoted, stored_text
from privseg.terms import SubjectId

BUSY_SECONDS = 5.0
_COLUMNS = 'SELECT name, "notnull", pk, hidden FROM pragma_table_xinfo(?)'
_TABLES = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)
_KEYS = 'SELECT DISTINCT "table", on_delete FROM pragma_foreign_key_list(?)'
_PLAIN = {"NO ACTION", "RESTRICT"}
_STATISTICS = ("sqlite_stat4", "sqlite_stat3")  # samples of indexed values, kept by ANALYZE


class SqliteSystem(InPlace):
    """One database file."""

    def __init__(self, rules: SystemRules) -> None:
        super().__init__(rules)
        self._path = Path(rules.where)

    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of every declared table."""
        with self._session("ro") as db:
            return self._columns(db)

    def rows(self, ids: Sequence[SubjectId]) -> Iterator[tuple[str, Row]]:
        """Yield every row of a person."""
        with self._session("ro") as db:
            here = self._columns(db)
            for table, is_theirs in functions(db, self.searched(wanted(ids), self.rules.tables)):
                names = shown(table, here[table.name])
                told = ", ".join(map(quoted, names))
                found = db.execute(f"SELECT {told} FROM {quoted(table.name)} WHERE {is_theirs}")  # noqa: S608
                for row in found:
                    yield table.name, dict(zip(names, row, strict=True))

    def counted(self, who: Wanted, tables: Sequence[TableRules]) -> Mapping[str, int]:
        """Return how many rows each table has."""
        with self._session("ro") as db:
            self._columns(db)
            return counts_of(db, self.searched(who, tables))

    def erase(self, ids: Sequence[SubjectId]) -> SystemErased:
        """Erase a person in one transaction, then from the write-ahead log.

        Raises:
            SystemShapeError, SystemCascadeError, SystemRefusesError: nothing was touched.
            SystemBusyError: somebody else writes.
            SystemNotOverwrittenError: the rows are gone, and a reader keeps the log from being cut.
        """
        who = wanted(ids)
        with self._session("rw") as db:
            with _transaction(db):
                here = self._columns(db)
                self._require_no_surprise(db)
                kept = self.kept(counts_of(db, self.searched(who, self.rules.tables)))
                order = in_order(self.rules.erased_tables, _relations(db))
                found = functions(db, self.searched(who, order))
                tables = [_take(db, t, p, here) for t, p in found]
                _forget_statistics(db, self.rules.erased_tables)
                self._require_gone(db, who)
            self._scrub(db)
        return SystemErased(
            system=self.name, tables=tuple(tables), kept=kept, unsearched=self.unsearched(who)
        )

    def check(self) -> Sequence[str]:
        """Return triggers and the like that an erasure sets off."""
        with self._session("rw") as db:
            self._columns(db)
            self._require_no_surprise(db)
            names = {t.name for t in self.rules.erased_tables}
            found = db.execute("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'")
            told = [f"{t}: its trigger {n} runs as well; it may copy rows" for n, t in found
                    if t in names]  # fmt: skip
            if not self.rules.vacuum:
                told.append("what was deleted before may lie in free pages; vacuum: true ends that")
            return told

    def _columns(self, db: sqlite3.Connection) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of the declared tables, once all is as it is declared."""
        tables = {str(name) for (name,) in db.execute(_TABLES)}
        here = {
            t.name: [c for c in db.execute(_COLUMNS, (t.name,)) if c[3] != 1]
            for t in self.rules.tables
            if t.name in tables
        }
        names = {name: tuple(str(c[0]) for c in columns) for name, columns in here.items()}
        self.require(names)
        for table in self.rules.erased_tables:
            fixed = {str(c[0]) for c in here[table.name] if c[1] or c[2] or c[3]}
            self.require_blankable(table, fixed)
        return names

    def _require_no_surprise(self, db: sqlite3.Connection) -> None:
        """Refuse where deleting would change tables that nobody declared.

        Raises:
            SystemCascadeError: it would.
        """
        for table in self.rules.erased_tables:
            if others := undeclared(table, self.rules.erased_tables, _relations(db)):
                raise SystemCascadeError(self.name, table.name, others)

    def _require_gone(self, db: sqlite3.Connection, who: Wanted) -> None:
        """Look once more, inside the transaction: a trigger may have put rows back.

        Raises:
            SystemLeftError: it has.
        """
        found = self.searched(who, self.rules.erased_tables)
        for name, rows in counts_of(db, found).items():
            if rows:
                raise SystemLeftError(self.name, name)

    def _scrub(self, db: sqlite3.Connection) -> None:
        """Take what was deleted out of the write-ahead log, and write the file anew if asked.

        Raises:
            SystemNotOverwrittenError: somebody reads an older state.
        """
        try:
            if self.rules.vacuum:
                db.execute("VACUUM")
            (mode,) = db.execute("PRAGMA journal_mode").fetchone()
            if mode == "wal":
                (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if busy:
                    why = "somebody reads a state of before, so the write-ahead log has them still"
                    raise SystemNotOverwrittenError(self.name, why)
        except sqlite3.OperationalError:
            why = "the file could not be written anew (is it in use, or the disk full?)"
            raise SystemNotOverwrittenError(self.name, why) from None

    @contextmanager
    def _session(self, mode: str) -> Iterator[sqlite3.Connection]:
        """Open the file; what the library raises becomes ours, without its text.

        Raises:
            SystemUnreachableError, SystemBusyError, SystemRefusesError: it refuses.
        """
        require_file(self.name, self._path)
        address = f"file:{quote(str(self._path))}?mode={mode}"
        try:
            with closing(_opened(address)) as db:
                yield db
        except sqlite3.IntegrityError:
            raise SystemRefusesError(self.name) from None
        except sqlite3.Error as error:
            raise self._refusal(error) from None

    def _refusal(self, error: sqlite3.Error) -> SystemBusyError | SystemUnreachableError:
        """Return our error for a code of SQLite's (sqlite.org/rescode.html)."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return SystemBusyError(self.name, "somebody else holds the database")
        name = getattr(error, "sqlite_errorname", "SQLITE_MISUSE")
        return SystemUnreachableError(self.name, f"SQLite says {name}")


def _opened(address: str) -> sqlite3.Connection:
    """Open a database as an erasure needs it; nothing is written to temporary files.

    Outside of a write-ahead log the journal is deleted after each transaction of ours: a kept one
    (``persist``) would have the old pages.
    """
    db = sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    db.text_factory = stored_text
    for said in ("secure_delete = ON", "foreign_keys = ON", "temp_store = MEMORY",
                 "trusted_schema = OFF"):  # fmt: skip
        db.execute(f"PRAGMA {said}")
    return db


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock; everything happens or nothing."""
    if db.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA synchronous = EXTRA")
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _take(
    db: sqlite3.Connection, table: TableRules, is_theirs: str, here: Mapping[str, tuple[str, ...]]
) -> TableErased:
    """Delete a person's rows of one table, or blank them; names are quoted, there are no values."""
    fields = taken(table, here[table.name])
    if table.on_erasure is OnErasure.BLANK:
        sets = ", ".join(f"{quoted(c)} = NULL" for c in fields)
        done = db.execute(f"UPDATE {quoted(table.name)} SET {sets} WHERE {is_theirs}")  # noqa: S608
    else:
        done = db.execute(f"DELETE FROM {quoted(table.name)} WHERE {is_theirs}")  # noqa: S608
    return TableErased(table.name, done.rowcount, fields)


def _forget_statistics(db: sqlite3.Connection, tables: Sequence[TableRules]) -> None:
    """Delete the planner's samples of these tables: they are values of indexed columns."""
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for statistics in there & set(_STATISTICS):
        for table in tables:
            db.execute(f"DELETE FROM {statistics} WHERE tbl = ?", (table.name,))  # noqa: S608


def _relations(db: sqlite3.Connection) -> list[Relation]:
    """Return every foreign key of the database."""
    tables = [str(name) for (name,) in db.execute(_TABLES)]
    spelt = {name.casefold(): name for name in tables}  # names have no case in SQLite
    return [
        Relation(
            child, spelt.get(str(parent).casefold(), str(parent)), takes=str(rule) not in _PLAIN
        )
        for child in tables
        for parent, rule in db.execute(_KEYS, (child,))
    ]
