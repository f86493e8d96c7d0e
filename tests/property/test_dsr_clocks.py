# SPDX-License-Identifier: Apache-2.0
"""Every clock of every law pack, against a second method that walks day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.dsr.clock import (
    days_paused,
    extended,
    first,
    kept_until,
    local_day,
    paused,
    standing,
    tell_by,
)
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import ClockRule, Span, Unit
from privseg.dsr.strictest import law_of
from privseg.engine.dsr.laws import holidays_of
from privseg.loaders.laws import shipped_packs
from privseg.terms import Jurisdiction
from tests.twins import naive_clock
from tests.twins.naive_clock import Doubted, Extended, Happened

LAWS = {place: pack.requests for pack in shipped_packs() for place in pack.laws if pack.requests}
PLACES = [
    *map(Jurisdiction, ("DE", "DE-BY", "FR", "IE", "GB", "US-CA", "US-CO", "BR", "CA-ON", "CA-QC")),
    Jurisdiction("CH"),  # known, and its law is not
    None,
]
ZONES = ["Europe/Berlin", "America/Los_Angeles", "Pacific/Apia", "Asia/Kathmandu", "UTC"]


def days() -> st.SearchStrategy[date]:
    """Draw days; the ends of months and of years, and leap days, often."""
    any_day = st.dates(date(2023, 1, 1), date(2032, 12, 31))
    ends = any_day.map(lambda d: date(d.year + d.month // 12, d.month % 12 + 1, 1) - timedelta(1))
    edges = st.sampled_from([date(2024, 2, 29), date(2027, 12, 31), date(2028, 1, 31)])
    return st.one_of(any_day, ends, edges)


PLACE = st.sampled_from(PLACES)
KIND = st.sampled_from(list(RequestKind))


@st.composite
def histories(draw: st.DrawFn, start: date) -> list[Happened]:
    """Draw what happened to a request: pauses, which may overlap, and perhaps extensions."""
    found: list[Happened] = [
        Doubted(start + timedelta(asked), start + timedelta(asked + waited))
        for asked, waited in draw(
            st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=3)
        )
    ]
    return draw(st.permutations(found + [Extended()] * draw(st.integers(0, 2))))


def shown(
    rule: ClockRule, received: date, happened: list[Happened], where: Jurisdiction | None
) -> tuple[date, date, date | None]:
    """Return the dates that the clock gives."""
    clock = standing(
        rule,
        received,
        holidays_of(where),
        pauses=[(h.asked, h.came) for h in happened if isinstance(h, Doubted)],
        is_extended=Extended() in happened,
    )
    return clock.answer_by, clock.legal_limit, clock.confirm_by


@settings(max_examples=200)
@given(st.data(), PLACE, KIND, days())
def test_every_clock_agrees_with_a_calendar_turned_day_by_day(
    data: st.DataObject, where: Jurisdiction | None, kind: RequestKind, received: date
) -> None:
    rule = law_of(LAWS, where).clock(kind)
    happened = data.draw(histories(received))
    expected = naive_clock.dates(rule, received, happened, holidays_of(where))
    assert shown(rule, received, happened, where) == expected


@given(st.data(), PLACE, KIND, days())
def test_the_order_of_pauses_and_extensions_never_matters(
    data: st.DataObject, where: Jurisdiction | None, kind: RequestKind, received: date
) -> None:
    rule = law_of(LAWS, where).clock(kind)
    happened = data.draw(histories(received))
    again = data.draw(st.permutations(happened))
    assert shown(rule, received, happened, where) == shown(rule, received, list(again), where)


@given(PLACE, KIND, days())
def test_dates_stand_in_order_and_nothing_makes_one_earlier(
    where: Jurisdiction | None, kind: RequestKind, received: date
) -> None:
    rule, holiday = law_of(LAWS, where).clock(kind), holidays_of(where)
    pause = [(received + timedelta(3), received + timedelta(9))]
    once = first(rule, received, holiday)
    later = extended(rule, received, holiday)
    still = paused(rule, received, holiday, pause)
    assert received < once.answer_by <= once.legal_limit
    assert once.answer_by <= later.answer_by
    assert still.answer_by - once.answer_by == timedelta(6 if rule.may_pause else 0)
    assert later.confirm_by == still.confirm_by == once.confirm_by
    told = tell_by(rule, received, holiday)
    assert (told is None) is not rule.may_extend
    assert told in {None, once.answer_by}
    assert (later.answer_by > once.answer_by) is rule.may_extend


@given(KIND, days())
def test_where_the_place_is_not_known_no_law_gives_an_earlier_date(
    kind: RequestKind, received: date
) -> None:
    unknown = first(law_of(LAWS, None).clock(kind), received, holidays_of(None))
    for law in LAWS.values():
        known = first(law.clock(kind), received, holidays_of(None))
        assert unknown.answer_by <= known.answer_by
        assert unknown.legal_limit <= known.legal_limit


@given(days(), st.integers(1, 40))
def test_a_record_is_kept_for_whole_months(answered: date, months: int) -> None:
    span = Span(months, Unit.MONTHS)
    last = kept_until(answered, span, holidays_of(None))
    assert last == naive_clock.last_of(span, answered, holidays_of(None))


@given(
    st.datetimes(datetime(2011, 1, 1), datetime(2032, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(ZONES),
)
def test_the_day_of_receipt_is_the_day_it_was_where_the_controller_is(
    moment: datetime, name: str
) -> None:
    utc, zone = moment.replace(tzinfo=UTC), ZoneInfo(name)
    day = local_day(utc, zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    after = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    assert midnight <= utc < after.astimezone(UTC)  # a day of 23 or 25 hours, too


@given(st.lists(st.tuples(days(), st.integers(0, 90)), max_size=4))
def test_a_day_that_pauses_share_counts_once(drawn: list[tuple[date, int]]) -> None:
    pauses = [(asked, asked + timedelta(waited)) for asked, waited in drawn]
    each = {a + timedelta(n) for a, came in pauses for n in range((came - a).days)}
    assert days_paused(pauses) == days_paused(reversed(pauses)) == len(each)
