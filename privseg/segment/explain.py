# SPDX-License-Identifier: Apache-2.0
"""A condition in plain words, and which of its parts hold for one person.

Words come from gettext; the truth of a part comes from the evaluator of record, never from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import gettext as _
from gettext import ngettext
from zoneinfo import ZoneInfo

from privseg.policy.catalogue import ColumnType
from privseg.segment.evaluate import Person, holds
from privseg.segment.tree import (
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
    Fixed,
    Not,
    Operator,
    Scaled,
    Segment,
    SegmentRef,
    Value,
    Window,
)
from privseg.terms import Money


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a condition in words, and whether it held for the person asked about."""

    text: str
    held: bool


def explain(condition: Condition) -> str:
    """Return ``condition`` in plain words.

    >>> from privseg.terms import Attribute
    >>> country = Comparison(Operator.IN, ("DE", "FR"))
    >>> opened = EventTest("email_open", window=Ago(30, AgoUnit.DAYS))
    >>> where = (AttributeTest(Attribute("country"), ColumnType.CATEGORY, (country,)), Not(opened))
    >>> explain(All(where))
    'country is DE or FR; not: any email_open in the 30 days before'
    """
    return _("; ").join(clauses(condition))


def clauses(condition: Condition) -> tuple[str, ...]:
    """Return one text for each part that must hold; one alone where the root is no ``all``."""
    return tuple(_words(part) for part in _conjuncts(condition))


def why(
    condition: Condition,
    person: Person,
    *,
    at: datetime,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
) -> tuple[Clause, ...]:
    """Return each part that must hold, in words, and whether it held for ``person``.

    Law: all of them held exactly if the condition holds.

    Raises:
        UnknownSegmentError: a reference names a segment that ``segments`` does not have.
    """
    return tuple(
        Clause(_words(part), holds(part, person, at=at, zone=zone, segments=segments))
        for part in _conjuncts(condition)
    )


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, All) else (condition,)


def _words(condition: Condition) -> str:
    match condition:
        case All(parts):
            return _("all of ({parts})").format(parts=_("; ").join(map(_words, parts)))
        case Any_(parts):
            return _("any of ({parts})").format(parts=_("; ").join(map(_words, parts)))
        case Not(part):
            return _("not: {part}").format(part=_words(part))
        case AttributeTest():
            tests = [_comparison(c, condition.type) for c in condition.comparisons]
            return f"{condition.attribute} {_(' and ').join(tests)}"
        case EventTest():
            return _event(condition)
        case SegmentRef(name):
            return _("in the segment {name}").format(name=name)


def _event(test: EventTest) -> str:
    parts = [_count(c, test.event) for c in test.count]
    if test.sum is not None:
        tests = [_comparison(c, test.sum.type) for c in test.sum.comparisons]
        total = _("the sum of {of} {tests}")
        parts.append(total.format(of=test.sum.of, tests=_(" and ").join(tests)))
    return f"{_(' and ').join(parts)} {_window(test.window)}"


def _count(comparison: Comparison, event: str) -> str:
    """Return a count in words: "any purchase", "at least 2 purchase events"."""
    number = comparison.cells[0]
    assert isinstance(number, int)  # counts are integers by construction
    if comparison.operator is Operator.AT_LEAST and number == 1:
        return _("any {event}").format(event=event)
    words = {
        Operator.AT_LEAST: _("at least"),
        Operator.OVER: _("more than"),
        Operator.AT_MOST: _("at most"),
        Operator.UNDER: _("fewer than"),
        Operator.EQUALS: _("exactly"),
    }[comparison.operator]
    events = ngettext("{words} {number} {event} event", "{words} {number} {event} events", number)
    return events.format(words=words, number=number, event=event)


def _comparison(comparison: Comparison, kind: ColumnType) -> str:
    texts = [_value(v) for v in comparison.values]
    match comparison.operator:
        case Operator.IS_KNOWN:
            return _("is known") if comparison.values[0] else _("is not known")
        case Operator.BETWEEN:
            return _("is from {low} to {high}").format(low=texts[0], high=texts[1])
        case Operator.CONTAINS if kind is ColumnType.SET:
            return _("includes {value}").format(value=texts[0])
        case other:
            return _template(other).format(value=_(" or ").join(texts))


def _template(operator: Operator) -> str:
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


def _value(value: Value) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case Money(minor, currency):
            return f"{_decimal(minor, currency.exponent)} {currency.code}"
        case Scaled(units, decimals):
            return _decimal(units, decimals)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        case "":
            return _("the empty text")
        case _:
            return str(value)  # text, integers; a day in ISO 8601


def _decimal(units: int, digits: int) -> str:
    """Return a scaled integer as a decimal, exactly."""
    whole, part = divmod(abs(units), 10**digits)
    sign = "-" if units < 0 else ""
    return f"{sign}{whole}.{part:0{digits}}" if digits else f"{sign}{whole}"


def _window(window: Window | None) -> str:
    match window:
        case None:
            return _("at any time before")
        case Ago(number, unit):
            return _ago(number, unit)
        case Fixed(start, end):
            return _("from {start} until {end}").format(start=_value(start), end=_value(end))


def _ago(number: int, unit: AgoUnit) -> str:
    match unit:
        case AgoUnit.HOURS:
            text = ngettext("in the hour before", "in the {n} hours before", number)
        case AgoUnit.DAYS:
            text = ngettext("in the day before", "in the {n} days before", number)
        case AgoUnit.WEEKS:
            text = ngettext("in the week before", "in the {n} weeks before", number)
        case AgoUnit.MONTHS:
            text = ngettext("in the month before", "in the {n} months before", number)
        case AgoUnit.YEARS:
            text = ngettext("in the year before", "in the {n} years before", number)
    return text.format(n=number)
