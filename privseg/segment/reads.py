# SPDX-License-Identifier: Apache-2.0
"""What a condition reads, and whether it fits the catalogue; both known before any data is."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from privseg.policy.catalogue import Catalogue, Column, ColumnType, Readable, SourceKind
from privseg.segment.errors import (
    EmptyReadSetError,
    NoValuesError,
    UnknownAttributeError,
    WrongTypeError,
)
from privseg.segment.library import Library
from privseg.segment.tree import (
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
    Not,
    Operator,
    Scaled,
    SegmentRef,
)
from privseg.terms import Attribute, Money


def read_set(
    condition: Condition, catalogue: Catalogue, library: Library | None = None
) -> frozenset[Attribute]:
    """Return every attribute that ``condition`` reads, references written out.

    A test of an event reads the bare fact that it happened; a sum reads the property, too.

    Raises:
        UnknownAttributeError, NoValuesError: it names what a segment cannot read.
        WrongTypeError: a test does not fit the declared type, currency or decimals.
        EmptyReadSetError: it reads nothing.
        UnknownSegmentError, TooComplexError: see ``Library.expand``.
    """
    found: set[Attribute] = set()
    for test in leaves((library or Library()).expand(condition)):
        found |= _reads(test, catalogue)
    if not found:
        raise EmptyReadSetError
    return frozenset(found)


def leaves(condition: Condition) -> Iterator[AttributeTest | EventTest]:
    """Yield the tests of a condition whose references are written out, in its order."""
    match condition:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case AttributeTest() | EventTest():
            yield condition
        case SegmentRef():
            raise ValueError("write references out first (Library.expand)")


def readable(attribute: Attribute, catalogue: Catalogue) -> Readable:
    """Return what ``attribute`` is.

    Raises:
        UnknownAttributeError: the catalogue does not let a segment read it.
        NoValuesError: it is derived.
    """
    if attribute in catalogue.derived:
        raise NoValuesError(attribute)
    if attribute not in catalogue.readables:
        close = get_close_matches(attribute, list(catalogue.readables), n=1)
        raise UnknownAttributeError(attribute, suggestion=next(iter(close), None))
    return catalogue.readables[attribute]


def _reads(test: AttributeTest | EventTest, catalogue: Catalogue) -> frozenset[Attribute]:
    if isinstance(test, AttributeTest):
        known = readable(test.attribute, catalogue)
        column = known.column
        if column is None or known.source.kind is SourceKind.EVENTS:
            raise WrongTypeError(test.attribute, "it belongs to an event; test it with `event:`")
        _check_fit(test.attribute, column, test.type, test.comparisons)
        return frozenset({test.attribute})
    fact = Attribute(test.event)
    if readable(fact, catalogue).column is not None:
        raise WrongTypeError(fact, "it is an attribute; test it with `attribute:`")
    if test.sum is None:
        return frozenset({fact})
    column = readable(test.sum.of, catalogue).column
    if column is None:
        raise WrongTypeError(test.sum.of, "it is not a property of an event")
    _check_fit(test.sum.of, column, test.sum.type, test.sum.comparisons)
    return frozenset({fact, test.sum.of})


def _check_fit(
    attribute: Attribute, column: Column, kind: ColumnType, comparisons: tuple[Comparison, ...]
) -> None:
    """Refuse a test written for another type, currency, scale or vocabulary."""
    if kind is not column.type:
        raise WrongTypeError(attribute, f"it is {column.type}, and is tested as {kind}")
    for comparison in comparisons:
        for value in comparison.values:
            if isinstance(value, Money) and value.currency != column.currency:
                raise WrongTypeError(attribute, "an amount is in another currency")
            if isinstance(value, Scaled) and value.decimals != column.decimals:
                raise WrongTypeError(attribute, "a number has another scale")
            declared = comparison.operator is Operator.IS_KNOWN or not column.values
            if kind in {ColumnType.CATEGORY, ColumnType.SET} and not (
                declared or value in column.values
            ):
                raise WrongTypeError(attribute, "a value is not one that the catalogue declares")
