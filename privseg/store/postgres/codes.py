# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's error codes (manual, appendix A) as refusals of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from privseg.errors import StorageError
from privseg.store.refusals import (
    ConnectionLostError,
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseExistsError,
    DatabaseReadOnlyError,
    DiskFailureError,
    DiskFullError,
    RowRefusedError,
    StatementRefusedError,
    TransactionError,
)

SPOILED = "25P02"  # in_failed_sql_transaction: an earlier statement failed
_STATES: dict[str, type[DatabaseError]] = {
    "25006": DatabaseReadOnlyError,  # read_only_sql_transaction: a standby
    "25P03": ConnectionLostError,  # idle_in_transaction_session_timeout
    "25P04": ConnectionLostError,  # transaction_timeout
    "40001": DatabaseBusyError,  # serialization_failure
    "40P01": DatabaseBusyError,  # deadlock_detected
    "42501": DatabaseReadOnlyError,  # insufficient_privilege
    "42P06": DatabaseExistsError,  # duplicate_schema
    "53100": DiskFullError,  # disk_full
    "53200": DatabaseBusyError,  # out_of_memory
    "53300": DatabaseBusyError,  # too_many_connections
    "55P03": DatabaseBusyError,  # lock_not_available: lock_timeout
    "57014": DatabaseBusyError,  # query_canceled: statement_timeout
    "58030": DiskFailureError,  # io_error
}
_FAMILIES: dict[str, type[DatabaseError]] = {
    "08": ConnectionLostError,  # connection exception
    "22": RowRefusedError,  # data exception
    "23": RowRefusedError,  # integrity constraint violation
    "53": DatabaseBusyError,  # insufficient resources
    "57": ConnectionLostError,  # operator intervention: ended by an administrator, or shut down
    "58": DiskFailureError,  # system error
    "XX": DatabaseCorruptError,  # internal error: data or index corrupted
}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Re-raise what the driver raises as a leaf of ours, without its text.

    Raises:
        DatabaseError: one of its leaves, by the server's code.
        TransactionError: a statement before failed, and the part that it is in is to be undone.
    """
    try:
        yield
    except DBAPIError as error:
        raise refusal(error.orig, place) from None
    except (psycopg.Error, InvalidRequestError) as error:  # the latter: SQLAlchemy knows it is lost
        raise refusal(error, place) from None


def refusal(error: BaseException | None, place: str) -> StorageError:
    """Return our error for a driver's; without a code the server said nothing, it was cut off."""
    code = getattr(error, "sqlstate", None)
    if code is None:
        cut_off = isinstance(error, psycopg.OperationalError | InvalidRequestError)
        return (ConnectionLostError if cut_off else StatementRefusedError)(place)
    if code == SPOILED:
        return TransactionError("a statement before this one failed; nothing was changed")
    found = _STATES.get(code) or _FAMILIES.get(code[:2], StatementRefusedError)
    return found(place)
