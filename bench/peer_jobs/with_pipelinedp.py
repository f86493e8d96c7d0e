# SPDX-License-Identifier: Apache-2.0
"""The job with PipelineDP (local backend)."""

from __future__ import annotations

import sys

from timing import CLAMP, DELTA, EPSILON, GROUPS_EACH, Clock

clock = Clock()
import pipeline_dp  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

clock.part("import")
table = pq.read_table(sys.argv[1])
rows = list(
    zip(*(table[name].to_numpy().tolist() for name in ("person", "grp", "amount")), strict=True)
)
clock.part("read")
accountant = pipeline_dp.NaiveBudgetAccountant(total_epsilon=EPSILON, total_delta=DELTA)
engine = pipeline_dp.DPEngine(accountant, pipeline_dp.LocalBackend())
params = pipeline_dp.AggregateParams(
    noise_kind=pipeline_dp.NoiseKind.GAUSSIAN,
    metrics=[pipeline_dp.Metrics.PRIVACY_ID_COUNT, pipeline_dp.Metrics.SUM],
    max_partitions_contributed=GROUPS_EACH,
    max_contributions_per_partition=1,
    min_value=0,
    max_value=CLAMP,
)
extract = pipeline_dp.DataExtractors(
    privacy_id_extractor=lambda row: row[0],
    partition_extractor=lambda row: row[1],
    value_extractor=lambda row: row[2],
)
result = engine.aggregate(rows, params, extract, public_partitions=list(range(1_000)))
accountant.compute_budgets()
out = dict(result)
clock.part("bounding, noise")
clock.report(
    len(out), sum(m.privacy_id_count for m in out.values()), sum(m.sum for m in out.values())
)
