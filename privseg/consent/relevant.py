# SPDX-License-Identifier: Apache-2.0
"""The rows of everybody's events that bear on one case, sorted by what they do in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from privseg.consent.assembly import Assembly
from privseg.consent.columns import EventColumns
from privseg.consent.crowd import Crowd, Days, Mask, Numbers
from privseg.consent.encoding import ACTS, NONE
from privseg.consent.event import Act, Authority
from privseg.consent.rows import Rows, table
from privseg.consent.scope import (
    ATTESTING,
    COUNTED,
    GRANTING,
    LIFTING,
    LINKING,
    MEEK,
    RESTRICTIVE,
    Case,
    spared,
)
from privseg.terms import covers


@dataclass(frozen=True, slots=True, eq=False)
class Docket:
    """What ``decide`` would look at, of everybody: known rows of one controller, whenever in force.

    None of them is set aside but those in ``aside``, which bear on the case. ``days`` are the
    dates of birth by the code of their words (see ``vector_ages.days_of``).
    """

    crowd: Crowd
    days: Days
    grants: Rows  # naming the case, affirmative, not by staff
    restrictive: Rows
    barring: Rows  # holds and erasures
    lifting: Rows
    counted: Rows
    activity: Rows
    places: Rows
    ages: Rows
    aside: Rows

    def only(self, kept: Mask) -> Docket:
        """Return what is of those in ``kept``, numbered anew; whole groups of linked profiles."""
        if np.all(kept):
            return self
        number = np.cumsum(kept) - 1
        mine = {
            name: Rows(rows.events, rows.row, number[rows.person])
            for name, rows in self.rows().items()
            for rows in [rows.where(kept[rows.person])]
        }
        return Docket(crowd=self.crowd.only(kept), days=self.days, **mine)

    def rows(self) -> dict[str, Rows]:
        """Return all rows by what they do."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.type == "Rows"}


def docket(assembly: Assembly, case: Case, days: Days) -> Docket:
    """Return what bears on ``case`` of everybody's known rows."""
    events, sound = assembly.events, assembly.sound
    kind, about = _KIND[events.act], _is_about(events, case)
    near = {
        name: assembly.rows((sound & about if name in _SCOPED else sound) & (kind == number))
        for number, name in enumerate(_KINDS)
    }
    lively = near["activity"]
    return Docket(
        crowd=assembly.crowd,
        days=days,
        grants=_named(near["grants"], case),
        restrictive=_binding(near["restrictive"], case),
        barring=_binding(near["barring"], case),
        lifting=near["lifting"].affirmative(),
        counted=near["counted"],
        activity=lively.where(lively.authority == Authority.SUBJECT.value),
        places=near["places"],
        ages=near["ages"],
        aside=_both_sides(_bearing(assembly.rows(assembly.aside), about, case), assembly.people),
    )


def _bearing(aside: Rows, about: Mask, case: Case) -> Rows:
    """Return the rows set aside that could change the answer, read as widely as they can be."""
    always = aside.are(ATTESTING | LINKING)
    reaches = aside.are(frozenset(ACTS) - MEEK - spared(case)) & about[aside.row]
    return aside.where(always | reaches)


def _both_sides(aside: Rows, people: Numbers) -> Rows:
    """Return the rows, those of links once more for the profile that they name."""
    links = aside.of(LINKING)
    named = np.searchsorted(people, links.target)
    row, person = np.append(aside.row, links.row), np.append(aside.person, named)
    return Rows(aside.events, row, person)


def _binding(rows: Rows, case: Case) -> Rows:
    """Return the rows that bind the purpose (see ``scope.binds``)."""
    return rows.where(~rows.are(spared(case)))


def _is_about(events: EventColumns, case: Case) -> Mask:
    """Return which rows reach the case by purpose and category (law 7)."""
    above = table((covers(p, case.purpose) for p in events.purposes), none=True)
    within = table(not s or case.category in s for s in events.category_sets)
    return above[events.purpose] & within[events.categories]


def _named(rows: Rows, case: Case) -> Rows:
    """Return the rows that name the case as a grant must: exactly, or listed by the notice."""
    events = rows.events
    exact = table(p == case.purpose for p in events.purposes)[events.purpose[rows.row]]
    above = table(covers(p, case.purpose) for p in events.purposes)[events.purpose[rows.row]]
    listed = table(case.purpose in s for s in events.notice_sets)
    named = table(case.category in s for s in events.category_sets)
    by_purpose = exact | (above & listed[events.notice_purposes[rows.row]])
    by_whom = rows.authority != Authority.STAFF.value
    return rows.where(by_purpose & named[events.categories[rows.row]] & by_whom).affirmative()


_KINDS: Mapping[str, frozenset[Act]] = {
    "grants": GRANTING,
    "restrictive": RESTRICTIVE,
    "barring": frozenset({Act.HOLD, Act.ERASE}),
    "lifting": LIFTING,
    "counted": COUNTED,
    "activity": frozenset({Act.ACTIVITY}),
    "places": frozenset({Act.ATTEST_JURISDICTION}),
    "ages": frozenset({Act.ATTEST_AGE}),
}
_SCOPED = frozenset(_KINDS) - {"places", "ages"}
_KIND = np.array(
    [next((i for i, acts in enumerate(_KINDS.values()) if a in acts), NONE) for a in ACTS],
    dtype=np.int8,
)
"""What each act does, as a number into ``_KINDS``."""
