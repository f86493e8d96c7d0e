# SPDX-License-Identifier: Apache-2.0
"""Invent the data of the job: a row for each person and group, as Parquet. Fixed seed."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUPS, SEED = 1_000, 20_261_122


def main(path: str, rows: int) -> None:
    """Write about so many rows: ``person``, ``grp`` and ``amount`` (cents), no pair twice."""
    chance = np.random.default_rng(SEED)
    person = chance.integers(0, rows // 5, rows)
    grp = np.minimum(chance.geometric(1 / 250, rows) - 1, GROUPS - 1)
    pairs = np.unique(person * GROUPS + grp)
    chance.shuffle(pairs)
    amount = np.minimum(chance.lognormal(7.8, 0.9, len(pairs)), 100_000).astype(np.int64)
    table = pa.table({"person": pairs // GROUPS, "grp": pairs % GROUPS, "amount": amount})
    pq.write_table(table, path)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
