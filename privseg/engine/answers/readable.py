# SPDX-License-Identifier: Apache-2.0
"""What a run would still read of one person's rows: nothing that is past its retention.

So an access answer says of a segment what a run finds. What is stored is told apart from it, all of
it (``answering``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from privseg.compute.ages import UNKNOWN, Ages, ages_of
from privseg.policy import Catalogue
from privseg.terms import to_micros

Row = Mapping[str, object]


def readable_rows(
    stored: Mapping[str, list[Row]],
    catalogue: Catalogue,
    *,
    at: datetime,
    purpose_days: int | None = None,
) -> dict[str, list[Row]]:
    """Return the rows, by source, that may be read at ``at``; a cell that is too old is missing."""
    ages = ages_of(catalogue, at=at, purpose_days=purpose_days)
    limits = {name: ages.get(catalogue.sources[name].table) for name in stored}
    return {
        name: rows if (limit := limits[name]) is None else _faded(rows, limit)
        for name, rows in stored.items()
    }


def _faded(rows: list[Row], ages: Ages) -> list[Row]:
    """Return the rows that are not too old, without the cells that are."""
    clocks = [(_clock(row, ages), row) for row in rows]
    kept = [(m, r) for m, r in clocks if ages.rows_after is None or m > ages.rows_after]
    return [
        {name: None if m <= ages.cells_after.get(name, m - 1) else v for name, v in row.items()}
        for m, row in kept
    ]


def _clock(row: Row, ages: Ages) -> int:
    """Return when a row's retention began; without a known moment it is too old for any."""
    moment = row.get(ages.clock)
    return to_micros(moment) if isinstance(moment, datetime) else int(UNKNOWN)
