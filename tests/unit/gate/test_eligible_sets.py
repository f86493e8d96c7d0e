# SPDX-License-Identifier: Apache-2.0
"""Eligible sets over a real ledger and real files: when they fold, what they keep and forget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap

from privseg.consent import Act, Authority, Event, EventColumns, KnownAt, Rules, eligible
from privseg.gate import LedgerUnknownError
from privseg.gate.due import HOUR
from privseg.gate.eligible import SetsOfRules
from privseg.gate.kept_states import _name
from privseg.store import Database, FolderOfSets, SqlLedger
from privseg.terms import Category, Ordinal
from tests.twins.consent_shop import (
    DAY,
    EMAIL,
    LOCATION,
    MARKETING,
    PURCHASES,
    RELIGION,
    START,
    attest,
    day,
    event,
    merge,
    rules,
)

NOW, TICK = day(5), timedelta(microseconds=1)
KEY = bytes(32)
PEOPLE = [Ordinal(n) for n in range(10, 30)]


class Watched(SqlLedger):
    """The ledger, and how often everybody's events were read, and of how many people some."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.everybody = 0
        self.some: list[int] = []

    def columns(
        self, *, known_at: KnownAt | None = None, of: FrozenBitMap | None = None
    ) -> EventColumns:
        if of is None:
            self.everybody += 1
        else:
            self.some.append(len(of))
        return super().columns(known_at=known_at, of=of)


class Shop:
    """A ledger of twenty people and sets over it."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.folder = db.private / "eligible"
        self.ledger = Watched(db)
        self.add(*(e for p in PEOPLE for e in (attest(subject=p), grant(p))))
        self.sets = self.opened()

    def opened(self, policy: Rules | None = None, *, worth: int = 1) -> SetsOfRules:
        """Return the sets as a new process opens them."""
        files = FolderOfSets(self.folder, self.db, lambda: KEY)
        return SetsOfRules(policy or rules(), START, self.ledger, files, worth_keeping=worth)

    def add(self, *events: Event) -> int:
        """Record events; return the ledger's position."""
        self.ledger.record(events)
        return self.ledger.position()

    def people(
        self, at: datetime = NOW, known_at: int | None = None, category: Category = PURCHASES
    ) -> FrozenBitMap:
        """Return who may be read for marketing by email."""
        position = self.ledger.position() if known_at is None else known_at
        return self.sets.people(EMAIL, category, at=at, known_at=position)

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Database.create(tmp_path / ".privseg" / "privseg.sqlite") as db:
        yield Shop(db)


def grant(person: Ordinal, n: int = 1, **more: object) -> Event:
    return event(Act.GRANT, n=n, subject=person, **more)


def without(*people: Ordinal) -> FrozenBitMap:
    return FrozenBitMap(PEOPLE) - FrozenBitMap(people)


def test_everybody_is_folded_once_and_later_only_who_may_differ(shop: Shop) -> None:
    assert shop.people() == without()
    shop.add(event(Act.WITHDRAW, n=2, subject=PEOPLE[3]))
    assert shop.people() == without(PEOPLE[3])
    assert shop.people(at=day(5) + TICK) == without(PEOPLE[3])
    assert (shop.ledger.everybody, shop.ledger.some) == (1, [1])


def test_the_edition_is_answered_again_after_ledger_and_time_moved_on(shop: Shop) -> None:
    edition = shop.ledger.position()
    assert shop.people() == without()
    for n in range(8):
        shop.add(event(Act.WITHDRAW, n=5, subject=PEOPLE[n]))
        assert shop.people(at=day(6) + n * TICK) == without(*PEOPLE[: n + 1])
        assert shop.people(known_at=edition) == without()
    assert shop.ledger.everybody == 1


def test_an_expiry_counts_from_its_very_microsecond_on(shop: Shop) -> None:
    end = day(6) + timedelta(minutes=20, microseconds=1)
    shop.add(grant(PEOPLE[0], 2, expires_at=end))
    for at in (day(5), end - timedelta(hours=1), end - 2 * TICK, end - TICK):
        assert shop.people(at=at) == without()
    for at in (end, end + TICK, end + DAY):
        assert shop.people(at=at) == without(PEOPLE[0])
    assert shop.people(at=end - TICK) == without()
    assert shop.people(at=end) == without(PEOPLE[0])


def test_who_is_linked_is_judged_again_with_whom_they_are_linked_to(shop: Shop) -> None:
    one, other = PEOPLE[:2]
    shop.add(merge(one, other, n=1))
    assert shop.people() == without()
    shop.add(event(Act.OBJECT, n=2, subject=other))
    assert shop.people() == without(one, other)
    assert shop.ledger.everybody == 1


def test_several_categories_read_the_ledger_once(shop: Shop) -> None:
    for category in (PURCHASES, LOCATION, RELIGION):
        shop.people(category=category)
    shop.add(event(Act.WITHDRAW, n=2, subject=PEOPLE[3]))
    for category in (PURCHASES, LOCATION, RELIGION):
        shop.people(category=category)
    assert (shop.ledger.everybody, shop.ledger.some) == (1, [1])


def test_a_new_process_answers_from_files_and_reads_only_what_is_new(shop: Shop) -> None:
    shop.people()
    shop.add(event(Act.WITHDRAW, n=2, subject=PEOPLE[3]))
    shop.sets = shop.opened()
    assert shop.people() == without(PEOPLE[3])
    assert (shop.ledger.everybody, shop.ledger.some) == (1, [1])


def test_what_is_folded_in_no_time_gets_no_file(shop: Shop) -> None:
    shop.sets = shop.opened(worth=21)
    shop.people()
    assert shop.files() == []


def test_a_damaged_file_costs_a_fold_and_changes_no_answer(shop: Shop) -> None:
    shop.people()
    (path,) = shop.files()
    path.write_bytes(path.read_bytes()[:-1])
    shop.sets = shop.opened()
    assert shop.people() == without()
    assert shop.ledger.everybody == 2


def test_a_file_under_our_key_that_is_no_set_changes_no_answer(shop: Shop) -> None:
    shop.people()
    ((state,),) = shop.sets._kept._states.values()
    for data in (b"", b"privseg.eligible/2\n", b"privseg.eligible/1\n" + bytes(40)):
        shop.sets._files.keep(_name(state), data)
        shop.sets = shop.opened()
        assert shop.people() == without()
    assert shop.ledger.everybody == 4


def test_other_rules_are_another_set_and_old_files_go(shop: Shop) -> None:
    shop.people()
    old = shop.files()
    shop.sets = shop.opened(rules(opt_out_notice_since=None))
    assert shop.people() == without()
    assert shop.ledger.everybody == 2
    assert len(shop.files()) == 1
    assert shop.files() != old


def test_what_an_open_transaction_recorded_counts_in_it_and_not_after_it_is_undone(
    shop: Shop,
) -> None:
    assert shop.people() == without()
    with suppress(ZeroDivisionError), shop.db.transaction():
        shop.add(event(Act.WITHDRAW, n=2, subject=PEOPLE[0]))
        assert shop.people() == without(PEOPLE[0])
        assert 1 / 0
    assert shop.people() == without()
    shop.add(event(Act.WITHDRAW, n=2, subject=PEOPLE[1]))
    assert shop.people() == without(PEOPLE[1])
    shop.sets = shop.opened()
    assert shop.people() == without(PEOPLE[1])


def erase(shop: Shop, person: Ordinal) -> None:
    """Erase somebody's events, as their erasure does."""
    with shop.db.transaction():
        shop.sets.forget(FrozenBitMap([person]))
        assert shop.files() == []
        erasure = event(Act.ERASE, n=6, subject=person, purpose=None, authority=Authority.SUBJECT)
        shop.add(erasure)
        shop.ledger.forget(person)


def test_an_erasure_leaves_no_trace_in_memory_or_files_and_costs_no_fold(shop: Shop) -> None:
    gone, edition = Ordinal(0x5EC4E7), shop.add(attest(subject=0x5EC4E7), grant(0x5EC4E7))
    shop.add(grant(Ordinal(0x5EC4E7), expires_at=day(50)))
    assert gone in shop.people()
    assert gone in shop.people(known_at=edition)
    erase(shop, gone)
    assert shop.files()
    assert not any(b"\xe7\xc4\x5e\x00" in path.read_bytes() for path in shop.files())
    assert all(gone not in s.people for kept in shop.sets._kept._states.values() for s in kept)
    for sets in (shop.sets, shop.opened()):
        shop.sets = sets
        assert shop.people() == shop.people(known_at=edition) == without()
    assert shop.ledger.everybody == 2


def test_who_was_linked_to_the_erased_is_judged_again_at_older_positions_too(shop: Shop) -> None:
    one, other = PEOPLE[:2]
    edition = shop.add(merge(one, other, n=1), event(Act.OBJECT, n=2, subject=other))
    assert shop.people(known_at=edition) == without(one, other)
    erase(shop, other)
    kept = shop.people(known_at=edition)
    assert kept == without(other)
    assert shop.opened(worth=99).people(EMAIL, PURCHASES, at=NOW, known_at=edition) == kept


def test_a_state_goes_back_by_folding_from_scratch(shop: Shop) -> None:
    position = shop.add(event(Act.WITHDRAW, n=2, subject=PEOPLE[0]))
    assert shop.people() == without(PEOPLE[0])
    ((state,),) = shop.sets._kept._states.values()
    folding = shop.sets._settled
    for back in (
        folding.advance(state, position=position - 1, at=state.at),
        folding.advance(state, position=position, at=state.at - 4 * 24 * HOUR),
    ):
        asked = folding.question(back.about, position=back.position, at=back.at)
        events = shop.ledger.columns(known_at=asked.known_at)
        assert back.people == eligible(rules(), events, asked).people != state.people


def test_an_erasure_that_is_undone_changes_no_answer(shop: Shop) -> None:
    shop.people()
    with suppress(ZeroDivisionError), shop.db.transaction():
        erase(shop, PEOPLE[0])
        assert 1 / 0
    assert shop.people() == without()
    shop.sets = shop.opened()
    assert shop.people() == without()


def test_an_erasure_by_another_process_is_noticed_at_older_positions_too(shop: Shop) -> None:
    edition = shop.ledger.position()
    assert shop.people(known_at=edition) == without()
    here, shop.sets = shop.sets, shop.opened()
    erase(shop, PEOPLE[0])
    shop.sets = here
    assert shop.people(known_at=edition) == without(PEOPLE[0])
    assert shop.people() == without(PEOPLE[0])


def test_a_set_that_went_wrong_is_found_and_put_right(shop: Shop) -> None:
    shop.people()
    ((state,),) = shop.sets._kept._states.values()
    shop.sets._kept.put(replace(state, people=state.people - FrozenBitMap(PEOPLE[:3]), judged=99))
    assert shop.people() == without(*PEOPLE[:3])
    shop.sets = shop.opened()
    wrong = shop.sets.rebuild(at=day(5), known_at=shop.ledger.position())
    assert wrong.pop(f"{EMAIL} / {PURCHASES}") == 3
    assert len(wrong) == 14
    assert set(wrong.values()) == {0}
    for sets in (shop.sets, shop.opened()):
        shop.sets = sets
        assert shop.people() == without()


def test_a_position_that_the_ledger_has_not_reached_is_refused(shop: Shop) -> None:
    with pytest.raises(LedgerUnknownError):
        shop.people(known_at=shop.ledger.position() + 1)
    with pytest.raises(LedgerUnknownError):
        shop.sets.rebuild(at=day(5), known_at=shop.ledger.position() + 1)


def test_a_moment_without_a_zone_finds_nobody(shop: Shop) -> None:
    assert not shop.people(at=day(5).replace(tzinfo=None))


def test_a_purpose_or_category_that_no_rule_names_finds_nobody(shop: Shop) -> None:
    for purpose, category in ((MARKETING, Category("gait")), ("undeclared", PURCHASES)):
        assert not shop.sets.people(purpose, category, at=day(5), known_at=shop.ledger.position())


def test_states_are_printed_without_people(shop: Shop) -> None:
    shop.people()
    assert "BitMap" not in repr(shop.sets._kept._states)
