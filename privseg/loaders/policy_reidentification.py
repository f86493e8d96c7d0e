# SPDX-License-Identifier: Apache-2.0
"""From a purpose's ``reidentification`` to its rule; every mistake is noted at its place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_file import PurposeEntry, ReidentificationEntry
from privseg.loaders.segment_windows import length
from privseg.policy.catalogue import Catalogue
from privseg.policy.findings import suggestion
from privseg.policy.reidentification import (
    MAY_APPROVE,
    MAY_ASK,
    MOST_HOURS,
    MOST_OPENS,
    MOST_PEOPLE,
    Reidentification,
)
from privseg.terms import StaffRole

HOUR = timedelta(hours=1)


def read_reidentification(
    purpose: PurposeEntry, catalogue: Catalogue, mistakes: Mistakes
) -> Reidentification | None:
    """Return who may name people behind pseudonyms for a purpose; None where nobody may."""
    entry = purpose.reidentification
    if entry is None:
        return None
    _check_number(entry, "people", MOST_PEOPLE, mistakes)
    _check_number(entry, "opens", MOST_OPENS, mistakes)
    return Reidentification(
        asked_by=_roles(entry, "asked_by", MAY_ASK, mistakes),
        approved_by=_roles(entry, "approved_by", MAY_APPROVE, mistakes),
        within_hours=_hours(entry, mistakes),
        people=entry.people,
        identifiers=_identifiers(entry, catalogue, mistakes),
        place=entry.place(),
        opens=entry.opens,
    )


def _roles(
    entry: ReidentificationEntry, key: str, may: frozenset[StaffRole], mistakes: Mistakes
) -> frozenset[StaffRole]:
    """Return the roles of a key; note those that no policy can let do it."""
    roles: tuple[StaffRole, ...] = getattr(entry, key)
    _listed(entry, key, roles, mistakes)
    for i, role in enumerate(roles):
        if role not in may:
            message = f"{role} can never do this; it is for: {', '.join(sorted(may))}"
            mistakes.note(message, entry.place(key, i))
    return frozenset(roles)


def _identifiers(
    entry: ReidentificationEntry, catalogue: Catalogue, mistakes: Mistakes
) -> frozenset[str]:
    """Return the kinds of identifier that may be named; the catalogue must have each."""
    _listed(entry, "identifiers", entry.identifiers, mistakes)
    columns = (c for s in catalogue.sources.values() for c in s.columns)
    known = {c.identifier for c in columns if c.identifier is not None}
    for i, kind in enumerate(entry.identifiers):
        if kind not in known:
            message = f"no column holds a {kind[:60]!r}{suggestion(kind, known)}"
            mistakes.note(message, entry.place("identifiers", i))
    return frozenset(entry.identifiers)


def _listed(
    entry: ReidentificationEntry, key: str, values: Iterable[str], mistakes: Mistakes
) -> None:
    """Note a list that is empty or says something twice."""
    found = list(values)
    codes.once(found, [entry.place(key, i) for i in range(len(found))], mistakes)
    if not found:
        mistakes.note("name at least one, or leave reidentification out", entry.place(key))


def _hours(entry: ReidentificationEntry, mistakes: Mistakes) -> int:
    """Return for how many hours an approval counts."""
    found = length(entry.within, "hdw", entry.place("within"), mistakes)
    if found is None:
        return 1
    hours = found // HOUR
    if hours > MOST_HOURS:
        mistakes.note(f"at most {MOST_HOURS // 24}d", entry.place("within"))
    return hours


def _check_number(entry: ReidentificationEntry, key: str, most: int, mistakes: Mistakes) -> None:
    """Note a number that is none of people, or of times."""
    if not 1 <= getattr(entry, key) <= most:
        mistakes.note(f"from 1 to {most:,}", entry.place(key))
