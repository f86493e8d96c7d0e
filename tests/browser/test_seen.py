# SPDX-License-Identifier: Apache-2.0
"""Pages as a browser lays them out: nothing sticks out, nothing lies on another text."""

import pytest

from tests.twins.chromium import Browser

WIDTHS = [320, 360, 1280]
TONGUES = ["english", "german", "mirrored"]

OVERFLOWING = """
[...document.querySelectorAll('body *')].filter(e => {
  const r = e.getBoundingClientRect();
  const hidden = r.width === 0 || e.closest('.wide, .unseen, details:not([open]) > *');
  return !hidden && (r.left < -0.5 || r.right > innerWidth + 0.5);
}).map(e => e.tagName + '.' + e.getAttribute('class') + ': ' + e.textContent.slice(0, 40))
"""

OVERLAPPING = """
(() => {
  const texts = [...document.querySelectorAll('figure')].flatMap(figure => {
    const seen = [...figure.querySelectorAll('.label, .value, text')].map(e => {
      const r = e.getBoundingClientRect();
      return {t: e.textContent, l: r.left, r: r.right, o: r.top, u: r.bottom};
    }).filter(b => b.t.trim() && b.r > b.l);
    const found = [];
    for (let i = 0; i < seen.length; i++) for (let j = i + 1; j < seen.length; j++) {
      const [a, b] = [seen[i], seen[j]];
      const across = Math.min(a.r, b.r) - Math.max(a.l, b.l);
      const down = Math.min(a.u, b.u) - Math.max(a.o, b.o);
      if (across > 1 && down > 4) found.push(a.t + ' | ' + b.t);
    }
    return found;
  });
  return texts;
})()
"""

HIDDEN_INTERVALS = """
[...document.querySelectorAll('.mark .within')].filter(e =>
  parseFloat(getComputedStyle(e).fontSize) < 12 || e.getBoundingClientRect().width === 0).length
"""


@pytest.mark.parametrize("tongue", TONGUES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_and_no_words_lie_on_each_other(
    browser: Browser, pages: dict[str, str], width: int, tongue: str
) -> None:
    browser.show(pages[tongue], width=width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run(OVERFLOWING) == []
    assert browser.run(OVERLAPPING) == []


@pytest.mark.parametrize("width", WIDTHS[1:])
def test_every_interval_stands_beside_its_number_and_can_be_read(
    browser: Browser, pages: dict[str, str], width: int
) -> None:
    browser.show(pages["english"], width=width)
    assert browser.run("document.querySelectorAll('.mark .within').length") > 50
    assert browser.run(HIDDEN_INTERVALS) == 0


def test_a_page_asks_nothing_and_breaks_no_rule_of_its_own_policy(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["english"], width=360)
    assert browser.run("performance.getEntriesByType('resource').length") == 0
    weight = "getComputedStyle(document.querySelector('h1')).fontWeight"
    assert browser.run(weight) == "650"  # the policy lets the page's own style in, by its hash
    browser.show(pages["english"].replace("font-weight: 650", "font-weight: 640"), width=360)
    assert browser.run(weight) == "700"  # and no other
    browser.show(pages["english"].replace("</main>", "<script>x=1</script></main>"), width=360)
    assert browser.run("typeof x") == "undefined"


def test_a_language_from_right_to_left_starts_on_the_right(
    browser: Browser, pages: dict[str, str]
) -> None:
    place = (
        "(() => { const l = document.querySelector('.mark .label').getBoundingClientRect(),"
        " v = document.querySelector('.mark .value').getBoundingClientRect();"
        " return l.right > v.right; })()"
    )
    zero = (
        "(() => { const s = document.querySelector('.strip'), z = s.querySelector('.zero');"
        " return z.getBoundingClientRect().left > s.getBoundingClientRect().left +"
        " s.getBoundingClientRect().width / 2; })()"
    )
    for tongue, starts_right in (("english", False), ("mirrored", True)):
        browser.show(pages[tongue], width=1280)
        assert browser.run(place) is starts_right
        assert browser.run(zero) is starts_right


def test_nothing_moves_for_who_asked_for_less_motion(
    browser: Browser, pages: dict[str, str]
) -> None:
    browser.show(pages["english"], width=360)
    moving = "[...document.querySelectorAll('*')].filter(e => e.getAnimations().length).length"
    assert browser.run(moving) == 0


def test_on_paper_a_chart_stands_with_its_table(browser: Browser, pages: dict[str, str]) -> None:
    browser.show(pages["english"], width=1000, media="print")
    folded = (
        "[...document.querySelectorAll('details .wide')].filter(e =>"
        " !e.checkVisibility({contentVisibilityAuto: true}) || e.offsetHeight < 20).length"
    )
    assert browser.run("document.querySelectorAll('details .wide').length") > 5
    assert browser.run(folded) == 0
    kept = "getComputedStyle(document.querySelector('figure')).breakInside"
    assert browser.run(kept) == "avoid"
