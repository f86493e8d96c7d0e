# SPDX-License-Identifier: Apache-2.0
"""From what a table is broken down by to dimensions: public keys and cut points, or found keys."""

from __future__ import annotations

from itertools import pairwise

from privseg.frames import (
    MISSING_KEY,
    Amount,
    ByCategory,
    ByCut,
    ByFound,
    CountOf,
    DaysSince,
    Dimension,
    OfPerson,
    SumOf,
)
from privseg.policy.catalogue import Column, ColumnRole, ColumnType, Readable, SourceKind
from privseg.policy.findings import suggestion
from privseg.policy.numbers import Number, NumberKind
from privseg.policy.scores import Rfm
from privseg.release.ask_amounts import AmountKind, AmountRequest, Point
from privseg.release.ask_dimensions import ByCutPoints, ByFoundValues, ByGrid, ByRequest, ByValues
from privseg.release.compile_asking import Asking, stored, unit_of
from privseg.release.compile_errors import ReportNotUsableError
from privseg.release.plan import DimensionCaption, Unit, window_of
from privseg.terms import Attribute, Place

Captioned = tuple[Dimension, DimensionCaption]

TRUTHS = ("true", "false")
DAYS = Unit("days")
KINDS = {
    AmountKind.VALUE: (NumberKind.PERSON, NumberKind.RESULT),
    AmountKind.COUNT: (NumberKind.EVENT,),
    AmountKind.SUM: (NumberKind.PROPERTY,),
    AmountKind.DAYS_SINCE: (NumberKind.EVENT,),
}


def dimensions_of(asking: Asking, by: ByRequest) -> tuple[Captioned, ...]:
    """Return the dimensions that a breakdown asks for: one, or three of a score's grid.

    Raises:
        ReportRefusedError: the catalogue has no such name.
        ReportNotUsableError: it cannot be broken down so, or a cut point is no point of it.
    """
    match by:
        case ByValues():
            return ((_values(asking, by), DimensionCaption(by.label)),)
        case ByFoundValues():
            return ((_found(asking, by), DimensionCaption(by.label)),)
        case ByCutPoints():
            return (_cut(asking, by),)
        case ByGrid():
            return _grid(asking, by)


def may_repeat(asking: Asking, dimension: Dimension) -> bool:
    """Return whether one person can be under several keys of a breakdown: the values of a set."""
    if not isinstance(dimension, ByCategory):
        return False
    found = asking.policy.catalogue.readables.get(dimension.attribute)
    return found is not None and found.column is not None and found.column.type is ColumnType.SET


def _values(asking: Asking, by: ByValues) -> ByCategory:
    output = asking.policy.catalogue.output_of(by.attribute)
    if output is not None:
        if output.type is not ColumnType.CATEGORY:
            raise _no_breakdown(by.attribute, by.place, _cut_hint(by.attribute))
        return ByCategory(by.attribute, _keys(output.values, by.attribute, by.place))
    column = _own_column(asking.readable(by.attribute, by.place), by.place)
    match column.type:
        case ColumnType.CATEGORY | ColumnType.SET:
            return ByCategory(by.attribute, _keys(column.values, by.attribute, column.place))
        case ColumnType.BOOLEAN:
            return ByCategory(by.attribute, (*TRUTHS, MISSING_KEY))
        case ColumnType.TEXT:
            hint = f"text that many share is found by {{found: {by.attribute}}}"
            raise _no_breakdown(by.attribute, by.place, hint)
        case _:
            raise _no_breakdown(by.attribute, by.place, _cut_hint(by.attribute))


def _own_column(found: Readable, place: Place) -> Column:
    """Return the column of a person's own attribute."""
    if found.column is None or found.source.kind is not SourceKind.PEOPLE:
        raise _no_breakdown(found.attribute, place, "it takes an attribute of a person")
    return found.column


def _no_breakdown(name: Attribute, place: Place, hint: str) -> ReportNotUsableError:
    why = f"{name!r} cannot break a table down: it has no declared values of a person; {hint}"
    return ReportNotUsableError(why, place=place)


def _cut_hint(name: Attribute) -> str:
    return f"a number is cut at points, such as {{cut: {name}, at: [1, 2]}}"


def _keys(values: tuple[str, ...], name: Attribute, place: Place) -> tuple[str, ...]:
    if not values or MISSING_KEY in values:
        why = f"{name!r} declares no values, or one of them is {MISSING_KEY!r}"
        raise ReportNotUsableError(why, place=place)
    return (*values, MISSING_KEY)


def _found(asking: Asking, by: ByFoundValues) -> ByFound:
    """Return the breakdown by found values: of text alone, and of none that is special.

    Values that are declared need nothing found. What people wrote of special categories is not
    looked through for what many wrote (GDPR Art. 9); a direct identifier is in no catalogue.
    """
    name = by.attribute
    found = asking.readable(name, by.place)
    column = _own_column(found, by.place)
    if column.type is not ColumnType.TEXT:
        hint = f"ask by: {name}" if column.values else _cut_hint(name)
        why = f"{name!r} is {column.type}, and found values are of text; {hint}"
        raise ReportNotUsableError(why, place=by.place)
    if found.special or column.role is ColumnRole.SENSITIVE:
        why = f"{name!r} is special: its values are not searched for; declare some as a category"
        raise ReportNotUsableError(why, place=by.place)
    return ByFound(name)


def _cut(asking: Asking, by: ByCutPoints) -> Captioned:
    asked = by.amount
    number = asking.number(asked.attribute, asked.place, *KINDS[asked.kind])
    if number.is_truth and asked.kind is AmountKind.VALUE:
        why = f"{asked.attribute!r} is true or false: by: {asked.attribute} needs no points"
        raise ReportNotUsableError(why, place=by.place)
    cuts = tuple(stored(point, number.column) for point in by.at)
    _check_points(asking, by.at, cuts, asked, number)
    unit = DAYS if asked.kind is AmountKind.DAYS_SINCE else unit_of(number)
    return ByCut(_amount(asking, asked), cuts), DimensionCaption(by.label, unit, asked.days)


def _amount(asking: Asking, asked: AmountRequest) -> Amount:
    window = window_of(asked.days, asking.at)
    match asked.kind:
        case AmountKind.VALUE:
            return OfPerson(asked.attribute)
        case AmountKind.COUNT:
            return CountOf(asked.attribute, window, only_with=asked.only_with)
        case AmountKind.SUM:
            return SumOf(asked.attribute, window, only_with=asked.only_with)
        case AmountKind.DAYS_SINCE:
            return DaysSince(asked.attribute, window)


def _check_points(
    asking: Asking,
    points: tuple[Point, ...],
    cuts: tuple[int, ...],
    asked: AmountRequest,
    number: Number,
) -> None:
    """Refuse points that do not rise, and points outside of what the number can be."""
    if not cuts:
        raise ReportNotUsableError("name at least one point", place=asked.place)
    for point, (a, b) in zip(points[1:], pairwise(cuts), strict=True):
        if b <= a:
            raise ReportNotUsableError("each point is more than the one before", place=point.place)
    low, high = _reach(asking, asked, number)
    for point, cut in zip(points, cuts, strict=True):
        if (low is not None and cut < low) or (high is not None and cut > high):
            why = "outside the range of the number: nobody can be on one side of this point"
            raise ReportNotUsableError(why, place=point.place)


def _reach(asking: Asking, asked: AmountRequest, number: Number) -> tuple[int | None, int | None]:
    """Return the least and the greatest point that says something, as far as that is known."""
    match asked.kind:
        case AmountKind.VALUE:
            return asking.clamp(number).range or (None, None)
        case AmountKind.COUNT:
            return 1, None
        case AmountKind.SUM:
            return None, None
        case AmountKind.DAYS_SINCE:
            return 1, asked.days


def _grid(asking: Asking, by: ByGrid) -> tuple[Captioned, ...]:
    """Return recency, frequency and money at the points that the policy publishes for a score."""
    scores = asking.policy.catalogue.scores
    found = scores.get(by.score)
    if found is None or not isinstance(found.formula, Rfm):
        known = [name for name, score in scores.items() if isinstance(score.formula, Rfm)]
        why = f"there is no rfm score {by.score!r}{suggestion(by.score, known)}"
        raise ReportNotUsableError(why, place=by.place)
    rfm, event = found.formula, Attribute(found.formula.event)
    window = window_of(rfm.within_days, asking.at)
    money = unit_of(asking.number(rfm.amount, by.place))
    amounts: tuple[tuple[Amount, tuple[int, ...], str, Unit], ...] = (
        (DaysSince(event, window), rfm.recency_days, "recency", DAYS),
        (CountOf(event, window), rfm.frequency, "frequency", Unit("events")),
        (SumOf(rfm.amount, window), rfm.monetary, "monetary", money),
    )
    return tuple(
        (ByCut(amount, cuts), DimensionCaption(label, unit, rfm.within_days))
        for amount, cuts, label, unit in amounts
    )
