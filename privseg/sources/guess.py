# SPDX-License-Identifier: Apache-2.0
"""Guesses about a file's columns from their names and a look at their cells.

A guess shows no value of a row, with one exception that says so: the values of a column that
looks like a category, if at least ``SHOWN_FROM`` rows have them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from privseg.policy.catalogue import ColumnType
from privseg.segment.text import fold_text
from privseg.sources import hints
from privseg.sources.convert import Converted, plain
from privseg.sources.moments import dates, moments
from privseg.sources.numbers import booleans, integers, scaled
from privseg.sources.reader import Reader
from privseg.sources.words import SEPARATOR, wording

LOOKED_AT = 200_000  # rows, from the start of the file
SHOWN_FROM = 5  # rows that must have a value before a proposal shows it
MOST_VALUES = 30  # of a category
REPEATED = 3  # times, on average, that a category's value comes
MOST_DECIMALS = 9  # that the catalogue allows
MOSTLY = 0.8  # of the cells

_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_PHONE = r"^(\+|00)[0-9][0-9 ()/.-]{6,}$"
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column may be. ``values`` are those that enough rows have; ``rare`` counts others."""

    header: str
    type: ColumnType
    unique: bool
    complete: bool
    identifier: str | None = None
    special: str | None = None
    category: str | None = None
    decimals: int = 0
    currency: str | None = None
    values: tuple[str, ...] = field(default=(), repr=False)
    rare: int = 0

    @property
    def is_birth(self) -> bool:
        """Return whether it may be a date of birth."""
        return not hints.words(self.header).isdisjoint(hints.BIRTHS)


def guesses(reader: Reader) -> tuple[Guess, ...]:
    """Return a guess for each column, from the first rows of a file."""
    batches, rows = [], 0
    for batch in reader.batches():
        batches.append(batch)
        rows += len(batch)
        if rows >= LOOKED_AT:
            break
    return tuple(_guess(name, list(_cells(batches, name))) for name in reader.columns)


def _cells(batches: Collection[pa.RecordBatch], name: str) -> Iterator[pa.Array]:
    """Yield one column's cells."""
    for batch in batches:
        yield plain(batch[name])


def _guess(header: str, parts: list[pa.Array]) -> Guess:
    """Return a guess about one column."""
    cells = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    known = cells.drop_null()
    text = _text(known)
    kind, decimals = _type(header, known, text)
    counted = _counts(text) if kind in {ColumnType.CATEGORY, ColumnType.SET} else {}
    shown = tuple(sorted(v for v, n in counted.items() if n >= SHOWN_FROM or _is_country(v)))
    unique = len(known) > 1 and pc.count_distinct(text).as_py() == len(known)
    return Guess(
        header=header,
        type=kind if shown or not counted else ColumnType.TEXT,
        unique=unique,
        complete=len(known) == len(cells),
        identifier=_identifier(header, text, kind, unique=unique),
        special=_special(header, counted),
        category=hints.hinted(header, hints.CATEGORIES),
        decimals=decimals,
        currency=_currency(header) if kind is ColumnType.MONEY else None,
        values=shown,
        rare=len(counted) - len(shown),
    )


def _text(known: pa.Array) -> pa.Array:
    """Return cells as text, as far as they are values."""
    if pa.types.is_nested(known.type):
        return pa.array([SEPARATOR.join(map(str, v)) for v in known.to_pylist()], pa.string())
    return (
        wording(known).values if not pa.types.is_temporal(known.type) else known.cast(pa.string())
    )


def _type(header: str, known: pa.Array, text: pa.Array) -> tuple[ColumnType, int]:
    """Return the narrowest type that takes every cell, and a decimal's digits."""
    if not len(known):
        return ColumnType.TEXT, 0
    if pa.types.is_nested(known.type):
        return ColumnType.SET, 0
    numeric = pa.types.is_integer(known.type) or pa.types.is_string(known.type)
    trials = (
        (ColumnType.BOOLEAN, booleans, True),
        (ColumnType.INTEGER, integers, numeric and not hints.MONEY & hints.words(header)),
        (ColumnType.DATE, dates, True),
        (ColumnType.TIME, lambda cells: moments(cells, ZoneInfo("UTC")), True),
    )
    for kind, convert, sensible in trials:
        if sensible and _takes(convert, known):
            return kind, 0
    return _wider(header, known, text)


def _wider(header: str, known: pa.Array, text: pa.Array) -> tuple[ColumnType, int]:
    """Return the type of cells that are no whole numbers, days or truth values."""
    if _takes(lambda cells: scaled(cells, MOST_DECIMALS), known):
        if hints.MONEY & hints.words(header):
            return ColumnType.MONEY, 0
        return ColumnType.DECIMAL, _digits(text)
    if _share(pc.match_substring(text, SEPARATOR)) > 1 / MOST_VALUES and _few(
        [p for cell in text.to_pylist() for p in cell.split(SEPARATOR)]
    ):
        return ColumnType.SET, 0
    few = pc.count_distinct(text).as_py() * REPEATED <= len(text) and _few(
        text.unique().to_pylist()
    )
    return (ColumnType.CATEGORY if few else ColumnType.TEXT), 0


def _takes(convert: Callable[[pa.Array], Converted], known: pa.Array) -> bool:
    """Return whether a conversion takes every cell."""
    with suppress(pa.ArrowException, TypeError):
        return not convert(known).faults
    return False


def _few(values: Collection[str]) -> bool:
    """Return whether values look like those of a category: few, short, no numbers."""
    distinct = {v for v in values if v is not None}
    short = all(0 < len(v.strip()) <= MOST_VALUES for v in distinct)
    return 1 < len(distinct) <= MOST_VALUES and short


def _digits(text: pa.Array) -> int:
    """Return how many digits after the point the cells need."""
    tails = (t.partition(".")[2] for t in text.unique().to_pylist())
    return min(MOST_DECIMALS, max(1, max((len(t) for t in tails if t.isdigit()), default=1)))


def _counts(text: pa.Array) -> Mapping[str, int]:
    """Return how many rows have each value of a category or set."""
    return Counter(p.strip(" ") for cell in text.to_pylist() for p in cell.split(SEPARATOR))


def _identifier(header: str, text: pa.Array, kind: ColumnType, *, unique: bool) -> str | None:
    """Return which kind of direct identifier a column may be."""
    if _share(pc.match_substring_regex(text, _EMAIL)) >= MOSTLY:
        return "email"
    if _share(pc.match_substring_regex(text, _PHONE)) >= MOSTLY:
        return "phone"
    named = hints.hinted(header, hints.IDENTIFIERS)
    is_key = bool(hints.words(header) & hints.KEYS)
    if kind in {ColumnType.TEXT, ColumnType.INTEGER}:
        if named == "customer_number" and not (is_key or unique or _is_number_like(header)):
            return None
        return named
    return None


def _is_number_like(header: str) -> bool:
    """Return whether a header is one word that names a person's number, such as ``client``."""
    return len(hints.words(header)) == 1


def _special(header: str, counted: Mapping[str, int]) -> str | None:
    """Return which special category of GDPR Art. 9 a column may be."""
    if not hints.BELIEFS.isdisjoint(map(fold_text, counted)):
        return "belief"
    return hints.hinted(header, hints.SPECIAL)


def _currency(header: str) -> str | None:
    """Return a currency that a header names."""
    found = {w.upper() for w in hints.words(header)} & hints.CURRENCIES
    return min(found, default=None)


def _is_country(value: str) -> bool:
    """Return whether a value looks like an ISO 3166 code: those are public anyway."""
    return _COUNTRY.fullmatch(value) is not None


def _share(matches: pa.Array) -> float:
    """Return the share of cells that match."""
    return float(pc.mean(matches.cast(pa.int8())).as_py() or 0)
