# SPDX-License-Identifier: Apache-2.0
"""Law: a release depends on people through noisy draws alone (and whether a cell is shown).

Two tallies that differ in one person, the same plan, the same random bits: the documents differ in
draws and in what follows from them. (Whole workspaces: tests/engine/test_neighbours.py.)
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.frames import MeasureKind, Tally
from privseg.protect import Protected, protect
from privseg.protect.quantity import QuantityPlan
from privseg.release import ReportPlan
from tests.twins import release_world as world
from tests.twins.tampering import at, places, sort_of

DEPENDS_ON_DRAWS = re.compile(
    r"statement\.tables\[\]\.cells\[\](\.withheld|\.numbers.*)"
    r"|statement\.tables\[\]\.derived\[\]\.(estimate|withheld|noise_share|surely|possibly).*"
    r"|statement\.not_included\.number\..*"
    r"|register\.(leaf\.statement|checkpoint)|signature"
)
FOUND = re.compile(r"statement\.tables\[\]\.cells(\[\].*)?")
"""Where keys are found in the data, which cells there are depends on which pass the gate."""


def more(tally: Tally, block_measures: Any) -> Tally:
    """Return a tally with one person more, who adds as much as one may."""
    upper = {m.name: m for m in block_measures}
    sums = {k: v + upper[k].upper - upper[k].lower for k, v in tally.sums.items()}
    average = {n for n, m in upper.items() if m.kind is MeasureKind.AVERAGE}
    counts = {k: v + 1 for k, v in tally.counts.items()}
    assert all(counts[n] for n in average & counts.keys())
    bins = {k: (*v[:-1], v[-1] + 1) for k, v in tally.bins.items()}
    return Tally(tally.people + 1, sums, counts, bins)


@cache
def plan(name: str) -> ReportPlan:
    return world.plan(name)


def tallies(name: str, index: int | None) -> Mapping[str, Mapping[Any, Tally]]:
    """Return the exact numbers; with one person more in a cell, and in its margins."""
    (table,) = plan(name).tables
    exact = dict(world.tallies_of(table.block))
    if index is not None:
        finest = [c for c in exact if "(all)" not in c[1]]
        segment, keys = finest[index % len(finest)]
        for cell in list(exact):
            same = all(k in (mine, "(all)") for k, mine in zip(cell[1], keys, strict=True))
            if cell[0] == segment and same:
                exact[cell] = more(exact[cell], table.block.measures)
    return {table.block.name: exact}


def document(name: str, seed: int, index: int | None, left_out: int) -> dict[str, Any]:
    made = plan(name)
    bits = random.Random(seed).getrandbits
    noisy = protect(made.quantities, tallies(name, index), left_out, randbits=bits)
    release = world.release(replace(world.statement(made), protected=noisy))
    document: dict[str, Any] = release.document
    return document


def differences(one: Any, other: Any) -> Iterator[str]:
    """Yield the sorts of the places where two documents differ; a map or list by its shape."""
    mine, theirs = ({p: _shape(at(d, p)) for p in places(d)} for d in (one, other))
    for path in mine.keys() | theirs.keys():
        if mine.get(path, ...) != theirs.get(path, ...):
            yield sort_of(path)


def _shape(value: Any) -> object:
    match value:
        case dict():
            return sorted(value)
        case list():
            return len(value)
        case _:
            return value


@given(
    st.sampled_from(list(world.TABLES)),
    st.integers(0, 2**32),
    st.integers(0, 50),
    st.sampled_from([world.LEFT_OUT, world.LEFT_OUT + 1]),
)
def test_one_person_more_changes_draws_and_what_follows_from_them_alone(
    name: str, seed: int, index: int, left_out: int
) -> None:
    one = document(name, seed, None, world.LEFT_OUT)
    other = document(name, seed, index, left_out)
    odd = {p for p in differences(one, other) if not DEPENDS_ON_DRAWS.fullmatch(p)}
    assert not odd or (name == "found" and all(FOUND.fullmatch(p) for p in odd))


@pytest.mark.parametrize("name", world.TABLES)
def test_the_comparison_sees_a_person_at_all(name: str) -> None:
    found = set(differences(*(document(name, 7, i, world.LEFT_OUT) for i in (None, 0))))
    assert any("released" in path for path in found)


def shifted(drawn: Protected, plan: ReportPlan) -> Protected:
    """Return the report that the released draws give, with nothing else of ``drawn``."""
    from privseg.protect.assemble import assemble  # noqa: PLC0415  (not the public face)

    def draws(found: Any) -> Any:
        shown = (c for c in found.cells if c.withheld is None)
        return {c.cell: {n.measure: n.released for n in c.numbers.values()} for c in shown}

    both = zip(plan.tables, drawn.tables, strict=True)
    tables = tuple(assemble(t.plan, draws(found)) for t, found in both)
    return Protected(tables, drawn.not_included)


@given(st.sampled_from(list(world.TABLES)), st.integers(0, 2**32))
def test_equal_draws_give_equal_documents_whatever_the_data_were(name: str, seed: int) -> None:
    """Nothing but draws reaches the document: made from them alone it is the same, every byte."""
    made = plan(name)
    bits = random.Random(seed).getrandbits
    noisy = protect(made.quantities, tallies(name, None), world.LEFT_OUT, randbits=bits)
    again = shifted(noisy, made)
    one, other = (replace(world.statement(made), protected=p) for p in (noisy, again))
    assert world.release(one).to_bytes() == world.release(other).to_bytes()


def test_the_number_of_random_bits_asked_for_does_not_depend_on_people() -> None:
    """Nor on how many of them share a key; only on which keys are found, where these are open."""
    whole: QuantityPlan = world.plan().quantities
    asked = []
    for least in (0, 5, 700):
        source, drawn = random.Random(11), []

        def bits(k: int, source: random.Random = source, drawn: list[int] = drawn) -> int:
            drawn.append(k)
            return source.getrandbits(k)

        exact = {t.block.name: world.tallies_of(t.block, least) for t in whole.tables}
        protect(whole, exact, least, randbits=bits)
        asked.append(drawn)
    assert asked[0] == asked[1] == asked[2]
