# SPDX-License-Identifier: Apache-2.0
"""The feed of deadlines is iCalendar by the letter of RFC 5545, and names nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.dsr.calendar import feed, uid
from privseg.dsr.due import Due, Todo
from privseg.dsr.kinds import RequestKind
from tests.twins.strict_calendar import read, unescaped

STAMP = datetime(2026, 11, 22, 13, 45, 30, tzinfo=UTC)
ONE = Due(
    number=7,
    kind=RequestKind.OPT_OUT_SALE,
    todo=Todo.ANSWER,
    by=date(2026, 12, 31),
    limit=date(2027, 1, 4),
    law="gdpr, Art. 12(3); Regulation 1182/71",
)


def test_an_event_lasts_one_whole_day_and_says_what_is_to_be_done() -> None:
    (event,) = read(feed([ONE], stamp=STAMP, workspace="shop")).inside
    assert event.values["DTSTART"] == "20261231"
    assert event.values["DTEND"] == "20270101"  # the day after, which is not in it
    assert event.values["DTSTAMP"] == "20261122T134530Z"
    assert event.values["UID"] == "request-7-answer@shop.privseg"
    assert unescaped(event.values["SUMMARY"]) == "Request 7 (opt out sale): answer"
    assert unescaped(event.values["DESCRIPTION"]).splitlines() == [
        "By gdpr, Art. 12(3); Regulation 1182/71.",
        "The law's last day is 2027-01-04.",
        "See: privseg dsr show 7",
    ]
    assert [alarm.values["TRIGGER"] for alarm in event.inside] == ["-P7D", "-P1D"]


def test_a_moved_deadline_keeps_its_uid_and_counts_its_moves() -> None:
    moved = replace(ONE, by=date(2027, 2, 28), moves=1)
    (before,) = read(feed([ONE], stamp=STAMP, workspace="shop")).inside
    (after,) = read(feed([moved], stamp=STAMP, workspace="shop")).inside
    assert before.values["UID"] == after.values["UID"]
    assert (before.values["SEQUENCE"], after.values["SEQUENCE"]) == ("0", "1")
    held = replace(ONE, todo=Todo.HELD)
    assert uid(held, "shop") == uid(ONE, "shop")


@given(
    st.lists(
        st.builds(
            Due,
            number=st.integers(1, 10**9),
            kind=st.sampled_from(RequestKind),
            todo=st.sampled_from(Todo),
            by=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
            limit=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
            law=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=200),
            stands_still=st.booleans(),
            moves=st.integers(0, 9),
        ),
        max_size=4,
        unique_by=lambda d: (d.number, d.todo),
    )
)
def test_every_feed_is_read_back_by_a_strict_reader(dues: list[Due]) -> None:
    calendar = read(feed(dues, stamp=STAMP, workspace="shop"))
    assert [event.values["DTSTART"] for event in calendar.inside] == [
        f"{due.by:%Y%m%d}" for due in dues
    ]
    for event, due in zip(calendar.inside, dues, strict=True):
        assert due.law in unescaped(event.values["DESCRIPTION"])


def test_uids_of_other_workspaces_and_other_duties_differ() -> None:
    dues = [replace(ONE, todo=todo) for todo in (Todo.CONFIRM, Todo.EXTEND, Todo.ANSWER)]
    uids = {uid(due, workspace) for due in dues for workspace in ("a", "b")}
    assert len(uids) == 6


def test_a_stamp_is_told_in_utc_and_needs_a_zone() -> None:
    zone = datetime.now(UTC).astimezone().tzinfo
    assert feed([ONE], stamp=STAMP.astimezone(zone), workspace="w") == feed(
        [ONE], stamp=STAMP, workspace="w"
    )
    with pytest.raises(ValueError, match="needs a time zone"):
        feed([ONE], stamp=STAMP.replace(tzinfo=None), workspace="w")


def test_a_strict_reader_refuses_what_is_wrong() -> None:
    good = feed([ONE], stamp=STAMP, workspace="shop")
    for old, new in [
        (b"\r\n", b"\n"), (b"END:VALARM", b"END:VEVENT"), (b"VERSION:2.0\r\n", b""),
        (b"DTSTART;VALUE=DATE:", b"DTSTART:"), (b"\\;", b";"), (b"UID:", b"UID:" + b"x" * 80),
    ]:  # fmt: skip
        assert old in good
        with pytest.raises(AssertionError):
            read(good.replace(old, new, 1))
