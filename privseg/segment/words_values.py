# SPDX-License-Identifier: Apache-2.0
"""Values, comparisons and lengths of time in plain words, said by a voice.

A text that is not one plain word stands in quotes, with what could not be seen or could turn the
line around written as a code, so that no value can pass for words of the explanation.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from privseg.policy.catalogue import ColumnType
from privseg.segment.values import (
    Ago,
    AgoUnit,
    Comparison,
    Fixed,
    Operator,
    Relation,
    Relative,
    Scaled,
    Test,
    Value,
    Window,
)
from privseg.segment.voice import AS_WRITTEN, Voice
from privseg.terms import MICROSECOND, Money

_PLAIN = re.compile(r"[\w+-]([\w.+/@-]*[\w+-])?")
_JOINERS = "\u200c\u200d"  # part of how words are written in Persian and in Indian scripts
_TIMES = frozenset({ColumnType.DATE, ColumnType.TIME})
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def asked_in_words(tests: tuple[Test, ...], kind: ColumnType, _: Voice) -> str:
    """Return what a value must satisfy: "is over 3 and is under 5"."""
    return _(" and ").join(_test(t, kind, _) for t in tests)


def is_compound(tests: tuple[Test, ...]) -> bool:
    """Return whether the words hold an "and" or an "or", so that a "not" needs parentheses."""
    return len(tests) > 1 or any(
        isinstance(t, Comparison) and t.operator is Operator.IN and len(t.values) > 1 for t in tests
    )


def window_in_words(window: Window | None, _: Voice) -> str:
    """Return a window, seen from the moment asked about."""
    match window:
        case None:
            return _("at any time before")
        case Ago():
            return _before(window, _)
        case Fixed(start, end):
            return _("from {start} up to, not including, {end}").format(
                start=value_in_words(start, _), end=value_in_words(end, _)
            )


def value_in_words(value: Value, _: Voice) -> str:
    """Return a literal as a person writes it; a day in ISO 8601."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case Money(minor, currency):
            return f"{_.number(decimal(minor, currency.exponent))} {currency.code}"
        case Scaled(units, decimals):
            return _.number(decimal(units, decimals))
        case datetime():
            return _moment(value.astimezone(UTC))
        case str():
            return _text(value, _)
        case int() | date():
            return str(value)


def share_in_words(share: Fraction, _: Voice = AS_WRITTEN) -> str:
    """Return a share as a percentage, exactly.

    >>> share_in_words(Fraction(1, 8)), share_in_words(Fraction(1, 3))
    ('12.5%', '1/3')
    """
    percent = share * 100
    digits = next((d for d in range(10) if (percent * 10**d).denominator == 1), None)
    if digits is None:
        return str(share)
    return _("{number}%").format(number=_.number(decimal(int(percent * 10**digits), digits)))


def duration_in_words(duration: timedelta, _: Voice = AS_WRITTEN) -> str:
    """Return a duration in days or hours; in seconds, where it is neither.

    >>> duration_in_words(timedelta(days=2)), duration_in_words(timedelta(hours=36))
    ('2 days', '36 hours')
    """
    if not duration % _DAY:
        return length_in_words(Ago(duration // _DAY, AgoUnit.DAYS), _)
    if not duration % _HOUR:
        return length_in_words(Ago(duration // _HOUR, AgoUnit.HOURS), _)
    seconds = decimal(duration // MICROSECOND, 6).rstrip("0").rstrip(".")
    return _("{n} seconds").format(n=_.number(seconds))


def length_in_words(ago: Ago, _: Voice) -> str:
    """Return a length of time: "1 day", "3 months"."""
    match ago.unit:
        case AgoUnit.HOURS:
            text = _.many("{n} hour", "{n} hours", ago.number)
        case AgoUnit.DAYS:
            text = _.many("{n} day", "{n} days", ago.number)
        case AgoUnit.WEEKS:
            text = _.many("{n} week", "{n} weeks", ago.number)
        case AgoUnit.MONTHS:
            text = _.many("{n} month", "{n} months", ago.number)
        case AgoUnit.YEARS:
            text = _.many("{n} year", "{n} years", ago.number)
    return text.format(n=ago.number)


def decimal(units: int, digits: int) -> str:
    """Return a scaled integer as a decimal, exactly.

    >>> decimal(-1250, 2), decimal(7, 0)
    ('-12.50', '7')
    """
    whole, part = divmod(abs(units), 10**digits)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{part:0{digits}}" if digits else f"{sign}{whole}"


def _test(test: Test, kind: ColumnType, _: Voice) -> str:
    return _relative(test, _) if isinstance(test, Relative) else _comparison(test, kind, _)


def _relative(test: Relative, _: Voice) -> str:
    length = length_in_words(test.span, _)
    match test.relation:
        case Relation.WITHIN:
            return _("lies {window}").format(window=_before(test.span, _))
        case Relation.OLDER_THAN:
            return _("lies more than {length} before").format(length=length)
        case Relation.WITHIN_NEXT:
            return _("lies less than {length} ahead").format(length=length)
        case Relation.ANNIVERSARY_WITHIN_NEXT:
            return _("has an anniversary today or less than {length} ahead").format(length=length)


def _comparison(comparison: Comparison, kind: ColumnType, _: Voice) -> str:
    texts = [value_in_words(v, _) for v in comparison.values]
    match comparison.operator:
        case Operator.IS_KNOWN:
            return _("is known") if comparison.values[0] else _("is not known")
        case Operator.BETWEEN:
            return _("is from {low} to {high}").format(low=texts[0], high=texts[1])
        case Operator.CONTAINS if kind is ColumnType.SET:
            return _("includes {value}").format(value=texts[0])
        case other if kind in _TIMES:
            return _in_time(other, _).format(value=_(" or ").join(texts))
        case other:
            return _template(other, _).format(value=_(" or ").join(texts))


def _in_time(operator: Operator, _: Voice) -> str:
    """Return how a day or a moment is compared."""
    return {
        Operator.AT_LEAST: _("is {value} or later"),
        Operator.OVER: _("is after {value}"),
        Operator.AT_MOST: _("is {value} or earlier"),
        Operator.UNDER: _("is before {value}"),
    }.get(operator) or _template(operator, _)


def _template(operator: Operator, _: Voice) -> str:
    return {
        Operator.EQUALS: _("is {value}"),
        Operator.IN: _("is {value}"),
        Operator.AT_LEAST: _("is at least {value}"),
        Operator.OVER: _("is over {value}"),
        Operator.AT_MOST: _("is at most {value}"),
        Operator.UNDER: _("is under {value}"),
        Operator.STARTS_WITH: _("starts with {value}"),
        Operator.CONTAINS: _("contains {value}"),
    }[operator]


def _before(ago: Ago, _: Voice) -> str:
    match ago.unit:
        case AgoUnit.HOURS:
            text = _.many("in the hour before", "in the {n} hours before", ago.number)
        case AgoUnit.DAYS:
            text = _.many("in the day before", "in the {n} days before", ago.number)
        case AgoUnit.WEEKS:
            text = _.many("in the week before", "in the {n} weeks before", ago.number)
        case AgoUnit.MONTHS:
            text = _.many("in the month before", "in the {n} months before", ago.number)
        case AgoUnit.YEARS:
            text = _.many("in the year before", "in the {n} years before", ago.number)
    return text.format(n=ago.number)


def _moment(moment: datetime) -> str:
    """Return a moment to the second, or finer where it is."""
    finer = f".{moment.microsecond:06}" if moment.microsecond else ""
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat(' ')}{finer} UTC"


def _text(text: str, _: Voice) -> str:
    if text == "":
        return _("the empty text")
    return text if _PLAIN.fullmatch(text) else _visible(json.dumps(text, ensure_ascii=False))


def _visible(text: str) -> str:
    """Return ``text`` with every character that is not seen written as its code."""
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c)[0] == "C" and c not in _JOINERS else c
        for c in text
    )
