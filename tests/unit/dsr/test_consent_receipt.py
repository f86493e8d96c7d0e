# SPDX-License-Identifier: Apache-2.0
"""Receipts (ISO/IEC TS 27560): every state, what was shown, how to take it back, and back in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privseg.consent.banner_map import BannerFormat, BannerMap, Meaning
from privseg.consent.event import Act, Authority, Event, Method
from privseg.dsr.consent_receipt import Profile, PurposeFacts, receipt
from privseg.dsr.consent_states import Parties, named_information
from privseg.sources.banners import read_banner
from privseg.terms import Category, Controller, Jurisdiction, Ordinal, Purpose

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ADS, MARKETING = Purpose("marketing.ads"), Purpose("marketing")
BROWSING = frozenset({Category("browsing")})
FACTS = {ADS: PurposeFacts("Advertising", ("Adco",), ("DE", "AT"), 365)}
PARTIES = Parties("C1", "shop", "privacy@example.com", "https://example.com/choices")
SCHEMA = json.loads(
    files("privseg.loaders.schemas").joinpath("consent-receipt.schema.json").read_text("utf-8")
)


def event(act: Act = Act.GRANT, *, day: int = 1, **more: Any) -> Event:
    said: dict[str, Any] = {
        "position": day,
        "event_key": bytes([day] * 16),
        "content_key": b"c" * 16,
        "subject": Ordinal(5),
        "controller": Controller("shop"),
        "act": act,
        "event_time": datetime(2026, 1, day, 10, tzinfo=UTC),
        "record_time": datetime(2026, 1, day, 11, tzinfo=UTC),
        "purpose": ADS,
        "categories": BROWSING,
        "method": Method.FORM,
    }
    if act is Act.GRANT:
        said |= {"notice": "ads@3", "notice_sha256": "ab" * 32, "language": "de"}
    return Event(**(said | more))


def made(*events: Event, profile: Profile = Profile.RECORD) -> dict[str, Any]:
    found: dict[str, Any] = receipt(events, FACTS, PARTIES, made_at=NOW, profile=profile)
    jsonschema.validate(found, SCHEMA, jsonschema.Draft202012Validator)
    return found


def states(*events: Event) -> list[str]:
    (record,) = made(*events)["dpv:hasRecordOfActivity"]
    return [s["@type"][0].removeprefix("dpv:") for s in record["dpv:hasConsentStatus"]]


def test_every_past_state_is_kept() -> None:
    assert states(
        event(Act.DEFER),
        event(Act.REFUSE, day=2),
        event(day=3),
        event(day=4),
        event(Act.WITHDRAW, day=5),
        event(day=6),
        event(Act.WITHDRAW, day=7, authority=Authority.STAFF),
    ) == [
        "ConsentRequestDeferred",
        "ConsentRefused",
        "ConsentGiven",
        "RenewedConsentGiven",
        "ConsentWithdrawn",
        "ConsentGiven",
        "ConsentTerminated",
    ]


def test_a_consent_whose_time_is_over_says_so_at_that_moment() -> None:
    assert states(event(expires_at=datetime(2026, 2, 1, tzinfo=UTC))) == [
        "ConsentGiven",
        "ConsentExpired",
    ]
    assert states(event(expires_at=NOW + timedelta(days=1))) == ["ConsentGiven"]


def test_what_dpv_has_no_state_for_stands_in_the_history_alone() -> None:
    (record,) = made(event(), event(Act.OPT_OUT, day=2))["dpv:hasRecordOfActivity"]
    assert [h["privseg:act"] for h in record["privseg:history"]] == ["grant", "opt_out"]
    assert len(record["dpv:hasConsentStatus"]) == 1


def test_a_record_has_what_the_standard_makes_mandatory() -> None:
    (record,) = made(event())["dpv:hasRecordOfActivity"]
    assert record["dpv:hasDataSubject"] == {"@id": "C1"}
    assert record["dpv:hasDataController"]["dpv:hasContact"] == "privacy@example.com"
    assert record["dpv:hasConsentControl"]["dpv:isExercisedAt"] == "https://example.com/choices"
    assert record["dpv:hasProcess"] == {
        "@type": "dpv:Process",
        "dpv:hasPurpose": "marketing.ads",
        "dct:title": "Advertising",
        "dpv:hasPersonalData": ["browsing"],
        "dpv:hasRecipient": ["shop", "Adco"],
        "dpv:hasStorageCondition": {"@type": "dpv:StorageDuration", "dpv:hasDuration": "P365D"},
    }
    assert record["dpv:hasNotice"] == [
        {
            "@id": named_information("ab" * 32),
            "@type": "dpv:ConsentNotice",
            "dct:identifier": "ads@3",
            "dct:language": "de",
        }
    ]


@pytest.mark.parametrize(
    ("bounds", "duration"),
    [
        ({}, {"@type": "dpv:EndlessDuration"}),
        (
            {"expires_at": NOW},
            {"@type": "dpv:UntilTimeDuration", "rdf:value": "2026-11-21T00:00:00Z"},
        ),
        (
            {"until": "account_closed"},
            {"@type": "dpv:UntilEventDuration", "rdf:value": "account_closed"},
        ),
        ({"uses": 3}, {"@type": "dpv:FixedOccurrencesDuration", "rdf:value": "3"}),
    ],
)
def test_a_grant_says_how_long_it_lasts(bounds: Any, duration: Any) -> None:
    (record,) = made(event(**bounds))["dpv:hasRecordOfActivity"]
    assert record["dpv:hasConsentStatus"][0]["dpv:hasDuration"] == duration


def test_under_the_gdpr_profile_the_articles_are_named() -> None:
    found = made(event(explicit=True), profile=Profile.RECORD_EU_GDPR)
    (record,) = found["dpv:hasRecordOfActivity"]
    assert found["dct:conformsTo"].endswith("#receipt-eu-gdpr")
    assert record["dpv:hasApplicableLaw"] == "eu-gdpr:GDPR"
    assert record["dpv:hasLegalBasis"] == ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]


def test_a_refusal_of_the_parent_stands_in_the_childs_record_and_a_grant_does_not() -> None:
    found = made(
        event(Act.WITHDRAW, purpose=MARKETING), event(day=2), event(day=3, purpose=MARKETING)
    )
    by_purpose = {
        r["dpv:hasProcess"]["dpv:hasPurpose"]: [h["privseg:act"] for h in r["privseg:history"]]
        for r in found["dpv:hasRecordOfActivity"]
    }
    assert by_purpose == {
        "marketing": ["withdraw", "grant"],
        "marketing.ads": ["withdraw", "grant"],
    }


def test_nobody_elses_word_is_told_as_the_persons() -> None:
    (record,) = made(event(authority=Authority.GUARDIAN))["dpv:hasRecordOfActivity"]
    assert record["dpv:hasConsentStatus"][0]["dpv:isIndicatedBy"] == {
        "@type": "dpv:GuardianOfDataSubject"
    }


def test_the_same_history_makes_the_same_receipt() -> None:
    assert made(event(), event(Act.WITHDRAW, day=2)) == made(event(Act.WITHDRAW, day=2), event())


def test_the_parties_repr_hides_the_person() -> None:
    assert "C1" not in repr(PARTIES)


acts = st.sampled_from([Act.GRANT, Act.REFUSE, Act.WITHDRAW, Act.DEFER])


@given(st.lists(acts, min_size=1, max_size=6), st.sampled_from(Authority))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_receipt_read_back_says_the_same_acts(
    tmp_path: Path, found: list[Act], authority: Authority
) -> None:
    if authority is Authority.AGENT:
        authority = Authority.SUBJECT  # DPV has no word for agents: read back as nobody's
    history = [
        event(act, day=n, authority=authority, jurisdiction=Jurisdiction("DE"))
        for n, act in enumerate(found, start=1)
    ]
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(made(*history)))
    meaning = Meaning(ADS, BROWSING)
    said = BannerMap(
        BannerFormat.ISO27560, {("marketing.ads",): (meaning,)}, notice="ads@3", method=Method.FORM
    )
    batch = read_banner(path, format="iso27560", mapping=said).consents
    assert batch is not None
    read = [batch.words["act"][c] for c in batch.codes["act"].tolist()]
    ends = {Act.REFUSE, Act.WITHDRAW}
    for before, after in zip(found, read, strict=True):
        assert before is after or {before, after} <= ends
