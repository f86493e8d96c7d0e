# SPDX-License-Identifier: Apache-2.0
"""The job with diffprivlib's mechanisms in a loop over groups; bounding is done by hand."""

from __future__ import annotations

import sys

from timing import CLAMP, EPSILON, GROUPS_EACH, Clock

clock = Clock()
import pandas as pd  # noqa: E402
from diffprivlib.mechanisms import Geometric, Laplace  # noqa: E402

clock.part("import")
frame = pd.read_parquet(sys.argv[1])
clock.part("read")
kept = frame[frame.groupby("person").cumcount() < GROUPS_EACH]
by = kept.assign(amount=kept["amount"].clip(0, CLAMP)).groupby("grp")["amount"]
exact = by.agg(["size", "sum"]).reindex(range(1_000), fill_value=0)
clock.part("bounding and sums")
each = EPSILON / 2 / GROUPS_EACH
count = Geometric(epsilon=each, sensitivity=1)
total = Laplace(epsilon=each, sensitivity=CLAMP)
people = [count.randomise(int(n)) for n in exact["size"]]
sums = [total.randomise(float(s)) for s in exact["sum"]]
clock.part("noise")
clock.report(len(people), sum(people), sum(sums))
