# SPDX-License-Identifier: Apache-2.0
"""Everybody in the columns, numbered, and who is tied to whom at a moment (law 11)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from privseg.consent.columns import EventColumns
from privseg.consent.crowd import Crowd, Mask, Numbers, groups
from privseg.consent.encoding import NONE
from privseg.consent.parts import ties_of_irregular
from privseg.consent.quarantine import RESOLVING
from privseg.consent.question import AtPosition, PopulationQuestion
from privseg.consent.rows import Rows, acts_table, table
from privseg.consent.rules import Rules
from privseg.consent.scope import LINKING
from privseg.consent.tying import ends, holding
from privseg.terms import MICROSECOND, to_micros


@dataclass(frozen=True, slots=True, eq=False)
class Assembly:
    """The people of the columns, their known rows of one controller, and their ties.

    ``crowd`` has the ties that hold at the moment, ``ever`` all there are, at whatever time: who
    is apart in ``ever`` never counts for each other. Of the ``unsettled``, and of whoever is tied
    to them, the arrays do not say all: events come twice, are malformed, or were set aside and
    resolved.
    """

    events: EventColumns
    people: Numbers  # ordinals, ascending
    person: Numbers  # of each row, into people
    sound: Mask
    aside: Mask
    crowd: Crowd
    ever: Crowd
    unsettled: Mask
    shaping: Rows  # known links and resolutions

    def rows(self, kept: Mask) -> Rows:
        """Return the rows in ``kept``, with whose they are."""
        row = np.flatnonzero(kept)
        return Rows(self.events, row, self.person[row])

    def whole_groups(self, chosen: Mask) -> dict[int, list[int]]:
        """Return those in ``chosen``, each with all it may be tied to, itself too."""
        numbers = np.flatnonzero(chosen)
        if self.ever.group is None:
            return {int(n): [int(n)] for n in numbers}
        members = np.flatnonzero(self.ever.any_linked(numbers))
        of: dict[int, list[int]] = {}
        for group, member in zip(self.ever.group[members].tolist(), members.tolist(), strict=True):
            of.setdefault(group, []).append(member)
        return {int(n): of[int(self.ever.group[n])] for n in numbers}


def assemble(
    rules: Rules, events: EventColumns, question: PopulationQuestion, read: Mask | None = None
) -> Assembly:
    """Return everybody in the rows to ``read`` (None: in all), as far as the question may look."""
    known = _is_known(events, question)
    known = known if read is None else known & read
    aside = known & _is_set_aside(events, rules)
    irregular = ties_of_irregular(events)
    people, person = _numbered(events, known & acts_table(LINKING)[events.act], irregular)
    shaping = np.flatnonzero(known & acts_table(LINKING | RESOLVING)[events.act])
    shapes = Rows(events, shaping, person[shaping])
    links = shapes.of(LINKING)
    now = holding(links.where(~aside[links.row]), people, to_micros(question.at))
    always = np.searchsorted(people, irregular)
    ever = _crowd(people, np.concatenate([ends(links, people), always]))
    unsure = ever.any_own(shapes.of(RESOLVING).person) & ever.any_own(person[aside])
    unsure[np.searchsorted(people, np.array(events.irregular, dtype=np.int64))] = True
    return Assembly(
        events=events,
        people=people,
        person=person,
        sound=known & ~aside,
        aside=aside,
        crowd=_crowd(people, ends(now, people)),
        ever=ever,
        unsettled=ever.any_linked(np.flatnonzero(unsure)),
        shaping=shapes,
    )


def _crowd(people: Numbers, ties: Numbers) -> Crowd:
    """Return the people with who is tied to whom."""
    return Crowd(len(people), groups(len(people), ties))


def _numbered(events: EventColumns, links: Mask, ties: Numbers) -> tuple[Numbers, Numbers]:
    """Return everybody's ordinal, ascending, and the number of each row's person.

    Some have no row here: profiles that only a link names, and the irregular.
    """
    starts = np.flatnonzero(np.diff(events.ordinal, prepend=NONE))
    present = events.ordinal[starts]
    irregular = np.array(events.irregular, dtype=np.int64)
    unseen = np.concatenate([events.target[links], irregular, ties.ravel()])
    fresh = _missing(unseen, present)
    place = np.searchsorted(present, fresh)
    people = np.insert(present, place, fresh)
    number = np.flatnonzero(np.insert(np.ones(len(present), dtype=np.bool_), place, False))
    return people, np.repeat(number, np.diff(starts, append=len(events)))


def _missing(ordinals: Numbers, present: Numbers) -> Numbers:
    """Return the ordinals that are not ``present`` (ascending), each once."""
    found = np.append(present, NONE)[np.searchsorted(present, ordinals)]
    return np.unique(ordinals[found != ordinals])


def _is_known(events: EventColumns, question: PopulationQuestion) -> Mask:
    """Return which rows are this controller's and known by then (laws 2, 13)."""
    ours = table(c == question.controller for c in events.controllers)[events.controller]
    known_at = question.known_at
    known: Mask = (
        events.position <= known_at.position
        if isinstance(known_at, AtPosition)
        else events.record_time <= to_micros(known_at.time)
    )
    return ours & known


def _is_set_aside(events: EventColumns, rules: Rules) -> Mask:
    """Return which rows are quarantined, or say they happened too far in the future (law 2)."""
    ahead = events.event_time - events.record_time > rules.max_skew // MICROSECOND
    found: Mask = events.quarantined | ahead
    return found
