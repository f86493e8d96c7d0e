# SPDX-License-Identifier: Apache-2.0
"""A language of pages: its words, its marks in numbers and its direction, all from one catalogue.

English is the source. A catalogue (gettext) holds more than sentences: the marks between digits,
the form of a date and the direction of writing are messages with a context, so that a translator
changes them without a line of code.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib import resources

from privseg.errors import InputError

DOMAIN = "privseg"
SOURCE = "en"


class LanguageNotThereError(InputError):
    """A page is asked for in a language that nobody has translated it to."""

    def __init__(self, code: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"there is no translation to that language; there are {', '.join(known)}; "
            "ask for one of them, or translate locale/privseg.pot"
        )
        self.code = code
        self.known = known


def marked(message: str) -> str:
    """Return ``message`` itself: it is put into the catalogue here, and translated where shown."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """How to say something. Called with an English message it returns the translation.

    >>> ENGLISH("withheld"), ENGLISH.direction, ENGLISH.many("{n} cell", "{n} cells", 2)
    ('withheld', 'ltr', '{n} cells')
    """

    code: str = SOURCE
    catalogue: gettext.NullTranslations = field(
        default_factory=gettext.NullTranslations, repr=False, compare=False
    )

    def __call__(self, message: str) -> str:
        """Return the translation of ``message``; nothing stays nothing (gettext keeps a header)."""
        return self.catalogue.gettext(message) if message else ""

    def many(self, one: str, more: str, count: int) -> str:
        """Return the form for ``count`` things, by the plural rule of the language."""
        return self.catalogue.ngettext(one, more, count)

    def meant(self, context: str, message: str) -> str:
        """Return the translation of a message that is ambiguous without its context."""
        return self.catalogue.pgettext(context, message)

    @property
    def direction(self) -> str:
        """Return "ltr" or "rtl"; anything else a catalogue says is the first."""
        said = self.meant("direction of writing: ltr or rtl", "ltr")
        return said if said == "rtl" else "ltr"

    @property
    def group(self) -> str:
        """Return what stands between groups of three digits."""
        return self.meant("between groups of three digits", ",")

    @property
    def point(self) -> str:
        """Return what stands before decimals."""
        return self.meant("before decimals", ".")

    def month(self, number: int) -> str:
        """Return a month's name.

        >>> ENGLISH.month(11)
        'November'
        """
        return self(MONTHS[number - 1])

    def date(self, at: datetime) -> str:
        """Return a date as people write it.

        >>> ENGLISH.date(datetime(2026, 11, 1))
        '1 November 2026'
        """
        form = self.meant("a date", "{day} {month} {year}")
        return form.format(day=at.day, month=self.month(at.month), year=at.year)

    def listed(self, words: tuple[str, ...]) -> str:
        """Return words in a row.

        >>> ENGLISH.listed(("A", "B", "C"))
        'A, B and C'
        """
        if len(words) < 2:  # noqa: PLR2004  # one word needs no "and"
            return "".join(words)
        first = self.meant("between words of a list", ", ").join(words[:-1])
        return self.meant("a list and its last word", "{first} and {last}").format(
            first=first, last=words[-1]
        )


MONTHS = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)

ENGLISH = Language()


@cache  # what is packaged with us does not change while we run
def languages() -> tuple[str, ...]:
    """Return every language there is, English first."""
    folder = resources.files("privseg.report") / "locale"
    codes = (d.name for d in folder.iterdir() if _file_of(d.name).is_file())
    return (SOURCE, *sorted(codes))


def language(code: str) -> Language:
    """Return the language of a code ("de").

    Raises:
        LanguageNotThereError: nobody has translated to it.
    """
    if code == SOURCE:
        return ENGLISH
    known = languages()
    if code not in known:
        raise LanguageNotThereError(code, known)
    with _file_of(code).open("rb") as file:
        return Language(code, gettext.GNUTranslations(file))


def _file_of(code: str) -> resources.abc.Traversable:
    """Return where a language's compiled catalogue lies."""
    return resources.files("privseg.report").joinpath("locale", code, f"{DOMAIN}.mo")
