# SPDX-License-Identifier: Apache-2.0
"""The job with OpenDP's Polars layer."""

from __future__ import annotations

import sys

from timing import CLAMP, DELTA, EPSILON, GROUPS_EACH, Clock

clock = Clock()
import opendp.prelude as dp  # noqa: E402
import polars as pl  # noqa: E402

dp.enable_features("contrib")
clock.part("import")
data = pl.scan_parquet(sys.argv[1])
keys = pl.LazyFrame({"grp": list(range(1_000))}, schema={"grp": pl.Int64})
context = dp.Context.compositor(
    data=data,
    privacy_unit=dp.unit_of(contributions=1, identifier=pl.col("person")),
    privacy_loss=dp.loss_of(epsilon=EPSILON, delta=DELTA),
    split_evenly_over=1,
    margins=[dp.polars.Margin(by=[], max_length=20_000_000)],
)
query = (
    context.query()
    .truncate_per_group(GROUPS_EACH)  # a row is a person and group: so many groups
    .group_by("grp")
    .agg([dp.len(), pl.col("amount").fill_null(0).dp.sum((0, CLAMP))])
    .with_keys(keys)
)
clock.part("plan")
out = query.release().collect()
clock.part("read, bounding, noise")
clock.report(out.height, out["len"].sum(), out["amount"].sum())
