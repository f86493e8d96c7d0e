# SPDX-License-Identifier: Apache-2.0
"""Conditions as SQL, rendered from a sqlglot tree: the ordinals of those for whom they hold.

INVARIANT: every name is quoted, every literal but 0, FALSE and the 1 of a window's frame is a
parameter, every bound is an absolute moment. Nothing a person wrote is ever part of the text but
the catalogue's names.

The people are those of the registered table ``eligible``; ``Compute`` gives the other tables with
only eligible people in them, so that no event of anybody else is aggregated. All tests of one event
share one scan, whichever segment they are of; the same sequence is looked for once. A comparison
that a ``not`` can see is COALESCEd to FALSE; elsewhere NULL already counts as false (``all`` and
``any`` are monotone), and the planner may turn outer joins to inner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from privseg.frames import Query
from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.policy.catalogue_types import RESERVED
from privseg.segment.compile_chain import ChainScan
from privseg.segment.compile_events import EventScan
from privseg.segment.compile_scope import Scope, all_of, any_of, matched_name
from privseg.segment.compile_sequence import SequenceScan
from privseg.segment.compile_values import value_tests
from privseg.segment.errors import SegmentError
from privseg.segment.library import Library
from privseg.segment.reads import read_set
from privseg.segment.sql import (
    DUCKDB,
    ORDINAL,
    PEOPLE,
    PERSON,
    Dialect,
    join_left,
    named,
    same_person,
    select_from,
    subquery_as,
    table_as,
    there,
    two_valued,
)
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
    SegmentRef,
)
from privseg.segment.tree_events import EventTest, Sequence
from privseg.segment.values import Test

SCORES, SAMPLES = "scores", "samples"  # tables that are made for a run
ONE = "members"  # what a query of one condition finds


class ReservedNameError(SegmentError):
    """A source or event has the name of a table that is made for a run."""

    def __init__(self, name: str = PEOPLE) -> None:
        super().__init__(f"a source or event is called {name!r}, which is reserved; rename it")
        self.name = name


def compile_condition(
    condition: Condition,
    *,
    catalogue: Catalogue,
    at: datetime,
    zone: ZoneInfo,
    library: Library | None = None,
    dialect: Dialect = DUCKDB,
) -> Query:
    """Return SQL that finds exactly the eligible people for whom ``condition`` holds at ``at``.

    Raises:
        SegmentError: what ``read_set`` refuses, or a source has a reserved name.
    """
    return compile_segments(
        {ONE: condition}, catalogue=catalogue, at=at, zone=zone, library=library, dialect=dialect
    )


def compile_segments(
    conditions: Mapping[str, Condition],
    *,
    catalogue: Catalogue,
    at: datetime,
    zone: ZoneInfo,
    library: Library | None = None,
    dialect: Dialect = DUCKDB,
) -> Query:
    """Return one query that finds the members of every condition, what they share read once.

    Raises:
        ValueError: there is no condition.
        SegmentError: what ``read_set`` refuses, or a source has a reserved name.
    """
    if not conditions:
        raise ValueError("no condition")
    for source in catalogue.sources.values():
        if source.table in RESERVED:
            raise ReservedNameError(source.table)
    library = library or Library()
    for condition in conditions.values():
        read_set(condition, catalogue, library)
    statement = _Statement(catalogue, Scope(at, zone, dialect))
    written_out = [library.expand(c) for c in conditions.values()]
    return statement.query(tuple(conditions), written_out)


@dataclass(slots=True)
class _Statement:
    """Collects the tables that conditions ask about while they are translated."""

    catalogue: Catalogue
    scope: Scope
    people: dict[str, str] = field(default_factory=dict)  # table -> alias
    scans: dict[str | Sequence, EventScan | ChainScan | SequenceScan] = field(default_factory=dict)

    def query(self, finds: tuple[str, ...], conditions: list[Condition]) -> Query:
        """Return the statement that finds the members of ``conditions``."""
        tests = [self.condition(c, negated=False) for c in conditions]
        text = self.scope.dialect.render(self.select(tests))
        scope = self.scope
        return Query(
            text,
            scope.parameters,
            frozenset(scope.reads),
            scope.since(),
            finds,
            frozenset(scope.samples),
        )

    def select(self, tests: list[exp.Expr]) -> exp.Select:
        """Return the statement around translated conditions."""
        outputs = [named(self.scope.ordinal(PEOPLE, PERSON), ORDINAL)]
        if len(tests) > 1:
            outputs += [named(test, f"s{n}") for n, test in enumerate(tests)]
        query = select_from(table_as(PEOPLE, PERSON), outputs)
        for table, alias in self.people.items():
            self.scope.ordinal(table, alias)
            join_left(query, table_as(table, alias), same_person(alias))
        for scan in self.scans.values():
            inner = subquery_as(scan.select(), scan.alias)
            join_left(query, inner, same_person(scan.alias))
        return query if len(tests) > 1 else query.where(tests[0], copy=False)

    def condition(self, node: Condition, *, negated: bool) -> exp.Expr:
        """Translate ``node``; ``negated`` is whether some ``not`` above can see a NULL."""
        match node:
            case All(parts):
                return all_of([self.condition(p, negated=negated) for p in parts])
            case Any_(parts):
                return any_of([self.condition(p, negated=negated) for p in parts])
            case Not(part):
                return exp.Not(this=exp.Paren(this=self.condition(part, negated=True)))
            case SegmentRef():
                raise AssertionError("references were written out")
            case _:
                return self.leaf(node, negated=negated)

    def leaf(self, node: Leaf, *, negated: bool) -> exp.Expr:
        """Translate one test of a person."""
        match node:
            case AttributeTest(name, kind, tests) | AccountTest(name, _, kind, tests):
                table = self.catalogue.readables[name].source.table
                return self.value(table, name, kind, tests, negated=negated)
            case ScoreTest(name, kind, tests):
                return self.value(SCORES, name, kind, tests, negated=negated)
            case CohortTest(name):
                table = self.catalogue.readables[name].source.table
                return there(self.scope.ordinal(table, self.person_table(table)))
            case Sample():
                return self.sample(node, negated=negated)
            case EventTest():
                return self.events(node.event).holds(node, negated=negated)
            case Sequence():
                return self.sequence(node).holds()

    def value(
        self, table: str, name: str, kind: ColumnType, tests: tuple[Test, ...], *, negated: bool
    ) -> exp.Expr:
        """Translate tests of a value of the person; with no row in the table it is missing."""
        alias = self.person_table(table)
        column = self.scope.column(table, alias, matched_name(name, kind))
        return value_tests(column, tests, kind, self.scope, negated=negated)

    def sample(self, sample: Sample, *, negated: bool) -> exp.Expr:
        """Translate a share of everybody: whose draw is below it."""
        self.scope.samples.add(sample.name)
        draw = self.scope.column(SAMPLES, self.person_table(SAMPLES), sample.name)
        below = exp.LT(this=draw, expression=self.scope.parameter(sample.below))
        return two_valued(below) if negated else below

    def person_table(self, table: str) -> str:
        """Return the alias of a table with a row a person."""
        return self.people.setdefault(table, f"p{len(self.people)}")

    def events(self, event: str) -> EventScan:
        """Return the scan of an event, which all of its tests share."""
        scan = self.scans.setdefault(event, EventScan(event, self._alias(), self.scope))
        assert isinstance(scan, EventScan)
        return scan

    def sequence(self, sequence: Sequence) -> ChainScan | SequenceScan:
        """Return the scan of a sequence, which equal ones share."""
        span, alias = sequence.span, self._alias()
        made = (
            ChainScan(sequence, alias, self.scope)
            if span is None
            else SequenceScan(sequence, span, alias, self.scope)
        )
        scan = self.scans.setdefault(sequence, made)
        assert not isinstance(scan, EventScan)
        return scan

    def _alias(self) -> str:
        return f"g{len(self.scans)}"
