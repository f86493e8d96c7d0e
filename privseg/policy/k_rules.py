# SPDX-License-Identifier: Apache-2.0
"""What a k lineage may let out: the tables of a period, and records for analysts.

Exact numbers cannot be asked freely: a refusal is itself an answer, and two allowed answers may
subtract to a forbidden one. So policy declares, before anything is counted, every table of a
period, and they are audited together. What is declared here is public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from privseg.terms import Attribute, Place


@dataclass(frozen=True, slots=True)
class KRules:
    """A segmenter's right to release of a k lineage: never about fewer than so many people."""

    place: Place
    min_people: int


class Period(StrEnum):
    """How often something is released: once in each calendar period of the workspace's zone."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class ExactTable:
    """One table: people by the values of attributes, with every total; of segments, if named.

    ``by`` are the names of the declaration's axes; with none it is one number (a segment).
    """

    name: str
    by: tuple[Attribute, ...]
    place: Place
    segments: tuple[str, ...] = ()  # none: everybody who may be read


@dataclass(frozen=True, slots=True)
class ExactTables:
    """All tables of a period, protected together.

    A count from 1 to ``k`` - 1 is withheld, and so much more that nobody can work out that any
    group of the tables has so few; ``protection`` is how far apart the least and the most that a
    withheld count can be are at least. ``cuts`` are public cut points of numbers.
    """

    name: str
    segmenter: str
    period: Period
    k: int
    protection: int
    tables: tuple[ExactTable, ...]
    place: Place
    cuts: Mapping[Attribute, tuple[int, ...]] = field(default_factory=dict)

    @property
    def axes(self) -> tuple[Attribute, ...]:
        """Return every attribute that some table is by, in the order of first use."""
        return tuple(dict.fromkeys(a for t in self.tables for a in t.by))

    @property
    def segments(self) -> tuple[str, ...]:
        """Return every segment that some table is of, in the order of first use."""
        return tuple(dict.fromkeys(s for t in self.tables for s in t.segments))


@dataclass(frozen=True, slots=True)
class IntervalLevels:
    """Numbers to intervals: each level a width (a multiple of the one before) or cut points.

    In the column's stored unit (minor units, scaled decimals). Above the last is ``*``.
    """

    levels: tuple[int | tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class GroupLevels:
    """Declared values to groups, groups to larger ones: a tree, level by level from below.

    ``levels["1"]`` has the groups of values by name, ``levels["2"]`` the groups of those, and so
    on. Above the last is ``*``.
    """

    levels: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


class DateLevel(StrEnum):
    """What a calendar day is coarsened to."""

    MONTH = "month"
    YEAR = "year"
    DECADE = "decade"


@dataclass(frozen=True, slots=True)
class DateLevels:
    """Days to months, years, decades. Above the last is ``*``."""

    levels: tuple[DateLevel, ...]


Levels = IntervalLevels | GroupLevels | DateLevels


@dataclass(frozen=True, slots=True)
class QuasiIdentifier:
    """An attribute by which somebody could be told apart, and how it is coarsened.

    ``level`` is the fixed one: 0 as it is, the number of levels + 1 ``*``; None with a search.
    """

    name: Attribute
    levels: Levels
    place: Place
    level: int | None = None


class Distance(StrEnum):
    """How far one value of a sensitive attribute is from another (Li et al. 2007)."""

    EQUAL = "equal"  # all values are equally far
    ORDERED = "ordered"  # by how many values lie between them


@dataclass(frozen=True, slots=True)
class Sensitive:
    """An attribute that nobody should learn of somebody; it stands in the records as it is."""

    name: Attribute
    distance: Distance
    place: Place


class Diversity(StrEnum):
    """How the values of a sensitive attribute in a class are counted (Machanavajjhala 2007)."""

    DISTINCT = "distinct"  # at least l values
    ENTROPY = "entropy"  # an entropy of at least log(l)


class Method(StrEnum):
    """How records are coarsened."""

    FULL_DOMAIN = "full_domain"  # each attribute to one level, in all records
    MONDRIAN = "mondrian"  # people halved by one attribute after the other (LeFevre 2006, strict)


@dataclass(frozen=True, slots=True)
class Microdata:
    """Records for analysts, each alike to at least k - 1 others in all quasi-identifiers.

    ``search`` lets the levels depend on the data; without it they are fixed here, which tells
    nothing of the data. ``suppression`` is the most of the records that may be left out.
    """

    name: str
    segmenter: str
    period: Period
    k: int
    quasi_identifiers: tuple[QuasiIdentifier, ...]
    place: Place
    segment: str | None = None
    sensitive: tuple[Sensitive, ...] = ()
    diversity: int | None = None  # l
    diversity_kind: Diversity = Diversity.DISTINCT
    closeness: Fraction | None = None  # t
    suppression: Fraction = Fraction(0)
    method: Method = Method.FULL_DOMAIN
    search: bool = False
