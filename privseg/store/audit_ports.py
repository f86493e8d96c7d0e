# SPDX-License-Identifier: Apache-2.0
"""What the audit log needs from others: seals for bodies, an index of people, anchors, clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from privseg.audit import AuditEvent

By = Callable[[], Mapping[str, str]]
"""Who is at the keyboard, as far as the machine knows: it goes into every body, never a header."""


class Bodies(Protocol):
    """Port: how bodies lie in the database. They name the people whom a run could read and found.

    Law: ``opened(n, sealed(month, [(n, body)])[0]) == body`` until ``destroyed([month])``, and no
    other number opens it. What is sealed begins with its month (``2026-11``), so that a month's
    bodies can be found and destroyed together, or with ``lasting``. What was changed, or stood
    elsewhere, or lost its key, comes back as bytes that no entry commits to, never as an error: to
    find it is for whoever checks the log.
    """

    def sealed(self, month: str, items: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Return the bodies of entries of one month (UTC) as they are stored, in order."""
        ...

    def opened(self, sequence: int, stored: bytes) -> bytes:
        """Return the body of an entry."""
        ...

    def destroyed(self, months: Iterable[str]) -> None:
        """Destroy the keys of whole months, in the open transaction: no copy opens any more."""
        ...


class BodyIndex(Protocol):
    """Port: which run touched whom, a projection of the bodies."""

    def add(self, first: int, events: Sequence[AuditEvent]) -> None:
        """Index events from sequence ``first`` on, in the open transaction."""
        ...

    def forget(self, sequences: Iterable[int]) -> None:
        """Forget what erased bodies said, in the open transaction."""
        ...


class Anchoring(Protocol):
    """Port: keeps heads away from the database. It never stops a writer: it remembers why not."""

    def committed(self, size: int, note: Callable[[], str]) -> None:
        """Hear that the log durably has ``size`` entries; ``note()`` is its signed head."""
        ...


@dataclass(frozen=True, slots=True)
class Machine:
    """What the log takes from the machine: clocks, the boot they belong to, salts."""

    clock: Callable[[], datetime]
    monotonic_ns: Callable[[], int]
    boot_id: str
    randbytes: Callable[[int], bytes]
