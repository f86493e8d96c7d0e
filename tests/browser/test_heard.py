# SPDX-License-Identifier: Apache-2.0
"""Pages as a screen reader hears them, as a keyboard walks them, and as weak eyes see them."""

from typing import Any

import pytest

from tests.twins.chromium import Browser

SILENT = {"none", "generic", "InlineTextBox", "LineBreak", "ListMarker"}
PICTURE = {"image", "img"}

CONTRAST = r"""
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c;
    canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data;
    return [d[0], d[1], d[2], d[3] / 255]; };
  const light = c => { const [r, g, b] = c.map(v => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05); };
  const behind = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c.slice(0, 3); }
    return [255, 255, 255]; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const worst = {};
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement, s = getComputedStyle(e);
    if (!n.data.trim() || e.closest('.unseen')) continue;
    const ink = rgb(e.namespaceURI.endsWith('svg') ? s.fill : s.color).slice(0, 3);
    const name = e.tagName + '.' + (e.getAttribute('class') || '');
    worst[name] = Math.min(worst[name] || 99, ratio(ink, behind(e)));
  }
  return worst;
})()
"""

GRAPHICS = r"""
(() => {
  const get = (q, p) => { const e = document.querySelector(q); return getComputedStyle(e)[p]; };
  const body = getComputedStyle(document.body).backgroundColor;
  return {body, whisker: get('.whisker', 'stroke'), dot: get('.dot', 'stroke'),
    zero: get('.zero', 'stroke'), bar: get('.bar', 'stroke'), hatch: get('#hatch path', 'stroke'),
    empty: get('.members .out', 'stroke'), full: get('.members .in', 'fill'),
    line: get('.line', 'stroke')};
})()
"""


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of "rgb(r, g, b)"; written from the standard."""
    channels = [int(c) / 255 for c in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_by_four_and_a_half_to_one(
    browser: Browser,
    pages: dict[str, str],
    dark: bool,  # noqa: FBT001  # a theme
) -> None:
    browser.show(pages["english"], width=1280, dark=dark)
    worst = browser.run(CONTRAST)
    assert len(worst) > 15
    assert {name: found for name, found in worst.items() if found < 4.5} == {}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_mark_that_carries_meaning_stands_out_by_three_to_one(
    browser: Browser,
    pages: dict[str, str],
    dark: bool,  # noqa: FBT001  # a theme
) -> None:
    browser.show(pages["english"], width=1280, dark=dark)
    found = browser.run(GRAPHICS)
    paper = found.pop("body")
    assert {k: contrast(v, paper) for k, v in found.items() if contrast(v, paper) < 3} == {}


def heard(browser: Browser) -> list[tuple[str, str]]:
    """Return (role, name) of everything that is announced, in reading order."""
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    known = {n["nodeId"]: n for n in nodes}
    said: list[tuple[str, str]] = []

    def walk(node: dict[str, Any]) -> None:
        role, name = node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "")
        if not node.get("ignored") and role not in SILENT:
            said.append((role, name))
        for child in node.get("childIds", []):
            if child in known:
                walk(known[child])

    walk(nodes[0])
    return said


@pytest.mark.parametrize("tongue", ["english", "mirrored"])
def test_a_screen_reader_hears_the_report_in_its_order(
    browser: Browser, pages: dict[str, str], tongue: str
) -> None:
    browser.show(pages[tongue], width=1280)
    said = heard(browser)
    roles = [role for role, _ in said]
    assert roles[0] == "RootWebArea"
    assert roles.index("banner") < roles.index("heading") < roles.index("main")
    headings = [name for role, name in said if role == "heading"]
    drawn = browser.run("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => e.textContent)")
    assert headings == [h.strip() for h in drawn]


def test_every_chart_is_announced_once_with_its_name_before_its_table(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["english"], width=1280)
    said = heard(browser)
    charts = [name for role, name in said if role in PICTURE]
    assert len(charts) == browser.run("document.querySelectorAll('figure').length") > 10
    assert all(charts)
    size = next(i for i, (role, _) in enumerate(said) if role in PICTURE)
    assert said[size][1] == "People"
    assert "1,240" not in [name for _, name in said[size + 1 :]]  # its row is not said again
    order = [role for role, _ in said[size:] if role in {*PICTURE, "DisclosureTriangle"}]
    assert order[1] == "DisclosureTriangle"


def test_a_chart_is_described_with_every_number_and_its_range(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["english"], width=1280)
    browser.call("Accessibility.enable")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    told = [
        n["description"]["value"]
        for n in nodes
        if n.get("role", {}).get("value") in PICTURE and n.get("description")
    ]
    assert "Lapsed big spenders: 1,240, within 1,225 to 1,261" in told[0]
    assert all(told)


def test_sections_are_landmarks_with_the_name_of_their_heading(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["english"], width=1280)
    regions = [name for role, name in heard(browser) if role == "region"]
    assert regions[0] == "The segments"
    assert "What this cannot tell you" in regions
    assert all(regions)


def test_tab_reaches_every_fold_and_what_scrolls_in_reading_order_and_is_seen_there(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["english"], width=360)
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    wanted = browser.run("document.querySelectorAll('summary, .wide').length")
    place = (
        "(() => { const a = document.activeElement, s = getComputedStyle(a);"
        " return [a.matches('summary, .wide'), s.outlineStyle, parseFloat(s.outlineWidth),"
        " Math.round(a.getBoundingClientRect().top + scrollY)]; })()"
    )
    found = []
    for _ in range(wanted):
        browser.press("Tab")
        found.append(browser.run(place))
    assert all(is_ours for is_ours, *_ in found)
    assert all(style == "solid" and width >= 2 for _, style, width, _ in found)
    tops = [top for *_, top in found]
    assert tops == sorted(tops)
    assert len(set(tops)) == wanted > 20


def test_enter_opens_a_fold(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["english"], width=360)
    browser.press("Tab")
    assert browser.run("document.querySelectorAll('details[open]').length") == 0
    browser.press("Enter")
    assert browser.run("document.querySelectorAll('details[open]').length") == 1
