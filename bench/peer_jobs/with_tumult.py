# SPDX-License-Identifier: Apache-2.0
"""The job with Tumult Analytics (Spark, local)."""

from __future__ import annotations

import sys

from timing import CLAMP, DELTA, EPSILON, GROUPS_EACH, Clock

clock = Clock()
from pyspark.sql import SparkSession  # noqa: E402
from tmlt.analytics import (  # noqa: E402
    AddRowsWithID,
    ApproxDPBudget,
    KeySet,
    MaxGroupsPerID,
    MaxRowsPerGroupPerID,
    QueryBuilder,
    Session,
)

clock.part("import")
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
clock.part("start Spark")
session = Session.from_dataframe(
    privacy_budget=ApproxDPBudget(EPSILON, DELTA),
    source_id="rows",
    dataframe=spark.read.parquet(sys.argv[1]),
    protected_change=AddRowsWithID(id_column="person"),
)
keys = KeySet.from_dict({"grp": list(range(1_000))})
bounded = (
    QueryBuilder("rows")
    .enforce(MaxGroupsPerID("grp", GROUPS_EACH))
    .enforce(MaxRowsPerGroupPerID("grp", 1))
    .groupby(keys)
)
half = ApproxDPBudget(EPSILON / 2, DELTA / 2)
people = session.evaluate(bounded.count(), half).toPandas()
total = session.evaluate(bounded.sum("amount", low=0, high=CLAMP), half).toPandas()
clock.part("read, bounding, noise")
clock.report(len(people), people["count"].sum(), total["amount_sum"].sum())
