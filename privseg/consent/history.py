# SPDX-License-Identifier: Apache-2.0
"""Which events can be believed: well-formed, and each once (laws 1-3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from privseg.consent.event import Act, Event, Resolution
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
    if not (_is_aware(event.event_time) and _is_aware(event.record_time)):
        return "a time has no zone"
    needs = _NEEDS.get(event.act)
    if needs is not None and not needs[0](event):
        return needs[1]
    return _fault_of_ends(event)


def is_malformed(event: Event) -> bool:
    """Return whether no fold could read ``event``, or no ledger gave it its position."""
    return event.position < 1 or fault_of(event) is not None


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
    """Return each event once, its first record; None when one id has two contents.

    Law 3: the same id and content again changes nothing, so a retry never extends an expiry.
    """
    first: dict[bytes, Event] = {}
    for event in events:
        kept = first.setdefault(event.event_key, event)
        if kept is event:
            continue
        if not same_content(kept, event):
            return None
        if (event.position, event.record_time) < (kept.position, kept.record_time):
            first[event.event_key] = event
    return tuple(first.values())


def _content(event: Event) -> Event:
    """Return ``event`` without the place and time of its recording."""
    return replace(event, position=0, record_time=EPOCH)


def _is_aware(moment: datetime) -> bool:
    """Return whether ``moment`` is a point in time, not a reading of somebody's clock."""
    zone = moment.tzinfo
    return zone is UTC or (zone is not None and moment.utcoffset() is not None)


def _is_date(text: str | None) -> bool:
    """Return whether ``text`` is an ISO date."""
    try:
        date.fromisoformat(text or "")
    except ValueError:
        return False
    return True


def _names_another(event: Event) -> bool:
    """Return whether the target of a MERGE or UNMERGE is another profile."""
    return event.target is not None and event.target >= 0 and event.target != event.subject


def _settles(event: Event) -> bool:
    """Return whether a RESOLVE says what it settles, and how."""
    return event.target is not None and event.target >= 1 and event.value in _RESOLUTIONS


def _fault_of_ends(event: Event) -> str | None:
    """Return what makes the end of a grant, or a hash, unreadable."""
    if event.expires_at is not None and not _is_aware(event.expires_at):
        return "a time has no zone"
    for number in (event.uses, event.idle_days):
        if number is not None and number < 1:
            return "a limit of uses or of days without activity is 1 or more"
    for digest in (event.notice_sha256, event.evidence_sha256):
        if digest is not None and not _SHA256.fullmatch(digest):
            return "a SHA-256 is 64 lower-case hexadecimal digits"
    return None


_SHA256 = re.compile("[0-9a-f]{64}")
_RESOLUTIONS = frozenset(r.value for r in Resolution)
_LINK = (_names_another, "linking two profiles needs the ordinal of the other one as target")
_NEEDS: Mapping[Act, tuple[Callable[[Event], bool], str]] = {
    Act.ATTEST_AGE: (
        lambda e: _is_date(e.value),
        "an attested age needs a date of birth (YYYY-MM-DD)",
    ),
    Act.ATTEST_JURISDICTION: (
        lambda e: bool(e.value),
        "an attested jurisdiction needs its code",
    ),
    Act.HAPPENED: (lambda e: bool(e.value), "what happened needs a name"),
    Act.MERGE: _LINK,
    Act.UNMERGE: _LINK,
    Act.RESOLVE: (_settles, "a resolution needs the position it settles, and accept or discard"),
}
