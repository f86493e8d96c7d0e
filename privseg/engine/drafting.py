# SPDX-License-Identifier: Apache-2.0
"""Consent events on their way into the ledger: keyed ids, keyed contents, a million at a time.

What many events of a file have in common (act, purpose, notice, ...) is made once; a row then adds
its person, its times and its keys.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import fields, replace
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from privseg.consent import Event
from privseg.engine.house import House
from privseg.sources import ConsentBatch
from privseg.terms import Ordinal, SubjectId, from_micros, to_micros
from privseg.tlog import canonical

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVENT_KEY = "consent-event"  # names the secret that event ids and contents are hashed under
KEY_BYTES = 16  # 128 bits: no two of 10**9 events meet by chance
_NEVER = 2**63 - 1  # stands for no expiry, in the hash only
_Pattern = tuple[partial[Event], bytes]
OWN = frozenset({"subject", "event_key", "content_key", "event_time", "expires_at"})
"""The fields of an event that a row has for itself; value belongs to the words."""


def sealed(event: Event, *, key: bytes) -> Event:
    """Return ``event`` with the keyed hash of its content, all but the record time (law 3)."""
    expires = _NEVER if event.expires_at is None else to_micros(event.expires_at)
    own = _own(event.subject, to_micros(event.event_time), expires)
    return replace(event, content_key=_keyed(key, b"content\n" + own + _shared(event)))


def drafts(house: House, batch: ConsentBatch) -> list[Event]:
    """Return a file's events under their people's numbers; the suppressed are passed over."""
    key = house.vault.secret(EVENT_KEY)
    rows = zip(
        _people(house, batch), _patterns(house, batch), batch.event_ids,
        batch.event_time.tolist(), batch.expires_at.tolist(), strict=True,
    )  # fmt: skip
    return [
        make(
            subject=person,
            event_key=_keyed(key, b"id\n" + event_id.encode()),
            content_key=_keyed(key, b"content\n" + _own(person, time, expires) + shared),
            event_time=from_micros(time),
            expires_at=None if expires == _NEVER else from_micros(expires),
        )
        for person, (make, shared), event_id, time, expires in rows
        if person is not None
    ]


def _people(house: House, batch: ConsentBatch) -> list[Ordinal | None]:
    """Return whom each row is about; everybody is looked up once."""
    names = dict.fromkeys(batch.people)
    found = house.vault.enrol([[SubjectId(batch.id_kind, n)] for n in names])
    known = dict(zip(names, found, strict=True))
    return [known[n] for n in batch.people]


def _patterns(house: House, batch: ConsentBatch) -> list[_Pattern]:
    """Return for each row what it shares with all rows of its words, made once for all of them."""
    now, policy = house.now(), house.policy
    columns: list[NDArray[np.int32]] = [batch.codes[name] for name in sorted(batch.codes)]
    rows = list(zip(*(c.tolist() for c in columns), batch.explicit.tolist(), strict=True))
    first = {codes: row for row, codes in reversed(list(enumerate(rows)))}

    @cache
    def pattern(codes: tuple[int, ...]) -> _Pattern:
        event = batch.event(
            first[codes],
            subject=Ordinal(0),
            controller=policy.controller,
            event_key=b"",
            record_time=now,
            notices=policy.notices,
        )
        common = {f.name: getattr(event, f.name) for f in fields(Event) if f.name not in OWN}
        return partial(Event, **common), _shared(event)

    return [pattern(codes) for codes in rows]


def _shared(event: Event) -> bytes:
    """Return the canonical text of what many events may have in common."""
    return canonical(
        [
            str(event.act), event.controller, event.purpose or "", sorted(event.categories),
            event.explicit, event.notice or "", sorted(event.notice_purposes), str(event.method),
            int(event.authority), event.jurisdiction or "", event.value or "",
        ]
    )  # fmt: skip


def _own(person: Ordinal, event_time: int, expires: int) -> bytes:
    """Return the bytes of what only one event says: whose, when, until when."""
    return struct.pack(">qqq", person, event_time, expires)


def _keyed(key: bytes, data: bytes) -> bytes:
    """Return a keyed hash of the length that the ledger keeps."""
    return hmac.digest(key, data, "sha256")[:KEY_BYTES]
