# SPDX-License-Identifier: Apache-2.0
"""What a segment uses, and what uses it. Over files alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from privseg.engine.errors import UnknownReportError
from privseg.engine.policy.rulebook import Rulebook
from privseg.segment import (
    AccountTest,
    CohortTest,
    Library,
    Sample,
    ScoreTest,
    read_set,
    references,
)
from privseg.segment.walk import leaves


@dataclass(frozen=True, slots=True)
class Uses:
    """What a segment is made of; ``reads`` is all of it, references and scores written out."""

    attributes: tuple[str, ...]
    events: tuple[str, ...]
    accounts: tuple[str, ...]
    scores: tuple[str, ...]
    lists: tuple[str, ...]
    samples: tuple[str, ...]
    segments: tuple[str, ...]  # that it names itself


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What one segment uses and what uses it; ``through`` are those that only build on users."""

    segment: str
    uses: Uses
    used_by_segments: tuple[str, ...]
    through: tuple[str, ...]
    used_by_reports: tuple[str, ...]
    schedule: timedelta | None
    scheduled_users: tuple[str, ...]  # segments with a schedule that build on it


def dependencies(book: Rulebook, name: str) -> Dependencies:
    """Return what a segment uses and what uses it.

    Raises:
        UnknownReportError: there is no segment of that name.
    """
    library = book.segments
    if name not in library:
        raise UnknownReportError(name, known=tuple(library))
    users = _users(library, name)
    direct = tuple(sorted(s for s in users if name in references(library[s].where)))
    concerned = {name, *users}
    reports = (r.name for r in book.reports.values() if concerned & set(r.segments))
    return Dependencies(
        segment=name,
        uses=_uses(book, library, name),
        used_by_segments=direct,
        through=tuple(sorted(users - set(direct))),
        used_by_reports=tuple(sorted(reports)),
        schedule=library[name].every,
        scheduled_users=tuple(sorted(s for s in users if library[s].every is not None)),
    )


def _users(library: Library, name: str) -> set[str]:
    """Return every segment that builds on one, near or far."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        more = {s for s in library if one in references(library[s].where)} - found
        found |= more
        waiting += more
    return found


def _uses(book: Rulebook, library: Library, name: str) -> Uses:
    """Return what a segment is made of."""
    catalogue, where = book.policy.catalogue, library[name].where
    tests = list(leaves(library.expand(where)))
    reads = read_set(where, catalogue, library)
    events = {e for e in catalogue.events() if e in reads}
    accounts = {str(t.attribute) for t in tests if isinstance(t, AccountTest)}
    scores = {str(t.score) for t in tests if isinstance(t, ScoreTest)}
    lists = {str(t.cohort) for t in tests if isinstance(t, CohortTest)}
    rest = {str(r) for r in reads} - events - accounts - scores - lists
    return Uses(
        attributes=tuple(sorted(rest)),
        events=tuple(sorted(events)),
        accounts=tuple(sorted(accounts)),
        scores=tuple(sorted(scores)),
        lists=tuple(sorted(lists)),
        samples=tuple(sorted({t.name for t in tests if isinstance(t, Sample)})),
        segments=references(where),
    )
