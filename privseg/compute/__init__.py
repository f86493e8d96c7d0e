# SPDX-License-Identifier: Apache-2.0
"""The compute room: runs a plan over the column store, and nothing that a plan does not permit."""

from privseg.compute.duck import DuckCompute, DuckScan
from privseg.compute.errors import (
    BoundTooWideError,
    NotABreakdownError,
    NotEligibleError,
    NotImportedError,
    NotSummableError,
    OutsidePlanError,
    PlanExpiredError,
    PlanUsedError,
    SampleKeyMissingError,
    ScanFailedError,
)
from privseg.compute.ports import Columns

__all__ = [
    "BoundTooWideError",
    "Columns",
    "DuckCompute",
    "DuckScan",
    "NotABreakdownError",
    "NotEligibleError",
    "NotImportedError",
    "NotSummableError",
    "OutsidePlanError",
    "PlanExpiredError",
    "PlanUsedError",
    "SampleKeyMissingError",
    "ScanFailedError",
]
