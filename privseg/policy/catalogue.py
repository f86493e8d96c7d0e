# SPDX-License-Identifier: Apache-2.0
"""The catalogue: which sources there are, what each column means and how sensitive it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from privseg.terms import Attribute, Category, Currency, Place


class ColumnType(StrEnum):
    """How a value is written, compared and stored."""

    TEXT = "text"  # free text: NFC, letter and digit folding; compared case-folded
    CATEGORY = "category"  # one of the declared values; anything else is rejected at ingest
    INTEGER = "integer"  # 64-bit, exact; larger is rejected at ingest
    DECIMAL = "decimal"  # exact, `decimals` digits after the point, stored as a scaled integer
    BOOLEAN = "boolean"
    DATE = "date"  # a calendar day without a time
    TIME = "time"  # a moment; UTC inside
    MONEY = "money"  # whole minor units of the declared currency
    SET = "set"  # several declared values at once


class ColumnRole(StrEnum):
    """How much a value says about who somebody is (release rooms and the vault depend on it)."""

    DIRECT_IDENTIFIER = "direct_identifier"  # into the vault; no segment can read it
    QUASI_IDENTIFIER = "quasi_identifier"
    SENSITIVE = "sensitive"
    ORDINARY = "ordinary"


class SourceKind(StrEnum):
    """What one row of a source is."""

    PEOPLE = "people"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a source.

    ``name`` is the header in the file, ``attribute`` the name used everywhere else (a person's
    attribute, or an event's property). ``category`` is None only for direct identifiers, whose
    ``identifier`` names the kind (email, phone, customer_number, name, ...).
    """

    name: str
    attribute: str
    type: ColumnType
    role: ColumnRole
    place: Place
    category: Category | None = None
    special: bool = False  # a special category of GDPR Art. 9: needs explicit consent
    values: tuple[str, ...] = ()  # the declared values of a CATEGORY or SET: public, not from data
    currency: Currency | None = None  # MONEY only
    decimals: int = 0  # DECIMAL only
    identifier: str | None = None  # DIRECT_IDENTIFIER only


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of file or table that data come from.

    ``person`` names the column that says whom a row is about (a direct identifier). An events
    source also names its event, the column of the event's id and the column of its time, and the
    category of the bare fact that the event happened.
    """

    name: str
    kind: SourceKind
    person: str
    columns: tuple[Column, ...]
    place: Place
    time_zone: str = "UTC"
    retention_days: int | None = None
    event: str | None = None
    event_id: str | None = None
    time: str | None = None
    category: Category | None = None
    special: bool = False

    @property
    def table(self) -> str:
        """Return the name of its table in the column store: the event's, else the source's."""
        return self.event if self.event is not None else self.name


@dataclass(frozen=True, slots=True)
class Readable:
    """What a segment may name: a person's attribute, an event, or an event's property.

    ``column`` is None when it is the bare fact of an event.
    """

    attribute: Attribute
    source: Source
    column: Column | None
    category: Category
    special: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every source by name, and every readable attribute by its name."""

    sources: Mapping[str, Source]
    readables: Mapping[Attribute, Readable] = field(init=False)

    def __post_init__(self) -> None:
        """Index what may be read; names are unique over the whole catalogue."""
        found: dict[Attribute, Readable] = {}
        for source in self.sources.values():
            for readable in _readables(source):
                if readable.attribute in found:
                    raise ValueError(f"attribute {readable.attribute!r} is declared twice")
                found[readable.attribute] = readable
        object.__setattr__(self, "readables", found)

    def events(self) -> Mapping[str, Source]:
        """Return the events sources by event name."""
        return {s.event: s for s in self.sources.values() if s.event is not None}


def _readables(source: Source) -> list[Readable]:
    """Return what a segment may name in ``source``; direct identifiers are not among it."""
    prefix = f"{source.event}." if source.event is not None else ""
    bare = (
        [Readable(Attribute(source.event), source, None, source.category, source.special)]
        if source.event is not None and source.category is not None
        else []
    )
    return bare + [
        Readable(Attribute(prefix + c.attribute), source, c, c.category, c.special)
        for c in source.columns
        if c.role is not ColumnRole.DIRECT_IDENTIFIER and c.category is not None
    ]
