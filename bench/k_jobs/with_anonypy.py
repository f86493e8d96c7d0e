# SPDX-License-Identifier: Apache-2.0
"""k-anonymity by anonypy: Mondrian, as it gives its rows: one a class and sensitive value."""

import json
import sys
import time

import anonypy
import pandas as pd
from data import QUASI, SENSITIVE

people = pd.read_csv(sys.argv[1])
for name in people.columns:
    if name != "age":
        people[name] = people[name].astype("category")
started = time.perf_counter()
rows = anonypy.Preserver(people, list(QUASI), SENSITIVE).anonymize_k_anonymity(k=5)
done = time.perf_counter()
made = pd.DataFrame(rows)
keys = [made[n].map(str) for n in QUASI]
sizes = made.groupby(keys)["count"].sum()
print(json.dumps({"job": done - started, "rows": int(sizes.sum()),
                  "classes": len(sizes), "k": int(sizes.min())}))  # fmt: skip
