# SPDX-License-Identifier: Apache-2.0
"""Sealing many events at once: what was checked and spelt of a header is not spelt again.

Law: ``Sealer(boot).seal_many([e], ...)`` is ``seal(e, ...)`` byte for byte, refusals included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from marshal import dumps
from typing import Any, NamedTuple

from privseg.audit.entry import (
    BODY_PREFIX,
    MAX_COUNT,
    MAX_ENTRY,
    SALT_SIZE,
    VERSION,
    seal,
)
from privseg.audit.event import AuditEvent
from privseg.audit.moment import moment_to_text
from privseg.tlog import canonical, leaf_hash
from privseg.tlog.tree import LEAF_PREFIX

MAX_HEADERS = 4_096  # remembered
EXACT = 2  # the last version of the marshal format in which equal values have equal bytes

_Known = tuple[int, int, int, bytes]
_Pieces = tuple[str, str, str]


class Written(NamedTuple):
    """An entry as it is stored: its bytes and their leaf hash; the body that it commits to."""

    data: bytes
    leaf: bytes
    salt: bytes
    body: bytes


class Sealer:
    """Seals the events of one boot, remembering headers. A header's text is its whole meaning."""

    def __init__(self, boot_id: str) -> None:
        self._boot_id = boot_id
        self._known: dict[_Known, _Pieces] = {}

    def seal_many(
        self,
        events: Sequence[AuditEvent],
        *,
        first: int,
        time: datetime,
        monotonic_ns: int,
        salts: bytes,
        by: Mapping[str, str] | None = None,
    ) -> list[Written]:
        """Return the entries from ``first`` on that record ``events`` at one moment.

        ``salts`` are 32 fresh random bytes for each. ``by`` says who is at the keyboard, in every
        body under that name.

        Raises:
            UnwritableEntryError, HeaderError, NotPrintableError: one of them cannot be recorded.
        """
        moment = f',"time":"{moment_to_text(time)}","version":"{VERSION}"}}'
        mark = {} if by is None else {"by": dict(by)}
        done = []
        for place, event in enumerate(events):
            sequence = first + place
            salt = salts[place * SALT_SIZE : (place + 1) * SALT_SIZE]
            body = canonical({**event.body, **mark})
            pieces = self._pieces(event)
            if (
                pieces is None
                or not 0 <= sequence <= MAX_COUNT
                or not 0 <= monotonic_ns <= MAX_COUNT
            ):
                done.append(self._slowly(event, sequence, time, monotonic_ns, salt, mark))
                continue
            commitment = sha256(BODY_PREFIX + salt + body).hexdigest()
            start, middle, end = pieces
            text = f"{start}{commitment}{middle}{monotonic_ns}{end}{sequence}{moment}"
            data = text.encode()
            if len(data) > MAX_ENTRY or len(salt) != SALT_SIZE:
                done.append(self._slowly(event, sequence, time, monotonic_ns, salt, mark))
                continue
            done.append(Written(data, sha256(LEAF_PREFIX + data).digest(), salt, body))
        return done

    def _pieces(self, event: AuditEvent) -> _Pieces | None:
        """Return the spelling of what repeats, if an event with it was sealed before."""
        key = _key(event)
        return None if key is None else self._known.get(key)

    def _slowly(
        self,
        event: AuditEvent,
        sequence: int,
        time: datetime,
        monotonic_ns: int,
        salt: bytes,
        mark: Mapping[str, object],
    ) -> Written:
        """Seal one event with every check, and remember its header."""
        whole = AuditEvent(
            event.kind, event.outcome, event.actor, event.header, {**event.body, **mark}
        )
        sealed = seal(
            whole,
            sequence=sequence,
            time=time,
            monotonic_ns=monotonic_ns,
            boot_id=self._boot_id,
            salt=salt,
        )
        data = sealed.entry.to_bytes()
        self._remember(event)
        return Written(data, leaf_hash(data), salt, sealed.body)

    def _remember(self, event: AuditEvent) -> None:
        """Keep the spelling of a header that was just checked."""
        key = _key(event)
        if key is None:
            return
        if len(self._known) >= MAX_HEADERS:
            self._known.clear()
        start = f'{{"actor":"{event.actor.value}","boot_id":"{self._boot_id}","commitment":"'
        spelt = canonical(dict(event.header)).decode()
        middle = f'","header":{spelt},"kind":"{event.kind.value}","monotonic_ns":'
        self._known[key] = (start, middle, f',"outcome":"{event.outcome.value}","sequence":')


def _key(event: AuditEvent) -> _Known | None:
    """Return what tells one header from every other; None if it holds anything but plain text.

    Members of an enumeration live for ever, so that nothing else ever has their ids; an event
    whose kind is none of them is never remembered.
    """
    header: Any = event.header
    try:
        spelt = dumps(header, EXACT)
    except ValueError:  # a type of somebody's own
        return None
    return id(event.kind), id(event.outcome), id(event.actor), spelt
