# SPDX-License-Identifier: Apache-2.0
"""A condition in plain words, and which of its parts hold for one person.

A voice says the words; the truth of a part comes from the evaluator of record, never from here.
Whatever has parts stands in parentheses, so that the words can be read in one way only; "before"
and "ahead" are seen from the moment that is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from privseg.segment.evaluate import Person, holds
from privseg.segment.tree import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    Leaf,
    Not,
    Sample,
    ScoreTest,
    Segment,
    SegmentRef,
)
from privseg.segment.tree_events import EventTest, Sequence
from privseg.segment.voice import AS_WRITTEN, Voice
from privseg.segment.words_events import (
    event_in_words,
    event_is_compound,
    is_any,
    sequence_in_words,
)
from privseg.segment.words_values import (
    asked_in_words,
    is_compound,
    share_in_words,
    window_in_words,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a condition in words, and whether it held for the person asked about."""

    text: str
    held: bool


def explain(condition: Condition, voice: Voice = AS_WRITTEN) -> str:
    """Return ``condition`` in plain words.

    >>> from privseg.policy.catalogue import ColumnType
    >>> from privseg.segment.values import Ago, AgoUnit, Comparison, Operator
    >>> from privseg.terms import Attribute
    >>> country = Comparison(Operator.IN, ("DE", "FR"))
    >>> opened = EventTest("email_open", window=Ago(30, AgoUnit.DAYS))
    >>> where = (AttributeTest(Attribute("country"), ColumnType.CATEGORY, (country,)), Not(opened))
    >>> explain(All(where))
    'country is DE or FR; not: any email_open in the 30 days before'
    """
    return _listed(clauses(condition, voice), voice)


def clauses(condition: Condition, voice: Voice = AS_WRITTEN) -> tuple[str, ...]:
    """Return one text for each part that must hold; one alone where the root is no ``all``."""
    return tuple(_words(part, voice) for part in _conjuncts(condition))


def why(
    condition: Condition,
    person: Person,
    *,
    at: datetime,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
) -> tuple[Clause, ...]:
    """Return each part that must hold, in words, and whether it held for ``person``.

    Law: all of them held exactly if the condition holds.

    Raises:
        UnknownSegmentError: a reference names a segment that ``segments`` does not have.
    """
    return tuple(
        Clause(_words(part, AS_WRITTEN), holds(part, person, at=at, zone=zone, segments=segments))
        for part in _conjuncts(condition)
    )


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, All) else (condition,)


def _words(condition: Condition, _: Voice) -> str:
    match condition:
        case All(parts):
            return _("all of ({parts})").format(parts=_parts(parts, _))
        case Any_(parts):
            return _("any of ({parts})").format(parts=_parts(parts, _))
        case Not(part):
            return _negated(part, _)
        case SegmentRef(name):
            return _("in the segment {name}").format(name=_.segment(name))
        case _other:
            return _leaf(_other, _)


def _negated(part: Condition, _: Voice) -> str:
    """Return that a part does not hold; what a language says shorter is a message of its own."""
    match part:
        case All(parts):
            return _("not: all of ({parts})").format(parts=_parts(parts, _))
        case Any_(parts):
            return _("not: any of ({parts})").format(parts=_parts(parts, _))
        case EventTest() if is_any(part):
            window = window_in_words(part.window, _)
            return _("not: any {event} {window}").format(event=_.name(part.event), window=window)
    form = _("not: ({part})") if _is_compound(part) else _("not: {part}")
    return form.format(part=_words(part, _))


def _parts(parts: Iterable[Condition], _: Voice) -> str:
    return _listed((_words(part, _) for part in parts), _)


def _listed(texts: Iterable[str], _: Voice) -> str:
    return _("; ").join(texts)


def _leaf(test: Leaf, _: Voice) -> str:  # noqa: PLR0911 - one for each node
    match test:
        case AttributeTest():
            tests = asked_in_words(test.tests, test.type, _)
            return _("{attribute} {tests}").format(attribute=_.name(test.attribute), tests=tests)
        case AccountTest():
            tests = asked_in_words(test.tests, test.type, _)
            return _("{attribute} of the account {tests}").format(
                attribute=_.name(test.attribute), tests=tests
            )
        case ScoreTest():
            tests = asked_in_words(test.tests, test.type, _)
            return _("the score {score} {tests}").format(score=_.name(test.score), tests=tests)
        case CohortTest():
            return _("on the list {name}").format(name=_.name(test.cohort))
        case Sample():
            return _("in the sample {name} of {share}").format(
                name=_.name(test.name), share=share_in_words(test.share, _)
            )
        case EventTest():
            return event_in_words(test, _)
        case Sequence():
            return sequence_in_words(test, _)


def _is_compound(condition: Condition) -> bool:
    """Return whether a "not" before the words of ``condition`` would leave open how far it goes."""
    match condition:
        case AttributeTest() | AccountTest() | ScoreTest():
            return is_compound(condition.tests)
        case EventTest():
            return event_is_compound(condition)
        case Sequence():
            return True
        case _:
            return False
