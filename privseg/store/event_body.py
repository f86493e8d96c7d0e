# SPDX-License-Identifier: Apache-2.0
"""An event as bytes: the body of its row, the content that its key stands for, its leaf.

``body`` (45 bytes, little-endian) holds the event's numbers; ``own`` (JSON) the rare words that
only this event says; ``evidence`` the SHA-256 of what proves it. The rest is its stamp's.

*Content* is everything but position and record time, in one form (``CONTENT``): the stamp's text,
the event's key, the numbers, the own words, the evidence's hash. The engine keeps a keyed hash of
it (law 3): the *content key*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from privseg.consent.encoding import NEVER
from privseg.consent.event import Act, Event
from privseg.terms import Ordinal, from_micros, to_micros
from privseg.tlog import canonical, parse_canonical

BODY = np.dtype(
    [
        ("subject", "<u4"),
        ("born", "<u4"),  # day of an attested birth, counted from 0001-01-01 as 1; 0: none
        ("event_time", "<i8"),  # microseconds since 1970-01-01 UTC, as the next and record_time
        ("expires_at", "<i8"),  # NEVER: does not expire
        ("target", "<i8"),  # -1: none
        ("record_time", "<i8"),
        ("stamp", "<u4"),
        ("mark", "u1"),
    ]
)
"""The layout of a body; up to ``record_time`` it is content."""

CONTENT = b"privseg.consent-event/1\n"
OWN_NUMBERS = slice(0, 32)
RECORD_TIME = slice(32, 40)
TIE, LIMITED, WORDED = 1, 2, 4  # marks: ties two profiles; a grant for some uses; has own words

SUBJECT = "substr(body, 1, 4)"
TARGET = "substr(body, 25, 8)"
MARK = "substr(body, 45, 1)"
NO_TARGET = b"\xff" * 8
NO_MARK = b"\0"
"""Parts of a body as SQL says them, and the values that no index holds; queries must repeat both
(``words.literal``) letter by letter to use an index."""

_BODY = Struct("<IIqqqqIB")
_TAIL = Struct(">II")
_WORD = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?|accept|discard")  # ISO 3166, Resolution
_WORDY = frozenset({Act.ATTEST_JURISDICTION, Act.RESOLVE})
_LONGEST_KEY = 255  # bytes: what a content can count
_LARGEST = {"subject": 2**32 - 1, "target": 2**63 - 1}


class StoredEvent(NamedTuple):
    """A row of the ledger as it is stored."""

    position: int
    event_key: bytes
    content_key: bytes
    body: bytes
    own: str | None
    evidence: bytes | None

    @property
    def subject(self) -> int:
        """Return whose it is."""
        return int.from_bytes(self.body[:4], "little")

    @property
    def stamp(self) -> int:
        """Return the number of its stamp."""
        return int.from_bytes(self.body[40:44], "little")

    @property
    def leaf(self) -> bytes:
        """Return what stands for it in the digests of the log: what it says, and since when.

        A keyed hash and a moment at which something was recorded: it stays when the event goes.
        """
        return self.content_key + self.body[RECORD_TIME]

    def __repr__(self) -> str:
        """Show where it stands only."""
        return f"StoredEvent(position={self.position})"


def shared_words(event: Event) -> dict[str, str | None]:
    """Return what of ``value`` and ``until`` is a common word, said in the stamp.

    A date of birth, or anything that could name a person, never is: a stamp outlives them.
    """
    wordy = event.act in _WORDY and event.value and _WORD.fullmatch(event.value)
    return {"until": None, "value": event.value if wordy else None}


def born_of(event: Event) -> int:
    """Return the attested day of birth as a number; 0 when there is none in the usual form."""
    if event.act is not Act.ATTEST_AGE or event.value is None:
        return 0
    day = date.fromisoformat(event.value)
    return day.toordinal() if day.isoformat() == event.value else 0


def own_words(event: Event) -> str | None:
    """Return, as JSON, what of ``value`` and ``until`` neither stamp nor body says."""
    shared = shared_words(event)
    said = {
        "until": None if shared["until"] else event.until,
        "value": None if shared["value"] or born_of(event) else event.value,
    }
    own = {name: word for name, word in said.items() if word is not None}
    return canonical(own).decode() if own else None


def mark_of(act: Act, uses: int | None, own: str | None) -> int:
    """Return by which rare traits a row is found without reading all of them."""
    limited = act in {Act.GRANT, Act.OPT_IN} and uses is not None
    return TIE * (act is Act.MERGE) | LIMITED * limited | WORDED * (own is not None)


def body_of(event: Event, *, stamp: int, own: str | None) -> bytes:
    """Return an event's body."""
    return _BODY.pack(
        event.subject,
        born_of(event),
        to_micros(event.event_time),
        NEVER if event.expires_at is None else to_micros(event.expires_at),
        -1 if event.target is None else event.target,
        to_micros(event.record_time),
        stamp,
        mark_of(event.act, event.uses, own),
    )


def fault_of_numbers(event: Event) -> str | None:
    """Return which number no row can hold, or None."""
    numbers = {"subject": event.subject, "target": event.target or 0}
    odd = [name for name, n in numbers.items() if not 0 <= n <= _LARGEST[name]]
    return f"its {odd[0]} is no number of a person or position" if odd else None


def head(said: str) -> bytes:
    """Return how the content of every event with this stamp begins."""
    return CONTENT + said.encode() + b"\n"


def start(event_key: bytes) -> bytes:
    """Return what comes first after the head: the key, which two events never share."""
    return bytes([len(event_key)]) + event_key


def tail(own: str | None, evidence: bytes | None) -> bytes:
    """Return how the content of an event ends; most end with their numbers."""
    if own is None and evidence is None:
        return b""
    words, proof = (own or "").encode(), evidence or b""
    return _TAIL.pack(len(words), len(proof)) + words + proof


def rest(row: StoredEvent) -> bytes:
    """Return what follows the head in the content of a stored event."""
    return start(row.event_key) + row.body[OWN_NUMBERS] + tail(row.own, row.evidence)


def is_whole(row: StoredEvent) -> bool:
    """Return whether a row has the form of those that are written here: somebody may edit them."""
    _, key, said, body, own, proof = row
    return (
        type(key) is type(said) is type(body) is bytes
        and len(body) == BODY.itemsize
        and len(key) <= _LONGEST_KEY
        and (own is None or type(own) is str)
        and (proof is None or type(proof) is bytes)
    )


def event_of(row: StoredEvent, stamp: Mapping[str, Any]) -> Event:
    """Parse a row whose stamp says ``stamp``."""
    subject, born, acted, expires, target, known, _, _ = _BODY.unpack(row.body)
    said = dict(stamp)
    if born:
        said["value"] = date.fromordinal(born).isoformat()
    if row.own is not None:
        said |= parse_canonical(row.own.encode())
    return Event(
        position=row.position,
        event_key=row.event_key,
        content_key=row.content_key,
        subject=Ordinal(subject),
        event_time=from_micros(acted),
        record_time=from_micros(known),
        expires_at=None if expires == NEVER else from_micros(expires),
        target=None if target < 0 else target,
        evidence_sha256=None if row.evidence is None else row.evidence.hex(),
        **said,
    )
