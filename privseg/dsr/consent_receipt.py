# SPDX-License-Identifier: Apache-2.0
"""A person's consents as ISO/IEC TS 27560 records and a receipt, in DPV JSON-LD.

Fields are those of the DPV guide to 27560 (w3c/dpv, guides/consent-27560.html); all states are
kept, not only the latest. A record is of one purpose. What DPV has no state for (an opt-out, an
objection, a hold) stands beside the states under ``privseg:history``, which has every act with
both clocks. TC and GPP strings are never made from a ledger: they are a banner's.

The documents are personal data and are handed to the person alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_OID, uuid5

from privseg.consent import Act, Event
from privseg.dsr.consent_states import Parties, moment_text, notice_of, states_of, told
from privseg.terms import Purpose, covers

NAMESPACE = "urn:privseg:consent-record/1#"
CONTEXT: Mapping[str, str] = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "privseg": NAMESPACE,
}
SCHEMA = "https://w3id.org/dpv/schema/dpv-27560"
DAYS = "P{}D"  # ISO 8601


class Profile(StrEnum):
    """Which of the guide's profiles a document follows; receipts wrap records of the same law."""

    RECORD = "record"
    RECORD_EU_GDPR = "record-eu-gdpr"

    @property
    def receipt(self) -> str:
        """Return the profile of a receipt of such records."""
        return "receipt-eu-gdpr" if self is Profile.RECORD_EU_GDPR else "receipt"


@dataclass(frozen=True, slots=True)
class PurposeFacts:
    """What the policy says of a purpose."""

    title: str
    recipients: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    retention_days: int | None = None


def receipt(
    events: Sequence[Event],
    purposes: Mapping[Purpose, PurposeFacts],
    parties: Parties,
    *,
    made_at: datetime,
    profile: Profile = Profile.RECORD,
) -> dict[str, object]:
    """Return the receipt of a person's whole history: one record for each purpose they acted on.

    Args:
        events: the person's own events, as the ledger has them.
        purposes: what the policy says; a purpose it no longer knows goes by its name.
        parties: between whom.
        made_at: when the receipt is made; expiries are told as of then.
        profile: which records to make.
    """
    found = records(events, purposes, parties, made_at=made_at, profile=profile)
    number = _number(
        parties.controller, "receipt", moment_text(made_at), *(str(r["@id"]) for r in found)
    )
    return {
        "@context": dict(CONTEXT),
        "@id": f"urn:uuid:{number}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": number,
        "dct:conformsTo": f"{SCHEMA}#{profile.receipt}",
        "dct:created": moment_text(made_at),
        "dct:publisher": parties.controller,
        "dpv:hasRecordOfActivity": found,
    }


def records(
    events: Sequence[Event],
    purposes: Mapping[Purpose, PurposeFacts],
    parties: Parties,
    *,
    made_at: datetime,
    profile: Profile = Profile.RECORD,
) -> list[dict[str, object]]:
    """Return one record for each purpose that the person acted on, by name."""
    ordered = sorted(events, key=lambda e: (e.event_time, e.position))
    named = sorted({e.purpose for e in ordered if e.purpose is not None})
    return [
        _record([e for e in ordered if _bears(e, p)], p, purposes, parties, made_at, profile)
        for p in named
    ]


def _record(
    events: Sequence[Event],
    purpose: Purpose,
    purposes: Mapping[Purpose, PurposeFacts],
    parties: Parties,
    made_at: datetime,
    profile: Profile,
) -> dict[str, object]:
    """Return the record of one purpose."""
    facts = purposes.get(purpose, PurposeFacts(title=purpose))
    number = _number(parties.controller, purpose, *(e.event_key.hex() for e in events[:1]))
    return {
        "@context": dict(CONTEXT),
        "@id": f"urn:uuid:{number}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": number,
        "dct:conformsTo": f"{SCHEMA}#{profile}",
        "dpv:hasDataSubject": {"@id": parties.person},
        "dpv:hasDataController": {
            "@id": parties.controller,
            "@type": "dpv:DataController",
            "dpv:hasContact": parties.contact,
        },
        "dpv:hasJurisdiction": [f"loc:{j}" for j in facts.jurisdictions],
        **_law(profile, events),
        "dpv:hasProcess": _process(purpose, facts, events, parties),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": parties.withdrawal,
        },
        "dpv:hasNotice": _notices(events),
        "dpv:hasConsentStatus": states_of(events, parties, made_at),
        "privseg:history": [told(e) for e in events],
    }


def _bears(event: Event, purpose: Purpose) -> bool:
    """Return whether an act belongs into a purpose's record.

    What restricts a parent restricts what is below it (law 7); a grant stands with the purpose it
    names.
    """
    if event.act in {Act.GRANT, Act.OPT_IN} or event.purpose is None:
        return event.purpose == purpose or event.purpose is None
    return covers(event.purpose, purpose)


def _law(profile: Profile, events: Sequence[Event]) -> dict[str, object]:
    """Return the legal basis; under the GDPR by its article."""
    explicit = any(e.explicit for e in events if e.act is Act.GRANT)
    if profile is Profile.RECORD_EU_GDPR:
        basis = ["eu-gdpr:A6-1-a", *["eu-gdpr:A9-2-a"] * explicit]
        return {"dpv:hasApplicableLaw": "eu-gdpr:GDPR", "dpv:hasLegalBasis": basis}
    kind = "dpv:ExplicitlyExpressedConsent" if explicit else "dpv:ExpressedConsent"
    return {"dpv:hasLegalBasis": kind}


def _process(
    purpose: Purpose, facts: PurposeFacts, events: Sequence[Event], parties: Parties
) -> dict[str, object]:
    """Return what is done with the data."""
    found: dict[str, object] = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": purpose,
        "dct:title": facts.title,
        "dpv:hasPersonalData": sorted({c for e in events for c in e.categories}),
        "dpv:hasRecipient": [parties.controller, *facts.recipients],
    }
    if facts.retention_days is not None:
        span = DAYS.format(facts.retention_days)
        storage = {"@type": "dpv:StorageDuration", "dpv:hasDuration": span}
        found["dpv:hasStorageCondition"] = storage
    return found


def _notices(events: Sequence[Event]) -> list[dict[str, object]]:
    """Return the notices that were shown, each with the hash of its text and its language."""
    shown = {(e.notice, e.notice_sha256, e.language) for e in events if e.notice is not None}
    return [notice_of(*one) for one in sorted(shown, key=str)]


def _number(*parts: str) -> str:
    """Return a document's number: the same facts, the same number."""
    return str(uuid5(NAMESPACE_OID, "\n".join(("privseg", *parts))))
