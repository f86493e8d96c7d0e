# SPDX-License-Identifier: Apache-2.0
"""Data-subject requests: cases and clocks, access answers, erasure receipts."""

from privseg.dsr.access import (
    ACCESS_FORMAT,
    AccessAnswer,
    ConsentStep,
    FoundIn,
    HeldData,
    LookedUp,
    Participation,
    PurposeStanding,
    Read,
    Standing,
)
from privseg.dsr.asked import Asked, Correction
from privseg.dsr.case import Case, CaseState, CaseStateError, Step, StepKind
from privseg.dsr.clock import Deadlines
from privseg.dsr.erasure import (
    ERASURE_FORMAT,
    NOT_COVERED,
    RESIDUES,
    Erased,
    Kept,
    OutstandingBackup,
    Receipt,
    Residue,
    Search,
)
from privseg.dsr.erasure_claim import is_claimed, read_secret
from privseg.dsr.erasure_plan import ErasurePlanned, Fate, PlanItem
from privseg.dsr.erasure_receipt import ReceiptForgedError, check_receipt, document_of
from privseg.dsr.identity import IdentityLevel, IdentityNeed, satisfies
from privseg.dsr.kinds import RequestKind

__all__ = [
    "ACCESS_FORMAT",
    "ERASURE_FORMAT",
    "NOT_COVERED",
    "RESIDUES",
    "AccessAnswer",
    "Asked",
    "Case",
    "CaseState",
    "CaseStateError",
    "ConsentStep",
    "Correction",
    "Deadlines",
    "Erased",
    "ErasurePlanned",
    "Fate",
    "FoundIn",
    "HeldData",
    "IdentityLevel",
    "IdentityNeed",
    "Kept",
    "LookedUp",
    "OutstandingBackup",
    "Participation",
    "PlanItem",
    "PurposeStanding",
    "Read",
    "Receipt",
    "ReceiptForgedError",
    "RequestKind",
    "Residue",
    "Search",
    "Standing",
    "Step",
    "StepKind",
    "check_receipt",
    "document_of",
    "is_claimed",
    "read_secret",
    "satisfies",
]
