# SPDX-License-Identifier: Apache-2.0
"""``protect``: what comes out, what does not, and that chance alone decides between neighbours."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from privseg.frames import Block, Cell, EachOf, Measure, MeasureKind, Tally
from privseg.protect import (
    Estimate,
    LeftOutPlan,
    MeasurePlan,
    Part,
    PrivacyLoss,
    Protected,
    QuantityPlan,
    TablePlan,
    UnboundedTallyError,
    Withheld,
    protect,
)
from privseg.terms import Attribute

WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
AMOUNT = EachOf(Attribute("purchase.amount"), WINDOW)
DELTA = Fraction(1, 10**7)
SIZE = Measure("size", MeasureKind.SIZE)
TOTAL = Measure("total", MeasureKind.TOTAL, AMOUNT, upper=500)
AVERAGE = Measure("average", MeasureKind.AVERAGE, AMOUNT, lower=0, upper=99, events_per_person=3)
BLOCK = Block("t", ("a", "b"), 2, (SIZE, TOTAL, AVERAGE))
PLAN = QuantityPlan(
    (TablePlan.of(BLOCK, rhos=(Fraction(1, 80),) * 3, min_people=20, delta=DELTA),),
    LeftOutPlan.of(rho=Fraction(1, 80), min_people=20, delta=DELTA),
)
LARGE = Tally(900, {"total": 90_000, "average": 100_000}, {"total": 40, "average": 2_000})
SMALL = Tally(3, {"total": 300, "average": 200}, {"total": 0, "average": 5})
TALLIES = {"t": {("a", ()): LARGE, ("b", ()): SMALL}}


def run(tallies: dict[str, dict[Cell, Tally]] = TALLIES, left: int | None = 400) -> Protected:
    return protect(PLAN, tallies, left, randbits=secrets.randbits)


def test_every_cell_of_the_plan_comes_out_whatever_the_data_are() -> None:
    for tallies in (
        TALLIES,
        {
            "t": dict.fromkeys(
                BLOCK.cells, Tally(0, {"total": 0, "average": 0}, {"total": 0, "average": 0})
            )
        },
    ):
        (table,) = run(tallies).tables
        assert tuple(c.cell for c in table.cells) == BLOCK.cells


def test_a_cell_of_three_people_shows_nothing_but_that_it_is_withheld() -> None:
    cell = run().tables[0].cells[1]
    assert cell.withheld is Withheld.TOO_FEW_PEOPLE
    assert cell.numbers == {}


def test_a_large_cell_shows_every_measure_with_its_interval() -> None:
    numbers = run().tables[0].cells[0].numbers
    assert list(numbers) == ["size", "total", "average"]
    for number, far in zip(numbers.values(), (90, 90_000, 990_000), strict=True):
        assert isinstance(number.estimate, Estimate)
        assert number.estimate.low < number.estimate.value < number.estimate.high
        assert number.estimate.high - number.estimate.low < far
    assert set(numbers["total"].released) == {Part.SUM, Part.AT_LIMIT}
    assert set(numbers["average"].released) == {Part.CENTRED_SUM, Part.EVENTS}


def test_everything_released_is_an_integer_and_none_is_the_exact_one_every_time() -> None:
    seen: dict[Part, set[int]] = {}
    for _ in range(30):
        for number in run().tables[0].cells[0].numbers.values():
            for part, drawn in number.released.items():
                assert type(drawn) is int
                seen.setdefault(part, set()).add(drawn)
    assert all(len(values) > 5 for values in seen.values())


def test_an_average_is_centred_exactly_without_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privseg.protect.mechanism.discrete_gaussians", lambda _, n, __: [0] * n)
    number = run().tables[0].cells[0].numbers["average"]
    assert number.released == {Part.CENTRED_SUM: 2 * 100_000 - 99 * 2_000, Part.EVENTS: 2_000}
    assert number.estimate is not None
    assert number.estimate.value == 500_000  # 100,000 / 2,000 = 50.0000


def test_a_total_says_how_many_people_its_limit_cut_and_what_that_may_hide() -> None:
    number = run().tables[0].cells[0].numbers["total"]
    assert number.at_limit is not None
    assert number.limit_hides_up_to == 500 * number.at_limit.high


def test_an_average_over_few_events_is_withheld_and_its_draws_are_still_released() -> None:
    few = replace(LARGE, sums={"total": 9, "average": 0}, counts={"total": 0, "average": 0})
    number = run({"t": {("a", ()): few, ("b", ()): SMALL}}).tables[0].cells[0].numbers["average"]
    assert number.withheld is Withheld.TOO_NOISY
    assert number.estimate is None
    assert set(number.released) == {Part.CENTRED_SUM, Part.EVENTS}


def test_people_not_included_pass_a_gate_of_their_own() -> None:
    few, many = run(left=19).not_included, run(left=400).not_included
    assert few is not None
    assert few.withheld is Withheld.TOO_FEW_PEOPLE
    assert few.released == {}
    assert many is not None
    assert many.estimate is not None
    assert 340 < many.estimate.value < 460


def test_the_cost_is_that_of_the_plan_whatever_is_withheld() -> None:
    assert PLAN.loss == PrivacyLoss(Fraction(4, 80), 2 * DELTA)


def test_a_total_spends_a_twentieth_on_its_limit_and_an_average_half_on_its_count() -> None:
    total, average = PLAN.tables[0].measures[1:]
    assert [q.rho for q in total.quantities] == [Fraction(19, 1600), Fraction(1, 1600)]
    assert [q.rho for q in average.quantities] == [Fraction(1, 160)] * 2
    assert total.quantity(Part.SUM).sigma2 == 2 * 500**2 / (2 * Fraction(19, 1600))


def test_the_draws_taken_do_not_depend_on_the_data() -> None:
    """The same generator ends in the same state whether cells are shown or withheld."""
    empty = Tally(0, {"total": 0, "average": 0}, {"total": 0, "average": 0})

    def state(tallies: dict[str, dict[Cell, Tally]], left: int) -> tuple[object, ...]:
        generator = random.Random(7)
        protect(PLAN, tallies, left, randbits=generator.getrandbits)
        return generator.getstate()

    assert state(TALLIES, 400) == state({"t": dict.fromkeys(BLOCK.cells, empty)}, 0)


def _without(tally: Tally, **changes: object) -> Tally:
    return replace(tally, **changes)


@pytest.mark.parametrize(
    "broken",
    [
        _without(LARGE, people=-1),
        _without(LARGE, sums={"total": 450_001, "average": 1}),
        _without(LARGE, sums={"total": -1, "average": 1}),
        _without(LARGE, sums={"total": 5, "average": 2_000 * 99 + 1}),
        _without(LARGE, counts={"total": 901, "average": 2_000}),
        _without(LARGE, counts={"total": 1, "average": 2_701}),
        _without(LARGE, sums={"average": 5}),
        _without(LARGE, counts={"total": 5}),
    ],
    ids=range(8),
)
def test_a_tally_over_its_bounds_is_refused_and_says_no_number(broken: Tally) -> None:
    with pytest.raises(UnboundedTallyError) as refusal:
        run({"t": {("a", ()): broken, ("b", ()): SMALL}})
    assert not any(ch.isdigit() for ch in str(refusal.value))


@pytest.mark.parametrize(
    "call",
    [
        lambda: run({"t": {("a", ()): LARGE}}),
        lambda: run({"t": {**TALLIES["t"], ("c", ()): LARGE}}),
        lambda: run({}),
        lambda: run(left=None),
        lambda: run(left=-1),
        lambda: protect(replace(PLAN, not_included=None), TALLIES, 5, randbits=secrets.randbits),
    ],
    ids=["cell missing", "cell too many", "table missing", "none left", "negative", "not asked"],
)
def test_a_missing_or_extra_number_is_refused(call: Callable[[], Protected]) -> None:
    with pytest.raises(UnboundedTallyError):
        call()


def test_a_table_that_counts_no_people_or_counts_them_twice_has_no_gate() -> None:
    for measures in ((TOTAL,), (SIZE, replace(SIZE, name="again"))):
        block = replace(BLOCK, measures=measures)
        with pytest.raises(ValueError, match="counts its people once"):
            TablePlan.of(block, rhos=(Fraction(1),) * len(measures), min_people=20, delta=DELTA)


def test_an_average_with_noise_finer_than_an_event_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        MeasurePlan.of(AVERAGE, block=replace(BLOCK, groups_per_person=1), rho=Fraction(100))


def test_nothing_exact_shows_in_the_repr_of_what_goes_in() -> None:
    assert repr(LARGE) == "Tally(secret)"
