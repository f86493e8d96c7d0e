# SPDX-License-Identifier: Apache-2.0
"""The compute room: runs a plan over the column store, and nothing that a plan does not permit."""

from privseg.compute.duck import DuckCompute, DuckScan
from privseg.compute.errors import (
    BoundTooWideError,
    CrossesPeopleError,
    MarginOfSeveralError,
    NotABreakdownError,
    NotAFilterError,
    NotAGridError,
    NotARecordError,
    NotATableError,
    NotEligibleError,
    NotImportedError,
    NotSummableError,
    OutsidePlanError,
    PlanExpiredError,
    PlanUsedError,
    SampleKeyMissingError,
    ScanFailedError,
    SetMissingError,
)
from privseg.compute.ports import Columns

__all__ = [
    "BoundTooWideError",
    "Columns",
    "CrossesPeopleError",
    "DuckCompute",
    "DuckScan",
    "MarginOfSeveralError",
    "NotABreakdownError",
    "NotAFilterError",
    "NotAGridError",
    "NotARecordError",
    "NotATableError",
    "NotEligibleError",
    "NotImportedError",
    "NotSummableError",
    "OutsidePlanError",
    "PlanExpiredError",
    "PlanUsedError",
    "SampleKeyMissingError",
    "ScanFailedError",
    "SetMissingError",
]
