# SPDX-License-Identifier: Apache-2.0
"""The job with SmartNoise SQL over pandas."""

from __future__ import annotations

import sys

from timing import CLAMP, DELTA, EPSILON, GROUPS_EACH, Clock

clock = Clock()
import pandas as pd  # noqa: E402
from snsql import Privacy, from_df  # noqa: E402

clock.part("import")
frame = pd.read_parquet(sys.argv[1])
clock.part("read")
metadata = {
    "": {
        "PUMS": {
            "PUMS": {
                "max_ids": GROUPS_EACH,
                "rows": len(frame),
                "person": {"type": "int", "private_id": True},
                "grp": {"type": "int", "lower": 0, "upper": 999},
                "amount": {"type": "int", "lower": 0, "upper": CLAMP},
            }
        }
    }
}
privacy = Privacy(epsilon=EPSILON / 2, delta=DELTA)
reader = from_df(frame, privacy=privacy, metadata=metadata)
query = (
    "SELECT grp, COUNT(DISTINCT person) AS people, SUM(amount) AS total FROM PUMS.PUMS GROUP BY grp"
)
out = reader.execute_df(query)
clock.part("bounding, noise")
clock.report(len(out), out["people"].sum(), out["total"].sum())
