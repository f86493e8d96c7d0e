# SPDX-License-Identifier: Apache-2.0
"""k-anonymity by privseg, in one process: a search over all levels, fixed levels, and Mondrian."""

from __future__ import annotations

import csv
import json
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from bench.k_jobs.data import HOME, QUASI, SCHOOL, SENSITIVE, WIDTHS
from privseg.policy.k_rules import Distance, GroupLevels, IntervalLevels, Levels, Method
from privseg.protect.exact.classes import SensitiveColumn
from privseg.protect.exact.guarantee import KAnonymous, LDiversity
from privseg.protect.exact.hierarchy import coded
from privseg.protect.exact.microdata import Coarsening, Records, coarsen

LEVELS: dict[str, Levels] = {
    "age": IntervalLevels(WIDTHS),
    "education": GroupLevels({"1": SCHOOL}),
    "marital": GroupLevels({"1": HOME}),
    "race": GroupLevels(),
    "sex": GroupLevels(),
}
FIVE = Fraction(1, 20)
JOBS = {
    "privseg, full-domain, search": (KAnonymous(5), Coarsening(Method.FULL_DOMAIN, None, FIVE)),
    "privseg, full-domain, fixed levels": (
        KAnonymous(5), Coarsening(Method.FULL_DOMAIN, (2, 1, 1, 1, 0), FIVE),
    ),
    "privseg, Mondrian": (KAnonymous(5), Coarsening(Method.MONDRIAN)),
    "privseg, Mondrian, l = 3": (KAnonymous(5, LDiversity(3)), Coarsening(Method.MONDRIAN)),
}  # fmt: skip


def main(name: str, path: Path) -> None:
    """Run one job on the people in a file, and print how long it took."""
    with path.open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    asked, how = JOBS[name]
    started = time.perf_counter()
    made = coarsen(records(people), asked, how)
    done = time.perf_counter()
    figures = {
        "job": done - started,
        "rows": len(made.rows),
        "classes": made.attained.classes,
        "k": made.attained.k,
    }
    print(json.dumps(figures))


def records(people: list[dict[str, str]]) -> Records:
    """Return people as records."""
    texts = {n: [p[n] for p in people] for n in (*QUASI, SENSITIVE)}
    ages = [int(age) for age in texts["age"]]
    quasi = tuple(coded(n, ages if n == "age" else texts[n], LEVELS[n]) for n in QUASI)
    values = sorted(set(texts[SENSITIVE]))
    place = {v: i for i, v in enumerate(values)}
    codes = np.array([place[t] for t in texts[SENSITIVE]])
    column = SensitiveColumn(SENSITIVE, codes, len(values), Distance.EQUAL)
    return Records(quasi, (column,), (tuple(values),), np.ones(len(people), np.bool_))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
