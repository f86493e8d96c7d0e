# SPDX-License-Identifier: Apache-2.0
"""The compiler and the second gate, written apart, agree: on shapes, on reads, on whose rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from privseg.frames import Query
from privseg.gate.columns import SAMPLES as DRAWN
from privseg.gate.columns import columns_of, schema_of
from privseg.gate.grammar import parse_plain, reads_of
from privseg.gate.grammar_nodes import FUNCTIONS, GRAMMAR
from privseg.gate.second_gate import recheck
from privseg.segment import read_set
from privseg.segment.compile import compile_segments
from privseg.segment.errors import EmptyReadSetError
from privseg.segment.tree import Condition, Not
from privseg.terms import Attribute
from tests.twins.interference import Engine, Trial
from tests.twins.segment_catalogue import CATALOGUE, SAMPLES
from tests.twins.segment_pools import ATS, ZONES, Pool
from tests.twins.segment_trees import Trees

SCHEMA = schema_of(CATALOGUE)
WORLDS = {**SCHEMA, DRAWN: {"ordinal": "UINTEGER"} | dict.fromkeys(SAMPLES, "UINTEGER")}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(WORLDS)
    yield made
    made.close()


def _asked(seed: int, number: int) -> tuple[Query, frozenset[Attribute]]:
    """Return drawn conditions as one query, and all that they read."""
    rng = Random(seed)
    at, zone = rng.choice(ATS), rng.choice(ZONES)
    pool = Pool.of(rng, at, [at - timedelta(days=n) for n in (1, 7, 30)])
    trees = Trees(CATALOGUE, rng, pool, SAMPLES, start=seed)
    drawn = [_of_somebody(trees) for _ in range(number)]
    reads = frozenset().union(*(read_set(c, CATALOGUE) for c in drawn))
    named = {f"segment-{n}": c for n, c in enumerate(drawn)}
    return compile_segments(named, catalogue=CATALOGUE, at=at, zone=zone), reads


def _of_somebody(trees: Trees) -> Condition:
    """Return a condition that reads somebody's data; every third is under a ``not``."""
    while True:
        drawn = trees.tree()
        try:
            read_set(drawn, CATALOGUE)
        except EmptyReadSetError:
            continue
        return Not(drawn) if trees.chance(0.3) else drawn


def _reads(query: Query) -> frozenset[tuple[str, str]]:
    draws = {DRAWN: {"ordinal": "UINTEGER"} | dict.fromkeys(query.samples, "UINTEGER")}
    return reads_of(
        parse_plain(query.sql),
        schema={**SCHEMA, **draws},
        parameters=query.parameters,
        finds=query.finds,
    )


@given(st.integers(0, 2**32), st.integers(1, 4))
def test_everything_the_compiler_writes_passes_and_reads_exactly_what_it_declares(
    seed: int, number: int
) -> None:
    query, attributes = _asked(seed, number)
    recheck(query, allowed=columns_of(attributes, CATALOGUE), schema=SCHEMA)
    assert _reads(query) == query.reads


@given(st.integers(0, 2**32), st.integers(1, 3))
def test_everything_the_compiler_writes_is_about_each_person_alone(
    engine: Engine, seed: int, number: int
) -> None:
    query, _ = _asked(seed, number)
    assert Trial(engine, query, WORLDS, query.reads).interference(Random(seed)) is None


def test_the_grammar_has_nothing_that_the_compiler_never_writes() -> None:
    texts = [_asked(seed * 11, 4)[0].sql for seed in range(24)]
    nodes = [node for text in texts for node in parse_plain(text).walk()]
    assert {type(node) for node in nodes} == set(GRAMMAR)
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
