# SPDX-License-Identifier: Apache-2.0
"""Tests of values, filters, aggregates and sequences, drawn at random over a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from privseg.policy.catalogue import Catalogue, Column, ColumnType, SourceKind
from privseg.policy.scores import Output
from privseg.segment import tree_events
from privseg.segment.tree_events import (
    Aggregate,
    AggregateKind,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
    Step,
)
from privseg.segment.values import (
    Ago,
    AgoUnit,
    Cell,
    Comparison,
    Fixed,
    Operator,
    Relation,
    Relative,
    Test,
    Window,
)
from privseg.terms import Attribute, Currency
from tests.twins.segment_catalogue import EUR
from tests.twins.segment_features import Feature, asked_of, tests_of, window_of
from tests.twins.segment_pools import SPANS, WINDOWS, Declared, Pool, number

T = ColumnType
MOMENT = Output(T.TIME)  # what every event's time is
BARE = "open"  # the event without properties
ASKED = [Ago(n, u) for u in AgoUnit for n in (1, 2, 7, 30)]


@dataclass
class Events:
    """Draws what is asked of values and events, literals from where the data come from."""

    catalogue: Catalogue
    rng: Random
    pool: Pool
    currency: Currency = field(default=EUR, kw_only=True)  # one segment has amounts in one

    def in_currency(self, declared: Declared) -> bool:
        """Return whether what is declared so can stand in the segment."""
        return declared.currency in {None, self.currency}

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def tests(self, column: Declared, name: str, given: Sequence[Cell] = ()) -> tuple[Test, ...]:
        """Return the test of that name, and now and then a second one."""
        names = [name, self.rng.choice(tests_of(column.type))] if self.chance(0.15) else [name]
        return tuple(self.test(column, n, given) for n in names)

    def test(self, column: Declared, name: str, given: Sequence[Cell] = ()) -> Test:
        """Return a test of a value by the name of its operator or relation."""
        if name in set(Relation):
            relation = Relation(name)
            spans = [Ago(1, AgoUnit.DAYS), Ago(30, AgoUnit.DAYS), Ago(2, AgoUnit.MONTHS)]
            birthday = relation is Relation.ANNIVERSARY_WITHIN_NEXT
            return Relative(relation, self.rng.choice(spans if birthday else ASKED))
        operator = Operator(name)
        if operator is Operator.IS_KNOWN:
            return Comparison(operator, (self.chance(0.5),))
        many = {Operator.IN: self.rng.randint(1, 3), Operator.BETWEEN: 2}.get(operator, 1)
        drawn = [self.pool.literal(column, self.rng, given) for _ in range(many)]
        if operator is Operator.BETWEEN and self.chance(0.8):
            drawn.sort(key=lambda v: getattr(v, "minor", getattr(v, "units", v)))  # type: ignore[return-value,arg-type]
        return Comparison(operator, tuple(drawn))

    def window(self, name: str | None = None) -> Window | None:
        """Return a window of that kind, or of any."""
        return self.rng.choice([w for w in WINDOWS if name in {None, window_of(w)}])

    def properties(
        self, kind: ColumnType, event: str | None = None
    ) -> list[tuple[Attribute, Column]]:
        """Return the properties of a type, of one event or of any."""
        return [
            (name, known.column)
            for name, known in self.catalogue.readables.items()
            if known.source.kind is SourceKind.EVENTS
            and known.column is not None
            and known.column.type is kind
            and self.in_currency(known.column)
            and event in {None, known.source.event}
        ]

    def filter(self, event: str, depth: int = 2) -> Filter:
        """Return a filter of an event with properties."""
        if depth == 0 or self.chance(0.6):
            return self.property_test(event) if self.chance(0.7) else self.same_as(event)
        made = self.rng.choice([FilterAll, FilterAny, FilterNot])
        if made is FilterNot:
            return FilterNot(self.filter(event, depth - 1))
        return made(tuple(self.filter(event, depth - 1) for _ in range(self.rng.randint(1, 2))))

    def property_test(
        self, event: str, kind: ColumnType | None = None, name: str | None = None
    ) -> PropertyTest:
        """Return a test of a property; a TIME is now and then when the event happened."""
        kind = kind or self.rng.choice([t for t in T if t is not T.ACCOUNT])
        name = name or self.rng.choice(tests_of(kind))
        of, column = self._of(event, kind)
        return PropertyTest(of, kind, self.tests(column, name))

    def same_as(
        self, event: str, window: Window | None = None, kind: ColumnType | None = None
    ) -> SameAs:
        """Return a comparison with an event's property: of another kind of event, or of its own."""
        kind = kind or self.rng.choice([t for t in T if t not in {T.ACCOUNT, T.SET}])
        of, column = self._of(event, kind)
        others = [
            name
            for name, other in self.properties(kind)
            if (other.currency, other.decimals) == (column.currency, column.decimals)
        ]
        if kind is T.TIME:
            others += [Attribute(f"{e}.time") for e in self.catalogue.events()]
        return SameAs(of, self.rng.choice(others), kind, window)

    def _of(self, event: str, kind: ColumnType) -> tuple[Attribute, Declared]:
        found: list[tuple[Attribute, Declared]] = list(self.properties(kind, event))
        if kind is T.TIME:
            found.append((Attribute(f"{event}.time"), MOMENT))
        return self.rng.choice(found)

    def aggregate(self, event: str, feature: Feature | None = None) -> Aggregate:
        """Return the aggregate of a feature (kind, type, test), or any."""
        kind = AggregateKind(feature[0]) if feature else self.rng.choice(list(AggregateKind))
        if kind is AggregateKind.COUNT:
            return Aggregate(kind, self._counted(feature[2] if feature else "at_least"))
        of_type = T(feature[1]) if feature else T.MONEY
        test = feature[2] if feature else self.rng.choice(asked_of(kind, of_type))
        if kind is AggregateKind.DISTINCT:
            of, _ = self._of(event, of_type)
            return Aggregate(kind, self._counted(test), of, of_type)
        of, column = self._of(event, of_type)
        if test == Relation.WITHIN_NEXT and of_type is T.TIME:  # nothing happens after ``at``
            of, column = self.rng.choice(self.properties(of_type, event))
        tests: tuple[Test, ...] = (self.test(column, test),)
        if kind in {AggregateKind.SUM, AggregateKind.AVERAGE} and self.chance(0.5):
            tests = (self._small(column, test),)
        return Aggregate(kind, tests, of, of_type)

    def event_test(
        self, event: str, aggregates: tuple[Aggregate, ...] = (), **facts: object
    ) -> EventTest:
        """Return a test of an event."""
        return EventTest(event, aggregates, **facts)  # type: ignore[arg-type]

    def sequence(self, feature: str = "", window: Window | None = None) -> tree_events.Sequence:
        """Return a sequence that has a feature."""
        number_of = int(feature) if feature.isdigit() else self.rng.choice((2, 2, 2, 3))
        events = [self.rng.choice(("purchase", "wish", "open")) for _ in range(number_of)]
        if feature == "same event":
            events[-1] = events[0]
        steps = [self._step(e, filtered=self.chance(0.2)) for e in events]
        if feature == "filtered":
            steps[0] = self._step("wish", filtered=True)
        span = None if feature == "no span" else self.rng.choice(SPANS)
        without = feature == "without" or self.chance(0.3)
        barred = self._step(
            self.rng.choice(("purchase", "wish", "open")), filtered=self.chance(0.5)
        )
        if feature != "span" and self.chance(0.3):
            span = None
        return tree_events.Sequence(tuple(steps), span, barred if without else None, window)

    def _step(self, event: str, *, filtered: bool) -> Step:
        return Step(event, self.filter(event, 1) if filtered and event != BARE else None)

    def _counted(self, test: str) -> tuple[Test, ...]:
        return (self._small(Output(T.INTEGER), test),)

    def _small(self, column: Declared, test: str) -> Comparison:
        """Return a comparison with numbers that people's counts and sums come near to."""
        few = sorted(self.rng.choice((0, 1, 1, 2, 3, 4, 100, 101)) for _ in range(2))
        values = few if test == Operator.BETWEEN else few[:1]
        return Comparison(Operator(test), tuple(number(n, column) for n in values))


__all__ = ["BARE", "Events", "Fixed"]
