# SPDX-License-Identifier: Apache-2.0
"""What a report can reckon with: numbers of people, and of their events, with their units."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privseg.policy.catalogue import Catalogue, Column, ColumnRole, ColumnType, Readable, SourceKind
from privseg.policy.scores import Output
from privseg.terms import Attribute, Place

SUMMABLE = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY, ColumnType.BOOLEAN})
"""Types whose values add up; a boolean is 0 or 1."""


class NumberKind(StrEnum):
    """Whose number it is."""

    PERSON = "person"  # an attribute of a person
    RESULT = "result"  # what a score gives for a person
    EVENT = "event"  # how many events
    PROPERTY = "property"  # of each event


BOUNDS = {
    NumberKind.PERSON: ("range", "grid"),
    NumberKind.RESULT: ("range", "grid"),
    NumberKind.EVENT: ("per_person", "grid"),
    NumberKind.PROPERTY: ("per_person", "per_event", "events_per_person", "grid"),
}
"""Which bounds a policy can state for each kind."""


@dataclass(frozen=True, slots=True)
class Number:
    """Something that has a number for a person; ``column`` gives type, currency and decimals.

    What is only counted, and what is true or false, has a column of whole numbers.
    """

    attribute: Attribute
    kind: NumberKind
    column: Column
    is_truth: bool = False


def number_of(catalogue: Catalogue, attribute: Attribute) -> Number | None:
    """Return what number a name stands for, or None if it has none.

    What is known of an account is no number of a person: a report has none of it.
    """
    if (output := catalogue.output_of(attribute)) is not None:
        return _result(attribute, output, catalogue.derived[attribute].place)
    found = catalogue.readables.get(attribute)
    if found is None or found.source.kind in {SourceKind.ACCOUNTS, SourceKind.LIST}:
        return None
    if found.column is None:
        return Number(attribute, NumberKind.EVENT, _whole(attribute, found.source.place))
    return _of_column(found, found.column)


def _of_column(found: Readable, column: Column) -> Number | None:
    if column.type not in SUMMABLE:
        return None
    kind = NumberKind.PERSON if found.source.kind is SourceKind.PEOPLE else NumberKind.PROPERTY
    if column.type is ColumnType.BOOLEAN:
        whole = _whole(found.attribute, column.place)
        return Number(found.attribute, kind, whole, is_truth=True)
    return Number(found.attribute, kind, column)


def _result(attribute: Attribute, output: Output, place: Place) -> Number | None:
    if output.type not in SUMMABLE:
        return None
    column = Column(
        name=attribute,
        attribute=attribute,
        type=output.type,
        role=ColumnRole.ORDINARY,
        place=place,
        currency=output.currency,
        decimals=output.decimals,
    )
    return Number(attribute, NumberKind.RESULT, column)


def _whole(attribute: Attribute, place: Place) -> Column:
    return Column(attribute, attribute, ColumnType.INTEGER, ColumnRole.ORDINARY, place)
