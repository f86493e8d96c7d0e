# SPDX-License-Identifier: Apache-2.0
"""Which columns of the column store an attribute is: what the second gate and readers go by.

Written from the catalogue alone and apart from the compiler, so that one cannot excuse the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privseg.errors import PolicyError
from privseg.policy.catalogue import Catalogue, Column, ColumnRole, ColumnType, Readable, Source
from privseg.terms import Attribute

PEOPLE_TABLE = "eligible"
ORDINAL = "ordinal"
TIME = "time"
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
    ColumnType.TIME: "TIMESTAMPTZ",
    ColumnType.SET: "VARCHAR[]",
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

    Any attribute of a table brings its ordinal, and of an event its time: they say whom and when.
    The table of eligible people is always among them.

    Raises:
        UndeclaredAttributeError: one of them is not in the catalogue.
    """
    found = {(PEOPLE_TABLE, ORDINAL)}
    for attribute in attributes:
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
    tables: dict[str, dict[str, str]] = {PEOPLE_TABLE: {ORDINAL: "UINTEGER"}}
    for source in catalogue.sources.values():
        names = [n for c in _stored(source) for n in names_of(c)] + list(_structural(source))
        _refuse_doubles(names)
        types = {n: _TYPES[c.type] for c in _stored(source) for n in names_of(c)}
        structural = {ORDINAL: "UINTEGER", TIME: "TIMESTAMPTZ"}
        tables[source.table] = types | {n: structural[n] for n in _structural(source)}
    _refuse_doubles([PEOPLE_TABLE, *(s.table for s in catalogue.sources.values())])
    return tables


def _structural(source: Source) -> tuple[str, ...]:
    return (ORDINAL,) if source.event is None else (ORDINAL, TIME)


def _own(readable: Readable) -> tuple[str, ...]:
    return () if readable.column is None else names_of(readable.column)


def names_of(column: Column) -> tuple[str, ...]:
    """Return how a column is called in the store, and for a text also its folded form."""
    name = column.attribute
    return (name, name + FOLDED) if column.type is ColumnType.TEXT else (name,)


def _stored(source: Source) -> tuple[Column, ...]:
    return tuple(c for c in source.columns if c.role is not ColumnRole.DIRECT_IDENTIFIER)


def _refuse_doubles(names: list[str]) -> None:
    if len({n.casefold() for n in names}) < len(names):
        raise ValueError("two tables or columns have one name")
