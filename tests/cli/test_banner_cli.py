# SPDX-License-Identifier: Apache-2.0
"""A banner's file on the command line: what was taken, what was not and why, what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privseg.consent.banner_map import BannerFormat
from tests.cli.command_line import Answer, Shell

MAP = """privseg: banner-map/1
format: {form}
notice: privacy-2026@1
method: form
purposes:
  {choice}:
    - {{purpose: marketing.lifecycle, categories: [purchases]}}
"""
TIME = "2026-02-01T10:00:00Z"
ADA = "C0000001"


def imported(own: Shell, form: str, choice: str, *records: object, more: tuple[str, ...]) -> Answer:
    (own.folder / "map.yaml").write_text(MAP.format(form=form, choice=choice), "utf-8")
    text = "".join(f"{json.dumps(r)}\n" for r in records)
    (own.folder / "banner.jsonl").write_text(text, "utf-8")
    return own("consent", "import", "banner.jsonl", "--map", "map.yaml", *more)


def stamp(choices: dict[str, bool], who: str | None = ADA) -> dict[str, object]:
    return {
        "type": "page",
        "userId": who,
        "timestamp": TIME,
        "context": {"consent": {"categoryPreferences": choices}},
    }


def test_a_malformed_string_is_told_at_its_line_and_character(own: Shell) -> None:
    bad = {"person": ADA, "time": TIME, "gpp_string": "DBABBg~BVWSSSV!.YA"}
    done = imported(own, "gpp", "usca.SaleOptOut", bad, more=("--format", "gpp"))
    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    assert "banner.jsonl:1: not a usable GPP string, character 15" in done.err
    assert "nothing was imported" in done.err
    assert ADA not in done.err


def test_what_was_not_taken_of_a_banner_is_told_with_why(own: Shell) -> None:
    records = (stamp({"Ads": True, "Other": False}), stamp({"Ads": False}, who=None))
    said = imported(own, "segment", "Ads", *records, more=())
    assert said.code == 0, said.err
    assert "read 0 events: 0 recorded, 0 known" in said.out
    assert "does not name it: 1 answer, 1 of them a no: 'Other'" in said.out
    assert "because a state is no act: 1 yes" in said.out
    assert "because nothing says whose: 1 record with a no" in said.out
    assert ADA not in said.out + said.err


def test_what_was_not_taken_of_a_banner_is_data_with_json(own: Shell) -> None:
    records = (stamp({"Ads": True, "Other": False}), stamp({"Ads": False}, who=None))
    assert imported(own, "segment", "Ads", *records, more=("--json",)).document == {
        "rows": 0,
        "recorded": 0,
        "unchanged": 0,
        "unmapped": {"Other": 1},
        "not_taken": {
            "unknown": 0, "undated": 1, "unbounded": 0, "unread": 0, "of_nobody": 1,
            "never_answered": 0,
        },
    }  # fmt: skip


def test_a_choice_of_the_map_that_the_file_does_not_have_is_told(own: Shell) -> None:
    said = imported(own, "segment", "Advertisng", stamp({"Ads": False}), more=("--dry-run",))
    assert "the map names what no record answers: 'Advertisng'" in said.out


def test_a_banners_file_without_a_map_is_told_the_option(own: Shell, tmp_path: Path) -> None:
    file = tmp_path / "banner.jsonl"
    file.write_text(json.dumps(stamp({"Ads": False})), "utf-8")
    refused = own("consent", "import", str(file), "--format", "segment")
    assert refused.code == 1
    assert "--map MAP.yaml" in refused.err


def test_a_format_that_is_none_is_told_those_there_are(own: Shell) -> None:
    refused = imported(own, "segment", "Ads", stamp({"Ads": False}), more=("--format", "foo"))
    assert refused.code == 1
    assert "no format called 'foo'" in refused.err
    assert all(form in refused.err for form in BannerFormat)


@pytest.mark.parametrize("form", BannerFormat)
def test_help_names_every_format(here: Shell, form: str) -> None:
    assert form in here("consent", "import", "--help").out
