# SPDX-License-Identifier: Apache-2.0
"""ISO/IEC TS 27560 records as DPV JSON-LD: states, whose word, how long, and other spellings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from privseg.consent.banner_map import BannerFormat, BannerMap, Meaning
from privseg.consent.event import Act, Authority, Method
from privseg.sources.banners import BadValueError, BannerError, read_banner
from privseg.sources.banners.answers import Answer, Statement
from privseg.sources.banners.iso27560 import STATES, statements
from privseg.terms import Category, Purpose

VECTOR = Path("tests/vectors/banners/dpv-27560-receipt.json")
ADS = Meaning(Purpose("marketing.ads"), frozenset({Category("browsing")}))
MAP = BannerMap(
    BannerFormat.ISO27560,
    {("dpv:PaymentManagement",): (ADS,)},
    notice="marketing@3",
    method=Method.FORM,
)


def record(*states: Any, **more: Any) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentRecord",
        "dct:identifier": "r1",
        "dpv:hasDataSubject": {"@id": "C1"},
        "dpv:hasPurpose": "dpv:PaymentManagement",
        "dpv:hasConsentStatus": list(states),
    } | more


def state(kind: str = "dpv:ConsentGiven", **more: Any) -> dict[str, Any]:
    return {
        "@type": kind,
        "dpv:isIndicatedAtTime": "2026-05-04T10:00:00",
        "dpv:isIndicatedBy": "dpv:DataSubject",
    } | more


def said(*states: Any, **more: Any) -> list[Statement]:
    return list(statements(1, record(*states, **more), MAP))


def test_the_guides_receipt_is_a_grant_and_a_withdrawal_for_every_process() -> None:
    batch = read_banner(VECTOR, format="iso27560", mapping=MAP).consents
    assert batch is not None
    acts = [batch.words["act"][c] for c in batch.codes["act"].tolist()]
    days = [datetime.fromtimestamp(t / 1e6, UTC).isoformat() for t in batch.event_time.tolist()]
    assert list(zip(acts, days, strict=True)) == [
        (Act.GRANT, "2024-01-01T00:00:00+00:00"),
        (Act.WITHDRAW, "2024-04-20T23:59:59.999999+00:00"),  # a bare date: its last instant
    ]


@pytest.mark.parametrize(("name", "answer"), STATES.items())
def test_every_state_of_guide_and_vocabulary_is_known(name: str, answer: Answer | None) -> None:
    (found,) = said(state(f"dpv:{name}"))
    assert found.answers.get("dpv:PaymentManagement") is answer


def test_what_others_ended_is_staffs_word_and_what_was_deferred_grants_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "records.jsonl"
    ended = record(state("dpv:ConsentRevoked", **{"dpv:isIndicatedBy": "ex:Acme"}))
    path.write_text(
        json.dumps(ended) + "\n" + json.dumps(record(state("dpv:ConsentRequestDeferred")))
    )
    batch = read_banner(path, format="iso27560", mapping=MAP).consents
    assert batch is not None
    assert set(batch.words["act"]) == {Act.WITHDRAW, Act.DEFER}
    assert Authority.STAFF in batch.words["authority"]


@pytest.mark.parametrize(
    ("by", "authority"),
    [
        ("dpv:DataSubject", Authority.SUBJECT),
        ("C1", Authority.SUBJECT),
        (["dpv:DataSubject", {"@type": "dpv:ParentOfDataSubject"}], Authority.GUARDIAN),
        ({"@id": "ex:Acme"}, Authority.STAFF),
        (None, Authority.STAFF),
    ],
)
def test_whose_word_it_is_and_nobodys_is_staffs(by: Any, authority: Authority) -> None:
    assert said(state(**{"dpv:isIndicatedBy": by}))[0].authority is authority


@pytest.mark.parametrize(
    ("basis", "answer", "explicit"),
    [
        ("eu-gdpr:A6-1-a", Answer.YES, False),
        ("https://w3id.org/dpv/legal/eu/gdpr#A9-2-a", Answer.YES, True),
        ("dpv:ExplicitlyExpressedConsent", Answer.YES, True),
        ("eu-gdpr:A6-1-f", None, False),
        ("dpv:ImpliedConsent", None, False),
    ],
)
def test_only_consent_is_consent(basis: str, answer: Answer | None, explicit: bool) -> None:  # noqa: FBT001
    (found,) = said(state(), **{"dpv:hasLegalBasis": basis})
    assert found.answers.get("dpv:PaymentManagement") is answer
    assert found.explicit is explicit


@pytest.mark.parametrize(
    ("duration", "ends"),
    [
        ("P6M", (datetime(2026, 11, 4, 10, tzinfo=UTC), None, None)),
        (
            {"@type": "dpv:TemporalDuration", "rdf:value": "P1Y2W"},
            (datetime(2027, 5, 18, 10, tzinfo=UTC), None, None),
        ),
        (
            {"@type": "dpv:UntilTimeDuration", "rdf:value": "2026-12-31"},
            (datetime(2026, 12, 31, tzinfo=UTC), None, None),
        ),
        (
            {"@type": "dpv:UntilEventDuration", "rdf:value": "account_closed"},
            (None, "account_closed", None),
        ),
        ({"@type": "dpv:FixedOccurrencesDuration", "rdf:value": "3"}, (None, None, 3)),
        ({"@type": "dpv:EndlessDuration"}, (None, None, None)),
    ],
)
def test_a_duration_bounds_the_consent(duration: Any, ends: tuple[Any, ...]) -> None:
    (found,) = said(state(**{"dpv:hasDuration": duration}))
    assert (found.expires_at, found.until, found.uses) == ends


@pytest.mark.parametrize(
    "duration",
    ["P", "PT", "6 months", "P99999999D", "P999Y9999M", 5, {"@type": "dpv:UntilEventDuration"},
     {"@type": "dpv:FixedOccurrencesDuration", "rdf:value": "0"}, {"@type": "ex:Always"}],
)  # fmt: skip
def test_a_duration_that_cannot_be_read_is_refused(duration: Any) -> None:
    with pytest.raises(BadValueError):
        said(state(**{"dpv:hasDuration": duration}))


def test_full_iris_say_the_same_as_prefixes() -> None:
    iri = json.loads(json.dumps(record(state())).replace('"dpv:', '"https://w3id.org/dpv#'))
    assert list(statements(1, iri, MAP)) == said(state())


@pytest.mark.parametrize(
    "change",
    [
        {"@type": "dpv:ConsentNotice"},
        {"@context": {"dpv": "https://example.com/else#"}},
        {"dct:conformsTo": "https://example.com/summary"},
        {"dpv:hasDataSubject": None},
        {"dpv:hasConsentStatus": ["dpv:ConsentGiven"]},
        {"dpv:hasConsentStatus": [{"@type": "dpv:ConsentGiven"}]},
        {"dpv:hasConsentStatus": [state("dpv:ConsentPerhaps")]},
        {"dpv:hasConsentStatus": [state(**{"@type": ["dpv:ConsentGiven", "dpv:ConsentRefused"]})]},
        {"dpv:hasConsentStatus": [5]},
        {"dpv:hasProcess": ["x"]},
    ],
)
def test_what_is_no_record_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadValueError):
        list(statements(1, record(state()) | change, MAP))


def test_a_record_in_a_file_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    path.write_text(json.dumps([record(state()), record("dpv:ConsentGiven")]))
    with pytest.raises(BannerError, match="line 2: dpv:isIndicatedAtTime"):
        read_banner(path, format="iso27560", mapping=MAP)


@pytest.mark.parametrize(("happening", "taken"), [("account_closed", 1), ("Closure of it", 0)])
def test_a_yes_until_something_without_a_name_is_not_taken(
    tmp_path: Path, happening: str, taken: int
) -> None:
    until = {"@type": "dpv:UntilEventDuration", "rdf:value": happening}
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record(state(**{"dpv:hasDuration": until}))))
    found = read_banner(path, format="iso27560", mapping=MAP)
    assert (found.report.acts, found.report.unbounded) == (taken, 1 - taken)
    if found.consents is not None:
        assert found.consents.words["until"] == (happening,)
