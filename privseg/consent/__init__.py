# SPDX-License-Identifier: Apache-2.0
"""The consent room: what people did, when, when we knew, and what may be read because of it.

``decide`` is the heart; ``eligible`` is the same fold over everybody; ``ConsentLedger`` is the
port that keeps the events.
"""

from __future__ import annotations

from privseg.consent.asking import Asking, asking
from privseg.consent.columns import EventColumns
from privseg.consent.decide import decide
from privseg.consent.decision import ConsentDecision, ConsentStatus, ReasonCode, Witness
from privseg.consent.due import Due
from privseg.consent.eligibility import Eligible, eligible
from privseg.consent.event import Act, Authority, Event, Method, Resolution
from privseg.consent.history import MalformedEventError, refuse_malformed
from privseg.consent.ledger import (
    UNRECORDED,
    ConsentLedger,
    EventConflictError,
    NewEvent,
    Recorded,
)
from privseg.consent.question import AtPosition, AtTime, KnownAt, PopulationQuestion, Question
from privseg.consent.rules import LawTerms, PurposeTerms, Rules
from privseg.consent.witness import check_witness

__all__ = [
    "UNRECORDED",
    "Act",
    "Asking",
    "AtPosition",
    "AtTime",
    "Authority",
    "ConsentDecision",
    "ConsentLedger",
    "ConsentStatus",
    "Due",
    "Eligible",
    "Event",
    "EventColumns",
    "EventConflictError",
    "KnownAt",
    "LawTerms",
    "MalformedEventError",
    "Method",
    "NewEvent",
    "PopulationQuestion",
    "PurposeTerms",
    "Question",
    "ReasonCode",
    "Recorded",
    "Resolution",
    "Rules",
    "Witness",
    "asking",
    "check_witness",
    "decide",
    "eligible",
    "refuse_malformed",
]
