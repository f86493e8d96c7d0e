# SPDX-License-Identifier: Apache-2.0
"""The tests on one value, read as what is asked: of which type, and compared by which operators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from privseg.loaders.errors import Mistakes
from privseg.loaders.nodes import Scalar
from privseg.loaders.segment_test_file import NumberTests, ValueTests
from privseg.loaders.segment_values import how_often, literal
from privseg.loaders.segment_windows import ago
from privseg.policy.catalogue import Column, ColumnType
from privseg.segment.values import (
    MAX_VALUES,
    NUMBER_OPERATORS,
    OPERATORS,
    Comparison,
    Operator,
    Relation,
    Relative,
    Test,
    Value,
)
from privseg.terms import Place

ANNIVERSARY = "anniversary"  # the key of the one relation that has a mapping of its own
_MOMENTS = {r.value: r for r in (Relation.WITHIN, Relation.OLDER_THAN, Relation.WITHIN_NEXT)}
_RELATIONS = {
    ColumnType.TIME: _MOMENTS,
    ColumnType.DATE: {**_MOMENTS, ANNIVERSARY: Relation.ANNIVERSARY_WITHIN_NEXT},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared: the values of ``column``, or how often where there is none.

    ``words`` say what it is in a refusal.
    """

    words: str
    operators: frozenset[Operator]
    column: Column | None

    @property
    def relations(self) -> dict[str, Relation]:
        """Return the keys that count from the moment of the run, for dates and moments."""
        return {} if self.column is None else _RELATIONS.get(self.column.type, {})

    @property
    def choices(self) -> str:
        """Return every key that it can be tested by, in words."""
        return ", ".join([*sorted(self.operators), *self.relations])


HOW_OFTEN = Asked("how often", NUMBER_OPERATORS, None)


def of_column(column: Column) -> Asked:
    """Return that the values of a column are compared, by what their type has."""
    return Asked(column.type, OPERATORS[column.type], column)


def read_tests(
    entry: NumberTests | ValueTests, asked: Asked, mistakes: Mistakes
) -> tuple[Test, ...] | None:
    """Return every test of an entry; None when there is none, or one that cannot be read."""
    written = list(_written(entry))
    if not written:
        mistakes.note(f"say what it must be: {asked.choices}", entry.place())
        return None
    read = [_test(key, value, asked, entry.place(key), mistakes) for key, value in written]
    tests = tuple(t for t in read if t is not None)
    return tests if len(tests) == len(read) else None


def is_tested(entry: NumberTests | ValueTests) -> bool:
    """Return whether an entry has any test."""
    return next(_written(entry), None) is not None


def _written(entry: NumberTests | ValueTests) -> Iterator[tuple[str, Any]]:
    """Yield the tests of an entry by their keys as a file writes them."""
    model = NumberTests if isinstance(entry, NumberTests) else ValueTests
    for name, field in model.model_fields.items():
        if (value := getattr(entry, name)) is not None:
            yield field.alias or name, value


def _test(key: str, value: Any, asked: Asked, place: Place, mistakes: Mistakes) -> Test | None:
    """Return one test."""
    if key in asked.relations:
        return _relative(key, value, asked.relations[key], place, mistakes)
    if key not in asked.operators:
        has = f"it has: {asked.choices}"
        mistakes.note(f"{asked.words} has no {key!r}; {has}", place)
        return None
    return _comparison(Operator(key), value, asked, place, mistakes)


def _relative(
    key: str, value: Any, relation: Relation, place: Place, mistakes: Mistakes
) -> Relative | None:
    """Return how far from the run's moment it lies."""
    is_anniversary = key == ANNIVERSARY
    at = value.place("within_next") if is_anniversary else place
    span = ago(value.within_next if is_anniversary else value, at, mistakes)
    if span is None:
        return None
    try:
        return Relative(relation, span)
    except ValueError as error:
        mistakes.note(str(error), at)
        return None


def _comparison(
    operator: Operator, written: Any, asked: Asked, place: Place, mistakes: Mistakes
) -> Comparison | None:
    """Return one comparison."""
    if operator is Operator.IS_KNOWN:
        return Comparison(operator, (written,))
    literals = (written,) if isinstance(written, Scalar) else tuple(written)
    if not 1 <= len(literals) <= MAX_VALUES:
        mistakes.note(f"name one value or more, at most {MAX_VALUES}", place)
        return None
    read = [_value(w, asked, mistakes) for w in literals]
    values = tuple(v for v in read if v is not None)
    if len(values) < len(read):
        return None
    comparison = Comparison(operator, values)
    if operator is Operator.BETWEEN and _is_backwards(comparison):
        mistakes.note("nothing lies between these: the lower end comes first", place)
        return None
    return comparison


def _value(written: Scalar, asked: Asked, mistakes: Mistakes) -> Value | None:
    if asked.column is None:
        return how_often(written, mistakes)
    return literal(written, asked.column, mistakes)


def _is_backwards(between: Comparison) -> bool:
    low, high = between.cells
    return bool(low > high)  # type: ignore[operator]
