# SPDX-License-Identifier: Apache-2.0
"""The segment language: a small typed tree of conditions on one person.

Logic is two-valued: a missing value makes a test false, and ``not`` flips it, so "A or not A" is
everybody. Every condition reads one person's rows and public parameters, nothing of anybody else.
A node that exists is well typed in itself; that it fits a catalogue is for ``reads`` to say. What
is asked of events is in ``tree_events``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from privseg.policy.catalogue import ColumnType
from privseg.segment.tree_events import EventTest, Sequence
from privseg.segment.values import OPERATORS, Test, check_tests
from privseg.terms import Attribute, Category


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """A person's attribute satisfies every test."""

    attribute: Attribute
    type: ColumnType
    tests: tuple[Test, ...]

    def __post_init__(self) -> None:
        """Refuse no test, or one that the type does not have."""
        check_tests(self.type, self.tests, OPERATORS[self.type])


@dataclass(frozen=True, slots=True)
class AccountTest:
    """An attribute of the person's account (their company) satisfies every test.

    Belonging to an account is a read, too: ``link`` is the person's attribute that says to which.
    """

    attribute: Attribute
    link: Attribute
    type: ColumnType
    tests: tuple[Test, ...]

    def __post_init__(self) -> None:
        """Refuse no test, or one that the type does not have."""
        check_tests(self.type, self.tests, OPERATORS[self.type])


@dataclass(frozen=True, slots=True)
class ScoreTest:
    """A score of the policy satisfies every test; who has none is missing.

    ``definition`` is the SHA-256 (hex) of the score's canonical definition, so that a segment's
    version tells by which formula people were found.
    """

    score: Attribute  # "rfm.recency"
    type: ColumnType
    tests: tuple[Test, ...]
    definition: str

    def __post_init__(self) -> None:
        """Refuse no test, or one that the type does not have."""
        check_tests(self.type, self.tests, OPERATORS[self.type])


@dataclass(frozen=True, slots=True)
class CohortTest:
    """The person is on an uploaded list."""

    cohort: Attribute


@dataclass(frozen=True, slots=True)
class Sample:
    """A share of everybody, chosen by a key of the workspace: stable, and the same for one name.

    Two samples of different names are independent; a larger share of one name holds the smaller.
    """

    name: str
    share: Fraction

    def __post_init__(self) -> None:
        """Refuse nobody and everybody."""
        if not 0 < self.share < 1:
            raise ValueError("a sample is more than nobody and less than everybody")

    @property
    def below(self) -> int:
        """Return the draw (0 to 2**32 - 1) that is the first one outside."""
        return int(self.share * 2**32)


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Whoever another segment holds for."""

    name: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse nothing: "all of nothing" would be everybody."""
        if not self.parts:
            raise ValueError("all of nothing")


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - `Any` is taken by typing
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse nothing: "any of nothing" would be nobody."""
        if not self.parts:
            raise ValueError("any of nothing")


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Leaf = AttributeTest | AccountTest | ScoreTest | CohortTest | Sample | EventTest | Sequence
"""What is asked of a person, references written out. Closed: match on it exhaustively."""

Condition = All | Any_ | Not | SegmentRef | Leaf
"""Closed: match on it exhaustively."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A named condition, and how it is shown. ``segmenter`` gives purpose and rights.

    ``reveals`` names what being in it tells of people beside what is read: a label that says
    something of their health makes it data about health (GDPR Art. 9, inferred ones too).
    ``every`` is how often ``run --due`` finds its members anew; like label, colour and note it is
    outside the version.
    """

    name: str
    segmenter: str
    where: Condition
    label: Mapping[str, str] = field(default_factory=dict)  # by language
    colour: str | None = None
    note: str | None = None
    reveals: frozenset[Category] = frozenset()
    every: timedelta | None = None
