# SPDX-License-Identifier: Apache-2.0
"""Port: the append-only log, and what it hands back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from privseg.audit.event import AuditEvent


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as it lies in the store: bytes, nothing believed yet.

    ``salt`` and ``body`` are None once erased (both, or the erasure is not one). ``leaf`` is the
    leaf hash the writer stored beside the bytes, if it does: with it, an edited entry is named.
    """

    sequence: int
    entry_bytes: bytes
    salt: bytes | None = field(default=None, repr=False)
    body: bytes | None = field(default=None, repr=False)
    leaf: bytes | None = field(default=None, repr=False)


class AuditLog(Protocol):
    """Port: an append-only log. There is no off switch and no way to change an entry."""

    def append(self, event: AuditEvent) -> int:
        """Store ``event`` and return its index; durable when it returns.

        Inside an enclosing transaction it is durable when that commits, and gone if it fails.

        Raises:
            UnwritableEntryError, HeaderError, NotPrintableError: the event cannot be an entry.
            AuditWriteError: the log cannot be written; the caller reads nothing.
        """
        ...

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[StoredEntry]:
        """Yield the stored entries of [start, end) in order; to the end of the log by default."""
        ...

    @property
    def size(self) -> int:
        """Return the number of entries."""
        ...

    def head(self) -> str:
        """Return the signed checkpoint note over exactly ``size`` entries."""
        ...
