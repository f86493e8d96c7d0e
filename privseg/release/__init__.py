# SPDX-License-Identifier: Apache-2.0
"""Releases: from a request to a plan, from protected values to a signed, checkable statement."""

from privseg.release.compile import (
    ReportNotUsableError,
    ReportRefusedError,
    compile_report,
)
from privseg.release.decode_node import ReleaseForgedError
from privseg.release.expected import ExpectedError, expected_error
from privseg.release.plan import (
    Caption,
    DerivedCaption,
    DimensionCaption,
    MemberSet,
    PlannedTable,
    ReportPlan,
    TableKind,
    Unit,
)
from privseg.release.register import Release, enter, leaf_bytes, leaf_of, sign_release
from privseg.release.request import MeasureRequest, ReportRequest, TableRequest
from privseg.release.statement import (
    RELEASE_FORMAT,
    Budget,
    RegisterEntry,
    SegmentNote,
    Statement,
)
from privseg.release.table import Row, rows
from privseg.release.verify import Verified, parse_release, verify_release

__all__ = [
    "RELEASE_FORMAT",
    "Budget",
    "Caption",
    "DerivedCaption",
    "DimensionCaption",
    "ExpectedError",
    "MeasureRequest",
    "MemberSet",
    "PlannedTable",
    "RegisterEntry",
    "Release",
    "ReleaseForgedError",
    "ReportNotUsableError",
    "ReportPlan",
    "ReportRefusedError",
    "ReportRequest",
    "Row",
    "SegmentNote",
    "Statement",
    "TableKind",
    "TableRequest",
    "Unit",
    "Verified",
    "compile_report",
    "enter",
    "expected_error",
    "leaf_bytes",
    "leaf_of",
    "parse_release",
    "rows",
    "sign_release",
    "verify_release",
]
