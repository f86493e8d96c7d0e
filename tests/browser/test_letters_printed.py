# SPDX-License-Identifier: Apache-2.0
"""Letters and the guide on paper: one page each, in black on white."""

from __future__ import annotations

import re

import pytest

from privseg.report import languages
from privseg.report.guide import ClockLine, GuideFacts, guide_text, render_guide
from privseg.report.letter_kinds import LetterKind
from privseg.report.specimens import gallery
from tests.twins import chromium

A4 = 794  # CSS pixels across
INKS = "[...document.querySelectorAll('article *')].map(e => getComputedStyle(e).color)"
FACTS = GuideFacts(
    controller="Example Shop",
    contact="privacy@example.com",
    folder="shop",
    time_zone="Europe/Berlin",
    staff=("grace",),
    clocks=(ClockLine("Germany", ("every kind",), "-", "1 month", "3 months"),),
    complaints=(("Germany", "You can complain."),),
    printed="2 March 2026",
)


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", pdf))


SHEETS = {"erased": 2}  # its specimen has every part that such a letter can have


@pytest.mark.parametrize("code", languages())
def test_every_letter_is_one_sheet_of_paper(browser: chromium.Browser, code: str) -> None:
    specimens = {n: p for n, p in gallery() if n.endswith(f".{code}.html")}
    assert len(specimens) == len(LetterKind)
    for name, page in specimens.items():
        browser.show(page, width=A4, media="print")
        assert pages_of(browser.printed()) <= SHEETS.get(name.partition(".")[0], 1), name
        assert browser.run("document.documentElement.scrollWidth") <= A4, name
        greys = {tuple(re.findall(r"\d+", ink)[:3]) for ink in browser.run(INKS)}
        assert all(red == green == blue for red, green, blue in greys), name


def test_each_heading_of_the_guide_has_a_page_of_its_own(browser: chromium.Browser) -> None:
    page = render_guide(guide_text("en"), FACTS)
    browser.show(page, width=A4, media="print")
    sections = page.count("<section")
    assert sections <= pages_of(browser.printed()) <= sections + 2  # fonts differ a little
