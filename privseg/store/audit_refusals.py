# SPDX-License-Identifier: Apache-2.0
"""Why nothing is read: the log cannot be written, or its head not remembered."""

from __future__ import annotations

from privseg.errors import AuditWriteError, StorageError
from privseg.store.refusals import (
    CommitUnknownError,
    ConnectionLostError,
    DatabaseBusyError,
    DatabaseReadOnlyError,
    DatabaseReplacedError,
    DiskFailureError,
    DiskFullError,
)

_NO_ROOM = (DiskFullError, DiskFailureError)
NOT_DURABLE = (
    *_NO_ROOM,
    CommitUnknownError,
    ConnectionLostError,
    DatabaseBusyError,
    DatabaseReadOnlyError,
    DatabaseReplacedError,
)


class AuditLogUnwritableError(AuditWriteError):
    """An entry could not be made durable, so nothing may be read.

    ``cause`` names the refusal; ``no_room`` says that the disk is full or failing.
    """

    def __init__(self, error: StorageError) -> None:
        super().__init__(f"the audit log cannot be written, so nothing is read: {error}")
        self.cause = type(error).__name__
        self.no_room = isinstance(error, _NO_ROOM)


class AuditHeadUnwritableError(AuditWriteError):
    """An entry is durable, but the log's new head could not be remembered beside it."""

    def __init__(self, error: StorageError) -> None:
        super().__init__(
            f"the head of the audit log cannot be remembered: {error}; "
            "what was recorded last stands, and nothing is read until it can be"
        )
        self.cause = type(error).__name__
