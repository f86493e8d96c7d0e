# SPDX-License-Identifier: Apache-2.0
"""Some rows of the columns, with the number of the person each is of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from privseg.consent.columns import Codes, EventColumns
from privseg.consent.crowd import Mask, Micros, Numbers
from privseg.consent.encoding import ACTS, METHODS
from privseg.consent.event import Act, Method


@dataclass(frozen=True, eq=False)  # without slots, so that a column is picked once
class Rows:
    """Some rows of the columns, and the number of the person each is of."""

    events: EventColumns
    row: Numbers
    person: Numbers

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.row)

    def where(self, kept: Mask) -> Rows:
        """Return the rows in ``kept``."""
        if kept.all():
            return self
        number = np.flatnonzero(kept)
        return Rows(self.events, self.row[number], self.person[number])

    def of(self, acts: Iterable[Act]) -> Rows:
        """Return the rows that are one of ``acts``."""
        return self.where(self.are(acts))

    def are(self, acts: Iterable[Act]) -> Mask:
        """Return which rows are one of ``acts``."""
        return acts_table(acts)[self.events.act[self.row]]

    def biting(self, at: int) -> Rows:
        """Return the rows that count as restrictive acts at ``at`` (law 4)."""
        return self.where(np.minimum(self.event_time, self.record_time) <= at)

    def serving(self, at: int) -> Rows:
        """Return the rows in force as permissive acts at ``at`` (law 5)."""
        return self.where(np.maximum(self.event_time, self.record_time) <= at)

    def affirmative(self) -> Rows:
        """Return the rows that were a clear affirmative act: nothing else ever loosens."""
        return self.where(_AFFIRMATIVE[self.events.method[self.row]])

    @property
    def have_both_steps(self) -> Mask:
        """Return which acts were asked for, then confirmed separately (11 CCR §7028)."""
        return _BOTH_STEPS[self.events.method[self.row]]

    @cached_property
    def event_time(self) -> Micros:
        """Return when each act was done."""
        return self.events.event_time[self.row]

    @cached_property
    def record_time(self) -> Micros:
        """Return when we knew of each."""
        return self.events.record_time[self.row]

    @property
    def explicit(self) -> Mask:
        """Return which acts were explicit."""
        return self.events.explicit[self.row]

    @property
    def authority(self) -> Codes:
        """Return whose word each act is: the value of an ``Authority``."""
        return self.events.authority[self.row]

    @property
    def target(self) -> Numbers:
        """Return the other profile of each link, or what each resolution settles."""
        return self.events.target[self.row]

    @property
    def value(self) -> Codes:
        """Return what each act says, as a code into ``EventColumns.values``."""
        return self.events.value[self.row]


def acts_table(acts: Iterable[Act]) -> Mask:
    """Return a table over acts: which are among ``acts``."""
    wanted = frozenset(acts)
    return table(a in wanted for a in ACTS)


def table(holds: Iterable[bool], *, none: bool = False) -> Mask:
    """Return a table over codes: what holds of each word, and last (``NONE``) of none."""
    return np.array([*holds, none], dtype=np.bool_)


def used_codes(rows: Rows) -> list[int]:
    """Return the codes of what the rows say, each once; a row that says nothing has none."""
    used = np.zeros(len(rows.events.values) + 1, dtype=np.bool_)
    used[rows.value] = True
    return np.flatnonzero(used[:-1]).tolist()


_AFFIRMATIVE = table(m.is_affirmative for m in METHODS)
_BOTH_STEPS = table(m is Method.DOUBLE_OPT_IN for m in METHODS)
