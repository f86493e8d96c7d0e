# SPDX-License-Identifier: Apache-2.0
"""One meaning on every engine: DuckDB finds exactly whom the evaluator of record holds."""

from __future__ import annotations

from hypothesis import given, settings

from privseg.policy.catalogue import ColumnType
from privseg.segment import (
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    Not,
    Operator,
    Person,
    holds,
    read_set,
    why,
)
from privseg.segment.compile import compile_segments
from privseg.terms import Attribute
from tests.twins.memory_columns import columns_from
from tests.twins.scans import duck, plan_of
from tests.twins.segment_data import ATS, TEXTS, ZONES, Case, cases
from tests.twins.shop_catalogue import CATALOGUE

NOBODY = Person({})


def _found(case: Case, conditions: dict[str, Condition]) -> dict[str, set[int]]:
    """Return whom DuckDB finds, over the whole path: plan, second gate, masked reading."""
    reads = frozenset().union(*(read_set(c, CATALOGUE) for c in conditions.values()))
    query = compile_segments(conditions, catalogue=CATALOGUE, at=case.at, zone=case.zone)
    compute = duck(columns_from(case.people, CATALOGUE), now=case.at)
    with compute.open(plan_of(reads, case.eligible, at=case.at), reads) as scan:
        return {name: set(people) for name, people in scan.members(query).items()}


def _held(case: Case, condition: Condition) -> set[int]:
    """Return whom the evaluator of record holds, among the eligible."""
    people = {o: case.people.get(o, NOBODY) for o in case.eligible}
    return {
        o for o, p in people.items() if holds(condition, p, at=case.at, zone=case.zone, segments={})
    }


@settings(max_examples=60)  # tests/conformance asks thousands of conditions; these shrink
@given(cases())
def test_duckdb_finds_exactly_whom_the_evaluator_holds(case: Case) -> None:
    conditions = {str(n): c for n, c in enumerate(case.conditions)}
    it = case.conditions[0]
    either = Any_((it, Not(it)))
    found = _found(case, {**conditions, "either": either, "other": Not(it)})
    assert {n: found[n] for n in conditions} == {n: _held(case, c) for n, c in conditions.items()}
    # "A or not A" is everyone eligible, and nobody is in both.
    assert found["either"] == _held(case, either) == case.eligible
    assert found["0"] | found["other"] == case.eligible
    assert not found["0"] & found["other"]


@settings(max_examples=100)
@given(cases())
def test_the_reasons_given_to_a_person_hold_exactly_if_the_condition_does(case: Case) -> None:
    condition = case.conditions[0]
    for person in case.people.values():
        clauses = why(condition, person, at=case.at, zone=case.zone, segments={})
        it = holds(condition, person, at=case.at, zone=case.zone, segments={})
        assert all(c.held for c in clauses) == it


def test_hostile_text_is_matched_alike_each_against_each() -> None:
    people = {o: Person({"city": text}) for o, text in enumerate(TEXTS)}
    operators = (Operator.EQUALS, Operator.STARTS_WITH, Operator.CONTAINS)
    conditions: dict[str, Condition] = {
        f"{operator} {n}": AttributeTest(
            Attribute("city"), ColumnType.TEXT, (Comparison(operator, (text,)),)
        )
        for operator in operators
        for n, text in enumerate(TEXTS)
    }
    case = Case(ATS[0], ZONES[0], (), people, frozenset(people))
    found = _found(case, conditions)
    assert found == {name: _held(case, c) for name, c in conditions.items()}
    assert found["equals 3"] == {3, 4, 5}  # straße, STRASSE, Strasse
