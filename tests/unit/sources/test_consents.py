# SPDX-License-Identifier: Apache-2.0
"""Consent files: what a row must say, and what an event is made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from privseg.consent.event import Act, Authority, Event, Method
from privseg.policy.rules import Notice
from privseg.sources import (
    ConsentBatch,
    ConsentMapping,
    Fault,
    FileError,
    RowError,
    consents_from_dataframe,
    read_consents,
)
from privseg.sources.consent_batch import text_shown
from privseg.terms import Controller, Ordinal, Purpose

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEADER = (
    "event_id,customer_id,act,purpose,categories,explicit,event_time,notice,method,authority,"
    "jurisdiction,expires_at,value"
)
GRANT = "K1,C1,grant,marketing.email,purchases|location,yes,2026-01-02T03:04:05Z,news@2,form,,DE,2027-01-02,"  # noqa: E501
NOTICE = Notice("news", "2", "ab" * 32, frozenset({Purpose("marketing.email")}))


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "consents.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def event(batch: ConsentBatch, row: int = 0) -> Event:
    return batch.event(
        row,
        subject=Ordinal(5),
        controller=Controller("shop"),
        event_key=b"key",
        record_time=NOW,
        notices={"news": NOTICE},
    )


def test_a_row_becomes_an_event_with_what_its_notice_listed(tmp_path: Path) -> None:
    batch = read_consents(written(tmp_path, GRANT))
    assert (batch.rows, batch.people, batch.event_ids) == (1, ("C1",), ("K1",))
    assert event(batch) == Event(
        position=0,
        event_key=b"key",
        content_key=b"",
        subject=Ordinal(5),
        controller=Controller("shop"),
        act=Act.GRANT,
        event_time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        record_time=NOW,
        purpose=Purpose("marketing.email"),
        categories=frozenset({"purchases", "location"}),  # type: ignore[arg-type]
        explicit=True,
        notice="news@2",
        notice_sha256="ab" * 32,
        notice_purposes=frozenset({Purpose("marketing.email")}),
        method=Method.FORM,
        authority=Authority.SUBJECT,
        jurisdiction="DE",  # type: ignore[arg-type]
        expires_at=datetime(2027, 1, 2, tzinfo=UTC),
    )


def test_what_a_row_does_not_say_stays_unsaid(tmp_path: Path) -> None:
    path = written(tmp_path, "K1,C1,withdraw,2026-01-02", header="event_id,person,act,event_time")
    found = event(read_consents(path))
    assert found.purpose is None
    assert found.categories == frozenset()
    assert found.explicit is False
    assert found.notice is found.expires_at is found.value is found.jurisdiction is None


def test_a_notice_that_the_policy_does_not_know_listed_nothing(tmp_path: Path) -> None:
    found = event(read_consents(written(tmp_path, GRANT.replace("news@2", "news@3"))))
    assert (found.notice, found.notice_purposes, found.notice_sha256) == (
        "news@3",
        frozenset(),
        None,
    )


BAD = {
    "an unknown act": (GRANT.replace("grant", "agree"), "act", Fault.NOT_ACT),
    "no act": (GRANT.replace("grant", ""), "act", Fault.NO_ACT),
    "nobody": (GRANT.replace("C1", ""), "customer_id", Fault.NO_PERSON),
    "no id": (GRANT.replace("K1", ""), "event_id", Fault.NO_EVENT_ID),
    "no time": (GRANT.replace("2026-01-02T03:04:05Z", ""), "event_time", Fault.NO_TIME),
    "no moment": (GRANT.replace("2026-01-02T03:04:05Z", "soon"), "event_time", Fault.NOT_TIME),
    "a grant of no purpose": (GRANT.replace("marketing.email", ""), "purpose", Fault.NO_PURPOSE),
    "a grant of nothing": (
        GRANT.replace("purchases|location", ""),
        "categories",
        Fault.NO_CATEGORIES,
    ),
    "a grant by no method": (GRANT.replace("form", ""), "method", Fault.NO_METHOD),
    "an unknown method": (GRANT.replace("form", "telepathy"), "method", Fault.NOT_METHOD),
    "a purpose of two words": (
        GRANT.replace("marketing.email", "my mails"),
        "purpose",
        Fault.NOT_PURPOSE,
    ),
    "an empty category": (
        GRANT.replace("purchases|", "purchases||"),
        "categories",
        Fault.NOT_CATEGORY,
    ),
    "a notice without a version": (GRANT.replace("news@2", "news"), "notice", Fault.NOT_NOTICE),
    "a country in words": (GRANT.replace("DE", "Germany"), "jurisdiction", Fault.NOT_JURISDICTION),
    "an unknown authority": (GRANT.replace(",,DE", ",boss,DE"), "authority", Fault.NOT_AUTHORITY),
    "an expiry that is none": (GRANT.replace("2027-01-02", "never"), "expires_at", Fault.NOT_TIME),
    "a maybe": (GRANT.replace("yes", "maybe"), "explicit", Fault.NOT_BOOLEAN),
    "an age in years": ("K1,C1,attest_age,,,,2026-01-02,,,,,,38", "value", Fault.NOT_DATE),
    "an age that is none": ("K1,C1,attest_age,,,,2026-01-02,,,,,,", "value", Fault.NO_VALUE),
    "a place in words": (
        "K1,C1,attest_jurisdiction,,,,2026-01-02,,,,,,Germany",
        "value",
        Fault.NOT_JURISDICTION,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_row_that_says_too_little_or_something_unknown_is_named(
    tmp_path: Path, case: str
) -> None:
    row, column, fault = BAD[case]
    with pytest.raises(RowError) as refusal:
        read_consents(written(tmp_path, GRANT.replace("K1", "K0"), row))
    assert [(p.line, p.column, p.fault) for p in refusal.value.problems] == [(3, column, fault)]


def test_silence_is_recorded_as_silence_and_not_made_an_act(tmp_path: Path) -> None:
    found = event(read_consents(written(tmp_path, GRANT.replace("form", "silence"))))
    assert found.method is Method.SILENCE
    assert not found.method.is_affirmative


def test_an_event_sent_twice_stays_two_rows_for_the_ledger_to_judge(tmp_path: Path) -> None:
    batch = read_consents(written(tmp_path, GRANT, GRANT.replace("2027-01-02", "2028-01-02")))
    assert batch.event_ids == ("K1", "K1")


def test_an_expiry_before_1970_is_an_expiry_and_not_never(tmp_path: Path) -> None:
    found = event(
        read_consents(written(tmp_path, GRANT.replace("2027-01-02", "1969-12-31T23:59:59.999999Z")))
    )
    assert found.expires_at == datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def test_other_names_and_constants_come_from_the_mapping(tmp_path: Path) -> None:
    path = written(tmp_path, "1,a@example.com,grant,2026-07-01 12:00", header="nr,mail,what,when")
    mapping = ConsentMapping(
        person="mail",
        columns={"event_id": "nr", "act": "what", "event_time": "when"},
        constants={"purpose": "marketing", "categories": "purchases", "method": "signed_paper"},
        time_zone="Europe/Berlin",
    )
    batch = read_consents(path, mapping, id_kind="email")
    found = event(batch)
    assert batch.people == ("a@example.com",)
    assert (found.method, found.purpose) == (Method.SIGNED_PAPER, "marketing")
    assert found.event_time == datetime(2026, 7, 1, 10, tzinfo=UTC)


def test_the_three_formats_give_the_same_events(tmp_path: Path) -> None:
    row = dict(zip(HEADER.split(","), GRANT.split(","), strict=True))
    row = {k: v or None for k, v in row.items()}  # type: ignore[misc]
    frame = pd.DataFrame([row])
    frame.to_parquet(tmp_path / "c.parquet")
    listed = row | {"categories": ["location", "purchases"], "explicit": True}
    (tmp_path / "c.jsonl").write_text(json.dumps(listed))
    expected = event(read_consents(written(tmp_path, GRANT)))
    assert event(read_consents(tmp_path / "c.parquet")) == expected
    assert event(read_consents(tmp_path / "c.jsonl")) == expected
    assert event(consents_from_dataframe(frame)) == expected


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("event_id,act,event_time", "0 columns could be the person's"),
        ("event_id,act,event_time,customer_id,email", "2 columns could be the person's"),
        ("event_id,act,customer_id", "lacks 'event_time'"),
        ("event_id,act,event_time,person,email", "does not know 'email'"),
    ],
)
def test_a_file_with_other_columns_is_refused(tmp_path: Path, header: str, why: str) -> None:
    row = ",".join("x" for _ in header.split(","))
    with pytest.raises(FileError, match=why):
        read_consents(written(tmp_path, row, header=header))


def test_good_rows_are_taken_under_quarantine(tmp_path: Path) -> None:
    path = written(tmp_path, GRANT, GRANT.replace("grant", "agree"))
    batch = read_consents(path, quarantine=True)
    assert (batch.rows, batch.rejects.rows, batch.rejects.lines) == (1, 1, (3,))


def test_a_batch_of_consents_shows_no_data(tmp_path: Path) -> None:
    assert "C1" not in repr(read_consents(written(tmp_path, GRANT)))


# --- what ends a grant, what proves an act, whose other profile it is


MORE = "event_id,person,act,event_time,purpose,categories,method"
SAID = "K1,C1,grant,2026-01-02T03:04:05Z,marketing,purchases,form"


def test_an_expiry_after_some_days_counts_from_the_act(tmp_path: Path) -> None:
    """So a retry, or the same file again later, never extends it."""
    path = written(tmp_path, f"{SAID},730d", header=f"{MORE},expires_after")
    assert event(read_consents(path)).expires_at == datetime(2028, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_grant_may_end_by_what_happens_by_uses_and_by_silence(tmp_path: Path) -> None:
    header = f"{MORE},until,uses,idle_days,language"
    found = event(read_consents(written(tmp_path, f"{SAID},contract.ended,3,90,de", header=header)))
    assert (found.until, found.uses, found.idle_days) == ("contract.ended", 3, 90)
    assert found.language == "de"


def test_numbers_of_a_typed_format_are_numbers() -> None:
    frame = pd.DataFrame([dict(zip(MORE.split(","), SAID.split(","), strict=True))] * 2)
    frame = frame.assign(event_id=["K1", "K2"], uses=[3, None], idle_days=90)
    batch = consents_from_dataframe(frame)
    assert [(event(batch, row).uses, event(batch, row).idle_days) for row in (0, 1)] == [
        (3, 90),
        (None, 90),
    ]


def test_evidence_is_kept_apart_and_its_hash_is_in_the_event(tmp_path: Path) -> None:
    path = written(tmp_path, f"{SAID},form 17 of C1", SAID.replace("K1", "K2") + ",",
                   header=f"{MORE},evidence")  # fmt: skip
    batch = read_consents(path)
    assert batch.evidence == {0: b"form 17 of C1"}
    assert event(batch).evidence_sha256 == sha256(b"form 17 of C1").hexdigest()
    assert event(batch, 1).evidence_sha256 is None
    assert "form 17" not in repr(batch)


def test_a_merge_names_the_other_profile_by_its_own_kind(tmp_path: Path) -> None:
    path = written(
        tmp_path, "K1,C1,merge,2026-01-02,D7", header="event_id,person,act,event_time,target"
    )
    batch = read_consents(path, ConsentMapping(target_kind="device"))
    assert (batch.target_kind, batch.words["target"]) == ("device", ("D7",))
    assert read_consents(path).target_kind == "customer_number"


TEXTS = {"en": "11" * 32, "de": "22" * 32}


@pytest.mark.parametrize(
    ("texts", "language", "shown"),
    [
        (TEXTS, "de", TEXTS["de"]),
        (TEXTS, None, None),  # which of the two cannot be told
        (TEXTS, "fr", None),
        ({"en": "11" * 32}, None, "11" * 32),
        ({}, "de", NOTICE.sha256),
    ],
)
def test_the_text_shown_is_that_of_the_language_else_the_only_one(
    texts: dict[str, str], language: str | None, shown: str | None
) -> None:
    assert text_shown(replace(NOTICE, texts=texts), language) == shown


def test_a_text_that_the_row_names_counts(tmp_path: Path) -> None:
    path = written(tmp_path, f"{SAID},news@2,{'cd' * 32}", header=f"{MORE},notice,notice_sha256")
    assert event(read_consents(path)).notice_sha256 == "cd" * 32


def test_words_of_a_tool_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    path = written(tmp_path, SAID.replace("grant", "yes").replace("purchases", "Shop|Place"),
                   header=MORE)  # fmt: skip
    words = {"act": {"yes": "grant"}, "categories": {"Shop": "purchases", "Place": "location"}}
    found = event(read_consents(path, ConsentMapping(words=words)))
    assert (found.act, found.categories) == (Act.GRANT, {"purchases", "location"})


def test_a_word_that_the_mapping_does_not_know_is_judged_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, SAID.replace("grant", "maybe"), header=MORE)
    with pytest.raises(RowError) as refusal:
        read_consents(path, ConsentMapping(words={"act": {"yes": "grant"}}))
    assert refusal.value.problems[0].fault is Fault.NOT_ACT


ENDS = {
    "expires_after": ("2y", Fault.NOT_DURATION),
    "uses": ("0", Fault.NOT_COUNT),
    "idle_days": ("-1", Fault.NOT_COUNT),
    "until": ("the end of it", Fault.NOT_HAPPENING),
    "language": ("German", Fault.NOT_LANGUAGE),
    "notice_sha256": ("AB" * 32, Fault.NOT_SHA256),
    "target": ("C2", Fault.NO_TARGET),
}


@pytest.mark.parametrize("column", ENDS)
def test_a_cell_of_another_form_is_named(tmp_path: Path, column: str) -> None:
    cell, fault = ENDS[column]
    with pytest.raises(RowError) as refusal:
        read_consents(written(tmp_path, f"{SAID},{cell}", header=f"{MORE},{column}"))
    assert [(p.column, p.fault) for p in refusal.value.problems] == [(column, fault)]


@pytest.mark.parametrize(
    ("row", "header", "fault"),
    [
        (f"{SAID},2027-01-01,730d", f"{MORE},expires_at,expires_after", Fault.TWO_ENDS),
        ("K1,C1,merge,2026-01-02", "event_id,person,act,event_time", Fault.NO_TARGET),
        ("K1,C1,resolve,2026-01-02", "event_id,person,act,event_time", Fault.NOT_BY_FILE),
        ("K1,C1,happened,2026-01-02", "event_id,person,act,event_time", Fault.NO_VALUE),
    ],
)
def test_a_row_that_does_not_fit_together_is_named(
    tmp_path: Path, row: str, header: str, fault: Fault
) -> None:
    with pytest.raises(RowError) as refusal:
        read_consents(written(tmp_path, row, header=header))
    assert [p.fault for p in refusal.value.problems] == [fault]
