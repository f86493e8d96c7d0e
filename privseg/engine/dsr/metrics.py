# SPDX-License-Identifier: Apache-2.0
"""The yearly numbers of requests (11 CCR § 7102): counted from the case files, and nobody named."""

from __future__ import annotations

from privseg.dsr.metrics import Received, YearNumbers, numbers_of
from privseg.engine.house import House
from privseg.store.case_subjects import case_subjects


def year_numbers(house: House, year: int, *, everybody: bool) -> YearNumbers:
    """Return the numbers of a year: Californians' alone, or everybody's."""
    subjects = case_subjects(house.db)
    requests = (Received(case=case, person=subjects.get(case.number)) for case in house.cases.all())
    return numbers_of(requests, year=year, zone=house.zone, everybody=everybody)
