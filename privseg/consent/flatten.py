# SPDX-License-Identifier: Apache-2.0
"""Events as rows, and whose events no row can hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from privseg.consent.encoding import DAY_MICROS, NEVER
from privseg.consent.event import Event
from privseg.consent.history import fault_of
from privseg.terms import Ordinal, to_micros


def irregular(events: Iterable[Event]) -> set[Ordinal]:
    """Return the people with a malformed event, or one whose id comes twice in their history."""
    seen: set[tuple[Ordinal, bytes]] = set()
    odd: set[Ordinal] = set()
    for event in events:
        identity = (event.subject, event.event_key)
        if identity in seen or fault_of(event) is not None or event.position < 1:
            odd.add(event.subject)
        seen.add(identity)
    return odd


def row_of(e: Event) -> tuple[Any, ...]:
    """Return an event's row, laid out as ``ROW``."""
    return (
        e.position,
        e.subject,
        e.controller,
        e.act.value,
        to_micros(e.event_time),
        to_micros(e.record_time),
        e.purpose,
        e.categories,
        e.explicit,
        e.notice,
        e.notice_purposes,
        e.method.value,
        e.authority.value,
        None if e.expires_at is None else to_micros(e.expires_at),
        e.value,
        e.quarantined,
        e.target,
        e.until,
        None if e.uses is None else min(e.uses, NEVER),
        None if e.idle_days is None else min(e.idle_days * DAY_MICROS, NEVER),
        e.notice_sha256,
    )
