# SPDX-License-Identifier: Apache-2.0
"""Reading a history: what is known, each event once, and whether it can be believed (laws 1-3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from privseg.consent.event import Act, Event
from privseg.errors import InputError
from privseg.terms import EPOCH


class MalformedEventError(InputError):
    """An event that no fold could read; nothing was recorded."""

    def __init__(self, *, index: int, fault: str) -> None:
        super().__init__(
            f"event {index} of the batch cannot be recorded: {fault}; nothing was recorded: "
            "correct it at its source"
        )
        self.index = index
        self.fault = fault


def fault_of(event: Event) -> str | None:
    """Return what makes ``event`` unreadable, or None. Never raises."""
    times = (event.event_time, event.record_time, event.expires_at)
    if any(t is not None and not _is_aware(t) for t in times):
        return "a time has no zone"
    if event.act is Act.ATTEST_AGE and not _is_date(event.value):
        return "an attested age needs a date of birth (YYYY-MM-DD)"
    if event.act is Act.ATTEST_JURISDICTION and not event.value:
        return "an attested jurisdiction needs its code"
    return None


def refuse_malformed(events: Iterable[Event]) -> None:
    """Check a batch before it is recorded; every ledger calls it first.

    Raises:
        MalformedEventError: naming the first event that no fold could read.
    """
    for index, event in enumerate(events):
        fault = fault_of(event)
        if fault is not None:
            raise MalformedEventError(index=index, fault=fault)


def same_content(one: Event, other: Event) -> bool:
    """Return whether two events say the same; place and time of recording are not content."""
    return _content(one) == _content(other)


def each_once(events: Iterable[Event]) -> tuple[Event, ...] | None:
    """Return each event once, first record kept, in order of event time; None when ids conflict.

    Law 3: the same id and content again changes nothing, so a retry never extends an expiry.
    """
    first: dict[bytes, Event] = {}
    for event in events:
        kept = first.setdefault(event.event_key, event)
        if kept is not event and not same_content(kept, event):
            return None
        if (event.position, event.record_time) < (kept.position, kept.record_time):
            first[event.event_key] = event
    return tuple(sorted(first.values(), key=lambda e: (e.event_time, e.position, e.event_key)))


def _content(event: Event) -> Event:
    """Return ``event`` without the place and time of its recording."""
    return replace(event, position=0, record_time=EPOCH)


def _is_aware(moment: datetime) -> bool:
    """Return whether ``moment`` is a point in time, not a reading of somebody's clock."""
    return moment.tzinfo is not None and moment.utcoffset() is not None


def _is_date(text: str | None) -> bool:
    """Return whether ``text`` is an ISO date."""
    try:
        date.fromisoformat(text or "")
    except ValueError:
        return False
    return True
