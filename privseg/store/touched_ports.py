# SPDX-License-Identifier: Apache-2.0
"""What the index of reads needs from others, and how it refuses."""

from __future__ import annotations

from typing import Protocol

from privseg.errors import IntegrityError


class MonthSeal(Protocol):
    """What seals and opens the pages of one month."""

    def sealed(self, place: bytes, plain: bytes) -> bytes:
        """Return a page as it is stored for one place."""
        ...

    def opened(self, place: bytes, blob: bytes) -> bytes:
        """Return what was sealed for that place.

        Raises:
            IntegrityError: it cannot be opened.
        """
        ...

    def mark(self, data: bytes) -> bytes:
        """Return a keyed hash: equal for equal data of one month."""
        ...


class Seals(Protocol):
    """Port: keys of the index; a page belongs to a month (UTC), whose key dies with its bodies."""

    def making(self, month: str) -> MonthSeal:
        """Return the seal of a month; its key is made when there is none."""
        ...

    def there(self, month: str) -> MonthSeal:
        """Return the seal of a month.

        Raises:
            IntegrityError, KeyAccessError: its key is gone, or was changed.
        """
        ...


class ReadIndexBehindError(IntegrityError):
    """The index does not cover the whole log, so it cannot say that somebody was not read."""

    def __init__(self, *, covered: int, size: int) -> None:
        super().__init__(
            f"the index of reads covers {covered:,} of the log's {size:,} entries; nothing was "
            "answered from it; build it anew: privseg who rebuild"
        )
        self.covered = covered
        self.size = size


class ReadIndexBrokenError(IntegrityError):
    """The index is not what was written into it; an answer from it would be a guess."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the index of reads is not what was written: {what}; nothing was answered from it; "
            "build it anew: privseg who rebuild"
        )
        self.what = what
