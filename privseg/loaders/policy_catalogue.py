# SPDX-License-Identifier: Apache-2.0
"""From the catalogue section of a policy to sources and columns; every mistake is noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of
from privseg.loaders.policy_campaign import read_campaign
from privseg.loaders.policy_columns import read_column
from privseg.loaders.policy_derived import FOLDED, read_derived
from privseg.loaders.policy_file import DerivedEntry, SourceEntry
from privseg.loaders.policy_keep import read_keep
from privseg.loaders.policy_kinds import check_kind
from privseg.loaders.policy_links import check_links
from privseg.loaders.policy_score_file import ScoreEntry
from privseg.loaders.policy_scores import read_scores
from privseg.policy.catalogue import Catalogue, Column, ColumnRole, Source, SourceKind
from privseg.policy.catalogue_types import RESERVED
from privseg.terms import Category, Place


def read_catalogue(
    entries: Mapping[str, SourceEntry],
    derived: Mapping[str, DerivedEntry],
    scores: Mapping[str, ScoreEntry],
    mistakes: Mistakes,
) -> Catalogue:
    """Return the catalogue; what is declared twice is noted and kept once."""
    taken: set[str] = set()
    sources = {}
    for name, entry in entries.items():
        spelling = codes.NAME if entry.holds is SourceKind.LIST else codes.WORD
        codes.spelt(name, spelling, entry.place(), mistakes)
        check_reserved(name, entry.place(), mistakes)
        sources[name] = _source(name, entry, taken, mistakes)
    places = [entries[name].place() for name in sources]
    codes.once((source.table for source in sources.values()), places, mistakes)
    check_links(sources, entries, mistakes)
    stored = Catalogue(sources)
    scored = read_scores(scores, stored, derived, mistakes)
    found = Catalogue(sources, scores=scored)
    return Catalogue(sources, read_derived(derived, found, mistakes), scored)


def check_reserved(name: str, place: Place, mistakes: Mistakes) -> None:
    """Note a name that queries need for themselves."""
    if name in RESERVED or name.endswith(FOLDED):
        own = ", ".join(sorted(RESERVED))
        message = f"a name that the engine uses itself ({own}, ...{FOLDED}): take another"
        mistakes.note(message, place)


def _source(name: str, entry: SourceEntry, taken: set[str], mistakes: Mistakes) -> Source:
    """Return one source; ``taken`` are the names of the sources before it."""
    columns = [read_column(header, entry, mistakes) for header in entry.columns]
    check_kind(entry, columns, mistakes)
    if entry.event is not None:
        check_reserved(entry.event, entry.place("event"), mistakes)
    event, category = entry.event, entry.category
    fact = name if entry.holds is SourceKind.LIST else event
    if fact is not None and not _is_free(fact, taken):
        mistakes.note(f"{fact!r} is declared twice", entry.place("event"))
        event, category, columns = None, None, []
    return Source(
        name=name,
        kind=entry.holds,
        person=entry.account or entry.person or "",
        columns=_own(columns, entry, taken, mistakes),
        place=entry.place(),
        time_zone=codes.time_zone(entry.time_zone, entry.place("time_zone"), mistakes),
        retention_days=_retention(entry, columns, mistakes),
        event=event,
        event_id=entry.event_id,
        time=entry.time,
        category=None if category is None else Category(category),
        special=entry.special,
        nature=entry.nature,
        leaves_out=frozenset(entry.leaves_out),
        family=entry.family,
        campaign=read_campaign(entry, columns, mistakes),
        keep=read_keep(entry, mistakes),
    )


def _retention(entry: SourceEntry, columns: Iterable[Column], mistakes: Mistakes) -> int | None:
    """Return how long rows are kept; note a column that is to be kept longer than its row."""
    whole = days_of(entry, "retention", mistakes)
    for column in columns:
        if whole is not None and (column.retention_days or 0) > whole:
            message = f"longer than the {whole}d for which its source keeps the row"
            mistakes.note(message, entry.columns[column.name].place("retention"))
    return whole


def _own(
    columns: Iterable[Column], entry: SourceEntry, taken: set[str], mistakes: Mistakes
) -> tuple[Column, ...]:
    """Return the columns whose names are not taken yet; note the others.

    Identifiers are in no one's way, nor is an account's own name: several sources call them alike.
    """
    prefix = "" if entry.event is None else f"{entry.event}."
    found = []
    for column in columns:
        is_key = column.role is ColumnRole.DIRECT_IDENTIFIER or column.name == entry.account
        if is_key or _is_free(prefix + column.attribute, taken):
            found.append(column)
        else:
            message = f"attribute {prefix + column.attribute!r} is declared twice"
            mistakes.note(message, column.place)
    return tuple(found)


def _is_free(name: str, taken: set[str]) -> bool:
    """Return whether a name is new, and take it."""
    if name in taken:
        return False
    taken.add(name)
    return True
