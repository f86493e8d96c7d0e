# SPDX-License-Identifier: Apache-2.0
"""The composition root: a workspace and its verbs, and what needs no workspace."""

from privseg.engine.checking import propose_policy, verify_report
from privseg.engine.doctor import examine
from privseg.engine.house import Outside
from privseg.engine.published import Published
from privseg.engine.views import (
    BudgetView,
    Check,
    ConsentsImported,
    ConsentView,
    ErasurePlanned,
    Imported,
    PurposeStatus,
    SegmentView,
)
from privseg.engine.workspace import Workspace

__all__ = [
    "BudgetView",
    "Check",
    "ConsentView",
    "ConsentsImported",
    "ErasurePlanned",
    "Imported",
    "Outside",
    "Published",
    "PurposeStatus",
    "SegmentView",
    "Workspace",
    "examine",
    "propose_policy",
    "verify_report",
]
