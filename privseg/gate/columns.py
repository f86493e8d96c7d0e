# SPDX-License-Identifier: Apache-2.0
"""Which columns of the column store an attribute is: what the second gate and readers go by.

Written from the catalogue alone and apart from the compiler, so that one cannot excuse the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privseg.errors import PolicyError
from privseg.policy.catalogue import (
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Readable,
    Source,
    SourceKind,
)
from privseg.policy.catalogue_types import RESERVED
from privseg.terms import Attribute

PEOPLE_TABLE = "eligible"
SCORES = "scores"  # computed for a run: a column for each score's result, by its full name
SAMPLES = "samples"  # likewise: a column for each sample, by its name
MADE = RESERVED
ORDINAL = "ordinal"
TIME = "time"  # whole microseconds since 1970, as every moment is for an engine
EVENT_ID = "event_id"
IMPORTED = "_imported"  # when a row about a person came in; no attribute can be called so
FOLDED = "__folded"  # the second column of a text: as it is matched (segment/text.py)

TableColumn = tuple[str, str]
Schema = Mapping[str, Mapping[str, str]]
"""DuckDB type by table and column."""

_TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.CATEGORY: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.DECIMAL: "BIGINT",
    ColumnType.MONEY: "BIGINT",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.TIME: "BIGINT",
    ColumnType.SET: "VARCHAR[]",
    ColumnType.ACCOUNT: "BLOB",
}


class UndeclaredAttributeError(PolicyError):
    """A plan names an attribute that the catalogue does not declare as readable."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(
            f"the catalogue lets nobody read {attribute!r}; declare it, or leave it out"
        )
        self.attribute = attribute


def columns_of(attributes: Iterable[Attribute], catalogue: Catalogue) -> frozenset[TableColumn]:
    """Return the (table, column) pairs that reading ``attributes`` may touch.

    Any attribute of a table brings its ordinal, and of an event its time and id: they say whom,
    when and in which order. The table of eligible people is always among them. A score's result
    stands in the table of scores. What a sample draws is nobody's data: ``recheck`` knows it.

    Raises:
        UndeclaredAttributeError: one of them is not in the catalogue.
    """
    found = {(PEOPLE_TABLE, ORDINAL)}
    for attribute in attributes:
        if catalogue.score_of(attribute) is not None:
            found |= {(SCORES, ORDINAL), (SCORES, str(attribute))}
            continue
        if attribute not in catalogue.readables:
            raise UndeclaredAttributeError(attribute)
        readable = catalogue.readables[attribute]
        table = readable.source.table
        found |= {(table, name) for name in (*_structural(readable.source), *_own(readable))}
    return frozenset(found)


def schema_of(catalogue: Catalogue) -> Schema:
    """Return every table of the column store with all its columns, readable or not.

    Raises:
        ValueError: two tables or columns have one name (SQL does not tell case apart).
    """
    outputs = (o for score in catalogue.scores.values() for o in score.outputs.items())
    scored = {str(name): _TYPES[output.type] for name, output in outputs}
    tables: dict[str, dict[str, str]] = {
        PEOPLE_TABLE: {ORDINAL: "UINTEGER"},
        SCORES: {ORDINAL: "UINTEGER", **scored},
    }
    for source in catalogue.sources.values():
        names = [n for c in _stored(source) for n in names_of(c)] + list(_structural(source))
        _refuse_doubles(names)
        types = {n: _TYPES[c.type] for c in _stored(source) for n in names_of(c)}
        structural = {ORDINAL: "UINTEGER", TIME: "BIGINT", EVENT_ID: "BLOB"}
        tables[source.table] = types | {n: structural[n] for n in _structural(source)}
    _refuse_doubles([*MADE, *(s.table for s in catalogue.sources.values())])
    return tables


def _structural(source: Source) -> tuple[str, ...]:
    return (ORDINAL,) if source.event is None else (ORDINAL, TIME, EVENT_ID)


def _own(readable: Readable) -> tuple[str, ...]:
    return () if readable.column is None else names_of(readable.column)


def names_of(column: Column) -> tuple[str, ...]:
    """Return how a column is called in the store, and for a text also its folded form."""
    name = column.attribute
    return (name, name + FOLDED) if column.type is ColumnType.TEXT else (name,)


def _stored(source: Source) -> tuple[Column, ...]:
    """Return the columns that an engine may come to see; of an account, not its own name."""
    return tuple(
        c
        for c in source.columns
        if c.role is not ColumnRole.DIRECT_IDENTIFIER
        and not (source.kind is SourceKind.ACCOUNTS and c.type is ColumnType.ACCOUNT)
    )


def _refuse_doubles(names: list[str]) -> None:
    if len({n.casefold() for n in names}) < len(names):
        raise ValueError("two tables or columns have one name")
