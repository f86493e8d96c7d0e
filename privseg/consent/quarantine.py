# SPDX-License-Identifier: Apache-2.0
"""Events set aside, and what an officer made of them (law 2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from privseg.consent.event import Act, Event, Resolution
from privseg.consent.rules import Rules
from privseg.consent.scope import serves

RESOLVING = frozenset({Act.RESOLVE})


@dataclass(frozen=True, slots=True)
class Settled:
    """One person's events at a moment: those that count, and those nobody has resolved yet."""

    sound: Sequence[Event]
    aside: Sequence[Event] = ()


def is_set_aside(event: Event, rules: Rules) -> bool:
    """Return whether ``event`` was set aside, or says it happened too far in the future (law 2)."""
    return event.quarantined or event.event_time - event.record_time > rules.max_skew


def settle(rules: Rules, events: Sequence[Event], at: datetime) -> Settled:
    """Return one person's events, with those set aside accepted, dropped or left aside.

    An accepted event keeps its own times: the word that accepts it is in force by ``at``, so a
    grant still serves no earlier than that word, and a no counts from its own record.
    """
    aside = [e for e in events if is_set_aside(e, rules)]
    if not aside:
        return Settled(events)
    sound = [e for e in events if not is_set_aside(e, rules)]
    resolving = [e for e in sound if e.act in RESOLVING and serves(e, at)]
    words = [(e, _word_on(e, resolving)) for e in aside]
    accepted = [e for e, word in words if word == Resolution.ACCEPT]
    return Settled([*sound, *accepted], [e for e, word in words if word is None])


def _word_on(event: Event, resolving: Iterable[Event]) -> str | None:
    """Return the newest word on ``event``; None without one, or when the newest disagree."""
    about = [r for r in resolving if r.target == event.position]
    newest = max((r.event_time for r in about), default=None)
    words = {r.value for r in about if r.event_time == newest}
    return words.pop() if len(words) == 1 else None
