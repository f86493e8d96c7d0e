# SPDX-License-Identifier: Apache-2.0
"""The CDNOW sample that the papers use, read from the files of the ``lifetimes`` package.

2,357 customers who bought first in January to March 1997, a tenth of all: 78 weeks of purchases.
The package is not imported.
"""

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from privseg.policy.scores import LifetimeParameters, LifetimeValue, Score
from privseg.segment.scores import Activity, Happenings, Numbers
from privseg.terms import Attribute, Category, Currency, Place, to_micros

CALIBRATED = datetime(1997, 10, 1, tzinfo=UTC)  # after week 39
ENDED = datetime(1998, 7, 1, tzinfo=UTC)  # after week 78
WEEKS = 39  # of each half
EVENT = "purchase"


def sample() -> Activity:
    """Return the purchases, or skip where the package's data are absent."""
    found = find_spec("lifetimes")
    path = Path(str(found and found.origin)).parent / "datasets/CDNOW_sample.txt"
    if not path.is_file():
        pytest.skip("CDNOW data absent; install the development requirements (lifetimes)")
    rows = [line.split() for line in path.read_text("ascii").splitlines()]
    person = np.array([int(customer) for _, customer, *_ in rows], dtype=np.uint32)
    time = np.array([_midnight(day) for _, _, day, *_ in rows], dtype=np.int64)
    cents = np.array([int(dollars.replace(".", "")) for *_, dollars in rows], dtype=np.int64)
    amount = Numbers(cents, np.ones(len(rows), dtype=np.bool_))
    return Activity(np.unique(person), {EVENT: Happenings(person, time, {"amount": amount})})


def value(parameters: LifetimeParameters | None = None) -> Score:
    """Return the score of the papers: in weeks, over the 39 weeks of the second half."""
    formula = LifetimeValue(
        EVENT, Attribute("purchase.amount"), 7, WEEKS, 1, Currency("USD"), "UTC", parameters
    )
    return Score("value", formula, Category("purchases"), Place("shop.yaml", 1))


def _midnight(day: str) -> int:
    return to_micros(datetime(int(day[:4]), int(day[4:6]), int(day[6:]), tzinfo=UTC))
