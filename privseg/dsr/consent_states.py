# SPDX-License-Identifier: Apache-2.0
"""The states of a consent in DPV's words, and its history in ours.

The states are those of the DPV guide to 27560; what it has no state for has none here, and stands
in the history alone.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from privseg.consent import Act, Authority, Event


@dataclass(frozen=True, slots=True)
class Parties:
    """Who a receipt is between, and where consent is taken back.

    ``withdrawal`` must be there (27560: the withdrawal method is mandatory), a URL or words.
    """

    person: str = field(repr=False)
    controller: str
    contact: str
    withdrawal: str


def named_information(sha256: str) -> str:
    """Return the ``ni`` URI of a content (RFC 6920): its SHA-256 as unpadded base64url.

    >>> named_information("00" * 32)
    'ni:///sha-256;AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")
    return f"ni:///sha-256;{digest}"


def states_of(
    events: Sequence[Event], parties: Parties, made_at: datetime
) -> list[dict[str, object]]:
    """Return every state of the consent, in the order of time, expiries among them."""
    states: list[dict[str, object]] = []
    given = False
    for event in events:
        kind = _kind(event, given=given)
        if kind is not None:
            states.append(_state(event, kind, parties))
            given = event.act is Act.GRANT or (given and event.act is Act.DEFER)
        if event.act is Act.GRANT and event.expires_at and event.expires_at <= made_at:
            states.append(_expired(event.expires_at, parties))
    return sorted(states, key=lambda s: str(s["dpv:isIndicatedAtTime"]))


def _kind(event: Event, *, given: bool) -> str | None:
    """Return the state that an act brings about, None if DPV has none for it."""
    match event.act:
        case Act.GRANT:
            return "dpv:RenewedConsentGiven" if given else "dpv:ConsentGiven"
        case Act.WITHDRAW if event.authority is Authority.STAFF:
            return "dpv:ConsentTerminated"
        case Act.WITHDRAW:
            return "dpv:ConsentWithdrawn"
        case Act.REFUSE:
            return "dpv:ConsentRefused"
        case Act.DEFER:
            return "dpv:ConsentRequestDeferred"
    return None


def _state(event: Event, kind: str, parties: Parties) -> dict[str, object]:
    """Return one state, with its time, who indicated it and for how long."""
    kinds = [kind]
    if event.act is Act.GRANT:
        explicit = "dpv:ExplicitlyExpressedConsent" if event.explicit else "dpv:ExpressedConsent"
        kinds.append(explicit)
    found: dict[str, object] = {
        "@type": kinds,
        "dpv:isIndicatedAtTime": moment_text(event.event_time),
        "dpv:isIndicatedBy": _by(event.authority, parties),
        "dpv:hasIndicationMethod": str(event.method),
        "dpv:hasPersonalData": sorted(event.categories),
    }
    if event.act is Act.GRANT:
        found["dpv:hasDuration"] = _duration(event)
    if event.notice is not None:
        found["dpv:hasNotice"] = notice_of(event.notice, event.notice_sha256, event.language)
    return found


def _expired(moment: datetime, parties: Parties) -> dict[str, object]:
    """Return the state in which a consent's time is over."""
    return {
        "@type": ["dpv:ConsentExpired"],
        "dpv:isIndicatedAtTime": moment_text(moment),
        "dpv:isIndicatedBy": {"@id": parties.controller},
    }


def _by(authority: Authority, parties: Parties) -> object:
    """Return whose word an act is."""
    match authority:
        case Authority.SUBJECT:
            return "dpv:DataSubject"
        case Authority.GUARDIAN:
            return {"@type": "dpv:GuardianOfDataSubject"}
        case Authority.AGENT:
            return {"@type": "privseg:AgentOfDataSubject"}
        case Authority.STAFF:
            return {"@id": parties.controller}


def _duration(event: Event) -> dict[str, object]:
    """Return how long a grant lasts by itself: the first bound it has, in DPV's words."""
    match event:
        case Event(expires_at=datetime() as moment):
            kind, value = "dpv:UntilTimeDuration", moment_text(moment)
        case Event(until=str() as happening):
            kind, value = "dpv:UntilEventDuration", happening
        case Event(uses=int() as uses):
            kind, value = "dpv:FixedOccurrencesDuration", str(uses)
        case _:
            return {"@type": "dpv:EndlessDuration"}
    return {"@type": kind, "rdf:value": value}


def told(event: Event) -> dict[str, object]:
    """Return an act as it stands in the ledger, with both clocks and every bound."""
    facts = {
        "act": str(event.act),
        "actedAt": moment_text(event.event_time),
        "recordedAt": moment_text(event.record_time),
        "purpose": event.purpose,
        "categories": sorted(event.categories),
        "explicit": event.explicit,
        "notice": event.notice,
        "noticeSha256": event.notice_sha256,
        "language": event.language,
        "method": str(event.method),
        "authority": event.authority.name.lower(),
        "jurisdiction": event.jurisdiction,
        "expiresAt": None if event.expires_at is None else moment_text(event.expires_at),
        "until": event.until,
        "uses": event.uses,
        "idleDays": event.idle_days,
        "setAside": event.quarantined,
    }
    return {f"privseg:{k}": v for k, v in facts.items() if v is not None}


def notice_of(name: str | None, sha256: str | None, language: str | None) -> dict[str, object]:
    """Return one notice."""
    found: dict[str, object] = {"@type": "dpv:ConsentNotice", "dct:identifier": name}
    if sha256 is not None:
        found["@id"] = named_information(sha256)
    if language is not None:
        found["dct:language"] = language
    return found


def moment_text(moment: datetime) -> str:
    """Return a moment in UTC, to the microsecond where there is one (ISO 8601)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
