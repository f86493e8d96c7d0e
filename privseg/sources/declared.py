# SPDX-License-Identifier: Apache-2.0
"""From a source of the catalogue to the fields that its files are read into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from privseg.policy.catalogue import Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.segment.text import folded_name
from privseg.sources.assemble import Check, Field
from privseg.sources.convert import Converted, Mask, mask_of
from privseg.sources.distinct import CONTENT_ID, content_ids
from privseg.sources.faults import Fault, FileError
from privseg.sources.moments import dates, moments
from privseg.sources.numbers import booleans, integers, scaled
from privseg.sources.words import accounts, declared, folded, identifiers, named, sets, texts

TIME = "time"


def wanted(source: Source) -> tuple[str, ...]:
    """Return the names of every column that a source's file must have, each once."""
    structural = (source.person, source.event_id, source.time)
    named = [c.name for c in source.columns] + [n for n in structural if n is not None]
    return tuple(n for n in dict.fromkeys(named) if n != CONTENT_ID)


def identifier_kinds(source: Source) -> dict[str, str]:
    """Return the kind of each direct identifier by column name, the person's first.

    A source of accounts is about no person.
    """
    if source.kind is SourceKind.ACCOUNTS:
        return {}
    found = {
        c.name: c.identifier or c.name
        for c in source.columns
        if c.role is ColumnRole.DIRECT_IDENTIFIER
    }
    return {source.person: source.person} | found


def account_columns(source: Source) -> dict[str, str]:
    """Return the columns that name accounts by header: their attributes."""
    return {c.name: c.attribute for c in source.columns if c.type is ColumnType.ACCOUNT}


def fields(source: Source, file: str) -> tuple[Field, ...]:
    """Return the fields of a source: attributes and ``time`` by name, the rest as ``=column``.

    Raises:
        FileError: the source's time zone is not known here.
    """
    zone = zone_of(source.time_zone, file)
    kinds, named_accounts = identifier_kinds(source), account_columns(source)
    apart_names = {*kinds, *named_accounts}
    found = [_attribute(c, zone) for c in source.columns if c.name not in apart_names]
    found += [Field(f"={n}", n, accounts) for n in named_accounts]
    if source.time is not None:
        found.append(Field(TIME, source.time, partial(moments, zone=zone)))
    apart = dict.fromkeys(n for n in (*kinds, source.event_id) if n not in {None, CONTENT_ID})
    found += [Field(f"={n}", str(n), _identifier(str(n), kinds)) for n in apart]
    if source.event_id == CONTENT_ID:
        found.append(Field(f"={CONTENT_ID}", CONTENT_ID, partial(_contents, source), of_row=True))
    return tuple(found)


def required(source: Source) -> Check:
    """Return the check that each row says whom it is about, and an event when and which."""
    nobody = Fault.NO_ACCOUNT if source.kind is SourceKind.ACCOUNTS else Fault.NO_PERSON
    needed = {f"={source.person}": nobody}
    if source.time is not None:
        needed[TIME] = Fault.NO_TIME
    if source.event_id not in {None, CONTENT_ID}:
        needed[f"={source.event_id}"] = Fault.NO_EVENT_ID

    def check(values: Mapping[str, pa.Array]) -> Iterator[tuple[str, Fault, Mask]]:
        for name, fault in needed.items():
            yield name, fault, mask_of(values[name].is_null())

    return check


def zone_of(name: str, file: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        FileError: it is not known here.
    """
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name)
    why, hint = "its time zone is not known", "use an IANA name such as Europe/Berlin"
    raise FileError(file=file, why=why, hint=hint)


def _attribute(column: Column, zone: ZoneInfo) -> Field:
    """Return the field of an attribute; free text comes with its folded twin."""
    twin = {folded_name(column.attribute): folded} if column.type is ColumnType.TEXT else None
    return Field(column.attribute, column.name, partial(_values, column, zone), twin)


def _contents(source: Source, batch: pa.RecordBatch) -> Converted:
    """Return the content of each row, not yet numbered among its equals."""
    return Converted(content_ids(batch, wanted(source)))


def _identifier(column: str, kinds: Mapping[str, str]) -> Callable[[pa.Array], Converted]:
    """Return how identifiers are read; an event's id has no kind."""
    return partial(named, kinds[column]) if column in kinds else identifiers


def _values(column: Column, zone: ZoneInfo, cells: pa.Array) -> Converted:
    """Return values of the declared type."""
    match column.type:
        case ColumnType.CATEGORY:
            return declared(cells, column.values)
        case ColumnType.SET:
            return sets(cells, column.values, column.separator)
        case ColumnType.DECIMAL:
            return scaled(cells, column.decimals)
        case ColumnType.MONEY:
            assert column.currency is not None  # the loader sees to it
            return scaled(cells, column.currency.exponent)
        case ColumnType.TIME:
            return moments(cells, zone)
    return _PLAIN[column.type](cells)


_PLAIN = {
    ColumnType.TEXT: texts,
    ColumnType.INTEGER: integers,
    ColumnType.BOOLEAN: booleans,
    ColumnType.DATE: dates,
}
