# SPDX-License-Identifier: Apache-2.0
"""The answer to "what do you hold on me, and who read it" (GDPR Art. 15), as one document.

Composed here from plain parts; gathering them is the engine's work, showing them the report
room's. The document is personal data and is handed to the person alone. Somebody unknown gets the
same document with nothing in it: its form does not tell who is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from privseg.dsr.access_parts import (
    CategoryHeld,
    ConsentStep,
    Corrected,
    Elsewhere,
    ElsewhereRow,
    HandedTo,
    HeldData,
    Imported,
    LeftOut,
    LookedUp,
    NoticeSeen,
    NotShown,
    Participation,
    PurposeStanding,
    Read,
    RequestTold,
    Right,
    ToldRecipient,
    plain,
)
from privseg.dsr.access_segments import (
    ChangeTold,
    ClauseTold,
    FoundIn,
    OwnValue,
    SignificantDecision,
    Standing,
)

__all__ = [
    "ACCESS_FORMAT",
    "CATEGORIES_FORMAT",
    "PORTABILITY_FORMAT",
    "AccessAnswer",
    "Asker",
    "CategoriesAnswer",
    "CategoryHeld",
    "ChangeTold",
    "ClauseTold",
    "ConsentStep",
    "Corrected",
    "Elsewhere",
    "ElsewhereRow",
    "FoundIn",
    "HandedTo",
    "HeldData",
    "Imported",
    "LeftOut",
    "LookedUp",
    "NotShown",
    "NoticeSeen",
    "OwnValue",
    "Participation",
    "PurposeStanding",
    "Read",
    "RequestTold",
    "Right",
    "SignificantDecision",
    "Standing",
    "ToldRecipient",
]

ACCESS_FORMAT = "privseg.access/2"
CATEGORIES_FORMAT = "privseg.categories/1"
PORTABILITY_FORMAT = "privseg.portability/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What every answer begins with: who answers which request, when, under which law.

    ``held`` is whether anything is held under the identifier that was given.
    """

    controller: str
    contact: str | None
    request: int
    received_at: datetime
    answered_at: datetime
    language: str
    place: str | None
    law: str
    complaint: str
    held: bool

    def document(self, form: str) -> dict[str, object]:
        """Return how a document of a format begins."""
        told = plain(self)
        assert isinstance(told, dict)
        return {"privseg": form, **told}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAnswer:
    """Everything that answers one access request."""

    asker: Asker
    identity: tuple[tuple[str, str], ...] = field(repr=False)
    identity_not_shown: tuple[NotShown, ...] = ()
    data: tuple[HeldData, ...]
    categories: tuple[CategoryHeld, ...]
    purposes: tuple[PurposeStanding, ...]
    consents: tuple[ConsentStep, ...]
    notices: tuple[NoticeSeen, ...]
    reads: tuple[Read, ...]
    reads_are_whole: bool
    reads_limits: tuple[str, ...]
    looked_up: tuple[LookedUp, ...]
    recipients: tuple[HandedTo, ...]
    segments: tuple[Standing, ...]
    memberships: tuple[FoundIn, ...]
    decisions: tuple[SignificantDecision, ...]
    releases: tuple[Participation, ...]
    corrections: tuple[Corrected, ...]
    requests: tuple[RequestTold, ...]
    elsewhere: tuple[Elsewhere, ...]
    left_out: tuple[LeftOut, ...]
    rights: tuple[Right, ...]

    def document(self) -> dict[str, object]:
        """Return the answer as a JSON-ready document (docs/reference/schemas)."""
        rho = sum((p.rho for p in self.releases), start=Fraction(0))
        return {
            **self.asker.document(ACCESS_FORMAT),
            "identity": [{"kind": k, "value": v} for k, v in self.identity],
            "identity_not_shown": plain(self.identity_not_shown),
            "data": plain(self.data),
            "categories": plain(self.categories),
            "purposes": plain(self.purposes),
            "consent_history": plain(self.consents),
            "notices": plain(self.notices),
            "who_read_it": plain(self.reads),
            "who_read_it_is_whole": self.reads_are_whole,
            "who_read_it_limits": list(self.reads_limits),
            "who_looked_you_up": plain(self.looked_up),
            "recipients": plain(self.recipients),
            "segments": plain(self.segments),
            "memberships": plain(self.memberships),
            "decisions": plain(self.decisions),
            "releases": plain(self.releases),
            "privacy_loss_rho": str(rho),
            "corrections": plain(self.corrections),
            "requests": plain(self.requests),
            "other_systems": plain(self.elsewhere),
            "left_out": plain(self.left_out),
            "rights": plain(self.rights),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoriesAnswer:
    """The categories alone: Cal. Civ. Code § 1798.110(a)(1)-(4), of this one person."""

    asker: Asker
    categories: tuple[CategoryHeld, ...]
    rights: tuple[Right, ...]

    def document(self) -> dict[str, object]:
        """Return the answer as a JSON-ready document."""
        return {
            **self.asker.document(CATEGORIES_FORMAT),
            "categories": plain(self.categories),
            "rights": plain(self.rights),
        }
