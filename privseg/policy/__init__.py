# SPDX-License-Identifier: Apache-2.0
"""The policy room: what the policy's author allows, as frozen rules that answer with reasons."""

from privseg.policy.authorize import Explanation, authorize, explain, readers
from privseg.policy.catalogue import (
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Derived,
    Family,
    Known,
    Readable,
    Source,
    SourceKind,
)
from privseg.policy.check import check
from privseg.policy.digest import canonical_text, digest, score_digest
from privseg.policy.findings import Finding, Severity
from privseg.policy.grounds import Ground, grounds
from privseg.policy.reidentification import Reidentification
from privseg.policy.rules import (
    BudgetQuotas,
    BudgetRules,
    Clamp,
    Notice,
    Policy,
    PurposeKind,
    PurposeRule,
    ReleaseRules,
    Segmenter,
    SegmentRules,
)

__all__ = [
    "BudgetQuotas",
    "BudgetRules",
    "Catalogue",
    "Clamp",
    "Column",
    "ColumnRole",
    "ColumnType",
    "Derived",
    "Explanation",
    "Family",
    "Finding",
    "Ground",
    "Known",
    "Notice",
    "Policy",
    "PurposeKind",
    "PurposeRule",
    "Readable",
    "Reidentification",
    "ReleaseRules",
    "SegmentRules",
    "Segmenter",
    "Severity",
    "Source",
    "SourceKind",
    "authorize",
    "canonical_text",
    "check",
    "digest",
    "explain",
    "grounds",
    "readers",
    "score_digest",
]
