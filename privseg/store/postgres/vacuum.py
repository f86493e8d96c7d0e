# SPDX-License-Identifier: Apache-2.0
"""Taking deleted rows out of a server's files: as far as SQL reaches.

A deleted row stays in its page until the page is used again, and a plain VACUUM does not overwrite
it. VACUUM FULL writes a table anew without it and gives the old file up (manual, section 24.1.2),
but keeps what somebody's older state still shows: so it waits until there is none.

The planner's statistics hold values of columns, look-up keys among them, until a table is looked at
anew, and of a table that lost its last row for good. A column that is given its own type once more
loses them at once (RemoveStatistics, tablecmds.c); VACUUM then looks at what is left.
"""

from __future__ import annotations

import time

from psycopg import sql

from privseg.store.postgres.connect import Driver
from privseg.store.refusals import BUSY_SECONDS, DatabaseBusyError

_PAUSE = 0.02  # seconds between two looks
_NOW = "SELECT pg_current_xact_id()::xid::text"
_OLDER = (
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    "AND (datname = current_database() OR datname IS NULL) "
    "AND age(backend_xmin) > age(%(now)s::xid)) "
    "OR EXISTS (SELECT 1 FROM pg_replication_slots WHERE age(xmin) > age(%(now)s::xid)) "
    "OR EXISTS (SELECT 1 FROM pg_prepared_xacts WHERE database = current_database() "
    "AND age(transaction) > age(%(now)s::xid))"
)
_ERASABLE = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = %s AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0 "
    "AND NOT EXISTS (SELECT 1 FROM pg_trigger t "
    "WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_refuses_delete') ORDER BY 1"
)
_REMEMBERED = (
    "SELECT format('ALTER TABLE %%I.%%I %%s', s.schemaname, s.tablename, string_agg(format("
    "'ALTER COLUMN %%I TYPE %%s%%s', a.attname, format_type(a.atttypid, a.atttypmod), "
    "(SELECT format(' COLLATE %%I.%%I', l.collnamespace::regnamespace::text, l.collname) "
    "FROM pg_collation l WHERE l.oid = a.attcollation)), ', ')) "
    "FROM pg_stats s JOIN pg_class c ON c.relname = s.tablename AND c.relkind = 'r' "
    "AND c.relnamespace = format('%%I', s.schemaname)::regnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname "
    "WHERE s.schemaname = %s AND a.atttypid IN ('bytea'::regtype, 'varchar'::regtype, "
    "'text'::regtype) AND NOT EXISTS (SELECT 1 FROM pg_trigger t "
    "WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_refuses_delete') "
    "GROUP BY s.schemaname, s.tablename ORDER BY s.tablename"
)
_STATISTICS = "VACUUM (FULL) pg_catalog.pg_statistic"  # the database's owner may; others are warned


def rewrite(driver: Driver, schema: str, place: str) -> None:
    """Write every table anew that rows can be deleted from, and forget what was counted of them.

    Raises:
        DatabaseBusyError: somebody reads a state in which the deleted rows are still there.
        psycopg.Error: a table cannot be had, which the caller translates.
    """
    _wait_for_readers(driver, place)
    for (said,) in driver.execute(_REMEMBERED, (schema,)).fetchall():
        driver.execute(str(said).encode(), prepare=False)
    _wait_for_readers(driver, place)  # what was forgotten just now is old, too
    for (name,) in driver.execute(_ERASABLE, (schema,)).fetchall():
        table = sql.Identifier(schema, str(name))
        driver.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(table), prepare=False)
    driver.execute(_STATISTICS, prepare=False)


def _wait_for_readers(driver: Driver, place: str) -> None:
    """Wait until everybody's state is one of after now.

    Raises:
        DatabaseBusyError: somebody stayed in an older one.
    """
    now, until = driver.execute(_NOW).fetchone(), time.monotonic() + BUSY_SECONDS
    assert now is not None
    while driver.execute(_OLDER, {"now": now[0]}).fetchone() != (False,):
        if time.monotonic() > until:
            raise DatabaseBusyError(place)
        time.sleep(_PAUSE)
