# SPDX-License-Identifier: Apache-2.0
"""The page of an access answer in words: no code of a program, no list that contradicts another."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.consent import Act
from privseg.consent.decision import ConsentStatus
from privseg.dsr import CaseState, RequestKind, StepKind
from privseg.engine.answers.person import ORIGINS
from privseg.engine.answers.reads import OTHER, STEP, TOLD
from privseg.engine.who.person import ERASED, NOBODY
from privseg.report import language, render_access
from privseg.report.letter_words import KIND_NAMES
from privseg.report.notice_page import notice_page
from privseg.report.person_words import ACTS, LIMITS, LOOKED, ROLES, STATES, STATUSES
from privseg.report.plain_words import plain_condition
from privseg.terms import StaffRole
from tests.unit.report.test_pages import Outline

EMPTY = (
    "identity", "identity_not_shown", "categories", "purposes", "consent_history", "notices",
    "who_read_it", "who_read_it_limits", "who_looked_you_up", "recipients", "segments",
    "memberships", "decisions", "releases", "corrections", "requests", "other_systems",
    "left_out", "rights", "data",
)  # fmt: skip
AT = "2026-11-01T08:30:00+00:00"
SPENT = "at least 3 purchase events and the sum of purchase.amount is over 300.00 EUR"
GROUP = re.compile(r'data-group="(\w+)"')
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+\.[a-z]+\b")


def segment(name: str, *, member: bool, readable: bool = True) -> dict[str, Any]:
    clauses = [
        {"condition": f"{SPENT} in the 365 days before", "held": member,
         "own": [{"of": "sum of purchase.amount", "value": "104.01", "hidden": False}]},
        {"condition": "not: any email_open in the 30 days before", "held": True, "own": []},
    ]  # fmt: skip
    return {
        "segment": name, "label": name.title(), "meaning": clauses[0]["condition"],
        "purpose": "marketing.lifecycle", "member": member, "readable": readable,
        "explained": True, "clauses": clauses, "ways_out": [], "allowed_by": ["purchases"],
    }  # fmt: skip


def answer(**parts: Any) -> dict[str, Any]:
    return {
        **{name: [] for name in EMPTY}, "controller": "Shop", "contact": None, "request": 1,
        "received_at": AT, "answered_at": AT, "held": True, "privacy_loss_rho": "0",
        "complaint": "Complain to the authority.", "who_read_it_is_whole": True, **parts,
    }  # fmt: skip


def body(page: str) -> str:
    """Return the text that is read."""
    return re.sub("<[^>]+>", " ", page.partition("<main>")[2])


def test_segments_are_told_apart_by_whether_the_person_is_in_them() -> None:
    three = [
        segment("locked", member=False, readable=False),
        segment("out", member=False),
        segment("in", member=True),
    ]
    page = render_access(answer(segments=three))
    assert GROUP.findall(page) == ["in", "out", "locked"]
    places = [page.index(f"<h4>{name}") for name in ("In", "Out", "Locked")]
    groups = [page.index(f'data-group="{name}"') for name in ("in", "out", "locked")]
    assert sorted([*places, *groups]) == [
        p for pair in zip(groups, places, strict=True) for p in pair
    ]
    assert GROUP.findall(render_access(answer(segments=three[1:2]))) == ["out"]
    headings = Outline(page).headings
    assert all(b <= a + 1 for a, b in pairwise(headings))


def test_no_code_of_a_program_is_left_in_the_page() -> None:
    page = render_access(
        answer(
            identity=[{"kind": "customer_number", "value": "1"}],
            segments=[segment("a", member=True)],
            who_looked_you_up=[{"at": AT, "role": "compliance_officer", "what": STEP}],
            consent_history=[
                {"act": "attest_age", "event_time": AT, "record_time": AT, "purpose": None,
                 "categories": [], "notice": None}
            ],
            requests=[
                {"number": 2, "kind": "object_marketing", "state": "partly_done",
                 "recipients_told": []}
            ],
            data=[{"source": "spring_letter", "categories": ["p"], "retention_days": 1,
                   "imports": [], "not_shown": [], "came_in": [None],
                   "rows": [{"city_kind": "urban", "seen": True, "time": AT}]}],
        )
    )  # fmt: skip
    assert CODE.findall(body(page)) == []
    assert "not:" not in page
    assert "2026-11-01 08:30:00 UTC" in page


def test_nobody_read_it_is_not_said_above_a_list_of_who_did() -> None:
    looked = [{"at": AT, "role": "compliance_officer", "what": STEP}]
    page = render_access(answer(who_looked_you_up=looked))
    assert "Nobody" not in page.partition('id="reads"')[2].partition("</section>")[0]
    summary = page.partition('class="answer"')[2].partition("</p>")[0]
    assert not re.search(r"\b0\b", summary)
    assert page.index('id="looked"') < page.index("the people who answer requests")


@pytest.mark.parametrize(
    ("known", "codes"),
    [
        (ACTS, Act), (STATUSES, ConsentStatus), (STATES, CaseState), (ROLES, StaffRole),
        (KIND_NAMES, [k for k in RequestKind if k.is_of_person]),
    ],
)  # fmt: skip
def test_every_code_has_words(known: dict[str, str], codes: Any) -> None:
    assert {str(code) for code in codes} <= set(known)


def test_what_staff_did_is_told_in_words_that_are_translated() -> None:
    assert {*TOLD.values(), STEP, OTHER} == set(LOOKED)
    assert {NOBODY, ERASED, *ORIGINS.values()} == set(LIMITS)
    assert not any("_" in words for words in LOOKED)
    german = language("de")
    assert all(german(words) != words for words in (*LOOKED, *LIMITS))
    assert {str(step) for step in StepKind} & set(TOLD)  # the others are STEP


def test_each_condition_is_a_sentence() -> None:
    page = render_access(answer(segments=[segment("a", member=False)]))
    items = re.findall(r"<li>(.*?) <strong>(.*?)</strong>", page)
    assert len(items) == 2
    assert all(said.endswith(".") and held.endswith(".") for said, held in items)


def test_words_in_quotes_are_values_and_stay_as_they_are() -> None:
    said = 'city_kind is "not: any a_b in the 3 days before"'
    assert plain_condition(said) == 'city kind is "not: any a_b in the 3 days before"'
    assert plain_condition("amount is over 300.50 EUR") == "amount is over 300.50 EUR"
    assert plain_condition("mail is a_b@example.com") == "mail is a_b@example.com"


def test_a_notice_is_shown_as_it_reads() -> None:
    page = notice_page("# Title\n\n* one\n\n[here](https://example.com) ![seen](x.png)")
    assert "#" not in page
    assert "* one" not in page
    assert Outline(str(page)).tags == ["p", "strong", "ul", "li", "p"]
    assert "here (https://example.com) seen" in page


@given(st.text(alphabet=st.sampled_from("<>&\"'#*[]()!`_ \nabj:/=script onload"), max_size=120))
def test_nothing_in_a_notice_runs_or_loads(text: str) -> None:
    outline = Outline(str(notice_page(f"{text}\n<script>x</script><img src=x onerror=y>")))
    assert not {"script", "img", "a", "iframe", "h1", "h2"} & set(outline.tags)
    assert outline.outside == []
    assert outline.handlers == []
