# SPDX-License-Identifier: Apache-2.0
"""GPP strings: header, sections, and what their values answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from privseg.sources.banners.answers import Answer
from privseg.sources.banners.bits import Filling
from privseg.sources.banners.choices import choices_of_gpp
from privseg.sources.banners.errors import MalformedStringError
from privseg.sources.banners.gpp import (
    GppString,
    Unread,
    UsPrivacy,
    UsSection,
    decode_gpp,
    decode_us_privacy,
    encode_gpp,
)
from privseg.sources.banners.gpp_sections import LAYOUTS

VECTORS = Path("tests/vectors/banners/gpp-strings.json")
PUBLISHED: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))
HEADERS = {(2,): "DBABM", (2, 6): "DBACNY", (5, 6): "DBABjw"}  # of the specification's examples


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda v: v["string"][:24])
def test_a_published_string_says_what_its_source_says(vector: dict[str, Any]) -> None:
    found = decode_gpp(vector["string"])
    assert list(found.sections) == vector["sections"]
    if values := vector.get("values"):
        section = found.sections[vector["sections"][0]]
        assert isinstance(section, UsSection)
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in section.values.items()}
        assert plain | values == plain
        assert section.gpc is vector["gpc"]


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda v: v["string"][:24])
def test_a_published_string_is_written_again(vector: dict[str, Any]) -> None:
    found = decode_gpp(vector["string"])
    if vector["filling"] is not None:
        assert encode_gpp(found, filling=Filling[vector["filling"]]) == vector["string"]
    assert decode_gpp(encode_gpp(found)) == found


@pytest.mark.parametrize("ids", HEADERS)
def test_the_header_is_that_of_the_specification(ids: tuple[int, ...]) -> None:
    text = encode_gpp(GppString({i: Unread("A") for i in ids}))
    assert text.partition("~")[0] == HEADERS[ids]


def test_a_section_that_is_not_known_is_kept_and_never_read() -> None:
    found = decode_gpp("DBABjw~anything at all~1YYN")
    assert found.sections[5] == Unread("anything at all")
    assert choices_of_gpp(found).unread == ["section 5"]


MALFORMED = {
    "a TC string": ("CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", 1),
    "version 2 of the header": ("DCABMA~A", 2),
    "fewer sections than named": ("DBABMA", 1),
    "more sections than named": ("DBAA~1YNN", 1),
    "a header that ends early": ("DBA", 3),
    "a header with garbage": ("DBAAAAAAAA", None),
    "an id that never ends": ("DBABAAAAAAAAAA~x", None),
    "an empty section": ("DBABjw~~1YNN", 8),
    "a US Privacy string of version 2": ("DBABFg~2YNN", 8),
    "a US value of 3": ("DBABBg~BwAAAABA", 9),
    "a US section that ends early": ("DBABBg~BV", 10),
    "a GPC segment where there is none": ("DBABRg~BYaGGGE.YA", 16),
    "a GPC segment of another type": ("DBABBg~BVWSSSVY.AA", 17),
    "a broken TC string inside": ("DBABMA~CPXx", None),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_string_is_refused_with_its_place(case: str) -> None:
    text, character = MALFORMED[case]
    with pytest.raises(MalformedStringError) as refusal:
        decode_gpp(text)
    assert character is None or refusal.value.character == character


def test_a_run_of_sections_is_bounded() -> None:
    with pytest.raises(MalformedStringError, match="more than 63 sections"):
        decode_gpp("DBAB4IgSY")


def test_0_is_not_applicable_and_answers_nothing() -> None:
    found = choices_of_gpp(decode_gpp("DBABBg~BAAAAABA.QA"))
    assert found.answers == {}
    assert "usca.SaleOptOut" in found.others
    assert "usca.Gpc" in found.others


def test_not_opting_out_is_no_consent() -> None:
    section = LAYOUTS[8]
    values = {f.name: (2,) * f.values if f.values else 2 for f in section.fields} | {"Version": 1}
    found = choices_of_gpp(GppString({8: UsSection(section, values, gpc=False)}))
    assert {n for n, a in found.answers.items() if a is Answer.YES} == {
        "usca.KnownChildSensitiveDataConsents[1]",
        "usca.KnownChildSensitiveDataConsents[2]",
        "usca.PersonalDataConsents",
    }
    assert set(found.answers.values()) == {Answer.YES}


def test_1_opts_out_limits_or_refuses_as_the_section_means_it() -> None:
    found = choices_of_gpp(decode_gpp("DBABBg~BVWSSSVY.YA")).answers
    assert found["usca.SaleOptOut"] is Answer.OPTED_OUT
    assert found["usca.SensitiveDataProcessing[2]"] is Answer.LIMITED
    assert found["usca.KnownChildSensitiveDataConsents[2]"] is Answer.NO
    assert found["usca.Gpc"] is Answer.SIGNALLED


def test_a_field_whose_published_meanings_contradict_each_other_is_never_read() -> None:
    for section, layout in LAYOUTS.items():
        for number in (1, 2):
            values = {f.name: (0,) * f.values if f.values else 0 for f in layout.fields}
            if "AdditionalDataProcessingConsent" in values:
                values["AdditionalDataProcessingConsent"] = number
                found = choices_of_gpp(GppString({section: UsSection(layout, values)}))
                assert found.answers == {}


@pytest.mark.parametrize(("text", "answers"), [("1YNN", 0), ("1---", 0), ("1YYN", 1)])
def test_only_a_y_in_the_third_place_opts_out_of_sale(text: str, answers: int) -> None:
    found = choices_of_gpp(GppString({6: decode_us_privacy(text)})).answers
    assert list(found.items()) == [("uspv1.OptOutSale", Answer.OPTED_OUT)] * answers


def test_us_privacy_strings_are_written_as_they_are_read() -> None:
    assert encode_gpp(GppString({6: UsPrivacy("Y", "N", "-")})).endswith("~1YN-")
