# SPDX-License-Identifier: Apache-2.0
"""The bodies of the log go when their time is over, a calendar month at a time (GDPR Art. 5(1)(e)).

A body names people by number. When all of a month is older than ``audit.bodies`` of the settings,
its bodies, what the index learned from them and the month's key go in one transaction, with one
entry that says which; the tree and every signature stand. The root key changes with it, so that a
copy from before opens no body of that month either.

Judged by the wall clock alone: the latest moment that the log saw is for what must not come back
to life, and a clock that was once set ahead must not destroy anything for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from privseg.audit import AuditEvent, Entry, Kind, Outcome, parse_entry
from privseg.engine.house import House
from privseg.engine.outside import boot_id
from privseg.errors import InputError
from privseg.segment.window import before
from privseg.store.audit_rows import Month
from privseg.terms import StaffRole
from privseg.vault.purging import Purged

TABLE = "audit_body"
EXPIRE = "expire"  # the verb of the entry
JUMP = timedelta(days=1)  # of the wall clock, beyond the machine's own, that nobody explained
LOOKED_AT = 10_000  # entries, for the first of this boot
RANGES = 2_000  # in one entry: it stays under the 65,535 bytes that an entry may have


class ClockJumpedError(InputError):
    """The clock ran ahead of the machine's own, so nothing is destroyed by it."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__(
            f"the clock jumped ahead by {ahead.days} days since the machine was started, and "
            "bodies of the log would be destroyed by it; set it right, or restart the machine"
        )
        self.ahead = ahead


def expire(house: House, *, role: StaffRole, dry_run: bool = False) -> Purged | None:
    """Destroy the months of bodies whose time is over; return how many bodies went, or would.

    ``require_calm`` is asked before.
    """
    due = _due(house)
    if not due:
        return None
    with house.db.transaction():
        gone = {month: house.log.bodies_of(month) for month in _due(house)}
        rows = sum(map(len, gone.values()))
        if not dry_run:
            _destroy(house, gone, role)
    return Purged(TABLE, rows=rows, files=len(due))


def require_calm(house: House) -> None:
    """Refuse to destroy bodies by a clock that ran ahead of the machine's own within this boot.

    Raises:
        ClockJumpedError: it did, by more than a day, and bodies would go; nothing was changed.
    """
    first = _first_of_this_boot(house) if _due(house) else None
    if first is None:
        return
    own = timedelta(microseconds=(house.outside.machine_ns() - first.monotonic_ns) // 1_000)
    ahead = house.outside.clock() - first.time - own
    if ahead > JUMP:
        raise ClockJumpedError(ahead)


def _destroy(house: House, gone: dict[Month, list[int]], role: StaffRole) -> None:
    """Erase months, say so, and change the root key, in the open transaction."""
    texts = list(_named(house, gone))
    for month in gone:
        house.log.erase_month(month)
    body = {"months": [month.name for month in gone], "bodies": sum(map(len, gone.values()))}
    for first in range(0, len(texts), RANGES):
        erased = texts[first : first + RANGES]
        header: dict[str, str | list[str]] = {"verb": EXPIRE, "erased": erased}
        house.log.append(AuditEvent(Kind.RETENTION, Outcome.OK, role, header, body))
    house.vault.rotate()


def _due(house: House) -> list[Month]:
    """Return the months that lie wholly before what is kept."""
    kept = house.config.audit.bodies
    since = before(kept, at=house.outside.clock(), zone=ZoneInfo("UTC"))
    return [month for month in house.log.months() if _end(month) <= since]


def _end(month: Month) -> datetime:
    """Return the moment at which a month is over.

    >>> _end(Month("2026-12", 0, 9)).isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    year, number = (int(part) for part in month.name.split("-"))
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _named(house: House, gone: dict[Month, list[int]]) -> Iterator[str]:
    """Yield the runs of numbers that an entry names: no body that stays lies in one."""
    numbers = sorted(number for several in gone.values() for number in several)
    if not numbers:
        return
    staying = house.log.bodies_between(numbers[0], numbers[-1])
    for first, last in _runs(numbers, set(staying).difference(numbers)):
        yield str(first) if first == last else f"{first}-{last}"


def _runs(numbers: Sequence[int], staying: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the longest runs over ``numbers`` without any of ``staying`` in them.

    >>> list(_runs([1, 2, 5, 7], [6]))
    [(1, 5), (7, 7)]
    """
    marked = sorted([(n, False) for n in numbers] + [(n, True) for n in staying])
    for stays, several in groupby(marked, key=lambda each: each[1]):
        run = [number for number, _ in several]
        if not stays:
            yield run[0], run[-1]


def _first_of_this_boot(house: House) -> Entry | None:
    """Return the oldest entry that this boot wrote, as far back as is looked."""
    size, boot, found = house.log.size, boot_id(), None
    for stored in house.log.entries(max(size - LOOKED_AT, 0), size):
        entry = parse_entry(stored.entry_bytes)
        if entry.boot_id != boot:
            found = None
        elif found is None:
            found = entry
    return found
