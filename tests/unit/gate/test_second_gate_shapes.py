# SPDX-License-Identifier: Apache-2.0
"""The second gate lets every shape of the compiler's SQL through, and knows what each reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from sqlglot import exp

from privseg.gate.columns import SAMPLES
from privseg.gate.grammar import parse_plain, reads_of
from privseg.gate.grammar_nodes import FUNCTIONS, GRAMMAR, QueryRefusedError
from privseg.gate.second_gate import recheck
from tests.twins.sql_shape_parts import Shape
from tests.twins.sql_shapes import SHAPES
from tests.twins.sql_shop import ALLOWED, SCHEMA

_SEQUENCES: Mapping[str, Sequence[Mapping[str, int]]] = {
    "a sequence of two": [{"v2": 2}, {"v3": 1}, {"v2": 7, "v3": 7}],
    "a sequence of three within a span, without a fourth": [
        {"v8": 2},  # the end is of what the outer window looks for
        {"v8": 4},  # or of what must not come between
        {"v7": 3},
    ],
    "a sequence of four": [{"v2": 4, "v3": 4}, {"v3": 3}, {"v1": 3, "v2": 2, "v3": 2}],
}
"""Numbers for the steps with which a window and what follows it are of the same rows."""
WITH_DRAWS = {**SCHEMA, SAMPLES: {"ordinal": "UINTEGER", "holdout": "UINTEGER"}}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_passes_and_reads_exactly_what_it_says(name: str) -> None:
    shape = SHAPES[name]
    query = shape.query()
    recheck(query, allowed=ALLOWED, schema=SCHEMA)
    reads = reads_of(
        parse_plain(shape.sql), schema=WITH_DRAWS, parameters=query.parameters, finds=shape.finds
    )
    assert reads == shape.columns


@pytest.mark.parametrize("name", SHAPES)
def test_every_column_that_is_read_must_be_allowed_and_declared(name: str) -> None:
    query = SHAPES[name].query()
    for table, column in _of_somebody(SHAPES[name]):
        less = frozenset({(table, column)})
        with pytest.raises(QueryRefusedError, match=f"{table}.{column}, which the plan"):
            recheck(query, allowed=ALLOWED - less, schema=SCHEMA)
        undeclared = replace(query, reads=query.reads - less)
        with pytest.raises(QueryRefusedError, match=f"{table}.{column}, which it did not"):
            recheck(undeclared, allowed=ALLOWED, schema=SCHEMA)


def _of_somebody(shape: Shape) -> Iterator[tuple[str, str]]:
    yield from (pair for pair in sorted(shape.columns) if pair[0] != SAMPLES)


@pytest.mark.parametrize("name", _SEQUENCES)
def test_rows_of_a_step_that_a_window_looked_for_are_left_out_whatever_their_number(
    name: str,
) -> None:
    query = SHAPES[name].query()
    sought = _SEQUENCES[name]
    recheck(query, allowed=ALLOWED, schema=SCHEMA)
    for values in sought:
        changed = replace(query, parameters={**query.parameters, **values})
        with pytest.raises(QueryRefusedError, match="how they are sorted"):
            recheck(changed, allowed=ALLOWED, schema=SCHEMA)


@pytest.mark.parametrize("value", [True, "1", None, 1.0])
def test_a_step_is_told_by_a_whole_number(value: object) -> None:
    query = SHAPES["a sequence of two"].query()
    for name in ("v0", "v2", "v3"):
        changed = replace(query, parameters={**query.parameters, name: value})
        with pytest.raises(QueryRefusedError):
            recheck(changed, allowed=ALLOWED, schema=SCHEMA)


def test_the_grammar_has_nothing_that_no_shape_needs() -> None:
    nodes = [n for shape in SHAPES.values() for n in parse_plain(shape.sql).walk()]
    assert {type(n) for n in nodes} == set(GRAMMAR)
    assert {n.this for n in nodes if type(n) is exp.Anonymous} == FUNCTIONS
    for kind, allowed in GRAMMAR.items():
        filled = {
            name
            for n in nodes
            if type(n) is kind
            for name, value in n.args.items()
            if value not in (None, False, [])
        }
        assert filled == allowed, kind
