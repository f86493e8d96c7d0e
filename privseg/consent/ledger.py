# SPDX-License-Identifier: Apache-2.0
"""The port of the consent ledger: events are added once, never changed, and read back whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from privseg.consent.event import Event
from privseg.consent.question import KnownAt
from privseg.errors import ConsentError
from privseg.terms import Ordinal

if TYPE_CHECKING:  # numpy loads only with the columns
    from pyroaring import FrozenBitMap

    from privseg.consent.columns import EventColumns

UNRECORDED = 0
"""The position of an event that no ledger has taken yet; a ledger's own start at 1."""

NewEvent = Event
"""An event on its way into a ledger. Its ``position`` is ``UNRECORDED`` by convention, and
ignored: the ledger gives positions."""


class EventConflictError(ConsentError):
    """An event came again under the same id with other content; nothing was recorded (law 3)."""

    def __init__(self, *, position: int) -> None:
        super().__init__(
            f"an event with the id of the one at ledger position {position} says something else; "
            "nothing was recorded: give a changed fact an id of its own"
        )
        self.position = position


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where events stand in the ledger.

    ``positions`` has one entry for each event given, in that order: a new one, or that of the
    same event recorded before. ``unchanged`` counts the latter.
    """

    positions: tuple[int, ...]
    unchanged: int


class ConsentLedger(Protocol):
    """Port: an append-only ledger of consent events.

    Laws every adapter keeps (``tests/contract/test_consent_ledger_contract.py``): ``record`` is
    all or nothing; the same event again changes nothing and keeps its first position and record
    time; positions start at 1, grow strictly in the order given, and never change their event.
    """

    def record(self, events: Sequence[NewEvent]) -> Recorded:
        """Store the events that are new; durable when the surrounding transaction commits.

        Raises:
            EventConflictError: an ``event_key`` is known, or comes twice, with another
                ``content_key``. Nothing of the batch was stored.
            MalformedEventError: ``history.refuse_malformed`` refuses an event. Likewise.
        """
        ...

    def history(self, subject: Ordinal, *, known_at: KnownAt | None = None) -> list[Event]:
        """Return the person's events in order of position: all, or those known at ``known_at``."""
        ...

    def whole_history(self, subject: Ordinal, *, known_at: KnownAt | None = None) -> list[Event]:
        """Return ``history`` of the person and of all in ``linked``: what decide reads."""
        ...

    def columns(
        self, *, known_at: KnownAt | None = None, of: FrozenBitMap | None = None
    ) -> EventColumns:
        """Return events as columns: all, or those known at ``known_at``; of everybody or ``of``.

        The events ``of`` somebody are theirs alone; add ``linked`` profiles before asking.
        """
        ...

    def linked(self, people: FrozenBitMap) -> FrozenBitMap:
        """Return ``people`` and every profile that any MERGE, un-merged or not, ties to them.

        Transitively, and whenever it was recorded: a superset of those linked at any moment.
        """
        ...

    def tied(self) -> FrozenBitMap:
        """Return every profile that any MERGE names, on either side, un-merged or not."""
        ...

    def changed(self, *, after: int, upto: int) -> FrozenBitMap:
        """Return the people who have an event at a position in ``(after, upto]``."""
        ...

    def position(self) -> int:
        """Return the position of the last event, ``UNRECORDED`` (0) when there is none."""
        ...
