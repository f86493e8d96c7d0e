# SPDX-License-Identifier: Apache-2.0
"""Pages: released values only, every text escaped, nothing asked of the network."""

from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from privseg.release import Release
from privseg.report import compose, render
from privseg.report.chart import Mark, axis_for, chart
from privseg.report.words import PEOPLE, Unit, about, amount, rounded
from tests.twins import release_world

HALVES = st.fractions(min_value=0, max_value=10**9, max_denominator=100)
FINITE = st.floats(min_value=0, max_value=1e12, allow_nan=False)


class Outline(HTMLParser):
    """What a screen reader walks through: headings, landmarks, links to elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            if name in {"src", "href"} and value and not value.startswith("#"):
                self.outside.append(value)


@pytest.fixture(scope="module")
def release() -> Release:
    return release_world.release()


@pytest.fixture(scope="module")
def page(release: Release) -> str:
    return render(compose(release.statement, file="report.json"))


def test_a_page_is_one_file_without_script_or_outside_request(page: str) -> None:
    outline = Outline()
    outline.feed(page)
    assert "script" not in outline.tags
    assert "img" not in outline.tags
    assert outline.outside == []
    assert "default-src 'none'" in page
    assert len(page.encode()) < 500_000


def test_headings_are_in_order_under_one_h1(page: str) -> None:
    outline = Outline()
    outline.feed(page)
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert "main" in outline.tags


def test_every_chart_has_its_table_with_caption_and_scopes(page: str) -> None:
    assert page.count('<svg class="chart"') == page.count("<caption>") > 0
    assert page.count("<th scope=") >= page.count("<table>")


def test_a_withheld_number_is_named_and_never_zero() -> None:
    mark = Mark("Rare", "#000000", "withheld: too few people")
    drawn = chart([mark], title="t", description="d", name="c")
    assert "withheld: too few people" in drawn
    assert "url(#hatch)" in drawn
    assert "<circle" not in drawn


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_any_text_in_a_chart_is_escaped(labels: list[str]) -> None:
    safe = [
        s.translate(dict.fromkeys([*range(32), *range(127, 160), 65534, 65535])) for s in labels
    ]
    safe = [s for s in safe if not any(0xD800 <= ord(c) <= 0xDFFF for c in s)] or ["x"]
    marks = [Mark(label, "#123456", label, 5.0, 1.0, 9.0) for label in safe]
    drawn = chart(marks, title=safe[0], description="d", name="c")
    tree = ET.fromstring(drawn)  # our own output
    texts = [t.text or "" for t in tree.iter("text")]
    assert all(label in texts for label in safe)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=6))
def test_every_released_interval_lies_inside_its_axis(intervals: list[tuple[float, float]]) -> None:
    marks = [Mark("m", "#000000", "", (a + b) / 2, min(a, b), max(a, b)) for a, b in intervals]
    axis = axis_for(marks)
    assert axis.low == 0
    assert all((m.high or 0) <= axis.high * (1 + 1e-9) for m in marks)
    assert 2 <= len(axis.ticks) <= 8


@given(st.integers(-(10**9), 10**9), HALVES)
def test_rounding_moves_a_number_by_less_than_its_error_bar(value: int, half: Fraction) -> None:
    moved = abs(rounded(Fraction(value), half) - value)
    assert moved <= max(half, Fraction(1, 2))


def test_numbers_are_printed_as_the_noise_allows() -> None:
    assert amount(Fraction(31_024_511), Unit("EUR", 2), half_width=Fraction(1_500_000)) == "310,000"
    assert about(Fraction(1243), Fraction(1225), Fraction(1261), PEOPLE) == (
        "about 1,240 people, give or take 18"
    )


def test_a_negative_estimate_is_shown_as_zero() -> None:
    assert about(Fraction(-4), Fraction(-30), Fraction(22), PEOPLE).startswith("about 0 people")


def test_a_page_says_no_word_that_nobody_can_keep(page: str) -> None:
    assert not any(word in page.lower() for word in ("anonymous", "guaranteed", "gdpr-compliant"))


def test_hostile_words_in_a_statement_stay_words(release: Release) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    segments = tuple(replace(n, label=hostile, words=hostile) for n in release.statement.segments)
    statement = replace(release.statement, segments=segments)
    page = render(compose(statement, file=hostile))
    outline = Outline()
    outline.feed(page)
    assert "script" not in outline.tags
    assert Markup.escape(hostile) in page
