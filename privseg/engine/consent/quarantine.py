# SPDX-License-Identifier: Apache-2.0
"""Events that were set aside: they deny what they bear on until an officer settles each."""

from __future__ import annotations

import numpy as np

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.consent import Act, Authority, Event, EventColumns, Resolution
from privseg.consent.encoding import ACTS
from privseg.engine.consent.act import IncompleteActError, Told
from privseg.engine.consent.recording import record_of
from privseg.engine.house import House
from privseg.engine.views import Quarantined
from privseg.gate import consent_rules
from privseg.terms import MICROSECOND, Ordinal, StaffRole


def quarantined(house: House, *, role: StaffRole, settled: bool = False) -> tuple[Quarantined, ...]:
    """Return the events that were set aside and wait; with ``settled``, the others too.

    Whom they are about is not told: a position is enough to settle one. Looking is on the log.
    """
    _on_the_log(house, role)
    found = (_told(event, outcome) for event, outcome in _set_aside(house))
    return tuple(q for q in found if settled or q.resolved is None)


def resolve(house: House, position: int, outcome: Resolution, *, role: StaffRole) -> int:
    """Settle one event that was set aside: it counts from now on, or never did.

    Raises:
        IncompleteActError: nothing at that position waits.
    """
    _on_the_log(house, role)
    waiting = [e for e, settled in _set_aside(house) if e.position == position and settled is None]
    if not waiting:
        raise IncompleteActError(Act.RESOLVE, f"nothing at position {position} was set aside")
    told = Told(
        Act.RESOLVE, authority=Authority.STAFF, value=outcome.value, target=position,
    )  # fmt: skip
    return record_of(house, waiting[0].subject, told, verb="resolve", role=role)


def _on_the_log(house: House, role: StaffRole) -> None:
    """Put on the log that what was set aside is looked through, before it is."""
    house.log.append(AuditEvent(Kind.CONSENT, Outcome.OK, role, {"verb": "quarantine"}))


def _set_aside(house: House) -> list[tuple[Event, str | None]]:
    """Return every event set aside, in order, with what was made of it."""
    columns = house.ledger.columns()
    skew = consent_rules(house.policy).max_skew // MICROSECOND
    ahead = columns.event_time - columns.record_time > skew
    aside = np.flatnonzero(columns.quarantined | ahead)
    outcomes = _outcomes(columns)
    events = [_event(columns, int(row)) for row in aside]
    ordered = sorted(events, key=lambda e: e.position)
    return [(e, outcomes.get(e.position)) for e in ordered if e.act is not Act.RESOLVE]


def _outcomes(columns: EventColumns) -> dict[int, str]:
    """Return the newest resolution of each position."""
    rows = np.flatnonzero(columns.act == ACTS.index(Act.RESOLVE))
    newest = sorted((int(columns.event_time[r]), int(r)) for r in rows)
    return {int(columns.target[r]): columns.values[columns.value[r]] for _, r in newest}


def _event(columns: EventColumns, row: int) -> Event:
    """Return the event of a row."""
    person, position = Ordinal(int(columns.ordinal[row])), int(columns.position[row])
    return next(e for e in columns.events_of(person) if e.position == position)


def _told(event: Event, outcome: str | None) -> Quarantined:
    """Return what an officer needs to settle it."""
    return Quarantined(
        position=event.position,
        act=str(event.act),
        event_time=event.event_time,
        record_time=event.record_time,
        purpose=event.purpose,
        resolved=outcome,
    )
