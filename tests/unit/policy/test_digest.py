# SPDX-License-Identifier: Apache-2.0
"""The digest of a policy: what changes it, and what does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from privseg.loaders.policy import load_policy
from privseg.loaders.shipped import Shipped, shipped

SHOP = shipped(Shipped.SHOP).joinpath("policies")
TEXT = SHOP.joinpath("shop.yaml").read_text(encoding="utf-8")
NOTICE = SHOP.joinpath("notices", "privacy-2026.en.md").read_text(encoding="utf-8")


def digest(folder: Path, text: str, notice: str = NOTICE) -> str:
    (folder / "notices").mkdir(exist_ok=True)
    (folder / "notices" / "privacy-2026.en.md").write_text(notice, encoding="utf-8")
    (folder / "shop.yaml").write_text(text, encoding="utf-8")
    return load_policy(folder).digest


SAME = {
    "comments": (r" +#.*", ""),
    "empty lines": (r"\n\n", "\n"),
    "a title": ("Deciding what to stock", "What to stock"),
    "the order of roles": (r"\[marketer, analyst\]", "[analyst, marketer]"),
    "the order of categories": (r"\[purchases, browsing\]", "[browsing, purchases]"),
    "another spelling of a number": ("rho: 0.0125", "rho: 1/80"),
    "a default that is written out": (
        "    special: true",
        "    special: true\n        role: sensitive",
    ),
    "the order of columns": (r"( +customer_id.*\n)( +email.*\n)", r"\2\1"),
    "line ends": ("\n", "\r\n"),
}

OTHER = {
    "a role": (r"\[marketer, analyst\]", "[marketer]"),
    "a read": ("      - gender\n", ""),
    "a place": (r"consent: \[DE, FR, NL, GB\]", "consent: [DE, FR, NL]"),
    "a clamp": ("per_person: 1500 EUR", "per_person: 1600 EUR"),
    "a loss": ("rho: 0.0125", "rho: 0.0126"),
    "a minimum": ("min_people: 20", "min_people: 21"),
    "a budget": ("rho_per_year: 1", "rho_per_year: 2"),
    "what is special": ("special: true", "special: false"),
    "a value": (r"values: \[urban, rural\]", "values: [urban, rural, suburban]"),
    "a time zone": ("Europe/Berlin", "Europe/Paris"),
    "a retention": ("1095d", "1096d"),
    "a notice's version": ('version: "3"', 'version: "4"'),
    "the controller": ("controller: shop", "controller: store"),
    "whom it is for": ("controller: shop", "controller: shop\ndirected_to_children: true"),
}


@pytest.mark.parametrize("case", SAME)
def test_what_decides_nothing_leaves_the_digest(tmp_path: Path, case: str) -> None:
    changed = re.sub(*SAME[case], TEXT)
    assert changed != TEXT
    assert digest(tmp_path, changed) == digest(tmp_path, TEXT)


@pytest.mark.parametrize("case", OTHER)
def test_what_decides_changes_the_digest(tmp_path: Path, case: str) -> None:
    changed = re.sub(*OTHER[case], TEXT)
    assert changed != TEXT
    assert digest(tmp_path, changed) != digest(tmp_path, TEXT)


def test_another_text_of_a_notice_changes_the_digest(tmp_path: Path) -> None:
    assert digest(tmp_path, TEXT, NOTICE + "\n") != digest(tmp_path, TEXT)
