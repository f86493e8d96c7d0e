# SPDX-License-Identifier: Apache-2.0
"""The acts that count in a case: a person's own, and what linked profiles' acts take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privseg.consent.attested import Births
from privseg.consent.event import Act, Event
from privseg.consent.scope import COUNTED, LIFTING, RESTRICTIVE, Case, counts
from privseg.terms import Ordinal

SHARED = RESTRICTIVE | COUNTED | LIFTING | {Act.HOLD, Act.ERASE}
"""What a linked profile did that counts for the person; its grants and its activity never do."""


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts in force at the moment of a case, and how old the person may be then."""

    case: Case
    person: Ordinal
    births: Births
    in_force: Sequence[Event]

    def of(self, kinds: frozenset[Act]) -> list[Event]:
        """Return those of some kinds."""
        return [e for e in self.in_force if e.act in kinds]

    def may_lift(self, lifting: Event, act: Event) -> bool:
        """Return whether ``lifting`` is newer, of the same or a higher authority, and fit.

        The person's own lifts and releases reach every act; a linked profile's only its own.
        """
        return (
            lifting.event_time > act.event_time
            and lifting.authority.level >= act.authority.level
            and lifting.subject in {self.person, act.subject}
        )


def acts_of(
    case: Case,
    person: Ordinal,
    births: Births,
    *,
    own: Iterable[Event],
    others: Iterable[Iterable[Event]],
) -> Acts:
    """Return what counts in ``case`` of a person's acts and of linked profiles' (law 11)."""
    theirs = (e for events in others for e in events if e.act in SHARED)
    return Acts(case, person, births, [e for e in (*own, *theirs) if counts(e, case)])
