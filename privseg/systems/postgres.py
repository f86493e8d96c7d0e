# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL database of somebody else's, read and erased in place by a role with few rights.

Names are quoted and looked up first; every value is a parameter that travels beside the statement
(``PQexecParams``). A deleted row stays in its page until the server uses the page again:
``vacuum: true`` writes the tables anew (VACUUM FULL), which takes a lock on each. What the server
keeps elsewhere (write-ahead log, standbys, backups) nobody reaches from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql

from privseg.dsr.system_rules import SystemRules, TableRules
from privseg.dsr.systems import OnErasure, SystemErased, TableErased
from privseg.systems.in_place import InPlace, Row, shown, taken
from privseg.systems.person import Wanted, wanted
from privseg.systems.postgres_catalogue import Catalogue, catalogue, name_of
from privseg.systems.postgres_search import counts_of, is_theirs, theirs
from privseg.systems.refusals import (
    SystemBusyError,
    SystemCascadeError,
    SystemLeftError,
    SystemLostError,
    SystemNotOverwrittenError,
    SystemRefusesError,
    SystemRightsError,
    SystemUnreachableError,
)
from privseg.systems.relations import in_order, reached, undeclared
from privseg.terms import SubjectId

Driver = psycopg.Connection[tuple[Any, ...]]

BUSY_SECONDS = 5.0
_PAUSE = 0.05  # seconds between two looks
_SET = {
    "lock_timeout": f"{BUSY_SECONDS:g}s",
    "statement_timeout": "900s",
    "idle_in_transaction_session_timeout": "900s",
    "client_encoding": "UTF8",
    "row_security": "off",  # a policy that would hide rows is an error, never fewer rows
    "synchronous_commit": "on",
    "extra_float_digits": "1",  # every number has a text of its own
}
_QUIET = ("log_parameter_max_length", "log_parameter_max_length_on_error")  # the server's own log
_OLDER = (
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    "AND (datname = current_database() OR datname IS NULL) "
    "AND age(backend_xmin) > age(%(now)s::xid)) "
    "OR EXISTS (SELECT 1 FROM pg_replication_slots WHERE age(xmin) > age(%(now)s::xid)) "
    "OR EXISTS (SELECT 1 FROM pg_prepared_xacts WHERE database = current_database() "
    "AND age(transaction) > age(%(now)s::xid))"
)
_BUSY = {"40001", "40P01", "55P03", "57014"}  # manual, appendix A: serialization, deadlock, locks


class PostgresSystem(InPlace):
    """One database of a server; ``libpq`` says how a session is encrypted."""

    def __init__(self, rules: SystemRules, *, libpq: Callable[[str], Mapping[str, str]]) -> None:
        super().__init__(rules)
        self._libpq = libpq
        self.overwrites = rules.vacuum

    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of every declared table."""
        with self._session() as db:
            return self._look(db).columns

    def rows(self, ids: Sequence[SubjectId]) -> Iterator[tuple[str, Row]]:
        """Yield every row of a person."""
        with self._session() as db, db.transaction():
            here = self._look(db)
            for table, texts in self._theirs(db, here, wanted(ids), self.rules.tables):
                told = shown(table, here.columns[table.name])
                names = sql.SQL(", ").join(map(sql.Identifier, told))
                found = db.execute(
                    sql.SQL("SELECT {} FROM {} WHERE {}").format(
                        names, name_of(table), is_theirs(table)
                    ),
                    [texts],
                )
                for row in found:
                    yield table.name, dict(zip(told, row, strict=True))

    def counted(self, who: Wanted, tables: Sequence[TableRules]) -> Mapping[str, int]:
        """Return how many rows each table has."""
        with self._session() as db, db.transaction():
            here = self._look(db)
            return counts_of(db, self._theirs(db, here, who, tables))

    def erase(self, ids: Sequence[SubjectId]) -> SystemErased:
        """Erase a person in one transaction; then write the tables anew, if that was asked for.

        Raises:
            SystemShapeError, SystemCascadeError, SystemRightsError, SystemRefusesError: nothing was
                touched.
            SystemBusyError: somebody holds a table.
            SystemNotOverwrittenError: the rows are gone, their bytes not yet.
        """
        who = wanted(ids)
        with self._session() as db:
            with db.transaction():
                here = self._look(db)
                self._require_no_surprise(here)
                self._require_rights(here)
                found = self._theirs(db, here, who, self.rules.tables)
                kept = self.kept(counts_of(db, found))
                order = in_order(self.rules.erased_tables, here.relations)
                found = self._theirs(db, here, who, order)
                tables = [_take(db, t, texts, here) for t, texts in found]
                self._require_gone(db, here, who)
            if self.rules.vacuum:
                self._rewrite(db, here)
        return SystemErased(
            system=self.name,
            tables=tuple(tables),
            kept=kept,
            unsearched=self.unsearched(who),
            overwritten=self.rules.vacuum,
        )

    def check(self) -> Sequence[str]:
        """Return what a DELETE sets off, and which rights are more than needed."""
        with self._session() as db, db.transaction():
            here = self._look(db)
            self._require_no_surprise(here)
            self._require_rights(here)
        told = [f"{n}: its trigger {t} runs as well; it may copy rows" for n, t in here.triggers]
        told += [
            f"{table.name}: the database takes, or empties, rows of {other} as well"
            for table in self.rules.erased_tables
            for other in sorted(reached(table.name, here.relations) & table.cascades)
        ]
        if here.is_superuser:
            told.append("the role is a superuser: use one that has these tables alone")
        if not self.rules.vacuum:
            told.append("deleted rows stay in their pages until the server uses them; vacuum: true "
                        "writes the tables anew")  # fmt: skip
        return told

    def _look(self, db: Driver) -> Catalogue:
        """Return what the declared tables are, once all is there that is declared."""
        found = catalogue(db, self.rules.tables)
        for table in self.rules.tables:
            if table.name in found.not_tables:
                raise self.misshapen(table, "it is not a table (a view, or a foreign table)")
        self.require(found.columns)
        for table in self.rules.tables:
            if not (kind := found.kind(table)).is_comparable:
                raise self.incomparable(table, kind.name)
        for table in self.rules.erased_tables:
            self.require_blankable(table, found.fixed[table.name])
        return found

    def _require_no_surprise(self, here: Catalogue) -> None:
        """Refuse where deleting would change tables that nobody declared.

        Raises:
            SystemCascadeError: it would.
        """
        for table in self.rules.erased_tables:
            if others := undeclared(table, self.rules.erased_tables, here.relations):
                raise SystemCascadeError(self.name, table.name, others)

    def _require_rights(self, here: Catalogue) -> None:
        """Refuse before anything is begun that could not be finished.

        Raises:
            SystemRightsError: a right is missing.
        """
        missing = [*here.missing(self.rules.erased_tables)]
        if self.rules.vacuum:
            missing += here.missing_for_vacuum(self.rules.erased_tables)
        if missing:
            raise SystemRightsError(self.name, missing)

    def _theirs(
        self, db: Driver, here: Catalogue, who: Wanted, tables: Sequence[TableRules]
    ) -> Iterator[tuple[TableRules, list[str]]]:
        """Yield each table with the texts, as they are stored, that say a row is the person's."""
        for table, match in self.searched(who, tables):
            yield table, theirs(db, table, match, here.kind(table))

    def _require_gone(self, db: Driver, here: Catalogue, who: Wanted) -> None:
        """Look once more, inside the transaction: a trigger may have put rows back.

        Raises:
            SystemLeftError: it has.
        """
        found = self._theirs(db, here, who, self.rules.erased_tables)
        for name, rows in counts_of(db, found).items():
            if rows:
                raise SystemLeftError(self.name, name)

    def _rewrite(self, db: Driver, here: Catalogue) -> None:
        """Write the tables anew, once nobody sees the rows any more.

        Raises:
            SystemNotOverwrittenError: somebody still does.
        """
        now = db.execute("SELECT pg_current_xact_id()::xid::text").fetchone()
        assert now is not None
        until = time.monotonic() + BUSY_SECONDS
        while db.execute(_OLDER, {"now": now[0]}).fetchone() != (False,):
            if time.monotonic() > until:
                why = "somebody reads a state of before, so their pages cannot be given up"
                raise SystemNotOverwrittenError(self.name, why)
            time.sleep(_PAUSE)
        try:
            for table in (*self.rules.erased_tables, *here.taken_along):
                db.execute(sql.SQL("VACUUM (FULL) {}").format(name_of(table)), prepare=False)
        except psycopg.Error:
            why = "a table could not be written anew (VACUUM FULL was refused or waited too long)"
            raise SystemNotOverwrittenError(self.name, why) from None

    @contextmanager
    def _session(self) -> Iterator[Driver]:
        """Open a session; what the driver raises becomes ours, without its text.

        Raises:
            SystemUnreachableError, SystemBusyError, SystemRightsError, SystemRefusesError.
        """
        is_connected = False
        try:
            told: Any = self._libpq(self.rules.where)
            with psycopg.connect(**told, autocommit=True) as db:
                is_connected = True
                for name, value in _SET.items():
                    db.execute("SELECT set_config(%s, %s, false)", (name, value))
                for name in _QUIET:
                    with suppress(psycopg.Error):  # a superuser's, unless it was granted
                        db.execute("SELECT set_config(%s, '0', false)", (name,))
                yield db
        except psycopg.Error as error:
            raise self._refusal(error.sqlstate, is_connected=is_connected) from None

    def _refusal(self, code: str | None, *, is_connected: bool) -> Exception:
        """Return our error for a code of PostgreSQL's (manual, appendix A)."""
        if is_connected and (code is None or code[:2] in {"08", "57"}) and code not in _BUSY:
            return SystemLostError(self.name)
        if code in _BUSY:
            return SystemBusyError(self.name, "somebody else holds a table, or it took too long")
        if code == "42501":  # insufficient_privilege; also a row security policy that would hide
            return SystemRightsError(self.name, ["a right on its tables (or sees not every row)"])
        if code is not None and code[:2] in {"22", "23"}:
            return SystemRefusesError(self.name)
        return SystemUnreachableError(self.name, code or "no server answers, or it refuses you")


def _take(db: Driver, table: TableRules, texts: list[str], here: Catalogue) -> TableErased:
    """Delete a person's rows of one table, or blank them."""
    fields = taken(table, here.columns[table.name])
    name, where = name_of(table), is_theirs(table)
    if table.on_erasure is OnErasure.BLANK:
        sets = sql.SQL(", ").join(sql.SQL("{} = NULL").format(sql.Identifier(c)) for c in fields)
        said = sql.SQL("UPDATE {} SET {} WHERE {}").format(name, sets, where)
    else:
        said = sql.SQL("DELETE FROM {} WHERE {}").format(name, where)
    return TableErased(table.name, db.execute(said, [texts]).rowcount, fields)
