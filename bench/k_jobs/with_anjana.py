# SPDX-License-Identifier: Apache-2.0
"""k-anonymity by anjana: full-domain, its own search, up to 5 % of the records suppressed."""

import json
import sys
import time

import numpy as np
import pandas as pd
from anjana.anonymity import k_anonymity
from data import HOME, QUASI, SCHOOL, WIDTHS

people = pd.read_csv(sys.argv[1])
top = np.full(len(people), "*")
ages = people["age"].to_numpy()
grouped = {n: {v: g for g, held in tree.items() for v in held} for n, tree in
           (("education", SCHOOL), ("marital", HOME))}  # fmt: skip
hierarchies = {
    "age": {0: ages, **{
        i: np.array([f"[{a // w * w}, {a // w * w + w})" for a in ages])
        for i, w in enumerate(WIDTHS, start=1)
    }, len(WIDTHS) + 1: top},
    **{n: {0: people[n].to_numpy(), 1: people[n].map(g).to_numpy(), 2: top}
       for n, g in grouped.items()},
    **{n: {0: people[n].to_numpy(), 1: top} for n in ("race", "sex")},
}  # fmt: skip
started = time.perf_counter()
made = k_anonymity(people, [], list(QUASI), 5, 5, hierarchies)
done = time.perf_counter()
sizes = made.groupby(list(QUASI)).size()
print(json.dumps({"job": done - started, "rows": len(made),
                  "classes": len(sizes), "k": int(sizes.min())}))  # fmt: skip
