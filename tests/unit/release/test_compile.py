# SPDX-License-Identifier: Apache-2.0
"""From a request to a plan: what is shared, bounded, refused, and what the hash depends on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from privseg.errors import InputError, PolicyError
from privseg.frames import (
    MISSING_KEY,
    ByCategory,
    EachOf,
    MeasureKind,
    SumOf,
)
from privseg.policy.rules import Clamp
from privseg.protect import Part
from privseg.release.compile import (
    ReportNotUsableError,
    ReportRefusedError,
    ResultBarredError,
    compile_report,
)
from privseg.release.plan import EARLIEST, ReportPlan, Unit
from privseg.release.request import Asked
from privseg.terms import Attribute
from tests.twins import report_world as world
from tests.twins.report_world import ask, average, by, plan, request, size, spring, table, total

MILLIONTH = Fraction(1, 10**6)


def test_the_shares_add_up_to_the_segmenters_rho_exactly() -> None:
    campaign = spring(ask(Asked.CONVERSION), ask(Asked.ACQUISITION_COST), ask(Asked.REVENUE))
    for made in (
        plan(),
        plan(request(table(size(), total()))),
        plan(request(table(size(), by=by("country", "gender"), totals=True), campaign)),
    ):
        assert made.loss.rho == world.RULES.rho == Fraction(1, 80)


def test_weights_divide_the_rho_and_the_rest_is_equal() -> None:
    asked = request(table(size(), total()), weights={"overview.size": 3}, not_included=True)
    made = plan(asked)
    (measured,) = made.tables
    assert [m.rho for m in measured.plan.measures] == [Fraction(3, 400), Fraction(1, 400)]
    assert made.not_included is not None
    assert made.not_included.quantity.rho == Fraction(1, 400)


def test_every_table_declares_its_selection_delta_and_so_does_the_count_left_out() -> None:
    assert plan().loss.delta == 3 * Fraction(1, 10**7)
    assert plan(request(table(size()))).loss.delta == Fraction(1, 10**7)


def test_bounds_come_from_the_policy_and_windows_from_the_editions_moment() -> None:
    measures = plan().blocks[0].measures
    assert [(m.lower, m.upper, m.events_per_person) for m in measures] == [
        (0, 0, 0),
        (0, 50_000, 0),
        (0, 20_000, 2),
    ]
    year = world.AT - timedelta(days=365), world.AT
    assert measures[1].amount == SumOf(world.AMOUNT, year)
    assert measures[2].amount == EachOf(world.AMOUNT, (EARLIEST, world.AT))


def test_a_window_longer_than_time_begins_where_time_does() -> None:
    made = plan(request(table(size(), total(days=10**9))))
    amount = made.blocks[0].measures[1].amount
    assert amount == SumOf(world.AMOUNT, (EARLIEST, world.AT))


def test_a_breakdown_lists_the_declared_values_and_the_missing_one() -> None:
    block = plan().blocks[1]
    assert block.dimensions == (ByCategory(world.COUNTRY, ("DE", "FR", MISSING_KEY)),)
    assert len(block.cells) == 9


def test_m_is_the_policys_but_no_more_than_the_segments_a_person_can_be_in() -> None:
    generous = replace(world.RULES, groups_per_person=40)
    assert plan(rules=generous).blocks[1].groups_per_person == 3
    one = replace(world.RULES, groups_per_person=1)
    assert plan(rules=one).blocks[1].groups_per_person == 1


def test_a_table_without_a_size_counts_its_people_all_the_same() -> None:
    made = plan(request(table(total())))
    assert [m.kind for m in made.blocks[0].measures] == [MeasureKind.SIZE, MeasureKind.TOTAL]
    assert [m.rho for m in made.tables[0].plan.measures] == [Fraction(1, 160)] * 2
    weighed = plan(request(table(total()), weights={"overview.size": 3}))
    assert weighed.tables[0].plan.size.rho == Fraction(3, 320)


def test_a_plan_says_what_its_tables_read_and_the_event_behind_a_property() -> None:
    assert plan().reads == {"country", "purchase", "purchase.amount"}
    assert plan(request(table(size()))).reads == frozenset()
    told = plan(request(spring(ask(Asked.CONVERSION)))).reads
    assert told == {"exposure", "exposure.arm", "exposure.bought", "exposure.campaign"}


def test_units_are_those_of_the_catalogue() -> None:
    made = plan(request(table(size(), total(), total(attribute="purchase.weight", name="kg"))))
    units = [c.unit for c in made.tables[0].captions]
    assert units == [Unit("people"), Unit("EUR", 2), Unit("", 3)]


# --- the hash: what determines the answer, and nothing else ---


def _hash_of(made: ReportPlan) -> str:
    return made.plan_hash


def test_titles_labels_and_the_edition_do_not_change_the_hash() -> None:
    same = [
        plan(),
        plan(replace(world.WHOLE, title="Another title", name="other")),
        compile_report(
            world.WHOLE,
            segments=world.SEGMENTS,
            policy=world.policy(),
            at=datetime(2027, 1, 1, tzinfo=UTC),
        ),
    ]
    assert len({_hash_of(p) for p in same}) == 1


def test_whatever_determines_the_answer_changes_the_hash() -> None:
    other_version = {**world.SEGMENTS, "lapsed": "33" * 32}
    rules = world.RULES
    policy = world.policy()
    spend = world.clamps(replace(world.SPEND, per_person=49_999))
    made = [
        plan(),
        compile_report(world.WHOLE, segments=other_version, policy=policy, at=world.AT),
        compile_report(
            world.WHOLE,
            segments=world.SEGMENTS,
            policy=replace(policy, digest="cd" * 32),
            at=world.AT,
        ),
        plan(replace(world.WHOLE, segments=("lapsed", "big-spenders", "engaged"))),
        plan(replace(world.WHOLE, weights={"overview.size": 2})),
        plan(replace(world.WHOLE, not_included=False)),
        plan(
            request(
                table(size(), total(days=364), average()),
                *world.WHOLE.tables[1:],
                not_included=True,
            )
        ),
        plan(rules=replace(rules, min_people=21)),
        plan(rules=replace(rules, groups_per_person=1)),
        plan(rules=replace(rules, rho=Fraction(1, 79))),
        plan(rules=replace(rules, selection_delta=Fraction(1, 10**8))),
        plan(rules=replace(rules, clamps=spend)),
    ]
    assert len({_hash_of(p) for p in made}) == len(made)


# --- refusals ---


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (None, "may not release anything"),
        ({"groups_per_person": None}, "in how many cells"),
        ({"clamps": {}}, "nothing bounds"),
        ({"clamps": {world.AMOUNT: Clamp(world.AMOUNT, per_person=5)}}, "average of"),
        ({"clamps": {world.AMOUNT: Clamp(world.AMOUNT, per_event=(0, 5))}}, "total of"),
    ],
)
def test_without_a_rule_or_bound_the_report_is_refused_with_its_place(
    change: dict[str, object] | None, says: str
) -> None:
    rules = None if change is None else replace(world.RULES, **change)  # type: ignore[arg-type]
    with pytest.raises(ReportRefusedError, match=says) as refusal:
        plan(rules=rules)
    assert isinstance(refusal.value, PolicyError)
    assert refusal.value.exit_code == 3
    assert str(world.HERE) in str(refusal.value)
    assert "to allow it:" in str(refusal.value)


def test_the_refusal_of_a_missing_bound_shows_how_to_state_it() -> None:
    with pytest.raises(ReportRefusedError) as refusal:
        plan(rules=replace(world.RULES, clamps={}))
    assert "clamps: {purchase.amount: {per_person: 2000 EUR}}" in str(refusal.value)


def test_an_unknown_segmenter_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ReportRefusedError, match=r"did you mean 'lifecycle'"):
        plan(replace(world.WHOLE, segmenter="lifecycel"))


@pytest.mark.parametrize("name", ["purchase.amout", "email", "nothing", "worth.valeu"])
def test_an_attribute_that_nobody_declared_is_refused(name: str) -> None:
    with pytest.raises(ReportRefusedError, match="no attribute"):
        plan(request(table(total(attribute=name))))


@pytest.mark.parametrize(
    ("measures", "says"),
    [
        ((total(attribute="purchase.note"),), "is no number"),
        ((average(attribute="points"),), "no number of an event"),
        ((total(attribute="purchase"),), r"asks \{events: purchase\}"),
        ((total(attribute="worth.value"),), r"asks \{mean: worth.value\}"),
        ((size(), size(name="again")), "counts its people once"),
        ((replace(total(), name="size"),), "no count of its people"),
        ((replace(total(), name="count"),), "no count of its people"),
    ],
)
def test_what_cannot_be_measured_is_named_with_its_place(
    measures: tuple[object, ...], says: str
) -> None:
    with pytest.raises(ReportNotUsableError, match=says) as refusal:
        plan(request(table(*measures)))  # type: ignore[arg-type]
    assert isinstance(refusal.value, InputError)
    assert refusal.value.place == world.ASKED


def test_a_segment_that_is_not_there_is_named() -> None:
    with pytest.raises(ReportNotUsableError, match="did you mean 'lapsed'"):
        plan(replace(world.WHOLE, segments=("lapsd",)))


def test_a_precision_finer_than_any_interval_is_proved_for_is_refused() -> None:
    with pytest.raises(ReportNotUsableError, match="at least one unit"):
        plan(rules=replace(world.RULES, rho=Fraction(900)))


def test_a_report_has_five_thousand_cells_at_most() -> None:
    grid = table(by=by("country", "gender", "funnel.stage"))  # 3 x 4 x 3 keys, 3 segments
    many = [replace(grid, name=f"t{i}") for i in range(50)]
    assert sum(len(b.cells) for b in plan(request(*many[:46])).blocks) == 4968
    with pytest.raises(ReportNotUsableError, match="5400 cells in all; a report has 5000 at most"):
        plan(request(*many))


def test_what_a_table_reads_of_a_fitted_score_is_barred_like_what_a_segment_reads() -> None:
    fitted = world.policy(scores={"worth": world.worth(parameters=None)})
    with pytest.raises(ResultBarredError, match=r"worth\.value") as refusal:
        plan(request(table(ask(Asked.MEAN, "worth.value"))), of=fitted)
    assert refusal.value.results == {Attribute("worth.value")}
    with pytest.raises(ResultBarredError):
        compile_report(
            world.WHOLE,
            segments=world.SEGMENTS,
            policy=world.policy(),
            at=world.AT,
            barred=frozenset({Attribute("worth.value")}),
        )


def test_a_total_spends_part_of_its_share_on_the_people_at_its_limit() -> None:
    measured = plan().tables[0].plan.measures[1]
    assert measured.quantity(Part.AT_LIMIT).rho * 20 == measured.rho
