# SPDX-License-Identifier: Apache-2.0
"""Who may be read at a position and a moment, and how to get from there to a later one.

Law: ``advance`` equals the fold from scratch, which equals ``decide`` asked of everybody
(``tests/property/test_gate_eligible.py``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from pyroaring import FrozenBitMap

from privseg.consent import AtPosition, EventColumns, KnownAt, PopulationQuestion, Rules, eligible
from privseg.gate.due import DueIndex
from privseg.terms import Category, Purpose, from_micros
from privseg.tlog import canonical

NOBODY = FrozenBitMap()


class Events(Protocol):
    """What is asked of a consent ledger; see ``privseg.consent.ConsentLedger``."""

    def position(self) -> int:
        """Return the position of the last event."""
        ...

    def changed(self, *, after: int, upto: int) -> FrozenBitMap:
        """Return the people who have an event at a position in ``(after, upto]``."""
        ...

    def linked(self, people: FrozenBitMap) -> FrozenBitMap:
        """Return ``people`` and every profile ever tied to them."""
        ...

    def tied(self) -> FrozenBitMap:
        """Return every profile that any MERGE names."""
        ...

    def columns(
        self, *, known_at: KnownAt | None = None, of: FrozenBitMap | None = None
    ) -> EventColumns:
        """Return the events known at ``known_at`` of everybody, or ``of`` some."""
        ...


@dataclass(frozen=True, slots=True)
class About:
    """Which set: of which rules (their digest), for which purpose and category."""

    rules: str
    purpose: Purpose
    category: Category

    @property
    def digest(self) -> str:
        """Return the hash that names it."""
        said = [self.rules, self.purpose, self.category]
        return hashlib.sha256(canonical(said)).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Who may be read at ``position`` and ``at`` (microseconds), and who is to be judged when.

    ``checked`` is where the ledger ended when this was folded: an erasure after it may have taken
    events from before ``position``. ``of`` is how many people the last whole fold judged,
    ``judged`` how many were since this was read or written.
    """

    about: About
    position: int
    checked: int
    at: int
    people: FrozenBitMap = field(repr=False)
    due: DueIndex = field(repr=False)
    of: int
    judged: int

    def without(self, gone: FrozenBitMap) -> State:
        """Return the state with no trace of some people."""
        return replace(self, people=self.people - gone, due=self.due.without(gone))


@dataclass(frozen=True, slots=True)
class Folding:
    """One policy's rules over one ledger.

    Up to ``share`` of all people, or ``few`` of them, judging them anew is cheaper than folding
    everybody.
    """

    rules: Rules
    collected_from: datetime
    ledger: Events
    share: float = 0.2
    few: int = 1_000

    def question(self, about: About, *, position: int, at: int) -> PopulationQuestion:
        """Return the question asked of everybody's events."""
        moment = from_micros(at)
        return PopulationQuestion(
            controller=self.rules.controller,
            purpose=about.purpose,
            category=about.category,
            at=moment,
            known_at=AtPosition(position, as_of=moment),
            collected_from=self.collected_from,
        )

    def fold(self, about: About, *, position: int, at: int) -> State:
        """Return the state folded from every event up to ``position``."""
        checked = self.ledger.position()
        columns = self.ledger.columns(known_at=AtPosition(position))
        found = eligible(self.rules, columns, self.question(about, position=position, at=at))
        due = DueIndex.of(found.due.people, found.due.moments, at=at)
        of = _people_in(columns)
        return State(about, position, checked, at, found.people, due, of, judged=of)

    def advance(
        self, state: State, *, position: int, at: int, also: FrozenBitMap = NOBODY
    ) -> State:
        """Return the state at a later position or moment; only who may differ is judged.

        Those are the people of new events, of dues that came, ``also`` (who lost events by an
        erasure), and all who were ever linked to them. Going back, it folds from scratch.
        """
        if position < state.position or at < state.at:
            return self.fold(state.about, position=position, at=at)
        checked = self.ledger.position()
        dirty = state.due.due(at) | also | self._changed(state, position, checked)
        dirty = self.ledger.linked(dirty) if dirty else dirty
        if len(dirty) > max(self.few, self.share * state.of):
            return self.fold(state.about, position=position, at=at)
        moved = replace(state, position=position, checked=checked, at=at)
        return self._judge(moved, dirty) if dirty else moved

    def _changed(self, state: State, position: int, checked: int) -> FrozenBitMap:
        """Return who has new events, and who was eligible and may have lost old ones.

        An erasure adds an event of its own, so the people who lost any have one after
        ``state.checked``. Whose events are gone is never eligible, so only those who were matter.
        """
        new = lost = NOBODY
        if position > state.position:
            new = self.ledger.changed(after=state.position, upto=position)
        since = max(state.checked, position)
        if checked > since:
            lost = self.ledger.changed(after=since, upto=checked) & state.people
        return new | lost

    def _judge(self, state: State, dirty: FrozenBitMap) -> State:
        """Return the state with some people judged anew at its position and moment."""
        question = self.question(state.about, position=state.position, at=state.at)
        columns = self.ledger.columns(known_at=AtPosition(state.position), of=dirty)
        found = eligible(self.rules, columns, question)
        due = found.due
        return replace(
            state,
            people=(state.people - dirty) | found.people,
            due=state.due.judged(dirty, due.people, due.moments, at=state.at),
            judged=state.judged + len(dirty),
        )


def _people_in(columns: EventColumns) -> int:
    """Return how many people have an event."""
    return int(np.count_nonzero(np.diff(columns.ordinal, prepend=-1))) + len(columns.irregular)
