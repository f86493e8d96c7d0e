# SPDX-License-Identifier: Apache-2.0
"""Which restrictive acts stand and whether consent is given: one pass, newest act first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from privseg.consent.decision import ConsentStatus, Finding, ReasonCode
from privseg.consent.event import Act, Authority, Event
from privseg.consent.scope import (
    ENDING,
    RESTRICTIVE,
    Case,
    binds,
    bites_from,
    has_both_steps,
    is_about,
    is_grant,
    may_loosen,
)
from privseg.terms import LawfulBasis


@dataclass(frozen=True, slots=True)
class Standing:
    """How the acts of one person stand in a case, under one basis.

    ``restrictions`` are those nothing lifted. ``given`` is the grant that governs, if it holds;
    else ``shortfalls`` say what it lacks, or that there is none. Both are empty when an act
    that stands has ended or suspended it.
    """

    restrictions: tuple[Event, ...]
    given: Event | None
    shortfalls: tuple[Finding, ...]


def stand(case: Case, basis: LawfulBasis, events: Sequence[Event]) -> Standing:
    """Return how the acts among ``events`` stand: each is judged against newer ones only.

    Equal event times: restrictive acts come first, so the most restrictive wins (law 2). The
    newest grants govern. A grant holds, and can lift older restrictive acts, only if no act at
    or after it ended it and none that still stands suspends it (law 5).
    """
    acts = [e for e in events if _is_act(e, case, basis)]
    standing: list[Event] = []
    holding: list[Event] = []
    governing: list[Event] = []
    ended = False
    for group in _newest_first(acts):
        restrictive = [e for e in group if e.act in RESTRICTIVE]
        standing += [r for r in restrictive if not _is_lifted(r, case, basis, events, holding)]
        ended = ended or any(r.act in ENDING for r in restrictive)
        grants = [e for e in group if e.act not in RESTRICTIVE]
        if not ended:
            governing = governing or grants
        if not ended and not standing and not any(_shortfalls(g, case) for g in grants):
            holding += grants
    given = min((g for g in governing if g in holding), key=lambda g: g.position, default=None)
    short = () if given else _lacking(case, governing, events, ended=ended)
    return Standing(tuple(standing), given, short)


def _is_act(event: Event, case: Case, basis: LawfulBasis) -> bool:
    """Return whether ``event`` is a restrictive act or a grant in force in the case."""
    if event.act in RESTRICTIVE:
        return binds(event, case) and bites_from(event) <= case.at
    return is_grant(event, case, basis)


def _newest_first(acts: Iterable[Event]) -> Iterator[list[Event]]:
    """Group acts by event time, newest group first."""
    ordered = sorted(acts, key=lambda e: e.event_time, reverse=True)
    return (list(group) for _, group in groupby(ordered, key=lambda e: e.event_time))


def _is_lifted(
    restriction: Event,
    case: Case,
    basis: LawfulBasis,
    events: Iterable[Event],
    holding: Iterable[Event],
) -> bool:
    """Return whether a newer act by the same or a higher authority lifts ``restriction`` (law 8).

    ``holding`` are grants newer than it that hold now: what they lifted stands again once they
    expire or go stale, or withdrawal would fall through to another basis (law 10).
    """
    return any(_grant_lifts(g, restriction, basis) for g in holding) or any(
        _lift_lifts(e, restriction, case) for e in events if e.act is Act.LIFT
    )


def _grant_lifts(grant: Event, restriction: Event, basis: LawfulBasis) -> bool:
    """Return whether a newer grant is enough: explicit after an objection (GDPR Art. 21(3)).

    After opting out in an opt-out regime, both steps of the opt-in must be recorded.
    """
    if grant.authority < restriction.authority:
        return False
    match restriction.act:
        case Act.OBJECT:
            return grant.explicit
        case Act.OPT_OUT | Act.SIGNAL | Act.LIMIT:
            return basis is not LawfulBasis.OPT_OUT or has_both_steps(grant)
        case _:
            return True


def _lift_lifts(lift: Event, restriction: Event, case: Case) -> bool:
    """Return whether a LIFT ends a restriction, a limit, or an objection to other than marketing.

    What was refused, withdrawn or opted out of takes a grant; so does direct marketing after an
    objection. Staff cannot lift on their own.
    """
    liftable = restriction.act in {Act.RESTRICT, Act.LIMIT} or (
        restriction.act is Act.OBJECT and not case.terms.direct_marketing
    )
    return (
        liftable
        and lift.authority >= max(restriction.authority, Authority.AGENT)
        and lift.event_time > restriction.event_time
        and is_about(lift, case)
        and may_loosen(lift, case.at)
    )


def _shortfalls(grant: Event, case: Case) -> list[Finding]:
    """Return what keeps a grant from holding on its own: notice, explicitness, time."""
    found = [
        (grant.notice is None, ConsentStatus.MISSING, ReasonCode.NO_NOTICE_SHOWN),
        (
            case.is_special and not grant.explicit,
            ConsentStatus.MISSING,
            ReasonCode.NO_EXPLICIT_CONSENT,
        ),
        (
            grant.notice is not None and not _is_current(grant, case),
            ConsentStatus.STALE,
            ReasonCode.STALE,
        ),
        (_is_expired(grant, case), ConsentStatus.EXPIRED, ReasonCode.EXPIRED),
    ]
    return [Finding(status, reason, grant.position) for holds, status, reason in found if holds]


def _is_current(grant: Event, case: Case) -> bool:
    """Return whether the notice shown still stands for the purpose granted and the one asked.

    A parent's changed notice makes stale the children it lists (law 6).
    """
    granted = case.rules.purposes.get(grant.purpose) if grant.purpose else None
    return (
        granted is not None and granted.accepts(grant.notice) and case.terms.accepts(grant.notice)
    )


def _is_expired(grant: Event, case: Case) -> bool:
    """Return whether the grant's time is over: ``at >= expires_at`` is expired (law 6).

    The policy's duration counts from when the person acted, so that no record extends it.
    """
    lasts = case.terms.consent_lasts
    return (grant.expires_at is not None and case.at >= grant.expires_at) or (
        lasts is not None and case.at - grant.event_time >= lasts
    )


def _lacking(
    case: Case, governing: Sequence[Event], events: Iterable[Event], *, ended: bool
) -> tuple[Finding, ...]:
    """Return why nothing is given: what the governing grants lack, or that there are none."""
    if governing:
        return tuple(f for g in governing for f in _shortfalls(g, case))
    if ended:
        return ()
    return tuple(_unasked(case, events)) or (
        Finding(ConsentStatus.NEVER_ASKED, ReasonCode.NEVER_ASKED),
    )


def _unasked(case: Case, events: Iterable[Event]) -> Iterator[Finding]:
    """Yield the times the person put the question off."""
    for event in events:
        if event.act is Act.DEFER and binds(event, case) and bites_from(event) <= case.at:
            yield Finding(ConsentStatus.DEFERRED, ReasonCode.DEFERRED, event.position)
