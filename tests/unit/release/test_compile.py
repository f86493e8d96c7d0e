# SPDX-License-Identifier: Apache-2.0
"""From a request to a plan: what is shared, bounded, refused, and what the hash depends on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from privseg.errors import InputError, PolicyError
from privseg.frames import MISSING_KEY, MeasureKind
from privseg.policy.rules import Clamp
from privseg.protect import Part
from privseg.release import (
    ReportNotUsableError,
    ReportPlan,
    ReportRefusedError,
    Unit,
    compile_report,
    expected_error,
)
from privseg.release.plan import EARLIEST
from privseg.terms import Attribute
from tests.twins import release_world as world
from tests.twins.release_world import average, plan, request, size, table, total

MILLIONTH = Fraction(1, 10**6)


def test_the_shares_add_up_to_the_segmenters_rho_exactly() -> None:
    for made in (plan(), plan(request(table(size(), total())))):
        assert made.loss.rho == world.RULES.rho == Fraction(1, 80)


def test_weights_divide_the_rho_and_the_rest_is_equal() -> None:
    asked = request(table(size(), total()), weights={"overview.size": 3})
    made = plan(asked)
    (measured,) = made.tables
    assert [m.rho for m in measured.plan.measures] == [Fraction(3, 400), Fraction(1, 400)]
    assert made.not_included is not None
    assert made.not_included.quantity.rho == Fraction(1, 400)


def test_every_table_declares_its_selection_delta_and_so_does_the_count_left_out() -> None:
    assert plan().loss.delta == 3 * Fraction(1, 10**7)
    assert plan(request(table(size()), not_included=False)).loss.delta == Fraction(1, 10**7)


def test_bounds_come_from_the_policy_and_windows_from_the_editions_moment() -> None:
    measures = plan().blocks[0].measures
    assert [(m.lower, m.upper, m.events_per_person) for m in measures] == [
        (0, 0, 0),
        (0, 50_000, 0),
        (0, 20_000, 2),
    ]
    assert measures[1].window == (world.AT - timedelta(days=365), world.AT)
    assert measures[2].window == (EARLIEST, world.AT)


def test_a_window_longer_than_time_begins_where_time_does() -> None:
    made = plan(request(table(size(), total(days=10**9))))
    assert made.blocks[0].measures[1].window == (EARLIEST, world.AT)


def test_a_breakdown_lists_the_declared_values_and_the_missing_one() -> None:
    block = plan().blocks[1]
    assert block.keys == ("DE", "FR", MISSING_KEY)
    assert block.by == "country"
    assert len(block.cells) == 6


def test_m_is_the_policys_but_no_more_than_the_segments_a_person_can_be_in() -> None:
    generous = replace(world.RULES, groups_per_person=40)
    assert plan(rules=generous).blocks[1].groups_per_person == 2
    one = replace(world.RULES, groups_per_person=1)
    assert plan(rules=one).blocks[1].groups_per_person == 1


def test_a_table_without_a_size_counts_its_people_all_the_same() -> None:
    made = plan(request(table(total()), not_included=False))
    assert [m.kind for m in made.blocks[0].measures] == [MeasureKind.SIZE, MeasureKind.TOTAL]
    assert [m.rho for m in made.tables[0].plan.measures] == [Fraction(1, 160)] * 2


def test_a_plan_says_what_its_tables_read_and_the_event_behind_a_property() -> None:
    assert plan().reads == {"country", "purchase", "purchase.amount"}
    assert plan().reads == world.WHOLE.reads
    assert plan(request(table(size()))).reads == frozenset()


def test_units_are_those_of_the_catalogue() -> None:
    weight = Attribute("purchase.weight")
    clamps = {**world.CLAMPS, weight: Clamp(weight, per_person=9)}
    rules = replace(world.RULES, clamps=clamps)
    made = plan(request(table(size(), total()), table(total(attribute=weight), name="kg")), rules)
    assert [c.unit for c in made.tables[0].captions] == [Unit("people"), Unit("EUR", 2)]
    assert made.tables[1].captions[1].unit == Unit("", 3)


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
    made = [
        plan(),
        compile_report(world.WHOLE, segments=other_version, policy=policy, at=world.AT),
        compile_report(
            world.WHOLE,
            segments=world.SEGMENTS,
            policy=replace(policy, digest="cd" * 32),
            at=world.AT,
        ),
        plan(replace(world.WHOLE, segments=("lapsed", "big-spenders"))),
        plan(replace(world.WHOLE, weights={"overview.size": 2})),
        plan(replace(world.WHOLE, not_included=False)),
        plan(request(table(size(), total(days=364), average()), *world.WHOLE.tables[1:])),
        plan(rules=replace(rules, min_people=21)),
        plan(rules=replace(rules, groups_per_person=1)),
        plan(rules=replace(rules, rho=Fraction(1, 79))),
        plan(rules=replace(rules, selection_delta=Fraction(1, 10**8))),
        plan(
            rules=replace(
                rules, clamps={world.AMOUNT: replace(world.CLAMPS[world.AMOUNT], per_person=49_999)}
            )
        ),
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


def test_an_unknown_segmenter_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ReportRefusedError, match=r"did you mean 'lifecycle'"):
        plan(replace(world.WHOLE, segmenter="lifecycel"))


@pytest.mark.parametrize("name", ["purchase.amout", "purchase", "email", "nothing"])
def test_an_attribute_that_cannot_be_measured_or_is_unknown_is_refused(name: str) -> None:
    with pytest.raises(ReportRefusedError, match="no attribute"):
        plan(request(table(total(attribute=Attribute(name)))))


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ((table(size(), by=Attribute("city")),), "cannot break"),
        ((table(size(), by=Attribute("points")),), "cannot break"),
        ((table(size(), by=Attribute("purchase.kind")),), "cannot break"),
        ((table(size(), by=Attribute("odd")),), "missing"),
        ((table(total(attribute=Attribute("purchase.note"))),), "no number"),
        ((table(average(attribute=Attribute("points"))),), "no number of an event"),
        ((table(size(), replace(size(), name="again")),), "counts its people once"),
        ((table(replace(total(), name="size")),), "count of its people"),
    ],
)
def test_what_cannot_be_measured_is_named_with_its_place(
    tables: tuple[object, ...], says: str
) -> None:
    with pytest.raises(ReportNotUsableError, match=says) as refusal:
        plan(request(*tables))  # type: ignore[arg-type]
    assert isinstance(refusal.value, InputError)
    assert refusal.value.place in {world.ASKED, world.HERE}


def test_a_segment_that_is_not_there_is_named() -> None:
    with pytest.raises(ReportNotUsableError, match="did you mean 'lapsed'"):
        plan(replace(world.WHOLE, segments=("lapsd",)))


def test_a_precision_finer_than_any_interval_is_proved_for_is_refused() -> None:
    with pytest.raises(ReportNotUsableError, match="at least one unit"):
        plan(rules=replace(world.RULES, rho=Fraction(900)))


# --- what to expect, without data ---


@pytest.mark.parametrize(("count", "half"), [(1, 12), (2, 18), (4, 25)])
def test_the_expected_error_bars_are_those_of_the_design(count: int, half: int) -> None:
    """DESIGN: at rho 1/80 one count +-12, two equal quantities +-18, four +-25."""
    rules = replace(world.RULES, groups_per_person=1)
    tables = [table(size(), name=f"t{i}") for i in range(count)]
    lines = expected_error(plan(request(*tables, not_included=False), rules))
    assert [line.half_width for line in lines] == [half] * count


def test_at_the_defaults_a_cell_needs_54_and_69_people() -> None:
    rules = replace(world.RULES, groups_per_person=1)
    (line,) = expected_error(plan(request(table(size()), not_included=False), rules))
    assert (line.people_shown_half_the_time, line.people_shown_nearly_always) == (54, 69)


def test_every_number_of_a_report_has_its_expected_error() -> None:
    lines = expected_error(plan())
    assert [(e.table, e.measure) for e in lines] == [
        ("overview", "size"),
        ("overview", "total"),
        ("overview", "average"),
        ("by_country", "size"),
        ("", "not_included"),
    ]
    assert all(line.half_width > 0 for line in lines)
    assert sum((e.rho for e in lines), start=Fraction(0)) == plan().loss.rho
    assert lines[2].unit == Unit("EUR", 4)
    assert lines[2].events_needed is not None


def test_a_total_spends_part_of_its_share_on_the_people_at_its_limit() -> None:
    measured = plan().tables[0].plan.measures[1]
    assert measured.quantity(Part.AT_LIMIT).rho * 20 == measured.rho
