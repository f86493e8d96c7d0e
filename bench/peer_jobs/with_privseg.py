# SPDX-License-Identifier: Apache-2.0
"""The job with privseg's exit gate: bounding, exact noise, thresholds and error bars."""

from __future__ import annotations

import secrets
import sys
from fractions import Fraction

from bench.peer_jobs.timing import CLAMP, GROUPS_EACH, Clock

clock = Clock()
import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from privseg.frames import Block, ByCategory, CountOf, Measure, MeasureKind, Tally  # noqa: E402
from privseg.protect import QuantityPlan, TablePlan, protect  # noqa: E402
from privseg.protect.bounding import cell_tag, keep_cells, sum_by_cell  # noqa: E402
from privseg.terms import EPOCH, Attribute  # noqa: E402

clock.part("import")
table = pq.read_table(sys.argv[1])
person = table["person"].to_numpy().astype(np.uint32)
grp, amount = (table[name].to_numpy() for name in ("grp", "amount"))
clock.part("read")
keys = tuple(str(n) for n in range(1_000))
amounts = Measure(
    "total", MeasureKind.TOTAL, CountOf(Attribute("amount"), (EPOCH, EPOCH)), upper=CLAMP
)
block = Block(
    "job", ("all",), GROUPS_EACH, (Measure("size", MeasureKind.SIZE), amounts),
    (ByCategory(Attribute("grp"), keys),),
)  # fmt: skip
rho = Fraction(243, 10_000)  # epsilon 0.999 at delta 1e-6 (selection delta beside it)
plan = TablePlan.of(block, rhos=(rho / 2, rho / 2), min_people=1, delta=Fraction(1, 10**7))
tags = np.array([cell_tag(c) for c in block.cells], np.uint64)
kept = keep_cells(person, grp, tags=tags, most=GROUPS_EACH, key=secrets.token_bytes(32))
cells, clamped = grp[kept], np.minimum(amount[kept], CLAMP)
people = np.bincount(cells, minlength=1_000)
sums = sum_by_cell(cells, clamped, 1_000)
at_limit = np.bincount(cells, weights=amount[kept] > CLAMP, minlength=1_000).astype(int)
tallies = {
    cell: Tally(int(people[i]), {"total": sums[i]}, {"total": int(at_limit[i])})
    for i, cell in enumerate(block.cells)
}
clock.part("bounding and sums")
made = protect(QuantityPlan((plan,)), {"job": tallies}, None, randbits=secrets.randbits)
clock.part("noise, gate and error bars")
shown = [c for c in made.tables[0].cells if c.withheld is None]
clock.report(
    len(shown),
    sum(c.numbers["size"].estimate.value for c in shown if c.numbers["size"].estimate),
    sum(c.numbers["total"].estimate.value for c in shown if c.numbers["total"].estimate),
)
