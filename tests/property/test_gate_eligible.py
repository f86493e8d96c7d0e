# SPDX-License-Identifier: Apache-2.0
"""A kept set brought up to date is the fold from scratch, which is ``decide`` asked of everybody:
after every step in time and in the ledger, whatever came late, lapsed, was linked or erased.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.consent import (
    Act,
    AtPosition,
    Authority,
    Eligible,
    Event,
    PopulationQuestion,
    Rules,
    decide,
    eligible,
)
from privseg.gate.eligible import SetsOfRules
from privseg.terms import Category, Ordinal, Purpose
from tests.twins.consent_shop import EMAIL, LOCATION, MARKETING, PURCHASES, START, day, event
from tests.twins.consent_worlds import random_population, random_triple
from tests.twins.growing_ledger import GrowingLedger
from tests.twins.memory_eligible_files import MemoryFiles

PEOPLE = [Ordinal(n) for n in (0, 1, 2, 65_535, 65_536, 2**32 - 1, 100, 101, 102)]
ASKED = [(EMAIL, PURCHASES), (EMAIL, LOCATION), (MARKETING, PURCHASES)]
TICK = timedelta(microseconds=1)
NOTHING = timedelta(0)
PAUSES = [TICK, timedelta(minutes=7), timedelta(hours=1), timedelta(days=1)]


class World:
    """A ledger that grows, the sets over it, and the same answered from scratch."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.rules: Rules = random_triple(rng).rules
        self.since = rng.choice((START, START - timedelta(days=1), day(4)))
        shift = rng.choice((timedelta(0), timedelta(minutes=20), timedelta(minutes=59)))
        events = random_population(rng, PEOPLE, odd=0.01, ties=0.5)
        self.ledger = GrowingLedger(shifted(e, shift) for e in events)
        self.files = MemoryFiles()
        self.at = day(rng.randrange(6)) + shift + rng.choice((-1, 0, 1)) * TICK
        self.sets = self.anew()
        self.seen: Counter[str] = Counter()

    def anew(self) -> SetsOfRules:
        """Return the sets as another process opens them."""
        worth = self.rng.choice((1, 1, 10, 10_000))
        sets = SetsOfRules(self.rules, self.since, self.ledger, self.files, worth_keeping=worth)  # type: ignore[arg-type]
        for folding in (sets._settled, sets._unsettled):
            object.__setattr__(folding, "few", self.rng.choice((0, 3, 1_000, 1_000, 1_000)))
        return sets

    def step(self) -> None:
        """Let something happen."""
        match self.rng.randrange(10):
            case 0 | 1 | 2:
                self.ledger.grow(self.rng.choice((1, 1, 2, 5, 30)))
            case 3 | 4:
                self.at += self.rng.choice(PAUSES)
            case 5 | 6:
                self.at = max(self.at, self.next_moment() - self.rng.choice((TICK, NOTHING)))
            case 7:
                self.sets = self.anew()
            case 8:
                self.erase()
            case _:
                self.ledger.grow(1)
                self.at += TICK

    def next_moment(self) -> datetime:
        """Return when somebody's answer may change next without an event."""
        purpose, category = self.rng.choice(ASKED)
        until = self.fold(purpose, category, self.at, self.ledger.position()).valid_until
        return until or self.at + timedelta(days=1)

    def erase(self) -> None:
        """Erase somebody; the sets are told, unless another process does it."""
        person = self.rng.choice(PEOPLE)
        alone = self.ledger.linked(FrozenBitMap([person])) == FrozenBitMap([person])
        erasure = event(Act.ERASE, n=0, purpose=None, authority=Authority.SUBJECT)
        if alone and self.rng.random() < 0.5:
            self.ledger.erase(person, erasure)
            self.seen["erased elsewhere"] += 1
            return
        files, self.sets._files = self.sets._files, Later(self.files)
        self.sets.forget(FrozenBitMap([person]))
        self.ledger.erase(person, erasure)
        later, self.sets._files = self.sets._files, files
        later.settle()
        self.seen["erased here"] += 1

    def question(
        self, purpose: Purpose, category: Category, at: datetime, position: int
    ) -> PopulationQuestion:
        """Return a question about everybody."""
        known_at = AtPosition(position, as_of=at)
        return PopulationQuestion(
            self.rules.controller, purpose, category, at, known_at, self.since
        )

    def fold(self, purpose: Purpose, category: Category, at: datetime, position: int) -> Eligible:
        """Return the set from scratch."""
        asked = self.question(purpose, category, at, position)
        return eligible(self.rules, self.ledger.columns(known_at=AtPosition(position)), asked)

    def check(self, at: datetime, position: int) -> None:
        """Compare."""
        for purpose, category in self.rng.sample(ASKED, self.rng.randrange(1, 4)):
            found = self.sets.people(purpose, category, at=at, known_at=position)
            assert found == self.fold(purpose, category, at, position).people
            asked = self.question(purpose, category, at, position)
            person = self.rng.choice(PEOPLE)
            events = self.ledger.events
            assert (person in found) is decide(self.rules, events, asked.of(person)).allowed
            self.seen["some"] += bool(found)


def shifted(e: Event, by: timedelta) -> Event:
    """Return an event that happened later, so that not all is due on the hour."""
    try:
        ends = e.expires_at and e.expires_at + by
        return replace(
            e, event_time=e.event_time + by, record_time=e.record_time + by, expires_at=ends
        )
    except OverflowError:
        return e


class Later(MemoryFiles):
    """Files in a transaction that is still open."""

    def __init__(self, files: MemoryFiles) -> None:
        self.sets = files.sets
        self.actions: list = []

    def is_settled(self) -> bool:
        return False

    def when_settled(self, action) -> None:
        self.actions.append(action)

    def settle(self) -> None:
        for action in self.actions:
            action()


def lived(seed: int, steps: int = 10) -> World:
    """Return a world after some steps, checked after each of them."""
    rng = Random(seed)
    world = World(rng)
    world.ledger.grow(rng.choice((0, 20, 60)))
    editions = [(world.at, world.ledger.position())]
    for _ in range(steps):
        world.step()
        world.check(world.at, world.ledger.position())
        if rng.random() < 0.3:
            editions.append((world.at, world.ledger.position()))
        if rng.random() < 0.4:
            world.check(*rng.choice(editions))
    return world


@settings(max_examples=15)  # a life takes a third of a second
@given(st.integers(0, 2**63))
def test_a_set_brought_up_to_date_is_the_fold_at_every_step(seed: int) -> None:
    lived(seed)


@pytest.mark.long
@settings(max_examples=300)
@given(st.integers(0, 2**63))
def test_a_set_brought_up_to_date_is_the_fold_through_long_histories(seed: int) -> None:
    lived(seed, steps=60)


@settings(max_examples=8)
@given(st.integers(0, 2**63))
def test_rebuilding_finds_nothing_to_put_right(seed: int) -> None:
    world = lived(seed, steps=4)
    found = world.sets.rebuild(at=world.at, known_at=world.ledger.position())
    assert set(found.values()) <= {0}


def test_the_random_worlds_hold_what_the_law_is_about() -> None:
    seen: Counter[str] = Counter()
    for seed in range(8):
        seen += lived(seed).seen
    assert seen["some"] > 25
    assert seen["erased here"] > 2
    assert seen["erased elsewhere"] > 0
