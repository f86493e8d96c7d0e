# SPDX-License-Identifier: Apache-2.0
"""A banner that exists feeds the ledger with one command; a hostile file changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privseg.engine import Workspace
from privseg.engine.consent.importing import NoMeaningError, UnknownFormatError
from privseg.errors import PrivsegError
from privseg.sources.banners import BannerError
from tests.engine.test_consent_acts import GRANTED, NEVER, grant, may_use
from tests.twins.club import number

MAP = """privseg: banner-map/1
format: segment
rows: acts
method: form
notice: terms@1
purposes:
  Advertising:
    - {purpose: marketing, categories: [location, interests, purchases]}
"""


def segment_line(who: str, choice: object, *, message: str = "m-1") -> str:
    return json.dumps(
        {
            "type": "track",
            "event": "Segment Consent Preference Updated",
            "userId": who,
            "messageId": message,
            "timestamp": "2026-03-01T10:00:00Z",
            "context": {"consent": {"categoryPreferences": {"Advertising": choice, "Other": True}}},
        }
    )


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text(MAP, "utf-8")
    return path


def banner(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "segment.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_a_yes_and_a_no_of_a_banner_count_and_what_the_map_does_not_name_is_told(
    small: Workspace, tmp_path: Path, mapping: Path
) -> None:
    file = banner(
        tmp_path,
        segment_line(NEVER, choice=True, message="m-1"),
        segment_line(GRANTED, choice=False, message="m-2"),
    )
    done = small.import_consents(file, form="segment", mapping=mapping)
    assert (done.recorded, done.unchanged) == (2, 0)
    assert done.unmapped
    assert may_use(small, NEVER)
    assert not may_use(small, GRANTED)


def test_the_map_alone_says_which_tool_the_file_is_from(
    small: Workspace, tmp_path: Path, mapping: Path
) -> None:
    small.import_consents(banner(tmp_path, segment_line(NEVER, choice=True)), mapping=mapping)
    assert may_use(small, NEVER)


def test_the_same_file_again_changes_nothing(
    small: Workspace, tmp_path: Path, mapping: Path
) -> None:
    file = banner(tmp_path, segment_line(NEVER, choice=True))
    small.import_consents(file, form="segment", mapping=mapping)
    before = small._house.ledger.position()
    again = small.import_consents(file, form="segment", mapping=mapping)
    assert (again.recorded, again.unchanged) == (0, 1)
    assert small._house.ledger.position() == before


def test_a_dry_run_records_nothing(small: Workspace, tmp_path: Path, mapping: Path) -> None:
    file = banner(tmp_path, segment_line(NEVER, choice=True))
    before = small._house.ledger.position(), small._house.log.size
    done = small.import_consents(file, form="segment", mapping=mapping, dry_run=True)
    assert done.recorded == 1
    assert (small._house.ledger.position(), small._house.log.size) == before
    assert not may_use(small, NEVER)


HOSTILE = {
    "cut short": segment_line(NEVER, choice=True)[:-20],
    "a key twice": '{"type": "track", "type": "track", "userId": "M0009"}',
    "a choice that is no answer": segment_line(NEVER, choice="perhaps"),
    "a number for an answer": segment_line(NEVER, choice=1),
    "deep": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "no time": json.dumps({"type": "track", "userId": "M0009", "messageId": "x",
                           "event": "Segment Consent Preference Updated",
                           "context": {"consent": {"categoryPreferences": {"Advertising": True}}}}),
    "a lone surrogate": segment_line(NEVER, choice=True).replace("m-1", "\\ud800"),
    "not JSON": "<html>",
    "NaN": '{"type": "track", "userId": NaN}',
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=str)
def test_a_hostile_file_changes_nothing(
    small: Workspace, tmp_path: Path, mapping: Path, hostile: str
) -> None:
    file = banner(tmp_path, segment_line(GRANTED, choice=False, message="m-9"), HOSTILE[hostile])
    before = small._house.ledger.position(), small._house.log.size
    said, done = "", None
    try:
        done = small.import_consents(file, form="segment", mapping=mapping)
    except PrivsegError as refused:
        said = str(refused)
    assert "M0009" not in said
    assert not may_use(small, NEVER)
    if done is None:
        assert (small._house.ledger.position(), small._house.log.size - 1) == before  # the look
    else:
        assert done.recorded <= 1  # the sound line alone; the odd one said nothing


@pytest.mark.parametrize("form", ["segment", "gpp", "no-such-tool"])
def test_a_tools_file_without_its_meaning_is_refused(
    small: Workspace, tmp_path: Path, form: str
) -> None:
    before = small._house.ledger.position()
    with pytest.raises((NoMeaningError, PrivsegError)):
        small.import_consents(banner(tmp_path, segment_line(NEVER, choice=True)), form=form)
    assert small._house.ledger.position() == before


def test_nobody_is_told_by_an_import_who_was_erased(
    small: Workspace, tmp_path: Path, mapping: Path
) -> None:
    file = banner(tmp_path, segment_line("M-UNKNOWN", choice=True))
    done = small.import_consents(file, form="segment", mapping=mapping)
    assert done.rows == 1
    assert small.consent_of(number("M-UNKNOWN")).known


GOOGLE = MAP.replace("segment", "google_consent_mode").replace("Advertising", "ad_storage")
STATES = GOOGLE.replace("rows: acts", "rows: states")


def google_row(day: int, said: str) -> str:
    return json.dumps(
        {
            "person": GRANTED,
            "time": f"2026-02-{day:02}T00:00:00Z",
            "consent": ["consent", "update", {"ad_storage": said}],
        }
    )


@pytest.mark.parametrize("between", [(), ("granted",)])
def test_a_banners_later_no_ends_what_was_given_elsewhere_after_its_first(
    small: Workspace, tmp_path: Path, mapping: Path, between: tuple[str, ...]
) -> None:
    grant(small, GRANTED, event_time=datetime(2026, 2, 15, tzinfo=UTC))
    mapping.write_text(STATES, "utf-8")
    small.import_consents(banner(tmp_path, google_row(1, "denied")), mapping=mapping)
    assert may_use(small, GRANTED)
    whole = [google_row(1, "denied"), *(google_row(16, w) for w in between)]
    done = small.import_consents(
        banner(tmp_path, *whole, google_row(20, "denied")), mapping=mapping
    )
    assert (done.recorded, done.unchanged) == (1, 1)
    assert done.not_taken["undated"] == len(between)
    assert not may_use(small, GRANTED)


@pytest.mark.parametrize("order", [("granted", "denied"), ("denied", "granted")])
def test_a_yes_and_a_no_of_one_moment_are_a_no(
    small: Workspace, tmp_path: Path, mapping: Path, order: tuple[str, str]
) -> None:
    mapping.write_text(GOOGLE, "utf-8")
    small.import_consents(
        banner(tmp_path, *(google_row(20, word) for word in order)), mapping=mapping
    )
    assert not may_use(small, GRANTED)


def test_one_no_twice_at_one_moment_is_recorded_once(
    small: Workspace, tmp_path: Path, mapping: Path
) -> None:
    mapping.write_text(STATES, "utf-8")
    file = banner(tmp_path, google_row(20, "denied"), google_row(20, "denied"))
    assert small.import_consents(file, mapping=mapping).recorded == 1


ISO = """privseg: banner-map/1
format: iso27560
notice: terms@1
method: form
purposes:
  letters:
    - {purpose: marketing, categories: [location, interests, purchases]}
"""


@pytest.mark.parametrize(
    "change",
    [{"dpv:hasPurpose": None}, {"dpv:hasDataSubject": [GRANTED, NEVER]}],
    ids=["no purpose", "two people"],
)
def test_a_withdrawal_that_would_be_lost_refuses_the_file_and_changes_nothing(
    small: Workspace, tmp_path: Path, mapping: Path, change: dict[str, object]
) -> None:
    mapping.write_text(ISO, "utf-8")
    record = {
        "@type": "dpv:ConsentRecord",
        "dpv:hasDataSubject": GRANTED,
        "dpv:hasPurpose": "letters",
        "dpv:hasConsentStatus": {
            "@type": "dpv:ConsentWithdrawn",
            "dpv:isIndicatedAtTime": "2026-02-20T00:00:00Z",
            "dpv:isIndicatedBy": "dpv:DataSubject",
        },
    }
    before = small._house.ledger.position(), small._house.log.size
    with pytest.raises(BannerError) as refusal:
        small.import_consents(banner(tmp_path, json.dumps(record | change)), mapping=mapping)
    assert GRANTED not in str(refusal.value)
    assert (small._house.ledger.position(), small._house.log.size) == before
    small.import_consents(banner(tmp_path, json.dumps(record)), mapping=mapping)
    assert not may_use(small, GRANTED)


def test_an_import_says_what_it_did_not_take_and_why(
    small: Workspace, tmp_path: Path, mapping: Path
) -> None:
    mapping.write_text(STATES, "utf-8")
    done = small.import_consents(banner(tmp_path, google_row(1, "granted")), mapping=mapping)
    assert (done.rows, done.recorded) == (0, 0)
    assert done.not_taken == {
        "unknown": 6, "undated": 1, "unbounded": 0, "unread": 0, "of_nobody": 0,
        "never_answered": 0,
    }  # fmt: skip
    assert any("rows: acts" in sentence for sentence in done.told)
    assert GRANTED not in repr(done)


def test_a_format_that_is_none_is_refused_with_those_there_are(
    small: Workspace, tmp_path: Path, mapping: Path
) -> None:
    file = banner(tmp_path, segment_line(NEVER, choice=True))
    for said in (None, mapping):
        with pytest.raises(UnknownFormatError, match="tcf, gpp, gpc, google_consent_mode"):
            small.import_consents(file, form="no-such-tool", mapping=said)
