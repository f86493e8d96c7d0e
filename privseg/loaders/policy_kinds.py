# SPDX-License-Identifier: Apache-2.0
"""What each kind of source needs, and has no use for: people, events, accounts, a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_file import SourceEntry
from privseg.policy.catalogue import Column, ColumnRole, ColumnType, SourceKind
from privseg.policy.findings import suggestion

NEEDS: Mapping[SourceKind, tuple[str, ...]] = MappingProxyType(
    {
        SourceKind.PEOPLE: ("person",),
        SourceKind.EVENTS: ("person", "event", "event_id", "time", "category"),
        SourceKind.ACCOUNTS: ("account",),
        SourceKind.LIST: ("person", "category"),
    }
)
FACTS = ("special", "nature")  # of the bare fact that an event happened, that somebody is on a list
KEYS = ("person", "account", "event", "event_id", "time", "category", *FACTS)


def check_kind(entry: SourceEntry, columns: Iterable[Column], mistakes: Mistakes) -> None:
    """Note what a source of its kind lacks, what it has no use for, and columns it cannot have."""
    kind = entry.holds
    may = {*NEEDS[kind], *(FACTS if "category" in NEEDS[kind] else ())}
    for key in (k for k in KEYS if k in entry.model_fields_set and k not in may):
        others = " or ".join(_holders(key))
        message = f"{key!r} is for a source that holds {others}; this one holds {kind}"
        mistakes.note(message, entry.place(key))
    for key in (k for k in NEEDS[kind] if k not in entry.model_fields_set):
        mistakes.note(f"a source that holds {kind} needs {key!r}", entry.place())
    _check_names(entry, mistakes)
    _check_subject(entry, columns, mistakes)
    _check_columns(entry, columns, mistakes)


def _holders(key: str) -> list[str]:
    """Return the kinds of source that a key is for."""
    wanted = "category" if key in FACTS else key
    return [str(kind) for kind, needed in NEEDS.items() if wanted in needed]


def _check_names(entry: SourceEntry, mistakes: Mistakes) -> None:
    """Note an event or category that is no name, and what an event keeps by itself."""
    for key in ("event_id", "time"):
        if (header := getattr(entry, key)) in entry.columns:
            message = f"{key!r} is kept by itself; take it out of the columns"
            mistakes.note(message, entry.place("columns", header))
    places = [entry.place("leaves_out", i) for i in range(len(entry.leaves_out))]
    codes.once(entry.leaves_out, places, mistakes)
    for header, place in zip(entry.leaves_out, places, strict=True):
        if header in {*entry.columns, entry.event_id, entry.time}:
            mistakes.note("a column that is read cannot be left out", place)
    if entry.event is not None:
        codes.spelt(entry.event, codes.WORD, entry.place("event"), mistakes)
    if entry.category is not None:
        codes.spelt(entry.category, codes.NAME, entry.place("category"), mistakes)


def _check_subject(entry: SourceEntry, columns: Iterable[Column], mistakes: Mistakes) -> None:
    """Note a column of the person or account that is not there, or that does not say who it is."""
    key = "account" if entry.holds is SourceKind.ACCOUNTS else "person"
    header: str | None = getattr(entry, key)
    if header is None:
        return
    found = next((c for c in columns if c.name == header), None)
    if found is None:
        near = suggestion(header, entry.columns)
        message = f"column {header[:60]!r} is not among the columns{near}"
        mistakes.note(message, entry.place(key))
    elif key == "person" and found.role is not ColumnRole.DIRECT_IDENTIFIER:
        mistakes.note("the person's column has role: direct_identifier", found.place)


def _check_columns(entry: SourceEntry, columns: Iterable[Column], mistakes: Mistakes) -> None:
    """Note columns that no source of its kind has."""
    for column in columns:
        identifies = column.role is ColumnRole.DIRECT_IDENTIFIER
        is_link = column.type is ColumnType.ACCOUNT and column.name != entry.account
        if entry.holds is SourceKind.LIST and not identifies:
            message = "a list says who is on it and nothing more: leave the column out"
            mistakes.note(message, column.place)
        elif entry.holds is SourceKind.ACCOUNTS and identifies:
            message = "nobody is a person in a source of accounts: leave the column out"
            mistakes.note(message, column.place)
        elif is_link and entry.holds in {SourceKind.EVENTS, SourceKind.ACCOUNTS}:
            message = "people belong to accounts: declare the column in a source that holds people"
            mistakes.note(message, column.place)
