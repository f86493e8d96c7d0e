# SPDX-License-Identifier: Apache-2.0
"""The seals of the index of reads, each looked up once in a transaction, and not kept beyond it.

A key that a transaction made is undone with it, and one that another process destroyed is gone: a
seal that was remembered would write pages that nothing opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from privseg.store.touched_ports import MonthSeal, Seals


class ScopedSeals:
    """Seals by month; within ``once`` each is looked up when it is first used."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals
        self._depth = 0
        self._known: dict[str, MonthSeal] = {}

    @contextmanager
    def once(self) -> Iterator[None]:
        """Open a scope: one transaction, or one state that is read."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self._known.clear()

    def sealed(self, month: str, place: bytes, plain: bytes) -> bytes:
        """Return a page of a month as it is stored; the month's key is made when there is none."""
        return self._seal(month, make=True).sealed(place, plain)

    def opened(self, month: str, place: bytes, blob: bytes) -> bytes:
        """Return what was sealed for that place.

        Raises:
            IntegrityError, KeyAccessError: it cannot be opened.
        """
        return self._seal(month, make=False).opened(place, blob)

    def mark(self, month: str, data: bytes) -> bytes:
        """Return the keyed hash of data; the month's key is made when there is none."""
        return self._seal(month, make=True).mark(data)

    def _seal(self, month: str, *, make: bool) -> MonthSeal:
        """Return the seal of a month."""
        if month in self._known:
            return self._known[month]
        seal = self._seals.making(month) if make else self._seals.there(month)
        if self._depth:
            self._known[month] = seal
        return seal
