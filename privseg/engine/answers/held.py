# SPDX-License-Identifier: Apache-2.0
"""What is stored on a person, source by source: rows in the catalogue's units, and their origin.

Values that no answer may show (``RequestLaw.never_disclosed``; secrets of accounts anywhere) are
left out here, before anything is composed of them, and told as held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from privseg.dsr.access import HeldData, Imported, NotShown
from privseg.engine.answers.person import account_rows
from privseg.engine.house import House
from privseg.gate.columns import IMPORTED
from privseg.policy import Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.policy.natures import Nature
from privseg.segment import FOLDED_SUFFIX
from privseg.store.imports_told import import_entries
from privseg.terms import Attribute, Ordinal

Row = Mapping[str, object]
STRUCTURAL = frozenset({"ordinal", "event_id", "time", IMPORTED})
SECRETS = frozenset({str(Nature.ACCOUNT_LOGIN)})  # never shown, whatever the law (GDPR Art. 15(4))
HOLDS = {
    SourceKind.PEOPLE: "one record about you",
    SourceKind.ACCOUNTS: "one record about your company",
    SourceKind.LIST: "that you are on this list",
}
UNDECLARED = "no longer declared"
KEPT = "kept by another law"


@dataclass(frozen=True, slots=True)
class Hidden:
    """Which natures of data an answer under some law never shows."""

    natures: frozenset[str]

    def of(self, column: Column) -> str | None:
        """Return the nature for which a column is not shown; None for one that is."""
        return column.nature if column.nature in self.natures | SECRETS else None


def stored_rows(house: House, person: Ordinal | None) -> dict[str, list[Row]]:
    """Return every row that the column store holds on a person, by source, in stored units."""
    snapshot, there = house.columns.snapshot(), set(house.columns.tables())
    return {
        name: list(house.columns.stamped_rows_of(person, source.table, snapshot=snapshot))
        if source.table in there and person is not None
        else []
        for name, source in sources_about_people(house)
    }


def undeclared_rows(house: House, person: Ordinal | None) -> dict[str, list[Row]]:
    """Return what is stored on a person in tables that the catalogue does not declare any more."""
    if person is None:
        return {}
    declared = {s.table for s in house.policy.catalogue.sources.values()}
    snapshot = house.columns.snapshot()
    found: dict[str, list[Row]] = {
        table: list(house.columns.stamped_rows_of(person, table, snapshot=snapshot))
        for table in house.columns.tables()
        if table not in declared
    }
    return {table: rows for table, rows in found.items() if rows}


def sources_about_people(house: House) -> list[tuple[str, Source]]:
    """Return the sources with rows about people, by name."""
    found = house.policy.catalogue.sources.items()
    return sorted((n, s) for n, s in found if s.kind is not SourceKind.ACCOUNTS)


def held_data(
    house: House, person: Ordinal | None, stored: Mapping[str, list[Row]], hidden: Hidden
) -> tuple[HeldData, ...]:
    """Return what every source holds; of somebody unknown no source is named."""
    if person is None:
        return ()
    imports = _imports(house)
    sources = dict(sources_about_people(house))
    return (
        *(_held(house, source, stored[name], hidden, imports) for name, source in sources.items()),
        *(_undeclared(t, rows) for t, rows in sorted(undeclared_rows(house, person).items())),
        *(_held(house, s, [row], hidden, imports) for s, row in account_rows(house, stored)),
        *kept_data(house, person, hidden),
    )


def kept_data(house: House, person: Ordinal, hidden: Hidden) -> Iterator[HeldData]:
    """Yield what other laws order to be kept of them since an erasure, if they came back."""
    numbers = house.kept.of_marks(house.vault.suppression_tags(person))
    for kept in map(house.kept.opened, numbers):
        source = house.policy.catalogue.sources.get(kept.source)
        columns = () if source is None else source.columns
        secret = {c.attribute: n for c in columns if (n := hidden.of(c)) is not None}
        rows: list[Row] = json.loads(kept.text)["rows"]
        there = {name for row in rows for name in row if name in secret}
        yield HeldData(
            source=kept.source,
            holds=f"kept since your data were erased, until {kept.until} ({kept.article})",
            categories=(KEPT,),
            retention_days=None,
            not_shown=tuple(NotShown(name, secret[name]) for name in sorted(there)),
            rows=tuple({k: v for k, v in row.items() if k not in secret} for row in rows),
        )


def identity_shown(
    house: House, person: Ordinal | None, hidden: Hidden
) -> tuple[tuple[tuple[str, str], ...], tuple[NotShown, ...]]:
    """Return the person's identifiers, and those kinds that are held but not shown."""
    if person is None:
        return (), ()
    secret = {
        c.identifier: nature
        for source in house.policy.catalogue.sources.values()
        for c in source.columns
        if c.identifier is not None and (nature := hidden.of(c)) is not None
    }
    known = house.vault.identity(person)
    shown = tuple((s.kind, s.value) for s in known if s.kind not in secret)
    kinds = sorted({s.kind for s in known if s.kind in secret})
    return shown, tuple(NotShown(kind, secret[kind]) for kind in kinds)


def shown_value(value: object, column: Column) -> object:
    """Return a stored value in the catalogue's units, as JSON holds it."""
    if column.type is ColumnType.ACCOUNT:
        return value.hex() if isinstance(value, bytes) else None  # a keyed mark
    if column.type in {ColumnType.MONEY, ColumnType.DECIMAL}:
        return decimal_text(value, digits_of(column))
    return sorted(value) if isinstance(value, frozenset | set) else value


def digits_of(column: Column) -> int:
    """Return how many digits of a scaled number stand behind the point."""
    return column.currency.exponent if column.currency else column.decimals


def decimal_text(value: object, digits: int) -> object:
    """Return a scaled integer as exact decimal text; an average to two digits more.

    >>> decimal_text(-1250, 2), decimal_text(7, 0), decimal_text(None, 2)
    ('-12.50', '7', None)
    """
    if isinstance(value, Fraction) and value.denominator != 1:
        return decimal_text(round(value * 100), digits + 2)
    if not isinstance(value, int | Fraction):
        return value
    whole, part = divmod(abs(int(value)), 10**digits)
    return f"{'-' if value < 0 else ''}{whole}" + (f".{part:0{digits}}" if digits else "")


def _imports(house: House) -> dict[str, tuple[Imported, ...]]:
    """Return when each source came in, and in which kind of file, from the log."""
    found: dict[str, tuple[Imported, ...]] = {}
    for entry in import_entries(house.db):
        name, form = str(entry.header["source"]), entry.header.get("format")
        told = Imported(entry.time, str(form) if form is not None else None)
        found[name] = (*found.get(name, ()), told)
    return found


def _held(
    house: House, source: Source, rows: list[Row], hidden: Hidden,
    imports: Mapping[str, tuple[Imported, ...]],
) -> HeldData:  # fmt: skip
    """Return one source's part of the answer."""
    secret = {c.attribute: nature for c in source.columns if (nature := hidden.of(c)) is not None}
    there = {a for row in rows for a, value in row.items() if value is not None and a in secret}
    categories = {c.category for c in source.columns if c.category} | (
        {source.category} if source.category else set()
    )
    purposes = sorted(
        p for p, rule in house.policy.purposes.items() if not categories.isdisjoint(rule.categories)
    )
    return HeldData(
        source=source.name,
        holds=HOLDS.get(source.kind, f"{source.event} events"),
        categories=tuple(sorted(categories)),
        purposes=tuple(purposes),
        retention_days=source.retention_days,
        imports=imports.get(source.name, ()),
        not_shown=tuple(NotShown(a, secret[a]) for a in sorted(there)),
        came_in=tuple(_came_in(row) for row in rows),
        rows=tuple(_shown(row, source, secret) for row in rows),
    )


def _shown(row: Row, source: Source, secret: Mapping[str, str]) -> Row:
    """Return a stored row in the catalogue's units, without structural columns and secrets."""
    columns = {c.attribute: c for c in source.columns}
    shown: dict[str, object] = {}
    for name, value in row.items():
        if name in secret or name.endswith(FOLDED_SUFFIX):
            continue
        if name == "time" or (name not in columns and name not in STRUCTURAL):
            shown[name] = value  # stored, though the catalogue does not declare it any more
        elif name in columns:
            shown[name] = shown_value(value, columns[name])
    return shown


def _undeclared(table: str, rows: list[Row]) -> HeldData:
    """Return what is still stored of a source that the catalogue does not declare any more."""
    left_out = STRUCTURAL - {"time"}
    told = [{k: v for k, v in r.items() if k not in left_out} for r in rows]
    return HeldData(
        source=table,
        holds="no longer in use",
        categories=(UNDECLARED,),
        retention_days=None,
        came_in=tuple(_came_in(row) for row in rows),
        rows=tuple(told),
    )


def _came_in(row: Row) -> str | None:
    """Return when a row came in, where that is kept."""
    moment = row.get(IMPORTED)
    return moment.isoformat() if isinstance(moment, datetime) else None


def column_of(house: House, attribute: str) -> Column | None:
    """Return the column that an attribute or an event's property is stored in, if it is one."""
    known = house.policy.catalogue.readables.get(Attribute(attribute))
    is_column = known is not None and known.column is not None
    return known.column if is_column and known.column.role is not _DIRECT else None  # type: ignore[union-attr]


_DIRECT = ColumnRole.DIRECT_IDENTIFIER
