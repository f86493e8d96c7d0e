# SPDX-License-Identifier: Apache-2.0
"""A survey's export: a row per person who answered, a column per question, its text as header.

Every question becomes an attribute with a consent category of its own: people may let one answer
be used and not another. What only tells how the form was filled in is left out, and so is free
text unless somebody asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from privseg.policy.catalogue import ColumnType, SourceKind
from privseg.sources import hints
from privseg.sources.guess import Guess, Look
from privseg.sources.hints import KEYS, words
from privseg.sources.plan import LeftOut, Plan, named, person_of

LOOK = Look((";", "|"), fewest=1)  # survey tools put these between several answers in a cell
KEPT_KINDS = ("customer_number", "email", "phone")  # that say whose answers these are
FILLING_IN = hints.listed(
    "timestamp submitted submission start end started completed completion duration seconds "
    "respondent responseid response collector progress finished browser useragent ip ipaddress "
    "language seed zeitstempel horodateur"
)
MOST_WORDS = 4  # of a header that is no question: "Response ID", "Start date (UTC)"


def survey_of(found: Sequence[Guess], name: str, *, free_text: bool) -> Plan:
    """Return which columns are the person's and which are questions; the others are left out."""
    asked = [_asked(guess) for guess in found]
    person = person_of(asked) or _somebody(asked)
    why = [_why(guess, person, free_text=free_text) for guess in asked]
    kept = [guess for guess, reason in zip(asked, why, strict=True) if reason is None]
    left = tuple((g, reason) for g, reason in zip(asked, why, strict=True) if reason is not None)
    return Plan(
        name,
        SourceKind.PEOPLE,
        person,
        None,
        None,
        named(kept),
        survey=_categories(kept),
        left_out=left,
    )


def _categories(found: Sequence[Guess]) -> dict[str, str]:
    """Return the category of each question by its header; no two questions have one.

    ``Question [option]`` in several columns is one question.
    """
    by_question: dict[str, str] = {}
    for guess in found:
        question = question_of(guess.header)
        if question not in by_question:
            taken = set(by_question.values())
            by_question[question] = next(s for s in _names(question) if s not in taken)
    return {guess.header: by_question[question_of(guess.header)] for guess in found}


def _names(question: str) -> Iterator[str]:
    """Yield names for a question's category, until one is free."""
    name = f"survey-{slug_of(question)}"
    yield name
    yield from (f"{name}-{n}" for n in count(2))


def question_of(header: str) -> str:
    """Return the question of a column that may be one of its options.

    >>> question_of("Which do you like? [Sport]")
    'Which do you like?'
    """
    return header.partition("[")[0].strip() or header


def slug_of(question: str) -> str:
    """Return a question as the end of a category's name.

    >>> slug_of("2. Wie alt?"), slug_of("سؤال")
    ('2-wie-alt', 'question')
    """
    words_ = re.sub(r"[^a-z0-9]+", "-", question.lower()).strip("-")[:40].rstrip("-")
    return words_ or "question"


def _asked(guess: Guess) -> Guess:
    """Return a guess that takes no question for an identifier because of a word in it."""
    return guess if guess.seen or _is_short(guess) else replace(guess, identifier=None)


def _somebody(found: Sequence[Guess]) -> Guess | None:
    """Return the column that says of most rows, if not of all, whose they are."""
    kinds = (g for kind in KEPT_KINDS for g in found if g.identifier == kind)
    return next(kinds, None)


def _why(guess: Guess, person: Guess | None, *, free_text: bool) -> LeftOut | None:
    """Return why a column is left out; None of one that is not."""
    if guess is person:
        return None
    if guess.empty:
        return LeftOut.EMPTY
    if _is_filling_in(guess):
        return LeftOut.FILLING_IN
    if guess.identifier is not None:
        return None if guess.identifier in KEPT_KINDS else LeftOut.IDENTIFIER
    return LeftOut.FREE_TEXT if guess.type is ColumnType.TEXT and not free_text else None


def _is_filling_in(guess: Guess) -> bool:
    """Return whether a column tells when, how or under which number a form was filled in."""
    found = words(guess.header)
    of_form = _is_short(guess) and not found.isdisjoint(FILLING_IN)
    numbered = _is_short(guess) and guess.unique and guess.identifier is None and bool(found & KEYS)
    return of_form or numbered or guess.type is ColumnType.TIME


def _is_short(guess: Guess) -> bool:
    """Return whether a header is too short to be a question."""
    return len(guess.header.split()) <= MOST_WORDS and "?" not in guess.header
