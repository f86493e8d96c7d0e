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
    empty: bool = False
    seen: bool = False  # the identifier is one by the look of its cells, not by the header alone
    separator: str | None = None  # SET: what stands between values, where it is not the usual one

    @property
    def is_birth(self) -> bool:
        """Return whether it may be a date of birth."""
        return not hints.words(self.header).isdisjoint(hints.BIRTHS)


@dataclass(frozen=True, slots=True)
class Look:
    """How cells are looked at: what may stand between values, how few values a category has."""

    separators: tuple[str, ...] = (SEPARATOR,)
    fewest: int = 2


def guesses(reader: Reader, look: Look = Look()) -> tuple[Guess, ...]:
    """Return a guess for each column, from the first rows of a file."""
    batches, rows = [], 0
    for batch in reader.batches():
        batches.append(batch)
        rows += len(batch)
        if rows >= LOOKED_AT:
            break
    return tuple(_guess(n, list(_cells(batches, n)), look) for n in reader.columns)


def _cells(batches: Collection[pa.RecordBatch], name: str) -> Iterator[pa.Array]:
    """Yield one column's cells."""
    for batch in batches:
        yield plain(batch[name])


def _guess(header: str, parts: list[pa.Array], look: Look) -> Guess:
    """Return a guess about one column."""
    cells = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
    known = cells.drop_null()
    text = _text(known)
    between = next((s for s in look.separators if _separates(s, text)), None)
    kind, decimals = _type(header, known, text, between)
    if kind is ColumnType.TEXT and look.fewest == 1 and _is_one_option(text):
        kind = ColumnType.CATEGORY
    seen = _seen(text)
    counted = _counts(text, between) if kind in {ColumnType.CATEGORY, ColumnType.SET} else {}
    shown = tuple(sorted(v for v, n in counted.items() if n >= SHOWN_FROM or _is_country(v)))
    unique = len(known) > 1 and pc.count_distinct(text).as_py() == len(known)
    return Guess(
        header=header,
        type=kind if shown or not counted else ColumnType.TEXT,
        unique=unique,
        complete=len(known) == len(cells),
        empty=not len(known),
        identifier=seen or _identifier(header, kind, unique=unique),
        seen=seen is not None,
        special=_special(header, counted),
        category=hints.hinted(header, hints.CATEGORIES),
        decimals=decimals,
        currency=_currency(header) if kind is ColumnType.MONEY else None,
        values=shown,
        rare=len(counted) - len(shown),
        separator=between if kind is ColumnType.SET and shown and between != SEPARATOR else None,
    )


def _text(known: pa.Array) -> pa.Array:
    """Return cells as text, as far as they are values."""
    if pa.types.is_nested(known.type):
        return pa.array([SEPARATOR.join(map(str, v)) for v in known.to_pylist()], pa.string())
    return (
        wording(known).values if not pa.types.is_temporal(known.type) else known.cast(pa.string())
    )


def _type(
    header: str, known: pa.Array, text: pa.Array, between: str | None
) -> tuple[ColumnType, int]:
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
    return _wider(header, known, text, between)


def _wider(
    header: str, known: pa.Array, text: pa.Array, between: str | None
) -> tuple[ColumnType, int]:
    """Return the type of cells that are no whole numbers, days or truth values."""
    if _takes(lambda cells: scaled(cells, MOST_DECIMALS), known):
        if hints.MONEY & hints.words(header):
            return ColumnType.MONEY, 0
        return ColumnType.DECIMAL, _digits(text)
    if between is not None:
        return ColumnType.SET, 0
    few = pc.count_distinct(text).as_py() * REPEATED <= len(text) and _few(
        text.unique().to_pylist()
    )
    return (ColumnType.CATEGORY if few else ColumnType.TEXT), 0


def _separates(separator: str, text: pa.Array) -> bool:
    """Return whether cells seem to hold several of a few values, with ``separator`` between."""
    if _share(pc.match_substring(text, separator)) <= 1 / MOST_VALUES:
        return False
    return _few([p for cell in text.to_pylist() for p in _split(cell, separator)])


def _split(cell: str, separator: str) -> list[str]:
    """Return the values of a cell; only the usual separator is never left at its end."""
    ended = cell if separator == SEPARATOR else cell.rstrip(f"{separator} ")
    return ended.split(separator)


def _takes(convert: Callable[[pa.Array], Converted], known: pa.Array) -> bool:
    """Return whether a conversion takes every cell."""
    with suppress(pa.ArrowException, TypeError):
        return not convert(known).faults
    return False


def _few(values: Collection[str]) -> bool:
    """Return whether values look like those of a category: few, short, no numbers."""
    distinct = {v for v in values if v is not None}
    return 1 < len(distinct) <= MOST_VALUES and all(map(_is_short, distinct))


def _digits(text: pa.Array) -> int:
    """Return how many digits after the point the cells need."""
    tails = (t.partition(".")[2] for t in text.unique().to_pylist())
    return min(MOST_DECIMALS, max(1, max((len(t) for t in tails if t.isdigit()), default=1)))


def _counts(text: pa.Array, between: str | None) -> Mapping[str, int]:
    """Return how many rows have each value of a category or set."""
    separator = between or SEPARATOR
    return Counter(p.strip(" ") for cell in text.to_pylist() for p in _split(cell, separator))


def _is_one_option(text: pa.Array) -> bool:
    """Return whether all cells that hold something hold the same few words."""
    return bool(len(text)) and pc.count_distinct(text).as_py() == 1 and _is_short(text[0].as_py())


def _is_short(value: str) -> bool:
    """Return whether a value looks like one of a category."""
    return 0 < len(value.strip()) <= MOST_VALUES


def _seen(text: pa.Array) -> str | None:
    """Return which kind of direct identifier cells are by their look."""
    if _share(pc.match_substring_regex(text, _EMAIL)) >= MOSTLY:
        return "email"
    if _share(pc.match_substring_regex(text, _PHONE)) >= MOSTLY:
        return "phone"
    return None


def _identifier(header: str, kind: ColumnType, *, unique: bool) -> str | None:
    """Return which kind of direct identifier a column may be by its header."""
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
