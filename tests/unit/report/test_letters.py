# SPDX-License-Identifier: Apache-2.0
"""Letters: what each must state, in whose words, and what none of them may do."""

import ast
import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from privseg import report
from privseg.cli.dsr.letters import KINDS as NAMED
from privseg.dsr import RequestKind
from privseg.dsr.notice import NoticeKind
from privseg.errors import InputError
from privseg.loaders.laws import shipped_packs
from privseg.report import ENGLISH, Language, language, languages
from privseg.report.law_words import LAWS, PLACES, TOLD, ground_words, law_words
from privseg.report.letter_kinds import (
    DATED,
    ENDS,
    MAY_APPEAL,
    OWN,
    SECRET,
    TELL,
    TO_OTHERS,
    LetterKind,
)
from privseg.report.letter_templates import rendered
from privseg.report.letter_words import ACTS, KIND_NAMES, ORDERS, OUTCOMES, REQUESTS, SAID
from privseg.report.letters import LetterFactError, render_letter, values
from privseg.report.specimens import INVENTED, gallery, specimen

KINDS = list(LetterKind)
LANGUAGES = [ENGLISH, language("de")]
HOSTILE = '"><script>alert(1)</script><b onclick="x">&{{ 7*7 }}{% raw %}'


class Page(HTMLParser):
    """The elements, attributes and text of a letter."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._texts: list[str] = []
        self._silent = False
        self.feed(page)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in {"style", "title"}
        self.tags[tag, tuple(name for name, _ in attrs)] += 1

    def handle_endtag(self, tag: str) -> None:
        self._silent = self._silent and tag not in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._texts.append(data)


@pytest.mark.parametrize("said", LANGUAGES, ids=lambda s: s.code)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_says_who_writes_what_about_when_and_by_which_law(
    kind: LetterKind, said: Language
) -> None:
    letter = specimen(kind)
    shown = dict(values(letter, said))
    text = Page(render_letter(letter, language=said)).text
    wanted = ["controller", "contact", "reference", "written", "law"]
    wanted += [] if kind in TO_OTHERS else ["received", "request"]
    wanted += ["answer_by"] if kind in DATED - {LetterKind.EXTENDED} else []
    for name in (*wanted, *OWN[kind]):
        found = shown[name]
        for line in found if isinstance(found, list) else [found]:
            assert str(line) in text, name


@pytest.mark.parametrize("kind", sorted(ENDS))
def test_an_answer_says_where_to_complain_and_how_to_appeal(kind: LetterKind) -> None:
    letter = specimen(kind)
    page = Page(render_letter(letter)).text
    assert letter.complaint[0] in page
    assert ("answers within 45 days" in page) is (kind in MAY_APPEAL)
    assert "answers within" not in Page(render_letter(replace(letter, appeal=None))).text


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_without_a_fact_that_it_must_state_is_not_made(kind: LetterKind) -> None:
    whole = specimen(kind)
    for name in OWN[kind]:
        facts = {n: f for n, f in whole.facts.items() if n != name}
        with pytest.raises(LetterFactError, match=f"'{name}': it is missing; nothing was written"):
            replace(whole, facts=facts)
    with pytest.raises(LetterFactError, match="'extra': no template of this letter has it"):
        replace(whole, facts={**whole.facts, "extra": "x"})
    for name in ("controller", "contact", "reference", "law"):
        with pytest.raises(LetterFactError, match="it is empty"):
            replace(whole, **{name: " \n"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_with_a_gap_is_an_error_and_never_a_blank(kind: LetterKind) -> None:
    whole = {**dict(values(specimen(kind), ENGLISH)), "watermark": ""}
    for name in {*OWN[kind], "controller", "contact", "reference", "written", "law"} - {
        "recipient"
    }:
        gap = {n: v for n, v in whole.items() if n != name}
        with pytest.raises(UndefinedError):
            rendered(kind, gap, language=ENGLISH, own={})


@pytest.mark.parametrize(
    ("kind", "name", "given_", "why"),
    [
        (LetterKind.EXTENDED, "until", "5 March", "must be a date"),
        (LetterKind.EXTENDED, "until", "20270305", "must be a date"),
        (LetterKind.EXTENDED, "until", "", "it is empty"),
        (LetterKind.EXTENDED, "reasons", "one text", "it must be lines"),
        (LetterKind.EXTENDED, "reasons", (), "it is empty"),
        (LetterKind.EXTENDED, "reasons", ("", "a"), "it is empty"),
        (LetterKind.ERASED, "secret", ("a",), "it must be text"),
        (LetterKind.APPEAL_DECIDED, "outcome", "maybe", "one of upheld, dismissed"),
        (LetterKind.WORK_ORDER, "act", "erased", "one of erase, correct, restrict, export"),
    ],
)
def test_a_fact_of_another_shape_is_refused(
    kind: LetterKind, name: str, given_: str | tuple[str, ...], why: str
) -> None:
    with pytest.raises(LetterFactError, match=why) as refused:
        replace(specimen(kind), facts={**INVENTED[kind], name: given_})
    assert isinstance(refused.value, InputError)
    assert refused.value.name == name


@pytest.mark.parametrize("kind", sorted(TELL))
def test_a_letter_that_tells_of_data_is_not_made_for_somebody_unknown(kind: LetterKind) -> None:
    with pytest.raises(LetterFactError, match="tells whether data are held"):
        render_letter(replace(specimen(kind), may_tell=False))


@pytest.mark.parametrize("said", LANGUAGES, ids=lambda s: s.code)
@pytest.mark.parametrize("kind", sorted({*KINDS} - TELL - TO_OTHERS))
def test_a_letter_to_somebody_unknown_says_that_it_says_nothing(
    kind: LetterKind, said: Language
) -> None:
    page = Page(render_letter(replace(specimen(kind), identified=False), language=said)).text
    silent = {
        LetterKind.RECEIVED: "It does not say whether we hold data about you.",
        LetterKind.IDENTITY_NEEDED: "It does not say whether we hold data about anybody.",
        LetterKind.EXTENDED: "",  # says only how long it takes
    }
    general = (
        "This letter does not say whether we hold data about anybody: as long as we do not know "
        "who asks, we must not."
    )
    if said is ENGLISH:
        assert silent.get(kind, general) in page


@given(text=st.text(min_size=1).filter(lambda t: t.strip()), kind=st.sampled_from(KINDS))
@settings(deadline=None, max_examples=30)
def test_no_fact_can_bring_in_an_element(text: str, kind: LetterKind) -> None:
    letter = specimen(kind)
    for hostile in (HOSTILE, f"{HOSTILE}{text}"):
        facts = {
            name: fact
            if OWN[kind][name].is_day or name in {"outcome", "act"}
            else hostile
            if isinstance(fact, str)
            else tuple(hostile for _ in fact)
            for name, fact in letter.facts.items()
        }
        odd = replace(
            letter, controller=hostile, contact=f"at {hostile}", reference=hostile, law=hostile,
            complaint=(hostile,), facts=facts,
        )  # fmt: skip
        page = render_letter(odd)
        assert Page(page).tags == Page(render_letter(letter)).tags
        assert "{{ 7*7 }}" in page  # shown as it is; nothing computes it


def test_what_turns_text_around_or_breaks_lines_is_taken_out() -> None:
    odd = replace(specimen(LetterKind.DONE), facts={"done": ["a\u202eb\r\n\x07c"]})
    assert "<li>a b c</li>" in render_letter(odd)


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_loads_and_runs_nothing(kind: LetterKind) -> None:
    page = render_letter(specimen(kind))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert not re.search(r"https?:|src=|href=|<script|url\(|@import", page)


@pytest.mark.parametrize(("code", "day"), [("en", "8 February 2027"), ("de", "8. Februar 2027")])
def test_dates_are_written_out_in_the_readers_language(code: str, day: str) -> None:
    page = render_letter(specimen(LetterKind.RECEIVED), language=language(code))
    assert day in page
    assert f'<html lang="{code}"' in page
    assert not re.search(r"2027-\d\d-\d\d", page)


def test_the_gallery_has_every_letter_in_every_language_and_calls_it_a_specimen() -> None:
    pages = dict(gallery())
    assert set(pages) == {f"{k}.{c}.html" for k in KINDS for c in languages()} | {"index.html"}
    assert {"en", "de"} <= set(languages())
    for name, page in pages.items():
        assert ("SPECIMEN" in page) or ("MUSTER" in page), name
        assert name == "index.html" or f'href="{name}"' in pages["index.html"]
    marks = [p for n, p in pages.items() if n != "index.html"]
    assert all('<p class="watermark">' in page for page in marks)
    assert '<p class="watermark">' not in render_letter(specimen(LetterKind.DONE))


def test_no_letter_in_german_has_an_english_sentence() -> None:
    german = language("de")
    for kind in KINDS:
        letter = specimen(kind)
        ours = {s for s in Page(render_letter(letter)).text.split(". ") if len(s.split()) > 4}
        theirs = Page(render_letter(letter, language=german)).text
        facts = " ".join(
            (letter.contact, *letter.complaint,
             *(f if isinstance(f, str) else " ".join(f) for f in letter.facts.values()))
        )  # fmt: skip
        assert not [s for s in ours if s in theirs and s not in facts], kind


@pytest.mark.parametrize("text", [*REQUESTS.values(), *ACTS.values(), *ORDERS.values(),
                                  *OUTCOMES.values(), *LAWS.values(), *TOLD, *SAID])  # fmt: skip
def test_every_word_of_a_letter_is_translated(text: str) -> None:
    assert language("de").catalogue._catalog.get(text)  # type: ignore[attr-defined]


def test_what_every_shipped_law_says_to_people_can_be_translated() -> None:
    said = {text for pack in shipped_packs() if pack.requests for text in pack.requests.complaints}
    said |= {g.title for p in shipped_packs() if p.requests for g in p.requests.all_grounds}
    assert said == set(TOLD)  # else: add it to report/law_words.py
    names = {pack.requests.pack.partition("@")[0] for pack in shipped_packs() if pack.requests}
    assert names == LAWS.keys() == PLACES.keys()


def test_what_the_engine_puts_into_letters_stands_in_the_catalogue() -> None:
    engine = Path(report.__file__).parents[1] / "engine"
    for file in engine.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "marked":
                assert ast.literal_eval(node.args[0]) in SAID, file.name


def test_a_ground_keeps_its_article_in_every_language() -> None:
    line = ground_words("A law obliges us to keep the data.", "Art. 17(3)(b)")
    german = "Ein Gesetz verpflichtet uns, die Daten aufzubewahren. (Art. 17(3)(b))"
    assert law_words(line, language("de")) == german
    assert law_words("of nobody's pack. (Art. 1)", language("de")) == "of nobody's pack. (Art. 1)"


def test_the_time_of_an_appeal_has_its_plural() -> None:
    german = language("de")
    letter = replace(specimen(LetterKind.REFUSED), appeal="1 month")
    assert "die Frist dafür beträgt 1 Monat" in Page(render_letter(letter, language=german)).text


def test_the_written_date_is_the_day_it_is_given() -> None:
    letter = replace(specimen(LetterKind.RECEIVED), written=date(2028, 2, 29))
    assert "29 February 2028" in render_letter(letter)


def test_letters_with_a_secret_and_letters_to_others_are_named() -> None:
    assert {k for k in KINDS if {"secret", "passphrase"} & OWN[k].keys()} == SECRET
    assert {k for k in KINDS if {"recipient", "system"} & OWN[k].keys()} == TO_OTHERS


def test_every_kind_of_request_of_a_person_has_its_words() -> None:
    theirs = {kind.value for kind in RequestKind if kind.is_of_person}
    assert theirs == REQUESTS.keys() == KIND_NAMES.keys()
    assert {kind.value for kind in NoticeKind} == ACTS.keys()


def test_the_help_of_the_command_line_names_every_letter() -> None:
    assert {*NAMED.split(", ")} == {kind.value for kind in KINDS}
