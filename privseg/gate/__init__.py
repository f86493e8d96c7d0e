# SPDX-License-Identifier: Apache-2.0
"""The entry gate: policy chooses columns, consent rows; and the second gate on final SQL."""

from privseg.gate.admit import (
    Admission,
    PlanCost,
    admit,
    close,
    eligible_people,
    note_refusal,
    refuse,
    still_eligible,
)
from privseg.gate.columns import columns_of, schema_of
from privseg.gate.consent_rules import collected_from, consent_rules, notice_name
from privseg.gate.eligible import EligibleSets
from privseg.gate.errors import LedgerUnknownError, ReadRefusedError
from privseg.gate.ports import Compute, Scan
from privseg.gate.second_gate import recheck

__all__ = [
    "Admission",
    "Compute",
    "EligibleSets",
    "LedgerUnknownError",
    "PlanCost",
    "ReadRefusedError",
    "Scan",
    "admit",
    "close",
    "collected_from",
    "columns_of",
    "consent_rules",
    "eligible_people",
    "note_refusal",
    "notice_name",
    "recheck",
    "refuse",
    "schema_of",
    "still_eligible",
]
