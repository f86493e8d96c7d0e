# SPDX-License-Identifier: Apache-2.0
"""The index of reads beside the log: compared with its bodies, and built anew from them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from privseg.audit import AuditEvent, Kind, Outcome, StoredEntry
from privseg.engine.house import House
from privseg.store.touched_ports import ReadIndexBehindError, ReadIndexBrokenError
from privseg.terms import StaffRole

MAX_TOLD = 20  # differences; whoever has more builds the index anew anyway


def check_touched(house: House, entries: Iterable[StoredEntry] | None = None) -> list[str]:
    """Return where the index is not what the log's bodies say; nothing when it is.

    ``entries`` are all of the log, when somebody has them already.
    """
    with house.db.reading():
        size = house.log.size
        given = house.log.entries(0, size) if entries is None else entries
        try:
            found = islice(house.touched.differences(given, size=size), MAX_TOLD)
            return [f"tampered: {text}; build it anew: privseg who rebuild" for text in found]
        except (ReadIndexBehindError, ReadIndexBrokenError) as error:
            return [f"tampered: {error}"]


def rebuild(house: House, *, role: StaffRole) -> int:
    """Build the index anew from the log; return how many of its entries tell of reads.

    Raises:
        IntegrityError: the log does not hold; the index is as it was.
    """
    with house.db.transaction():
        event = AuditEvent(Kind.CONFIGURATION, Outcome.OK, role, {"verb": "who-rebuild"})
        house.log.append(event)
        return house.touched.rebuild(house.log.entries())
