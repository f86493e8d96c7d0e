# SPDX-License-Identifier: Apache-2.0
"""Numbers, days, moments and words: what each text means, or why it means nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from privseg.sources import Fault
from privseg.sources.moments import dates, moments
from privseg.sources.numbers import booleans, integers, scaled
from privseg.sources.words import declared, folded, named, sets, texts

BERLIN = ZoneInfo("Europe/Berlin")


def outcome(found: object, row: int = 0) -> object:
    faults = {int(r): f for f, rows in found.faults.items() for r in rows}  # type: ignore[attr-defined]
    return faults.get(row, found.values[row].as_py())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "cents", "rounded"),
    [
        ("12.34", 1234, False),
        ("-0.01", -1, False),
        ("12", 1200, False),
        ("12.", 1200, False),
        (".5", 50, False),
        ("+1.50", 150, False),
        ("007.10", 710, False),
        ("12.3400", 1234, False),
        (" 12.34 ", 1234, False),
        ("1.2e2", 12000, False),
        ("22.200000000000003", 2220, True),
        ("0.125", 12, True),  # half to even
        ("0.135", 14, True),
        ("-0.125", -12, True),
        ("0.005", 0, True),
        ("1e-400", 0, True),
        ("92233720368547758.07", 2**63 - 1, False),
        ("-92233720368547758.08", -(2**63), False),
        ("\u06f1\u06f2\u066b\u06f5", 1250, False),  # Persian digits, Arabic decimal point
        ("92233720368547758.08", Fault.BEYOND_64_BITS, False),
        ("1e18", Fault.BEYOND_64_BITS, False),
        ("1e9999", Fault.BEYOND_64_BITS, False),
        ("1e99999999", Fault.NOT_NUMBER, False),
        ("1,234.50", Fault.NOT_NUMBER, False),
        ("12,50", Fault.NOT_NUMBER, False),
        ("12.50 EUR", Fault.NOT_NUMBER, False),
        ("€12", Fault.NOT_NUMBER, False),
        ("--1", Fault.NOT_NUMBER, False),
        (".", Fault.NOT_NUMBER, False),
        ("1_0", Fault.NOT_NUMBER, False),
        ("12\n", Fault.NOT_NUMBER, False),
        ("nan", Fault.NOT_FINITE, False),
        ("-INF", Fault.NOT_FINITE, False),
    ],
)
def test_money_is_whole_minor_units(text: str, cents: object, *, rounded: bool) -> None:
    found = scaled(pa.array([text]), 2)
    assert outcome(found) == cents
    assert bool(len(found.rounded)) is rounded


@pytest.mark.parametrize(("decimals", "text", "stored"), [(0, "100", 100), (0, "2.5", 2), (3, "1.2345", 1234), (9, "1", 10**9)])  # fmt: skip  # noqa: E501
def test_a_currency_has_its_own_number_of_digits(decimals: int, text: str, stored: int) -> None:
    assert outcome(scaled(pa.array([text]), decimals)) == stored


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("+5", 5),
        ("5.0", 5),
        ("1e3", 1000),
        ("١٢", 12),
        ("9223372036854775808", Fault.BEYOND_64_BITS),
        ("5.5", Fault.NOT_INTEGER),
        ("", Fault.NOT_INTEGER),
        ("0b1", Fault.NOT_INTEGER),
        ("²", Fault.NOT_INTEGER),
    ],
)
def test_a_whole_number_is_exact_in_64_bits(text: str, value: object) -> None:
    assert outcome(integers(pa.array([text]))) == value


def test_truth_is_one_of_six_words_in_any_case() -> None:
    found = booleans(pa.array(["true", "NO", "1", " yes", None, "t", "2"]))
    assert [outcome(found, n) for n in range(7)] == [
        True, False, True, True, None, Fault.NOT_BOOLEAN, Fault.NOT_BOOLEAN,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("۲۰۲۴-۰۲-۲۹", date(2024, 2, 29)),
        ("2023-02-29", Fault.NOT_DATE),
        ("2024-2-9", Fault.NOT_DATE),
        ("09.02.2024", Fault.NOT_DATE),
        ("20240209", Fault.NOT_DATE),
        ("2024-W07-5", Fault.NOT_DATE),
        ("1799-12-31", Fault.OUTSIDE_YEARS),
        ("9999-12-31", Fault.OUTSIDE_YEARS),
        ("2024-02-09T10:00", Fault.DATE_WITH_TIME),
    ],
)
def test_a_day_is_written_year_month_day(text: str, day: object) -> None:
    assert outcome(dates(pa.array([text]))) == day


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


MOMENTS = {
    "2026-07-01T12:00:00Z": utc(2026, 7, 1, 12),
    "2026-07-01 12:00:00+02:00": utc(2026, 7, 1, 10),
    "2026-07-01T12:00-0330": utc(2026, 7, 1, 15, 30),
    "2026-07-01T12+02": utc(2026, 7, 1, 10),
    "2026-07-01T12:00:00.1234567Z": utc(2026, 7, 1, 12, 0, 0, 123456),
    "2026-07-01T12:00:00": utc(2026, 7, 1, 10),  # local, summer
    "2026-01-01 12:00": utc(2026, 1, 1, 11),  # local, winter
    "2026-07-01": utc(2026, 6, 30, 22),  # local midnight
    "2026-03-29T01:59:59.999999": utc(2026, 3, 29, 0, 59, 59, 999999),
    "2026-03-29T03:00:00": utc(2026, 3, 29, 1),
    "2026-03-29T02:00:00": Fault.IMPOSSIBLE_TIME,
    "2026-03-29T02:59:59": Fault.IMPOSSIBLE_TIME,
    "2026-10-25T02:00:00": Fault.AMBIGUOUS_TIME,
    "2026-10-25T02:59:59": Fault.AMBIGUOUS_TIME,
    "2026-10-25T03:00:00": utc(2026, 10, 25, 2),
    "2026-10-25T02:30:00+01:00": utc(2026, 10, 25, 1, 30),
    "2026-02-30T12:00:00Z": Fault.NOT_TIME,
    "2026-07-01T24:00:00Z": Fault.NOT_TIME,
    "2026-07-01T12:00:60Z": Fault.NOT_TIME,
    "2026-07-01T12:00:00 Z": Fault.NOT_TIME,
    "2026-07-01T12:00:00+25:00": Fault.NOT_TIME,
    "12:00": Fault.NOT_TIME,
    "1751364000": Fault.NOT_TIME,
    "07/01/2026": Fault.NOT_TIME,
    "now": Fault.NOT_TIME,
    "0000-01-01T00:00:00Z": Fault.NOT_TIME,
    "0001-01-01": Fault.OUTSIDE_YEARS,
    "9999-12-31T23:59:59Z": Fault.OUTSIDE_YEARS,
    "9999-12-31T23:59:59": Fault.OUTSIDE_YEARS,
}


@pytest.mark.parametrize("text", [t for t in MOMENTS if not t.startswith("0000")])
def test_a_moment_means_the_same_alone_and_among_others(text: str) -> None:
    assert outcome(moments(pa.array([text]), BERLIN)) == MOMENTS[text]
    assert outcome(moments(pa.array([text, None, "nonsense"]), BERLIN)) == MOMENTS[text]
    everything = list(MOMENTS)
    found = moments(pa.array(everything * 200), BERLIN)
    for turn in (0, 199):
        row = turn * len(everything) + everything.index(text)
        assert outcome(found, row) == MOMENTS[text]


def test_the_year_zero_is_refused_however_it_is_read() -> None:
    for others in ([], ["nonsense"]):
        found = outcome(moments(pa.array(["0000-01-01T00:00:00Z", *others]), BERLIN))
        assert found in {Fault.NOT_TIME, Fault.OUTSIDE_YEARS}


def test_a_date_begins_with_its_first_instant_where_midnight_was_skipped_or_came_twice() -> None:
    beirut, havana = ZoneInfo("Asia/Beirut"), ZoneInfo("America/Havana")
    assert outcome(moments(pa.array(["2024-03-31"]), beirut)) == utc(2024, 3, 30, 22)
    assert outcome(moments(pa.array(["2024-03-31T00:30"]), beirut)) is Fault.IMPOSSIBLE_TIME
    assert outcome(moments(pa.array(["2024-11-03"]), havana)) == utc(2024, 11, 3, 4)
    assert outcome(moments(pa.array(["2024-11-03T00:30"]), havana)) is Fault.AMBIGUOUS_TIME


def test_text_is_kept_in_nfc_and_matched_without_letter_forms_digits_and_case() -> None:
    found = texts(pa.array(["Cafe\u0301 ٤٢", "علي", None, "plain"]))
    assert found.values.to_pylist() == ["Café ٤٢", "علي", None, "plain"]
    assert folded(found.values).to_pylist() == ["café 42", "علی", None, "plain"]


def test_a_category_is_one_of_the_declared_values_and_nothing_near_it() -> None:
    found = declared(pa.array(["Ko\u0308ln", "köln", "Köln ", None, ""]), ("Köln",))
    assert [outcome(found, n) for n in range(5)] == [
        "Köln", Fault.NOT_DECLARED, Fault.NOT_DECLARED, None, Fault.NOT_DECLARED,
    ]  # fmt: skip


def test_a_set_is_written_with_bars_or_as_a_json_list() -> None:
    cells = ["b|a", '["b", "a", "b"]', "a | b", "[]", "", "c", "a||b", "[1]", '["a"', "[" * 50_000]
    found = sets(pa.array(cells), ("a", "b"))
    assert [outcome(found, n) for n in range(10)] == [
        ["a", "b"], ["a", "b"], ["a", "b"], [], [],
        *[Fault.NOT_DECLARED] * 2, *[Fault.NOT_A_LIST] * 3,
    ]  # fmt: skip


def test_an_identifier_without_a_canonical_form_is_refused_at_its_line() -> None:
    phones = named("phone", pa.array(["+49 30 901820", "030 901820", None, ""]))
    assert [outcome(phones, n) for n in range(4)] == [
        "+49 30 901820", Fault.NOT_IDENTIFIER, None, None,
    ]  # fmt: skip
    numbers = named("customer_number", pa.array(["A 17", " ", "a\tb", "x" * 400]))
    assert [outcome(numbers, n) for n in range(4)] == ["A 17", *[Fault.NOT_IDENTIFIER] * 3]
