# SPDX-License-Identifier: Apache-2.0
"""What a purpose must say before anybody behind a pseudonym may be named for it (GDPR Art. 4(5)).

Nothing is said by default, so nothing is allowed. Two people are always needed: that is no setting.
"""

from __future__ import annotations

from dataclasses import dataclass

from privseg.terms import Place, StaffRole

MAY_ASK = frozenset({StaffRole.ANALYST, StaffRole.ENGINEER, StaffRole.COMPLIANCE_OFFICER})
"""The roles that a policy can let ask: never a marketer, who works with numbers, nor an
administrator or auditor, who work with keys and the log."""

MAY_APPROVE = frozenset({StaffRole.ANALYST, StaffRole.ENGINEER, StaffRole.COMPLIANCE_OFFICER})
"""The roles that a policy can let approve what another person asked."""

MOST_HOURS = 24 * 31  # a time box of more than a month is none
MOST_PEOPLE = 10_000  # a request for more is an export, which has its own exit
MOST_OPENS = 100


@dataclass(frozen=True, slots=True)
class Reidentification:
    """For one purpose: who may ask, who may approve, whom and what it names, how often, how long.

    ``within_hours`` counts from the approval. ``identifiers`` are the kinds that may be named.
    """

    asked_by: frozenset[StaffRole]
    approved_by: frozenset[StaffRole]
    within_hours: int
    people: int
    identifiers: frozenset[str]
    place: Place
    opens: int = 1
