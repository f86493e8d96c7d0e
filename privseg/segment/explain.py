# SPDX-License-Identifier: Apache-2.0
"""A condition in plain words, and which of its parts hold for one person.

Words come from gettext; the truth of a part comes from the evaluator of record, never from here.
Whatever has parts stands in parentheses, so that the words can be read in one way only; "before"
and "ahead" are seen from the moment that is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from gettext import gettext as _
from zoneinfo import ZoneInfo

from privseg.segment.evaluate import Person, holds
from privseg.segment.tree import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    EventTest,
    Leaf,
    Not,
    Sample,
    ScoreTest,
    Segment,
    SegmentRef,
    Sequence,
)
from privseg.segment.words_events import event_in_words, event_is_compound, sequence_in_words
from privseg.segment.words_values import asked_in_words, is_compound, share_in_words


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a condition in words, and whether it held for the person asked about."""

    text: str
    held: bool


def explain(condition: Condition) -> str:
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
    return _("; ").join(clauses(condition))


def clauses(condition: Condition) -> tuple[str, ...]:
    """Return one text for each part that must hold; one alone where the root is no ``all``."""
    return tuple(_words(part) for part in _conjuncts(condition))


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
        Clause(_words(part), holds(part, person, at=at, zone=zone, segments=segments))
        for part in _conjuncts(condition)
    )


def _conjuncts(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, All) else (condition,)


def _words(condition: Condition) -> str:
    match condition:
        case All(parts):
            return _("all of ({parts})").format(parts=_("; ").join(map(_words, parts)))
        case Any_(parts):
            return _("any of ({parts})").format(parts=_("; ").join(map(_words, parts)))
        case Not(part):
            text = f"({_words(part)})" if _is_compound(part) else _words(part)
            return _("not: {part}").format(part=text)
        case SegmentRef(name):
            return _("in the segment {name}").format(name=name)
        case _:
            return _leaf(condition)


def _leaf(test: Leaf) -> str:  # noqa: PLR0911 - one for each node
    match test:
        case AttributeTest():
            return f"{test.attribute} {asked_in_words(test.tests, test.type)}"
        case AccountTest():
            tests = asked_in_words(test.tests, test.type)
            return _("{attribute} of the account {tests}").format(
                attribute=test.attribute, tests=tests
            )
        case ScoreTest():
            tests = asked_in_words(test.tests, test.type)
            return _("the score {score} {tests}").format(score=test.score, tests=tests)
        case CohortTest():
            return _("on the list {name}").format(name=test.cohort)
        case Sample():
            share = share_in_words(test.share)
            return _("in the sample {name} of {share}").format(name=test.name, share=share)
        case EventTest():
            return event_in_words(test)
        case Sequence():
            return sequence_in_words(test)


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
