# SPDX-License-Identifier: Apache-2.0
"""The rows of everybody's events that bear on one case, with what each is, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from privseg.consent.columns import Codes, EventColumns, Micros
from privseg.consent.encoding import ACTS, METHODS, NONE
from privseg.consent.event import Act, Authority, Method
from privseg.consent.question import AtPosition, PopulationQuestion
from privseg.consent.scope import ATTESTING, LINKING, WITHOUT_EFFECT, Case
from privseg.terms import MICROSECOND, covers, to_micros

Mask = NDArray[np.bool_]

BEFORE_ALL = -(2**63)
"""The latest of no moments."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Known rows of one controller that could bear on a case, by person; quarantined ones too.

    ``person`` numbers the people from 0 in order of ``people`` (their ordinals).
    """

    case: Case
    at: int
    people: Micros
    person: Micros
    act: Codes
    event_time: Micros
    record_time: Micros
    expires_at: Micros
    explicit: Mask
    authority: Codes
    value: Codes
    is_affirmative: Mask
    has_both_steps: Mask
    is_aside: Mask  # quarantined
    binds: Mask
    is_named: Mask  # as a grant must name the case
    is_current: Mask  # under a notice that still stands
    values: tuple[str, ...]

    def acts(self, acts: Iterable[Act]) -> Mask:
        """Return which rows are one of ``acts``."""
        wanted = set(acts)
        return table(a in wanted for a in ACTS)[self.act]

    def any_of(self, mask: Mask) -> Mask:
        """Return which people have a row of ``mask``."""
        found = np.zeros(len(self.people), dtype=np.bool_)
        found[self.person[mask]] = True
        return found

    def latest(self, mask: Mask) -> Micros:
        """Return each person's newest event time in ``mask``, ``BEFORE_ALL`` without one."""
        newest = np.full(len(self.people), BEFORE_ALL, dtype=np.int64)
        np.maximum.at(newest, self.person[mask], self.event_time[mask])
        return newest

    @property
    def bites(self) -> Mask:
        """Return which rows count as restrictive acts at ``at`` (law 4)."""
        return self.binds & (np.minimum(self.event_time, self.record_time) <= self.at)

    @property
    def serves(self) -> Mask:
        """Return which rows count as permissive acts at ``at`` (law 5)."""
        return self.is_affirmative & (np.maximum(self.event_time, self.record_time) <= self.at)


def table(holds: Iterable[bool], *, none: bool = False) -> Mask:
    """Return a table over codes: what holds of each word, and last (``NONE``) of none."""
    return np.array([*holds, none], dtype=np.bool_)


def relevant(events: EventColumns, case: Case, question: PopulationQuestion) -> Rows:
    """Return the rows that ``decide`` would look at, of people whose rows say everything."""
    is_about = _is_about(events, case)
    is_attesting = table(a in ATTESTING | LINKING for a in ACTS)[events.act]
    is_idle = table(a in WITHOUT_EFFECT for a in ACTS)[events.act]
    wanted = (is_about | is_attesting) & ~is_idle & _is_known(events, question)
    keep = np.flatnonzero(wanted)
    return _select(events, case, keep, is_about[keep])


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


def _is_about(events: EventColumns, case: Case) -> Mask:
    """Return which rows reach the case by purpose and category (law 7)."""
    above = table((covers(p, case.purpose) for p in events.purposes), none=True)
    within = table(not s or case.category in s for s in events.category_sets)
    return above[events.purpose] & within[events.categories]


def _is_named(events: EventColumns, case: Case) -> Mask:
    """Return which rows name the case as a grant must: exactly, or listed by the notice."""
    exact = table(p == case.purpose for p in events.purposes)
    above = table(covers(p, case.purpose) for p in events.purposes)
    listed = table(case.purpose in s for s in events.notice_sets)
    named = table(case.category in s for s in events.category_sets)
    by_purpose = exact[events.purpose] | (above[events.purpose] & listed[events.notice_purposes])
    return by_purpose & named[events.categories]


def _is_current(events: EventColumns, case: Case) -> Mask:
    """Return which rows' notice stands for the purpose granted and the one asked (law 6)."""
    current = np.zeros((len(events.purposes) + 1, len(events.notices) + 1), dtype=np.bool_)
    for i, purpose in enumerate(events.purposes):
        granted = case.rules.purposes.get(purpose)
        if granted is not None:
            accepted = (granted.accepts(n) and case.terms.accepts(n) for n in events.notices)
            current[i] = table(accepted)
    stands: Mask = current[events.purpose, events.notice]
    return stands


def _select(events: EventColumns, case: Case, keep: Micros, is_about: Mask) -> Rows:
    """Return the rows numbered ``keep``; ``is_about`` is already cut to them."""
    terms, rules = case.terms, case.rules
    ordinal, act = events.ordinal[keep], events.act[keep]
    event_time, record_time = events.event_time[keep], events.record_time[keep]
    start = np.flatnonzero(np.diff(ordinal, prepend=NONE))
    is_bound = terms.advertising or rules.signals_bind_all
    spared = {Act.SIGNAL: not is_bound, Act.RESTRICT: terms.is_immune, Act.HOLD: terms.is_immune}
    ahead = event_time - record_time > rules.max_skew // MICROSECOND
    return Rows(
        case=case,
        at=to_micros(case.at),
        people=ordinal[start],
        person=np.repeat(np.arange(len(start)), np.diff(start, append=len(keep))),
        act=act,
        event_time=event_time,
        record_time=record_time,
        expires_at=events.expires_at[keep],
        explicit=events.explicit[keep],
        authority=events.authority[keep],
        value=events.value[keep],
        is_affirmative=table(m.is_affirmative for m in METHODS)[events.method[keep]],
        has_both_steps=table(m is Method.DOUBLE_OPT_IN for m in METHODS)[events.method[keep]],
        is_aside=events.quarantined[keep] | ahead,
        binds=is_about & ~table(spared.get(a, False) for a in ACTS)[act],
        is_named=_is_named(events, case)[keep] & (events.authority[keep] > Authority.STAFF),
        is_current=_is_current(events, case)[keep],
        values=events.values,
    )
