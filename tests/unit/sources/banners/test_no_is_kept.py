# SPDX-License-Identifier: Apache-2.0
"""A no is never lost: not to an earlier no, not to a yes beside it, not without a word."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privseg.consent.banner_map import Meaning, Rows
from privseg.consent.event import Act
from privseg.sources.banners import BannerError, BannerRead, encode_tc
from privseg.sources.banners.answers import STRICTEST, strictest
from privseg.sources.banners.tcf import TcString
from privseg.sources.banners.tcf_vendors import Vendors
from tests.unit.sources.banners.test_formats import (
    ADS,
    MEASURE,
    PRI,
    SEVEN,
    UPDATED,
    UPDATED_AT,
    VECTORS,
    fides,
    gtag,
    mapping,
    read,
    rows,
    segment,
    tc_record,
    written,
)
from tests.unit.sources.banners.test_iso27560 import MAP as ISO_MAP
from tests.unit.sources.banners.test_iso27560 import record, state

GOOGLE = mapping("google_consent_mode", meanings={("ad_storage",): (ADS,)})


def on(day: int, said: str) -> dict[str, Any]:
    return gtag("update", ad_storage=said) | {"time": f"2026-02-{day:02}T00:00:00Z"}


def days(found: BannerRead) -> list[tuple[str, int]]:
    """Return the act and the day of every row."""
    return [(str(act), int(moment[8:10])) for _, act, _, moment in rows(found)]


# ---------------------------------------------------------------- a no after a no


def test_a_no_that_repeats_a_no_is_taken_at_its_own_time(tmp_path: Path) -> None:
    path = written(tmp_path, on(1, "denied"), on(20, "denied"))
    assert days(read(path, GOOGLE)) == [("refuse", 1), ("refuse", 20)]


def test_a_no_after_a_yes_that_was_not_taken_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, on(1, "denied"), on(16, "granted"), on(20, "denied"))
    found = read(path, GOOGLE)
    assert days(found) == [("refuse", 1), ("refuse", 20)]
    assert found.report.undated == 1


@given(said=st.lists(st.sampled_from(["granted", "denied"]), min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_no_of_a_file_is_taken_however_its_rows_are_split(
    tmp_path: Path, said: list[str]
) -> None:
    records = [on(day, word) for day, word in enumerate(said, start=1)]
    noes = [day for day, word in enumerate(said, start=1) if word == "denied"]
    whole = days(read(written(tmp_path, *records), GOOGLE))
    split = [d for r in records for d in days(read(written(tmp_path, r), GOOGLE))]
    assert [day for _, day in whole] == [day for _, day in split] == noes


def test_a_withdrawal_that_is_repeated_stays_a_withdrawal(tmp_path: Path) -> None:
    said = (True, False, False)
    stamps = [segment({"Advertising": yes}, day=n) for n, yes in enumerate(said, start=1)]
    path = written(tmp_path, stamps[0] | {"type": "track", "event": UPDATED}, *stamps[1:])
    assert days(read(path, mapping("segment"))) == [("grant", 1), ("withdraw", 2), ("withdraw", 3)]


def test_a_yes_that_repeats_a_yes_is_one(tmp_path: Path) -> None:
    path = written(tmp_path, tc_record(TC_YES), tc_record(TC_YES, time="2026-05-11T12:00:00Z"))
    assert days(read(path, mapping("tcf", meanings=SEVEN))) == [("grant", 4)]


def test_what_repeats_a_no_has_the_same_id_when_it_comes_again(tmp_path: Path) -> None:
    path = written(tmp_path, on(1, "denied"), on(2, "denied"))
    first, second = (read(path, GOOGLE).consents for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.event_ids == second.event_ids
    assert len({*first.event_ids}) == 2


# ---------------------------------------------------------------- twice in one record

TC_YES = TcString(
    UPDATED_AT, UPDATED_AT, policy=5, consents=frozenset({7}), vendors=Vendors.of([28]),
    segments=(1,), disclosed=Vendors.of([28]),
)  # fmt: skip
SAVED = {
    "browser_identity": {"fides_user_device_id": "C1"},
    "saved_at": "2026-05-09T12:00:00Z",
    "method": "save",
}


def notices(*words: str) -> list[dict[str, str]]:
    return [{"privacy_notice_history_id": "pri_1", "preference": word} for word in words]


@pytest.mark.parametrize(
    ("words", "act"),
    [
        (("opt_out", "opt_in"), Act.REFUSE),
        (("opt_in", "opt_out"), Act.REFUSE),
        (("acknowledge", "opt_out"), Act.REFUSE),
        (("opt_out", "acknowledge"), Act.REFUSE),
        (("acknowledge", "opt_in"), None),
        (("opt_in", "acknowledge"), None),
        (("opt_in", "opt_in"), Act.GRANT),
    ],
)
def test_of_two_answers_to_one_notice_of_fides_the_stricter_stands(
    tmp_path: Path, words: tuple[str, str], act: Act | None
) -> None:
    path = written(tmp_path, SAVED | {"preferences": notices(*words)})
    found = read(path, mapping("fides", meanings=PRI, time="saved_at"))
    assert [r[1] for r in rows(found)] == [act] * (act is not None)


def test_a_preference_of_fides_beside_a_list_of_them_is_read_too(tmp_path: Path) -> None:
    both = SAVED | notices("opt_out")[0] | {"preferences": notices("opt_in")}
    found = read(written(tmp_path, both), mapping("fides", meanings=PRI, time="saved_at"))
    assert [r[1] for r in rows(found)] == [Act.REFUSE]


def test_a_category_of_both_segment_and_rudderstack_takes_the_stricter(tmp_path: Path) -> None:
    for preferred, denied in ((True, "Advertising"), (False, "Other")):
        context = {
            "consent": {"categoryPreferences": {"Advertising": preferred}},
            "consentManagement": {
                "allowedConsentIds": ["Advertising"], "deniedConsentIds": [denied]
            },
        }  # fmt: skip
        path = written(tmp_path, segment(None, context=context))
        found = read(path, mapping("segment", rows=Rows.ACTS))
        assert [r[1] for r in rows(found)] == [Act.REFUSE]


@pytest.mark.parametrize("first", ["EXPLICIT", "IMPLICIT"])
def test_a_purpose_of_kantara_is_given_only_if_every_service_asked_explicitly(
    tmp_path: Path, first: str
) -> None:
    receipt = json.loads((VECTORS / "kantara-receipt.json").read_text("utf-8"))
    kinds = (first, "IMPLICIT" if first == "EXPLICIT" else "EXPLICIT")
    receipt["services"] = [
        {"purposes": [{"purpose": "Advertising", "consentType": kind}]} for kind in kinds
    ]
    assert rows(read(written(tmp_path, receipt), mapping("kantara"))) == []


def test_two_states_of_one_moment_are_both_taken(tmp_path: Path) -> None:
    both = record(state("dpv:ConsentWithdrawn"), state("dpv:ConsentGiven"))
    assert {r[1] for r in rows(read(written(tmp_path, both), ISO_MAP))} == {
        Act.GRANT, Act.WITHDRAW
    }  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_rows_of_one_moment_are_both_taken(tmp_path: Path, order: tuple[int, int]) -> None:
    two = [fides("opt_in", method="save"), fides("opt_out", method="save")]
    found = read(written(tmp_path, *(two[n] for n in order)), mapping("fides", meanings=PRI))
    acts = [r[1] for r in rows(found)]
    assert Act.GRANT in acts
    assert {Act.REFUSE, Act.WITHDRAW} & {*acts}


# ---------------------------------------------------------------- a no that would vanish

NO = state("dpv:ConsentWithdrawn")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"dpv:hasPurpose": None}, "an answer without a purpose"),
        ({"dpv:hasPurpose": []}, "an answer without a purpose"),
        ({"dpv:hasDataSubject": ["C1", "C2"]}, "several people"),
        ({"dpv:hasDataSubject": [{"@id": "C1"}, {"@id": "C2"}]}, "several people"),
        ({"dpv:hasDataSubject": "dpv:Customer"}, "nothing says whom"),
        ({"dpv:hasProcess": {"dpv:hasDataSubject": "C2"}}, "several people"),
        ({"dpv:hasProcess": {"dpv:hasProcess": {"dpv:hasConsentStatus": NO}}}, "neither in"),
        ({"dpv:hasNotice": {"dpv:hasConsentStatus": NO}}, "neither in"),
        ({"dpv:hasProcess": {"dpv:hasConsentStatus": NO}}, "an answer without a purpose"),
        ({"@type": "dpv:ConsentReceipt"}, "without a state"),
        (
            {"@type": "dpv:ConsentReceipt", "dpv:hasRecordOfActivity": record(NO)},
            "neither in a record",
        ),
    ],
)
def test_a_consent_record_that_would_lose_a_no_is_refused(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    with pytest.raises(BannerError, match=why) as refusal:
        read(written(tmp_path, record(NO) | change), ISO_MAP)
    assert "C2" not in str(refusal.value)


def test_a_consent_record_without_any_state_is_refused(tmp_path: Path) -> None:
    bare = {k: v for k, v in record().items() if k != "dpv:hasConsentStatus"}
    with pytest.raises(BannerError, match="without a state"):
        read(written(tmp_path, bare), ISO_MAP)


def test_a_kind_of_person_beside_a_person_is_not_a_second_one(tmp_path: Path) -> None:
    about = record(NO, **{"dpv:hasDataSubject": ["C1", "dpv:Customer"]})
    assert [r[:2] for r in rows(read(written(tmp_path, about), ISO_MAP))] == [("C1", Act.WITHDRAW)]


def test_a_no_of_fides_about_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BannerError, match="what the preference is about"):
        read(
            written(tmp_path, fides("opt_out", privacy_notice_history_id=None)),
            mapping("fides", meanings=PRI),
        )


def test_the_lists_of_fides_for_tcf_are_read_or_their_noes_counted(tmp_path: Path) -> None:
    no = {"id": 3, "preference": "opt_out"}
    saved = SAVED | {
        "purpose_consent_preferences": [no],
        "special_feature_preferences": [no | {"id": 1}],
        "vendor_consent_preferences": [no, no | {"preference": "opt_in"}],
    }
    meanings = {("purpose 3",): (ADS,), ("special feature 1",): (MEASURE,)}
    found = read(written(tmp_path, saved), mapping("fides", meanings=meanings, time="saved_at"))
    assert [r[1:3] for r in rows(found)] == [
        (Act.REFUSE, "marketing.ads"), (Act.REFUSE, "analytics")
    ]  # fmt: skip
    assert found.report.unread == {"vendor_consent": 1}


def test_a_no_of_fides_is_one_to_everything_that_its_row_names(tmp_path: Path) -> None:
    row = fides("opt_out", purpose_consent=3)
    found = read(written(tmp_path, row), mapping("fides", meanings=PRI))
    assert [r[1] for r in rows(found)] == [Act.REFUSE]
    yes = fides("opt_in", purpose_consent=3)
    assert rows(read(written(tmp_path, yes), mapping("fides", meanings=PRI))) == []


def test_an_events_no_of_nobody_is_counted(tmp_path: Path) -> None:
    path = written(tmp_path, segment({"Advertising": False}, userId=None))
    report = read(path, mapping("segment")).report
    assert report.nobodys == 1
    assert report.told[0] == "not taken, because nothing says whose: 1 record with a no"


def test_a_section_of_gpp_that_is_not_read_is_told(tmp_path: Path) -> None:
    one = {"person": "C1", "time": "2026-05-09T12:00:00Z", "gpp_string": "DBABjw~anything~1YYN"}
    said = mapping("gpp", meanings={("uspv1.OptOutSale",): (Meaning(ADS.purpose, ADS.categories),)})
    found = read(written(tmp_path, one), said)
    assert [r[1] for r in rows(found)] == [Act.OPT_OUT]
    told = "not read, though a no may stand there: 1 part of records: 'section 5'"
    assert told in found.report.told


def test_the_strings_in_a_transcend_export_are_told() -> None:
    assert read(VECTORS / "transcend-preferences.csv", mapping("transcend")).report.unread == {
        "usp": 1, "gpp": 1
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Sec-GPC", "sec-gpc", "SEC-GPC"])
def test_the_signals_header_counts_in_any_case(tmp_path: Path, name: str) -> None:
    one = {"person": "C1", "time": "2026-05-09T12:00:00Z", name: "1"}
    said = mapping("gpc", meanings={("gpc",): (Meaning(None, act=Act.SIGNAL),)})
    assert [r[1] for r in rows(read(written(tmp_path, one), said))] == [Act.SIGNAL]


def test_a_vendors_restriction_to_other_grounds_hides_no_no(tmp_path: Path) -> None:
    no = TcString(UPDATED_AT, UPDATED_AT, policy=5, segments=(1,), disclosed=Vendors.of([28]))
    path = written(tmp_path, {"person": "C1", "time": "2026-05-09T12:00:00Z",
                              "tc_string": encode_tc(no)})  # fmt: skip
    found = read(path, mapping("tcf", meanings=SEVEN, vendor=28))
    assert [r[1] for r in rows(found)] == [Act.REFUSE]


def test_the_noes_that_the_map_does_not_name_are_counted_as_such(tmp_path: Path) -> None:
    path = written(tmp_path, segment({"A": False, "B": True, "Advertising": False}))
    told = read(path, mapping("segment")).report.told
    assert told == (
        "not taken, because the map does not name it: 2 answers, 1 of them a no: 'A', 'B'",
    )


def test_a_choice_of_the_map_that_no_record_answers_is_told(tmp_path: Path) -> None:
    said = mapping("segment", meanings={("Advertising",): (ADS,), ("Advertisng",): (MEASURE,)})
    report = read(written(tmp_path, segment({"Advertising": False})), said).report
    assert report.unanswered == ("Advertisng",)
    assert report.told == ("the map names what no record answers: 'Advertisng'",)


def test_what_was_not_taken_is_counted_by_why(tmp_path: Path) -> None:
    records = [on(day, "granted") for day in (1, 2)]
    report = read(written(tmp_path, *records), GOOGLE).report
    assert report.not_taken == {
        "unknown": 12, "undated": 2, "unbounded": 0, "unread": 0, "of_nobody": 0,
        "never_answered": 0,
    }  # fmt: skip
    assert all("C1" not in sentence for sentence in report.told)


def test_names_that_may_be_data_are_counted_as_one(tmp_path: Path) -> None:
    said = {"ada@example.com": True, "eve@example.com": False, "Other": True}
    report = read(written(tmp_path, segment(said)), mapping("segment")).report
    assert report.printable == {"Other": 1, "(names that may be data)": 2}


def test_the_order_of_strictness_is_the_same_whichever_comes_first() -> None:
    for stricter, weaker in pairwise(STRICTEST):
        assert strictest((weaker, stricter)) is strictest((stricter, weaker)) is stricter
