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

from privseg.protect import Estimate
from privseg.release import Statement
from privseg.report import ENGLISH, compose, render, render_access
from privseg.report.chart import plot, strip
from privseg.report.figure import Axis, Lines, Mark, axis_for
from privseg.report.words import PEOPLE, Unit, about, amount, printed, rounded
from tests.twins import marketer_report

HALVES = st.fractions(min_value=0, max_value=10**9, max_denominator=100)
FINITE = st.floats(min_value=0, max_value=1e12, allow_nan=False)
ANY = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)
WHOLE = st.integers(-(10**12), 10**12)


class Outline(HTMLParser):
    """What a screen reader walks through: headings, landmarks, links to elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.regions: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        facts = dict(attrs)
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))
        self.ids += [facts["id"] or ""] if "id" in facts else []
        for name in ("aria-labelledby", "aria-describedby"):
            self.named += (facts.get(name) or "").split()
        if "wide" in (facts.get("class") or "").split():
            self.regions.append(facts)
        self.handlers += [n for n in facts if n.startswith("on") or n == "style"]
        for name, value in attrs:
            if name in {"src", "href"} and value and not value.startswith("#"):
                self.outside.append(value)


@pytest.fixture(scope="module")
def statement() -> Statement:
    return marketer_report.statement()


@pytest.fixture(scope="module")
def page(statement: Statement) -> str:
    return render(compose(statement, file="report.json"))


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    return Outline(page)


def test_a_page_is_one_file_without_script_or_outside_request(page: str, outline: Outline) -> None:
    assert "script" not in outline.tags
    assert "img" not in outline.tags
    assert outline.outside == []
    assert "default-src 'none'" in page
    assert len(page.encode()) < 500_000


def test_a_page_has_no_inline_style_and_no_handler(outline: Outline) -> None:
    assert outline.handlers == []  # the policy would not run them


def test_headings_are_in_order_under_one_h1(outline: Outline) -> None:
    assert outline.headings.count(1) == 1
    steps = zip(outline.headings, outline.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert "main" in outline.tags
    assert "header" in outline.tags


def test_sections_stand_in_the_order_of_a_statistical_bulletin(page: str) -> None:
    order = ["<h1>", 'class="answer"', 'id="key"', 'id="s1"', 'id="left-out"', 'id="cannot"',
             'id="sure"', 'id="proof"', 'id="glossary"']  # fmt: skip
    places = [page.index(part) for part in order]
    assert places == sorted(places)


def test_every_chart_has_its_table_with_caption_and_scopes(page: str, outline: Outline) -> None:
    charts = page.count('<figure class="chart"')
    assert charts > 10
    assert page.count("<details><summary>") >= 1
    assert page.count("<caption") == outline.tags.count("table") > 10
    assert page.count("<th scope=") == outline.tags.count("th")


def test_every_name_and_description_names_something_once(outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.named) <= set(outline.ids)


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(outline: Outline) -> None:
    assert outline.regions
    assert all(r.get("tabindex") == "0" and r.get("aria-labelledby") for r in outline.regions)


def test_a_withheld_number_is_named_and_never_zero() -> None:
    mark = Mark("Rare", "#000000", "withheld: too few people")
    drawn = strip(mark, axis_for([mark]))
    assert "url(#hatch)" in drawn
    assert "<circle" not in drawn


def test_a_withheld_period_is_a_hatched_gap_and_no_line_crosses_it() -> None:
    shown = [Mark(str(i), "#000000", "5", 5.0, 4.0, 6.0) for i in range(5)]
    shown[2] = Mark("2", "#000000", "withheld: too few people")
    drawn = plot(Lines(tuple(shown), tuple("abcde")), axis_for(shown))
    assert drawn.count("<polyline") == 2
    assert drawn.count("url(#hatch)") == 1
    assert drawn.count("<circle") == 4


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_any_text_in_a_chart_is_escaped(labels: list[str]) -> None:
    safe = [
        s.translate(dict.fromkeys([*range(32), *range(127, 160), 65534, 65535])) for s in labels
    ]
    safe = [s for s in safe if not any(0xD800 <= ord(c) <= 0xDFFF for c in s)] or ["x"]
    marks = tuple(Mark(label, "#123456", label, 5.0, 1.0, 9.0) for label in safe)
    drawn = plot(Lines(marks, tuple(safe)), axis_for(marks))
    tree = ET.fromstring(drawn)  # our own output
    texts = [t.text or "" for t in tree.iter("text")]
    assert safe[0] in texts
    assert safe[-1] in texts


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=6))
def test_every_released_interval_lies_inside_its_axis(intervals: list[tuple[float, float]]) -> None:
    marks = [Mark("m", "#000000", "", (a + b) / 2, min(a, b), max(a, b)) for a, b in intervals]
    axis = axis_for(marks)
    assert axis.low == 0
    assert all((m.high or 0) <= axis.high * (1 + 1e-9) for m in marks)
    assert 2 <= len(axis.ticks) <= 8


@given(st.lists(st.tuples(ANY, ANY), min_size=1, max_size=6), st.booleans())
def test_an_axis_holds_zero_and_what_is_negative_too(
    intervals: list[tuple[float, float]],
    mirrored: bool,  # noqa: FBT001  # drawn
) -> None:
    marks = [Mark("m", "#000000", "", (a + b) / 2, min(a, b), max(a, b)) for a, b in intervals]
    axis = axis_for(marks, is_mirrored=mirrored)
    ends = [e for m in marks for e in (m.low or 0.0, m.high or 0.0)]
    slack = (axis.high - axis.low) * 1e-9
    assert axis.low <= 0 <= axis.high
    assert all(axis.low - slack <= e <= axis.high + slack for e in ends)
    assert len(axis.ticks) <= 10
    assert all(0 <= axis.at(e) <= 100 for e in ends)


def test_a_mirrored_axis_runs_from_right_to_left() -> None:
    axis = Axis(0.0, 10.0, (0.0, 10.0), is_mirrored=True)
    assert axis.at(0.0) > axis.at(5.0) > axis.at(10.0)


@given(st.integers(-(10**9), 10**9), HALVES)
def test_rounding_moves_a_number_by_less_than_its_error_bar(value: int, half: Fraction) -> None:
    moved = abs(rounded(Fraction(value), half) - value)
    assert moved <= max(half, Fraction(1, 2))


@given(WHOLE, WHOLE, WHOLE, st.integers(0, 4), st.integers(-2, 4))
def test_a_printed_range_holds_the_released_one(
    a: int, b: int, c: int, decimals: int, digits: int
) -> None:
    low, value, high = sorted((a, b, c))
    shown = printed(
        Estimate(value, low, high, decimals), Unit("x", digits), is_signed=True, _=ENGLISH
    )
    scale = Fraction(10) ** (digits + decimals)
    as_read = [Fraction(t.replace(",", "")) for t in (shown.low, shown.text, shown.high)]
    assert as_read[0] <= low / scale
    assert as_read[2] >= high / scale
    half = max((high - low) / scale / 2, Fraction(1, 10 ** min(4, max(0, digits + decimals))))
    assert abs(as_read[1] - value / scale) <= half


def test_numbers_are_printed_as_the_noise_allows() -> None:
    assert amount(Fraction(31_024_511), Unit("EUR", 2), half_width=Fraction(1_500_000)) == "310,000"
    assert about(Fraction(1243), Fraction(1225), Fraction(1261), PEOPLE) == (
        "about 1,240 people, give or take 18"
    )


def test_a_lopsided_interval_is_told_by_its_ends() -> None:
    assert about(Fraction(54), Fraction(20), Fraction(62), PEOPLE).endswith("between 20 and 62")


def test_a_negative_estimate_is_shown_as_zero() -> None:
    assert about(Fraction(-4), Fraction(-30), Fraction(22), PEOPLE).startswith("about 0 people")


def test_a_page_says_no_word_that_nobody_can_keep(page: str) -> None:
    assert not any(word in page.lower() for word in ("anonymous", "guaranteed", "gdpr-compliant"))


def test_hostile_words_in_a_statement_stay_words(statement: Statement) -> None:
    hostile = "<script>alert(1)</script>\"'&"
    page = render(compose(marketer_report.with_labels(statement, hostile), file=hostile))
    assert "script" not in Outline(page).tags
    assert Markup.escape(hostile) in page


def test_the_page_of_a_person_has_the_same_manners() -> None:
    empty = (
        "identity", "identity_not_shown", "categories", "purposes", "consent_history", "notices",
        "who_read_it", "who_read_it_limits", "who_looked_you_up", "recipients", "segments",
        "memberships", "decisions", "releases", "corrections", "requests", "other_systems",
        "left_out", "rights",
    )  # fmt: skip
    crm = {"source": "crm", "categories": ["profile"], "retention_days": 1, "imports": [],
           "not_shown": [], "came_in": [None], "rows": [{"city": "<b>Oslo"}]}  # fmt: skip
    answer = {
        **{name: [] for name in empty}, "controller": "Shop", "contact": None, "request": 1,
        "received_at": "2026-11-01T00:00:00Z", "answered_at": "2026-11-02T00:00:00Z",
        "held": True, "complaint": "Complain to the authority.", "who_read_it_is_whole": True,
        "privacy_loss_rho": "0", "data": [crm],
    }  # fmt: skip
    page = render_access(answer)
    outline = Outline(page)
    assert outline.headings.count(1) == 1
    assert "b" not in outline.tags
    assert "1 record<" in page
    assert set(outline.named) <= set(outline.ids)
    assert all(r.get("tabindex") == "0" for r in outline.regions)


def test_without_published_values_a_table_says_so(statement: Statement) -> None:
    towns = next(t for t in statement.protected.tables if t.name == "towns")
    empty = tuple(replace(t, cells=()) if t is towns else t for t in statement.protected.tables)
    bare = replace(statement, protected=replace(statement.protected, tables=empty))
    assert "People: nothing can be shown" in render(compose(bare, file="x.json"))
