# SPDX-License-Identifier: Apache-2.0
"""Which restrictive acts stand and whether consent is given: one pass, newest act first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from privseg.consent.acts import Acts
from privseg.consent.decision import ConsentStatus, Finding, ReasonCode
from privseg.consent.event import Act, Authority, Event
from privseg.consent.grants import shortfalls
from privseg.consent.regime import OPT_OUT, Regime
from privseg.consent.scope import ENDING, GRANTING, OPTING_OUT, RESTRICTIVE, has_both_steps


@dataclass(frozen=True, slots=True)
class Standing:
    """How the acts of one person stand in a case, under one regime.

    ``restrictions`` are those nothing lifted. ``given`` is the grant that governs, if it holds;
    else ``shortfalls`` say what it lacks, or that there is none. Both are empty when an act
    that stands has ended or suspended it.
    """

    restrictions: tuple[Event, ...]
    given: Event | None
    shortfalls: tuple[Finding, ...]


def stand(acts: Acts, regime: Regime) -> Standing:
    """Return how the acts stand: each is judged against newer ones only.

    Equal event times: restrictive acts come first, so the most restrictive wins (law 2). The
    newest grants govern. A grant holds, and can lift older restrictive acts, only if no act at
    or after it ended it and none that still stands suspends it (law 5).
    """
    standing: list[Event] = []
    holding: list[Event] = []
    governing: list[Event] = []
    ended = False
    for group in _newest_first([*acts.of(RESTRICTIVE), *acts.of(regime.granting)]):
        restrictive = [e for e in group if e.act in RESTRICTIVE]
        standing += [r for r in restrictive if not _is_lifted(r, acts, regime, holding)]
        ended = ended or any(r.act in ENDING for r in restrictive)
        if ended:
            continue
        grants = [e for e in group if e.act in GRANTING]
        governing = governing or grants
        if not standing and not any(shortfalls(g, acts, regime) for g in grants):
            holding += grants
    given = min((g for g in governing if g in holding), key=lambda g: g.position, default=None)
    short = () if given else _lacking(acts, regime, governing, ended=ended)
    return Standing(tuple(standing), given, short)


def _newest_first(acts: Iterable[Event]) -> Iterator[list[Event]]:
    """Group acts by event time, newest group first."""
    ordered = sorted(acts, key=_TIME, reverse=True)
    return (list(group) for _, group in groupby(ordered, key=_TIME))


def _is_lifted(restriction: Event, acts: Acts, regime: Regime, holding: Iterable[Event]) -> bool:
    """Return whether a newer act by the same or a higher authority lifts ``restriction`` (law 8).

    ``holding`` are grants newer than it that hold now: what they lifted stands again once they
    expire or go stale, or withdrawal would fall through to another basis (law 10).
    """
    return any(_grant_lifts(g, restriction, regime) for g in holding) or any(
        _lift_lifts(e, restriction, acts) for e in acts.of(_LIFTS)
    )


def _grant_lifts(grant: Event, restriction: Event, regime: Regime) -> bool:
    """Return whether a newer grant is enough: explicit after an objection (GDPR Art. 21(3)).

    After opting out in an opt-out regime, both steps of the opt-in must be recorded.
    """
    if grant.authority.level < restriction.authority.level:
        return False
    if restriction.act in _OBJECTIONS:
        return grant.explicit
    if restriction.act in OPTING_OUT and regime.basis is OPT_OUT:
        return has_both_steps(grant)
    return True


def _lift_lifts(lift: Event, restriction: Event, acts: Acts) -> bool:
    """Return whether a LIFT ends a restriction, a limit, or an objection to other than marketing.

    What was refused, withdrawn or opted out of takes a grant; so does direct marketing after an
    objection. Staff cannot lift on their own.
    """
    liftable = restriction.act in _LIFTABLE or (
        restriction.act in _OBJECTIONS and not acts.case.terms.direct_marketing
    )
    return liftable and lift.authority is not Authority.STAFF and acts.may_lift(lift, restriction)


def _lacking(
    acts: Acts, regime: Regime, governing: Sequence[Event], *, ended: bool
) -> tuple[Finding, ...]:
    """Return why nothing is given: what the governing grants lack, or that there are none."""
    if governing:
        return tuple(f for g in governing for f in shortfalls(g, acts, regime))
    if ended:
        return ()
    deferred = ConsentStatus.DEFERRED, ReasonCode.DEFERRED
    return tuple(Finding(*deferred, e.position) for e in acts.of(_DEFERRALS)) or _NEVER_ASKED


_TIME = attrgetter("event_time")
_DEFERRALS = frozenset({Act.DEFER})
_LIFTABLE = frozenset({Act.RESTRICT, Act.LIMIT})
_OBJECTIONS = frozenset({Act.OBJECT})
_LIFTS = frozenset({Act.LIFT})
_NEVER_ASKED = (Finding(ConsentStatus.NEVER_ASKED, ReasonCode.NEVER_ASKED),)
