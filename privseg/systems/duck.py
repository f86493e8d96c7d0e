# SPDX-License-Identifier: Apache-2.0
"""A DuckDB database of somebody else's, erased by writing it anew without the person.

DuckDB's DELETE leaves the bytes in the file, and a CHECKPOINT does not overwrite them either. So
everything else is copied into a new file, which takes the old one's name once it is whole: whatever
happens until then, the old file is as it was.

INVARIANT: we never open the file ourselves while DuckDB has it. Its lock is one of POSIX: closing
any handle of ours to the same file would give it up, and another program could write.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from privseg.dsr.system_rules import SystemRules, TableRules
from privseg.dsr.systems import SystemErased, TableErased
from privseg.systems.duck_catalogue import Catalogue, catalogue, quoted
from privseg.systems.duck_sql import (
    bystander,
    copied,
    is_deleted,
    is_theirs,
    may_be_theirs,
    number,
    text_literal,
    text_of_person,
)
from privseg.systems.in_place import InPlace, Row, shown, taken
from privseg.systems.person import Wanted, wanted
from privseg.systems.places import PRIVATE, beside, dress, require_file, sync_folder
from privseg.systems.refusals import (
    SystemBusyError,
    SystemFileError,
    SystemLeftError,
    SystemRefusesError,
    SystemUnreachableError,
)
from privseg.systems.relations import in_order
from privseg.terms import SubjectId

OLD, NEW = "old", "new"  # what the two files are attached as
FOLDER = 0o700
_SAFE: dict[str, str | bool | int | float | list[str]] = {
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "temp_directory": "",  # nothing of anybody is written elsewhere
}
Theirs = Mapping[str, list[str]]
"""Which texts in a table's column say that a row is the person's, by table."""


class DuckSystem(InPlace):
    """One database file."""

    def __init__(self, rules: SystemRules) -> None:
        super().__init__(rules)
        self._path = Path(rules.where)

    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of every declared table."""
        with self._session() as db:
            return self._look(db).names(self.rules.tables)

    def rows(self, ids: Sequence[SubjectId]) -> Iterator[tuple[str, Row]]:
        """Yield every row of a person."""
        with self._session() as db:
            here = self._look(db)
            names = here.names(self.rules.tables)
            for table, texts in self._theirs(db, here, wanted(ids), self.rules.tables):
                told = shown(table, names[table.name])
                found = db.execute(
                    f"SELECT {', '.join(map(quoted, told))} FROM {here.of(table, OLD)} "  # noqa: S608
                    f"WHERE {is_theirs(table)}",
                    [texts],
                )
                while row := found.fetchone():
                    yield table.name, dict(zip(told, row, strict=True))

    def counted(self, who: Wanted, tables: Sequence[TableRules]) -> Mapping[str, int]:
        """Return how many rows each table has."""
        with self._session() as db:
            return self._counts(db, self._look(db), who, tables)

    def erase(self, ids: Sequence[SubjectId]) -> SystemErased:
        """Erase a person by writing the file anew; where nothing is found it stays as it is.

        Raises:
            SystemShapeError, SystemRefusesError, SystemFileError: nothing was touched.
            SystemBusyError: somebody else has the database open.
        """
        who = wanted(ids)
        with self._session(is_writing=True) as db:
            here = self._look(db)
            counts = self._counts(db, here, who, self.rules.tables)
            theirs = {
                t.name: texts
                for t, texts in self._theirs(db, here, who, self.rules.erased_tables)
                if counts[t.name]
            }
            self._discard()
            if theirs:
                self._write_anew(db, here, theirs, counts)
        names = here.names(self.rules.tables)
        tables = tuple(
            TableErased(t.name, counts[t.name], taken(t, names[t.name]))
            for t in self.rules.erased_tables
            if t.name in counts
        )
        return SystemErased(
            system=self.name,
            tables=tables,
            kept=self.kept(counts),
            unsearched=self.unsearched(who),
        )

    def check(self) -> Sequence[str]:
        """Return that an erasure needs room for the file once more."""
        with self._session(is_writing=True) as db:
            self._look(db)
        return ("an erasure writes the whole file anew: it needs as much room again",)

    def _look(self, db: duckdb.DuckDBPyConnection) -> Catalogue:
        """Return what the database holds, once all is there that is declared."""
        found = catalogue(db, OLD)
        self.require(found.names(self.rules.tables))
        for table in self.rules.tables:
            if not (column := found.person(table)).is_comparable:
                raise self.incomparable(table, column.kind)
        for table in self.rules.erased_tables:
            self.require_blankable(table, found.fixed(table))
        return found

    def _theirs(
        self,
        db: duckdb.DuckDBPyConnection,
        here: Catalogue,
        who: Wanted,
        tables: Sequence[TableRules],
    ) -> Iterator[tuple[TableRules, list[str]]]:
        """Yield each table with the texts, as they are stored, that say a row is the person's."""
        for table, match in self.searched(who, tables):
            bits = here.person(table).bits
            where, parameters = may_be_theirs(table, match, bits)
            found = db.execute(
                f"SELECT DISTINCT {text_of_person(table)} FROM {here.of(table, OLD)} "  # noqa: S608
                f"WHERE {where}",
                parameters,
            ).fetchall()
            yield table, [t for (t,) in found if t is not None and match.told(t, bits)]

    def _counts(
        self,
        db: duckdb.DuckDBPyConnection,
        here: Catalogue,
        who: Wanted,
        tables: Sequence[TableRules],
    ) -> Mapping[str, int]:
        """Return how many rows of a person each table has."""
        found = {}
        for table, texts in self._theirs(db, here, who, tables):
            count = f"SELECT count(*) FROM {here.of(table, OLD)} WHERE {is_theirs(table)}"  # noqa: S608
            found[table.name] = number(db, count, [texts])
        return found

    def _write_anew(
        self,
        db: duckdb.DuckDBPyConnection,
        here: Catalogue,
        theirs: Theirs,
        counts: Mapping[str, int],
    ) -> None:
        """Write everything else into a new file, which then takes the name of the old one."""
        folder = beside(self._path)
        folder.mkdir(mode=FOLDER)
        try:
            new = folder / "database"
            before = self._path.lstat()
            db.execute(f"ATTACH {text_literal(new)} AS {NEW} ({here.options})")
            db.execute(f"COPY FROM DATABASE {OLD} TO {NEW} (SCHEMA)")
            self._copy(db, here, theirs)
            self._require_whole(db, here, theirs, counts)
            db.execute(f"DETACH {NEW}")
            new.chmod(PRIVATE)
            dress(new, self._path)
            if _marks(self._path.lstat()) != _marks(before):
                raise SystemBusyError(self.name, "the file was changed by somebody else meanwhile")
            new.rename(self._path)
            sync_folder(self._path.parent)
        finally:
            self._discard()

    def _copy(self, db: duckdb.DuckDBPyConnection, here: Catalogue, theirs: Theirs) -> None:
        """Copy every row but the person's; of rows to be blanked, every other column."""
        rules = {here.key(t): t for t in self.rules.erased_tables}
        every = [rules.get(key) or bystander(key) for key in here.tables]
        for table in reversed(in_order(every, here.relations(every))):
            told, where, texts = copied(table, here, theirs.get(table.name))
            names = ", ".join(map(quoted, here.stored(table)))
            db.execute(
                f"INSERT INTO {here.of(table, NEW)} ({names}) "  # noqa: S608
                f"SELECT {told} FROM {here.of(table, OLD)} {where}",
                texts,
            )

    def _require_whole(
        self,
        db: duckdb.DuckDBPyConnection,
        here: Catalogue,
        theirs: Theirs,
        counts: Mapping[str, int],
    ) -> None:
        """Count all tables of the new file, and look for the person once more.

        Raises:
            SystemLeftError: a row is missing, or one too many.
        """
        rules = {here.key(t): t for t in self.rules.erased_tables}
        for key in here.tables:
            table = rules.get(key) or bystander(key)
            gone = counts[table.name] if table.name in theirs and is_deleted(table) else 0
            old, new = (
                number(db, f"SELECT count(*) FROM {here.of(table, side)}", [])  # noqa: S608
                for side in (OLD, NEW)
            )
            if old - gone != new or self._is_left(db, here, table, theirs):
                raise SystemLeftError(self.name, table.name)

    def _is_left(
        self, db: duckdb.DuckDBPyConnection, here: Catalogue, table: TableRules, theirs: Theirs
    ) -> bool:
        """Return whether the new file still has the person in a table."""
        if table.name not in theirs:
            return False
        count = f"SELECT count(*) FROM {here.of(table, NEW)} WHERE {is_theirs(table)}"  # noqa: S608
        return number(db, count, [theirs[table.name]]) > 0

    def _discard(self) -> None:
        """Remove what an interrupted erasure wrote beside the file."""
        folder = beside(self._path)
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)

    @contextmanager
    def _session(self, *, is_writing: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Attach the file; what the library raises becomes ours, without its text.

        Raises:
            SystemUnreachableError, SystemBusyError, SystemFileError, SystemRefusesError.
        """
        require_file(self.name, self._path)
        mode = "READ_WRITE" if is_writing else "READ_ONLY"
        try:
            with closing(duckdb.connect(config=_SAFE)) as db:
                db.execute("SET enable_progress_bar = false")
                db.execute(f"ATTACH {text_literal(self._path)} AS {OLD} ({mode})")
                if is_writing:
                    db.execute(f"CHECKPOINT {OLD}")  # what is in its write-ahead log, too
                yield db
        except duckdb.ConstraintException:
            raise SystemRefusesError(self.name) from None
        except duckdb.Error as error:
            raise self._refusal(error) from None

    def _refusal(self, error: duckdb.Error) -> Exception:
        """Return our error for one of DuckDB's."""
        if isinstance(error, duckdb.IOException) and "lock" in str(error):
            return SystemBusyError(self.name, "another program has the database open")
        if isinstance(error, duckdb.IOException):
            return SystemUnreachableError(self.name, "DuckDB cannot read or write the file")
        kind = type(error).__name__
        return SystemFileError(self.name, self._path.name, f"DuckDB refuses ({kind})")


def _marks(status: object) -> tuple[object, ...]:
    return tuple(getattr(status, name) for name in ("st_ino", "st_size", "st_mtime_ns"))
