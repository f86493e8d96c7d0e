# SPDX-License-Identifier: Apache-2.0
"""Banner maps: what they say, and every mistake at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.consent.banner_map import BannerFormat, Meaning, Rows
from privseg.consent.event import Act, Authority, Method
from privseg.loaders.banner_map import load_banner_map
from privseg.loaders.errors import DocumentError
from privseg.terms import Category, Purpose

WHOLE = """\
privseg: banner-map/1
format: tcf
id:
  at: user.id
  kind: email
time: collected_at
text: consent.tc
rows: acts
vendor: 28
notice: marketing@3
method: form
jurisdiction: DE
purposes:
  purpose 3 & purpose 4:
    - purpose: marketing.ads
      categories: [browsing, purchases]
      explicit: true
      authority: guardian
      notice: children@1
  special feature 1:
    - act: object
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "map.yaml"
    path.write_text(text)
    return path


def test_a_map_says_what_its_file_says(tmp_path: Path) -> None:
    found = load_banner_map(written(tmp_path, WHOLE))
    assert (found.format, found.rows, found.vendor) == (BannerFormat.TCF, Rows.ACTS, 28)
    assert (found.person, found.id_kind, found.time) == ("user.id", "email", "collected_at")
    assert (found.text, found.notice, found.method) == ("consent.tc", "marketing@3", Method.FORM)
    assert found.jurisdiction == "DE"
    assert dict(found.meanings) == {
        ("purpose 3", "purpose 4"): (
            Meaning(
                Purpose("marketing.ads"),
                frozenset({Category("browsing"), Category("purchases")}),
                explicit=True,
                authority=Authority.GUARDIAN,
                notice="children@1",
            ),
        ),
        ("special feature 1",): (Meaning(None, act=Act.OBJECT),),
    }


MINIMAL = """\
privseg: banner-map/1
format: segment
notice: marketing@3
method: form
purposes:
  Advertising:
    - purpose: marketing.ads
      categories: [browsing]
"""


def test_what_a_map_leaves_out_is_the_cautious_default(tmp_path: Path) -> None:
    found = load_banner_map(written(tmp_path, MINIMAL))
    assert (found.rows, found.person, found.time, found.vendor) == (Rows.STATES, None, None, None)


MISTAKES = {
    "another kind": (MINIMAL.replace("banner-map/1", "policy/1"), "1:10"),
    "an unknown format": (MINIMAL.replace("segment", "onetrust"), "2:9"),
    "an unknown key": (MINIMAL + "vendors: 28\n", "9:1"),
    "no choices": (MINIMAL.partition("purposes")[0] + "purposes: {}\n", "5:1"),
    "a purpose twice under one choice": (
        MINIMAL + "    - purpose: marketing.ads\n      categories: [health]\n",
        "9:7",
    ),
    "a choice twice": (MINIMAL.replace("Advertising:", "Ads & Ads:"), "6:3"),
    "an empty choice": (MINIMAL.replace("Advertising:", '"Ads &  & x":'), "6:3"),
    "a purpose that is none": (MINIMAL.replace("marketing.ads", "Marketing Ads"), "7:16"),
    "a category that is none": (MINIMAL.replace("[browsing]", "[Browsing!]"), "8:20"),
    "a consent without categories": (MINIMAL.replace("[browsing]", "[]"), "7:7"),
    "a consent without purpose": (
        MINIMAL.replace("- purpose: marketing.ads\n      ", "- "),
        "7:7",
    ),
    "a consent without notice": (MINIMAL.replace("notice: marketing@3\n", ""), "6:7"),
    "a notice that is none": (MINIMAL.replace("marketing@3", "marketing"), "3:9"),
    "no method": (MINIMAL.replace("method: form\n", ""), "1:1"),
    "a vendor where there is none": (MINIMAL + "vendor: 28\n", "9:9"),
    "a vendor of 17 bits": (
        MINIMAL.replace("segment", "tcf").replace("Advertising", "purpose 7") + "vendor: 70000\n",
        "9:9",
    ),
    "a jurisdiction that is none": (MINIMAL + "jurisdiction: EU\n", "9:15"),
    "two choices that allow the same": (
        MINIMAL + "  Retargeting:\n    - purpose: marketing.ads\n      categories: [browsing]\n",
        "10:7",
    ),
    "an act that is not for maps": (MINIMAL + "      act: erase\n", "9:12"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, case: str) -> None:
    text, place = MISTAKES[case]
    with pytest.raises(DocumentError) as refusal:
        load_banner_map(written(tmp_path, text))
    assert f"map.yaml:{place}: " in str(refusal.value)


def test_opt_outs_of_gpp_may_lead_to_one_purpose_and_need_no_notice(tmp_path: Path) -> None:
    text = """\
privseg: banner-map/1
format: gpp
purposes:
  usca.SaleOptOut:
    - purpose: marketing.ads
  usca.SharingOptOut:
    - purpose: marketing.ads
  usca.Gpc:
    - act: signal
"""
    assert len(load_banner_map(written(tmp_path, text)).meanings) == 3
