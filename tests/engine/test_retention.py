# SPDX-License-Identifier: Apache-2.0
"""An expired value is unreadable in a whole workspace, while the clock goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.engine import Outside, Workspace
from privseg.engine.answers.held import Hidden, stored_rows
from privseg.engine.answers.segments_told import Looked, standings
from privseg.engine.retaining import expire
from privseg.terms import StaffRole
from tests.twins import club

MEMBERS = [
    club.Member("A", orders=((80, "60.00"),)),
    club.Member("B", orders=((40, "60.00"),)),
    club.Member("C", orders=((1, "60.00"),)),
    club.Member("D", orders=(), hobby="chess"),
]


@pytest.fixture
def clock() -> club.Clock:
    return club.Clock()


@pytest.fixture
def ws(tmp_path: Path, clock: club.Clock) -> Iterator[Workspace]:
    with club.found(tmp_path, MEMBERS, outside=Outside(clock=clock)) as made:
        yield made


def keep(ws: Workspace, what: str, days: int) -> None:
    """Say in the policy how long something is kept, and load it anew."""
    path = ws.folder / "policies" / "club.yaml"
    places = {
        "members": (r"(holds: people\n)", rf"\1    retention: {days}d\n"),
        "orders": (r"(holds: events\n)", rf"\1    retention: {days}d\n"),
        "hobby": (r"(hobby: \{type: text, )", rf"\1retention: {days}d, "),
        "amount": (r"(amount: \{type: money, )", rf"\1retention: {days}d, "),
        "marketing": (r"(title: Letters that fit\n)", rf"\1    retention: {days}d\n"),
    }
    text = path.read_text("utf-8")
    changed = re.sub(*places[what], text)
    assert changed != text
    path.write_text(changed, "utf-8")
    ws._house.forget_rules()


def names(ws: Workspace, people: object) -> set[str]:
    numbers = {club.ordinal(ws, m): m.number for m in MEMBERS}
    return {numbers[o] for o in people}  # type: ignore[attr-defined]


def found(ws: Workspace, segment: str) -> set[str]:
    return names(ws, club.internal(ws, "overview").members[segment])


def revenue(ws: Workspace) -> int:
    return club.internal(ws, "overview").tallies["all"]["buyers", ()].sums["total"]


def test_orders_older_than_they_are_kept_are_in_no_segment_and_no_sum(
    ws: Workspace, clock: club.Clock
) -> None:
    assert found(ws, "buyers") == {"A", "B", "C"}
    assert revenue(ws) == 18_000
    keep(ws, "orders", 60)
    assert found(ws, "buyers") == {"B", "C"}
    assert revenue(ws) == 12_000
    clock.pass_(days=20)
    assert found(ws, "buyers") == {"C"}
    assert revenue(ws) == 6_000
    assert club.internal(ws, "overview").eligible == club.ordinals(ws, "ABCD")


def test_a_purpose_does_not_read_what_is_older_than_it_may(
    ws: Workspace, clock: club.Clock
) -> None:
    keep(ws, "marketing", 60)
    assert found(ws, "buyers") == {"B", "C"}
    clock.pass_(days=59)
    assert found(ws, "gardeners") == {"A", "B", "C"}  # imported 59 days ago
    clock.pass_(days=1)
    assert found(ws, "gardeners") == set()


def test_an_amount_kept_shorter_than_its_order_is_in_no_sum(ws: Workspace) -> None:
    keep(ws, "amount", 60)
    assert found(ws, "buyers") == {"B", "C"}
    assert revenue(ws) == 12_000


@pytest.mark.parametrize("what", ["members", "hobby"])
def test_a_value_that_is_not_imported_again_in_time_is_missing(
    ws: Workspace, clock: club.Clock, what: str
) -> None:
    keep(ws, what, 30)
    clock.pass_(days=29)
    assert found(ws, "gardeners") == {"A", "B", "C"}
    ws.load(club.member_rows(MEMBERS[:1]), source="members")  # only A's is confirmed
    clock.pass_(days=1)
    assert found(ws, "gardeners") == {"A"}
    clock.pass_(days=29)
    assert found(ws, "gardeners") == set()


def test_a_country_kept_shorter_than_the_row_moves_people_to_no_other_cell(
    ws: Workspace, clock: club.Clock
) -> None:
    keep(ws, "members", 30)
    clock.pass_(days=30)
    cells = club.internal(ws, "overview").tallies["by-country"]
    assert {keys: t.people for (s, keys), t in cells.items() if s == "buyers" and t.people} == {
        ("(missing)",): 2
    }
    assert found(ws, "buyers") == {"B", "C"}  # A's order is out of the window by now


@pytest.mark.parametrize("what", ["orders", "marketing"])
def test_an_access_answer_tells_of_a_segment_what_a_run_finds(ws: Workspace, what: str) -> None:
    def told(member: str) -> dict[str, bool]:
        person = club.ordinal(ws, member)
        rows = stored_rows(ws._house, person)
        usable = frozenset(("marketing", c) for c in ("location", "interests", "purchases"))
        looked = Looked(ws._house, person, rows, usable, Hidden(frozenset()), ws._house.now())
        return {s.segment: s.member for s in standings(looked, "en")}

    assert told("A")["buyers"]
    keep(ws, what, 60)
    assert found(ws, "buyers") == {"B", "C"}
    assert [told(m)["buyers"] for m in "ABC"] == [False, True, True]
    assert stored_rows(ws._house, club.ordinal(ws, "A"))["orders"]  # still told as what is held


def test_how_long_a_consent_lasts_has_nothing_to_do_with_it(
    ws: Workspace, clock: club.Clock
) -> None:
    keep(ws, "orders", 1)
    assert club.internal(ws, "overview").eligible == club.ordinals(ws, "ABCD")
    clock.pass_(days=600)  # 800 days after the grant, which lasts 730
    assert not club.internal(ws, "overview").eligible


def stored(ws: Workspace, table: str) -> int:
    house = ws._house
    return house.columns.dataset(table, snapshot=house.columns.snapshot()).count_rows()


def test_what_has_expired_is_taken_off_the_disk_and_no_answer_changes(
    ws: Workspace, clock: club.Clock
) -> None:
    keep(ws, "orders", 60)
    clock.pass_(days=1)
    ws.open_edition()
    before = (found(ws, "buyers"), revenue(ws))
    told = expire(ws._house, role=StaffRole.ENGINEER, dry_run=True)
    assert stored(ws, "purchase") == 3
    assert expire(ws._house, role=StaffRole.ENGINEER) == told
    assert [(p.table, p.rows) for p in told] == [("purchase", 1)]
    assert stored(ws, "purchase") == 2
    assert (found(ws, "buyers"), revenue(ws)) == before
    (entry,) = [e for e in club.log_of(ws, Kind.IMPORT) if e.entry.header["verb"] == "expire"]
    assert entry.entry.header["source"] == "orders"
    assert entry.body == {"rows": 1, "cells": 0, "files": 1}


def test_what_the_current_edition_may_still_read_stays(ws: Workspace, clock: club.Clock) -> None:
    keep(ws, "orders", 60)
    ws.open_edition()
    clock.pass_(days=30)  # by now the second order has expired as well
    (done,) = expire(ws._house, role=StaffRole.ENGINEER)
    assert done.rows == 1


def test_without_a_retention_nothing_is_taken_away(ws: Workspace) -> None:
    assert expire(ws._house, role=StaffRole.ENGINEER) == ()


def test_before_the_first_edition_what_has_expired_by_now_goes(
    ws: Workspace, clock: club.Clock
) -> None:
    keep(ws, "members", 30)
    assert expire(ws._house, role=StaffRole.ENGINEER)[0].rows == 0
    clock.pass_(days=30)
    assert expire(ws._house, role=StaffRole.ENGINEER)[0].rows == len(MEMBERS)
    assert stored(ws, "members") == 0
