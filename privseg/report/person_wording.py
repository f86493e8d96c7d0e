# SPDX-License-Identifier: Apache-2.0
"""What a person's page says of segments in its own language, where the document says it in English.

The document keeps the English of the segment room, which programs compare; a page looks up its own
words by it. Authors' labels stay as they were written: one in another language than the page's is
marked with its language, for readers and for machines that read aloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from privseg.report.language import ENGLISH, SOURCE, Language
from privseg.report.plain_words import plain_name


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one page; without any it says what the document says.

    ``conditions`` are by the document's English, ``foreign`` the languages of those labels that are
    not in the page's, ``decimals`` the names of what is counted in decimal numbers.
    """

    conditions: Mapping[str, Markup] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)
    decimals: frozenset[str] = frozenset()


AS_TOLD = Wording()


class PageVoice:
    """Says conditions in the language of a page, as HTML: whatever is filled in is escaped."""

    def __init__(
        self, language: Language, labels: Mapping[str, str], foreign: Mapping[str, str]
    ) -> None:
        self._language, self._labels, self._foreign = language, labels, foreign

    def __call__(self, message: str) -> Markup:
        """Return a message of the segment room, from the catalogue of messages."""
        return Markup(self._language(message))  # noqa: S704  # ours: of the catalogue

    def many(self, one: str, more: str, count: int) -> Markup:
        """Return the form for ``count`` things."""
        return Markup(self._language.many(one, more, count))  # noqa: S704  # likewise

    def name(self, name: str) -> str:
        """Return a name without the marks that programs need."""
        return plain_name(name)

    def segment(self, name: str) -> str:
        """Return a segment's label."""
        return in_its_language(self._labels.get(name) or plain_name(name), self._foreign.get(name))

    def number(self, text: str) -> str:
        """Return a decimal with the mark of the language."""
        return with_point(text, self._language)


def in_its_language(text: str, code: str | None) -> str:
    """Return a text marked with its language; as it is, where that is the page's.

    >>> in_its_language("A & B", None), str(in_its_language("A & B", "en"))
    ('A & B', '<span lang="en">A &amp; B</span>')
    """
    return text if code is None else Markup('<span lang="{}">{}</span>').format(code, text)


def in_english(text: str, language: Language = ENGLISH) -> str:
    """Return English that nobody put into a page's language, marked as such."""
    return in_its_language(text, None if language.code == SOURCE else SOURCE)


def with_point(text: str, language: Language) -> str:
    """Return an exact decimal, written with a point, as a language writes it.

    >>> with_point("-12.50", ENGLISH)
    '-12.50'
    """
    return text.replace(".", language.point)
