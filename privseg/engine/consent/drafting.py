# SPDX-License-Identifier: Apache-2.0
"""Consent events on their way into the ledger: keyed ids, keyed contents, a million at a time.

What many rows of a file have in common (act, purpose, notice, ...) is made once, as a stamp; a row
adds its numbers as columns and its two keyed hashes. No ``Event`` is made for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import blake2b, sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from privseg.consent import Event
from privseg.engine.erasure.matches import note_matches
from privseg.engine.house import House
from privseg.sources import ConsentBatch
from privseg.store.drafts import Drafts
from privseg.store.event_body import (
    BODY,
    WORDED,
    StoredEvent,
    body_of,
    born_of,
    head,
    mark_of,
    own_words,
    rest,
    shared_words,
)
from privseg.store.stamps import said, stamp_of
from privseg.terms import Ordinal, SubjectId, to_micros

EVENT_KEY = "consent-event"  # names the secret that event ids and contents are hashed under
CONSENTS = "consents"  # what an import of events is called among those that named erased people
EVIDENCE = "consent-evidence"  # what evidence is sealed as
KEY_BYTES = 16  # 128 bits: no two of 10**9 events meet by chance
NOBODY = -1
_ID, _CONTENT = b"event id", b"event content"  # BLAKE2 personalisation: neither hash is the other
_WORDS = ("act", "value", "until")  # what decides which words are a row's own
_OWN = frozenset({"person", "target", "value", "until"})  # not the same in a stamp's rows
_ROOM = 2**62  # combinations that one number can count
_Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file's events, ready to be recorded, and their sealed evidence by row."""

    drafts: Drafts
    evidence: dict[int, bytes] = field(repr=False)


def sealed(event: Event, *, key: bytes) -> Event:
    """Return ``event`` with the keyed hash of its content, all but the record time (law 3)."""
    own = own_words(event)
    proof = None if event.evidence_sha256 is None else bytes.fromhex(event.evidence_sha256)
    row = StoredEvent(0, event.event_key, b"", body_of(event, stamp=0, own=own), own, proof)
    start = content_start(key, said(stamp_of(event)))
    return replace(event, content_key=_ended(start, rest(row)))


def content_start(key: bytes, stamp: str) -> blake2b:
    """Return the beginning of the keyed hash of every content under a stamp (RFC 7693 §2.9)."""
    return blake2b(head(stamp), digest_size=KEY_BYTES, key=key, person=_CONTENT)


def prepared(house: House, batch: ConsentBatch) -> Prepared:
    """Return a file's events under their people's numbers; the suppressed are passed over.

    Equal in every way to the events of the rows (``ConsentBatch.event``), each ``sealed``.
    """
    key = house.vault.secret(EVENT_KEY)
    person, other = _people(house, batch)
    rows = np.flatnonzero((person >= 0) & ((batch.codes["target"] < 0) | (other >= 0)))
    drafts = _drafts(house, batch, rows, person[rows], other[rows])
    ids = [batch.event_ids[row] for row in rows.tolist()]
    proofs = [(new, batch.evidence[row]) for new, row in _proven(batch, rows)]
    items = [(Ordinal(int(person[rows[new]])), proof) for new, proof in proofs]
    blobs = house.vault.seal_many(EVIDENCE, items) if items else []
    keyed = _with_keys(drafts, ids, key)
    return Prepared(keyed, {new: b for (new, _), b in zip(proofs, blobs, strict=True)})


def _people(house: House, batch: ConsentBatch) -> tuple[_Codes, _Codes]:
    """Return whom each row is about, and the other profile it names; everybody looked up once."""
    found = []
    erased: list[list[SubjectId]] = []
    for name, kind in (("person", batch.id_kind), ("target", batch.target_kind)):
        named = [SubjectId(kind, word) for word in batch.words[name]]
        known = _numbers(house, named)
        erased += [[named[i]] for i in np.flatnonzero(known < 0).tolist()]
        found.append(np.append(known, NOBODY)[batch.codes[name]])  # code -1: the last
    note_matches(house, CONSENTS, erased)  # for the compliance officer alone; also where none was
    return found[0], found[1]


def _numbers(house: House, subjects: Sequence[SubjectId]) -> _Codes:
    """Return everybody's number, enrolling who is new in the order given; the suppressed: -1."""
    known = house.vault.resolve_many(subjects)
    new = [i for i, ordinal in enumerate(known) if ordinal is None]
    for i, ordinal in zip(new, house.vault.enrol([[subjects[i]] for i in new]), strict=True):
        known[i] = ordinal
    return np.array([NOBODY if o is None else o for o in known], dtype=np.int64)


def _proven(batch: ConsentBatch, rows: _Codes) -> list[tuple[int, int]]:
    """Return which rows have evidence: their place among ``rows``, and in the batch."""
    if not batch.evidence:
        return []
    return [(new, row) for new, row in enumerate(rows.tolist()) if row in batch.evidence]


def _drafts(
    house: House, batch: ConsentBatch, rows: _Codes, person: _Codes, other: _Codes
) -> Drafts:
    """Return the events of ``rows`` as columns, without keys."""
    now = house.now()
    make = _maker(house, batch, now)
    words, pattern, told, models = _models(batch, rows, make)
    own = [own_words(event) for event in told]
    worded = np.array([WORDED * (text is not None) for text in own], np.uint8)[words]
    body = np.zeros(len(rows), BODY)
    body["subject"], body["target"] = person, other
    body["born"] = np.array([born_of(event) for event in told], np.uint32)[words]
    body["event_time"], body["expires_at"] = batch.event_time[rows], batch.expires_at[rows]
    body["record_time"], body["stamp"] = to_micros(now), pattern
    body["mark"] = (
        np.array([mark_of(m.act, m.uses, None) for m in models], np.uint8)[pattern] | worded
    )
    return Drafts(
        event_keys=(),
        content_keys=(),
        stamps=tuple(map(stamp_of, models)),
        body=body,
        own={row: str(own[words[row]]) for row in np.flatnonzero(worded).tolist()},
        evidence={new: sha256(batch.evidence[row]).digest() for new, row in _proven(batch, rows)},
    )


def _maker(house: House, batch: ConsentBatch, now: datetime) -> Callable[[int], Event]:
    """Return what makes an event of a row, under nobody's number."""
    return partial(
        batch.event,
        subject=Ordinal(0),
        controller=house.policy.controller,
        event_key=b"",
        record_time=now,
        notices=house.policy.notices,
    )


def _models(
    batch: ConsentBatch, rows: _Codes, make: Callable[[int], Event]
) -> tuple[_Codes, _Codes, list[Event], list[Event]]:
    """Return for each row the number of its words and of its stamp, and an event of each number.

    Words first: which of them a stamp may say depends on the act and on themselves alone.
    """
    words, first = _numbered([batch.codes[name][rows] for name in _WORDS])
    told = [make(row) for row in rows[first].tolist()]
    codes: dict[tuple[str | None, ...], int] = {}
    shared = [codes.setdefault(tuple(shared_words(e).values()), len(codes)) for e in told]
    common = [c[rows] for name, c in sorted(batch.codes.items()) if name not in _OWN]
    columns = [np.array(shared, np.int64)[words], batch.explicit[rows], *common]
    pattern, first = _numbered(columns)
    return words, pattern, told, [make(row) for row in rows[first].tolist()]


def _numbered(columns: Sequence[NDArray[Any]]) -> tuple[_Codes, _Codes]:
    """Return one number for each combination of small numbers (-1 and up), and its first row."""
    joined, span = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        width = int(column.max(initial=-1)) + 2
        if span * width > _ROOM:
            _, joined = np.unique(joined, return_inverse=True)
            span = int(joined.max(initial=0)) + 1
        joined = joined * width + column + 1
        span *= width
    _, first, numbers = np.unique(joined, return_index=True, return_inverse=True)
    return numbers, first


def _with_keys(drafts: Drafts, ids: Iterable[str], key: bytes) -> Drafts:
    """Return drafts with the keyed hashes of their ids and contents."""
    base = blake2b(digest_size=KEY_BYTES, key=key, person=_ID)
    starts = [content_start(key, said(stamp)) for stamp in drafts.stamps]
    keyed = replace(drafts, event_keys=[_ended(base, text.encode()) for text in ids])
    contents = keyed.contents()
    return replace(keyed, content_keys=[_ended(starts[stamp], own) for stamp, own in contents])


def _ended(start: blake2b, text: bytes) -> bytes:
    """Return the hash that goes on from ``start`` with ``text``; ``start`` stays as it is."""
    found = start.copy()
    found.update(text)
    return found.digest()
