# SPDX-License-Identifier: Apache-2.0
"""When the time of a grant is over, computed when it is read (law 6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from privseg.consent.acts import Acts
from privseg.consent.decision import ReasonCode
from privseg.consent.event import Act, Event
from privseg.consent.regime import Regime
from privseg.consent.scope import Case

DAY = timedelta(days=1)


def endings(grant: Event, acts: Acts, regime: Regime) -> Iterator[ReasonCode]:
    """Yield what has ended ``grant``; expiry is exclusive: ``at >= end`` is over."""
    if is_past(grant, acts.case):
        yield ReasonCode.EXPIRED
    if grant.until is not None and any(
        e.value == grant.until and e.event_time >= grant.event_time for e in acts.of(_HAPPENED)
    ):
        yield ReasonCode.ENDED_BY_EVENT
    if grant.uses is not None and grant.uses <= sum(
        e.event_time >= grant.event_time for e in acts.of(_USED)
    ):
        yield ReasonCode.USED_UP
    if _is_idle(grant, acts, regime):
        yield ReasonCode.IDLE


def is_past(grant: Event, case: Case) -> bool:
    """Return whether the grant's own end, or the policy's duration, is over.

    The duration counts from when the person acted, so that no record extends it.
    """
    lasts = case.terms.consent_lasts
    return (grant.expires_at is not None and case.at >= grant.expires_at) or (
        lasts is not None and case.at - grant.event_time >= lasts
    )


def _is_idle(grant: Event, acts: Acts, regime: Regime) -> bool:
    """Return whether the person was ever away too long since the grant: by it, policy or law.

    Only what the person did about the case counts as activity. Whoever comes back later is asked
    anew: what lapsed does not revive.
    """
    limits = [t for t in (acts.case.terms.idle, regime.law.idle) if t is not None]
    if not limits and grant.idle_days is None:
        return False
    active = (e.event_time for e in acts.of(_ACTIVE) if e.event_time >= grant.event_time)
    seen = sorted((grant.event_time, *active, acts.case.at))
    away = max(later - earlier for earlier, later in pairwise(seen))
    is_over = grant.idle_days is not None and away // DAY >= grant.idle_days
    return is_over or any(away >= limit for limit in limits)


_ACTIVE = frozenset({Act.ACTIVITY})
_HAPPENED = frozenset({Act.HAPPENED})
_USED = frozenset({Act.USE})
