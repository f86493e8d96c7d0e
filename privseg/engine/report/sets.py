# SPDX-License-Identifier: Apache-2.0
"""The sets of people that a report's tables are about: segments as they stand, and as they stood.

A segment at an earlier moment is found among the people of the edition, from rows that are kept of
that time; attributes have no history and are today's. What has none either (scores, lists, samples)
cannot be asked about the past. An earlier definition is that of the record, which the log bears
out, with all that it builds on written out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from privseg.engine.house import House
from privseg.engine.segment.definition_reading import written_out
from privseg.engine.segment.record import borne_out
from privseg.frames import Edition, Query
from privseg.gate import recheck
from privseg.gate.columns import columns_of, schema_of
from privseg.release import MemberSet, ReportPlan
from privseg.release.compile import ReportNotUsableError
from privseg.segment import (
    CohortTest,
    Condition,
    Library,
    Sample,
    ScoreTest,
    read_set,
)
from privseg.segment.compile import compile_segments
from privseg.segment.walk import leaves
from privseg.terms import Attribute, Category, Place

TIMELESS = (ScoreTest, CohortTest, Sample)  # what is known as of now only


def set_reads(house: House, library: Library, sets: Iterable[MemberSet]) -> frozenset[Attribute]:
    """Return every attribute that sets of a report read beside its segments."""
    found = (
        read_set(condition_of(house, library, s), house.policy.catalogue, library) for s in sets
    )
    return frozenset().union(*found)


def set_reveals(house: House, library: Library, sets: Iterable[MemberSet]) -> frozenset[Category]:
    """Return what the labels of sets tell of whom they find."""
    found = (
        library.reveals(s.segment)
        if _is_current(library, s)
        else written_out(house.definitions, s.version).reveals
        for s in sets
    )
    return frozenset().union(*found)


def set_queries(
    house: House, plan: ReportPlan, library: Library, edition: Edition, reads: frozenset[Attribute]
) -> tuple[Query, ...]:
    """Return the queries that find a report's sets, one a moment, through the second gate.

    Raises:
        ReportNotUsableError: a set of the past rests on what has no past.
        QueryRefusedError: the final SQL reads more than was asked for.
    """
    catalogue = house.policy.catalogue
    queries = []
    for days in sorted({s.days_before for s in plan.sets}):
        conditions = {
            s.name: condition_of(house, library, s) for s in plan.sets if s.days_before == days
        }
        query = compile_segments(
            conditions, catalogue=catalogue, at=edition.at - timedelta(days=days),
            zone=house.zone, library=library,
        )  # fmt: skip
        recheck(query, allowed=columns_of(reads, catalogue), schema=schema_of(catalogue))
        queries.append(query)
    return tuple(queries)


def condition_of(house: House, library: Library, one: MemberSet) -> Condition:
    """Return the condition of a set, references written out.

    Raises:
        ReportNotUsableError: a set of the past rests on what has no past, or nobody has ever used
            such a version of the segment.
    """
    place = Place(f"segments/{one.segment}.yaml", 1)
    if _is_current(library, one):
        condition = library.expand(library[one.segment].where)
    elif any(s.version == one.version for s in borne_out(house, one.segment)):
        condition = written_out(house.definitions, one.version).where
    else:
        why = f"the record has no version {one.version[:8]} of segment {one.segment!r}"
        raise ReportNotUsableError(why, place=place)
    if one.days_before and any(isinstance(leaf, TIMELESS) for leaf in leaves(condition)):
        why = (
            f"segment {one.segment!r} reads a score, a list or a sample, which are known as of now "
            "only; leave the change out, or ask it of a segment without one"
        )
        raise ReportNotUsableError(why, place=place)
    return condition


def _is_current(library: Library, one: MemberSet) -> bool:
    return one.segment in library and library.version(one.segment) == one.version
