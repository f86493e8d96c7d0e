# SPDX-License-Identifier: Apache-2.0
"""Conditions drawn at random, each feature of the language in turn, so that none is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from privseg.policy.catalogue import Column, ColumnType, SourceKind
from privseg.policy.digest import score_digest
from privseg.policy.scores import Output, Score
from privseg.segment.tree import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    CohortTest,
    Condition,
    Not,
    Sample,
    ScoreTest,
    SegmentRef,
)
from privseg.segment.tree_events import EventTest, Filter, FilterAll, FilterAny, FilterNot
from privseg.segment.values import Cell, Comparison, Operator, Relation, Test
from privseg.terms import Attribute
from tests.twins.segment_catalogue import EUR
from tests.twins.segment_events import BARE, Events
from tests.twins.segment_features import Feature, simple, structural
from tests.twins.segment_pools import number

T = ColumnType


class Deck:
    """Cards in one fixed order, dealt in turn; worlds begin at different places of it."""

    def __init__(self, cards: Iterable[Feature], start: int) -> None:
        self._cards = list(cards)
        Random(0).shuffle(self._cards)
        self._next = start

    def deal(self) -> Feature:
        self._next += 1
        return self._cards[self._next % len(self._cards)]


@dataclass
class Trees(Events):
    """Draws conditions; they refer to ``segments`` and draw ``samples``."""

    samples: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    known: Mapping[str, Sequence[Cell]] = field(default_factory=dict)  # what people really have
    start: int = 0
    values: Deck = field(init=False)
    shapes: Deck = field(init=False)

    def __post_init__(self) -> None:
        self.values = Deck(simple(), self.start)
        self.shapes = Deck(structural(), self.start)

    def tree(self, depth: int = 3) -> Condition:
        """Return a condition of at most so many levels."""
        if depth <= 1 or self.chance(0.3):
            return self.leaf()
        parts = [self.tree(depth - 1) for _ in range(self.rng.randint(1, 3))]
        match self.rng.randrange(5):
            case 0 | 1:
                return All(tuple(parts))
            case 2 | 3:
                return Any_(tuple(parts))
            case _:
                return Not(parts[0])

    def leaf(self) -> Condition:
        """Return a test of the next feature."""
        if self.chance(0.75):
            return self._of_value(self.values.deal())
        return self._of_shape(self.shapes.deal())

    def _of_value(self, feature: Feature) -> Condition:
        match feature:
            case ("aggregate", *asked):
                event = self._asked_event(tuple(asked))
                aggregate = self.aggregate(event, tuple(asked))
                where = self.filter(event, 1) if event != BARE and self.chance(0.2) else None
                window = self.window() if self.chance(0.3) else None
                return EventTest(event, (aggregate,), window, where)
            case ("attribute", kind, test):
                name, column = self._pick(SourceKind.PEOPLE, T(kind))
                return AttributeTest(name, T(kind), self._tests_of(name, column, test))
            case ("account", kind, test):
                name, column = self._pick(SourceKind.ACCOUNTS, T(kind))
                link = self.catalogue.link_to(self.catalogue.readables[name].source.name)
                assert link is not None
                return AccountTest(name, link, T(kind), self._tests_of(name, column, test))
            case ("score", kind, test):
                return self._score(T(kind), test)
            case _:
                event = self._event()
                where = self.property_test(event, T(feature[1]), feature[2])
                return EventTest(event, where=where)

    def _of_shape(self, feature: Feature) -> Condition:  # noqa: PLR0911 - one for each node
        match feature:
            case ("all",):
                return All((self.leaf(), self.leaf()))
            case ("any",):
                return Any_((self.leaf(), self.leaf()))
            case ("not",):
                return Not(self.leaf())
            case ("segment",):
                known = self.segments if self.currency == EUR else ()
                return SegmentRef(self.rng.choice(known)) if known else self.leaf()
            case ("cohort",):
                return CohortTest(Attribute("newsletter"))
            case ("sample",):
                share = Fraction(self.rng.choice(("1/2", "1/10", "9/10", "1/3")))
                return Sample(self.rng.choice(self.samples), share)
            case ("sequence", what):
                return self.sequence(what)
            case ("sequence window", window):
                return self.sequence(window=self.window(window))
            case _:
                return self._event_shape(feature)

    def _event_shape(self, feature: Feature) -> EventTest:
        event = self._event()
        match feature:
            case ("event window", window):
                return EventTest(self._event(bare=True), window=self.window(window))
            case ("event", "several aggregates"):
                return EventTest(event, (self.aggregate(event), self.aggregate(event)))
            case ("event", "once"):
                return EventTest(self._event(bare=True))
            case _:
                return EventTest(event, where=self._filter_shape(feature, event))

    def _filter_shape(self, feature: Feature, event: str) -> Filter:
        match feature:
            case ("filter all",):
                return FilterAll((self.filter(event, 1), self.filter(event, 1)))
            case ("filter any",):
                return FilterAny((self.filter(event, 1), self.filter(event, 1)))
            case ("filter not",):
                return FilterNot(self.filter(event, 1))
            case ("same as", kind):
                return self.same_as(event, kind=T(kind))
            case ("same as window", window):
                return self.same_as(event, self.window(window))
            case _:
                return self.filter(event)

    def _event(self, *, bare: bool = False) -> str:
        return self.rng.choice(("purchase", "wish", *((BARE,) if bare else ())))

    def _tests_of(self, name: Attribute, column: Column, test: str) -> tuple[Test, ...]:
        return self.tests(column, test, self.known.get(name, ()))

    def _asked_event(self, asked: Feature) -> str:
        """Return an event that has what an aggregate asks of."""
        kind, of, test = asked
        moments = of == T.TIME and test != Relation.WITHIN_NEXT  # nothing happens after ``at``
        return self._event(bare=kind == "count" or (moments and self.chance(0.3)))

    def _pick(self, kind: SourceKind, of: ColumnType) -> tuple[Attribute, Column]:
        """Return a person's or an account's attribute of a type."""
        return self.rng.choice(
            [
                (name, known.column)
                for name, known in self.catalogue.readables.items()
                if known.source.kind is kind
                and known.column
                and known.column.type is of
                and self.in_currency(known.column)
            ]
        )

    def _score(self, kind: ColumnType, test: str) -> Condition:
        scores = [s for s in self.catalogue.scores.values() if self._fits(s)]
        outputs = [o for s in scores for o in sorted(s.outputs.items()) if o[1].type is kind]
        if not outputs:  # all of that type are in another currency
            return self.leaf()
        name, output = self.rng.choice(outputs)
        score = self.catalogue.score_of(name)
        assert score is not None
        return ScoreTest(name, kind, (self._result(name, output, test),), score_digest(score))

    def _fits(self, score: Score) -> bool:
        """Return whether a score has all of its amounts in the segment's currency."""
        read = [self.catalogue.readables[i].column for i in score.formula.inputs]
        made = [*(c for c in read if c is not None), *score.outputs.values()]
        return all(self.in_currency(d) for d in made)

    def _result(self, name: Attribute, output: Output, test: str) -> Comparison:
        """Return a comparison with results that people really have."""
        found = self.test(output, test)
        assert isinstance(found, Comparison)
        if output.type is T.CATEGORY or found.operator is Operator.IS_KNOWN:
            return found
        known = [int(v) for v in self.known.get(name, ()) if isinstance(v, int)]
        near = sorted(self.rng.choice(known or [0, 1, 2]) for _ in found.values)
        return Comparison(found.operator, tuple(number(n, output) for n in near))
