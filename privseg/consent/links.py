# SPDX-License-Identifier: Apache-2.0
"""Which profiles are one person's, as far as we know (law 11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from privseg.consent.event import Act, Event
from privseg.consent.scope import AFFIRMATIVE, bites, serves
from privseg.terms import Ordinal

Tie = tuple[int, int]
"""Two profiles; a tie holds in both directions."""

MERGING = frozenset({Act.MERGE})
PARTING = frozenset({Act.UNMERGE})


def tie_of(link: Event) -> Tie | None:
    """Return the two profiles that a MERGE or UNMERGE names, None when it names no other."""
    target = link.target
    if target is None or target < 0 or target == link.subject:
        return None
    return (link.subject, target)


def ties(links: Iterable[Event], at: datetime) -> list[Tie]:
    """Return the ties that hold at ``at`` among well-formed events that count.

    A tie counts from its event or its record, whichever is earlier: it only ever restricts. What
    unties is affirmative and on record, for it loosens.
    """
    links = list(links)
    parting = [e for e in links if e.act in PARTING and e.method in AFFIRMATIVE and serves(e, at)]
    return [
        (e.subject, e.target)
        for e in links
        if e.act in MERGING
        and e.target is not None
        and bites(e, at)
        and not any(_unties(u, e) for u in parting)
    ]


def _unties(parting: Event, merge: Event) -> bool:
    """Return whether a newer UNMERGE by the same or a higher authority ends ``merge``."""
    return (
        {parting.subject, parting.target} == {merge.subject, merge.target}
        and parting.event_time > merge.event_time
        and parting.authority.level >= merge.authority.level
    )


def linked(person: Ordinal, among: Iterable[Tie]) -> list[Ordinal]:
    """Return ``person`` first, then every profile that ties lead to, in order of number.

    >>> linked(Ordinal(1), [(3, 2), (2, 1), (7, 8)])
    [1, 2, 3]
    """
    beside: dict[int, set[int]] = {}
    for one, other in among:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    found, fresh = {int(person)}, [int(person)]
    while fresh:
        new = beside.get(fresh.pop(), set()) - found
        found |= new
        fresh += new
    return [person, *(Ordinal(p) for p in sorted(found - {person}))]
