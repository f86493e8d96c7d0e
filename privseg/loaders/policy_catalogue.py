# SPDX-License-Identifier: Apache-2.0
"""From the catalogue section of a policy to sources and columns; every mistake is noted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from privseg.frames import MISSING_KEY
from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of
from privseg.loaders.policy_derived import FOLDED, STRUCTURAL, read_derived
from privseg.loaders.policy_file import ColumnEntry, DerivedEntry, SourceEntry
from privseg.policy.catalogue import (
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Source,
    SourceKind,
)
from privseg.policy.findings import suggestion
from privseg.terms import Category, Currency, Place

PEOPLE_TABLE = "eligible"  # the table that every query starts from (gate/columns.py)
MAX_DECIMALS = 9  # leaves nine digits before the point in 64 bits
NOT_OF_IDENTIFIERS = (
    "type", "category", "special", "nature", "retention", "values", "currency", "decimals",
)  # fmt: skip
EVENT_KEYS = ("event", "event_id", "time", "category")


def read_catalogue(
    entries: Mapping[str, SourceEntry], derived: Mapping[str, DerivedEntry], mistakes: Mistakes
) -> Catalogue:
    """Return the catalogue; what is declared twice is noted and kept once."""
    taken: set[str] = set()
    sources = {}
    for name, entry in entries.items():
        codes.spelt(name, codes.WORD, entry.place(), mistakes)
        _check_reserved(name, entry.place(), mistakes)
        sources[name] = _source(name, entry, taken, mistakes)
    places = [entries[name].place() for name in sources]
    codes.once((source.table for source in sources.values()), places, mistakes)
    catalogue = Catalogue(sources)
    return Catalogue(sources, read_derived(derived, catalogue, mistakes))


def _check_reserved(name: str, place: Place, mistakes: Mistakes) -> None:
    """Note a name that queries need for themselves."""
    if name == PEOPLE_TABLE or name.endswith(FOLDED):
        message = f"a name that the engine uses itself ({PEOPLE_TABLE}, ...{FOLDED}): take another"
        mistakes.note(message, place)


def _source(name: str, entry: SourceEntry, taken: set[str], mistakes: Mistakes) -> Source:
    """Return one source; ``taken`` are the names of the sources before it."""
    _check_kind(entry, mistakes)
    columns = [_column(header, c, mistakes) for header, c in entry.columns.items()]
    _check_person(entry, columns, mistakes)
    prefix = "" if entry.event is None else f"{entry.event}."
    event = entry.event
    if event is not None and not _is_free(event, taken):
        mistakes.note(f"{event!r} is declared twice", entry.place("event"))
        event, columns = None, []
    return Source(
        name=name,
        kind=entry.holds,
        person=entry.person,
        columns=tuple(c for c in columns if _is_new(c, prefix, taken, mistakes)),
        place=entry.place(),
        time_zone=codes.time_zone(entry.time_zone, entry.place("time_zone"), mistakes),
        retention_days=_retention(entry, columns, mistakes),
        event=event,
        event_id=entry.event_id,
        time=entry.time,
        category=None if entry.category is None else Category(entry.category),
        special=entry.special,
        nature=entry.nature,
    )


def _retention(entry: SourceEntry, columns: list[Column], mistakes: Mistakes) -> int | None:
    """Return how long rows are kept; note a column that is to be kept longer than its row."""
    whole = days_of(entry, "retention", mistakes)
    for column in columns:
        if whole is not None and (column.retention_days or 0) > whole:
            message = f"longer than the {whole}d for which its source keeps the row"
            mistakes.note(message, entry.columns[column.name].place("retention"))
    return whole


def _check_kind(entry: SourceEntry, mistakes: Mistakes) -> None:
    """Note what an events source lacks, and what a people source has no use for."""
    given = [k for k in (*EVENT_KEYS, "special", "nature") if k in entry.model_fields_set]
    if entry.holds is SourceKind.PEOPLE:
        for key in given:
            message = f"{key!r} is for a source that holds events; this one holds people"
            mistakes.note(message, entry.place(key))
        return
    for key in (k for k in EVENT_KEYS if k not in given):
        mistakes.note(f"a source of events needs {key!r}", entry.place())
    for key in ("event_id", "time"):
        if (header := getattr(entry, key)) in entry.columns:
            message = f"{key!r} is kept by itself; take it out of the columns"
            mistakes.note(message, entry.place("columns", header))
    if entry.event is not None:
        codes.spelt(entry.event, codes.WORD, entry.place("event"), mistakes)
        _check_reserved(entry.event, entry.place("event"), mistakes)
    if entry.category is not None:
        codes.spelt(entry.category, codes.NAME, entry.place("category"), mistakes)


def _check_person(entry: SourceEntry, columns: list[Column], mistakes: Mistakes) -> None:
    """Note a person column that is not there, or that does not identify."""
    found = next((c for c in columns if c.name == entry.person), None)
    if found is None:
        near = suggestion(entry.person, entry.columns)
        message = f"column {entry.person[:60]!r} is not among the columns{near}"
        mistakes.note(message, entry.place("person"))
    elif found.role is not ColumnRole.DIRECT_IDENTIFIER:
        mistakes.note("the person's column has role: direct_identifier", found.place)


def _column(header: str, entry: ColumnEntry, mistakes: Mistakes) -> Column:
    """Return one column."""
    word = _worded(header)
    if entry.role is ColumnRole.DIRECT_IDENTIFIER:
        return _identifier(header, entry.attribute or word, entry, mistakes)
    name = header if entry.attribute is None else entry.attribute
    if not codes.WORD.fullmatch(name) or name in STRUCTURAL:
        message = f"needs a lower-case name that is not taken, such as attribute: {word}"
        mistakes.note(message, entry.place("attribute"))
    if name.endswith(FOLDED):
        mistakes.note(f"{FOLDED} ends names that the engine makes", entry.place("attribute"))
    return _readable(header, name, entry, mistakes)


def _worded(header: str) -> str:
    """Return a header as a name.

    >>> _worded("Customer ID"), _worded("Time"), _worded("2024")
    ('customer_id', 'time_of_day', 'column_2024')
    """
    word = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")[:40]
    word = word if word[:1].isalpha() else f"column_{word}".strip("_")
    return {"time": "time_of_day"}.get(word, f"{word}_given" if word in STRUCTURAL else word)


def _identifier(header: str, name: str, entry: ColumnEntry, mistakes: Mistakes) -> Column:
    """Return a direct identifier: text, of a kind, readable by nobody."""
    if entry.identifier is None:
        mistakes.note("say what kind it is, such as identifier: email", entry.place())
    for key in NOT_OF_IDENTIFIERS:
        if key in entry.model_fields_set:
            message = f"a direct identifier has no {key!r}: it goes to the vault"
            mistakes.note(message, entry.place(key))
    role = ColumnRole.DIRECT_IDENTIFIER
    kind = codes.spelt(entry.identifier or "id", codes.WORD, entry.place("identifier"), mistakes)
    return Column(header, name, ColumnType.TEXT, role, entry.place(), identifier=kind)


def _readable(header: str, name: str, entry: ColumnEntry, mistakes: Mistakes) -> Column:
    """Return a column that segmenters may be allowed to read."""
    kind = ColumnType.TEXT if entry.type is None else entry.type
    if entry.type is None:
        mistakes.note(f"say its type: {', '.join(ColumnType)}", entry.place())
    if entry.identifier is not None:
        message = "an identifier has role: direct_identifier"
        mistakes.note(message, entry.place("identifier"))
    _check_for_type(kind, entry, mistakes)
    return Column(
        name=header,
        attribute=name,
        type=kind,
        role=_role(entry, mistakes),
        place=entry.place(),
        category=_category(entry, mistakes),
        special=entry.special,
        values=entry.values,
        currency=_currency(kind, entry, mistakes),
        decimals=entry.decimals or 0,
        nature=entry.nature,
        retention_days=days_of(entry, "retention", mistakes),
    )


def _check_for_type(kind: ColumnType, entry: ColumnEntry, mistakes: Mistakes) -> None:
    """Note a key that the type needs and lacks, or has and does not need."""
    needs = {
        ColumnType.CATEGORY: "values",
        ColumnType.SET: "values",
        ColumnType.MONEY: "currency",
        ColumnType.DECIMAL: "decimals",
    }
    for key in ("values", "currency", "decimals"):
        if (needs.get(kind) == key) is (key in entry.model_fields_set):
            continue
        verb = "needs" if needs.get(kind) == key else "has no"
        mistakes.note(f"type {kind} {verb} {key!r}", entry.place(key))
    if entry.decimals is not None and not 1 <= entry.decimals <= MAX_DECIMALS:
        mistakes.note(f"from 1 to {MAX_DECIMALS}", entry.place("decimals"))
    if "values" in entry.model_fields_set:
        _check_values(entry, mistakes)


def _check_values(entry: ColumnEntry, mistakes: Mistakes) -> None:
    """Note declared values that are none, or that nobody could tell apart."""
    if not entry.values:
        mistakes.note("name the values it may have", entry.place("values"))
    places = [entry.place("values", i) for i in range(len(entry.values))]
    folded = [unicodedata.normalize("NFC", v).casefold() for v in entry.values]
    codes.once(folded, places, mistakes)
    for value, place in zip(entry.values, places, strict=True):
        if not value.strip() or value == MISSING_KEY:
            mistakes.note("not a value: a missing one needs no declaration", place)


def _role(entry: ColumnEntry, mistakes: Mistakes) -> ColumnRole:
    """Return the role; a special category is never ordinary."""
    if entry.special and entry.role is ColumnRole.ORDINARY:
        mistakes.note("a special category is not ordinary", entry.place("role"))
    if entry.role is not None:
        return entry.role
    return ColumnRole.SENSITIVE if entry.special else ColumnRole.ORDINARY


def _category(entry: ColumnEntry, mistakes: Mistakes) -> Category:
    """Return the category, without which nobody could consent to the column."""
    if entry.category is None:
        message = "say which category of data it is: people consent to categories"
        mistakes.note(message, entry.place())
        return Category("unknown")
    return Category(codes.spelt(entry.category, codes.NAME, entry.place("category"), mistakes))


def _currency(kind: ColumnType, entry: ColumnEntry, mistakes: Mistakes) -> Currency | None:
    """Return the declared currency of money."""
    if kind is not ColumnType.MONEY or entry.currency is None:
        return None
    return codes.currency(entry.currency, entry.place("currency"), mistakes)


def _is_new(column: Column, prefix: str, taken: set[str], mistakes: Mistakes) -> bool:
    """Return whether a column's name is not taken yet; note it if it is.

    Identifiers are in no one's way: several sources name the person alike.
    """
    if column.role is ColumnRole.DIRECT_IDENTIFIER:
        return True
    free = _is_free(prefix + column.attribute, taken)
    if not free:
        mistakes.note(f"attribute {prefix + column.attribute!r} is declared twice", column.place)
    return free


def _is_free(name: str, taken: set[str]) -> bool:
    """Return whether a name is new, and take it."""
    if name in taken:
        return False
    taken.add(name)
    return True
