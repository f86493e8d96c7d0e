# SPDX-License-Identifier: Apache-2.0
"""What can be counted at all: decided from the plan alone, before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from privseg.compute.errors import (
    BoundTooWideError,
    CrossesPeopleError,
    MarginOfSeveralError,
    NotABreakdownError,
    NotAFilterError,
    NotAGridError,
    NotATableError,
    NotSummableError,
)
from privseg.frames import (
    Amount,
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
    Where,
)
from privseg.policy.catalogue import Catalogue, ColumnType, SourceKind
from privseg.protect.bounding import MAX_SUM
from privseg.terms import Attribute

NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY, ColumnType.BOOLEAN})
FILTERS = frozenset({ColumnType.CATEGORY, ColumnType.BOOLEAN})
FOUND = frozenset({ColumnType.TEXT, ColumnType.CATEGORY})
BREAKDOWNS = FOUND | {ColumnType.SET, ColumnType.BOOLEAN, ColumnType.INTEGER}
INT64 = range(-(2**63), 2**63)


def check_block(block: Block, catalogue: Catalogue) -> None:
    """Return if a block can be counted; it depends on the plan alone, never on data.

    Raises:
        NotATableError, MarginOfSeveralError: its cells are none that people can be bounded over.
        NotABreakdownError, NotAFilterError, NotAGridError: as ``check_dimension`` says.
        NotSummableError, BoundTooWideError: as ``check_measure`` says.
        CrossesPeopleError: a score of it is fitted to people.
    """
    for dimension in block.dimensions:
        check_dimension(dimension, catalogue)
    _check_cells(block)
    _check_periods(block)
    dropped = {i for level in block.margins for i in block.levels[0] if i not in level}
    if any(_has_several(block.dimensions[i], catalogue) for i in dropped):
        raise MarginOfSeveralError(block.name)
    for measure in block.measures:
        check_measure(measure, catalogue)


def _check_cells(block: Block) -> None:
    """Refuse cells that are not told apart: a person would be counted twice in one."""
    if block.groups_per_person < 1:
        raise NotATableError(block.name, "it lets nobody count")
    if block.is_open and (len(block.dimensions) > 1 or block.margins):
        raise NotATableError(block.name, "keys that are found stand alone, without margins")
    if not all(_is_margin(level, block.levels[0]) for level in block.margins):
        raise NotATableError(block.name, "a margin keeps what is no dimension of it")
    if len(set(block.cells)) < len(block.cells) or len(set(block.segments)) < len(block.segments):
        raise NotATableError(block.name, "two of its cells have one name")
    names = [m.name for m in block.measures]
    if len(set(names)) < len(names):
        raise NotATableError(block.name, "two of its measures have one name")


def _is_margin(level: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Return whether a level keeps some of the dimensions, each once and in order."""
    return level == tuple(i for i in whole if i in level) and level != whole


def _check_periods(block: Block) -> None:
    """Refuse periods that an event could be in two of."""
    periods = [d for d in block.dimensions if isinstance(d, ByPeriod)]
    if len(periods) > 1:
        raise NotATableError(block.name, "it has periods twice")
    for dimension in periods:
        moments = [m for window in dimension.windows for m in window]
        if any(later < earlier for earlier, later in pairwise(moments)):
            raise NotATableError(block.name, "its periods overlap, or are not in order")


def _has_several(dimension: Dimension, catalogue: Catalogue) -> bool:
    """Return whether a person may have several keys of a dimension."""
    match dimension:
        case ByPeriod():
            return dimension.most > 1
        case ByCategory():
            return _of_person(dimension.attribute, catalogue) is ColumnType.SET
        case ByFound() | ByCut() | ByFirst() | ByMember():
            return False


def check_dimension(dimension: Dimension, catalogue: Catalogue) -> None:
    """Return if a dimension can tell people apart, by each one's own rows.

    Raises:
        NotABreakdownError: it names nothing that could.
        NotAFilterError: it filters events by what is no category of theirs.
        NotAGridError: its cut points are no stored numbers.
        CrossesPeopleError: it is the result of a score that is fitted to people.
    """
    match dimension:
        case ByCategory(attribute):
            fits = _of_person(attribute, catalogue) in BREAKDOWNS and bool(dimension.keys)
        case ByFound(attribute):
            fits = _of_person(attribute, catalogue) in FOUND
        case ByCut(amount):
            check_edges(str(_named(amount)), dimension.cuts)
            attribute, fits = _named(amount), is_number_of_person(amount, catalogue)
        case ByPeriod():
            attribute, fits = dimension.event, _is_event(dimension.event, catalogue)
            check_where(dimension.event, dimension.where, catalogue)
        case ByFirst(attribute):
            fits = _of_event(attribute, catalogue) in FILTERS and bool(dimension.keys)
            check_where(dimension.event, dimension.where, catalogue)
        case ByMember():
            return
    if not fits:
        raise NotABreakdownError(attribute)


def check_measure(measure: Measure, catalogue: Catalogue) -> None:
    """Return if a measure can be added up.

    Raises:
        NotSummableError: it has no amount, or one that it cannot be of.
        NotAFilterError: it filters events by what is no category of theirs.
        NotAGridError: its grid has no rising edges.
        BoundTooWideError: its bounds are empty, or let one person add more than is summed exactly.
        CrossesPeopleError: it is of the result of a score that is fitted to people.
    """
    if measure.kind in {MeasureKind.SIZE, MeasureKind.COUNT}:
        return
    amount = measure.amount
    of_events = isinstance(amount, EachOf) and measure.kind is MeasureKind.AVERAGE
    if amount is None or not (of_events or is_number_of_person(amount, catalogue)):
        raise NotSummableError(measure.name)
    if isinstance(amount, EachOf):
        check_where(amount.event, amount.where, catalogue)
        if _of_event(amount.attribute, catalogue) not in NUMBERS:
            raise NotSummableError(measure.name)
    if measure.kind is MeasureKind.QUANTILES:
        check_edges(measure.name, measure.grid)
        return
    _check_bounds(measure)


def _check_bounds(measure: Measure) -> None:
    """Refuse bounds that let one person add nothing, or more than is summed exactly."""
    most, lower = 1, 0  # of a total
    if measure.kind is MeasureKind.AVERAGE:
        most, lower = max(measure.events_per_person, 0), measure.lower
    width, end = (measure.upper - lower) * most, max(abs(measure.upper), abs(lower))
    if not (0 < width <= MAX_SUM and end <= MAX_SUM):
        raise BoundTooWideError(measure.name)


def is_number_of_person(amount: Amount, catalogue: Catalogue) -> bool:
    """Return whether an amount is one number of a person, by that person's own rows.

    Raises:
        NotAFilterError: it filters events by what is no category of theirs.
        CrossesPeopleError: it is the result of a score that is fitted to people.
    """
    if isinstance(amount, OfPerson):
        return _of_person(amount.attribute, catalogue) in NUMBERS
    if isinstance(amount, EachOf):
        return False
    if isinstance(amount, SumOf) and _of_event(amount.attribute, catalogue) not in NUMBERS:
        return False
    check_where(amount.event, amount.where, catalogue)
    return _is_event(amount.event, catalogue)


def check_where(event: Attribute, where: Where, catalogue: Catalogue) -> None:
    """Return if events can be filtered so.

    Raises:
        NotAFilterError: by what is no category or boolean of theirs, or by no value of a boolean.
    """
    for column, value in where:
        kind = _of_event(Attribute(f"{event}.{column}"), catalogue)
        truth = kind is not ColumnType.BOOLEAN or value in {"true", "false"}
        if kind not in FILTERS or not truth:
            raise NotAFilterError(event, column)


def check_edges(name: str, edges: Sequence[int]) -> None:
    """Return if edges rise and can be compared with stored numbers.

    Raises:
        NotAGridError: they do not.
    """
    rising = all(a < b for a, b in pairwise(edges))
    if not (edges and rising and edges[0] in INT64 and edges[-1] in INT64):
        raise NotAGridError(name)


def person_type(attribute: Attribute, catalogue: Catalogue) -> ColumnType | None:
    """Return the type of what a person has one of; None for what is an event's, or a list."""
    output = catalogue.output_of(attribute)
    if output is not None:
        return output.type
    known = catalogue.readables.get(attribute)
    if known is None or known.column is None or known.source.kind is SourceKind.EVENTS:
        return None
    return known.column.type


def _of_person(attribute: Attribute, catalogue: Catalogue) -> ColumnType | None:
    """Return the type of what a person has one of, made of that person's rows alone."""
    score = catalogue.score_of(attribute)
    if score is not None and score.crosses_people:
        raise CrossesPeopleError(attribute)
    return person_type(attribute, catalogue)


def _of_event(attribute: Attribute, catalogue: Catalogue) -> ColumnType | None:
    """Return the type of an event's property."""
    known = catalogue.readables.get(attribute)
    if known is None or known.column is None or known.source.kind is not SourceKind.EVENTS:
        return None
    return known.column.type


def _is_event(attribute: Attribute, catalogue: Catalogue) -> bool:
    known = catalogue.readables.get(attribute)
    return known is not None and known.column is None and known.source.event is not None


def _named(amount: Amount) -> Attribute:
    """Return what an amount is of, for an error's text."""
    return amount.attribute if isinstance(amount, OfPerson | SumOf | EachOf) else amount.event
