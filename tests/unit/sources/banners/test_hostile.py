# SPDX-License-Identifier: Apache-2.0
"""Hostile exports change nothing: they are refused, by us, without a word of theirs."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privseg.consent.banner_map import BannerFormat, BannerMap, Meaning, Rows
from privseg.consent.event import Method
from privseg.errors import InputError
from privseg.sources import FileError
from privseg.sources.banners import BannerError, BannerRead, read_banner
from privseg.sources.banners.names import is_choice
from privseg.terms import Category, Purpose

VECTORS = Path("tests/vectors/banners")
TC = "CQjrs8AQjrs8AAfAHCDEC-FgAIIAAAAAAAYgF5wAQF5gAAAA.IF5wAgAOALzA"
NAMES = {
    BannerFormat.TCF: "purpose 7",
    BannerFormat.GPP: "usca.SaleOptOut",
    BannerFormat.GPC: "gpc",
    BannerFormat.GOOGLE_CONSENT_MODE: "ad_storage",
}
GOOD = (
    '{"type":"track","event":"Segment Consent Preference Updated","messageId":"m1","userId":"C1",'
    '"timestamp":"2026-01-01T10:00:00Z","context":{"consent":{"categoryPreferences":'
    '{"Advertising":true}}}}'
)


def banner_map(form: BannerFormat) -> BannerMap:
    meaning = Meaning(Purpose("marketing.ads"), frozenset({Category("browsing")}))
    return BannerMap(
        form,
        {(NAMES.get(form, "Advertising"),): (meaning,)},
        notice="marketing@3",
        method=Method.FORM,
        rows=Rows.ACTS,
    )


def read(path: Path, form: BannerFormat = BannerFormat.SEGMENT) -> BannerRead:
    return read_banner(path, format=form, mapping=banner_map(form))


LINES = {
    "no JSON": "{",
    "a list": "[1]",
    "a number": "7",
    "a key twice": GOOD[:-1] + ',"userId":"C2"}',
    "a key twice, deep inside": GOOD.replace("true}", 'true,"Advertising":false}'),
    "not a number": GOOD[:-1] + ',"x":NaN}',
    "infinity": GOOD[:-1] + ',"x":-Infinity}',
    "a huge number": GOOD[:-1] + ',"x":' + "9" * 5_000 + "}",
    "a NUL": GOOD.replace("C1", "C\\u0000"),
    "half a character": GOOD.replace("C1", "\\ud800"),
    "half a character as a key": GOOD.replace("userId", "\\udfff"),
    "a text beyond any cell": GOOD.replace("C1", "C" * 200_000),
    "deep lists": GOOD[:-1] + ',"x":' + "[" * 60 + "]" * 60 + "}",
    "bottomless lists": "[" * 100_000,
    "bottomless objects": '{"a":' * 100_000,
    "too many values": GOOD[:-1] + ',"x":[' + ",".join(["0"] * 60_000) + "]}",
    "a wrong type": GOOD.replace("true", '{"yes":true}'),
    "an impossible day": GOOD.replace("2026-01-01", "2026-02-30"),
    "a year out of bounds": GOOD.replace("2026", "0001"),
    "a local time": GOOD.replace("10:00:00Z", "10:00:00"),
}


@pytest.mark.parametrize("case", LINES)
def test_one_hostile_line_refuses_the_whole_file(tmp_path: Path, case: str) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(f"{GOOD}\n{LINES[case]}\n{GOOD}\n")
    with pytest.raises(BannerError, match="line 2: ") as refusal:
        read(path)
    assert refusal.value.total == 1
    assert "C1" not in str(refusal.value)


def test_bytes_that_are_no_text_refuse_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(GOOD.encode() + b"\n\xff\xfe\n")
    with pytest.raises(BannerError, match="line 2: not valid Unicode"):
        read(path)


def test_a_line_longer_than_any_record_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b'{"x":"' + b"a" * (5 << 20) + b'"}\n')
    with pytest.raises(FileError, match="a line is longer"):
        read(path)


@pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("a.xlsx", "x"), ("a.jsonl/", "")])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    if name.endswith("/"):
        path.mkdir()
    else:
        path.write_text(text)
    with pytest.raises(FileError):
        read(path)


def test_every_problem_is_counted_and_the_first_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text("{\n" * 50)
    with pytest.raises(BannerError, match="50 problems") as refusal:
        read(path)
    assert [p.line for p in refusal.value.problems] == list(range(1, 21))


def test_a_byte_order_mark_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(f"\ufeff{GOOD}\n\n  \n")
    assert read(path).report.acts == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["person", "time", "userId", "timestamp", "context", "consent", "type"])
            | st.text(max_size=6),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
RECORDS = {
    BannerFormat.TCF: {"person": "C1", "time": "2026-05-09T12:00:00Z",
                       "tc_string": TC},
    BannerFormat.GPP: {"person": "C1", "time": "2026-05-09T12:00:00Z",
                       "gpp_string": "DBABBg~BVWSSSVY.YA"},
    BannerFormat.SEGMENT: json.loads(GOOD),
    BannerFormat.FIDES: {"fides_user_device_id": "C1", "preference": "opt_in",
                         "request_timestamp": "2026-05-09T12:00:00Z",
                         "privacy_notice_history_id": "Advertising"},
    BannerFormat.TRANSCEND: {"userId": "C1", "timestamp": "2026-05-09T12:00:00Z",
                             "confirmed": True, "purposes": {"Advertising": True}},
    BannerFormat.KANTARA: json.loads((VECTORS / "kantara-receipt.json").read_text()),
    BannerFormat.ISO27560: json.loads((VECTORS / "dpv-27560-receipt.json").read_text()),
    BannerFormat.GPC: {"person": "C1", "time": "2026-05-09T12:00:00Z", "Sec-GPC": "1"},
    BannerFormat.GOOGLE_CONSENT_MODE: {"person": "C1", "time": "2026-05-09T12:00:00Z",
                                       "consent": ["consent", "update", {"ad_storage": "granted"}]},
}  # fmt: skip


@given(data=st.data(), form=st.sampled_from(list(RECORDS)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_record_is_read_or_refused_by_us(
    tmp_path: Path, data: st.DataObject, form: BannerFormat
) -> None:
    record = json.loads(json.dumps(RECORDS[form]))
    spoil(record, data)
    path = tmp_path / "export.jsonl"
    path.write_text(json.dumps(record))
    with suppress(InputError):  # refused, and by one of ours
        read(path, form)


def spoil(value: Any, data: st.DataObject) -> None:
    """Put something else in one place of a record."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = data.draw(st.sampled_from(keys))
    if isinstance(value[key], dict | list) and value[key] and data.draw(st.booleans()):
        spoil(value[key], data)
    else:
        value[key] = data.draw(json_values)


@given(cut=st.integers(0, len(GOOD) - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text(f"{GOOD}\n{GOOD[:cut]}")
    if GOOD[:cut].strip():
        with pytest.raises(BannerError, match="line 2"):
            read(path)


def test_the_formats_without_names_of_their_own_take_any_choice() -> None:
    free = set(BannerFormat) - set(NAMES)
    assert all(is_choice(form, "Werbung, 広告") for form in free)
