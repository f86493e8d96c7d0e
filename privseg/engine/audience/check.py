# SPDX-License-Identifier: Apache-2.0
"""Whether the hand-overs that are kept are those that the log tells of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from privseg.audit import Entry, Kind, Outcome
from privseg.engine.audience.keeping import kept_since
from privseg.engine.audience.running import EXPORT
from privseg.engine.house import House

A_DAY = timedelta(days=1)  # what was taken away as too old was a little older than its entry


def check_disclosures(house: House, entries: Iterable[Entry]) -> list[str]:
    """Return a line for each hand-over that the log does not know, or that lost its row.

    One that is as old as hand-overs are kept, and one whose file was not written, has none.
    """
    exports = [e for e in entries if e.kind is Kind.EXPORT and e.header.get("verb") == EXPORT]
    undone = {e.header["run"] for e in exports if e.outcome is not Outcome.OK}
    logged = {e.sequence: e for e in exports if e.outcome is Outcome.OK}
    kept = {d.audit_index: d for d in house.disclosures.all()}
    odd = [
        f"tampered: hand-over {told.number} is not the one that entry {index} tells of"
        for index, told in sorted(kept.items())
        if (entry := logged.get(index)) is None
        or (told.run_id, told.recipient, told.purpose)
        != (entry.header["run"], entry.header["recipient"], entry.header["purpose"])
    ]
    since = kept_since(house) + A_DAY
    lost = [
        f"tampered: the hand-over of entry {index} is gone"
        for index, entry in sorted(logged.items())
        if index not in kept and entry.header["run"] not in undone and entry.time >= since
    ]
    return [*odd, *lost]
