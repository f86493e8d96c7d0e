# SPDX-License-Identifier: Apache-2.0
"""Reading millions of entries: what was proved of a part of one is not proved again.

A canonical entry is a few parts in a row: who and where (``actor``, ``boot_id``), the commitment,
what (``header``, ``kind``), and numbers. The bytes of the first and the third part repeat all the
time. A part is remembered with its meaning once an entry that holds it was read the long way, by
``parse_entry``; bytes made of remembered parts and well-spelt numbers are then exactly what the
printer prints. Whatever is not, is read the long way.

Law: ``Reader().read(data) == Read.of(parse_entry(data))``, refusals included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple, Self

from privseg.audit.entry import MAX_COUNT, MAX_ENTRY, VERSION, Entry, parse_entry
from privseg.audit.event import Kind, Outcome
from privseg.tlog import canonical

MAX_PARTS = 4_096  # remembered; a log of which every entry is new costs no memory
_DIGITS = 64  # hexadecimal digits of a commitment
_HEX = re.compile(rb"[0-9a-f]{64}")
_BEFORE = re.compile(rb'(0|[1-9][0-9]{0,18}),"outcome":"([a-z]+)"')
_AFTER = re.compile(
    rb'"time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
    rb'\.[0-9]{6}Z)","version":"' + re.escape(VERSION.encode()) + rb'"\}'
)
_HEADER, _NUMBERS, _SEQUENCE = b'","header":', b',"monotonic_ns":', b',"sequence":'
_ZERO = ord("0")
_What = tuple[Kind, Outcome, Mapping[str, str | list[str]]]


class Read(NamedTuple):
    """What the checks of a log ask of an entry."""

    sequence: int
    time: datetime
    monotonic_ns: int
    boot_id: str
    kind: Kind
    outcome: Outcome
    header: Mapping[str, str | list[str]]
    commitment: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the same of an entry that was read the long way."""
        return cls(
            entry.sequence,
            entry.time,
            entry.monotonic_ns,
            entry.boot_id,
            entry.kind,
            entry.outcome,
            entry.header,
            entry.commitment,
        )


class Reader:
    """Reads entries, remembering the parts that repeat. Bound to no log."""

    def __init__(self) -> None:
        self._starts: dict[bytes, str] = {}
        self._middles: dict[tuple[bytes, bytes], _What] = {}
        self._moment = (b"", b"")
        self._time: datetime | None = None
        self._monotonic, self._outcome = 0, b""

    def read(self, data: bytes, committed: bytes = b"") -> Read:
        """Return what the entry of ``data`` says.

        ``committed`` is a commitment that the caller computed: it need not be looked at again to
        know that it is hexadecimal.

        Raises:
            MalformedEntryError: as ``parse_entry`` does.
        """
        start, _, rest = data.partition(_HEADER)
        middle, _, numbers = rest.rpartition(_NUMBERS)
        before, _, after = numbers.partition(_SEQUENCE)
        number, _, end = after.partition(b",")
        if before != self._moment[0] or end != self._moment[1]:
            self._look(before, end)
        boot = self._starts.get(start[:-_DIGITS])
        known = self._middles.get((middle, self._outcome))
        commitment = start[-_DIGITS:]
        if (
            boot is None
            or known is None
            or self._time is None
            or not (number.isdigit() and (number[0] != _ZERO or len(number) == 1))
            or (sequence := int(number)) > MAX_COUNT
            or (commitment != committed and not _HEX.fullmatch(commitment))
            or len(data) > MAX_ENTRY
        ):
            return self._the_long_way(data)
        return Read(sequence, self._time, self._monotonic, boot, *known, commitment.decode())

    def _look(self, before: bytes, end: bytes) -> None:
        """Take in what entries of one commit share: both clocks, and how it ended."""
        self._moment, self._time = (before, end), None
        numbers, moment = _BEFORE.fullmatch(before), _AFTER.fullmatch(end)
        if numbers is None or moment is None or int(numbers[1]) > MAX_COUNT:
            return
        self._monotonic, self._outcome = int(numbers[1]), numbers[2]
        with suppress(ValueError):  # the thirtieth of February
            self._time = datetime.fromisoformat(moment[1].decode())

    def _the_long_way(self, data: bytes) -> Read:
        """Read an entry and remember its parts."""
        entry = parse_entry(data)
        if len(self._middles) >= MAX_PARTS or len(self._starts) >= MAX_PARTS:
            self._middles.clear()
            self._starts.clear()
        start = f'{{"actor":"{entry.actor.value}","boot_id":"{entry.boot_id}","commitment":"'
        self._starts[start.encode()] = entry.boot_id
        middle = canonical(dict(entry.header)) + f',"kind":"{entry.kind.value}"'.encode()
        outcome = entry.outcome.value.encode()
        self._middles[middle, outcome] = (entry.kind, entry.outcome, entry.header)
        return Read.of(entry)
