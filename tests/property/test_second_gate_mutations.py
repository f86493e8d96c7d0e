# SPDX-License-Identifier: Apache-2.0
"""Whatever passes the second gate, however it came about, is about each person alone.

Statements that pass are changed at random. Most are refused then; each that still passes is run,
and must neither fail nor tell of a forbidden cell or of another person.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.frames import Query
from privseg.gate.columns import SAMPLES
from privseg.gate.grammar import parse_plain, reads_of
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.second_gate import recheck
from tests.twins.interference import Engine, Trial, draw_world
from tests.twins.sql_mutations import changed
from tests.twins.sql_shapes import SHAPES
from tests.twins.sql_shop import ALLOWED, SCHEMA

WORLDS = {**SCHEMA, SAMPLES: {"ordinal": "UINTEGER", "holdout": "UINTEGER"}}
PERMITTED = ALLOWED | {(SAMPLES, "ordinal"), (SAMPLES, "holdout")}
TEXTS = frozenset(s.sql for s in SHAPES.values())


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(WORLDS)
    yield made
    made.close()


def _passes(query: Query) -> bool:
    try:
        recheck(query, allowed=ALLOWED, schema=SCHEMA)
    except QueryRefusedError:
        return False
    return True


@given(st.integers(0, 2**32))
def test_what_still_passes_is_about_each_person_alone(engine: Engine, seed: int) -> None:
    rng = Random(seed)
    for query in (changed(rng) for _ in range(8)):
        if query.sql in TEXTS or not _passes(query):
            continue
        for _ in range(2):
            told = Trial(engine, query, WORLDS, PERMITTED).interference(rng)
            assert told is None, query.sql
        _check_needs_no_other_column(engine, query, rng)


def _check_needs_no_other_column(engine: Engine, query: Query, rng: Random) -> None:
    reads = reads_of(
        parse_plain(query.sql), schema=WORLDS, parameters=query.parameters, finds=query.finds
    )
    world = draw_world(WORLDS, rng)
    assert engine.answer(query, world, only=reads) == engine.answer(query, world)


def test_changes_are_mostly_refused_and_some_pass() -> None:
    rng = Random(1)
    queries = [q for q in (changed(rng) for _ in range(500)) if q.sql not in TEXTS]
    passed = sum(map(_passes, queries))
    assert len(queries) / 50 < passed < len(queries) / 2
