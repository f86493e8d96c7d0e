# SPDX-License-Identifier: Apache-2.0
"""Why somebody is in a segment, on a page that is not English: the same, in their language."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from privseg.policy.catalogue import ColumnType
from privseg.report import ENGLISH, language, render_access
from privseg.report.person_page import PersonPage
from privseg.report.person_wording import PageVoice, Wording
from privseg.report.plain_words import plain_name
from privseg.segment import Any_, Condition, Not, explain
from tests.twins.pseudo_language import FIELD, MIRRORED
from tests.twins.segment_nodes import DE, NODES, Op, attribute
from tests.unit.report.test_pages import Outline
from tests.unit.report.test_person_page import answer, body, segment
from tests.unit.segment.test_explain import WORDS

GERMAN = language("de")
LATIN = re.compile("[A-Za-z]{2,}")
LABELS = {"lapsed": "Gone & quiet"}
VOICE = PageVoice(GERMAN, LABELS, {"lapsed": "en"})
ALWAYS = "zu irgendeinem Zeitpunkt"
SAID = {
    "equals": "country ist DE",
    "in": "country ist DE oder FR",
    "between": "age liegt zwischen 18 und 34 (einschließlich)",
    "at least": "rating ist mindestens 4,50",
    "over": "credit ist mehr als 200,50 EUR",
    "at most": "born ist 2000-02-29 oder früher",
    "under": "seen liegt vor 2026-03-29 01:30:00 UTC",
    "starts with": "city beginnt mit Köln",
    "contains a text": 'city enthält "New York; all of ("',
    "contains a member": "interests umfasst tea",
    "is known": "vip ist bekannt",
    "is not known": "vip ist nicht bekannt",
    "yes": "vip ist ja",
    "an empty text": "city ist der leere Text",
    "an account that is known": "company ist bekannt",
    "several tests": "age ist mehr als 17 und ist weniger als 35",
    "within": "seen liegt in den letzten 12 Stunden",
    "older than": "born liegt mehr als 18 Jahre zurück",
    "within next": "born liegt weniger als 3 Monate in der Zukunft",
    "an anniversary": "born jährt sich heute oder weniger als 1 Woche danach",
    "account": "industry des Unternehmens ist software oder retail",
    "score": "der errechnete Wert rfm recency ist höchstens 2",
    "cohort": "auf der Liste newsletter-2026",
    "sample": "in der Stichprobe holdout von 10\xa0%",
    "event": f"mindestens ein Ereignis „purchase“ {ALWAYS}",
    "event in a window": "mindestens ein Ereignis „purchase“ in den letzten 30 Tagen",
    "event between days": "mindestens ein Ereignis „purchase“ ab 2026-01-01 und vor 2026-02-01",
    "event between moments": (
        "mindestens ein Ereignis „purchase“ ab 2026-01-01 00:00:00 UTC und vor "
        "2026-01-01 00:00:00.000005 UTC"
    ),
    "count": "2 bis 5 Ereignisse „purchase“ in den letzten 365 Tagen",
    "sum": f"die Summe von purchase amount ist mehr als 200,00 EUR {ALWAYS}",
    "count and sum": (
        "mindestens 2 Ereignisse „purchase“ und die Summe von purchase amount ist mehr als "
        "200,00 EUR in den letzten 365 Tagen"
    ),
    "average": (
        f"unter den Ereignissen „purchase“ {ALWAYS}: der Durchschnitt von purchase amount liegt "
        "zwischen 20,00 EUR und 50,00 EUR (einschließlich)"
    ),
    "min": (
        f"unter den Ereignissen „purchase“ {ALWAYS}: der kleinste Wert von purchase items ist "
        "mindestens 2"
    ),
    "max": (
        f"unter den Ereignissen „page view“ {ALWAYS}: der späteste Wert von page view delivery "
        "ist bekannt"
    ),
    "first": (
        f"unter den Ereignissen „page view“ {ALWAYS}: page view section des ersten Ereignisses "
        "ist shoes"
    ),
    "last": (
        "unter den Ereignissen „purchase“ in den letzten 365 Tagen: purchase time des letzten "
        "Ereignisses liegt in den letzten 7 Tagen"
    ),
    "distinct": (
        f"unter den Ereignissen „page view“ {ALWAYS}: die Zahl verschiedener page view section "
        "ist mindestens 2"
    ),
    "several aggregates": (
        "unter den Ereignissen „purchase“ in den letzten 365 Tagen, wobei gilt: (es trifft nicht "
        "zu: purchase items ist 0): mindestens 2 Ereignisse „purchase“ und weniger als 9 "
        "Ereignisse „purchase“ und die Summe von purchase amount ist mehr als 200,00 EUR und die "
        "Summe von purchase items ist mehr als 3 und der größte Wert von purchase amount ist "
        "weniger als 90,00 EUR"
    ),
    "filter": (
        "mindestens ein Ereignis „page view“ in den letzten 30 Tagen, wobei gilt: (page view "
        "section ist shoes oder sale)"
    ),
    "filters": (
        f"mindestens ein Ereignis „page view“ {ALWAYS}, wobei gilt: alle von (mindestens eines "
        "von (page view section ist shoes oder sale; page view logged in ist ja); es trifft nicht "
        "zu: (page view section ist shoes oder sale); keines von (page view article ist purchase "
        "coupon eines Ereignisses „purchase“ in den letzten 2 Wochen))"
    ),
    "the same as another event's": (
        f"mindestens ein Ereignis „page view“ {ALWAYS}, wobei gilt: (page view article ist "
        "purchase coupon eines Ereignisses „purchase“ in den letzten 2 Wochen)"
    ),
    "sequence": f"nacheinander („page view“; dann „purchase“), jedes {ALWAYS}",
    "sequence with everything": (
        "nacheinander („page view“, wobei gilt: (page view section ist shoes oder sale); dann "
        "„email open“; dann „purchase“), jedes in den letzten 30 Tagen, das letzte weniger als 36 "
        "Stunden nach dem ersten, und kein „page view“, wobei gilt: (es trifft nicht zu: (page "
        "view section ist shoes oder sale)) vom ersten an bis 36 Stunden danach"
    ),
    "sequence without": (
        "nacheinander („page view“; dann „email open“), jedes in den letzten 30 Tagen, und kein "
        "„purchase“ vom ersten an"
    ),
    "segment": "im Segment „<Gone & quiet>“",
    "all": (
        f"country ist DE; mindestens eines von (mindestens ein Ereignis „purchase“ {ALWAYS}; im "
        "Segment „<Gone & quiet>“)"
    ),
    "any": (
        f"mindestens eines von (alle von (country ist DE; mindestens ein Ereignis „purchase“ "
        f"{ALWAYS}); es trifft nicht zu: country ist DE)"
    ),
    "not": f"kein Ereignis „purchase“ {ALWAYS}",
}  # the label in <> is marked as English
FOREIGN = re.compile(r"<Gone & quiet>")
MARKED = '<span lang="en">Gone &amp; quiet</span>'


def spoken(condition: Condition, voice: PageVoice = VOICE) -> str:
    return str(explain(condition, voice))


def page_of(*segments: dict[str, Any], wording: Wording) -> str:
    return render_access(answer(segments=list(segments)), language=GERMAN, wording=wording)


@pytest.mark.parametrize("name", NODES)
def test_each_node_in_german(name: str) -> None:
    parts = FOREIGN.split(SAID[name])
    assert spoken(NODES[name]) == MARKED.join(str(escape(part)) for part in parts)


def test_german_says_every_node_that_english_says() -> None:
    assert set(SAID) == set(WORDS) == set(NODES)


@pytest.mark.parametrize("name", NODES)
def test_a_voice_changes_no_english(name: str) -> None:
    assert explain(NODES[name]) == WORDS[name]


class Silent:
    """Says no word: what is filled in is all that is left."""

    def __call__(self, message: str) -> str:
        return f" {' '.join(FIELD.findall(message))} "

    def many(self, one: str, more: str, count: int) -> str:
        return self(one if count == 1 else more)

    def name(self, name: str) -> str:
        return plain_name(name)

    def segment(self, name: str) -> str:
        return name

    def number(self, text: str) -> str:
        return text


@pytest.mark.parametrize("name", NODES)
def test_every_word_goes_through_the_voice(name: str) -> None:
    """A language written in other letters shows what is not translated."""
    said = spoken(NODES[name], PageVoice(MIRRORED, {"lapsed": "lapsed"}, {}))
    filled = str(escape(explain(NODES[name], Silent())))
    assert LATIN.findall(said) == LATIN.findall(filled)
    assert explain(NODES[name], Silent()).split() != explain(NODES[name]).split()


def test_two_conditions_never_say_the_same() -> None:
    said = [spoken(condition) for condition in NODES.values()]
    assert all(one != other for one, other in combinations(said, 2))
    unquoted = [re.sub("&#34;.*?&#34;", "", text) for text in said]  # in quotes are values
    assert all(text.count("(") == text.count(")") for text in unquoted)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Not(Not(DE)), "es trifft nicht zu: es trifft nicht zu: country ist DE"),
        (Not(Any_((DE, NODES["is known"]))), "keines von (country ist DE; vip ist bekannt)"),
        (Not(NODES["in"]), "es trifft nicht zu: (country ist DE oder FR)"),
        (Not(NODES["filter"]), f"es trifft nicht zu: ({SAID['filter']})"),
        (Not(NODES["event in a window"]), "kein Ereignis „purchase“ in den letzten 30 Tagen"),
    ],
)  # fmt: skip
def test_a_not_says_how_far_it_goes(condition: Condition, words: str) -> None:
    assert spoken(condition) == words


@given(st.text(max_size=60))
def test_no_value_becomes_part_of_the_page(text: str) -> None:
    hostile = f'{text}<script>x</script><img src=x onerror="y">'
    said = spoken(attribute("city", ColumnType.TEXT, Op.EQUALS, hostile))
    outline = Outline(f"<p>{said}</p>")
    assert outline.tags == ["p"]
    assert outline.handlers == []


def test_the_page_says_conditions_and_numbers_in_its_language() -> None:
    told = segment("a", member=True)
    first, second = (clause["condition"] for clause in told["clauses"])
    told["ways_out"] = [[{"kind": "value", "of": "credit", "to": "300.50", "number": 1},
                         {"kind": "value", "of": "city", "to": "4.10", "number": 1}]]  # fmt: skip
    wording = Wording(
        {first: VOICE("erste Bedingung & mehr"), second: VOICE("zweite Bedingung")},
        decimals=frozenset({"sum of purchase.amount", "credit"}),
    )
    page = page_of(told, wording=wording)
    assert "<li>Erste Bedingung & mehr. <strong>" in page
    assert "<li>Zweite Bedingung. <strong>" in page
    assert "Summe von purchase amount = 104,01" in page
    assert "credit den Wert 300,50" in page
    assert "city den Wert 4.10" in page  # a text that looks like a number stays what it is
    assert "email open" not in page


def test_what_nobody_said_in_the_language_is_marked_as_english() -> None:
    page = page_of(segment("a", member=True), wording=Wording())
    assert '<span lang="en">No email open in the last 30 days.</span>' in page
    english = render_access(answer(segments=[segment("a", member=True)]), language=ENGLISH)
    assert "lang=" not in body(english)
    assert '<span lang="en">' not in english


def test_a_draw_of_chance_is_named_in_the_language() -> None:
    for said, name in ((GERMAN, "Stichprobe hold out"), (ENGLISH, "sample hold out")):
        assert PersonPage({}, said).own("sample hold_out") == name


def test_a_label_in_another_language_is_marked_wherever_it_stands() -> None:
    found = {"segment": "a", "version": "v", "found_at": "2026-11-01T08:30:00+00:00",
             "found_by": "a report", "meaning": None}  # fmt: skip
    document = answer(segments=[segment("a", member=True)], memberships=[found])
    page = render_access(document, language=GERMAN, wording=Wording(foreign={"a": "en"}))
    assert page.count('<span lang="en">A</span>') == 2
    assert '<span lang="en">A</span>' not in render_access(document, language=GERMAN)
