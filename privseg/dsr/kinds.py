# SPDX-License-Identifier: Apache-2.0
"""What people may ask for, and what counsel may order: one closed list."""

from __future__ import annotations

from enum import StrEnum


class RequestKind(StrEnum):
    """A right that somebody uses, or an order about somebody's data."""

    ACCESS = "access"  # GDPR Art. 15; Cal. Civ. Code § 1798.110: the specific pieces
    CATEGORIES = "categories"  # Cal. Civ. Code § 1798.110(a)(1)-(4): categories alone
    PORTABILITY = "portability"  # GDPR Art. 20
    ERASURE = "erasure"  # GDPR Art. 17; Cal. Civ. Code § 1798.105
    RECTIFICATION = "rectification"  # GDPR Art. 16; Cal. Civ. Code § 1798.106
    RESTRICTION = "restriction"  # GDPR Art. 18
    LIFT_RESTRICTION = "lift_restriction"  # GDPR Art. 18(3)
    OBJECT_MARKETING = "object_marketing"  # GDPR Art. 21(2)-(3): absolute
    OBJECTION = "objection"  # GDPR Art. 21(1): to a legitimate interest
    WITHDRAW_CONSENT = "withdraw_consent"  # GDPR Art. 7(3)
    OPT_OUT_SALE = "opt_out_sale"  # Cal. Civ. Code § 1798.120: sale and sharing
    OPT_OUT_PROFILING = "opt_out_profiling"  # C.R.S. § 6-1-1306(1)(a); 11 CCR § 7221
    OPT_IN = "opt_in"  # 11 CCR § 7028: in two steps
    LIMIT = "limit"  # Cal. Civ. Code § 1798.121: sensitive data
    APPEAL = "appeal"  # C.R.S. § 6-1-1306(3)
    LEGAL_HOLD = "legal_hold"  # counsel's: GDPR Art. 17(3)(e); never the person's

    @property
    def is_of_person(self) -> bool:
        """Return whether a person asks for it; a legal hold is ordered by counsel."""
        return self is not RequestKind.LEGAL_HOLD


ANSWERED = frozenset({RequestKind.ACCESS, RequestKind.CATEGORIES, RequestKind.PORTABILITY})
"""Answered with a copy of data, which is delivered to the person alone."""

OF_ONE_PROFILE = ANSWERED | {RequestKind.ERASURE}
"""About the data of one profile: those linked to it need requests of their own.

What is obeyed is shared by linked profiles in the ledger; a correction names a value of one.
"""

OBEYED = frozenset(
    {
        RequestKind.RESTRICTION,
        RequestKind.LIFT_RESTRICTION,
        RequestKind.OBJECT_MARKETING,
        RequestKind.OBJECTION,
        RequestKind.WITHDRAW_CONSENT,
        RequestKind.OPT_OUT_SALE,
        RequestKind.OPT_OUT_PROFILING,
        RequestKind.OPT_IN,
        RequestKind.LIMIT,
    }
)
"""Carried out as an act in the consent ledger, which the very next read obeys."""
