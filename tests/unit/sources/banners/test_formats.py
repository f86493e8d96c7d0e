# SPDX-License-Identifier: Apache-2.0
"""Exports of banners and tools: what each of their records means, and what it never means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from privseg.consent.banner_map import BannerFormat, BannerMap, Meaning, Rows
from privseg.consent.event import Act, Authority, Method
from privseg.sources import FileError, RowError
from privseg.sources.banners import BannerError, BannerRead, encode_tc, read_banner
from privseg.sources.banners.tcf import Restriction, TcString
from privseg.sources.banners.tcf_vendors import Vendors
from privseg.terms import Category, Purpose

ADS = Meaning(Purpose("marketing.ads"), frozenset({Category("browsing")}))
MEASURE = Meaning(Purpose("analytics"), frozenset({Category("browsing")}))
VECTORS = Path("tests/vectors/banners")
TOLD = ("act", "purpose", "categories", "notice", "method", "authority")


def mapping(form: str, **changes: Any) -> BannerMap:
    said: dict[str, Any] = {
        "format": BannerFormat(form),
        "meanings": {("Advertising",): (ADS,)},
        "notice": "marketing@3",
        "method": Method.FORM,
    }
    return BannerMap(**(said | changes))


def written(folder: Path, *records: Mapping[str, Any], name: str = "export.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    return path


def read(path: Path, banner_map: BannerMap) -> BannerRead:
    return read_banner(path, format=banner_map.format, mapping=banner_map)


def rows(found: BannerRead) -> list[tuple[Any, ...]]:
    """Return (person, act, purpose, moment) of every row."""
    batch = found.consents
    if batch is None:
        return []
    words = [
        [None if c < 0 else batch.words[n][c] for c in batch.codes[n].tolist()]
        for n in ("act", "purpose")
    ]
    moments = [
        datetime.fromtimestamp(t / 1e6, UTC).isoformat()[:19] for t in batch.event_time.tolist()
    ]
    return list(zip(batch.people, *words, moments, strict=True))


# ---------------------------------------------------------------- Segment and RudderStack


def segment(preferences: Any, *, event: str | None = None, day: int = 1, **more: Any) -> Any:
    return {
        "type": "track" if event else "page",
        "event": event,
        "messageId": f"m{day}",
        "userId": "C1",
        "timestamp": f"2026-01-0{day}T10:00:00Z",
        "context": {"consent": {"categoryPreferences": preferences}},
    } | more


UPDATED = "Segment Consent Preference Updated"


def test_an_update_event_of_segment_is_an_act(tmp_path: Path) -> None:
    path = written(tmp_path, segment({"Advertising": True, "Other": False}, event=UPDATED))
    found = read(path, mapping("segment"))
    assert rows(found) == [("C1", Act.GRANT, "marketing.ads", "2026-01-01T10:00:00")]
    assert found.report.unmapped == {"Other": 1}
    assert found.consents is not None
    event = {n: found.consents.words[n] for n in TOLD}
    assert event["notice"] == ("marketing@3",)
    assert event["method"] == (Method.FORM,)
    assert event["authority"] == (Authority.SUBJECT,)


def test_a_page_views_stamp_of_yes_is_no_act_and_its_no_is(tmp_path: Path) -> None:
    path = written(tmp_path, segment({"Advertising": True}), segment({"Advertising": False}, day=2))
    found = read(path, mapping("segment"))
    assert rows(found) == [("C1", Act.REFUSE, "marketing.ads", "2026-01-02T10:00:00")]
    assert found.report.undated == 1


def test_stamps_count_once_where_the_map_attests_them(tmp_path: Path) -> None:
    path = written(tmp_path, segment({"Advertising": True}))
    found = read(path, mapping("segment", rows=Rows.ACTS))
    assert [r[1] for r in rows(found)] == [Act.GRANT]


@pytest.mark.parametrize("later", [{"Advertising": False}, {}])
def test_a_no_or_nothing_after_a_yes_is_a_withdrawal(
    tmp_path: Path, later: dict[str, bool]
) -> None:
    first = segment({"Advertising": True}, event=UPDATED)
    found = read(written(tmp_path, first, segment(later, day=2)), mapping("segment"))
    assert [r[1] for r in rows(found)] == [Act.GRANT, Act.WITHDRAW]


def test_rudderstack_lists_allowed_and_denied_ids(tmp_path: Path) -> None:
    context = {"consentManagement": {"allowedConsentIds": ["A"], "deniedConsentIds": ["B"]}}
    path = written(tmp_path, segment(None, context=context))
    both = {("A",): (ADS,), ("B",): (MEASURE,)}
    found = read(path, mapping("segment", meanings=both, rows=Rows.ACTS))
    assert [r[1:3] for r in rows(found)] == [
        (Act.GRANT, "marketing.ads"),
        (Act.REFUSE, "analytics"),
    ]


def test_an_id_that_is_allowed_and_denied_is_denied(tmp_path: Path) -> None:
    context = {"consentManagement": {"allowedConsentIds": ["A"], "deniedConsentIds": ["A"]}}
    path = written(tmp_path, segment(None, context=context))
    found = read(path, mapping("segment", meanings={("A",): (ADS,)}, rows=Rows.ACTS))
    assert [r[1] for r in rows(found)] == [Act.REFUSE]


def test_events_without_consent_or_person_say_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, segment(None, context={}), segment({"Advertising": False}, userId=""))
    assert rows(read(path, mapping("segment"))) == []


@pytest.mark.parametrize(
    "record",
    [
        segment({"Advertising": "yes"}, event=UPDATED),
        segment([True], event=UPDATED),
        segment(None, event=UPDATED),
        segment({"Advertising": True}, event=UPDATED, timestamp="yesterday"),
        segment({"Advertising": True}, event=UPDATED, timestamp=None),
        segment({"Advertising": True}, event=UPDATED, userId={"id": "C1"}),
    ],
)
def test_an_event_of_another_form_is_refused_with_its_line(tmp_path: Path, record: Any) -> None:
    with pytest.raises(BannerError, match="line 2") as refusal:
        read(written(tmp_path, segment({}), record), mapping("segment"))
    assert "C1" not in str(refusal.value)


# ---------------------------------------------------------------- several choices, one meaning


def test_choices_joined_are_a_yes_only_together_and_a_no_alone(tmp_path: Path) -> None:
    joined = mapping("segment", meanings={("A", "B"): (ADS,)})
    records = [
        segment({"A": True}, event=UPDATED),
        segment({"A": True, "B": True}, event=UPDATED, day=2),
        segment({"A": True, "B": False}, event=UPDATED, day=3),
    ]
    found = [r[1:] for r in rows(read(written(tmp_path, *records), joined))]
    assert found == [
        (Act.GRANT, "marketing.ads", "2026-01-02T10:00:00"),
        (Act.WITHDRAW, "marketing.ads", "2026-01-03T10:00:00"),
    ]


def test_opting_in_and_out_is_what_the_map_makes_of_yes_and_no(tmp_path: Path) -> None:
    regime = Meaning(ADS.purpose, ADS.categories, act=Act.OPT_IN)
    records = [
        segment({"Advertising": False}, event=UPDATED),
        segment({"Advertising": True}, event=UPDATED, day=2),
    ]
    found = read(
        written(tmp_path, *records), mapping("segment", meanings={("Advertising",): (regime,)})
    )
    assert [r[1] for r in rows(found)] == [Act.OPT_OUT, Act.OPT_IN]


def test_what_the_map_reads_as_a_restriction_never_allows(tmp_path: Path) -> None:
    objecting = Meaning(None, act=Act.OBJECT)
    records = [
        segment({"Advertising": True}, event=UPDATED),
        segment({"Advertising": False}, event=UPDATED, day=2),
    ]
    found = read(
        written(tmp_path, *records), mapping("segment", meanings={("Advertising",): (objecting,)})
    )
    assert [r[1:3] for r in rows(found)] == [(Act.OBJECT, None)]


# ---------------------------------------------------------------- TCF, GPP, GPC

UPDATED_AT = datetime(2026, 5, 4, tzinfo=UTC)
TC = TcString(
    created=UPDATED_AT,
    updated=UPDATED_AT,
    policy=5,
    consents=frozenset({7}),
    vendors=Vendors.of([28]),
    segments=(1,),
    disclosed=Vendors.of([28]),
)
SEVEN = {("purpose 7",): (ADS,)}


def tc_record(tc: TcString, *, time: str = "2026-05-09T12:00:00Z") -> dict[str, str]:
    return {"person": "C1", "time": time, "tc_string": encode_tc(tc)}


def test_a_standing_tc_strings_yes_counts_from_its_own_day(tmp_path: Path) -> None:
    found = read(written(tmp_path, tc_record(TC)), mapping("tcf", meanings=SEVEN))
    assert rows(found) == [("C1", Act.GRANT, "marketing.ads", "2026-05-04T00:00:00")]
    assert found.report.unmapped["purpose 1"] == 1


def test_a_standing_tc_strings_no_counts_from_its_row(tmp_path: Path) -> None:
    no = TcString(UPDATED_AT, UPDATED_AT, policy=5, segments=(1,), disclosed=Vendors.of([28]))
    found = read(written(tmp_path, tc_record(no)), mapping("tcf", meanings=SEVEN))
    assert rows(found) == [("C1", Act.REFUSE, "marketing.ads", "2026-05-09T12:00:00")]


def test_a_tc_string_that_is_an_act_counts_from_its_row(tmp_path: Path) -> None:
    said = mapping("tcf", meanings=SEVEN, rows=Rows.ACTS)
    assert rows(read(written(tmp_path, tc_record(TC)), said))[0][3] == "2026-05-09T12:00:00"


@pytest.mark.parametrize(
    ("vendor", "restrictions", "act"),
    [
        (28, (), Act.GRANT),
        (28, (Restriction(7, 1, 1 << 28),), Act.GRANT),
        (28, (Restriction(7, 0, 1 << 28),), Act.REFUSE),
        (28, (Restriction(7, 3, 1 << 28),), Act.REFUSE),
        (28, (Restriction(7, 2, 1 << 28),), None),
        (755, (Restriction(7, 2, 1 << 28),), Act.REFUSE),
        (755, (), Act.REFUSE),
    ],
)
def test_a_yes_must_be_one_to_our_vendor_as_the_publisher_allows(
    tmp_path: Path, vendor: int, restrictions: tuple[Restriction, ...], act: Act | None
) -> None:
    tc = TcString(
        UPDATED_AT, UPDATED_AT, policy=5, consents=frozenset({7}), vendors=Vendors.of([28]),
        segments=(1,), disclosed=Vendors.of([28]), restrictions=restrictions,
    )  # fmt: skip
    found = read(written(tmp_path, tc_record(tc)), mapping("tcf", meanings=SEVEN, vendor=vendor))
    assert [r[1] for r in rows(found)] == [act] * (act is not None)


def test_a_void_tc_string_is_refused(tmp_path: Path) -> None:
    old = TcString(UPDATED_AT, UPDATED_AT, policy=2, consents=frozenset({7}))
    with pytest.raises(BannerError, match="line 1: the TC string is void: its TcfPolicyVersion"):
        read(written(tmp_path, tc_record(old)), mapping("tcf", meanings=SEVEN))


def test_a_tc_string_from_after_its_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BannerError, match="updated after"):
        read(
            written(tmp_path, tc_record(TC, time="2026-05-03T00:00:00Z")),
            mapping("tcf", meanings=SEVEN),
        )


def test_a_gpp_strings_opt_outs_and_signal_are_acts_and_its_zeros_nothing(tmp_path: Path) -> None:
    meanings = {
        ("usca.SaleOptOut",): (Meaning(ADS.purpose, ADS.categories),),
        ("usca.SensitiveDataProcessing[2]",): (Meaning(ADS.purpose, ADS.categories),),
        ("usca.SensitiveDataProcessing[3]",): (Meaning(MEASURE.purpose, ADS.categories),),
        ("usca.Gpc",): (Meaning(None, act=Act.SIGNAL),),
    }
    record = {"person": "C1", "time": "2026-05-09T12:00:00Z", "gpp_string": "DBABBg~BVWSSSVY.YA"}
    found = read(written(tmp_path, record), mapping("gpp", meanings=meanings))
    assert sorted(r[1] for r in rows(found)) == [Act.LIMIT, Act.OPT_OUT, Act.SIGNAL]


def test_a_gpp_consent_has_no_time_and_is_taken_only_as_an_act(tmp_path: Path) -> None:
    meanings = {
        ("usca.SensitiveDataProcessing[1]",): (ADS,),
        ("usca.PersonalDataConsents",): (ADS,),
    }
    record = {"person": "C1", "time": "2026-05-09T12:00:00Z", "gpp_string": "DBABBg~BVWSSSZY.YA"}
    states = read(written(tmp_path, record), mapping("gpp", meanings=meanings))
    assert (rows(states), states.report.undated) == ([], 1)
    acts = read(written(tmp_path, record), mapping("gpp", meanings=meanings, rows=Rows.ACTS))
    assert [r[1] for r in rows(acts)] == [Act.GRANT]


@pytest.mark.parametrize(("lines", "signals"), [("1", 1), (["0", "1"], 1), ("0", 0), (None, 0)])
def test_sec_gpc_is_a_signal_for_every_purpose_or_nothing(
    tmp_path: Path, lines: Any, signals: int
) -> None:
    record = {"person": "C1", "time": "2026-05-09T12:00:00Z", "Sec-GPC": lines}
    said = mapping("gpc", meanings={("gpc",): (Meaning(None, act=Act.SIGNAL),)})
    found = read(written(tmp_path, record), said)
    assert [r[1:3] for r in rows(found)] == [(Act.SIGNAL, None)] * signals


# ---------------------------------------------------------------- Google Consent Mode


def gtag(command: str, **signals: str) -> dict[str, Any]:
    return {
        "person": "C1",
        "time": "2026-05-09T12:00:00Z",
        "consent": ["consent", command, signals],
    }


def test_a_default_is_the_sites_word_and_answers_nothing(tmp_path: Path) -> None:
    said = mapping("google_consent_mode", meanings={("ad_storage",): (ADS,)}, rows=Rows.ACTS)
    records = [gtag("default", ad_storage="granted"), gtag("default", ad_storage="denied")]
    assert rows(read(written(tmp_path, *records), said)) == []


def test_an_update_denies_and_only_where_attested_grants(tmp_path: Path) -> None:
    meanings = {("ad_storage",): (ADS,), ("analytics_storage",): (MEASURE,)}
    record = gtag("update", ad_storage="granted", analytics_storage="denied")
    said = mapping("google_consent_mode", meanings=meanings)
    found = read(written(tmp_path, record), said)
    assert [r[1:3] for r in rows(found)] == [(Act.REFUSE, "analytics")]
    assert found.report.unknown == 5  # the signals that were not set
    attested = mapping("google_consent_mode", meanings=meanings, rows=Rows.ACTS)
    assert Act.GRANT in {r[1] for r in rows(read(written(tmp_path, record), attested))}


@pytest.mark.parametrize(
    "call", [["consent", "update"], ["config", "update", {}], {"update": {}}, "granted", None]
)
def test_what_is_no_consent_call_is_refused(tmp_path: Path, call: Any) -> None:
    said = mapping("google_consent_mode", meanings={("ad_storage",): (ADS,)})
    with pytest.raises(BannerError, match="consent"):
        read(written(tmp_path, gtag("update") | {"consent": call}), said)


# ---------------------------------------------------------------- Fides, Transcend, Kantara


def fides(preference: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"ppr_{preference}{more.get('method', '')}",
        "fides_user_device_id": "C1",
        "request_timestamp": "2026-05-09T12:00:00.000000+00:00",
        "privacy_notice_history_id": "pri_1",
        "preference": preference,
    } | more


PRI = {("pri_1",): (ADS,)}


@pytest.mark.parametrize(
    ("record", "act"),
    [
        (fides("opt_in", method="save"), Act.GRANT),
        (fides("opt_out", method="reject"), Act.REFUSE),
        (fides("opt_out", method="gpc"), Act.SIGNAL),
        (fides("acknowledge"), None),
        (fides("tcf"), None),
    ],
)
def test_a_fides_preference_is_an_act_or_nothing(
    tmp_path: Path, record: dict[str, Any], act: Act | None
) -> None:
    found = read(written(tmp_path, record), mapping("fides", meanings=PRI))
    assert [r[1] for r in rows(found)] == [act] * (act is not None)


def test_dismissing_a_fides_banner_is_recorded_as_no_affirmative_act(tmp_path: Path) -> None:
    found = read(
        written(tmp_path, fides("opt_in", method="dismiss")), mapping("fides", meanings=PRI)
    )
    assert found.consents is not None
    assert found.consents.words["method"] == (Method.DISMISS,)


def test_a_saved_request_of_fides_has_many_preferences(tmp_path: Path) -> None:
    saved = {
        "browser_identity": {"fides_user_device_id": "C1"},
        "saved_at": "2026-05-09T12:00:00Z",
        "method": "accept",
        "preferences": [{"privacy_notice_history_id": "pri_1", "preference": "opt_in"}],
    }
    path = written(tmp_path, saved)
    found = read(path, mapping("fides", meanings=PRI, time="saved_at"))
    assert [r[1] for r in rows(found)] == [Act.GRANT]


@pytest.mark.parametrize("record", [fides("maybe"), fides("opt_in", method="osmosis")])
def test_a_word_that_fides_does_not_know_is_refused(tmp_path: Path, record: Any) -> None:
    with pytest.raises(BannerError, match="not one of"):
        read(written(tmp_path, record), mapping("fides", meanings=PRI))


def test_transcends_export_grants_only_what_the_person_confirmed() -> None:
    found = read(VECTORS / "transcend-preferences.csv", mapping("transcend"))
    assert [r[:3] for r in rows(found)] == [
        ("C0000001", Act.GRANT, "marketing.ads"),
        ("C0000003", Act.REFUSE, "marketing.ads"),
    ]
    assert found.report.unmapped == {"Analytics": 2, "SaleOfInfo": 1, "Essential": 1}


def test_an_unsaid_confirmation_keeps_a_no_and_drops_a_yes(tmp_path: Path) -> None:
    row = {"userId": "C1", "timestamp": "2026-05-09T12:00:00Z"}
    yes = row | {"purposes": {"Advertising": True}}
    no = row | {"userId": "C2", "purposes": {"Advertising": False}}
    found = read(written(tmp_path, yes, no), mapping("transcend"))
    assert [r[:2] for r in rows(found)] == [("C2", Act.REFUSE)]


def test_a_kantara_receipt_is_consent_only_where_it_was_explicit() -> None:
    meanings = {
        ("To market services",): (ADS,),
        ("To personalize service experience",): (MEASURE,),
    }
    found = read(VECTORS / "kantara-receipt.json", mapping("kantara", meanings=meanings))
    assert rows(found) == [("C0000001", Act.GRANT, "marketing.ads", "2017-11-13T17:00:00")]
    assert found.report.unknown == 1


@pytest.mark.parametrize(
    "change", [{"version": "KI-CR-v2"}, {"piiPrincipalId": ""}, {"services": 5}]
)
def test_what_is_no_kantara_receipt_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    receipt = json.loads((VECTORS / "kantara-receipt.json").read_text("utf-8")) | change
    with pytest.raises(BannerError):
        read(written(tmp_path, receipt), mapping("kantara"))


# ---------------------------------------------------------------- the map, the file, the ids


def test_a_map_for_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="the map is for tcf"):
        read_banner(written(tmp_path, {}), format="gpp", mapping=mapping("tcf", meanings=SEVEN))


@pytest.mark.parametrize(
    ("form", "choice"),
    [
        ("tcf", "purpose 25"),
        ("tcf", "legitimate interest 7"),
        ("gpp", "usca.SaleOptOutNotice"),
        ("gpp", "usfl.AdditionalDataProcessingConsent"),
        ("gpp", "purpose 7"),
        ("gpc", "Sec-GPC"),
        ("google_consent_mode", "ads"),
    ],
)
def test_a_map_with_a_choice_that_the_format_cannot_have_is_refused(
    tmp_path: Path, form: str, choice: str
) -> None:
    with pytest.raises(FileError, match="the map names"):
        read(written(tmp_path, {}), mapping(form, meanings={(choice,): (ADS,)}))


def test_an_export_without_any_act_is_no_batch_and_says_why(tmp_path: Path) -> None:
    found = read(written(tmp_path, segment({"Other": True}, event=UPDATED)), mapping("segment"))
    assert found.consents is None
    assert found.report.told == (
        "not taken, because the map does not name it: 1 answer: 'Other'",
        "the map names what no record answers: 'Advertising'",
    )


def test_the_report_hides_choices_whose_names_may_be_data(tmp_path: Path) -> None:
    path = written(tmp_path, segment({"ada@example.com": True}, event=UPDATED))
    report = read(path, mapping("segment")).report
    assert "ada" not in repr(report)


def test_the_same_export_again_has_the_same_ids_and_contents(tmp_path: Path) -> None:
    records = [segment({"Advertising": bool(n % 2)}, event=UPDATED, day=n) for n in range(1, 6)]
    path = written(tmp_path, *records)
    first, second = (read(path, mapping("segment")).consents for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.event_ids == second.event_ids
    assert len(set(first.event_ids)) == len(first.event_ids)
    assert first.event_time.tolist() == second.event_time.tolist()


def test_a_map_that_widens_a_consent_keeps_the_id_so_that_the_ledger_refuses_it(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, segment({"Advertising": True}, event=UPDATED))
    wider = Meaning(ADS.purpose, ADS.categories | {Category("health")})
    ids = [
        read(path, mapping("segment", meanings={("Advertising",): (m,)})).consents
        for m in (ADS, wider)
    ]
    assert ids[0] is not None
    assert ids[1] is not None
    assert ids[0].event_ids == ids[1].event_ids


def test_an_act_that_is_no_good_row_is_told_at_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, segment({}), segment({"Advertising": True}, event=UPDATED))
    with pytest.raises(RowError, match="line 2, column person"):
        read(path, mapping("segment", id_kind="email"))


def test_the_string_that_proves_a_yes_goes_with_it_and_its_language(tmp_path: Path) -> None:
    record = tc_record(TC)
    batch = read(written(tmp_path, record), mapping("tcf", meanings=SEVEN)).consents
    assert batch is not None
    assert batch.evidence == {0: record["tc_string"].encode()}
    assert batch.words["language"] == ("en",)


def test_the_maps_language_is_taken_where_a_record_does_not_say(tmp_path: Path) -> None:
    path = written(tmp_path, segment({"Advertising": True}, event=UPDATED))
    batch = read(path, mapping("segment", language="pt-BR")).consents
    assert batch is not None
    assert batch.words["language"] == ("pt-BR",)
