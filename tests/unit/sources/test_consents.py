# SPDX-License-Identifier: Apache-2.0
"""Consent files: what a row must say, and what an event is made of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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
