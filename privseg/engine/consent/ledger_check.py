# SPDX-License-Identifier: Apache-2.0
"""Is the consent ledger what the log says was recorded, word for word?

Two bonds hold an event's row: its content key is a keyed hash over all that it says, and the
log's entry of its record has a digest over the keys, positions and record times of the batch. Who
edits the database without the vault's key breaks the first; who has the key breaks the second.
Which events an erasure took is in the log as well, so that none can be passed off as erased.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256

from privseg.audit import Kind, StoredEntry, open_body, parse_entry
from privseg.engine.consent.drafting import EVENT_KEY, content_start
from privseg.engine.consent.ledger_entry import Bound, digest_of
from privseg.engine.house import House
from privseg.store.event_body import WORDED, StoredEvent, is_whole, mark_of, rest
from privseg.store.event_reading import Ends
from privseg.store.stamps import parsed
from privseg.tlog import NotCanonicalError

LISTED = 5  # findings told one by one; the others are counted
CHUNK = 65_536  # positions read in one state of the database: writers wait for no longer
NOWHERE = -1  # the place of what no entry of the log binds


@dataclass(frozen=True, slots=True)
class Bonds:
    """What the log binds, in order; between ``unknown`` ones bodies were erased since."""

    bounds: tuple[Bound, ...]
    unknown: frozenset[int]  # positions from which on nothing is known, up to the next bound


def bonds_of(entries: Sequence[StoredEntry]) -> Bonds:
    """Return what the entries of a log that was checked already bind."""
    bounds: list[Bound] = []
    unknown: set[int] = set()
    for stored in entries:
        entry = parse_entry(stored.entry_bytes)
        if entry.kind is not Kind.CONSENT:
            continue
        if stored.salt is None or stored.body is None:
            unknown.add(bounds[-1].last + 1 if bounds else 1)
        elif bound := Bound.of(open_body(entry, stored.salt, stored.body)):
            bounds.append(bound)
    return Bonds(tuple(bounds), frozenset(unknown))


def check_ledger(house: House, bonds: Bonds, *, ends: Ends) -> list[str]:
    """Return what is wrong with the ledger, in words that name positions and nobody.

    ``ends`` is where the ledger ended when the log was read.
    """
    walk = _Walk(house)
    for first in range(1, ends.high + 1, CHUNK):
        walk.see(first, min(first + CHUNK - 1, ends.high), bonds.bounds)
    walk.finish(bonds.bounds)
    found = [*_coverage(bonds, ends), *_erasures(house, bonds), *walk.findings]
    changed = [f"the event at position {p} says something else now" for p in walk.changed]
    return [f"tampered: the consent ledger: {text}" for text in (*_short(changed), *_short(found))]


def _short(texts: list[str]) -> list[str]:
    """Return the first few, and how many more there are."""
    more = len(texts) - LISTED
    return [*texts[:LISTED], f"and {more:,} more like the last"] if more > 0 else texts


def _coverage(bonds: Bonds, ends: Ends) -> Iterator[str]:
    """Yield where positions are that no entry of the log recorded."""
    expected = 1
    for bound in bonds.bounds:
        if bound.first != expected and expected not in bonds.unknown:
            yield f"nothing says who recorded positions {expected} to {bound.first - 1}"
        expected = bound.last + 1
    is_open = expected in bonds.unknown
    if ends.low < 1 or (ends.high >= expected and not is_open):
        yield f"events stand outside positions 1 to {expected - 1} that nobody recorded"
    if ends.given < ends.high or (ends.given != expected - 1 and not is_open):
        yield f"it says that it ends at position {ends.given}, and newer events are not read"


def _erasures(house: House, bonds: Bonds) -> Iterator[str]:
    """Yield where events are passed off as erased, or were erased and are not marked so.

    Of an erasure whose entry has no body any more, nothing is known.
    """
    bounds = bonds.bounds
    with house.db.reading():
        went = house.ledger.erasures(-(2**63), 2**63 - 1)
    theirs: dict[int, list[int]] = {i: [] for i, b in enumerate(bounds) if b.erased is not None}
    for erasure, positions in went.items():
        at = bisect_right(bounds, erasure, key=lambda b: b.first) - 1
        is_known = at >= 0 and erasure <= bounds[at].last
        if not is_known and (bounds[at].last + 1 if at >= 0 else 1) in bonds.unknown:
            continue
        theirs.setdefault(at if is_known else NOWHERE, []).extend(positions)
    for at, positions in sorted(theirs.items()):
        if at == NOWHERE or digest_of(positions) != bounds[at].erased:
            yield f"{len(positions):,} events are marked as erased, and the log says others were"


class _Walk:
    """Goes through the ledger in order of position, and looks at every event once."""

    def __init__(self, house: House) -> None:
        self.changed: list[int] = []
        self.findings: list[str] = []
        self._house = house
        self._key = house.vault.secret(EVENT_KEY)
        self._stamps: dict[int, _Stamp] = {}
        self._digest, self._seen, self._next = sha256(), 0, 0

    def see(self, first: int, last: int, bounds: Sequence[Bound]) -> None:
        """Look at the events of some positions, the first after those seen before."""
        positions, leaves = self._leaves(first, last)
        while self._next < len(bounds) and bounds[self._next].first <= last:
            bound = bounds[self._next]
            start = bisect_left(positions, bound.first)
            end = bisect_right(positions, bound.last)
            self._digest.update(b"".join(leaves[start:end]))
            self._seen += end - start
            if bound.last > last:
                return
            self._close(bound)

    def finish(self, bounds: Sequence[Bound]) -> None:
        """Compare what lies beyond the last event: all of it is gone."""
        while self._next < len(bounds):
            self._close(bounds[self._next])

    def _close(self, bound: Bound) -> None:
        """Compare what was seen of a bound with what the log says of it."""
        gone = bound.last - bound.first + 1 - self._seen
        where = f"positions {bound.first} to {bound.last}"
        if gone:
            self.findings.append(f"{gone:,} events are gone from {where}")
        elif self._digest.hexdigest() != bound.digest:
            self.findings.append(f"{where} are not what the log says was recorded there")
        self._digest, self._seen = sha256(), 0
        self._next += 1

    def _leaves(self, first: int, last: int) -> tuple[list[int], list[bytes]]:
        """Return where events are or were, and their leaves; note those that were changed."""
        ledger = self._house.ledger
        with self._house.db.reading():
            rows = [row for batch in ledger.stored(first, last) for row in batch]
            erased = ledger.erased(first, last)
            self._know(ledger.said())
        whole = [row for row in rows if is_whole(row)]
        held = {row.position for row in whole if self._holds(row)}
        self.changed += [row.position for row in rows if row.position not in held]
        found = [(row.position, row.leaf) for row in whole]
        both = sorted([*found, *erased]) if erased else found
        return [at for at, _ in both], [each for _, each in both]

    def _know(self, said: Mapping[int, str]) -> None:
        """Prepare the stamps that are new."""
        for code, text in said.items():
            if code not in self._stamps and (mark := _mark(text)) is not None:
                self._stamps[code] = _Stamp(content_start(self._key, text), mark)

    def _holds(self, row: StoredEvent) -> bool:
        """Return whether a row says what its content key says, and has the mark that it should."""
        stamp = self._stamps.get(row.stamp)
        if stamp is None:
            return False
        content = stamp.start.copy()
        content.update(rest(row))
        mark = stamp.mark if row.own is None else stamp.mark | WORDED
        return content.digest() == row.content_key and row.body[-1] == mark


@dataclass(frozen=True, slots=True)
class _Stamp:
    """How the content of a stamp's events begins, and the mark they have."""

    start: blake2b
    mark: int


def _mark(text: str) -> int | None:
    """Return the mark of a stamp's events; None of a text that is no stamp."""
    try:
        fields = parsed(text)
        return mark_of(fields["act"], fields["uses"], None)
    except (NotCanonicalError, KeyError, TypeError, ValueError):
        return None
