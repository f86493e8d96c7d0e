# SPDX-License-Identifier: Apache-2.0
"""A ledger that remembers its last answers: the sets of several categories ask the same of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from pyroaring import FrozenBitMap

from privseg.consent import ConsentLedger, EventColumns, KnownAt

_EVERYBODY = "everybody"


class RecentEvents:
    """One answer of each kind is remembered while the ledger's last position stays the same.

    Only for what is durable: a transaction that is undone gives its positions back.
    """

    def __init__(self, ledger: ConsentLedger) -> None:
        self._ledger = ledger
        self._reached = -1
        self._last: dict[Hashable, tuple[object, Any]] = {}

    def position(self) -> int:
        """Return the position of the last event."""
        reached = self._ledger.position()
        if reached != self._reached:
            self._last.clear()
            self._reached = reached
        return reached

    def changed(self, *, after: int, upto: int) -> FrozenBitMap:
        """Return the people who have an event at a position in ``(after, upto]``."""
        read = lambda: self._ledger.changed(after=after, upto=upto)  # noqa: E731
        return self._once(("changed", upto), after, read)  # type: ignore[no-any-return]

    def linked(self, people: FrozenBitMap) -> FrozenBitMap:
        """Return ``people`` and every profile ever tied to them."""
        read = lambda: self._ledger.linked(people)  # noqa: E731
        return self._once("linked", people, read)  # type: ignore[no-any-return]

    def tied(self) -> FrozenBitMap:
        """Return every profile that any MERGE names."""
        return self._ledger.tied()

    def columns(
        self, *, known_at: KnownAt | None = None, of: FrozenBitMap | None = None
    ) -> EventColumns:
        """Return the events known at ``known_at`` of everybody, or ``of`` some."""
        read = lambda: self._ledger.columns(known_at=known_at, of=of)  # noqa: E731
        kind = _EVERYBODY if of is None else "some"
        return self._once(kind, (known_at, of), read)  # type: ignore[no-any-return]

    def release(self) -> None:
        """Give up everybody's events: a hundred bytes each."""
        self._last.pop(_EVERYBODY, None)

    def _once(self, kind: Hashable, asked: object, read: Callable[[], Any]) -> Any:
        """Return what was read last if the same is asked; else read it."""
        known = self._last.get(kind)
        if known is None or known[0] != asked:
            self._last.pop(kind, None)  # never two in memory
            known = self._last[kind] = (asked, read())
        return known[1]
