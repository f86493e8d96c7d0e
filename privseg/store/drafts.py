# SPDX-License-Identifier: Apache-2.0
"""Events on their way into the ledger as columns: a million of them without an ``Event`` each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privseg.consent.encoding import ACTS
from privseg.consent.event import Act, Event
from privseg.consent.history import MalformedEventError, fault_of
from privseg.store.event_body import (
    BODY,
    OWN_NUMBERS,
    WORDED,
    StoredEvent,
    body_of,
    event_of,
    fault_of_numbers,
    own_words,
    start,
    tail,
)
from privseg.store.stamps import FIELDS, Stamp, stamp_of

_LOOKED_AT = frozenset({Act.MERGE, Act.UNMERGE, Act.RESOLVE, Act.ATTEST_AGE})
_Records = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Drafts:
    """Events as columns; personal data, out of ``repr``. All have one entry per event.

    ``body`` is laid out as ``event_body.BODY``; its ``stamp`` counts into ``stamps``, and becomes
    the ledger's number of that stamp when the events are recorded. ``own`` and ``evidence`` (the
    SHA-256) name the few events that have any. An empty content key is yet to be computed.
    """

    event_keys: Sequence[bytes] = field(repr=False)
    content_keys: Sequence[bytes] = field(repr=False)
    stamps: Sequence[Stamp]
    body: _Records = field(repr=False)
    own: Mapping[int, str] = field(default_factory=dict, repr=False)
    evidence: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, events: Sequence[Event]) -> Drafts:
        """Return events as columns.

        Raises:
            MalformedEventError: a number does not fit; every event is known to be readable.
        """
        codes: dict[Stamp, int] = {}
        own = {i: text for i, e in enumerate(events) if (text := own_words(e)) is not None}
        for index, event in enumerate(events):
            if (fault := fault_of_numbers(event)) is not None:
                raise MalformedEventError(index=index, fault=fault)
        bodies = [
            body_of(e, stamp=codes.setdefault(stamp_of(e), len(codes)), own=own.get(i))
            for i, e in enumerate(events)
        ]
        return cls(
            event_keys=[e.event_key for e in events],
            content_keys=[e.content_key for e in events],
            stamps=tuple(codes),
            body=np.frombuffer(b"".join(bodies), dtype=BODY),
            own=own,
            evidence={
                i: bytes.fromhex(e.evidence_sha256)
                for i, e in enumerate(events)
                if e.evidence_sha256 is not None
            },
        )

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.event_keys)

    def event(self, row: int) -> Event:
        """Return one as an event that is not recorded yet."""
        stored = StoredEvent(
            0,
            self.event_keys[row],
            self.content_keys[row],
            self.body[row].tobytes(),
            self.own.get(row),
            self.evidence.get(row),
        )
        stamp = self.stamps[int(self.body[row]["stamp"])]
        return event_of(stored, dict(zip(FIELDS, stamp, strict=True)))

    def refuse_malformed(self) -> None:
        """Check a batch as ``history.refuse_malformed`` does, looking at few of its events.

        What only the stamp can have wrong is looked at once a stamp; what an act needs of its own
        numbers and words, in every event of that act.

        Raises:
            MalformedEventError: naming the first event that no fold could read.
        """
        for index in self._to_look_at().tolist():
            event = self.event(index)
            fault = fault_of(event)
            if fault is not None:
                raise MalformedEventError(index=index, fault=fault)

    def _to_look_at(self) -> NDArray[np.int64]:
        """Return the rows whose faults are everybody's, in order."""
        stamp = self.body["stamp"]
        _, first = np.unique(stamp, return_index=True)
        act = FIELDS.index("act")
        needs = np.array([ACTS[ACTS.index(s[act])] in _LOOKED_AT for s in self.stamps], np.bool_)
        born = self.body["born"] > 0  # a day that is one
        special = (needs[stamp] & ~born) if len(self.stamps) else np.zeros(0, np.bool_)
        worded = (self.body["mark"] & WORDED) > 0
        return np.union1d(first, np.flatnonzero(special | worded))

    def contents(self) -> Iterator[tuple[int, bytes]]:
        """Yield of each event the index of its stamp, and its content after the stamp's head."""
        raw, size = self.body.tobytes(), BODY.itemsize
        plain = not (self.own or self.evidence)
        for row, (code, key) in enumerate(
            zip(self.body["stamp"].tolist(), self.event_keys, strict=True)
        ):
            own = start(key) + raw[row * size : row * size + OWN_NUMBERS.stop]
            yield code, own if plain else own + tail(self.own.get(row), self.evidence.get(row))
