# SPDX-License-Identifier: Apache-2.0
"""Invented people like those of the Adult data (UCI, 30,162 complete rows), always the same.

Shares of each value are about Adult's; nobody in it exists. Standard library alone, so that every
environment reads the same file.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

ROWS, SEED = 30_162, 1
SHARES: dict[str, dict[str, int]] = {
    "education": {
        "hs-grad": 326, "some-college": 221, "bachelors": 167, "masters": 54, "assoc-voc": 43,
        "11th": 35, "assoc-acdm": 33, "10th": 27, "7th-8th": 18, "prof-school": 18, "9th": 15,
        "12th": 13, "doctorate": 12, "5th-6th": 10, "1st-4th": 5, "preschool": 2,
    },
    "marital": {
        "married": 466, "never-married": 322, "divorced": 140, "separated": 31, "widowed": 27,
        "spouse-absent": 12, "af-spouse": 1,
    },
    "race": {"a": 860, "b": 93, "c": 30, "d": 9, "e": 8},
    "sex": {"m": 676, "f": 324},
    "occupation": {f"o{i:02}": n for i, n in enumerate(
        (134, 133, 132, 123, 118, 106, 65, 52, 45, 44, 33, 30, 21, 5)
    )},
}  # fmt: skip
QUASI = ("age", "education", "marital", "race", "sex")
SENSITIVE = "occupation"
WIDTHS = (5, 10, 20, 40)
SCHOOL = {
    "below": ("11th", "10th", "7th-8th", "9th", "12th", "5th-6th", "1st-4th", "preschool"),
    "school": ("hs-grad",),
    "some": ("some-college", "assoc-voc", "assoc-acdm"),
    "degree": ("bachelors", "masters", "prof-school", "doctorate"),
}
HOME = {
    "couple": ("married", "af-spouse", "spouse-absent"),
    "alone": ("never-married", "divorced", "separated", "widowed"),
}


def write(path: Path) -> None:
    """Write the people as CSV."""
    draw = random.Random(SEED)
    ages = [min(90, max(17, round(draw.gammavariate(8.5, 4.6)))) for _ in range(ROWS)]
    columns = {"age": list(map(str, ages))}
    for name, shares in SHARES.items():
        columns[name] = draw.choices(list(shares), list(shares.values()), k=ROWS)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
