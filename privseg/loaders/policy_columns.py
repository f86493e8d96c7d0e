# SPDX-License-Identifier: Apache-2.0
"""From the columns of a source to what they hold; every mistake is noted at its place."""

from __future__ import annotations

import re
import unicodedata

from privseg.frames import MISSING_KEY
from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of
from privseg.loaders.policy_derived import FOLDED, STRUCTURAL
from privseg.loaders.policy_file import ColumnEntry, SourceEntry
from privseg.policy.catalogue import Column, ColumnRole, ColumnType, SourceKind
from privseg.terms import Category, Currency

MAX_DECIMALS = 9  # leaves nine digits before the point in 64 bits
NOT_OF_IDENTIFIERS = (
    "type", "category", "special", "nature", "retention", "values", "currency", "decimals", "of",
    "separator",
)  # fmt: skip
ACCOUNT = "account"  # the column of an accounts table that says which account a row is about


def read_column(header: str, source: SourceEntry, mistakes: Mistakes) -> Column:
    """Return one column of a source."""
    entry, word = source.columns[header], _worded(header)
    if entry.role is ColumnRole.DIRECT_IDENTIFIER:
        return _identifier(header, entry.attribute or word, entry, mistakes)
    name = header if entry.attribute is None else entry.attribute
    if source.holds is SourceKind.ACCOUNTS and header == source.account:
        return _key(header, name, entry, mistakes)
    taken = STRUCTURAL | ({ACCOUNT} if source.holds is SourceKind.ACCOUNTS else set())
    if not codes.WORD.fullmatch(name) or name in taken:
        other = f"{word}_given" if word in taken else word
        message = f"needs a lower-case name that is not taken, such as attribute: {other}"
        mistakes.note(message, entry.place("attribute"))
    if name.endswith(FOLDED):
        mistakes.note(f"{FOLDED} ends names that the engine makes", entry.place("attribute"))
    return _readable(header, name, entry, mistakes)


def _key(header: str, name: str, entry: ColumnEntry, mistakes: Mistakes) -> Column:
    """Return the column that names the accounts of a source: kept as a hash, read by nobody."""
    if entry.type is not ColumnType.ACCOUNT:
        mistakes.note("the column that names the account has type: account", entry.place("type"))
    for key in (k for k in ("role", *NOT_OF_IDENTIFIERS) if k not in {"type", "category"}):
        if key in entry.model_fields_set:
            message = f"the column that names the account has no {key!r}: nobody reads it"
            mistakes.note(message, entry.place(key))
    given = entry.category is not None
    return Column(
        name=header,
        attribute=name,
        type=ColumnType.ACCOUNT,
        role=ColumnRole.ORDINARY,
        place=entry.place(),
        category=_category(entry, mistakes) if given else None,
    )


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
        account=entry.of,
        separator=entry.separator,
    )


def _check_for_type(kind: ColumnType, entry: ColumnEntry, mistakes: Mistakes) -> None:
    """Note a key that the type needs and lacks, or has and does not need."""
    needs = {
        ColumnType.CATEGORY: "values",
        ColumnType.SET: "values",
        ColumnType.MONEY: "currency",
        ColumnType.DECIMAL: "decimals",
        ColumnType.ACCOUNT: "of",
    }
    for key in ("values", "currency", "decimals", "of"):
        if (needs.get(kind) == key) is (key in entry.model_fields_set):
            continue
        verb = "needs" if needs.get(kind) == key else "has no"
        mistakes.note(f"type {kind} {verb} {key!r}", entry.place(key))
    if entry.separator is not None and kind is not ColumnType.SET:
        mistakes.note(f"type {kind} has no 'separator'", entry.place("separator"))
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
