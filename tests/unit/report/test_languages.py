# SPDX-License-Identifier: Apache-2.0
"""Every sentence goes through the catalogue; numbers, dates and direction follow the language."""

import re
from datetime import datetime
from html.parser import HTMLParser

import pytest

from privseg.errors import InputError
from privseg.report import (
    ENGLISH,
    LanguageNotThereError,
    compose,
    language,
    languages,
    render,
)
from privseg.report import catalogue as made
from privseg.report.words import grouped
from tests.twins import marketer_report, pseudo_language

FIELDS = re.compile(r"\{[^{}]*\}")
LATIN = re.compile("[A-Za-z]{3,}")


class Texts(HTMLParser):
    """The texts of a page, those alone that are read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "pre", "dl"} and dict(attrs).get("class") != "key"

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "pre"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def test_the_catalogue_is_what_code_and_templates_say_now() -> None:
    assert made.stale() == []  # else: python -m privseg.report.catalogue


@pytest.mark.parametrize("code", made.codes())
def test_a_translation_that_is_shipped_is_whole(code: str) -> None:
    assert list(made.untranslated(code)) == []
    assert code in languages()


@pytest.mark.parametrize("code", made.codes())
def test_a_translation_fills_in_what_the_source_fills_in(code: str) -> None:
    for message in made.updated(code):
        source = message.id if isinstance(message.id, (list, tuple)) else [message.id]
        target = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        asked = {f for s in source for f in FIELDS.findall(str(s))}
        for text in target:
            assert set(FIELDS.findall(str(text))) <= asked
        assert {f for t in target for f in FIELDS.findall(str(t))} == asked


def test_every_text_of_a_page_goes_through_the_catalogue() -> None:
    statement = marketer_report.with_labels(marketer_report.statement(), "א")
    page = render(compose(statement, file="x", language=pseudo_language.MIRRORED))
    ours = {"EUR", "letter", "held", "out", "epsilon", "Beispiel", "Kleiderhaus", "Learning"}
    theirs = [t.title or "" for t in statement.plan.tables]
    theirs += [k for t in statement.protected.tables for c in t.cells for k in c.keys]
    theirs += [statement.plan.title, statement.purpose_title]
    body = page.partition('id="proof"')[0]
    found = {w for t in Texts(body).found for w in LATIN.findall(t)}
    assert found <= ours | set(LATIN.findall(" ".join(theirs)))


def test_a_page_says_its_language_and_runs_its_way() -> None:
    statement = marketer_report.statement(marketer_report.overview)
    assert '<html lang="en" dir="ltr">' in render(compose(statement, file="x"))
    mirrored = render(compose(statement, file="x", language=pseudo_language.MIRRORED))
    assert '<html lang="ar-XB" dir="rtl">' in mirrored


def test_german_has_its_own_marks_and_dates() -> None:
    german = language("de")
    assert grouped(1_234_567, german) == "1.234.567"
    assert german.date(datetime(2026, 3, 1)) == "1. März 2026"  # noqa: DTZ001  # a day
    assert german.listed(("A", "B", "C")) == "A, B und C"
    page = render(
        compose(marketer_report.statement(marketer_report.overview), file="x", language=german)
    )
    assert "etwa 1.240 Personen, plus oder minus 18" in page
    assert "People" not in page.partition("<body>")[2].partition('id="proof"')[0]


def test_the_order_of_sections_and_the_numbers_are_those_of_english() -> None:
    statement = marketer_report.statement()
    english = compose(statement, file="x")
    german = compose(statement, file="x", language=language("de"))
    names = [[p.name for p in s.parts] for s in english.sections]
    assert [[p.name for p in s.parts] for s in german.sections] == names
    one, other = (
        [m.value for s in b.sections for p in s.parts for f in p.panels
         if hasattr(f.figure, "marks") for m in f.figure.marks]
        for b in (english, german)
    )  # fmt: skip
    assert one == other


def test_a_language_that_nobody_translated_to_is_refused() -> None:
    with pytest.raises(LanguageNotThereError, match="there is no translation") as refused:
        language("../../etc")
    assert isinstance(refused.value, InputError)
    assert refused.value.known == languages()


def test_nothing_is_translated_to_nothing() -> None:
    assert language("de")("") == ""  # gettext would give its header
    assert ENGLISH("") == ""
