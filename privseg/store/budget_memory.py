# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a budget ledger outside its workspace, and when the two agree.

The order is the promise: a charge is durable in the database first, then it is remembered, and
only then is anything read. So whatever was published is remembered, and a crash in between leaves
the memory behind by the last charges, which the ledger then brings up to date. Never is it ahead
of the ledger but where an older ledger was put back, or a copy of it went on.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from privseg.store.budget_chain import START, LedgerHead
from privseg.store.budget_refusals import (
    LossesBehindError,
    LossesForkedError,
    LossMemoryMissingError,
    LossMemoryUnreadableError,
)
from privseg.tlog.canonical import NotCanonicalError, canonical, parse_canonical

FORMAT = "privseg.budget-head/1"
LINK_DIGITS = len(START)


class Note(Protocol):
    """Port: a small authenticated file outside the workspace, replaced whole or not at all."""

    @property
    def path(self) -> Path:
        """Return where it lies: named in refusals."""
        ...

    def read(self) -> bytes | None:
        """Return what was written last; None if nothing was.

        Raises:
            NoteForgedError: it is not what this workspace wrote.
        """
        ...

    def write(self, said: bytes) -> None:
        """Replace it, durably.

        Raises:
            NoteWriteError: it cannot be written.
        """
        ...

    def held(self) -> AbstractContextManager[None]:
        """Hold it against other processes that would write it."""
        ...


def to_bytes(head: LedgerHead) -> bytes:
    """Return a head as it is remembered. Law: ``parse(to_bytes(h)) == h``."""
    return canonical(
        {
            "format": FORMAT,
            "count": head.count,
            "rho": str(head.rho),
            "delta": str(head.delta),
            "links": "".join(head.links),
        }
    )


def parse(said: bytes, path: Path) -> LedgerHead:
    """Return the head that was remembered.

    Raises:
        LossMemoryUnreadableError: it is none.
    """
    try:
        found = _head(parse_canonical(said))
    except (NotCanonicalError, KeyError, TypeError, ValueError, AttributeError):
        raise LossMemoryUnreadableError(path) from None
    if to_bytes(found) != said:
        raise LossMemoryUnreadableError(path)
    return found


def require_known(here: LedgerHead, known: LedgerHead | None, path: Path) -> None:
    """Return if the ledger ``here`` has every charge that is remembered.

    Raises:
        LossMemoryMissingError: charges were made, and nothing is remembered.
        LossesBehindError, LossesForkedError: a remembered charge is not here.
    """
    if known is None:
        if here.count:
            raise LossMemoryMissingError(path)
        return
    if here.extends(known):
        return
    if known.extends(here):
        raise LossesBehindError(count=here.count, remembered=known.count)
    raise LossesForkedError(common=here.common(known))


def _head(document: Any) -> LedgerHead:
    """Parse a head's JSON."""
    joined = document["links"]
    links = tuple(joined[i : i + LINK_DIGITS] for i in range(0, len(joined), LINK_DIGITS))
    return LedgerHead(Fraction(document["rho"]), Fraction(document["delta"]), links)
