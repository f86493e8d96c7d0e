# SPDX-License-Identifier: Apache-2.0
"""Which acts of a person still say no, whether or not today's policy has anything that they deny.

Pure. A no to a category that nothing reads yet denies nothing today and everything tomorrow: it is
told from the history alone, never from what the policy happens to ask (GDPR Art. 21(1); 11 CCR
§ 7027).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from privseg.consent import Act, Event
from privseg.consent.scope import AFFIRMATIVE, GRANTING
from privseg.engine.rights.concerned import Concerned
from privseg.terms import Ordinal, Purpose, covers

_ENDED_BY = {
    Act.RESTRICT: Act.LIFT,
    Act.LIMIT: Act.LIFT,
    Act.OBJECT: Act.LIFT,
    Act.HOLD: Act.RELEASE_HOLD,
}


def kept_acts(
    history: Sequence[Event], person: Ordinal, kinds: frozenset[Act], *, denying: frozenset[int]
) -> Iterator[tuple[Event, Concerned]]:
    """Yield the acts of some kinds that still say no, each with what it still says it about.

    ``history`` is the whole one, with linked profiles'. ``denying`` are the positions of those that
    deny something today: they stand whole. Of the others, what was lifted or granted since says
    nothing more. What was said twice is yielded once.
    """
    said: set[tuple[object, ...]] = set()
    for event in sorted(history, key=lambda e: e.position, reverse=True):
        if event.act not in kinds:
            continue
        stands = event.position in denying
        about = _whole(event) if stands else _left(event, history, person)
        same = (event.subject, event.act, about, event.authority, event.evidence_sha256)
        if about is not None and same not in said:
            said.add(same)
            yield event, about


def _whole(event: Event) -> Concerned:
    """Return all that an act is about."""
    return Concerned(event.purpose, event.categories)


def _left(event: Event, history: Sequence[Event], person: Ordinal) -> Concerned | None:
    """Return what an act that denies nothing today still says no to; None for nothing."""
    if event.quarantined:
        return None
    left = event.categories
    for newer in history:
        if _lifts(newer, event, person):
            part = newer.categories  # none is every category
        elif _grants(newer, event):
            part = newer.categories if event.categories else frozenset()
        else:
            continue
        if not part:
            return None
        left -= part
    if event.categories and not left:
        return None
    return Concerned(event.purpose, left)


def _lifts(newer: Event, event: Event, person: Ordinal) -> bool:
    """Return whether an act lifts all the purposes of another; a lift of a part leaves the rest."""
    return (
        newer.act is _ENDED_BY[event.act]
        and newer.subject in {person, event.subject}
        and _outranks(newer, event)
        and _covers(newer.purpose, event.purpose)
    )


def _grants(newer: Event, event: Event) -> bool:
    """Return whether somebody said yes since to some of what an act was a no to."""
    return (
        newer.act in GRANTING
        and event.act is not Act.HOLD
        and newer.subject == event.subject
        and (newer.explicit or event.act is not Act.OBJECT)
        and _outranks(newer, event)
        and (_covers(newer.purpose, event.purpose) or _covers(event.purpose, newer.purpose))
    )


def _outranks(newer: Event, event: Event) -> bool:
    """Return whether an act counts against an older one."""
    return (
        not newer.quarantined
        and newer.method in AFFIRMATIVE
        and newer.event_time > event.event_time
        and newer.authority.level >= event.authority.level
    )


def _covers(wide: Purpose | None, narrow: Purpose | None) -> bool:
    """Return whether one purpose has another below it, or is it; None is every purpose."""
    return wide is None or (narrow is not None and covers(wide, narrow))
