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
from privseg.dsr.case import Case, CaseState, CaseStateError, RequestKind, Step
from privseg.dsr.clock import Deadlines, deadlines
from privseg.dsr.erasure import (
    ERASURE_FORMAT,
    NOT_COVERED,
    PROVISIONAL,
    RESIDUES,
    Erased,
    OutstandingBackup,
    Receipt,
    ReceiptForgedError,
    Residue,
    check_receipt,
    signed,
)

__all__ = [
    "ACCESS_FORMAT",
    "ERASURE_FORMAT",
    "NOT_COVERED",
    "PROVISIONAL",
    "RESIDUES",
    "AccessAnswer",
    "Case",
    "CaseState",
    "CaseStateError",
    "ConsentStep",
    "Deadlines",
    "Erased",
    "FoundIn",
    "HeldData",
    "LookedUp",
    "OutstandingBackup",
    "Participation",
    "PurposeStanding",
    "Read",
    "Receipt",
    "ReceiptForgedError",
    "RequestKind",
    "Residue",
    "Standing",
    "Step",
    "check_receipt",
    "deadlines",
    "signed",
]
