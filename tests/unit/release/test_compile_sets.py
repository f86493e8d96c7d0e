# SPDX-License-Identifier: Apache-2.0
"""Who is in which set: overlap of segments, and change of one; all that is told is derived."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

import pytest

from privseg.frames import EVERYBODY, ByMember, Cell, MeasureKind
from privseg.protect import Combined, Derived, Quotient, Terms
from privseg.release.compile import ReportNotUsableError
from privseg.release.compile_draft import GATE_SHARE
from privseg.release.plan import MemberSet, PlannedTable, TableKind
from privseg.release.request import ChangeRequest, OverlapRequest
from tests.twins import report_world as world
from tests.twins.report_world import plan, planned, request

TWO = OverlapRequest("both", ("big-spenders", "lapsed"), world.ASKED)
THREE = OverlapRequest("three", tuple(world.SEGMENTS), world.ASKED)
SINCE = ChangeRequest("moved", "lapsed", world.ASKED, since_days=30)
REDEFINED = ChangeRequest("redefined", "lapsed", world.ASKED, from_version="33333333")


def counted(made: PlannedTable) -> Mapping[Cell, int]:
    """Return invented counts: each cell another power of two, so that sums tell what is in them."""
    return {cell: 2**i for i, cell in enumerate(made.block.cells)}


def value(formula: Derived, counts: Mapping[Cell, int]) -> Fraction:
    def summed(terms: Terms) -> int:
        return sum(t.coefficient * counts[t.cell] for t in terms)

    assert isinstance(formula, Combined | Quotient)
    if isinstance(formula, Combined):
        return Fraction(summed(formula.terms))
    return Fraction(formula.scale * summed(formula.top), summed(formula.bottom))


def told(made: PlannedTable) -> dict[str, Fraction]:
    counts = counted(made)
    return {f.name: value(f, counts) for f in made.plan.derived}


def people(made: PlannedTable, *inside: int, outside: tuple[int, ...] = ()) -> set[Cell]:
    """Return the cells of those who are in all sets of ``inside`` and in none of ``outside``."""
    return {
        c
        for c in made.block.cells
        if all(c[1][i] == "in" for i in inside) and all(c[1][i] == "out" for i in outside)
    }


@pytest.mark.parametrize("asked", [TWO, THREE, SINCE, REDEFINED])
def test_everybody_is_in_one_cell_so_one_person_moves_one_count(
    asked: OverlapRequest | ChangeRequest,
) -> None:
    made = planned(asked)
    sets = len(made.block.dimensions)
    assert made.block.segments == (EVERYBODY,)
    assert set(made.block.cells) == {(EVERYBODY, k) for k in product(("in", "out"), repeat=sets)}
    assert made.block.entries == 1
    assert [m.kind for m in made.block.measures] == [MeasureKind.SIZE, MeasureKind.COUNT]
    assert made.plan.size.rho == GATE_SHARE * world.RULES.rho


def test_an_overlap_tells_sizes_what_is_shared_and_how_much_of_it() -> None:
    made = planned(TWO)
    counts = counted(made)
    a, b = (sum(counts[c] for c in people(made, i)) for i in (0, 1))
    both = sum(counts[c] for c in people(made, 0, 1))
    either = a + b - both
    assert told(made) == {
        "in.big-spenders": a,
        "in.lapsed": b,
        "both.big-spenders.lapsed": both,
        "any.big-spenders.lapsed": either,
        "jaccard.big-spenders.lapsed": Fraction(100 * both, either),
        "share.big-spenders.lapsed": Fraction(100 * both, a),
        "share.lapsed.big-spenders": Fraction(100 * both, b),
    }
    assert made.kind is TableKind.OVERLAP


def test_three_segments_are_told_in_pairs_and_all_together() -> None:
    made = planned(THREE)
    counts, found = counted(made), told(made)
    everybody = sum(counts.values())
    nowhere = sum(counts[c] for c in people(made, outside=(0, 1, 2)))
    names = "big-spenders.lapsed.engaged"
    assert found[f"both.{names}"] == sum(counts[c] for c in people(made, 0, 1, 2))
    assert found[f"any.{names}"] == everybody - nowhere
    for i, j in ((0, 1), (0, 2), (1, 2)):
        a, b = tuple(world.SEGMENTS)[i], tuple(world.SEGMENTS)[j]
        both = sum(counts[c] for c in people(made, i, j))
        neither = sum(counts[c] for c in people(made, outside=(i, j)))
        assert found[f"both.{a}.{b}"] == both
        assert found[f"any.{a}.{b}"] == everybody - neither
        assert found[f"jaccard.{a}.{b}"] == Fraction(100 * both, everybody - neither)
        assert found[f"share.{b}.{a}"] == 100 * both / found[f"in.{b}"]
    assert len(found) == 3 + 4 * 3 + 6


def test_a_change_tells_who_stayed_joined_and_left_and_the_net_may_be_below_zero() -> None:
    made = planned(SINCE)
    counts = counted(made)
    stayed, joined = (sum(counts[c] for c in people(made, 1, **w)) for w in ({}, {"outside": (0,)}))
    stayed -= joined
    left = sum(counts[c] for c in people(made, 0, outside=(1,)))
    assert told(made) == {
        "before": stayed + left,
        "now": stayed + joined,
        "stayed": stayed,
        "joined": joined,
        "left": left,
        "net": joined - left,
        "share-left": Fraction(100 * left, stayed + left),
    }
    net = next(f for f in made.plan.derived if f.name == "net")
    assert isinstance(net, Combined)
    assert net.is_signed
    assert made.kind is TableKind.CHANGE


def test_the_set_of_those_who_were_is_named_with_its_day_or_version() -> None:
    made = plan(request(SINCE, REDEFINED))
    version = world.SEGMENTS["lapsed"]
    assert made.sets == (
        MemberSet("lapsed.30d", "lapsed", version, 30),
        MemberSet("lapsed.v33333333", "lapsed", "33" * 32),
    )
    assert made.blocks[1].dimensions == (ByMember("lapsed.v33333333"), ByMember("lapsed"))


def test_a_change_since_a_day_says_that_attributes_are_todays() -> None:
    then, now = planned(SINCE).dimensions
    assert then.label == "30 days before (by today's attributes)"
    assert now.label == "now"
    assert planned(REDEFINED).dimensions[0].label == "by version 33333333"


def test_two_tables_of_one_set_name_it_once() -> None:
    again = ChangeRequest("again", "lapsed", world.ASKED, since_days=30)
    assert len(plan(request(SINCE, again)).sets) == 1


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("55555555", r"the record has no such version of 'lapsed'.*: 33333333, 3a3a3a3a"),
        ("3", "several versions begin so"),
        ("2222222", "8 digits or more"),
        ("22222222", "nothing has changed"),
        ("3a3a3a3b", "no such version"),
    ],
)
def test_an_earlier_definition_is_one_on_record(version: str, says: str) -> None:
    asked = ChangeRequest("r", "lapsed", world.ASKED, from_version=version)
    with pytest.raises(ReportNotUsableError, match=says):
        planned(asked)


@pytest.mark.parametrize(
    "asked",
    [
        OverlapRequest("o", ("big-spenders", "lapsd"), world.ASKED),
        ChangeRequest("c", "lapsd", world.ASKED, since_days=1),
    ],
)
def test_a_set_is_of_a_segment_of_the_report(asked: OverlapRequest | ChangeRequest) -> None:
    with pytest.raises(ReportNotUsableError, match="none of the report's segments; did you mean"):
        planned(asked)


def test_what_two_segments_share_is_of_two_or_three_each_once() -> None:
    for segments in (("a",), ("a", "a"), ("a", "b", "c", "d")):
        with pytest.raises(ValueError, match="two or three segments, each once"):
            OverlapRequest("o", segments, world.ASKED)
    with pytest.raises(ValueError, match="since a day, or from a version"):
        ChangeRequest("c", "a", world.ASKED)
    with pytest.raises(ValueError, match="since a day, or from a version"):
        ChangeRequest("c", "a", world.ASKED, 3, "33333333")
