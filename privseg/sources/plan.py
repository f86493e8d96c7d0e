# SPDX-License-Identifier: Apache-2.0
"""From guesses about columns to the parts of a source: whose rows, of what, when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from privseg.policy.catalogue import ColumnType, SourceKind
from privseg.sources.guess import Guess
from privseg.sources.hints import KEYS, TIMES, words

_TAKEN = {
    "null": "null_given",
    "ordinal": "ordinal_given",
    "event_id": "event_id_given",
    "time": "time_of_day",
}


class LeftOut(StrEnum):
    """Why a column of a survey is not imported."""

    FREE_TEXT = "free text: people write names, addresses and illnesses into it"
    IDENTIFIER = "says who somebody is; whose row it is, another column says"
    FILLING_IN = "tells how the survey was filled in, and answers nothing"
    EMPTY = "nobody answered it"


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts a file seems to have; of a survey each column is a question."""

    name: str
    kind: SourceKind
    person: Guess | None
    time: Guess | None
    event_id: Guess | None
    columns: tuple[tuple[Guess, str], ...]  # with the attribute of each
    survey: Mapping[str, str] = field(default_factory=dict)  # by question (header): its category
    left_out: tuple[tuple[Guess, LeftOut], ...] = ()

    @property
    def event(self) -> str:
        """Return what happened, as segments would call it."""
        money = any(g.type is ColumnType.MONEY for g, _ in self.columns)
        return "purchase" if money else f"{self.name.removesuffix('s')}_event"[:60]

    @property
    def fact(self) -> str:
        """Return the category of the bare fact of an event."""
        return "purchases" if self.event == "purchase" else "activity"

    @property
    def readable(self) -> list[tuple[Guess, str]]:
        """Return the columns that a segmenter would read: no identifier, key or special one."""
        plain = [(g, a) for g, a in self.columns if not g.identifier and not g.special]
        return [(g, a) for g, a in plain if not (g.unique and words(g.header) & KEYS)]

    def category(self, guess: Guess) -> str:
        """Return the category of data of a column; each question of a survey has its own."""
        if guess.header in self.survey:
            return self.survey[guess.header]
        fallback = self.fact if self.kind is SourceKind.EVENTS else "profile"
        return guess.special or guess.category or fallback


def plan_of(found: Sequence[Guess], name: str) -> Plan:
    """Return which columns are the person's, the time's and the event's id."""
    person = person_of(found)
    time = next((g for g in found if _is_time(g)), None)
    repeated = person is not None and not person.unique
    kind = SourceKind.EVENTS if time is not None and repeated else SourceKind.PEOPLE
    if kind is SourceKind.PEOPLE:
        return Plan(name, kind, person, None, None, named(found))
    event_id = _event_id([g for g in found if g not in (person, time)])
    rest = [g for g in found if g not in (time, event_id)]
    return Plan(name, kind, person, time, event_id, named(rest))


def person_of(found: Sequence[Guess]) -> Guess | None:
    """Return the column that says whom a row is about: a number, else an address, a telephone."""
    for kind in ("customer_number", "email", "phone"):
        for guess in found:
            if guess.identifier == kind and guess.complete:
                return guess
    return None


def _is_time(guess: Guess) -> bool:
    """Return whether a column may say when something happened."""
    if guess.is_birth or not guess.complete:
        return False
    dated = guess.type is ColumnType.DATE and bool(words(guess.header) & TIMES)
    return guess.type is ColumnType.TIME or dated


def _event_id(found: Sequence[Guess]) -> Guess | None:
    """Return a column that names each row: unique, and called a number or key."""
    unique = [g for g in found if g.unique and g.complete and not g.identifier]
    named = [g for g in unique if words(g.header) & KEYS]
    texts = [g for g in unique if g.type in {ColumnType.TEXT, ColumnType.INTEGER}]
    return next(iter(named or texts), None)


def named(found: Sequence[Guess]) -> tuple[tuple[Guess, str], ...]:
    """Return the columns with attributes that differ."""
    taken: dict[str, int] = {}
    columns = []
    for guess in found:
        word = attribute_of(guess.header)
        taken[word] = taken.get(word, 0) + 1
        columns.append((guess, word if taken[word] == 1 else f"{word}_{taken[word]}"))
    return tuple(columns)


def attribute_of(header: str) -> str:
    """Return a header as a name that the catalogue takes.

    >>> attribute_of("Customer ID"), attribute_of("Time"), attribute_of("2024")
    ('customer_id', 'time_of_day', 'column_2024')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header)
    word = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:40].rstrip("_")
    word = word if word[:1].isalpha() else f"column_{word}".strip("_")
    return _TAKEN.get(word, word)
