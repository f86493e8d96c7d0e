# SPDX-License-Identifier: Apache-2.0
"""Letters to people, in a calm voice and plain words: one page of A4, two for a long erasure.

No letter is made without the facts it must state, and none says more than its reader may know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from privseg.errors import InputError
from privseg.report.erased_words import erased_words
from privseg.report.language import ENGLISH, Language
from privseg.report.law_words import law_name, law_words
from privseg.report.letter_kinds import (
    DATED,
    ENDS,
    MAY_APPEAL,
    OWN,
    TELL,
    TO_OTHERS,
    LetterKind,
    Shape,
)
from privseg.report.letter_templates import Templates, rendered
from privseg.report.letter_words import OUTCOMES, REQUESTS, WORDS, span_words

Facts = Mapping[str, str | Sequence[str]]
"""What a letter has beside what every letter has; dates are ISO text."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
"""What breaks lines or turns text around; a fact is one line."""


class LetterFactError(InputError):
    """A letter lacks a fact that it must state, or has one of another shape; none was written."""

    def __init__(self, kind: LetterKind, name: str, why: str) -> None:
        super().__init__(
            f"the letter {kind.value} needs the fact {name[:40]!a}: {why}; nothing was written"
        )
        self.kind = kind
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter's facts.

    ``request`` is the kind of what was asked, ``law`` the law and article in words, ``complaint``
    where to complain, ``appeal`` the time that an appeal may take ("45 days"; None: there is none).
    ``identified`` says that we know who asks, ``may_tell`` that they may be told of data;
    ``needs_identity``, ``may_pause`` and ``may_extend`` what the law says of this kind of request.
    """

    kind: LetterKind
    controller: str
    contact: str
    reference: str
    written: date
    request: str
    received: date
    law: str
    complaint: tuple[str, ...]
    answer_by: date
    appeal: str | None = None
    identified: bool = False
    may_tell: bool = False
    needs_identity: bool = True
    may_pause: bool = False
    may_extend: bool = False
    facts: Facts = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse a letter without what it must state.

        Raises:
            LetterFactError: a fact is missing, empty, unknown or of another shape.
        """
        for name, shape in OWN[self.kind].items():
            _require(self.kind, name, shape, self.facts.get(name))
        for name in sorted(self.facts.keys() - OWN[self.kind].keys()):
            raise LetterFactError(self.kind, name, "no template of this letter has it")
        for name in ("controller", "contact", "reference", "law"):
            _require(self.kind, name, Shape.TEXT, getattr(self, name))
        if self.kind in ENDS:
            _require(self.kind, "complaint", Shape.LINES, self.complaint)


def render_letter(
    letter: Letter,
    *,
    language: Language = ENGLISH,
    own: Templates | None = None,
    watermark: str = "",
) -> str:
    """Return a letter's HTML, in a language, by the workspace's own templates where it has some.

    Raises:
        LetterFactError: the person who reads it is not identified, and it tells of their data.
        LetterTemplateError: a template of the workspace's own cannot be filled in.
    """
    if letter.kind in TELL and not letter.may_tell:
        raise LetterFactError(letter.kind, "may_tell", "it tells whether data are held")
    said = {**dict(values(letter, language)), "watermark": watermark}
    return rendered(letter.kind, said, language=language, own=own or {})


def values(letter: Letter, _: Language) -> Iterator[tuple[str, object]]:
    """Yield everything that a template may say."""
    kind, to_person = letter.kind, letter.kind not in TO_OTHERS
    for name in ("controller", "contact", "reference"):
        yield name, plain(getattr(letter, name))
    yield "written", _day(letter.written, _)
    yield "received", _day(letter.received, _)
    yield "answer_by", _day(letter.answer_by, _)
    yield "request", _(REQUESTS[letter.request]) if to_person else ""
    yield "law", law_name(plain(letter.law), _)
    yield "complaint", [law_words(plain(line), _) for line in letter.complaint]
    yield "says_complaint", kind in ENDS
    yield "says_appeal", kind in MAY_APPEAL and letter.appeal is not None
    yield "appeal", span_words(letter.appeal, _) if letter.appeal else ""
    yield "to_person", to_person
    yield "may_tell_nothing", kind not in DATED
    for name in ("identified", "needs_identity", "may_pause", "may_extend"):
        yield name, getattr(letter, name)
    for name, shape in OWN[kind].items():
        yield name, _shown(letter, name, shape, _)
    given = letter.facts.get("recipient") or letter.facts.get("system") or ""
    yield "addressee", plain(str(given))


def _shown(letter: Letter, name: str, shape: Shape, _: Language) -> object:
    """Return one of the letter's own facts as it is printed."""
    given = letter.facts[name]
    if not isinstance(given, str):
        words = erased_words if letter.kind is LetterKind.ERASED else law_words
        return [words(plain(line), _) for line in given]
    if shape.is_day:
        return _day(date.fromisoformat(given), _) if given else ""
    known = OUTCOMES if name == "outcome" else WORDS.get(letter.kind, {}) if name == "act" else {}
    return _(known[given]) if given in known else plain(given)


def _require(kind: LetterKind, name: str, shape: Shape, given: str | Sequence[str] | None) -> None:
    """Refuse a fact that is missing or of another shape."""
    if given is None:
        raise LetterFactError(kind, name, "it is missing")
    if isinstance(given, str) is shape.is_lines:
        raise LetterFactError(kind, name, f"it must be {shape.value}")
    lines = [given] if isinstance(given, str) else given
    if not shape.may_be_empty and not (lines and all(plain(line) for line in lines)):
        raise LetterFactError(kind, name, "it is empty")
    if shape.is_day and given and not _is_day(str(given)):
        raise LetterFactError(kind, name, "it must be a date, such as 2027-01-31")
    if name == "act" and given not in WORDS[kind]:
        raise LetterFactError(kind, name, f"it must be one of {', '.join(WORDS[kind])}")
    if name == "outcome" and given not in OUTCOMES:
        raise LetterFactError(kind, name, f"it must be one of {', '.join(OUTCOMES)}")


def plain(text: str) -> str:
    r"""Return a fact as one line of text, without what steers a page's direction or lines.

    >>> plain("a\u202eb\n c ")
    'a b c'
    """
    return " ".join(_CONTROL.sub(" ", text).split())


def _is_day(text: str) -> bool:
    """Return whether a text is an ISO date."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _day(day: date, _: Language) -> str:
    """Return a date written out."""
    return _.date(datetime.combine(day, time()))
