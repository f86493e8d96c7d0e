# SPDX-License-Identifier: Apache-2.0
"""Which roles may do what: few, closed, and separate. Policy narrows reports further.

An administrator is not an auditor, and neither of them makes reports or answers requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from privseg.terms import StaffRole

_R = StaffRole


class Verb(StrEnum):
    """A kind of work."""

    IMPORT = "import"
    CONSENT = "consent"
    RULES = "rules"
    POLICY = "policy"
    APPROVE = "approve"
    IMPACT = "impact"
    EDITION = "edition"
    REPORT = "report"
    RECORDS = "records"
    LEARN = "learn"
    SEGMENT = "segment"
    APPROVE_SEGMENT = "approve-segment"
    RUN = "run"
    REQUEST = "request"
    AUDIT = "audit"
    RECOVER = "recover"


USUAL: Mapping[Verb, StaffRole] = {
    Verb.IMPORT: _R.ENGINEER,
    Verb.CONSENT: _R.COMPLIANCE_OFFICER,
    Verb.RULES: _R.ENGINEER,
    Verb.POLICY: _R.ENGINEER,
    Verb.APPROVE: _R.COMPLIANCE_OFFICER,
    Verb.IMPACT: _R.ENGINEER,
    Verb.EDITION: _R.ANALYST,
    Verb.REPORT: _R.MARKETER,
    Verb.RECORDS: _R.ANALYST,
    Verb.LEARN: _R.ANALYST,
    Verb.SEGMENT: _R.MARKETER,
    Verb.APPROVE_SEGMENT: _R.COMPLIANCE_OFFICER,
    Verb.RUN: _R.MARKETER,
    Verb.REQUEST: _R.COMPLIANCE_OFFICER,
    Verb.AUDIT: _R.AUDITOR,
    Verb.RECOVER: _R.COMPLIANCE_OFFICER,
}
"""The role that does it when none is named."""

ALLOWED: Mapping[Verb, frozenset[StaffRole]] = {
    Verb.IMPORT: frozenset({_R.ENGINEER, _R.ADMIN}),
    Verb.CONSENT: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.RULES: frozenset(StaffRole),
    Verb.POLICY: frozenset({_R.ENGINEER, _R.COMPLIANCE_OFFICER}),
    Verb.APPROVE: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.IMPACT: frozenset({_R.ENGINEER, _R.ANALYST, _R.COMPLIANCE_OFFICER}),
    Verb.EDITION: frozenset({_R.MARKETER, _R.ANALYST, _R.ENGINEER}),
    Verb.REPORT: frozenset({_R.MARKETER, _R.ANALYST}),
    Verb.RECORDS: frozenset({_R.ANALYST}),
    Verb.LEARN: frozenset({_R.MARKETER, _R.ANALYST}),
    Verb.SEGMENT: frozenset(StaffRole),  # policy says who may change a segment
    Verb.APPROVE_SEGMENT: frozenset(StaffRole),  # likewise
    Verb.RUN: frozenset({_R.MARKETER, _R.ANALYST, _R.ENGINEER}),
    Verb.REQUEST: frozenset({_R.COMPLIANCE_OFFICER}),
    Verb.AUDIT: frozenset({_R.AUDITOR, _R.COMPLIANCE_OFFICER}),
    Verb.RECOVER: frozenset({_R.COMPLIANCE_OFFICER}),
}
"""Every role that may do it."""
