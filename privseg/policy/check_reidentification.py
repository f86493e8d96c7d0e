# SPDX-License-Identifier: Apache-2.0
"""What is wrong or doubtful where a purpose lets people behind pseudonyms be named."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.findings import Finding, doubt
from privseg.policy.rules import PurposeRule
from privseg.terms import StaffRole

LONG_HOURS = 72  # an approval that counts longer outlives what was looked at when it was given


def reidentification_findings(rule: PurposeRule) -> Iterator[Finding]:
    """Yield what a second person hardly holds in check, and what the law asks for beside."""
    allowed = rule.reidentification
    if allowed is None:
        return
    if rule.dpia is None:
        message = f'"{rule.purpose}" lets people be named and has no impact assessment (GDPR 35)'
        yield doubt(message, allowed.place)
    if StaffRole.COMPLIANCE_OFFICER not in allowed.approved_by:
        message = f'no compliance officer approves that people are named for "{rule.purpose}"'
        yield doubt(message, allowed.place)
    if allowed.within_hours > LONG_HOURS:
        message = (
            f'an approval for "{rule.purpose}" counts for {allowed.within_hours} hours: '
            "is it needed for so long?"
        )
        yield doubt(message, allowed.place)
