# SPDX-License-Identifier: Apache-2.0
"""Columns hold what decisions need of every event, from events and from a store's rows alike."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from privseg.consent import Act, Event, EventColumns
from privseg.consent.encoding import DAY_MICROS, ROW, pack_names, unpack_names
from privseg.terms import Ordinal, to_micros
from tests.twins.consent_worlds import ADA, GRACE, attest, day, event, random_population

PEOPLE = [Ordinal(n) for n in (5, 0, 2**32 - 1, 70_000)]


def row(e: Event) -> tuple[object, ...]:
    """Return an event as a store's row."""
    return (
        e.position,
        e.subject,
        e.controller,
        e.act.value,
        to_micros(e.event_time),
        to_micros(e.record_time),
        e.purpose,
        pack_names(e.categories),
        int(e.explicit),
        e.notice,
        pack_names(e.notice_purposes),
        e.method.value,
        e.authority.value,
        e.expires_at and to_micros(e.expires_at),
        e.value,
        int(e.quarantined),
        e.target,
        e.until,
        e.uses,
        e.idle_days and e.idle_days * DAY_MICROS,
        e.notice_sha256,
    )


def ledger(seed: int) -> list[Event]:
    """Return events as a ledger keeps them: well-formed, each id once."""
    once: dict[bytes, Event] = {}
    for e in random_population(Random(seed), PEOPLE, odd=0):
        once.setdefault(e.event_key, e)
    return list(once.values())


@pytest.mark.parametrize("seed", range(30))
def test_rows_and_events_make_the_same_columns(seed: int) -> None:
    events = ledger(seed)
    by_rows, by_events = EventColumns.from_rows(map(row, events)), EventColumns.from_events(events)
    assert len(row(attest())) == len(ROW)
    for person in PEOPLE:
        theirs = sorted((e for e in events if e.subject == person), key=lambda e: e.position)
        key = {e.position: e.position.to_bytes(8, "big") for e in theirs}
        expected = [
            replace(e, event_key=key[e.position], content_key=key[e.position]) for e in theirs
        ]
        assert by_rows.events_of(person) == by_events.events_of(person) == expected


def test_rows_are_in_order_of_person_and_position_and_closed_to_writing() -> None:
    columns = EventColumns.from_events(ledger(3))
    keys = list(zip(columns.ordinal, columns.position, strict=True))
    assert keys == sorted(keys)
    with pytest.raises(ValueError, match="read-only"):
        columns.act[0] = 0


def test_more_rows_than_one_batch_keep_their_words() -> None:
    first = row(event(Act.GRANT))
    notice = ROW.index("notice")
    rows = (
        (i + 1, i % 70_001, *first[2:notice], f"n@{i % 3}", *first[notice + 1 :])
        for i in range(70_000)
    )
    columns = EventColumns.from_rows(rows)
    assert len(columns) == 70_000
    for i in (0, 1, 65_535, 65_536, 69_999):
        assert [e.notice for e in columns.events_of(Ordinal(i))] == [f"n@{i % 3}"]


def test_events_that_arrays_cannot_hold_are_kept_whole() -> None:
    twice = event(Act.GRANT, subject=ADA)
    naive = event(Act.GRANT, subject=GRACE, event_time=day(1).replace(tzinfo=None))
    plain = attest(subject=Ordinal(9))
    columns = EventColumns.from_events([twice, plain, twice, naive])
    assert set(columns.irregular) == {ADA, GRACE}
    assert columns.events_of(ADA) == [twice, twice]
    assert columns.events_of(GRACE) == [naive]
    assert len(columns) == 1
    assert columns.events_of(Ordinal(1234)) == []


def test_a_set_of_names_survives_packing() -> None:
    for names in ((), ("a",), ("b", "a", "a b", "ä,")):
        assert unpack_names(pack_names(names)) == frozenset(names)
    for bad in ("", "a\nb"):
        with pytest.raises(ValueError, match="line break"):
            pack_names([bad])


def test_no_rows_make_empty_columns() -> None:
    assert len(EventColumns.from_rows([])) == 0
    assert np.array_equal(EventColumns.from_rows([]).ordinal, [])
