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
from privseg.policy.catalogue import Catalogue
from privseg.terms import Attribute, Purpose, StaffRole
from tests.twins.shop_catalogue import CATALOGUE

SAMPLE_KEY = bytes(range(32))  # the secret of a workspace that nobody has
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


def duck(
    columns: Columns, *, now: datetime, catalogue: Catalogue = CATALOGUE, threads: int = 1
) -> DuckCompute:
    """Return a DuckDB over ``columns``, the clock standing at ``now``."""
    return DuckCompute(
        columns, catalogue, clock=lambda: now, sample_key=SAMPLE_KEY, threads=threads
    )
