# SPDX-License-Identifier: Apache-2.0
"""The answer: a status, every reason for it, and for a yes the witness that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privseg.terms import Jurisdiction, LawfulBasis, Purpose


class ConsentStatus(StrEnum):
    """Where a person stands, strictest first: of several that hold, the first is *the* status."""

    ERROR = "error"
    MISSING = "missing"
    QUARANTINED = "quarantined"
    ERASED = "erased"
    HELD = "held"
    RESTRICTED = "restricted"
    OBJECTED = "objected"
    OPTED_OUT = "opted_out"
    LIMITED = "limited"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    STALE = "stale"
    EXPIRED = "expired"
    DEFERRED = "deferred"
    NEVER_ASKED = "never_asked"
    GIVEN = "given"

    @property
    def rank(self) -> int:
        """Return the place in the order of precedence; 0 is the strictest."""
        return _RANK[self]


_RANK = {status: rank for rank, status in enumerate(ConsentStatus)}


class ReasonCode(StrEnum):
    """Why. Every kind of missing information has its own code (law 1)."""

    CONFLICTING_EVENTS = "conflicting_events"  # one id, two contents
    MALFORMED_EVENT = "malformed_event"
    MALFORMED_QUESTION = "malformed_question"

    UNKNOWN_CONTROLLER = "unknown_controller"
    UNKNOWN_PERSON = "unknown_person"
    UNKNOWN_PURPOSE = "unknown_purpose"
    CATEGORY_NOT_ALLOWED = "category_not_allowed"
    UNKNOWN_JURISDICTION = "unknown_jurisdiction"
    NO_LAW_PACK = "no_law_pack"
    NO_RULE_FOR_JURISDICTION = "no_rule_for_jurisdiction"
    BASIS_NOT_LAWFUL = "basis_not_lawful"
    LEDGER_NOT_FRESH = "ledger_not_fresh"
    NO_NOTICE_IN_FORCE = "no_notice_in_force"
    NO_NOTICE_SHOWN = "no_notice_shown"
    NO_EXPLICIT_CONSENT = "no_explicit_consent"
    NO_OPT_OUT_NOTICE = "no_opt_out_notice"
    UNDER_AGE = "under_age"

    QUARANTINED = "quarantined"
    ERASED = "erased"
    HELD = "held"
    RESTRICTED = "restricted"
    OBJECTED = "objected"
    OPTED_OUT = "opted_out"
    SIGNALLED = "signalled"
    LIMITED = "limited"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    STALE = "stale"
    NOTICE_TEXT_CHANGED = "notice_text_changed"
    EXPIRED = "expired"
    ENDED_BY_EVENT = "ended_by_event"
    USED_UP = "used_up"
    IDLE = "idle"
    GUARDIAN_LAPSED = "guardian_lapsed"
    DEFERRED = "deferred"
    NEVER_ASKED = "never_asked"
    SENSITIVE_NEEDS_OPT_IN = "sensitive_needs_opt_in"

    GIVEN = "given"
    OTHER_BASIS = "other_basis"
    NOT_OPTED_OUT = "not_opted_out"


@dataclass(frozen=True, slots=True)
class Witness:
    """What shows that a yes is one; ``check_witness`` checks it without deciding again.

    ``bases`` is the rule applied in each candidate jurisdiction, ``attested`` the positions of
    the events that name these, ``ages`` of the dates of birth counted, ``grant`` the position of
    the grant relied on, if any.
    """

    purpose: Purpose
    bases: tuple[tuple[Jurisdiction, LawfulBasis], ...]
    attested: tuple[int, ...]
    grant: int | None = None
    notice: str | None = None
    ages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that bears on the answer: a status, why, and the event it comes from."""

    status: ConsentStatus
    reason: ReasonCode
    position: int | None = None


@dataclass(frozen=True, slots=True)
class ConsentDecision:
    """The answer to a question.

    ``reasons`` are distinct, strictest first; ``evidence`` the positions of the events behind
    them, in that order. INVARIANT: an allow has a witness, a deny has a reason.
    """

    allowed: bool
    status: ConsentStatus
    reasons: tuple[ReasonCode, ...]
    witness: Witness | None = None
    evidence: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an answer that cannot account for itself."""
        if self.allowed != (self.witness is not None) or not self.reasons:
            raise ValueError("an allow needs a witness, and every answer a reason")
