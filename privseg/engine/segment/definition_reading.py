# SPDX-License-Identifier: Apache-2.0
"""A definition of the record, read back into the tree that it was made from.

Law: ``segment_form(read(text)) == text``: what is kept under a version is all of its meaning.
References stand as versions; whoever knows the names puts them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from privseg.policy import ColumnType
from privseg.segment import FORMAT, Library, Segment, references
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
    Sequence,
    Step,
)
from privseg.segment.values import (
    Ago,
    AgoUnit,
    Comparison,
    Fixed,
    Operator,
    Relation,
    Relative,
    Scaled,
    Test,
    Value,
    Window,
)
from privseg.store import DefinitionError, SqlSegments
from privseg.terms import MICROSECOND, Attribute, Category, Currency, Money
from privseg.tlog import NotCanonicalError, parse_canonical

Json = Mapping[str, Any]
DAY_LENGTH: Final = len("2026-03-02")
_OWN: Final = frozenset({"event", "count", "window", "where"})  # of an event; the rest is folded


@dataclass(frozen=True, slots=True)
class Definition:
    """What a version means. ``where`` refers to other segments by their versions."""

    version: str
    segmenter: str
    where: Condition
    reveals: frozenset[Category] = frozenset()


def read_definition(version: str, text: bytes) -> Definition:
    """Return the definition that a canonical text is.

    Raises:
        DefinitionError: it is none of the one format that was ever written.
    """
    try:
        body = parse_canonical(text)
        if body["format"] != FORMAT:
            raise DefinitionError(version, "its format is unknown")
        reveals = frozenset(map(Category, body.get("reveals", ())))
        return Definition(version, body["segmenter"], condition(body["where"]), reveals)
    except (NotCanonicalError, KeyError, TypeError, ValueError, AttributeError):
        raise DefinitionError(version, "it is not the text of a segment") from None


def written_out(kept: SqlSegments, version: str) -> Definition:
    """Return a definition of the record, every reference written out.

    What it reveals is with all that it builds on.

    Raises:
        DefinitionError: it, or one that it builds on, was not kept, or not as it was.
    """
    known = below(kept, version)
    library = Library(Segment(v, d.segmenter, d.where, reveals=d.reveals) for v, d in known.items())
    return Definition(
        version, known[version].segmenter, library.expand(known[version].where),
        library.reveals(version),
    )  # fmt: skip


def below(kept: SqlSegments, version: str) -> dict[str, Definition]:
    """Return a definition of the record and all that it builds on, by version.

    Raises:
        DefinitionError: as it says.
    """
    known: dict[str, Definition] = {}
    waiting = [version]
    while waiting:
        if (one := waiting.pop()) not in known:
            known[one] = read_definition(one, kept.text(one))
            waiting += references(known[one].where)
    return known


def condition(node: Json) -> Condition:  # noqa: PLR0911  # one for each node
    """Return a condition from its canonical form."""
    match node:
        case {"all": parts}:
            return All(tuple(map(condition, parts)))
        case {"any": parts}:
            return Any_(tuple(map(condition, parts)))
        case {"not": part}:
            return Not(condition(part))
        case {"segment": version}:
            return SegmentRef(version)
        case {"cohort": name}:
            return CohortTest(Attribute(name))
        case {"sample": name, "share": share}:
            return Sample(name, Fraction(share))
        case {"event": _}:
            return _event(node)
        case {"sequence": _}:
            return _sequence(node)
        case _:
            return _of_a_person(node)


def _of_a_person(node: Json) -> Condition:
    """Return a test of one value of a person, of their account, or of a score."""
    kind = ColumnType(node["type"])
    tests = _tests(node["tests"], kind)
    match node:
        case {"attribute": name}:
            return AttributeTest(Attribute(name), kind, tests)
        case {"account": name, "link": link}:
            return AccountTest(Attribute(name), Attribute(link), kind, tests)
        case {"score": name, "definition": definition}:
            return ScoreTest(Attribute(name), kind, tests, definition)
        case _:
            raise KeyError("a node that the language does not have")


def _event(node: Json) -> EventTest:
    aggregates = []
    if node["count"]:
        tests = _tests(node["count"], ColumnType.INTEGER)
        aggregates.append(Aggregate(AggregateKind.COUNT, tests))
    for kind in (k for k in AggregateKind if k in node and k not in _OWN):
        found = node[kind]
        several = found if isinstance(found, list) else [found] if found else []
        aggregates += [_aggregate(kind, one) for one in several]
    return EventTest(
        node["event"], tuple(aggregates), _window(node["window"]), _where(node.get("where"))
    )


def _aggregate(kind: AggregateKind, node: Json) -> Aggregate:
    of = ColumnType(node["type"])
    compared = ColumnType.INTEGER if kind is AggregateKind.DISTINCT else of
    return Aggregate(kind, _tests(node["tests"], compared), Attribute(node["of"]), of)


def _sequence(node: Json) -> Sequence:
    span, without = node["span"], node["without"]
    return Sequence(
        tuple(map(_step, node["sequence"])),
        None if span is None else span * MICROSECOND,
        None if without is None else _step(without),
        _window(node["window"]),
    )


def _step(node: Json) -> Step:
    return Step(node["event"], _where(node.get("where")))


def _where(node: Json | None) -> Filter | None:
    return None if node is None else _filter(node)


def _filter(node: Json) -> Filter:
    match node:
        case {"all": parts}:
            return FilterAll(tuple(map(_filter, parts)))
        case {"any": parts}:
            return FilterAny(tuple(map(_filter, parts)))
        case {"not": part}:
            return FilterNot(_filter(part))
    name, kind = Attribute(node["property"]), ColumnType(node["type"])
    if (other := node.get("same_as")) is not None:
        return SameAs(name, Attribute(other["property"]), kind, _window(other["window"]))
    return PropertyTest(name, kind, _tests(node["tests"], kind))


def _window(node: Json | None) -> Window | None:
    match node:
        case None:
            return None
        case {"ago": [number, unit]}:
            return Ago(number, AgoUnit(unit))
        case _:
            return Fixed(_moment_or_day(node["from"]), _moment_or_day(node["to"]))


def _tests(nodes: list[Json], kind: ColumnType) -> tuple[Test, ...]:
    return tuple(_test(n, kind) for n in nodes)


def _test(node: Json, kind: ColumnType) -> Test:
    if "relation" in node:
        number, unit = node["span"]
        return Relative(Relation(node["relation"]), Ago(number, AgoUnit(unit)))
    return Comparison(Operator(node["op"]), tuple(_value(v, kind) for v in node["values"]))


def _value(value: Any, kind: ColumnType) -> Value:
    """Return a literal; only the type tells a day or a moment from text."""
    match value:
        case {"minor": minor, "currency": code, "exponent": exponent}:
            return Money(minor, Currency(code, exponent))
        case {"units": units, "decimals": decimals}:
            return Scaled(units, decimals)
        case str() if kind in {ColumnType.DATE, ColumnType.TIME}:
            return _moment_or_day(value)
        case str() | bool() | int():
            return value
        case _:
            raise TypeError("no literal")


def _moment_or_day(text: str) -> date | datetime:
    return date.fromisoformat(text) if len(text) == DAY_LENGTH else datetime.fromisoformat(text)
