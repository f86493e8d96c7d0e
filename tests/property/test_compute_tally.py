# SPDX-License-Identifier: Apache-2.0
"""Tallies equal those counted by hand, person by person, on tiny populations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.frames import MISSING_KEY, Block, Measure, MeasureKind
from privseg.protect.bounding import MAX_SUM
from privseg.segment import Event, Person
from privseg.terms import Attribute
from tests.twins.memory_columns import columns_from
from tests.twins.naive_tally import naive_tally
from tests.twins.scans import duck, plan_of
from tests.twins.shop_catalogue import CATALOGUE

AT = datetime(2026, 11, 1, tzinfo=UTC)
SINCE = AT - timedelta(days=10)
AMOUNT = Attribute("purchase.amount")
BREAKDOWNS = {
    None: ("",),
    "country": ("DE", "FR", "IT", MISSING_KEY),
    "interests": ("tea", "chess", "music", MISSING_KEY),
    "vip": ("true", "false"),
    "city": ("Bonn", "Köln"),
}
VALUES = [0, 1, -1, 499, 500, 501, 2**62, -(2**62), 2**63 - 1, -(2**63)]


@dataclass(frozen=True, slots=True)
class Case:
    block: Block
    people: dict[int, Person]
    members: dict[str, frozenset[int]]
    eligible: frozenset[int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    by = draw(st.sampled_from(list(BREAKDOWNS)))
    window = draw(st.sampled_from([None, (SINCE, AT), (SINCE, AT - timedelta(days=1))]))
    measures = (
        Measure("size", MeasureKind.SIZE),
        Measure("revenue", MeasureKind.TOTAL, AMOUNT, window, upper=draw(uppers)),
        Measure(
            "order",
            MeasureKind.AVERAGE,
            AMOUNT,
            window,
            lower=draw(st.sampled_from([-500, 0, 1])),
            upper=draw(st.sampled_from([2, 500])),
            events_per_person=draw(st.integers(1, 3)),
        ),
    )
    most = draw(st.integers(1, 4))
    block = Block("b", ("s", "t", "u"), by and Attribute(by), BREAKDOWNS[by], most, measures)
    rng = Random(draw(st.integers(0, 2**32)))
    people = {o: _person(rng) for o in range(12)}
    eligible = frozenset(o for o in people if rng.random() < 0.8)
    members = {s: frozenset(o for o in eligible if rng.random() < 0.7) for s in block.segments}
    return Case(block, people, members, eligible)


uppers = st.sampled_from([1, 500, MAX_SUM])


def _person(rng: Random) -> Person:
    attributes = {
        "country": rng.choice(["DE", "FR", "IT", None]),
        "interests": rng.choice([None, frozenset(), frozenset({"tea", "music"})]),
        "vip": rng.choice([True, False, None]),
        "city": rng.choice(["Bonn", "bonn", None]),
    }
    times = [SINCE, SINCE - timedelta(microseconds=1), AT - timedelta(days=1), AT]
    return Person(
        attributes if rng.random() < 0.9 else {},
        tuple(
            Event(
                "purchase",
                rng.randbytes(16),
                rng.choice([*times, AT - timedelta(hours=rng.randrange(1, 300))]),
                {"amount": rng.choice([*VALUES, 100, 200, 300, None])},
            )
            for _ in range(rng.randrange(7))
        ),
    )


@given(cases(), st.binary(min_size=1, max_size=32))
def test_every_cell_is_what_counting_by_hand_gives(case: Case, key: bytes) -> None:
    reads = {"purchase", AMOUNT, *(b for b in BREAKDOWNS if b)}
    plan = plan_of(reads, case.eligible, at=AT)
    members = {s: FrozenBitMap(m) for s, m in case.members.items()}
    before = {
        o: Person(p.attributes, tuple(e for e in p.events if e.time < AT))
        for o, p in case.people.items()
    }
    compute = duck(columns_from(case.people, CATALOGUE), now=AT)
    with compute.open(plan, plan.read_set) as scan:
        found = scan.tally(case.block, members, key=key)
    assert list(found) == list(case.block.cells)
    expected = naive_tally(case.block, case.members, before, key=key)
    assert _plain(found) == _plain(expected)


def _plain(tallies: object) -> dict[object, object]:
    return {
        cell: (t.people, dict(t.sums), dict(t.counts))
        for cell, t in tallies.items()  # type: ignore[attr-defined]
    }
