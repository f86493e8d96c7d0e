# SPDX-License-Identifier: Apache-2.0
"""Hostile values: one small pool for data and for literals, so that they meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from privseg.policy.catalogue import Column, ColumnType
from privseg.policy.scores import Output
from privseg.segment.evaluate import Stored
from privseg.segment.values import Ago, AgoUnit, Cell, Fixed, Scaled, Value, Window
from privseg.terms import Money

T = ColumnType
Declared = Column | Output
BIG = 2**63 - 1
TEXTS = [
    *("", "x", "X", "straße", "STRASSE", "Strasse", "İstanbul", "istanbul", "ISTANBUL", "\u0131"),
    *("ﬁn", "FIN", "Σίσυφος", "σίσυφοσ", "ς", "علي", "علی", "كتاب", "کتاب", "۱۲", "١٢", "12"),
    *("a\u200cb", "ab", "\u200fab", "x\x00y", "\x00", "é", "e\u0301", "ǰ", "J\u030c", "🙂", "🙂x"),
    *("%", "_", "'", '"; DROP', "$v0", "\u0345", "ᾳ", "NaN", "null", " "),
    *("\u202ab\u202c", "שלום", "ﻋ", "ẞ", "ß", "\U0001f468\u200d\U0001f469", "Å", "\u212b"),
]
FEW_TEXTS = [
    "",
    "straße",
    "STRASSE",
    "İstanbul",
    "istanbul",
    "علي",
    "علی",
    "۱۲",
    "12",
    "é",
    "e\u0301",
]
NUMBERS = [0, 1, 2, 3, -1, 100, 20_000, BIG, BIG - 1, -BIG]
FEW_NUMBERS = [0, 1, 2, 3, -1, 100, 20_000]
DAYS = [date(2024, 2, 29), date(2026, 3, 29), date(2026, 10, 25), date(1, 1, 1), date(9999, 12, 31)]
ATS = [
    datetime(2026, 11, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 31, 1, 30, tzinfo=UTC),  # a month before is inside no February 31
    datetime(2026, 4, 29, 0, 30, tzinfo=UTC),  # Berlin 02:30; a month before falls in the gap
    datetime(2026, 11, 25, 1, 30, tzinfo=UTC),  # Berlin 02:30; a month before comes twice
    datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2027, 2, 27, 23, 0, tzinfo=UTC),  # a leap day's birthday is tomorrow, in Berlin today
]
ZONES = [ZoneInfo(z) for z in ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia")]
MICROSECOND = timedelta(microseconds=1)
WINDOWS: list[Window | None] = [
    None,
    Fixed(date(2026, 3, 29), date(2026, 10, 25)),
    Fixed(date(2023, 12, 31), date(2027, 1, 1)),
    Fixed(ATS[4], ATS[0]),
    *(Ago(n, u) for u in AgoUnit for n in (1, 2, 30)),
    Ago(999_999, AgoUnit.YEARS),
]
SPANS = [timedelta(hours=n) for n in (1, 3, 24)]
NEAR = [timedelta(hours=h) + m * MICROSECOND for h in (0, 1, 3) for m in (-1, 0, 1)]
NEAR += [timedelta(0), timedelta(minutes=30)]


@dataclass(frozen=True, slots=True)
class Pool:
    """What one world draws its values and literals from: little, so that they are often equal."""

    times: Sequence[datetime]
    days: Sequence[date]
    texts: Sequence[str]

    @classmethod
    def of(cls, rng: Random, at: datetime, bounds: Sequence[datetime]) -> Pool:
        """Return a pool around ``at`` and the bounds of windows."""
        ticks = (-MICROSECOND, timedelta(0), MICROSECOND, timedelta(hours=1), timedelta(hours=20))
        return cls(
            [*rng.sample(moments(at, bounds), 13), *(at + t for t in ticks)],
            rng.sample(days(at), 10),
            [*rng.sample(TEXTS, 6), *rng.sample(FEW_TEXTS, 6)],
        )

    def value(self, column: Declared, rng: Random) -> Stored:
        """Return a known value as the column store holds it."""
        often = rng.random() < 0.7
        match column.type:
            case T.SET:
                return frozenset(v for v in column.values if rng.random() < 0.4)
            case T.INTEGER | T.DECIMAL | T.MONEY:
                return rng.choice(FEW_NUMBERS if often else [*NUMBERS, -BIG - 1])
            case _:
                choices: Mapping[ColumnType, Sequence[Cell]] = {
                    T.TIME: self.times,
                    T.DATE: self.days,
                    T.TEXT: self.texts,
                    T.BOOLEAN: (True, False),
                }
                return rng.choice(choices.get(column.type, column.values))

    def stored(self, column: Declared, rng: Random) -> Stored:
        """Return a value, or None now and then, which is missing."""
        return None if rng.random() < 0.15 else self.value(column, rng)

    def literal(self, column: Declared, rng: Random, given: Sequence[Cell] = ()) -> Value:
        """Return a literal that fits ``column``; now and then one of those ``given``."""
        if column.type is T.SET:
            return rng.choice(column.values)
        found = rng.choice(given) if given and rng.random() < 0.5 else self.value(column, rng)
        assert isinstance(found, Cell)
        if column.type in {T.INTEGER, T.DECIMAL, T.MONEY}:
            return number(max(int(found), -BIG), column)  # type: ignore[arg-type]
        return found


def moments(at: datetime, bounds: Sequence[datetime]) -> list[datetime]:
    """Return moments at and beside the bounds of windows, and on both sides of ``at``."""
    beside = [b + n * MICROSECOND for b in bounds for n in (-1, 0, 1)]
    hours = [at - timedelta(hours=h) for h in (1, 2, 5, 30, 24 * 20, 24 * 45)]
    ahead = [at + timedelta(hours=h) for h in (1, 20, 24 * 20)]
    return [*beside, *hours, *hours, *ahead]


def days(at: datetime) -> list[date]:
    """Return days around ``at``, their anniversaries, leap days and the calendar's ends."""
    today = at.date()
    near = [today + timedelta(days=n) for n in (-31, -30, -8, -7, -1, 0, 1, 2, 7, 30)]
    born = [_born(d, 1990) for d in near[3:]]
    return [*near, *near[5:], *born, date(1988, 2, 29), *DAYS]


def number(units: int, column: Declared) -> Value:
    """Return a literal of so many stored units."""
    if column.type is T.MONEY:
        assert column.currency is not None
        return Money(units, column.currency)
    return Scaled(units, column.decimals) if column.type is T.DECIMAL else units


def _born(day: date, year: int) -> date:
    """Return the same day of another year; a leap day's eve where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
