# SPDX-License-Identifier: Apache-2.0
"""Plans as the gate would hand them out, for tests of what comes after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

from pyroaring import FrozenBitMap

from privseg.compute import DuckCompute
from privseg.compute.ports import Columns
from privseg.frames import Consented, Edition
from privseg.terms import Attribute, Purpose, StaffRole
from tests.twins.shop_catalogue import CATALOGUE

_RUNS = count()


def plan_of(
    reads: Iterable[Attribute | str], eligible: Iterable[int], *, at: datetime
) -> Consented:
    """Return a plan that nobody ran yet, good for an hour."""
    return Consented(
        run_id=f"run-{next(_RUNS)}",
        segmenter="analysts",
        purpose=Purpose("analytics"),
        actor=StaffRole.ANALYST,
        read_set=frozenset(Attribute(a) for a in reads),
        edition=Edition("00" * 16, 0, 0, at),
        intent_index=0,
        expires_at=at + timedelta(hours=1),
        eligible=FrozenBitMap(eligible),
    )


def duck(columns: Columns, *, now: datetime) -> DuckCompute:
    """Return a DuckDB over ``columns``, the clock standing at ``now``."""
    return DuckCompute(columns, CATALOGUE, clock=lambda: now, threads=1)
