# SPDX-License-Identifier: Apache-2.0
"""Whether a test fits the catalogue: that what it names is there, and of its type and currency."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from privseg.policy.catalogue import Catalogue, Column, ColumnType, Readable, SourceKind
from privseg.policy.digest import score_digest
from privseg.policy.scores import Output
from privseg.segment.errors import NoValuesError, UnknownAttributeError, WrongTypeError
from privseg.segment.tree import AccountTest, AttributeTest, CohortTest, Leaf, Sample, ScoreTest
from privseg.segment.tree_events import (
    Aggregate,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
    Sequence,
    Step,
)
from privseg.segment.values import Comparison, Operator, Scaled, Test, Value
from privseg.segment.walk import event_of, is_time, steps_of
from privseg.terms import Attribute, Money

MOMENT = Output(ColumnType.TIME)  # what every event's time is
_WRITTEN = {
    SourceKind.PEOPLE: "it is a person's attribute; test it with `attribute:`",
    SourceKind.EVENTS: "it belongs to an event; test it with `event:`",
    SourceKind.ACCOUNTS: "it belongs to an account; test it with `account:`",
    SourceKind.LIST: "it is a list of people; test it with `cohort:`",
}


def readable(attribute: Attribute, catalogue: Catalogue) -> Readable:
    """Return what ``attribute`` is in the sources.

    Raises:
        UnknownAttributeError: the catalogue does not let a segment read it.
        NoValuesError: it is derived, and no score's.
        WrongTypeError: it is a score's.
    """
    if catalogue.score_of(attribute) is not None:
        raise WrongTypeError(attribute, "it is a score; test it with `score:`")
    if attribute in catalogue.derived:
        raise NoValuesError(attribute)
    if attribute not in catalogue.readables:
        raise _unknown(attribute, catalogue.readables)
    return catalogue.readables[attribute]


def check_leaf(test: Leaf, catalogue: Catalogue) -> None:
    """Refuse a test that the catalogue does not fit.

    Raises:
        UnknownAttributeError, NoValuesError: it names what a segment cannot read.
        WrongTypeError: it is written for another kind, type, currency, scale or vocabulary.
    """
    match test:
        case AttributeTest(name, kind, tests):
            _check_fit(name, kind, tests, _column(name, SourceKind.PEOPLE, catalogue))
        case AccountTest():
            _check_account(test, catalogue)
        case ScoreTest():
            _check_score(test, catalogue)
        case CohortTest(name):
            _source_kind(name, SourceKind.LIST, catalogue)
        case EventTest(event, aggregates, _, where):
            _check_step(Step(event, where), catalogue)
            for aggregate in aggregates:
                _check_aggregate(aggregate, catalogue)
        case Sequence():
            for step in steps_of(test):
                _check_step(step, catalogue)
        case Sample():
            pass


def _check_account(test: AccountTest, catalogue: Catalogue) -> None:
    column = _column(test.attribute, SourceKind.ACCOUNTS, catalogue)
    _check_fit(test.attribute, test.type, test.tests, column)
    source = readable(test.attribute, catalogue).source
    if test.link != catalogue.link_to(source.name):
        raise WrongTypeError(
            test.link, f"it is not what says to which of {source.name!r} a person belongs"
        )


def _check_score(test: ScoreTest, catalogue: Catalogue) -> None:
    """Refuse what is no score's result, and one written for another formula."""
    score = catalogue.score_of(test.score)
    if score is None:
        if test.score in catalogue.readables:
            kind = catalogue.readables[test.score].source.kind
            raise WrongTypeError(test.score, _WRITTEN[kind])
        if test.score in catalogue.derived:
            raise NoValuesError(test.score)
        raise _unknown(test.score, [o for s in catalogue.scores.values() for o in s.outputs])
    _check_fit(test.score, test.type, test.tests, score.outputs[test.score])
    if test.definition != score_digest(score):
        raise WrongTypeError(test.score, "its formula has changed since; load the segment anew")


def _check_step(step: Step, catalogue: Catalogue) -> None:
    _check_event(Attribute(step.event), catalogue)
    if step.where is not None:
        _check_filter(step.where, catalogue)


def _check_event(event: Attribute, catalogue: Catalogue) -> None:
    """Refuse what is not the bare fact that an event happened."""
    _source_kind(event, SourceKind.EVENTS, catalogue)
    if readable(event, catalogue).column is not None:
        raise WrongTypeError(event, "it is a property; test it with `property:` in a `where:`")


def _check_filter(where: Filter, catalogue: Catalogue) -> None:
    match where:
        case FilterAll(parts) | FilterAny(parts):
            for part in parts:
                _check_filter(part, catalogue)
        case FilterNot(part):
            _check_filter(part, catalogue)
        case PropertyTest(name, kind, tests):
            _check_fit(name, kind, tests, _property(name, catalogue))
        case SameAs():
            _check_same_as(where, catalogue)


def _check_same_as(where: SameAs, catalogue: Catalogue) -> None:
    """Refuse to compare what is not of one type, currency and scale."""
    _check_event(Attribute(event_of(where.other)), catalogue)
    one, other = _property(where.property, catalogue), _property(where.other, catalogue)
    _check_fit(where.property, where.type, (), one)
    _check_fit(where.other, where.type, (), other)
    if (one.currency, one.decimals) != (other.currency, other.decimals):
        raise WrongTypeError(
            where.property, f"{where.other!r} is in another currency, or of another scale"
        )


def _check_aggregate(aggregate: Aggregate, catalogue: Catalogue) -> None:
    """Refuse an aggregate of another type; a count of different values is compared as a number."""
    if aggregate.of is not None:
        made = _property(aggregate.of, catalogue)
        tests = aggregate.tests if aggregate.result is aggregate.type else ()
        _check_fit(aggregate.of, aggregate.type, tests, made)


def _property(name: Attribute, catalogue: Catalogue) -> Column | Output:
    """Return what a property of an event is; its time stands in no column."""
    if is_time(name):
        return MOMENT
    return _column(name, SourceKind.EVENTS, catalogue)


def _column(name: Attribute, kind: SourceKind, catalogue: Catalogue) -> Column:
    """Return the column of ``name``, which must be in a source of this kind."""
    _source_kind(name, kind, catalogue)
    column = readable(name, catalogue).column
    if column is None:
        raise WrongTypeError(name, "it is an event and has no value; count it with `event:`")
    return column


def _source_kind(name: Attribute, kind: SourceKind, catalogue: Catalogue) -> None:
    found = readable(name, catalogue).source.kind
    if found is not kind:
        raise WrongTypeError(name, _WRITTEN[found])


def _unknown(attribute: Attribute, known: Iterable[Attribute]) -> UnknownAttributeError:
    close = get_close_matches(attribute, list(known), n=1)
    return UnknownAttributeError(attribute, suggestion=next(iter(close), None))


def _check_fit(
    attribute: Attribute, kind: ColumnType, tests: tuple[Test, ...], declared: Column | Output
) -> None:
    """Refuse a test written for another type, currency, scale or vocabulary."""
    if kind is not declared.type:
        raise WrongTypeError(attribute, f"it is {declared.type}, and is tested as {kind}")
    for test in tests:
        if isinstance(test, Comparison) and test.operator is not Operator.IS_KNOWN:
            for value in test.values:
                _check_literal(attribute, value, declared)


def _check_literal(attribute: Attribute, value: Value, declared: Column | Output) -> None:
    if isinstance(value, Money) and value.currency != declared.currency:
        raise WrongTypeError(attribute, "an amount is in another currency")
    if isinstance(value, Scaled) and value.decimals != declared.decimals:
        raise WrongTypeError(attribute, "a number has another scale")
    worded = declared.type in {ColumnType.CATEGORY, ColumnType.SET}
    if worded and declared.values and value not in declared.values:
        raise WrongTypeError(attribute, "a value is not one that the catalogue declares")
