# SPDX-License-Identifier: Apache-2.0
"""Who read my data: one person's answer from the record (GDPR Art. 15(1)(c), recital 63)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from privseg.audit.entry import Entry, open_body, parse_entry
from privseg.audit.event import Kind, Outcome
from privseg.audit.log import StoredEntry
from privseg.audit.people import text_to_people
from privseg.terms import Attribute, Ordinal, Purpose, StaffRole

_RUN_KINDS = frozenset({Kind.ACCESS_INTENT, Kind.ACCESS_OUTCOME, Kind.ACCESS_DENIED, Kind.RELEASE})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecord:
    """One run and what it had to do with one person.

    ``eligible`` says whether the run was allowed to read the person; None when the people set of
    that run has been erased, so that nobody can say. ``found_in`` names the segments in which the
    person was found. ``outcome`` stays PENDING for a run that never reported an end.
    """

    sequence: int
    run: str
    time: datetime
    actor: StaffRole
    segmenter: str
    purpose: Purpose
    attributes: tuple[Attribute, ...]
    outcome: Outcome
    eligible: bool | None
    found_in: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()

    @property
    def may_have_read(self) -> bool:
        """Return whether the person's attributes may have been read: only a sure no is a no."""
        return self.eligible is not False


def access_history(entries: Iterable[StoredEntry], ordinal: Ordinal) -> list[AccessRecord]:
    """Return every run on record, in order, as it concerns the person ``ordinal``.

    Tests one bit of each run's people sets; other people's bits are not looked at.

    Raises:
        MalformedEntryError, CommitmentError, MalformedPeopleError: the record does not hold; an
            answer from it would be a guess.
    """
    runs: dict[str, AccessRecord] = {}
    for stored in entries:
        entry = parse_entry(stored.entry_bytes)
        if entry.kind is Kind.ACCESS_INTENT:
            runs[str(entry.header["run"])] = _intent(entry, _body(entry, stored), ordinal)
        elif entry.kind in _RUN_KINDS and entry.header.get("run") in runs:
            run = str(entry.header["run"])
            runs[run] = _continue(runs[run], entry, stored, ordinal)
    return list(runs.values())


def _intent(entry: Entry, body: dict[str, Any] | None, ordinal: Ordinal) -> AccessRecord:
    return AccessRecord(
        sequence=entry.sequence,
        run=str(entry.header["run"]),
        time=entry.time,
        actor=entry.actor,
        segmenter=str(entry.header["segmenter"]),
        purpose=Purpose(str(entry.header["purpose"])),
        attributes=tuple(Attribute(a) for a in entry.header["attributes"]),
        outcome=entry.outcome,
        eligible=_in(body, ordinal),
    )


def _continue(
    record: AccessRecord, entry: Entry, stored: StoredEntry, ordinal: Ordinal
) -> AccessRecord:
    """Return the record after its outcome, denial or release."""
    if entry.kind is Kind.RELEASE:
        return replace(record, releases=(*record.releases, str(entry.header["release"])))
    body = _body(entry, stored) if record.may_have_read else None
    eligible = record.eligible if record.eligible is not None else _in(body, ordinal)
    found = _found_in(body, ordinal) if body else ()
    return replace(record, outcome=entry.outcome, eligible=eligible, found_in=found)


def _body(entry: Entry, stored: StoredEntry) -> dict[str, Any] | None:
    """Return the body, or None once it was erased."""
    if stored.salt is None and stored.body is None:
        return None
    return open_body(entry, stored.salt or b"", stored.body or b"")


def _in(body: dict[str, Any] | None, ordinal: Ordinal) -> bool | None:
    if body is None or "eligible" not in body:
        return None
    return ordinal in text_to_people(body["eligible"])


def _found_in(body: dict[str, Any], ordinal: Ordinal) -> tuple[str, ...]:
    members = body.get("members", {})
    return tuple(name for name in sorted(members) if ordinal in text_to_people(members[name]))
