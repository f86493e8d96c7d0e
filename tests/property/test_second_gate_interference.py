# SPDX-License-Identifier: Apache-2.0
"""What passes the second gate is about each person alone: nobody else's rows can move them.

Found out by running statements over rows, not by reading them: forbidden cells are changed, other
people's rows are exchanged, other people are made ineligible, rows are shuffled.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from privseg.frames import Query
from privseg.gate.columns import SAMPLES
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.second_gate import recheck
from tests.twins.interference import PEOPLE, Engine, Trial, draw_world, with_parameters
from tests.twins.sql_leaks import LEAKS
from tests.twins.sql_shapes import SHAPES
from tests.twins.sql_shop import ALLOWED, SCHEMA
from tests.twins.sql_tricks import trick_of

WORLDS = {**SCHEMA, SAMPLES: {"ordinal": "UINTEGER", "holdout": "UINTEGER"}}
PERMITTED = ALLOWED | {(SAMPLES, "ordinal"), (SAMPLES, "holdout")}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(WORLDS)
    yield made
    made.close()


def _passing(query: Query, rng: Random) -> Query:
    """Return the query with other values that pass: a sequence's steps have an order."""
    for _ in range(8):
        asked = with_parameters(query, rng)
        try:
            recheck(asked, allowed=ALLOWED, schema=SCHEMA)
        except QueryRefusedError:
            continue
        return asked
    return query


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_finds_people_by_their_own_permitted_rows_alone(name: str, engine: Engine) -> None:
    query = SHAPES[name].query()
    for seed in range(6):
        rng = Random(seed)
        asked = query if seed < 3 else _passing(query, rng)
        assert Trial(engine, asked, WORLDS, PERMITTED).interference(rng) is None


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_needs_no_column_but_those_that_the_gate_says_it_reads(
    name: str, engine: Engine
) -> None:
    shape = SHAPES[name]
    world = draw_world(WORLDS, Random(name))
    whole = engine.answer(shape.query(), world)
    assert engine.answer(shape.query(), world, only=shape.columns) == whole


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_finds_some_and_not_others(name: str, engine: Engine) -> None:
    worlds = [draw_world(WORLDS, Random(seed)) for seed in range(30)]
    answers = [engine.answer(SHAPES[name].query(), world) for world in worlds]
    for found in SHAPES[name].finds:
        assert any(answer[found] for answer in answers)
        assert any(answer[found] != PEOPLE for answer in answers)


@pytest.mark.parametrize("name", LEAKS)
def test_what_the_gate_refuses_as_a_leak_is_one(name: str, engine: Engine) -> None:
    trial = Trial(engine, trick_of(LEAKS[name]), WORLDS, PERMITTED)
    told = (trial.interference(Random(seed)) for seed in range(120))
    assert any(
        t in {"a forbidden cell", "another person's rows", "who else is eligible"} for t in told
    )
